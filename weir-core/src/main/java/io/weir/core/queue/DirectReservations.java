package io.weir.core.queue;

import io.weir.core.Outcome;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Decision;
import io.weir.core.admission.Reservation;
import org.jspecify.annotations.Nullable;

/**
 * Admits messages that wait in no queue, and writes down that they hold a part of what the queues' messages share: without that the
 * decisions of the queues could not be made again from the journal. Thread-safe. Times are nanoseconds of one monotonic clock of the
 * caller's.
 */
public final class DirectReservations {
    private final Admission admission;
    private final @Nullable DecisionLog decisionLog;

    /**
     * Messages outside the queues of an admission.
     *
     * @param decisionLog that of the queues, or null
     */
    public DirectReservations(Admission admission, @Nullable DecisionLog decisionLog) {
        this.admission = admission;
        this.decisionLog = decisionLog;
    }

    /**
     * Offers it to the configured rates and the limits.
     *
     * @param hold one that was never offered
     */
    public Decision offer(DirectReservation hold, long now) {
        DecisionLog log = decisionLog;
        if (log == null) {
            return admit(hold, now);
        }
        synchronized (log) {
            long stamped = log.stamp(now);
            hold.number = log.nextNumber();
            Decision decision = admit(hold, stamped);
            log.held(hold, decision, stamped);
            return decision;
        }
    }

    private Decision admit(DirectReservation hold, long now) {
        return admission.admit(hold.connection, hold.reservation(), hold.priority, null, 1, hold.bytes, now);
    }

    /**
     * Releases what it holds, exactly once.
     *
     * @return false if it holds nothing (any more)
     */
    public boolean release(DirectReservation hold, Outcome outcome, long now) {
        DecisionLog log = decisionLog;
        if (log == null) {
            return release(hold, outcome);
        }
        synchronized (log) {
            long stamped = log.stamp(now);
            boolean first = release(hold, outcome);
            if (first) {
                log.released(hold, outcome, stamped);
            }
            return first;
        }
    }

    private boolean release(DirectReservation hold, Outcome outcome) {
        Reservation reservation = hold.reservation();
        return admission.release(reservation, reservation.ticket(), outcome);
    }
}
