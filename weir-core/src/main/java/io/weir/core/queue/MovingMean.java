package io.weir.core.queue;

import io.weir.core.state.State;

/**
 * An exponentially weighted mean, in integers: plain over the first samples, then over about the last of them. Not
 * thread-safe.
 */
final class MovingMean implements State.Stateful {
    private static final int FRACTION_BITS = 8;

    private final int shift;
    private long scaled;
    private int samples;

    /** Over about so many samples: a power of two. */
    MovingMean(int most) {
        this.shift = Integer.numberOfTrailingZeros(most);
    }

    /** As if nothing had been added. */
    void clear() {
        samples = 0;
        scaled = 0;
    }

    /** Whether it is over as many samples as it may be. */
    boolean isFull() {
        return samples == 1 << shift;
    }

    void add(long value) {
        long difference = (value << FRACTION_BITS) - scaled;
        if (samples < 1 << shift) {
            samples++;
            scaled += difference / samples;
        } else {
            scaled += difference >> shift;
        }
    }

    /** The mean, at least 1; 0 without a sample. */
    long get() {
        return samples == 0 ? 0 : Math.max(1, scaled >> FRACTION_BITS);
    }

    @Override
    public void state(State state) {
        scaled = state.number("scaled", scaled);
        samples = state.number("samples", samples);
    }
}
