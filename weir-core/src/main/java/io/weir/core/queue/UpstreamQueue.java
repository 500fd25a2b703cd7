package io.weir.core.queue;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.Outcome;
import io.weir.core.admission.Permit;
import io.weir.core.admission.Reason;
import io.weir.core.config.BackpressureAction;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/*
 * One short lock a queue orders everything that happens to it, so that who got the place, who was cancelled and who expired is decided
 * once. Nobody is called under it: what left the queue is chained up, and its permits are released and its handlers called when the
 * lock is free again.
 */

/**
 * What is offered to one upstream: let in by rate, limits, priority and likely wait, then dispatched as the upstream has capacity:
 * fairly between tenants by their weights, between a tenant's connections in turn, by priority within a connection, and first come,
 * first served within that. Thread-safe. Times are nanoseconds of one monotonic clock of the caller's; one that steps back is
 * clamped.
 */
public final class UpstreamQueue {
    private static final int WITHIN_SHARE_PART = 2;
    private static final int MOST_WORKS = 1024;
    private static final long MILLISECOND = 1_000_000;
    private static final long LONGEST_INVITATION = 60_000 * MILLISECOND;
    private static final long FIRST_GUESS_MICROS = 10_000;

    private final String name;
    private final Admission admission;
    private final UpstreamListener listener;
    private final @Nullable Journal journal;
    private final AdaptiveRate rate;
    private final CapacityControl capacity;

    @GuardedBy("this")
    private final FairQueue waiting = new FairQueue();

    @GuardedBy("this")
    private final ExpiryWheel expiry;

    @GuardedBy("this")
    private final Patience patience;

    @GuardedBy("this")
    private final Shares shares;

    @GuardedBy("this")
    private final CircuitBreaker circuit;

    @GuardedBy("this")
    private final Map<String, WorkProfile> works = new HashMap<>();

    @GuardedBy("this")
    private final WorkProfile anyWork = new WorkProfile();

    @GuardedBy("this")
    private final Counters counters = new Counters();

    @GuardedBy("this")
    private long clock;

    @GuardedBy("this")
    private long offers;

    @GuardedBy("this")
    private int inFlight;

    /** When a place last fell free, or was free. */
    @GuardedBy("this")
    private long lastProgress;

    /** Written under the monitor. */
    private volatile CircuitState circuitState = CircuitState.CLOSED;

    private volatile CircuitState toldCircuit = CircuitState.CLOSED;

    @GuardedBy("this")
    private boolean closed;

    /** What left the queue in the operation under way, chained by {@link Offer#next}. */
    private volatile @Nullable Offer firstDeparted;

    @GuardedBy("this")
    private @Nullable Offer lastDeparted;

    /**
     * A queue.
     *
     * @param admission decides on rate and limits; may serve several queues
     * @param journal writes down what is decided here, or null
     * @param now the time now
     */
    public UpstreamQueue(
            String name,
            Admission admission,
            QueuePolicy policy,
            UpstreamListener listener,
            @Nullable Journal journal,
            long now) {
        this.name = name;
        this.admission = admission;
        this.listener = listener;
        this.journal = journal;
        this.rate = new AdaptiveRate(admission, now);
        this.capacity = new CapacityControl(policy.capacity());
        this.expiry = new ExpiryWheel(now);
        this.patience = new Patience(now);
        this.shares = new Shares(now);
        this.circuit = new CircuitBreaker(policy.circuit(), now);
        this.clock = now;
        this.lastProgress = now;
        if (journal != null) {
            synchronized (journal) {
                journal.queue(name, policy, now);
            }
        }
    }

    /** The name of the upstream. */
    public String name() {
        return name;
    }

    /**
     * Offers messages: to the rate, to the limits, and to the queue. If they are {@linkplain Decision#ADMITTED admitted}, they are in
     * flight at once, or wait, and then the offer's handler is told what becomes of them.
     *
     * @param offer one that was never admitted
     */
    public Decision offer(Offer offer, long now) {
        Journal log = journal;
        if (log == null) {
            Decision decision = decide(offer, now);
            tell(settle(), now);
            return decision;
        }
        Decision decision;
        Offer departures;
        long stamped;
        synchronized (log) {
            stamped = log.stamp(now);
            offer.number = log.nextNumber();
            decision = decide(offer, stamped);
            departures = settle();
            log.offered(name, offer, decision, departures, stamped);
        }
        tell(departures, stamped);
        return decision;
    }

