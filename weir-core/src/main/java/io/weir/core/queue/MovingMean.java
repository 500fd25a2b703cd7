package io.weir.core.queue;

/** An exponentially weighted mean, in integers: plain over the first samples, then over about the last 32. */
final class MovingMean {
    private static final int MOST = 32;
    private static final int FRACTION_BITS = 8;

    private long scaled;
    private int samples;

    void add(long value) {
        samples = Math.min(MOST, samples + 1);
        scaled += ((value << FRACTION_BITS) - scaled) / samples;
    }

    /** The mean, at least 1; 0 without a sample. */
    long get() {
        return samples == 0 ? 0 : Math.max(1, scaled >> FRACTION_BITS);
    }
}
