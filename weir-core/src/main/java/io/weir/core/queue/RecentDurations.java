package io.weir.core.queue;

import io.weir.core.state.State;
import java.util.concurrent.TimeUnit;

/**
 * How long calls of one operation lately took: the longest of them, and a high percentile. Kept over two generations,
 * so that what was long ago is forgotten: a generation lasts for 5 minutes and 64 samples at least. What a stall held
 * up is forgotten after 64 others. Not thread-safe.
 */
final class RecentDurations implements State.Stateful {
    private static final long GENERATION = TimeUnit.MINUTES.toNanos(5);
    private static final int MIN_SAMPLES = 64;

    /** From so many samples on, the two longest may be chance. */
    private static final int MANY_SAMPLES = 128;

    private long begun;
    private int samples;
    private long longest;
    private long second;
    private long third;
    private long previousLongest;
    private long previousUsual;

    /** The longest of the calls that a stall held up, and after how many others it is forgotten. */
    private long longestStalled;

    private int untilForgotten;

    RecentDurations(long now) {
        this.begun = now;
    }

    /** Notes that a call took so many nanoseconds. */
    void add(long nanos, long now) {
        if (samples >= MIN_SAMPLES && now - begun >= GENERATION) {
            previousLongest = longest;
            previousUsual = high();
            longest = 0;
            second = 0;
            third = 0;
            samples = 0;
            begun = now;
        }
        if (untilForgotten > 0 && --untilForgotten == 0) {
            longestStalled = 0;
        }
        samples++;
        if (nanos > longest) {
            third = second;
            second = longest;
            longest = nanos;
        } else if (nanos > second) {
            third = second;
            second = nanos;
        } else if (nanos > third) {
            third = nanos;
        }
    }

    /** Notes that a call took so many nanoseconds, in which the upstream did nothing for a while. */
    void addStalled(long nanos) {
        longestStalled = Math.max(longestStalled, nanos);
        untilForgotten = MIN_SAMPLES;
    }

    private long high() {
        return samples < MANY_SAMPLES ? longest : third;
    }

    /** The longest, in nanoseconds. */
    long longest() {
        return Math.max(Math.max(longest, previousLongest), longestStalled);
    }

    /** What hardly any call exceeds, in nanoseconds: the longest of few samples, else the third longest. */
    long usual() {
        return Math.max(Math.max(high(), previousUsual), longestStalled);
    }

    @Override
    public void state(State state) {
        begun = state.number("begun", begun);
        samples = state.number("samples", samples);
        longest = state.number("longest", longest);
        second = state.number("second", second);
        third = state.number("third", third);
        previousLongest = state.number("previous_longest", previousLongest);
        previousUsual = state.number("previous_usual", previousUsual);
        longestStalled = state.number("longest_stalled", longestStalled);
        untilForgotten = state.number("until_forgotten", untilForgotten);
    }
}
