package io.weir.core.queue;

import io.weir.core.admission.Admission;
import io.weir.core.state.State;

/**
 * Whether a message that has to wait is let in: how long it would wait, how long it may, and when to come back
 * otherwise. Not thread-safe.
 */
final class WaitTimeGate implements State.Stateful {
    private static final int WITHIN_SHARE_PART = 2;
    private static final int TURNS_UNTIL_STALLED = 4;
    private static final int RESERVED_PART = 8;
    private static final long NANOS_PER_MICRO = 1000;

    private final Admission admission;
    private final FairQueue waiting;
    private final CostModel costModel;
    private final FairShareTracker fairShares;
    private final QueueDelayTarget delayTarget;

    /** How many messages the upstream may have now. */
    private int places = 1;

    /** When a place last fell free, or was free. */
    private long lastProgress;

    WaitTimeGate(Admission admission, FairQueue waiting, CostModel costModel, long now) {
        this.admission = admission;
        this.waiting = waiting;
        this.costModel = costModel;
        this.fairShares = new FairShareTracker(now);
        this.delayTarget = new QueueDelayTarget(now);
        this.lastProgress = now;
    }

    void places(int now) {
        places = Math.max(1, now);
    }

    void progressed(long now) {
        lastProgress = now;
    }

    void noteWaiting(boolean waitingNow, long now) {
        delayTarget.note(waitingNow, threshold(), now);
    }

    void asked(TenantFlow tenant, Offer offer, long now) {
        fairShares.asked(tenant, offer, now);
    }

    /** Whether what the tenant has asked for still counts. */
    boolean remembers(TenantFlow tenant) {
        return fairShares.counts(tenant);
    }

    /** Whether the tenant would hold no more than its share of so many slots, this included. */
    boolean holdsNoMoreThanShare(TenantFlow tenant, Offer offer, int slots) {
        return (long) tenant.inFlight + offer.messages() <= fairShares.slots(offer, slots);
    }

    /**
     * Whether a batch that has to wait finds room in the end: it fits its tenant's share of the slots, which the others
     * leave free, or nobody else asks. One that is larger would keep slots from all others for as long as anything is
     * in flight.
     */
    boolean fitsShare(Offer offer, int slots) {
        return !fairShares.hasSeveral() || offer.messages() <= fairShares.slots(offer, slots);
    }

    /**
     * How many of the slots are kept from an offer, for tenants that hold less than their share: an eighth, at least
     * one, where its own tenant holds its share already and others have asked lately. None where every slot falls free
     * soon enough: where one such message is finished within the latency threshold. That many slots finish one of many
     * soon is no comfort: they may all have begun at once.
     */
    int reserve(TenantFlow tenant, Offer offer, int slots) {
        boolean soon = offer.messages() == 1 && offer.cost * 1000 <= threshold();
        return soon || slots == 1 || !fairShares.hasSeveral() || holdsNoMoreThanShare(tenant, offer, slots)
                ? 0
                : Math.max(1, slots / RESERVED_PART);
    }

    void served(Offer offer) {
        fairShares.served(offer);
    }

    private long threshold() {
        return admission.config().backpressure().latencyThreshold().toNanos();
    }

    /** The time in which that cost is served, in nanoseconds. */
    private long time(long costMicros) {
        return costMicros * 1000 / places;
    }

    private long stalled(long turn, long now) {
        return Math.max(0, now - lastProgress - TURNS_UNTIL_STALLED * turn);
    }

    /**
     * How long a message would wait, in nanoseconds. Those who come later go before it, unless its tenant has asked for
     * less.
     */
    long estimate(TenantFlow tenant, Offer offer, long now) {
        long turn = time(costModel.meanCost());
        long totalWeight = fairShares.isWithinShare(tenant, offer) ? 0 : fairShares.totalWeight();
        return time(waiting.costAhead(tenant, offer, totalWeight)) + turn + stalled(turn, now);
    }

    /** How long one of a tenant with nothing waiting would wait, in nanoseconds. */
    long estimate(long now) {
        long turn = time(costModel.meanCost());
        return turn + stalled(turn, now);
    }

    /**
     * The longest wait that is worth it, in nanoseconds: a tenant that asks for less than its share need not be short
     * of time as well.
     */
    long target(TenantFlow tenant, Offer offer, long now) {
        long ttl = offer.ttlNanos();
        long target = delayTarget.target(ttl, offer.cost / offer.messages() * 1000, threshold(), time(offer.cost), now);
        return fairShares.isWithinShare(tenant, offer) ? Math.max(target, ttl / WITHIN_SHARE_PART) : target;
    }

    /** After which time the upstream serves the tenant another such message, while others wait as well; nanoseconds. */
    long interval(TenantFlow tenant, Offer offer) {
        return time(offer.cost * Math.max(1, waiting.weights(tenant, offer.weight()) / offer.weight()));
    }

    /** How many turns there are until that of the same tenant comes again, among those that have asked lately. */
    long turns(Offer offer) {
        return Math.max(1, fairShares.totalWeight() / offer.weight());
    }

    /**
     * When to come back with what would wait for too long, in nanoseconds: by then what waits now has been served, but
     * for as much as may wait in a queue that never empties, since that is what it is judged by if others go on.
     *
     * @param estimate how long it would wait now, nanoseconds
     */
    long retryAfter(TenantFlow tenant, Offer offer, long estimate, long now) {
        RetrySlots slots = tenant.retries;
        if (!slots.goOn(now)) {
            long ttl = offer.ttlNanos();
            long worth = fairShares.isWithinShare(tenant, offer)
                    ? ttl / WITHIN_SHARE_PART
                    : QueueDelayTarget.least(ttl, threshold(), time(offer.cost));
            LatencyProfile known = offer.profile;
            OperationLimit limit = known == null ? null : known.limit;
            // With a quarter to spare, as times vary.
            long drained = limit == null
                    ? 0
                    : NANOS_PER_MICRO * 5 / 4 * limit.untilDispatched(waiting.queuedMessages() + offer.messages());
            long interval = Math.max(interval(tenant, offer), limit == null ? 0 : NANOS_PER_MICRO * limit.untilNext());
            slots.begin(Math.max(estimate - worth, drained) + interval, interval, now);
        }
        return slots.reserve(offer.messages(), now);
    }

    @Override
    public void state(State state) {
        places = state.number("places", places);
        lastProgress = state.number("last_progress", lastProgress);
        state.part("fair_shares", fairShares);
        state.part("delay_target", delayTarget);
    }
}
