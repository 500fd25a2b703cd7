package io.weir.core.queue;

import io.weir.core.admission.Admission;
import io.weir.core.admission.Decision;
import io.weir.core.admission.Outcome;
import io.weir.core.admission.Permit;
import org.jspecify.annotations.Nullable;

/**
 * Admits messages that wait in no queue, and writes down that they hold a part of what the queues' messages share: without that the
 * decisions of the queues could not be made again from the journal. Thread-safe. Times are nanoseconds of one monotonic clock of the
 * caller's.
 */
public final class Holds {
    private final Admission admission;
    private final @Nullable Journal journal;

    /**
     * Messages outside the queues of an admission.
     *
     * @param journal that of the queues, or null
     */
    public Holds(Admission admission, @Nullable Journal journal) {
        this.admission = admission;
        this.journal = journal;
    }

    /**
     * Offers it to the configured rates and the limits.
     *
     * @param hold one that was never offered
     */
    public Decision offer(Hold hold, long now) {
        Journal log = journal;
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

    private Decision admit(Hold hold, long now) {
        return admission.admit(hold.connection, hold.permit(), hold.priority, null, 1, hold.bytes, now);
    }

    /**
     * Releases what it holds, exactly once.
     *
     * @return false if it holds nothing (any more)
     */
    public boolean release(Hold hold, Outcome outcome, long now) {
        Journal log = journal;
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

    private boolean release(Hold hold, Outcome outcome) {
        Permit permit = hold.permit();
        return admission.release(permit, permit.ticket(), outcome);
    }
}
