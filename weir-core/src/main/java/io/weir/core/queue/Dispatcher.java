package io.weir.core.queue;

import io.weir.core.Outcome;
import io.weir.core.Reason;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.state.State;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Who waits, who is given to the upstream, and who leaves otherwise. What leaves is put into {@link PendingCallbacks};
 * what it holds is released, and its handler called, by {@link UpstreamQueue}. Not thread-safe: guarded by the queue's
 * lock.
 */
final class Dispatcher {
    /** 50 days of a slot: sums and products of costs stay within a long. */
    private static final long MAX_COST_MICROS = 1L << 42;

    private final Admission admission;
    private final PendingCallbacks pendingCallbacks;
    private final AdaptiveRate rate;
    private final Capacity capacity;
    private final CircuitBreaker circuit;
    private final FairQueue waiting = new FairQueue();
    private final CostModel costModel;
    private final WaitTimeGate waitTimeGate;
    private final RetryAdvice retries;
    private final Predicate<Offer> mayGoFirst = this::hasRoomWithinShare;
    private final BacklogLimit backlog = new BacklogLimit();
    private final ExpiryWheel expiry;
    private final long abandonedHold;
    private final @Nullable PendingOffers logged;
    private long clock;
    private long offers;
    /** Messages that have left the upstream; it may wrap around. */
    private int departed;

    /** Slots taken, those included of what was given up. */
    private int inFlight;

    /** Slots of what was given up. */
    private int held;

    private boolean closed;

    private long dispatched;
    private long expired;
    private long cancelled;
    private long evicted;
    private long shedByWait;
    private long shedByCircuit;

    /** How long messages took; null while nobody asks. */
    private @Nullable QueueDurations durations;

    Dispatcher(
            Admission admission,
            QueuePolicy policy,
            AdaptiveRate rate,
            PendingCallbacks pendingCallbacks,
            @Nullable PendingOffers logged,
            long now) {
        this.admission = admission;
        this.pendingCallbacks = pendingCallbacks;
        this.rate = rate;
        this.capacity = policy.capacity();
        this.circuit = new CircuitBreaker(policy.circuit(), now);
        this.costModel = new CostModel(capacity);
        this.waitTimeGate = new WaitTimeGate(admission, waiting, costModel, now);
        this.retries = new RetryAdvice(admission, circuit, costModel, waitTimeGate);
        this.expiry = new ExpiryWheel(now);
        this.abandonedHold = policy.abandonedHold().toNanos();
        this.clock = now;
        this.logged = logged;
    }

    CircuitState circuitState() {
        return circuit.reported();
    }

    private long clamp(long now) {
        if (now - clock > 0) {
            clock = now;
        }
        return clock;
    }

    /** Decides on what rate and limits let pass. It is held; what is not admitted, the caller gives up. */
    Decision enter(Offer offer, long offeredNow) {
        long now = clamp(offeredNow);
        offer.offeredAt = now;
        offer.leftAt = now;
        offer.order = ++offers;
        if (circuit.advance(now)) {
            dispatchReady(now);
        }
        if (closed) {
            offer.state = Offer.State.OVER;
            offer.reject(Reason.CLOSED, Reason.CLOSED.scope(), 0, 0, 0);
            return Decision.REFUSED;
        }
        long untilTrial = circuit.enter(offer, now);
        if (untilTrial > 0) {
            shedByCircuit += offer.messages();
            return shed(offer, Reason.CIRCUIT_OPEN, 0, 0, untilTrial);
        }
        TenantFlow tenant = estimateCost(offer, now);
        waitTimeGate.asked(tenant, offer, now);
        if (hasRoom(tenant, offer) && (waiting.isEmpty() || mayPass(tenant, offer))) {
            waiting.charge(tenant, offer);
            note(offer);
            dispatch(offer, tenant, now);
            return Decision.DISPATCHED;
        }
        boolean fitsShare = offer.messages() == 1 || waitTimeGate.fitsShare(offer, slotsNow());
        long estimate = fitsShare ? waitTimeGate.estimate(tenant, offer, now) : offer.ttlNanos();
        long target = Math.min(offer.ttlNanos(), waitTimeGate.target(tenant, offer, now));
        if (estimate > target || !fitsShare) {
            shedByWait += offer.messages();
            circuit.left(offer);
            return shed(offer, Reason.WAIT, estimate, target, waitTimeGate.retryAfter(tenant, offer, estimate, now));
        }
        offer.state = Offer.State.QUEUED;
        note(offer);
        admission.queued(offer, true);
        waitTimeGate.noteWaiting(true, now);
        waiting.add(tenant, offer);
        expiry.add(offer);
        dispatchReady(now);
        if (offer.state == Offer.State.IN_FLIGHT) {
            pendingCallbacks.remove(offer);
            return Decision.DISPATCHED;
        }
        return Decision.QUEUED;
    }

