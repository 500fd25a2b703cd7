package io.weir.core.queue;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.core.Outcome;
import io.weir.core.Reason;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.EffectiveRates;
import io.weir.core.admission.RateKey;
import io.weir.core.config.BackpressureAction;
import io.weir.core.state.State;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/*
 * One short lock a queue orders everything that happens to it, so that who got the slot, who was cancelled and who
 * expired is decided once. Nothing is called under it: what left the queue is chained up, and its reservations are
 * released and its handlers called when the lock is free again. The lock of a decision log is taken around it, and held
 * until the reservations are released: what the line says is then true of the admission as well. Listeners and handlers
 * are called when that is free as well.
 */

/**
 * What is offered to one upstream: let in by rate, limits, priority and likely wait, then dispatched as the upstream
 * has capacity: fairly between tenants by their weights, between a tenant's connections in turn, by priority within a
 * connection, and first come, first served within that. Thread-safe. Times are nanoseconds of one monotonic clock of
 * the caller's; one that steps back is clamped.
 */
public final class UpstreamQueue {
    /** Changes under the lock of the decision log. */
    private volatile String name;

    private final Admission admission;
    private final UpstreamListener listener;
    private final QueuePolicy policy;
    private final DecisionLog log;
    private final AdaptiveRate rate;
    private final RateKey rateKey = new RateKey();
    private final PendingCallbacks pendingCallbacks = new PendingCallbacks();
    private final Notifications circuitChanges = new Notifications();

    @GuardedBy("this")
    private final Dispatcher dispatcher;

    /** What a checkpoint tells of; null without a decision log. */
    private final @Nullable PendingOffers pending;

    @GuardedBy("this")
    private CircuitState circuit = CircuitState.CLOSED;

    /** Whether it was taken out of the decision log; changes under that log's lock, and then nothing else does. */
    private volatile boolean removed;

    /** The rates for the time being, as they were last made. */
    private volatile @Nullable EffectiveRates lowered;

    /**
     * A queue.
     *
     * @param admission decides on rate and limits; may serve several queues
     * @param listener is notified outside every lock
     * @param decisionLog writes down what is decided here, or null
     * @param now the time now
     */
    public UpstreamQueue(
            String name,
            Admission admission,
            QueuePolicy policy,
            UpstreamListener listener,
            @Nullable DecisionLog decisionLog,
            long now) {
        this(name, admission, policy, listener, decisionLog == null ? DecisionLog.NONE : decisionLog, now, true);
    }

    /** As a checkpoint has it: {@link #state} follows. */
    static UpstreamQueue restored(String name, Admission admission, QueuePolicy policy, DecisionLog log, long now) {
        return new UpstreamQueue(name, admission, policy, UpstreamListener.NONE, log, now, false);
    }

    private UpstreamQueue(
            String name,
            Admission admission,
            QueuePolicy policy,
            UpstreamListener listener,
            DecisionLog log,
            long now,
            boolean isNew) {
        this.name = name;
        this.admission = admission;
        this.listener = listener;
        this.policy = policy;
        this.log = log;
        this.pending = log.logs() ? new PendingOffers() : null;
        log.lock();
        try {
            // Others may have been logged since that was the time: what begins here begins when the line says.
            long stamped = isNew ? log.stamp(now) : now;
            this.rate = new AdaptiveRate(admission, policy.capacity(), stamped);
            this.dispatcher = new Dispatcher(admission, policy, rate, pendingCallbacks, pending, stamped);
            log.register(this, isNew, stamped);
        } finally {
            log.unlock();
        }
    }

    /** The name of the upstream. */
    public String name() {
        return name;
    }

