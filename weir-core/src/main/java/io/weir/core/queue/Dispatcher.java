package io.weir.core.queue;

import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.Outcome;
import io.weir.core.admission.Reason;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who waits, who is given to the upstream, and who leaves otherwise. What leaves is put into {@link Departures}; what it holds is
 * released, and its handler called, by {@link UpstreamQueue}. Not thread-safe: guarded by the queue's lock.
 */
final class Dispatcher {
    private final String name;
    private final Admission admission;
    private final Departures departures;
    private final AdaptiveRate rate;
    private final CapacityControl capacity;
    private final CircuitBreaker circuit;
    private final FairQueue waiting = new FairQueue();
    private final Works works = new Works();
    private final Door door;
    private final ExpiryWheel expiry;
    private long clock;
    private long offers;
    private int inFlight;
    private long lastFinished;
    private boolean closed;

    private long dispatched;
    private long expired;
    private long cancelled;
    private long evicted;
    private long shedByWait;
    private long shedByCircuit;

    Dispatcher(
            String name, Admission admission, QueuePolicy policy, AdaptiveRate rate, Departures departures, long now) {
        this.name = name;
        this.admission = admission;
        this.departures = departures;
        this.rate = rate;
        this.capacity = new CapacityControl(policy.capacity());
        this.circuit = new CircuitBreaker(policy.circuit(), now);
        this.door = new Door(admission, waiting, works, now);
        this.expiry = new ExpiryWheel(now);
        this.clock = now;
        this.lastFinished = now;
    }

    CircuitState circuitState() {
        return circuit.state();
    }

    private long clamp(long now) {
        if (now - clock > 0) {
            clock = now;
        }
        return clock;
    }