    private void note(Offer offer) {
        if (logged != null) {
            logged.add(offer);
        }
    }

    private void over(Offer offer) {
        offer.state = Offer.State.OVER;
        if (logged != null) {
            logged.remove(offer);
        }
    }

    private static Decision shed(Offer offer, Reason reason, long measured, long bound, long retry) {
        offer.reject(reason, reason.scope(), measured, bound, retry);
        return Decision.SHED;
    }

    private TenantFlow estimateCost(Offer offer, long now) {
        TenantFlow tenant = waiting.flow(offer.connection().tenant(), now);
        offer.profile = costModel.known(offer.operation());
        offer.cost =
                Math.min(MAX_COST_MICROS, costModel.cost(tenant, offer.operation(), offer.profile) * offer.messages());
        waitTimeGate.places(Math.min(places(), slots()));
        return tenant;
    }

    /** When to come back with what a limit has refused, in nanoseconds. */
    long retryAfter(Offer offer, long offeredNow) {
        long now = clamp(offeredNow);
        return retries.retryAfter(estimateCost(offer, now), offer, now);
    }

    private int places() {
        return circuit.slots(slotsNow());
    }

    private int slotsNow() {
        return Math.min(capacity.limit(), backlog.limit());
    }

    /** What the upstream may have; where the limits of operations are what others wait for, no more than it has. */
    private int slots() {
        return capacity.adaptive() ? Math.min(capacity.limit(), Math.max(1, inFlight)) : capacity.limit();
    }

    private boolean fitsOperation(Offer offer) {
        LatencyProfile known = offer.profile;
        if (known == null) {
            known = costModel.known(offer.operation());
            offer.profile = known;
        }
        return known == null || known.limit.hasRoom(offer.messages());
    }

    /** A batch that is larger than the capacity goes alone. */
    private boolean hasRoom(TenantFlow tenant, Offer offer) {
        int slots = slotsNow();
        long spare = slots - (long) inFlight - offer.messages();
        return fitsOperation(offer)
                && circuit.admits(offer.messages())
                && (inFlight == 0
                        || circuit.awaitsTrial()
                        || (spare >= 0 && spare >= waitTimeGate.reserve(tenant, offer, slots)));
    }

    private boolean hasRoom(Offer offer) {
        return hasRoom(Objects.requireNonNull(offer.tenant), offer);
    }

    private boolean hasRoomWithinShare(Offer offer) {
        TenantFlow tenant = Objects.requireNonNull(offer.tenant);
        return waitTimeGate.holdsNoMoreThanShare(tenant, offer, slots()) && hasRoom(tenant, offer);
    }

    /**
     * Whether one that has just come, and has room, may go before all that wait: none of a tenant that holds no more
     * than its share waits because of one that has no room, be it that its tenant holds more, or that it is a batch for
     * which slots have to fall free.
     */
    private boolean mayPass(TenantFlow tenant, Offer offer) {
        return tenant.isEmpty()
                && waitTimeGate.holdsNoMoreThanShare(tenant, offer, slots())
                && !hasRoom(Objects.requireNonNull(waiting.head()));
    }

    /** The one to go before the first in turn, which has no room; null if there is none. */
    private @Nullable Offer passing() {
        return inFlight < places() ? waiting.earliest(mayGoFirst) : null;
    }