    /**
     * Offers messages: to the rate, to the limits, and to the queue.
     *
     * @param offer one that was never admitted
     * @return {@link Decision#DISPATCHED} if they are in flight now: the offer's handler is never called;
     *     {@link Decision#QUEUED} if they wait: the handler is called exactly once, maybe before this returns, unless
     *     they are {@linkplain #cancel cancelled}; else why they are rejected, and {@link Offer#rejection} says more
     */
    public Decision offer(Offer offer, long now) {
        Decision decision;
        Offer left;
        long stamped;
        log.lock();
        try {
            if (removed) {
                offer.reject(Reason.CLOSED, Reason.CLOSED.scope(), 0, 0, 0);
                return Decision.REFUSED;
            }
            stamped = log.stamp(now);
            offer.number = log.nextNumber();
            decision = decide(offer, stamped);
            left = settle();
            log.offered(name, offer, decision, left, stamped);
        } finally {
            log.unlock();
        }
        callBack(left, stamped);
        return decision;
    }

    /** The rates for the time being, with buckets that belong to this queue; null for those that are configured. */
    private @Nullable EffectiveRates lowered() {
        EffectiveRates rates = rate.rates();
        if (rates == null) {
            return null;
        }
        EffectiveRates current = admission.effectiveRates(rateKey, rates.permille(), lowered);
        lowered = current;
        return current;
    }

    private Decision decide(Offer offer, long now) {
        makeRoom(offer, now);
        Decision decision = admission.admit(
                offer.connection(), offer, offer.priority(), lowered(), offer.messages(), offer.bytes(), now);
        if (decision == Decision.ADMITTED) {
            synchronized (this) {
                decision = dispatcher.enter(offer, now);
                noteCircuit();
            }
            if (decision == Decision.SHED) {
                admission.shed(offer, Objects.requireNonNull(offer.reason()), now);
            } else if (decision == Decision.REFUSED) {
                admission.release(offer, Outcome.EVICTED);
            }
        } else if (decision != Decision.PAUSED && offer.retryAfterNanos() == 0 && offer.reason() != Reason.CLOSED) {
            synchronized (this) {
                offer.retryAfter(dispatcher.retryAfter(offer, now));
            }
        }
        return decision;
    }

    /**
     * Under {@code drop_oldest}: evicts the oldest of the connection until the offered one fits, and none if it would
     * not fit then.
     */
    private void makeRoom(Offer offer, long now) {
        if (admission.config().queueLimits().backpressureAction() != BackpressureAction.DROP_OLDEST) {
            return;
        }
        while (admission.probe(offer.connection(), offer, offer.messages(), offer.bytes(), now) != Decision.ADMITTED
                && (offer.reason() == Reason.CONNECTION_MESSAGES || offer.reason() == Reason.CONNECTION_BYTES)
                && offer.retryAfterNanos() >= 0) {
            Offer oldest;
            synchronized (this) {
                oldest = dispatcher.canMakeRoom(offer) ? dispatcher.evictOldest(offer.connection(), now) : null;
            }
            if (oldest == null) {
                return;
            }
            // What expired on this occasion makes room as well.
            Offer left = settle();
            synchronized (this) {
                pendingCallbacks.putBack(left);
            }
        }
    }

    /**
     * Ends an offer in flight, exactly once, and gives its slot to one that waits. One that was {@linkplain #abandon
     * abandoned} may be ended as well, as soon as the upstream is known to be done with it.
     *
     * @param outcome {@link Outcome#COMPLETED} if the upstream responded, {@link Outcome#FAILED}, or
     *     {@link Outcome#CANCELLED}
     * @return false if it was neither in flight nor abandoned, and nothing was changed
     */
    public boolean finish(Offer offer, Outcome outcome, long now) {
        boolean first;
        Offer left;
        long stamped;
        log.lock();
        try {
            stamped = log.stamp(now);
            first = end(offer, outcome, stamped);
            left = settle();
            if (first) {
                log.finished(name, offer, outcome, left, stamped);
            }
        } finally {
            log.unlock();
        }
        callBack(left, stamped);
        return first;
    }

    private boolean end(Offer offer, Outcome outcome, long now) {
        synchronized (this) {
            if (!dispatcher.finish(offer, outcome, now)) {
                return false;
            }
            noteCircuit();
        }
        admission.release(offer, outcome);
        return true;
    }

