package io.weir.gateway.session;

import io.weir.core.Outcome;
import io.weir.core.Reason;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.queue.Offer;
import io.weir.core.queue.UpstreamQueue;
import io.weir.gateway.mcp.Refusal;
import org.jspecify.annotations.Nullable;

/** What goes through an upstream's queue. */
final class QueuedExchange extends Exchange implements Offer.Handler {
    private final UpstreamQueue queue;
    private final AdmissionCallback sender;
    private final Offer offer;

    /** Where it can be found by a cancellation. */
    private volatile PendingRequests.@Nullable Place place;

    /** The one before of the same id; for {@link PendingRequests} alone, which changes it inside its map's entry. */
    volatile @Nullable QueuedExchange older;

    private volatile boolean notToBeFound;

    private volatile boolean cancelledByClient;

    QueuedExchange(
            UpstreamQueues.QueueSettings treatment,
            Connection connection,
            AdmissionCallback sender,
            String work,
            int messages,
            int bytes,
            long ttlNanos,
            int weight,
            long now) {
        super(sender.session(), now);
        this.queue = treatment.queue();
        this.sender = sender;
        this.offer = new Offer(connection, work, messages, bytes, treatment.priority(), ttlNanos, weight, this);
    }

    Decision offer(long now) {
        return queue.offer(offer, now);
    }

    /** Lets it be found by a cancellation. */
    void findAt(PendingRequests.Place found) {
        place = found;
        found.enter(this);
        if (notToBeFound) {
            found.leave(this);
        }
    }

    private void leave() {
        notToBeFound = true;
        PendingRequests.Place found = place;
        if (found != null) {
            found.leave(this);
        }
    }

    @Override
    public void dispatched(Offer dispatched, long now) {
        sender.dispatched();
    }

    @Override
    public void removed(Offer abandoned, Outcome outcome, long now) {
        leave();
        over(now);
        sender.abandoned();
    }

    @Override
    public boolean withdraw(long now) {
        if (!queue.cancel(offer, now)) {
            return false;
        }
        leave();
        over(now);
        return true;
    }

    /** As {@link #withdraw}, on the client's word: its sender is told. */
    boolean cancel(long now) {
        if (!withdraw(now)) {
            return false;
        }
        cancelledByClient = true;
        sender.abandoned();
        return true;
    }

    /** Notes that the upstream has taken a cancellation of it: it may not answer any more. */
    void cancellationTaken() {
        if (!notToBeFound) {
            sender.cancellationTaken();
        }
    }

    @Override
    boolean release(Outcome outcome, long now) {
        leave();
        return queue.finish(offer, outcome, now);
    }

    @Override
    long hold(Outcome outcome, long now) {
        leave();
        return queue.abandon(offer, outcome, now);
    }

    /** Whether it was thrown out to make room, and may so remain unanswered. */
    boolean isDropped() {
        return offer.reason() == Reason.DROPPED_OLDEST;
    }

    @Override
    Refusal refusal(int messages, int bytes) {
        return cancelledByClient
                ? Refusals.CANCELLED
                : Refusals.of(
                        offer.reason(),
                        offer.scope(),
                        offer.current(),
                        offer.limit(),
                        offer.retryAfterNanos(),
                        messages,
                        bytes);
    }
}
