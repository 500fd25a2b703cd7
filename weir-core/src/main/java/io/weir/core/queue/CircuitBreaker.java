package io.weir.core.queue;

import java.util.concurrent.TimeUnit;

/**
 * Leaves an upstream alone that fails or stalls, and tries it again at growing load. Judged over windows of 10 s with at least 20
 * messages that failed, or waited far longer than was estimated while nothing at all was finished: overload alone makes messages
 * wait, but not for an upstream that has stopped. Not thread-safe.
 */
final class CircuitBreaker {
    private static final long WINDOW = TimeUnit.SECONDS.toNanos(10);
    private static final int FEWEST = 20;
    private static final int LATE_PERCENT = 5;

    /** An upstream that merely becomes slow makes messages wait longer, but not that much. */
    private static final int FAR = 8;

    private final CircuitPolicy policy;
    private CircuitState state = CircuitState.CLOSED;
    private long since;
    private long windowBegun;
    private int ended;
    private int failed;
    private int left;
    private int late;
    private int succeeded;

    CircuitBreaker(CircuitPolicy policy, long now) {
        this.policy = policy;
        this.windowBegun = now;
    }

    CircuitState state() {
        return state;
    }

    /** Until the upstream is tried again, in nanoseconds. */
    long remaining(long now) {
        return Math.max(1, since + policy.open().toNanos() - now);
    }

    /** How many messages the upstream may have, of so many that its capacity is: after a pause one more with each success. */
    int places(int capacity) {
        return switch (state) {
            case CLOSED -> capacity;
            case OPEN -> 0;
            case HALF_OPEN -> Math.min(capacity, 1 + succeeded);
        };
    }

    /** A message has left the queue, to the upstream or for its age, after such a wait where such a one was estimated. */
    void left(long waited, long estimated, long now) {
        if (policy.enabled()) {
            roll(now);
            left++;
            if (waited - policy.queueDelay().toNanos() > FAR * estimated) {
                late++;
                judge(now);
            }
        }
    }

    /** The upstream has finished a message that it was given then. What it was given before a pause says nothing of it now. */
    void ended(boolean failure, long dispatchedAt, long now) {
        if (policy.enabled() && (state == CircuitState.CLOSED || dispatchedAt - since >= 0)) {
            roll(now);
            ended++;
            if (failure) {
                failed++;
                judge(now);
            } else {
                succeeded++;
            }
        }
    }

    private void roll(long now) {
        if (state == CircuitState.CLOSED && now - windowBegun >= WINDOW) {
            clear(now);
        }
    }

    private void clear(long now) {
        windowBegun = now;
        ended = 0;
        failed = 0;
        left = 0;
        late = 0;
        succeeded = 0;
    }

    private void judge(long now) {
        boolean failing = 100L * failed > (long) policy.errorPercent() * ended;
        boolean stalling = 100L * late > LATE_PERCENT * (long) left;
        boolean enough = state == CircuitState.HALF_OPEN || failed + late >= FEWEST;
        if (state != CircuitState.OPEN && enough && (failing || stalling)) {
            move(CircuitState.OPEN, now);
        }
    }

    /** Moves on with time. True if the state changed. */
    boolean advance(long now) {
        if (state == CircuitState.OPEN && now - since >= policy.open().toNanos()) {
            move(CircuitState.HALF_OPEN, now);
            return true;
        }
        if (state == CircuitState.HALF_OPEN
                && succeeded > 0
                && now - since >= policy.trial().toNanos()) {
            move(CircuitState.CLOSED, now);
            return true;
        }
        return false;
    }

    private void move(CircuitState to, long now) {
        state = to;
        since = now;
        clear(now);
    }
}