    /** Decides on what rate and limits let pass. Its permit is held; of what is not admitted, the caller gives it up. */
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
            offer.turnedAway(Reason.CLOSED, Reason.CLOSED.scope(), 0, 0, 0);
            return Decision.REFUSED;
        }
        if (circuit.state() == CircuitState.OPEN) {
            shedByCircuit += offer.messages();
            return shed(offer, Reason.CIRCUIT_OPEN, 0, 0, circuit.remaining(now));
        }
        TenantFlow tenant = estimateCost(offer, now);
        door.asked(tenant, offer, now);
        if (waiting.isEmpty() && hasRoom(offer)) {
            waiting.charge(tenant, offer);
            dispatch(offer, tenant, now);
            return Decision.ADMITTED;
        }
        long estimate = door.estimate(tenant, offer, now);
        long target = Math.min(offer.ttlNanos(), door.target(tenant, offer, now));
        if (estimate > target) {
            shedByWait += offer.messages();
            return shed(offer, Reason.WAIT, estimate, target, door.invite(tenant, offer, estimate - target, now));
        }
        offer.estimatedWait = estimate;
        offer.state = Offer.State.QUEUED;
        admission.queued(offer.permit, true);
        door.noteWaiting(true, now);
        waiting.add(tenant, offer);
        expiry.add(offer);
        dispatchReady(now);
        return Decision.ADMITTED;
    }

    private static Decision shed(Offer offer, Reason reason, long measured, long bound, long retry) {
        offer.turnedAway(reason, reason.scope(), measured, bound, retry);
        return Decision.SHED;
    }

    private TenantFlow estimateCost(Offer offer, long now) {
        TenantFlow tenant = waiting.flow(offer.connection().tenant(), now);
        offer.cost = works.cost(tenant, offer.work());
        door.places(places());
        return tenant;
    }

    /** When to come back with what a limit has refused, in nanoseconds. */
    long invite(Offer offer, long offeredNow) {
        long now = clamp(offeredNow);
        return door.invite(estimateCost(offer, now), offer, 0, now);
    }

    private int places() {
        return circuit.places(capacity.limit());
    }

    /** A batch that is larger than the capacity goes alone. */
    private boolean hasRoom(Offer offer) {
        int places = places();
        return places > 0 && (inFlight == 0 || inFlight + (long) offer.messages() <= places);
    }

    private void dispatch(Offer offer, TenantFlow tenant, long now) {
        offer.state = Offer.State.IN_FLIGHT;
        offer.leftAt = now;
        offer.tenant = tenant;
        offer.inFlightBefore = inFlight;
        inFlight += offer.messages();
        tenant.inFlight += offer.messages();
        dispatched += offer.messages();
        door.served(offer);
        if (inFlight < places()) {
            door.progressed(now);
        }
    }

    /** Gives the upstream as much as it may have. */
    private void dispatchReady(long now) {
        for (Offer head = waiting.head(); head != null; head = waiting.head()) {
            if (head.expiresAt() - now <= 0) {
                abandon(head, Outcome.EXPIRED, Reason.EXPIRED, now);
            } else if (hasRoom(head)) {
                TenantFlow tenant = Objects.requireNonNull(head.tenant);
                leave(head);
                waiting.removeServed(head);
                dispatch(head, tenant, now);
                judgeWait(head, now);
                departures.add(head);
            } else {
                break;
            }
        }
        if (circuit.state() == CircuitState.OPEN) {
            evictAll(Reason.CIRCUIT_OPEN, now);
        }
        if (waiting.isEmpty()) {
            door.noteWaiting(false, now);
        }
    }

    /** A wait says something of the upstream only if it finished nothing in all that time: else it is overload. */
    private void judgeWait(Offer offer, long now) {
        boolean stalled = lastFinished - offer.offeredAt <= 0;
        circuit.left(stalled ? offer.queuedNanos() : 0, offer.estimatedWait, now);
    }

    private void leave(Offer offer) {
        expiry.remove(offer);
        admission.queued(offer.permit, false);
    }

    private void abandon(Offer offer, Outcome outcome, Reason reason, long now) {
        leave(offer);
        waiting.removeUnserved(offer);
        offer.state = Offer.State.OVER;
        offer.outcome = outcome;
        offer.leftAt = now;
        long retry = reason == Reason.CIRCUIT_OPEN ? circuit.remaining(now) : 0;
        offer.turnedAway(reason, reason.scope(), offer.queuedNanos(), offer.ttlNanos(), retry);
        if (outcome == Outcome.EXPIRED) {
            judgeWait(offer, now);
            expired += offer.messages();
        } else {
            evicted += offer.messages();
        }
        departures.add(offer);
    }

    private void evictAll(Reason reason, long now) {
        for (Offer head = waiting.head(); head != null; head = waiting.head()) {
            abandon(head, Outcome.EVICTED, reason, now);
        }
    }

    /** Ends what the upstream had; false if it did not have it. */
    boolean finish(Offer offer, Outcome outcome, long offeredNow) {
        if (offer.state != Offer.State.IN_FLIGHT) {
            return false;
        }
        long now = clamp(offeredNow);
        offer.state = Offer.State.OVER;
        TenantFlow tenant = Objects.requireNonNull(offer.tenant);
        int inFlightBefore = inFlight;
        inFlight -= offer.messages();
        tenant.inFlight -= offer.messages();
        lastFinished = now;
        door.progressed(now);
        long micros = Math.max(1, (now - offer.leftAt) / 1000);
        tenant.learn(offer.work(), micros);
        if (outcome == Outcome.COMPLETED) {
            boolean alone = offer.inFlightBefore < Math.max(1, capacity.limit() / 8);
            rate.add(offer.queuedNanos() + 1000 * works.learn(offer.work(), micros, alone));
            capacity.finished(offer.messages(), micros, inFlightBefore, now / 1000);
        }
        circuit.ended(outcome == Outcome.FAILED, offer.leftAt, now);
        dispatchReady(now);
        return true;
    }

    /** Takes out one that waits; false if it does not. */
    boolean withdraw(Offer offer, long offeredNow) {
        if (offer.state != Offer.State.QUEUED) {
            return false;
        }
        long now = clamp(offeredNow);
        leave(offer);
        waiting.removeUnserved(offer);
        offer.state = Offer.State.OVER;
        offer.leftAt = now;
        cancelled += offer.messages();
        dispatchReady(now);
        return true;
    }

    /** Lets time pass; true if anything changed. */
    boolean advance(long offeredNow) {
        long now = clamp(offeredNow);
        boolean changed = circuit.advance(now);
        if (rate.advance(admission.config().backpressure(), now)) {
            waiting.forgetIdle(door::remembers, now);
            changed = true;
        }
        expiry.expire(now, offer -> abandon(offer, Outcome.EXPIRED, Reason.EXPIRED, now));
        dispatchReady(now);
        return changed || !departures.isEmpty();
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
        door.noteWaiting(false, now);
    }

    QueueStats stats(long now) {
        boolean free = waiting.isEmpty() && inFlight < places();
        return new QueueStats(
                name,
                waiting.queuedMessages(),
                inFlight,
                capacity.limit(),
                free ? 0 : door.estimate(now),
                circuit.state(),
                rate.permille(),
                dispatched,
                expired,
                cancelled,
                evicted,
                shedByWait,
                shedByCircuit,
                waiting.longest());
    }
}
