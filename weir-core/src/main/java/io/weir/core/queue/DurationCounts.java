package io.weir.core.queue;

import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * How many durations fell into each of some fixed buckets: one comparison for the shortest, seventeen for the longest.
 * With their sums and maxima, so that others can be told durations that have the same count in each bucket, the same
 * sum and the same maximum. Not thread-safe.
 */
public final class DurationCounts {
    private static final long MILLI = 1_000_000L;

    /** The largest duration of each bucket, in nanoseconds; the last bucket has none. */
    private static final long[] BOUNDS = {
        MILLI,
        5 * MILLI / 2,
        5 * MILLI,
        10 * MILLI,
        25 * MILLI,
        50 * MILLI,
        100 * MILLI,
        250 * MILLI,
        500 * MILLI,
        1_000 * MILLI,
        2_500 * MILLI,
        5_000 * MILLI,
        10_000 * MILLI,
        30_000 * MILLI,
        60_000 * MILLI,
        300_000 * MILLI
    };

    private final long[] counts = new long[BOUNDS.length + 1];
    private final long[] sums = new long[BOUNDS.length + 1];
    private final long[] maxima = new long[BOUNDS.length + 1];

    /** The largest duration of each bucket but the last, in nanoseconds. */
    public static List<Long> boundsNanos() {
        return Arrays.stream(BOUNDS).boxed().toList();
    }

    /** Counts a duration of that many messages. */
    void add(long nanos, int messages) {
        int bucket = 0;
        while (bucket < BOUNDS.length && nanos > BOUNDS[bucket]) {
            bucket++;
        }
        counts[bucket] += messages;
        sums[bucket] += nanos * messages;
        if (nanos > maxima[bucket]) {
            maxima[bucket] = nanos;
        }
    }

    /** Counts what another one has counted as well. */
    public void add(DurationCounts others) {
        for (int bucket = 0; bucket < counts.length; bucket++) {
            counts[bucket] += others.counts[bucket];
            sums[bucket] += others.sums[bucket];
            maxima[bucket] = Math.max(maxima[bucket], others.maxima[bucket]);
        }
    }

    /**
     * The smallest duration that is not less than so many of a thousand others, in nanoseconds, as far as the buckets
     * tell: interpolated in its bucket, as if the durations there were spread evenly about their mean up to the largest
     * of them; 0 if none was counted.
     *
     * @param permille 1 to 1,000; the result for 1,000 is exact
     */
    public long percentileNanos(int permille) {
        long wanted = Math.max(1, (count() * permille + 999) / 1000);
        long below = 0;
        for (int bucket = 0; bucket < counts.length; bucket++) {
            if (counts[bucket] > 0 && below + counts[bucket] >= wanted) {
                long bound = bucket == 0 ? 0 : BOUNDS[bucket - 1];
                long from = Math.max(bound, 2 * (sums[bucket] / counts[bucket]) - maxima[bucket]);
                double part = (double) (wanted - below) / counts[bucket];
                return from + Math.round((maxima[bucket] - from) * part);
            }
            below += counts[bucket];
        }
        return 0;
    }

    /** How many durations were counted. */
    public long count() {
        return Arrays.stream(counts).sum();
    }

    /** Their sum, in nanoseconds. */
    public long sumNanos() {
        return Arrays.stream(sums).sum();
    }

    /**
     * Names as many durations as were counted, in nanoseconds: as many in each bucket, with the same sum and maximum,
     * but not the same single ones.
     */
    public void forEach(LongConsumer duration) {
        for (int bucket = 0; bucket < counts.length; bucket++) {
            if (counts[bucket] > 0) {
                duration.accept(maxima[bucket]);
                long rest = counts[bucket] - 1;
                long sum = sums[bucket] - maxima[bucket];
                long longer = rest == 0 ? 0 : sum % rest;
                long mean = rest == 0 ? 0 : sum / rest;
                for (long i = 0; i < rest; i++) {
                    duration.accept(i < longer ? mean + 1 : mean);
                }
            }
        }
    }
}