    private Decision decide(Offer offer, long now) {
        makeRoom(offer, now);
        Permit permit = offer.permit;
        Decision decision = admission.admit(
                offer.connection(), permit, offer.priority(), rate.rates(), offer.messages(), offer.bytes(), now);
        if (decision == Decision.ADMITTED) {
            offer.ticket = permit.ticket();
            return enter(offer, now);
        }
        Reason reason = Objects.requireNonNull(permit.reason());
        long retry = permit.retryAfterNanos();
        if (retry == 0 && reason != Reason.CLOSED) {
            retry = invite(offer, now);
        }
        offer.turnedAway(reason, permit.scope(), permit.current(), permit.limit(), retry);
        return decision;
    }

    /** Under {@code drop_oldest}: evicts the oldest of the connection until the offered one fits. */
    private void makeRoom(Offer offer, long now) {
        if (admission.config().queueLimits().backpressureAction() != BackpressureAction.DROP_OLDEST) {
            return;
        }
        Permit permit = offer.permit;
        while (admission.probe(offer.connection(), permit, offer.messages(), offer.bytes(), now) != Decision.ADMITTED
                && (permit.reason() == Reason.CONNECTION_MESSAGES || permit.reason() == Reason.CONNECTION_BYTES)
                && permit.retryAfterNanos() >= 0) {
            Offer oldest = evictOldest(offer.connection(), now);
            if (oldest == null) {
                return;
            }
            oldest.release(admission, Outcome.EVICTED);
        }
    }

    private synchronized @Nullable Offer evictOldest(Connection connection, long now) {
        TenantFlow tenant = waiting.known(connection.tenant());
        ConnectionFlow flow = tenant == null ? null : tenant.connection(connection.key());
        Offer oldest = flow == null ? null : flow.oldest();
        if (oldest != null) {
            abandon(oldest, Outcome.EVICTED, Reason.DROPPED_OLDEST, clamp(now));
        }
        return oldest;
    }

    @GuardedBy("this")
    private long clamp(long now) {
        if (now - clock > 0) {
            clock = now;
        }
        return clock;
    }

    private synchronized Decision enter(Offer offer, long offeredNow) {
        long now = clamp(offeredNow);
        offer.offeredAt = now;
        offer.leftAt = now;
        if (closed) {
            offer.turnedAway(Reason.CLOSED, Reason.CLOSED.scope(), 0, 0, 0);
            offer.state = Offer.State.OVER;
            offer.release(admission, Outcome.EVICTED);
            return Decision.REFUSED;
        }
        circuit.advance(now);
        circuitState = circuit.state();
        if (circuit.state() == CircuitState.OPEN) {
            counters.shedByCircuit += offer.messages();
            return shed(offer, Reason.CIRCUIT_OPEN, 0, 0, circuit.remaining(now));
        }
        offer.number = journal == null ? ++offers : offer.number;
        TenantFlow tenant = waiting.flow(offer.connection().tenant(), now);
        offer.cost = tenant.cost(offer.work(), costOf(offer.work()));
        if (waiting.isEmpty() && hasRoom(offer)) {
            waiting.charge(tenant, offer);
            dispatch(offer, tenant, now);
            return Decision.ADMITTED;
        }
        boolean withinShare = shares.isWithinShare(tenant, offer);
        long estimate = estimate(tenant, offer, now);
        long target = target(offer, withinShare, now);
        if (estimate > Math.min(offer.ttlNanos, target)) {
            counters.shedByWait += offer.messages();
            return shed(offer, Reason.WAIT, estimate, target, invite(tenant, offer, estimate - target, now));
        }
        offer.estimatedWait = estimate;
        offer.state = Offer.State.QUEUED;
        admission.queued(offer.permit, true);
        patience.note(true, threshold(), now);
        waiting.add(tenant, offer);
        expiry.add(offer);
        dispatchReady(now);
        return Decision.ADMITTED;
    }

    @GuardedBy("this")
    private Decision shed(Offer offer, Reason reason, long measured, long bound, long retry) {
        admission.shed(offer.permit, offer.ticket, reason);
        offer.turnedAway(reason, reason.scope(), measured, bound, retry);
        return Decision.SHED;
    }

    @GuardedBy("this")
    private long costOf(String work) {
        long otherwise = anyWork.cost(FIRST_GUESS_MICROS);
        WorkProfile known = works.get(work);
        return known == null ? otherwise : known.cost(otherwise);
    }

    @GuardedBy("this")
    private int places() {
        return circuit.places(capacity.limit());
    }

    @GuardedBy("this")
    private boolean hasRoom(Offer offer) {
        int places = places();
        return places > 0 && (inFlight == 0 || inFlight + (long) offer.messages() <= places);
    }

