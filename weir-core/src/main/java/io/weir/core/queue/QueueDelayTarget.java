package io.weir.core.queue;

import io.weir.core.state.State;

/*
 * A queue that empties now and then absorbs bursts: waiting in it costs nobody a place, and rejecting messages would
 * leave the upstream idle later. A queue that never empties serves no one: its length is pure delay, whatever it is. So
 * how long a message may wait falls with the time for which there has always been something waiting. Being empty does
 * not end that time at once, since even a standing queue runs dry for a moment now and then: it fades, and is gone
 * after being empty for as long as the latency threshold.
 *
 * After Nichols, Jacobson, "Controlling Queue Delay", ACM Queue 2012, and the adaptive queue time-outs of Facebook's
 * "Fail at Scale", ACM Queue 2015. There messages are dropped when they are taken out; here they are rejected at the
 * door.
 */

/** How long a message may wait at most. Not thread-safe. */
final class QueueDelayTarget implements State.Stateful {
    private static final int MIN_PART = 16;
    private static final long OLDEST = 1L << 40;

    private boolean standing;
    private long since;
    /** For how long there has been something waiting. */
    private long age;

    QueueDelayTarget(long now) {
        this.since = now;
    }

    /** Notes whether something waits from now on. */
    void note(boolean waiting, long threshold, long now) {
        if (waiting != standing) {
            settle(threshold, now);
            standing = waiting;
        }
    }

    private void settle(long threshold, long now) {
        long passed = Math.max(0, now - since);
        if (standing) {
            age = Math.min(OLDEST, age + passed);
        } else if (passed >= threshold) {
            age = 0;
        } else {
            age -= (age >> 10) * (passed >> 10) / Math.max(1, threshold >> 20);
        }
        since = now;
    }

    /**
     * The longest wait that is worth it, in nanoseconds.
     *
     * @param ttl the message's time to live
     * @param cost how long the work itself takes
     * @param threshold the configured latency threshold: a standing queue is no longer than that
     * @param turn the time after which the next place falls free, on average
     */
    long target(long ttl, long cost, long threshold, long turn, long now) {
        settle(threshold, now);
        long patient = ttl - Math.min(cost, ttl / 2);
        long least = least(ttl, threshold, turn);
        long worth = age <= threshold ? patient : ((ttl >> 12) * (threshold >> 12) / (age >> 12)) << 12;
        return Math.max(least, Math.min(patient, worth));
    }

    /** What {@link #target} never falls below, in nanoseconds. */
    static long least(long ttl, long threshold, long turn) {
        return Math.min(ttl / 2, Math.max(Math.min(ttl / MIN_PART, threshold), 2 * turn));
    }

    @Override
    public void state(State state) {
        standing = state.flag("standing", standing);
        since = state.number("since", since);
        age = state.number("age", age);
    }
}
