package io.weir.core.queue;

/** An exponentially weighted mean, in integers: plain over the first samples, then over about the last of them. */
final class MovingMean {
    private static final int FRACTION_BITS = 8;

    private final int most;
    private long scaled;
    private int samples;

    /** Over about so many samples. */
    MovingMean(int most) {
        this.most = most;
    }

    void add(long value) {
        samples = Math.min(most, samples + 1);
        scaled += ((value << FRACTION_BITS) - scaled) / samples;
    }

    /** The mean, at least 1; 0 without a sample. */
    long get() {
        return samples == 0 ? 0 : Math.max(1, scaled >> FRACTION_BITS);
    }
}
