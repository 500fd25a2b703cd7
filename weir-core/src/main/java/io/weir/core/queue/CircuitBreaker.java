package io.weir.core.queue;

import io.weir.core.state.State;
import org.jspecify.annotations.Nullable;

/*
 * Two levels. Each operation of each tenant that ever failed has a circuit of its own, so that whoever sends what fails
 * learns it at the cost of nobody else. The upstream's own circuit opens for
 *   - a stall, which StallDetector proves;
 *   - failures in a row without a success between;
 *   - more failures than may be, by four standard deviations;
 * the latter two only if they are not those of one tenant or of one operation alone while others lately succeeded, and
 * not those of one operation of one tenant, for which that operation's circuit is there. What a circuit of an operation
 * has counted when it opens is explained by it, and is taken out of the upstream's count. So are failures of an
 * operation, or of a tenant, whose calls all fail: that is not how an upstream looks of which a part of the calls
 * fails. When the upstream's circuit moves, those of operations begin anew.
 *
 * Evidence is what the upstream did: it answered, or it failed. A call that its client gave up is none, unless it is so
 * old that an upstream in order would have answered it long before; what expired in the queue was never the upstream's.
 */

/**
 * Leaves an upstream alone that is dead, hangs or fails, and tries it again at growing load. Deterministic; O(1). Not
 * thread-safe.
 */
final class CircuitBreaker {
    /** So many failures in a row of one operation or tenant are not the upstream's rate of failures. */
    private static final int ALL_FAIL = 3;

    private final CircuitPolicy policy;
    private final Circuit upstream;
    private final StallDetector stall;
    private final OperationCircuits operations;
    private final FailureSources tenants = new FailureSources();
    private final FailureSources costModel = new FailureSources();

    /** An operation's circuit that opened while nothing else lately succeeded, until anything does. */
    private @Nullable Circuit sole;

    CircuitBreaker(CircuitPolicy policy, long now) {
        this.policy = policy;
        this.upstream = new Circuit(policy, now);
        this.stall = new StallDetector(policy.queueDelay().toNanos(), now);
        this.operations = new OperationCircuits(policy);
    }

    /** The state of the upstream's circuit. */
    CircuitState state() {
        return upstream.state();
    }

    /** The upstream's state; while that is closed, the state of the only operation that there lately was. */
    CircuitState reported() {
        Circuit only = sole;
        return only == null || upstream.state() != CircuitState.CLOSED ? upstream.state() : only.state();
    }

    /** When to come back to an upstream that is left alone, in nanoseconds. */
    long retryAfter(long now) {
        return upstream.retryAfter(now);
    }

    /** How many operations of tenants are left alone. */
    int openOperations() {
        return operations.open();
    }

    /** How many messages the upstream may have, of so many that its capacity is. */
    int slots(int capacity) {
        return upstream.slots(capacity);
    }

    /** Whether the upstream may have so many more, as far as its circuit is concerned. */
    boolean admits(int messages) {
        return upstream.admits(messages);
    }

    /**
     * Whether the upstream waits to be tried. The first trial may go beyond its capacity: what it was given before it
     * was left alone may never end.
     */
    boolean awaitsTrial() {
        return upstream.awaitsTrial();
    }

    /**
     * Decides whether an offer may wait or be dispatched; if so, and its operation is being tried, it is the trial.
     *
     * @return 0 if so; else when to come back, in nanoseconds
     */
    long enter(Offer offer, long now) {
        if (!policy.enabled()) {
            return 0;
        }
        if (upstream.state() == CircuitState.OPEN) {
            return upstream.retryAfter(now);
        }
        Circuit own = operations.of(offer);
        if (own == null) {
            return 0;
        }
        own.advance(now);
        if (!own.admits(offer.messages())) {
            return own.retryAfter(now);
        }
        offer.circuit = own;
        offer.circuitEpoch = own.enter(offer.messages());
        return 0;
    }

    /** An offer that was let in left without being dispatched. */
    void left(Offer offer) {
        Circuit own = offer.circuit;
        if (own != null) {
            own.leave(offer.messages(), offer.circuitEpoch);
            offer.circuitEpoch = Circuit.NO_TRIAL;
            offer.circuit = null;
        }
    }

    void dispatched(Offer offer) {
        if (policy.enabled()) {
            offer.upstreamEpoch = upstream.enter(offer.messages());
        }
        stall.dispatched(offer);
    }

    /** What hardly any call of that operation exceeds, in nanoseconds; 0 while no call of it was completed. */
    long usual(String work) {
        return stall.usual(work);
    }

    /** Adds the calls in flight to a forecast. Returns how many were looked at. */
    int forecast(ReleaseForecast forecast, CostModel costModel, long now) {
        return stall.forecast(forecast, costModel, now);
    }

    /** The upstream has answered, in time or after the call was given up. */
    void answered(Offer offer, long now) {
        stall.answered(offer, now);
        ended(offer, false, now);
    }

