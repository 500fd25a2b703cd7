package io.weir.bench.queue;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.QueueLimitsConfig;
import io.weir.core.config.WeirConfigBuilder;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.Offer;
import io.weir.core.queue.QueuePolicy;
import io.weir.core.queue.UpstreamListener;
import io.weir.core.queue.UpstreamQueue;
import java.math.BigDecimal;
import java.time.Duration;

/** One queue whose limits are never reached. */
final class QueueFixture {
    private static final long HOUR = Duration.ofHours(1).toNanos();

    final Admission admission = new Admission(
            new WeirConfigBuilder(1L << 40)
                    .maxMessages(QueueLimitsConfig.MAX_MESSAGES)
                    .maxBytes(QueueLimitsConfig.MAX_BYTES)
                    .globalMaxMessages(QueueLimitsConfig.MAX_MESSAGES)
                    .globalMaxBytes(QueueLimitsConfig.MAX_BYTES)
                    .maxMessagesPerSec(1_000_000)
                    .burstMultiplier(new BigDecimal("1000"))
                    .latencyThreshold(Duration.ofHours(1))
                    .build(),
            PressureListener.NONE);
    final UpstreamQueue queue;

    QueueFixture(int capacity) {
        this.queue = new UpstreamQueue(
                "up",
                admission,
                QueuePolicy.DEFAULT.withCapacity(Capacity.fixed(capacity)),
                UpstreamListener.NONE,
                null,
                0);
    }

    Offer offer(Connection connection, Offer.Handler handler, long now) {
        Offer offer = new Offer(connection, "echo", 1, 300, Priority.CALL, HOUR, 1, handler);
        if (!queue.offer(offer, now).isAdmitted()) {
            throw new IllegalStateException("rejected: " + offer.reason());
        }
        return offer;
    }

    void finish(Offer offer, long now) {
        if (!queue.finish(offer, Outcome.COMPLETED, now)) {
            throw new IllegalStateException("was not in flight");
        }
    }
}
