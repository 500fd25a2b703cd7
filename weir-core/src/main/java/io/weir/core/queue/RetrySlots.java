package io.weir.core.queue;

import io.weir.core.state.State;
import java.util.concurrent.TimeUnit;

/**
 * The times at which clients were told to come back with what one limit refused: each is an interval later than the one
 * before, so that those who obey do not come all at once. Times that lie more than {@link #MAX_RETRY_AFTER} ahead are
 * not handed out: then the earliest are handed out once more. Not thread-safe.
 */
final class RetrySlots implements State.Stateful {
    /** No client is told to come back later than that; nanoseconds. */
    static final long MAX_RETRY_AFTER = TimeUnit.MINUTES.toNanos(5);

    private static final long MIN_INTERVAL = TimeUnit.MILLISECONDS.toNanos(1);

    private long nextAt;
    private long interval = MIN_INTERVAL;

    RetrySlots(long now) {
        this.nextAt = now;
    }

    /** Whether every time that was handed out has passed. */
    boolean areOver(long now) {
        return nextAt - now <= 0;
    }

    /** Whether the next slot follows those handed out before; else {@link #begin} says when the first is. */
    boolean goOn(long now) {
        return nextAt - now > 0 && nextAt - now <= MAX_RETRY_AFTER;
    }

    /**
     * Hands out slots from a time on.
     *
     * @param after nanoseconds from now to the first
     * @param between nanoseconds from each to the next
     */
    void begin(long after, long between, long now) {
        interval = Math.min(MAX_RETRY_AFTER, Math.max(MIN_INTERVAL, between));
        nextAt = now + Math.min(MAX_RETRY_AFTER, Math.max(interval, after));
    }

    /** Reserves the next slot for so many messages; in how many nanoseconds it is. */
    long reserve(int messages, long now) {
        long in = nextAt - now;
        nextAt += Math.min(MAX_RETRY_AFTER, interval * messages);
        return in;
    }

    @Override
    public void state(State state) {
        nextAt = state.number("next_at", nextAt);
        interval = state.number("interval", interval);
    }
}
