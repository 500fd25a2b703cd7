package io.weir.core.queue;

import io.weir.core.Outcome;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Decision;
import org.jspecify.annotations.Nullable;

/**
 * Admits messages that wait in no queue, and writes down that they hold a part of what the queues' messages share:
 * without that the decisions of the queues could not be made again from the decision log. Thread-safe. Times are
 * nanoseconds of one monotonic clock of the caller's.
 */
public final class DirectReservations {
    private final Admission admission;
    private final DecisionLog log;

    /**
     * Messages outside the queues of an admission.
     *
     * @param decisionLog that of the queues, or null
     */
    public DirectReservations(Admission admission, @Nullable DecisionLog decisionLog) {
        this.admission = admission;
        this.log = decisionLog == null ? DecisionLog.NONE : decisionLog;
    }

    /**
     * Offers it to the configured rates and the limits.
     *
     * @param hold one that was never offered
     */
    public Decision offer(DirectReservation hold, long now) {
        log.lock();
        try {
            long stamped = log.stamp(now);
            hold.number = log.nextNumber();
            Decision decision = admission.admit(hold.connection, hold, hold.priority, null, 1, hold.bytes, stamped);
            log.held(hold, decision, stamped);
            return decision;
        } finally {
            log.unlock();
        }
    }

    /**
     * Releases what it holds, exactly once.
     *
     * @return false if it holds nothing (any more)
     */
    public boolean release(DirectReservation hold, Outcome outcome, long now) {
        log.lock();
        try {
            long stamped = log.stamp(now);
            boolean first = admission.release(hold, outcome);
            if (first) {
                log.released(hold, outcome, stamped);
            }
            return first;
        } finally {
            log.unlock();
        }
    }
}
