package io.weir.sim.engine;

import java.util.Arrays;

/** Numbers of which percentiles are asked; every one is kept. Not thread-safe. */
public final class Samples {
    private static final int PER_MILLE = 1000;

    private long[] values = new long[64];
    private int size;
    private boolean sorted = true;

    /** Adds one. */
    public void add(long value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
        }
        values[size++] = value;
        sorted = false;
    }

    /** How many there are. */
    public int size() {
        return size;
    }

    /** The mean; 0 if there is none. */
    public double mean() {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            sum += values[i];
        }
        return size == 0 ? 0 : sum / size;
    }

    /** Forgets all. */
    public void clear() {
        size = 0;
        sorted = true;
    }

    /**
     * The smallest value that at least so many thousandths do not exceed; 0 if there is none.
     *
     * @param permille from 1 to 1000
     */
    public long percentile(int permille) {
        if (size == 0) {
            return 0;
        }
        if (!sorted) {
            Arrays.sort(values, 0, size);
            sorted = true;
        }
        long rank = ((long) size * permille + PER_MILLE - 1) / PER_MILLE;
        return values[(int) Math.max(0, rank - 1)];
    }
}
