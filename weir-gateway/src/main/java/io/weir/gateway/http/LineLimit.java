package io.weir.gateway.http;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds how many lines of one kind are logged, so that clients cannot fill a disk: a few in each window of time, and
 * the others are counted. Thread-safe, without locks.
 */
public final class LineLimit {
    /** How long a window is: ten seconds. */
    public static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final int maxLines;
    private final AtomicLong windowStart;
    private final AtomicInteger lines = new AtomicInteger();
    private final AtomicLong leftOut = new AtomicLong();

    /**
     * A limit.
     *
     * @param maxLines lines in one window, at least 1
     * @param now nanoseconds of the monotonic clock
     */
    public LineLimit(int maxLines, long now) {
        this.maxLines = maxLines;
        this.windowStart = new AtomicLong(now);
    }

    /** Whether a line may be logged now; counts it as left out if not. */
    public boolean allows(long now) {
        long start = windowStart.get();
        if (now - start >= WINDOW_NANOS && windowStart.compareAndSet(start, now)) {
            lines.set(0);
        }
        if (lines.get() < maxLines && lines.incrementAndGet() <= maxLines) {
            return true;
        }
        leftOut.incrementAndGet();
        return false;
    }

    /** How many lines were left out since this was asked last, once their window is over; 0 before. */
    public long takeLeftOut(long now) {
        return now - windowStart.get() >= WINDOW_NANOS && leftOut.get() > 0 ? leftOut.getAndSet(0) : 0;
    }
}