    private void dispatch(Offer offer, TenantFlow tenant, long now) {
        offer.state = Offer.State.IN_FLIGHT;
        offer.leftAt = now;
        offer.tenant = tenant;
        offer.inFlightBefore = inFlight;
        offer.leftBefore = departed;
        LatencyProfile profile = offer.profile == null ? costModel.profile(offer.operation()) : offer.profile;
        offer.profile = profile;
        offer.ofOperationLeftBefore = profile.departed;
        OperationLimit limit = profile.limit;
        offer.ofOperationBefore = limit.inFlight();
        offer.ofOperationTimeBefore = limit.inFlightTime();
        if (capacity.adaptive()) {
            backlog.dispatching(profile, inFlight, departed, now / 1000);
        }
        limit.dispatched(offer.messages(), offer.ttlNanos() / 1000, now / 1000);
        inFlight += offer.messages();
        tenant.inFlight += offer.messages();
        dispatched += offer.messages();
        if (durations != null) {
            durations.queueWait().add(offer.queuedNanos(), offer.messages());
        }
        circuit.dispatched(offer);
        waitTimeGate.served(offer);
        if (inFlight < places()) {
            waitTimeGate.progressed(now);
        }
    }

    /** Gives the upstream as much as it may have. */
    private void dispatchReady(long now) {
        for (Offer head = waiting.head(); head != null; head = waiting.head()) {
            Offer next = head.expiresAt() - now <= 0 || hasRoom(head) ? head : passing();
            if (next == null) {
                break;
            }
            if (next.expiresAt() - now <= 0) {
                abandon(next, Outcome.EXPIRED, Reason.EXPIRED, now);
                continue;
            }
            TenantFlow tenant = Objects.requireNonNull(next.tenant);
            leave(next);
            waiting.removeServed(next);
            dispatch(next, tenant, now);
            pendingCallbacks.add(next);
        }
        if (circuit.state() == CircuitState.OPEN) {
            evictAll(Reason.CIRCUIT_OPEN, now);
        }
        if (waiting.isEmpty()) {
            waitTimeGate.noteWaiting(false, now);
        }
    }

    private void leave(Offer offer) {
        expiry.remove(offer);
        admission.queued(offer, false);
    }

    private void abandon(Offer offer, Outcome outcome, Reason reason, long now) {
        leave(offer);
        circuit.left(offer);
        waiting.removeUnserved(offer);
        over(offer);
        offer.outcome = outcome;
        offer.leftAt = now;
        long retry = reason == Reason.CIRCUIT_OPEN ? circuit.retryAfter(now) : 0;
        boolean timed = reason.unit() == Reason.Unit.NANOSECONDS;
        offer.reject(reason, reason.scope(), timed ? offer.queuedNanos() : 0, timed ? offer.ttlNanos() : 0, retry);
        if (outcome == Outcome.EXPIRED) {
            expired += offer.messages();
        } else {
            evicted += offer.messages();
        }
        pendingCallbacks.add(offer);
    }

    private void evictAll(Reason reason, long now) {
        for (Offer head = waiting.head(); head != null; head = waiting.head()) {
            abandon(head, Outcome.EVICTED, reason, now);
        }
    }

    /** Ends what the upstream had, given up or not; false if it did not have it. */
    boolean finish(Offer offer, Outcome outcome, long offeredNow) {
        boolean abandoned = offer.state == Offer.State.ABANDONED;
        if (!abandoned && offer.state != Offer.State.IN_FLIGHT) {
            return false;
        }
        long now = clamp(offeredNow);
        if (abandoned) {
            expiry.remove(offer);
            if (outcome == Outcome.COMPLETED) {
                circuit.answered(offer, now);
            }
            free(offer, now);
        } else {
            end(offer, outcome, now);
        }
        dispatchReady(now);
        return true;
    }

    /**
     * In how many nanoseconds calls of a connection are expected to have ended that hold so much; negative if it has
     * none in flight.
     */
    long expectedRelease(Connection connection, int messages, long bytes, long now) {
        return Math.max(
                retries.expectedRelease(connection, messages, false, now),
                retries.expectedRelease(connection, bytes, true, now));
    }

