package io.weir.core.queue;

import io.weir.core.Outcome;

/**
 * How long the messages of one queue took since this was last asked for. Each message of a batch counts.
 *
 * @param queueWait from offer to dispatch, of those that were dispatched; nothing for those that did not wait
 * @param completed from dispatch to the end, of those that the upstream answered
 * @param failed the same, of those that ended without an answer, those that took too long included
 */
public record QueueDurations(DurationCounts queueWait, DurationCounts completed, DurationCounts failed) {
    QueueDurations() {
        this(new DurationCounts(), new DurationCounts(), new DurationCounts());
    }

    /** Counts what another one has counted as well. */
    void add(QueueDurations others) {
        queueWait.add(others.queueWait);
        completed.add(others.completed);
        failed.add(others.failed);
    }

    void ended(Outcome outcome, long nanos, int messages) {
        if (outcome == Outcome.COMPLETED) {
            completed.add(nanos, messages);
        } else if (outcome == Outcome.FAILED) {
            failed.add(nanos, messages);
        }
    }
}
