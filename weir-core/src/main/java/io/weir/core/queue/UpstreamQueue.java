package io.weir.core.queue;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.core.Outcome;
import io.weir.core.Reason;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.EffectiveRates;
import io.weir.core.admission.Reservation;
import io.weir.core.config.BackpressureAction;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/*
 * One short lock a queue orders everything that happens to it, so that who got the place, who was cancelled and who expired is decided
 * once. Nobody is called under it: what left the queue is chained up, and its permits are released and its handlers called when the
 * lock is free again. A journal's monitor is taken around the lock, and held until the permits are released: what the line says
 * is then true of the admission as well.
 */

/**
 * What is offered to one upstream: let in by rate, limits, priority and likely wait, then dispatched as the upstream has capacity:
 * fairly between tenants by their weights, between a tenant's connections in turn, by priority within a connection, and first come,
 * first served within that. Thread-safe. Times are nanoseconds of one monotonic clock of the caller's; one that steps back is
 * clamped.
 */
public final class UpstreamQueue {
    private final String name;
    private final Admission admission;
    private final UpstreamListener listener;
    private final @Nullable DecisionLog decisionLog;
    private final AdaptiveRate rate;
    private final Object rateKey = new Object();
    private final PendingCallbacks pendingCallbacks = new PendingCallbacks();

    @GuardedBy("this")
    private final Dispatcher dispatcher;

    /** The rates for the time being, as they were last made. */
    private volatile @Nullable EffectiveRates lowered;

    /** Written under the monitor. */
    private volatile CircuitState circuit = CircuitState.CLOSED;

    private final Object notifying = new Object();

    /** Written under {@link #notifying}. */
    private volatile CircuitState notifiedCircuit = CircuitState.CLOSED;

    /**
     * A queue.
     *
     * @param admission decides on rate and limits; may serve several queues
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
        this.name = name;
        this.admission = admission;
        this.listener = listener;
        this.decisionLog = decisionLog;
        this.rate = new AdaptiveRate(admission, policy.capacity(), now);
        this.dispatcher = new Dispatcher(name, admission, policy, rate, pendingCallbacks, now);
        if (decisionLog != null) {
            synchronized (decisionLog) {
                decisionLog.queue(name, policy, now);
            }
        }
    }

    /** The name of the upstream. */
    public String name() {
        return name;
    }

    /**
     * Offers messages: to the rate, to the limits, and to the queue. If they are {@linkplain Decision#ADMITTED admitted}, they are in
     * flight at once, or wait, and then the offer's handler is told what becomes of them: maybe before this returns, so that one of the two
     * has to be taken for its turn, not both.
     *
     * @param offer one that was never admitted
     */
    public Decision offer(Offer offer, long now) {
        DecisionLog log = decisionLog;
        if (log == null) {
            Decision decision = decide(offer, now);
            tell(settle(), now);
            return decision;
        }
        Decision decision;
        Offer left;
        long stamped;
        synchronized (log) {
            stamped = log.stamp(now);
            offer.number = log.nextNumber();
            decision = decide(offer, stamped);
            left = settle();
            log.offered(name, offer, decision, left, stamped);
        }
        tell(left, stamped);
        return decision;
    }

    /** The rates for the time being, with buckets that belong to this queue; null for those that are configured. */
    private @Nullable EffectiveRates lowered() {
        EffectiveRates told = rate.rates();
        if (told == null) {
            return null;
        }
        EffectiveRates current = admission.effectiveRates(rateKey, told.permille(), lowered);
        lowered = current;
        return current;
    }

