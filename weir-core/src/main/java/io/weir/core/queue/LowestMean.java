package io.weir.core.queue;

import io.weir.core.state.State;

/**
 * The lowest mean that 64 latencies in a row have had lately, among the last 16,384 to 32,768: how long work takes that
 * waits for nothing, even if most of it waits now. Means, since a single latency may be short by chance. Not
 * thread-safe.
 */
final class LowestMean implements State.Stateful {
    private static final int SAMPLES = 64;
    private static final int MEANS = 256;

    private long sum;
    private int samples;
    private int means;
    private boolean distrusted;
    private long lowest = Long.MAX_VALUE;
    private long lowestBefore = Long.MAX_VALUE;

    void add(long micros) {
        sum += micros;
        if (++samples == SAMPLES) {
            lowest = Math.min(lowest, sum / SAMPLES);
            sum = 0;
            samples = 0;
            if (++means == MEANS) {
                lowestBefore = lowest;
                lowest = Long.MAX_VALUE;
                means = 0;
                distrusted = false;
            }
        }
    }

    /** Forgets what was lower: it was no measure. It is not known until as many latencies have come as are kept. */
    void distrust() {
        distrusted = true;
        samples = 0;
        sum = 0;
        means = 0;
        lowest = Long.MAX_VALUE;
        lowestBefore = Long.MAX_VALUE;
    }

    boolean isKnown() {
        return !distrusted && (lowest != Long.MAX_VALUE || lowestBefore != Long.MAX_VALUE);
    }

    /** In microseconds, at least 1. */
    long get() {
        return Math.max(1, Math.min(lowest, lowestBefore));
    }

    @Override
    public void state(State state) {
        sum = state.number("sum", sum);
        samples = state.number("samples", samples);
        means = state.number("means", means);
        distrusted = state.flag("distrusted", distrusted);
        lowest = state.number("lowest", lowest);
        lowestBefore = state.number("lowest_before", lowestBefore);
    }
}