    /** The time after which the next place falls free, on average, in nanoseconds. */
    @GuardedBy("this")
    private long turn(long costMicros) {
        return costMicros * 1000 / Math.max(1, places());
    }

    @GuardedBy("this")
    private long estimate(TenantFlow tenant, Offer offer, long now) {
        long ahead = waiting.costAhead(tenant, offer, shares.among());
        long turn = turn(anyWork.cost(offer.cost));
        long stalled = Math.max(0, now - lastProgress - 4 * turn);
        return turn(ahead) + turn + stalled;
    }

    /** The longest wait that is worth it, in nanoseconds: a tenant that has had less than its share need not be short of time as well. */
    @GuardedBy("this")
    private long target(Offer offer, boolean withinShare, long now) {
        long ttl = offer.ttlNanos;
        long target = patience.target(ttl, offer.cost * 1000, threshold(), turn(offer.cost), now);
        return withinShare ? Math.max(target, ttl / WITHIN_SHARE_PART) : target;
    }

    private synchronized long invite(Offer offer, long offeredNow) {
        long now = clamp(offeredNow);
        TenantFlow tenant = waiting.flow(offer.connection().tenant(), now);
        offer.cost = tenant.cost(offer.work(), costOf(offer.work()));
        return invite(tenant, offer, 0, now);
    }

    /** Books the next turn of the tenant that nobody was told of yet, not before {@code wait} has passed. */
    @GuardedBy("this")
    private long invite(TenantFlow tenant, Offer offer, long wait, long now) {
        long share = waiting.weights(tenant, offer.weight) / offer.weight;
        long interval = Math.max(MILLISECOND, turn(offer.cost * Math.max(1, share)));
        long from = now + Math.max(wait, 0);
        if (tenant.invitedUntil - from < 0) {
            tenant.invitedUntil = from;
        }
        tenant.invitedUntil = now + Math.min(LONGEST_INVITATION, tenant.invitedUntil + interval - now);
        return tenant.invitedUntil - now;
    }

    @GuardedBy("this")
    private void dispatch(Offer offer, TenantFlow tenant, long now) {
        offer.state = Offer.State.IN_FLIGHT;
        offer.leftAt = now;
        offer.tenant = tenant;
        shares.add(tenant, offer, now);
        offer.inFlightBefore = inFlight;
        inFlight += offer.messages();
        tenant.inFlight += offer.messages();
        counters.dispatched += offer.messages();
        if (inFlight < places()) {
            lastProgress = now;
        }
    }

    /** Gives the upstream as much as it may have. */
    @GuardedBy("this")
    private void dispatchReady(long now) {
        for (Offer head = waiting.head(); head != null; head = waiting.head()) {
            if (head.expiresAt() - now <= 0) {
                abandon(head, Outcome.EXPIRED, Reason.EXPIRED, now);
            } else if (hasRoom(head)) {
                TenantFlow tenant = Objects.requireNonNull(head.tenant);
                leave(head);
                waiting.removeServed(head);
                dispatch(head, tenant, now);
                circuit.left(head.queuedNanos(), head.estimatedWait, now);
                depart(head);
            } else {
                break;
            }
        }
        if (circuit.state() == CircuitState.OPEN) {
            evictAll(Reason.CIRCUIT_OPEN, now);
        } else if (waiting.isEmpty()) {
            patience.note(false, threshold(), now);
        }
        circuitState = circuit.state();
    }

    private long threshold() {
        return admission.config().backpressure().latencyThreshold().toNanos();
    }

    @GuardedBy("this")
    private void leave(Offer offer) {
        expiry.remove(offer);
        admission.queued(offer.permit, false);
    }

    @GuardedBy("this")
    private void abandon(Offer offer, Outcome outcome, Reason reason, long now) {
        leave(offer);
        waiting.removeUnserved(offer);
        offer.state = Offer.State.OVER;
        offer.outcome = outcome;
        offer.leftAt = now;
        long retry = 0;
        if (reason == Reason.CIRCUIT_OPEN) {
            retry = circuit.remaining(now);
        } else if (reason == Reason.EXPIRED) {
            circuit.left(offer.queuedNanos(), offer.estimatedWait, now);
        }
        offer.turnedAway(reason, reason.scope(), offer.queuedNanos(), offer.ttlNanos, retry);
        if (outcome == Outcome.EXPIRED) {
            counters.expired += offer.messages();
        } else {
            counters.evicted += offer.messages();
        }
        depart(offer);
    }