    private Decision decide(Offer offer, long now) {
        makeRoom(offer, now);
        Reservation reservation = offer.reservation;
        Decision decision = admission.admit(
                offer.connection(), reservation, offer.priority(), lowered(), offer.messages(), offer.bytes(), now);
        if (decision == Decision.ADMITTED) {
            offer.ticket = reservation.ticket();
            synchronized (this) {
                decision = dispatcher.enter(offer, now);
                circuit = dispatcher.circuitState();
            }
            if (decision == Decision.SHED) {
                admission.shed(reservation, offer.ticket, Objects.requireNonNull(offer.reason()), now);
            } else if (decision == Decision.REFUSED) {
                offer.release(admission, Outcome.EVICTED);
            }
            return decision;
        }
        Reason reason = Objects.requireNonNull(reservation.reason());
        long retry = reservation.retryAfterNanos();
        if (retry == 0 && reason != Reason.CLOSED) {
            synchronized (this) {
                retry = dispatcher.retryAfter(offer, now);
            }
        }
        offer.rejected(reason, reservation.scope(), reservation.current(), reservation.limit(), retry);
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
        Reservation reservation = offer.reservation;
        while (admission.probe(offer.connection(), reservation, offer.messages(), offer.bytes(), now)
                        != Decision.ADMITTED
                && (reservation.reason() == Reason.CONNECTION_MESSAGES
                        || reservation.reason() == Reason.CONNECTION_BYTES)
                && reservation.retryAfterNanos() >= 0) {
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
     * Ends an offer in flight, exactly once, and gives its slot to whoever waits. One that was {@linkplain #abandon abandoned} may be
     * ended as well, as soon as the upstream is known to be done with it.
     *
     * @param outcome {@link Outcome#COMPLETED} if the upstream answered, {@link Outcome#FAILED}, or {@link Outcome#CANCELLED}
     * @return false if it was neither in flight nor abandoned, and nothing was changed
     */
    public boolean finish(Offer offer, Outcome outcome, long now) {
        DecisionLog log = decisionLog;
        if (log == null) {
            boolean first = end(offer, outcome, now);
            tell(settle(), now);
            return first;
        }
        Offer left;
        long stamped;
        synchronized (log) {
            stamped = log.stamp(now);
            if (!end(offer, outcome, stamped)) {
                return false;
            }
            left = settle();
            log.finished(name, offer, outcome, left, stamped);
        }
        tell(left, stamped);
        return true;
    }

    private boolean end(Offer offer, Outcome outcome, long now) {
        synchronized (this) {
            if (!dispatcher.finish(offer, outcome, now)) {
                return false;
            }
            circuit = dispatcher.circuitState();
        }
        offer.release(admission, outcome);
        return true;
    }

    /**
     * Gives up an offer in flight, exactly once, without knowing whether the upstream stops working on it: what it holds of the limits
     * is released, and its slot is held for as long as calls of its operation usually take, or as {@link QueuePolicy#abandonedHold}
     * says while that is not known. {@link #finish} frees the slot before.
     *
     * @param outcome {@link Outcome#CANCELLED} if its client gave it up, {@link Outcome#FAILED} if it took too long
     * @return for how long the slot is held at most, in nanoseconds; negative if it was not in flight, and nothing was changed
     */
    public long abandon(Offer offer, Outcome outcome, long now) {
        if (outcome != Outcome.CANCELLED && outcome != Outcome.FAILED) {
            throw new IllegalArgumentException("abandoned as " + outcome);
        }
        DecisionLog log = decisionLog;
        if (log == null) {
            long held = giveUp(offer, outcome, now);
            tell(settle(), now);
            return held;
        }
        long held;
        Offer left;
        long stamped;
        synchronized (log) {
            stamped = log.stamp(now);
            held = giveUp(offer, outcome, stamped);
            if (held < 0) {
                return held;
            }
            left = settle();
            log.abandoned(name, offer, outcome, held, left, stamped);
        }
        tell(left, stamped);
        return held;
    }

    private long giveUp(Offer offer, Outcome outcome, long now) {
        long held;
        synchronized (this) {
            held = dispatcher.giveUp(offer, outcome, now);
            circuit = dispatcher.circuitState();
        }
        if (held >= 0) {
            offer.release(admission, outcome);
        }
        return held;
    }

    /**
     * Takes out an offer that waits, at once; its handler is not called.
     *
     * @return false if it does not wait (any more)
     */
    public boolean cancel(Offer offer, long now) {
        DecisionLog log = decisionLog;
        if (log == null) {
            boolean left = withdraw(offer, now);
            tell(settle(), now);
            return left;
        }
        Offer left;
        long stamped;
        synchronized (log) {
            stamped = log.stamp(now);
            if (!withdraw(offer, stamped)) {
                return false;
            }
            left = settle();
            log.cancelled(name, offer, left, stamped);
        }
        tell(left, stamped);
        return true;
    }

    private boolean withdraw(Offer offer, long now) {
        synchronized (this) {
            if (!dispatcher.withdraw(offer, now)) {
                return false;
            }
        }
        offer.release(admission, Outcome.CANCELLED);
        return true;
    }

    /**
     * Lets time pass: expires what has waited too long, moves the circuit breaker and the effective rate. To be called every 10 to
     * 50 ms.
     *
     * @return whether anything changed
     */
    public boolean tick(long now) {
        return sweep("tick", null, now, this::advance);
    }

    /**
     * Throws out all that waits of one connection, reason {@link Reason#RESET}, and lets its counters start again from what is in
     * flight.
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
        admission.reset(connection);
        return left[0];
    }

    /** Throws out all that waits, reason {@link Reason#CLOSED}, and lets nothing in from now on. Close the admission before. */
    public void close(long now) {
        sweep("close", null, now, at -> {
            synchronized (this) {
                dispatcher.close(at);
            }
            return true;
        });
    }

    private interface Sweep {
        /** Whether anything changed. */
        boolean run(long now);
    }

    private boolean sweep(String what, @Nullable Connection connection, long now, Sweep sweep) {
        DecisionLog log = decisionLog;
        if (log == null) {
            boolean changed = sweep.run(now);
            tell(settle(), now);
            return changed;
        }
        Offer left;
        long stamped;
        synchronized (log) {
            stamped = log.stamp(now);
            if (!sweep.run(stamped)) {
                return false;
            }
            left = settle();
            log.swept(what, name, connection, left, stamped);
        }
        tell(left, stamped);
        return true;
    }

    private synchronized boolean advance(long now) {
        boolean changed = dispatcher.advance(now);
        circuit = dispatcher.circuitState();
        return changed;
    }

    /** A snapshot. */
    public synchronized QueueStats stats(long now) {
        return dispatcher.stats(now);
    }

    /** Releases what the departed hold that were not dispatched, and returns their chain. */
    private @Nullable Offer settle() {
        if (pendingCallbacks.isEmpty()) {
            return null;
        }
        Offer chain;
        synchronized (this) {
            chain = pendingCallbacks.takeAll();
        }
        for (Offer offer = chain; offer != null; offer = offer.next) {
            Outcome outcome = offer.outcome;
            if (outcome != null) {
                offer.release(admission, outcome);
            }
        }
        return chain;
    }

    private void tell(@Nullable Offer chain, long now) {
        Offer offer = chain;
        while (offer != null) {
            Offer after = offer.next;
            offer.next = null;
            callHandler(offer, now);
            offer = after;
        }
        if (circuit != notifiedCircuit) {
            notifyCircuit();
        }
    }

    /** In order, and each change once: whoever comes while the listener is told waits for that. */
    private void notifyCircuit() {
        synchronized (notifying) {
            CircuitState state = circuit;
            if (state == notifiedCircuit) {
                return;
            }
            notifiedCircuit = state;
            try {
                listener.onCircuit(name, state);
            } catch (RuntimeException e) {
                // As UpstreamListener promises: a listener's failure is not the message's.
            }
        }
    }

    /** A handler that throws keeps no other from being told. */
    private static void callHandler(Offer offer, long now) {
        Outcome outcome = offer.outcome;
        try {
            if (outcome == null) {
                offer.handler().dispatched(offer, now);
            } else {
                offer.handler().abandoned(offer, outcome, now);
            }
        } catch (RuntimeException e) {
            // As Offer.Handler promises.
        }
    }
}