    /**
     * Gives up an offer in flight, exactly once, without knowing whether the upstream stops working on it: what it
     * holds of the limits is released, and its slot is held for as long as calls of its operation usually take, or as
     * {@link QueuePolicy#abandonedHold} says while that is not known. {@link #finish} frees the slot before.
     *
     * @param outcome {@link Outcome#CANCELLED} if its client gave it up, {@link Outcome#FAILED} if it took too long
     * @return for how long the slot is held at most, in nanoseconds; negative if it was not in flight, and nothing was
     *     changed
     */
    public long abandon(Offer offer, Outcome outcome, long now) {
        if (outcome != Outcome.CANCELLED && outcome != Outcome.FAILED) {
            throw new IllegalArgumentException("abandoned as " + outcome);
        }
        long held;
        Offer left;
        long stamped;
        log.lock();
        try {
            stamped = log.stamp(now);
            held = giveUp(offer, outcome, stamped);
            left = settle();
            if (held >= 0) {
                log.abandoned(name, offer, outcome, held, left, stamped);
            }
        } finally {
            log.unlock();
        }
        callBack(left, stamped);
        return held;
    }

    private long giveUp(Offer offer, Outcome outcome, long now) {
        long held;
        synchronized (this) {
            held = dispatcher.giveUp(offer, outcome, now);
            noteCircuit();
        }
        if (held >= 0) {
            admission.release(offer, outcome);
        }
        return held;
    }

    /**
     * Takes out an offer that waits, at once; its handler is not called.
     *
     * @return false if it does not wait (any more)
     */
    public boolean cancel(Offer offer, long now) {
        boolean waited;
        Offer left;
        long stamped;
        log.lock();
        try {
            stamped = log.stamp(now);
            waited = withdraw(offer, stamped);
            left = settle();
            if (waited) {
                log.cancelled(name, offer, left, stamped);
            }
        } finally {
            log.unlock();
        }
        callBack(left, stamped);
        return waited;
    }

    private boolean withdraw(Offer offer, long now) {
        synchronized (this) {
            if (!dispatcher.withdraw(offer, now)) {
                return false;
            }
        }
        admission.release(offer, Outcome.CANCELLED);
        return true;
    }

    /**
     * Lets time pass: expires what has waited too long, moves the circuit breaker and the effective rate. To be called
     * every 10 to 50 ms.
     *
     * @return whether anything changed
     */
    public boolean tick(long now) {
        return sweep("tick", null, now, this::advance);
    }

    /**
     * Throws out all that waits of one connection, reason {@link Reason#RESET}, and lets its counters start again from
     * what is in flight.
     *
     * @return how many offers left
     */
    public int reset(Connection connection, long now) {
        int[] left = new int[1];
        sweep("reset", connection, now, at -> {
            synchronized (this) {
                left[0] = dispatcher.evict(connection, at);
            }
            return true;
        });
        return left[0];
    }

    /**
     * Throws out all that waits, reason {@link Reason#CLOSED}, and lets nothing in from now on. Close the admission
     * before.
     */
    public void close(long now) {
        sweep("close", null, now, at -> {
            synchronized (this) {
                dispatcher.close(at);
            }
            return true;
        });
    }

    /**
     * Gives it another name, so that a queue which takes its place can have the one it has; all else stays. For a
     * decision log, from then on the other name is this queue's.
     *
     * @param other the name of no other queue of the decision log
     */
    public void rename(String other, long now) {
        log.lock();
        try {
            log.renamed(this, name, other, now);
            name = other;
        } finally {
            log.unlock();
        }
    }

    /**
     * Takes it out of service if nothing waits and the upstream has nothing of it: what is offered from then on is
     * refused, reason {@link Reason#CLOSED}, and is not logged. To be called when nothing more is offered.
     *
     * @return false if it holds something, and nothing was changed; true if it is out of service, also since before
     */
    public boolean remove(long now) {
        log.lock();
        try {
            synchronized (this) {
                if (!dispatcher.isEmpty()) {
                    return false;
                }
            }
            if (!removed) {
                removed = true;
                rateKey.remove();
                log.removed(name, now);
            }
            return true;
        } finally {
            log.unlock();
        }
    }

