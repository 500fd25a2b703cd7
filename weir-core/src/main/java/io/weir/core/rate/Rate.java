package io.weir.core.rate;

/**
 * What a {@link TokenBucket} is refilled with and how much it holds. The interval between two messages is rounded up to
 * a whole nanosecond: a rate is never exceeded, and falls short of what was configured by less than one part in 10^9 /
 * rate. Immutable.
 */
public final class Rate {
    private static final int MAX_PER_SECOND = 1_000_000;
    private static final long MAX_BURST = 1_000_000_000L;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final int perSecond;
    private final long burst;
    final long intervalNanos;
    final long depthNanos;

    /**
     * A rate.
     *
     * @param perSecond messages a second, 1 to 1,000,000
     * @param burst messages that pass at once when the bucket is full, 1 to 1,000,000,000
     */
    public Rate(int perSecond, long burst) {
        if (perSecond < 1 || perSecond > MAX_PER_SECOND || burst < 1 || burst > MAX_BURST) {
            throw new IllegalArgumentException("perSecond " + perSecond + ", burst " + burst);
        }
        this.perSecond = perSecond;
        this.burst = burst;
        this.intervalNanos = (NANOS_PER_SECOND + perSecond - 1) / perSecond;
        this.depthNanos = Math.multiplyExact(intervalNanos, burst);
    }

    /** Messages a second. */
    public int perSecond() {
        return perSecond;
    }

    /** Messages that pass at once when the bucket is full. */
    public long burst() {
        return burst;
    }
}