    private void end(Offer offer, Outcome outcome, long now) {
        long micros = micros(offer, now);
        release(offer, outcome == Outcome.COMPLETED, now);
        if (outcome == Outcome.COMPLETED) {
            Objects.requireNonNull(offer.tenant).learn(offer.operation(), micros);
            boolean alone = offer.inFlightBefore < 2 && offer.queuedNanos() == 0;
            long excess = 1000 * costModel.learn(Objects.requireNonNull(offer.profile), micros, alone);
            rate.add(offer.messages(), offer.queuedNanos(), excess);
        }
        judge(offer, outcome, now);
    }

    private void judge(Offer offer, Outcome outcome, long now) {
        if (durations != null) {
            durations.ended(outcome, now - offer.leftAt, offer.messages());
        }
        switch (outcome) {
            case COMPLETED -> circuit.answered(offer, now);
            case FAILED -> circuit.failed(offer, now);
            case CANCELLED, EXPIRED, EVICTED -> circuit.gaveUp(offer, now);
        }
    }

    private static long micros(Offer offer, long now) {
        return Math.max(1, (now - offer.leftAt) / 1000);
    }

    private void release(Offer offer, boolean completed, long now) {
        LatencyProfile profile = Objects.requireNonNull(offer.profile);
        long micros = micros(offer, now);
        long ttlMicros = offer.ttlNanos() / 1000;
        if (capacity.adaptive()) {
            backlog.leaves(profile, offer, departed, inFlight, micros, completed, now / 1000);
        }
        profile.left(offer.messages(), micros, completed, ttlMicros);
        profile.limit.left(
                offer.messages(),
                offer.ofOperationBefore,
                offer.ofOperationTimeBefore,
                micros,
                completed,
                ttlMicros,
                now / 1000);
        departed += offer.messages();
        over(offer);
        inFlight -= offer.messages();
        Objects.requireNonNull(offer.tenant).inFlight -= offer.messages();
        waitTimeGate.progressed(now);
    }

    /** Frees the slot of what was given up; its tenant is charged for all the time. */
    private void free(Offer offer, long now) {
        held -= offer.messages();
        release(offer, false, now);
        Objects.requireNonNull(offer.tenant).learn(offer.operation(), micros(offer, now));
    }

    /**
     * Gives up what the upstream has. It may go on with it: the slot is held for as long as calls of that operation
     * usually take, and from then on for as long as is configured, all from when it was dispatched.
     *
     * @return for how long, in nanoseconds; negative if the upstream did not have it
     */
    long giveUp(Offer offer, Outcome outcome, long offeredNow) {
        if (offer.state != Offer.State.IN_FLIGHT) {
            return -1;
        }
        long now = clamp(offeredNow);
        long elapsed = now - offer.leftAt;
        long usual = circuit.usual(offer.operation());
        long hold = (usual > elapsed ? usual : abandonedHold) - elapsed;
        if (hold <= 0) {
            end(offer, outcome, now);
            dispatchReady(now);
            return 0;
        }
        judge(offer, outcome, now);
        offer.state = Offer.State.ABANDONED;
        offer.heldUntil = now + hold;
        offer.forgetHandler();
        held += offer.messages();
        expiry.add(offer);
        dispatchReady(now);
        return hold;
    }

    /** Takes out one that waits; false if it does not. */
    boolean withdraw(Offer offer, long offeredNow) {
        if (offer.state != Offer.State.QUEUED) {
            return false;
        }
        long now = clamp(offeredNow);
        leave(offer);
        circuit.left(offer);
        waiting.removeUnserved(offer);
        over(offer);
        offer.leftAt = now;
        cancelled += offer.messages();
        dispatchReady(now);
        return true;
    }

    /** Lets time pass; true if anything changed. */
    boolean advance(long offeredNow) {
        long now = clamp(offeredNow);
        boolean changed = circuit.advance(now);
        if (rate.advance(admission.config().backpressure(), !waiting.isEmpty(), now)) {
            waiting.forgetIdle(waitTimeGate::remembers, now);
            changed = true;
        }
        int heldBefore = held;
        expiry.expire(now, offer -> expire(offer, now));
        dispatchReady(now);
        return changed || held != heldBefore || !pendingCallbacks.isEmpty();
    }

