package io.weir.sim.report;

import io.weir.sim.run.Series;
import java.util.ArrayList;
import java.util.List;

/** The plots of a run, and of two runs one over the other. */
public final class Plots {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double BYTES_PER_KIB = 1024;
    private static final double PER_MILLE = 1000;
    private static final String REASON = "reason ";

    private Plots() {}

    /** Seconds from the beginning, of each row. */
    public static List<Double> times(Series series) {
        List<Double> times = new ArrayList<>();
        for (int row = 1; row <= series.rows(); row++) {
            times.add(row * series.step() / NANOS_PER_SECOND);
        }
        return times;
    }

    /** The plots of one run. */
    public static List<Plot> of(Series series) {
        return of(series, "", false);
    }

    private static List<Plot> of(Series series, String suffix, boolean dashed) {
        List<Plot> plots = new ArrayList<>();
        plots.add(new Plot(
                "Queue depth",
                "messages",
                List.of(
                        line(series, "queued", "queued" + suffix, 1, dashed),
                        line(series, "in flight", "in flight" + suffix, 1, dashed),
                        line(series, "capacity", "capacity" + suffix, 1, dashed))));
        plots.add(new Plot(
                "Admissions",
                "messages a second",
                List.of(
                        line(series, "offered", "offered" + suffix, 1, dashed),
                        line(series, "admitted", "admitted" + suffix, 1, dashed),
                        line(series, "in time", "in time" + suffix, 1, dashed))));
        plots.add(new Plot(
                "Turned away, by reason",
                "messages a second",
                series.names().stream()
                        .filter(name -> name.startsWith(REASON))
                        .map(name -> new Plot.Line(
                                name.substring(REASON.length()) + suffix, scaled(series, name, 1), dashed))
                        .toList()));
        plots.add(new Plot(
                "Latency",
                "ms",
                List.of(
                        line(series, "latency p50", "p50" + suffix, NANOS_PER_MILLI, dashed),
                        line(series, "latency p99", "p99" + suffix, NANOS_PER_MILLI, dashed))));
        plots.add(
                new Plot("Memory held", "KiB", List.of(line(series, "bytes", "KiB" + suffix, BYTES_PER_KIB, dashed))));
        plots.add(new Plot(
                "Effective rate",
                "share",
                List.of(line(series, "rate permille", "effective rate" + suffix, PER_MILLE, dashed))));
        return plots;
    }

    /** The plots of what was, with what would have been dashed over it. */
    public static List<Plot> of(Series was, Series wouldBe) {
        List<Plot> first = of(was, ", logged", false);
        List<Plot> second = of(wouldBe, ", replayed", true);
        List<Plot> both = new ArrayList<>();
        for (int i = 0; i < first.size(); i++) {
            List<Plot.Line> lines = new ArrayList<>(first.get(i).lines());
            lines.addAll(second.get(i).lines());
            if (lines.stream().anyMatch(line -> line.values().stream().anyMatch(value -> value != 0))) {
                both.add(new Plot(first.get(i).title(), first.get(i).unit(), lines));
            }
        }
        return both;
    }

    private static Plot.Line line(Series series, String column, String name, double unit, boolean dashed) {
        return new Plot.Line(name, scaled(series, column, unit), dashed);
    }

    private static List<Double> scaled(Series series, String name, double unit) {
        return series.column(name).stream().map(value -> value / unit).toList();
    }
}