    /** The upstream has failed. */
    void failed(Offer offer, long now) {
        stall.gaveUp(offer, now);
        ended(offer, true, now);
    }

    /** The client gave it up. */
    void gaveUp(Offer offer, long now) {
        if (stall.gaveUp(offer, now)) {
            ended(offer, true, now);
        } else {
            leave(offer);
        }
    }

    private void leave(Offer offer) {
        upstream.leave(offer.messages(), offer.upstreamEpoch);
        offer.upstreamEpoch = Circuit.NO_TRIAL;
        left(offer);
    }

    private void ended(Offer offer, boolean failure, long now) {
        boolean counts = upstream.counts(offer.upstreamEpoch, offer.leftAt);
        Circuit own = offer.circuit;
        int trial = offer.circuitEpoch;
        leave(offer);
        if (!policy.enabled()) {
            return;
        }
        if (!failure) {
            sole = null;
        }
        if (own == null) {
            own = failure && counts ? operations.failed(offer) : operations.of(offer);
        }
        if ((own != null && isExplained(own, trial, offer, failure, now)) || !counts) {
            return;
        }
        String tenant = offer.connection().tenant();
        if (upstream.state() == CircuitState.CLOSED && upstream.errors().roll(now)) {
            tenants.clear();
            costModel.clear();
        }
        boolean counted = !failure
                || ((own == null || own.failuresInARow() < ALL_FAIL)
                        && tenants.failuresInARow(tenant) < ALL_FAIL - 1
                        && costModel.failuresInARow(offer.operation()) < ALL_FAIL - 1);
        upstream.ended(failure, counted, now);
        tenants.ended(tenant, failure, counted, now);
        costModel.ended(offer.operation(), failure, counted, now);
        if (failure) {
            judge(offer, now);
        }
    }

    /** Lets the circuit of its operation know what became of an offer, and returns whether that circuit explains it. */
    private boolean isExplained(Circuit own, int trial, Offer offer, boolean failure, long now) {
        boolean closed = own.state() == CircuitState.CLOSED;
        if (own.counts(trial, offer.leftAt)) {
            own.ended(failure, true, now);
            boolean dead = own.isDead(!closed || upstream.state() == CircuitState.HALF_OPEN, now);
            if (failure && (dead || own.isFailing())) {
                open(own, offer, dead, now);
            }
        }
        return !closed;
    }

    private void open(Circuit own, Offer offer, boolean dead, long now) {
        String tenant = offer.connection().tenant();
        if (own.state() == CircuitState.CLOSED) {
            upstream.errors().subtract(own.errors());
            tenants.subtract(tenant, own.errors());
            costModel.subtract(offer.operation(), own.errors());
        }
        own.open(dead, now);
        if (!tenants.othersSucceed(tenant, now) && !costModel.othersSucceed(offer.operation(), now)) {
            sole = own;
        }
    }

    private void judge(Offer offer, long now) {
        String tenant = offer.connection().tenant();
        int percent = policy.errorPercent();
        boolean dead = upstream.isDead(upstream.state() == CircuitState.HALF_OPEN, now)
                && (tenants.isRowOfSeveral() || costModel.isRowOfSeveral())
                && tenants.isRowWidespread(tenant, now)
                && costModel.isRowWidespread(offer.operation(), now);
        boolean failing = upstream.isFailing()
                && (tenants.isOfSeveral() || costModel.isOfSeveral())
                && tenants.isWidespread(upstream.errors(), percent, now)
                && costModel.isWidespread(upstream.errors(), percent, now);
        if (dead || failing) {
            open(dead, now);
        }
    }

    private void open(boolean dead, long now) {
        upstream.open(dead, now);
        restart();
    }

    private void restart() {
        tenants.restart();
        costModel.restart();
        operations.clear();
        sole = null;
    }

    /** Moves on with time. True if the reported state changed. */
    boolean advance(long now) {
        if (!policy.enabled()) {
            return false;
        }
        CircuitState before = reported();
        Circuit only = sole;
        if (only != null) {
            only.advance(now);
        }
        if (upstream.advance(now)) {
            restart();
            if (upstream.state() == CircuitState.HALF_OPEN) {
                stall.restart(now);
            }
        } else if (upstream.state() != CircuitState.OPEN && stall.isStalled(now)) {
            open(false, now);
        }
        return before != reported();
    }

    /** Names all fields. */
    void state(State state, PendingOffers offers) {
        state.part("upstream", upstream);
        state.part("operations", operations);
        state.part("tenants", tenants);
        state.part("by_operation", costModel);
        sole = state.shared("sole", sole, operations::emptyCircuit);
        state.part("stall", each -> stall.state(each, offers));
    }

    /** To be read from a checkpoint. */
    Circuit emptyCircuit() {
        return operations.emptyCircuit();
    }
}
