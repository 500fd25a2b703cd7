package io.weir.core.queue;

import io.weir.core.state.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Durations by size, in buckets an eighth of a power of two wide: a percentile is at most an eighth too high. Not
 * thread-safe.
 */
final class LatencyHistogram implements State.Stateful {
    private static final int PARTS_BITS = 3;
    private static final int PARTS = 1 << PARTS_BITS;

    private final int[] counts = new int[64 * PARTS];
    private int samples;

    void add(long nanos) {
        counts[bucket(Math.max(0, nanos))]++;
        samples++;
    }

    private static int bucket(long value) {
        if (value < PARTS) {
            return (int) value;
        }
        int exponent = 63 - Long.numberOfLeadingZeros(value);
        return ((exponent - PARTS_BITS + 1) << PARTS_BITS) + (int) (value >> (exponent - PARTS_BITS)) - PARTS;
    }

    private static long largest(int bucket) {
        if (bucket < PARTS) {
            return bucket;
        }
        int shift = (bucket >> PARTS_BITS) - 1;
        return ((long) (PARTS + (bucket & (PARTS - 1)) + 1) << shift) - 1;
    }

    int samples() {
        return samples;
    }

    /** The smallest duration that is not less than so many of a hundred samples; 0 without samples. */
    long percentile(int percent) {
        long wanted = Math.max(1, ((long) samples * percent + 99) / 100);
        long seen = 0;
        for (int bucket = 0; bucket < counts.length; bucket++) {
            seen += counts[bucket];
            if (seen >= wanted) {
                return largest(bucket);
            }
        }
        return 0;
    }

    void clear() {
        Arrays.fill(counts, 0);
        samples = 0;
    }

    @Override
    public void state(State state) {
        List<Long> pairs = new ArrayList<>();
        for (int bucket = 0; bucket < counts.length; bucket++) {
            if (counts[bucket] > 0) {
                pairs.add((long) bucket);
                pairs.add((long) counts[bucket]);
            }
        }
        List<Long> found = state.numbers("counts", pairs);
        clear();
        for (int i = 0; i + 1 < found.size(); i += 2) {
            int bucket = (int) Math.min(counts.length - 1L, found.get(i));
            counts[bucket] = found.get(i + 1).intValue();
            samples += counts[bucket];
        }
    }
}