    private interface Sweep {
        /** Whether anything changed. */
        boolean run(long now);
    }

    private boolean sweep(String what, @Nullable Connection connection, long now, Sweep sweep) {
        boolean changed;
        Offer left;
        long stamped;
        log.lock();
        try {
            if (removed) {
                return false;
            }
            stamped = log.stamp(now);
            changed = sweep.run(stamped);
            left = settle();
            if (connection != null) {
                admission.reset(connection);
            }
            if (changed) {
                log.swept(what, name, connection, left, stamped);
            }
        } finally {
            log.unlock();
        }
        callBack(left, stamped);
        return changed;
    }

    private synchronized boolean advance(long now) {
        boolean changed = dispatcher.advance(now);
        noteCircuit();
        return changed;
    }

    /**
     * In how many nanoseconds calls in flight of a connection are expected to have ended that hold so much, by how long
     * calls of their operations take; negative if it has none in flight. Decides nothing.
     *
     * @param messages how many messages they hold, or more
     * @param bytes how many bytes they hold, or more
     */
    public synchronized long expectedRelease(Connection connection, int messages, long bytes, long now) {
        return dispatcher.expectedRelease(connection, messages, bytes, now);
    }

    /** A snapshot. */
    public synchronized QueueStats stats(long now) {
        return dispatcher.stats(name, now);
    }

    /**
     * How long messages took since the last call, of any caller; they are counted from the first call on, or from
     * {@link #countDurations}.
     */
    public synchronized QueueDurations takeDurations() {
        return dispatcher.takeDurations();
    }

    /** Begins to count durations, for a later {@link #takeDurations}; to be called before anything is offered. */
    public synchronized void countDurations() {
        dispatcher.countDurations();
    }

    @GuardedBy("this")
    private void noteCircuit() {
        CircuitState state = dispatcher.circuitState();
        if (state != circuit) {
            circuit = state;
            circuitChanges.add(() -> listener.onCircuit(name, state));
        }
    }

    /** Releases what those hold that have left and were not dispatched, and returns the chain of all that have left. */
    private @Nullable Offer settle() {
        if (pendingCallbacks.isEmpty()) {
            return null;
        }
        Offer chain;
        synchronized (this) {
            chain = pendingCallbacks.takeAll();
        }
        for (Offer offer = chain; offer != null; offer = offer.nextCallback) {
            Outcome outcome = offer.outcome;
            if (outcome != null) {
                admission.release(offer, outcome);
            }
        }
        return chain;
    }

    /** Calls the handlers of those that have left, and the listener. Outside every lock. */
    private void callBack(@Nullable Offer chain, long now) {
        Offer offer = chain;
        while (offer != null) {
            Offer after = offer.nextCallback;
            offer.nextCallback = null;
            callHandler(offer, now);
            offer = after;
        }
        circuitChanges.callAll();
    }

    /** A handler that throws keeps no other from being called. */
    private static void callHandler(Offer offer, long now) {
        Outcome outcome = offer.outcome;
        try {
            if (outcome == null) {
                offer.handler().dispatched(offer, now);
            } else {
                offer.handler().removed(offer, outcome, now);
            }
        } catch (RuntimeException e) {
            // As Offer.Handler promises.
        } catch (Error e) {
            Uncaught.report(e);
        }
    }

    Admission admission() {
        return admission;
    }

    QueuePolicy policy() {
        return policy;
    }

    Object rateKey() {
        return rateKey;
    }

    /**
     * Names all fields but statistics. Under the lock of the decision log.
     *
     * @param handler of offers that are read
     */
    synchronized void state(State state, UnaryOperator<String> label, Offer.Handler handler, long now) {
        PendingOffers all = Objects.requireNonNull(pending, "without a decision log");
        state.part("rate", rate);
        dispatcher.state(state, all, label, handler, now);
        circuit = state.constant("circuit_reported", circuit);
    }

    /** All that is pending, by number. */
    synchronized Map<Long, Offer> pending() {
        return Objects.requireNonNull(pending, "without a decision log").byNumber();
    }
}