    private void expire(Offer offer, long now) {
        if (offer.state == Offer.State.ABANDONED) {
            expiry.remove(offer);
            free(offer, now);
        } else {
            abandon(offer, Outcome.EXPIRED, Reason.EXPIRED, now);
        }
    }

    /**
     * Whether evicting all that waits of the connection makes room for an offer under every limit, and the upstream is
     * not left alone: otherwise it would be in vain.
     */
    boolean canMakeRoom(Offer offer) {
        ConnectionFlow flow = flow(offer.connection());
        return !closed
                && flow != null
                && circuit.state() != CircuitState.OPEN
                && admission.fitsWithout(
                        offer.connection(), flow.queuedMessages, flow.queuedBytes, offer.messages(), offer.bytes());
    }

    /** Throws out the one of the connection that has waited longest; null if none waits. */
    @Nullable
    Offer evictOldest(Connection connection, long offeredNow) {
        long now = clamp(offeredNow);
        ConnectionFlow flow = flow(connection);
        Offer oldest = flow == null ? null : flow.oldest();
        if (oldest != null) {
            abandon(oldest, Outcome.EVICTED, Reason.DROPPED_OLDEST, now);
            dispatchReady(now);
        }
        return oldest;
    }

    /** Throws out all that wait of a connection; how many. */
    int evict(Connection connection, long offeredNow) {
        long now = clamp(offeredNow);
        int left = 0;
        ConnectionFlow flow = flow(connection);
        if (flow != null) {
            for (Offer head = flow.head(); head != null; head = flow.head()) {
                abandon(head, Outcome.EVICTED, Reason.RESET, now);
                left++;
            }
        }
        dispatchReady(now);
        return left;
    }

    private @Nullable ConnectionFlow flow(Connection connection) {
        TenantFlow tenant = waiting.known(connection.tenant());
        return tenant == null ? null : tenant.connection(connection.key());
    }

    /** Throws out all that wait, and lets nothing in any more. */
    void close(long offeredNow) {
        long now = clamp(offeredNow);
        closed = true;
        evictAll(Reason.CLOSED, now);
        waitTimeGate.noteWaiting(false, now);
    }

    void countDurations() {
        durations = new QueueDurations();
    }

    /** How long messages took since the last call; nothing is counted before the first. */
    QueueDurations takeDurations() {
        QueueDurations taken = durations;
        durations = new QueueDurations();
        return taken == null ? new QueueDurations() : taken;
    }

    /** Whether nothing waits, and the upstream has nothing of it. */
    boolean isEmpty() {
        return waiting.isEmpty() && inFlight == 0;
    }

    QueueStats stats(String name, long now) {
        boolean free = waiting.isEmpty() && inFlight < places();
        return new QueueStats(
                name,
                waiting.queuedMessages(),
                inFlight - held,
                held,
                capacity.limit(),
                free ? 0 : waitTimeGate.estimate(now),
                circuit.reported(),
                circuit.openOperations(),
                rate.permille(),
                rate.evidenceNanos(),
                dispatched,
                expired,
                cancelled,
                evicted,
                shedByWait,
                shedByCircuit,
                waiting.longest(),
                costModel.operations(),
                backlog.stats());
    }

    /** Names all fields but statistics. */
    void state(State state, PendingOffers pending, UnaryOperator<String> label, Offer.Handler handler, long now) {
        clock = now;
        offers = state.number("entered", offers);
        departed = state.number("departed", departed);
        inFlight = state.number("in_flight", inFlight);
        held = state.number("held", held);
        closed = state.flag("closed", closed);
        state.part("costs", costModel);
        state.part("fair_queue", waiting);
        pending.state(state, label, admission, handler, this::fields, now);
        waiting.waiting(state, pending);
        state.part("expiry", each -> expiry.state(each, pending, now));
        state.part("circuit_breaker", each -> circuit.state(each, pending));
        state.part("backlog", each -> backlog.state(each, capacity));
        state.part("gate", waitTimeGate);
        state.part("retry_advice", each -> retries.state(each, label));
    }

    private void fields(State state, Offer offer) {
        offer.state(state, costModel::emptyProfile, circuit::emptyCircuit, waiting::known);
    }
}
