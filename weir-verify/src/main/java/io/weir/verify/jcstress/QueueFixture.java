package io.weir.verify.jcstress;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.admission.Decision;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.Offer;
import io.weir.core.queue.QueuePolicy;
import io.weir.core.queue.UpstreamListener;
import io.weir.core.queue.UpstreamQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** An upstream that may have one message, and has it. */
class QueueFixture extends AdmissionFixture implements Offer.Handler {
    final UpstreamQueue queue;
    final Offer running;
    final AtomicInteger dispatched = new AtomicInteger();
    final AtomicInteger abandoned = new AtomicInteger();

    QueueFixture() {
        super(b -> b);
        this.queue = new UpstreamQueue(
                "up", admission, QueuePolicy.DEFAULT.withCapacity(Capacity.fixed(1)), UpstreamListener.NONE, null, 0);
        this.running = make();
        offer(running);
    }

    final Offer make() {
        return new Offer(first, "work", 1, 7, Priority.CALL, HOUR, 1, this);
    }

    /** 1 if it was dispatched at once, 2 if it waits, else 0. */
    final int offer(Offer offer) {
        Decision decision = queue.offer(offer, 0);
        return decision == Decision.DISPATCHED ? 1 : decision == Decision.QUEUED ? 2 : 0;
    }

    final int finish(Offer offer) {
        return queue.finish(offer, Outcome.COMPLETED, 0) ? 1 : 0;
    }

    /** 1 if it was in flight, else 0. */
    final int abandon(Offer offer) {
        return queue.abandon(offer, Outcome.CANCELLED, 0) >= 0 ? 1 : 0;
    }

    final int cancel(Offer offer) {
        return queue.cancel(offer, 0) ? 1 : 0;
    }

    @Override
    public final void dispatched(Offer offer, long now) {
        dispatched.incrementAndGet();
    }

    @Override
    public final void removed(Offer offer, Outcome outcome, long now) {
        abandoned.incrementAndGet();
    }
}