    @GuardedBy("this")
    private void evictAll(Reason reason, long now) {
        for (Offer head = waiting.head(); head != null; head = waiting.head()) {
            abandon(head, Outcome.EVICTED, reason, now);
        }
        patience.note(false, threshold(), now);
    }

    @GuardedBy("this")
    private void depart(Offer offer) {
        offer.next = null;
        Offer before = lastDeparted;
        if (before == null) {
            firstDeparted = offer;
        } else {
            before.next = offer;
        }
        lastDeparted = offer;
    }

    /**
     * Ends an offer in flight, exactly once, and gives its place to whoever waits.
     *
     * @param outcome {@link Outcome#COMPLETED}, {@link Outcome#FAILED} or {@link Outcome#CANCELLED}
     * @return false if it was not in flight, and nothing was changed
     */
    public boolean finish(Offer offer, Outcome outcome, long now) {
        Journal log = journal;
        if (log == null) {
            boolean first = end(offer, outcome, now);
            tell(settle(), now);
            return first;
        }
        Offer departures;
        long stamped;
        synchronized (log) {
            stamped = log.stamp(now);
            if (!end(offer, outcome, stamped)) {
                return false;
            }
            departures = settle();
            log.finished(name, offer, outcome, departures, stamped);
        }
        tell(departures, stamped);
        return true;
    }

    private boolean end(Offer offer, Outcome outcome, long offeredNow) {
        if (!leaveUpstream(offer, outcome, offeredNow)) {
            return false;
        }
        offer.release(admission, outcome);
        return true;
    }

    private synchronized boolean leaveUpstream(Offer offer, Outcome outcome, long offeredNow) {
        if (offer.state != Offer.State.IN_FLIGHT) {
            return false;
        }
        long now = clamp(offeredNow);
        offer.state = Offer.State.OVER;
        TenantFlow tenant = Objects.requireNonNull(offer.tenant);
        int inFlightBefore = inFlight;
        inFlight -= offer.messages();
        tenant.inFlight -= offer.messages();
        lastProgress = now;
        long micros = Math.max(1, (now - offer.leftAt) / 1000);
        tenant.learn(offer.work(), micros);
        if (outcome == Outcome.COMPLETED) {
            learn(offer, micros);
            capacity.finished(offer.messages(), micros, inFlightBefore, now / 1000);
        }
        circuit.ended(outcome == Outcome.FAILED, offer.leftAt, now);
        dispatchReady(now);
        return true;
    }

    @GuardedBy("this")
    private void learn(Offer offer, long micros) {
        WorkProfile profile = works.get(offer.work());
        if (profile == null) {
            profile = works.size() < MOST_WORKS ? new WorkProfile() : anyWork;
            if (profile != anyWork) {
                works.put(offer.work(), profile);
            }
        }
        rate.add(offer.queuedNanos() + 1000 * profile.excess(micros));
        boolean alone = offer.inFlightBefore < Math.max(1, capacity.limit() / 8);
        profile.learn(micros, alone);
        if (profile != anyWork) {
            anyWork.learn(micros, false);
        }
    }

    /**
     * Takes out an offer that waits, at once; its handler is not called.
     *
     * @return false if it does not wait (any more)
     */
    public boolean cancel(Offer offer, long now) {
        Journal log = journal;
        if (log == null) {
            boolean left = withdraw(offer, now);
            tell(settle(), now);
            return left;
        }
        Offer departures;
        long stamped;
        synchronized (log) {
            stamped = log.stamp(now);
            if (!withdraw(offer, stamped)) {
                return false;
            }
            departures = settle();
            log.cancelled(name, offer, departures, stamped);
        }
        tell(departures, stamped);
        return true;
    }

    private boolean withdraw(Offer offer, long now) {
        if (!leaveQueue(offer, now)) {
            return false;
        }
        offer.release(admission, Outcome.CANCELLED);
        return true;
    }

    private synchronized boolean leaveQueue(Offer offer, long offeredNow) {
        if (offer.state != Offer.State.QUEUED) {
            return false;
        }
        long now = clamp(offeredNow);
        leave(offer);
        waiting.removeUnserved(offer);
        offer.state = Offer.State.OVER;
        offer.leftAt = now;
        counters.cancelled += offer.messages();
        dispatchReady(now);
        return true;
    }

    /**
     * Lets time pass: expires what has waited too long, moves the circuit breaker and the effective rate. To be called every 10 to
     * 50 ms.
     *
     * @return whether anything changed
     */
    public boolean tick(long now) {
        return sweep("tick", null, now, this::advance) > 0;
    }

