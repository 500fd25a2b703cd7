package io.weir.sim.report;

import io.weir.sim.run.Series;
import java.util.ArrayList;
import java.util.List;

/** Columns of a series as values of a plot: NaN where there is no value. */
final class Columns {
    private static final double NANOS_PER_SECOND = 1e9;

    private Columns() {}

    /** Values in another unit. */
    static List<Double> amounts(Series series, String column, double unit) {
        return series.column(column).stream()
                .map(value -> value == Series.NO_DATA ? Double.NaN : value / unit)
                .toList();
    }

    /** Counts as rates a second. */
    static List<Double> rates(Series series, String column) {
        List<Long> counts = series.column(column);
        List<Double> rates = new ArrayList<>();
        for (int bin = 0; bin < counts.size(); bin++) {
            long length = series.bins().end(bin) - series.bins().start(bin);
            rates.add(counts.get(bin) * NANOS_PER_SECOND / length);
        }
        return rates;
    }

    /** The sum of a column. */
    static long sum(Series series, String column) {
        return series.column(column).stream().mapToLong(Long::longValue).sum();
    }
}
