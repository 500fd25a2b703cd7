package io.weir.gateway.http;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.TimeUnit;

/**
 * Bounds how many lines of one kind are logged, so that clients cannot fill a disk: a few in each window of time, and
 * the others are counted. A window begins with its first line. Thread-safe: each method is one step.
 */
public final class LineLimit {
    /** How long a window is unless said otherwise: ten seconds. */
    public static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** What {@link #takeLine} returns if no line may be logged. */
    public static final long NO_LINE = -1;

    private final int maxLines;
    private final long windowNanos;

    @GuardedBy("this")
    private long windowStart;

    @GuardedBy("this")
    private int lines;

    @GuardedBy("this")
    private long leftOut;

    /**
     * A limit with windows of {@link #WINDOW_NANOS}.
     *
     * @param maxLines lines in one window, at least 1
     * @param now nanoseconds of the monotonic clock
     */
    public LineLimit(int maxLines, long now) {
        this(maxLines, WINDOW_NANOS, now);
    }

    /**
     * A limit.
     *
     * @param maxLines lines in one window, at least 1
     * @param windowNanos how long a window is, in nanoseconds
     * @param now nanoseconds of the monotonic clock
     */
    public LineLimit(int maxLines, long windowNanos, long now) {
        this.maxLines = maxLines;
        this.windowNanos = windowNanos;
        this.windowStart = now;
    }

    /** Whether a line may be logged now; counts it as left out if not. */
    public synchronized boolean allows(long now) {
        if (isWindowOver(now)) {
            beginWindow(now);
        }
        if (lines < maxLines) {
            lines++;
            return true;
        }
        leftOut++;
        return false;
    }

    /**
     * As {@link #allows}, for a line that says how many were left out before it: see {@link #noteLeftOut}.
     *
     * @return how many were left out, or {@link #NO_LINE}
     */
    public synchronized long takeLine(long now) {
        return allows(now) ? takeLeftOut() : NO_LINE;
    }

    /**
     * Takes a line that says only how many were left out since the last such line, once their window is over.
     *
     * @return how many were left out; 0 if there is nothing to say yet
     */
    public synchronized long takeLeftOut(long now) {
        if (leftOut == 0 || !isWindowOver(now)) {
            return 0;
        }
        beginWindow(now);
        lines = 1;
        return takeLeftOut();
    }

    @GuardedBy("this")
    private boolean isWindowOver(long now) {
        return now - windowStart >= windowNanos;
    }

    @GuardedBy("this")
    private void beginWindow(long now) {
        windowStart = now;
        lines = 0;
    }

    @GuardedBy("this")
    private long takeLeftOut() {
        long taken = leftOut;
        leftOut = 0;
        return taken;
    }

    /** The end of a line before which so many were left out; empty for none. */
    public static String noteLeftOut(long leftOut) {
        return leftOut == 0 ? "" : "; " + leftOut + " more of these were not logged";
    }
}