    /**
     * Throws out all that waits of one connection, reason {@link Reason#RESET}, and lets its counters start again from what is in
     * flight.
     *
     * @return how many offers left
     */
    public int reset(Connection connection, long now) {
        int left = sweep("reset", connection, now, at -> evictConnection(connection, at)) - 1;
        admission.reset(connection);
        return left;
    }

    /** Throws out all that waits, reason {@link Reason#CLOSED}, and lets nothing in from now on. Close the admission before. */
    public void close(long now) {
        sweep("close", null, now, this::evictEverything);
    }

    private interface Sweep {
        /** How much changed. */
        int run(long now);
    }

    private int sweep(String what, @Nullable Connection connection, long now, Sweep sweep) {
        Journal log = journal;
        if (log == null) {
            int changed = sweep.run(now);
            tell(settle(), now);
            return changed;
        }
        Offer departures;
        long stamped;
        int changed;
        synchronized (log) {
            stamped = log.stamp(now);
            changed = sweep.run(stamped);
            if (changed == 0) {
                return 0;
            }
            departures = settle();
            log.swept(what, name, connection, departures, stamped);
        }
        tell(departures, stamped);
        return changed;
    }

    private synchronized int advance(long offeredNow) {
        long now = clamp(offeredNow);
        int changed = 0;
        if (circuit.advance(now)) {
            changed++;
        }
        if (rate.advance(admission.config().backpressure(), now)) {
            waiting.forgetIdle(now);
            changed++;
        }
        expiry.expire(now, offer -> expire(offer, now));
        dispatchReady(now);
        return firstDeparted == null ? changed : changed + 1;
    }

    @SuppressWarnings("GuardedBy") // called back under the monitor
    private void expire(Offer offer, long now) {
        abandon(offer, Outcome.EXPIRED, Reason.EXPIRED, now);
    }

    private synchronized int evictConnection(Connection connection, long offeredNow) {
        long now = clamp(offeredNow);
        int left = 1;
        TenantFlow tenant = waiting.known(connection.tenant());
        ConnectionFlow flow = tenant == null ? null : tenant.connection(connection.key());
        if (flow != null) {
            for (Offer head = flow.head(); head != null; head = flow.head()) {
                abandon(head, Outcome.EVICTED, Reason.RESET, now);
                left++;
            }
        }
        dispatchReady(now);
        return left;
    }

    private synchronized int evictEverything(long offeredNow) {
        long now = clamp(offeredNow);
        closed = true;
        evictAll(Reason.CLOSED, now);
        return 1;
    }

    /** A snapshot. */
    public synchronized QueueStats stats(long now) {
        long places = places();
        long turn = turn(anyWork.cost(FIRST_GUESS_MICROS));
        boolean free = waiting.isEmpty() && inFlight < places;
        return new QueueStats(
                name,
                waiting.queuedMessages(),
                inFlight,
                capacity.limit(),
                free ? 0 : turn + Math.max(0, now - lastProgress - 4 * turn),
                circuit.state(),
                rate.permille(),
                counters.dispatched,
                counters.expired,
                counters.cancelled,
                counters.evicted,
                counters.shedByWait,
                counters.shedByCircuit,
                waiting.longest());
    }

    private static final class Counters {
        private long dispatched;
        private long expired;
        private long cancelled;
        private long evicted;
        private long shedByWait;
        private long shedByCircuit;
    }

    /** Releases what the departed hold that were not dispatched, and returns their chain. */
    private @Nullable Offer settle() {
        if (firstDeparted == null) {
            return null;
        }
        Offer departures;
        synchronized (this) {
            departures = firstDeparted;
            firstDeparted = null;
            lastDeparted = null;
        }
        for (Offer offer = departures; offer != null; offer = offer.next) {
            if (!offer.isInFlight()) {
                offer.release(admission, offer.outcome);
            }
        }
        return departures;
    }

    private void tell(@Nullable Offer departures, long now) {
        Offer offer = departures;
        while (offer != null) {
            Offer after = offer.next;
            offer.next = null;
            if (offer.isInFlight()) {
                offer.handler.dispatched(offer, now);
            } else {
                offer.handler.abandoned(offer, offer.outcome, now);
            }
            offer = after;
        }
        CircuitState state = circuitState;
        if (state != toldCircuit) {
            toldCircuit = state;
            try {
                listener.onCircuit(name, state);
            } catch (RuntimeException e) {
                // As UpstreamListener promises: a listener's failure is not the message's.
            }
        }
    }
}
