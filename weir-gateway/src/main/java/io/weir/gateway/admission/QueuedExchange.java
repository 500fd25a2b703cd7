package io.weir.gateway.admission;

import io.weir.core.Outcome;
import io.weir.core.Reason;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.queue.Offer;
import io.weir.core.queue.UpstreamQueue;
import io.weir.gateway.session.Session;
import org.jspecify.annotations.Nullable;

/** What goes through an upstream's queue: its offer, its reservation and its place in the queue, one object. */
final class QueuedExchange extends Offer implements Exchange, Offer.Handler, PendingRequests.Entry<QueuedExchange> {
    private final UpstreamQueue queue;
    /** Null for a message without one, and once it was given up: it may be held for longer than its session. */
    private volatile @Nullable Session session;

    /** Null once nothing is notified any more. */
    private volatile @Nullable AdmissionCallback callback;

    /** Where it can be found by a cancellation. */
    private volatile PendingRequests<QueuedExchange>.@Nullable Place place;

    private volatile @Nullable QueuedExchange older;

    private volatile boolean notToBeFound;

    /** Whether it was given up while the upstream may go on with it. Confined to the event loop that gave it up. */
    private boolean abandoned;

    QueuedExchange(
            UpstreamQueues.QueueSettings settings,
            Connection connection,
            InboundRequest request,
            long ttlNanos,
            boolean mayPause,
            int tenantWeight,
            AdmissionCallback callback) {
        super(
                connection,
                request.operation(),
                request.messages().size(),
                request.body().length(),
                settings.priority(),
                ttlNanos,
                settings.weight() * tenantWeight);
        this.queue = settings.queue();
        this.session = request.session();
        this.callback = callback;
        if (!mayPause) {
            refuseInsteadOfPause();
        }
    }

    Decision offer(long now) {
        Session of = session;
        if (of != null) {
            // Before it is known: another thread may end it before the queue has answered.
            of.begin(now);
        }
        Decision decision = queue.offer(this, now);
        if (!decision.isAdmitted()) {
            over(now);
        }
        return decision;
    }

    @Override
    public @Nullable QueuedExchange older() {
        return older;
    }

    @Override
    public void older(@Nullable QueuedExchange before) {
        older = before;
    }

    /** Lets it be found by a cancellation. */
    void findAt(PendingRequests<QueuedExchange>.Place found) {
        place = found;
        found.enter(this);
        if (notToBeFound) {
            found.leave(this);
        }
    }

    private void leave() {
        notToBeFound = true;
        PendingRequests<QueuedExchange>.Place found = place;
        if (found != null) {
            found.leave(this);
        }
    }

    private void over(long now) {
        Session of = session;
        if (of != null) {
            of.end(now);
        }
    }

    @Override
    public void dispatched(Offer same, long now) {
        AdmissionCallback notified = callback;
        if (notified != null) {
            notified.dispatched();
        }
    }

    @Override
    public void removed(Offer same, Outcome outcome, long now) {
        leave();
        over(now);
        notifyRemoved();
    }

    private void notifyRemoved() {
        AdmissionCallback notified = callback;
        if (notified != null) {
            notified.removed();
        }
    }

    @Override
    protected void forgotten() {
        callback = null;
    }

    @Override
    public boolean withdraw(long now) {
        if (!queue.cancel(this, now)) {
            return false;
        }
        leave();
        over(now);
        return true;
    }

    /** As {@link #withdraw}, on the client's word: its callback is called. */
    boolean cancel(long now) {
        if (!withdraw(now)) {
            return false;
        }
        reject(Reason.CANCELLED, Reason.CANCELLED.scope(), 0, 0, 0);
        notifyRemoved();
        return true;
    }

    /** Notes that the upstream has taken a cancellation of it: it may not respond any more. */
    void cancellationTaken() {
        AdmissionCallback notified = callback;
        if (!notToBeFound && notified != null) {
            notified.cancellationTaken();
        }
    }

    @Override
    public void end(Outcome outcome, long now) {
        leave();
        if (queue.finish(this, outcome, now) && !abandoned) {
            over(now);
        }
    }

    @Override
    public long abandon(Outcome outcome, long now) {
        leave();
        long held = queue.abandon(this, outcome, now);
        if (held >= 0) {
            abandoned = true;
            over(now);
            session = null;
        }
        return Math.max(0, held);
    }

    /** Whether it was thrown out to make room, and may so remain without a response. */
    boolean isDropped() {
        return reason() == Reason.DROPPED_OLDEST;
    }
}
