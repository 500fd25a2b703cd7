package io.weir.bench;

import java.util.Collection;
import java.util.List;

/** The middle of repeated measurements, which one disturbed repetition does not move. */
public final class Median {
    private Median() {}

    /** The median, or the mean of the two in the middle. */
    public static double of(Collection<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
