package io.weir.sim.report;

import io.weir.core.queue.CircuitState;
import io.weir.sim.run.CircuitHistory;
import io.weir.sim.run.Series;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** The plots of one run, or of two that are compared. */
public final class Plots {
    /** Lines of a plot that have a name of their own; one more stands for all others. */
    static final int MAX_LINES = 7;

    static final String PER_SECOND = "messages/s";
    static final String MESSAGES = "messages";
    static final double MILLI = 1e6;

    private static final double KIB = 1024;
    private static final double MIB = 1024 * KIB;
    private static final double PERMILLE_PER_PERCENT = 10;
    private static final int FULL_RATE = 1000;
    private static final String REASON = "reason ";
    private static final String NO_LATENCY = "Of what was answered in the bin; the line is broken where nothing was.";
    private static final List<String> STATES = List.of("closed", "half-open", "open");
    private static final String LOGGED = "as logged";
    private static final String REPLAYED = "replayed";

    private Plots() {}

    /** The plots of one run. */
    public static List<PlotSection> of(Recorded run) {
        Series series = run.series();
        List<Plot> plots = new ArrayList<>();
        plots.add(Plot.of(
                "Throughput",
                PER_SECOND,
                "",
                List.of(
                        rate(series, "offered", "offered"),
                        rate(series, "admitted", "admitted"),
                        rate(series, "in time", "answered in time"))));
        plots.add(reasons("Rejected, by reason", series));
        plots.add(Plot.of(
                "Latency",
                "ms",
                NO_LATENCY,
                List.of(
                        amount(series, "latency p50", "p50", MILLI),
                        amount(series, "latency p95", "p95", MILLI),
                        amount(series, "latency p99", "p99", MILLI))));
        plots.add(Plot.of(
                "Pending messages",
                MESSAGES,
                "",
                List.of(
                        amount(series, "most pending", "most in the bin", 1),
                        amount(series, "queued", "queued at its end", 1),
                        amount(series, "in flight", "in flight at its end", 1))));
        double unit = byteUnit(series);
        plots.add(Plot.of(
                "Pending bytes", byteUnit(unit), "", List.of(amount(series, "most bytes", "most in the bin", unit))));
        circuits("", run, plots);
        plots.add(Plot.of(
                "Capacity",
                MESSAGES,
                "How many messages may be in flight, of all operations together, at the end of the bin.",
                run.capacities()));
        effectiveRate(series, plots);
        return List.of(
                new PlotSection("Over time", "", plots),
                BreakdownPlots.section("tenant", "tenants", run.byTenant(), false),
                BreakdownPlots.section("operation", "operations", run.byOperation(), true));
    }

    /** The plots of what was logged and of what was replayed. */
    public static List<PlotSection> compared(Recorded logged, Recorded replayed) {
        Series was = logged.series();
        Series wouldBe = replayed.series();
        List<Plot> plots = new ArrayList<>();
        plots.add(Plot.of(
                "Answered in time",
                PER_SECOND,
                "",
                List.of(
                        rate(was, "in time", LOGGED),
                        rate(wouldBe, "in time", REPLAYED),
                        rate(was, "offered", "offered, in both"))));
        plots.add(Plot.of(
                "Rejected",
                PER_SECOND,
                "",
                List.of(rate(was, "rejected", LOGGED), rate(wouldBe, "rejected", REPLAYED))));
        for (String percentile : List.of("p50", "p95", "p99")) {
            plots.add(Plot.of(
                    "Latency, " + percentile,
                    "ms",
                    NO_LATENCY,
                    List.of(
                            amount(was, "latency " + percentile, LOGGED, MILLI),
                            amount(wouldBe, "latency " + percentile, REPLAYED, MILLI))));
        }
        plots.add(Plot.of(
                "Pending messages",
                MESSAGES,
                "The most in the bin.",
                List.of(amount(was, "most pending", LOGGED, 1), amount(wouldBe, "most pending", REPLAYED, 1))));
        double unit = Math.max(byteUnit(was), byteUnit(wouldBe));
        plots.add(Plot.of(
                "Pending bytes",
                byteUnit(unit),
                "The most in the bin.",
                List.of(amount(was, "most bytes", LOGGED, unit), amount(wouldBe, "most bytes", REPLAYED, unit))));
        plots.addAll(BreakdownPlots.sameScale(
                reasons("Rejected by reason, " + LOGGED, was), reasons("Rejected by reason, " + REPLAYED, wouldBe)));
        circuits(", " + REPLAYED, replayed, plots);
        plots.add(Plot.of(
                "Capacity, " + REPLAYED,
                MESSAGES,
                "How many messages each queue may have in flight, at the end of the bin. The log does not say what it was.",
                replayed.capacities()));
        return List.of(
                new PlotSection("Over time", "", plots),
                BreakdownPlots.compared("tenant", "tenants", logged.byTenant(), replayed.byTenant(), false),
                BreakdownPlots.compared("operation", "operations", logged.byOperation(), replayed.byOperation(), true));
    }

    private static Plot.Line rate(Series series, String column, String name) {
        return new Plot.Line(name, Columns.rates(series, column));
    }

    private static Plot.Line amount(Series series, String column, String name, double unit) {
        return new Plot.Line(name, Columns.amounts(series, column, unit));
    }

    private static double byteUnit(Series series) {
        return series.column("most bytes").stream().anyMatch(bytes -> bytes >= MIB) ? MIB : KIB;
    }

    private static String byteUnit(double unit) {
        return unit >= MIB ? "MiB" : "KiB";
    }

    private static Plot reasons(String title, Series series) {
        List<String> columns = series.names().stream()
                .filter(name -> name.startsWith(REASON))
                .sorted(Comparator.comparingLong((String name) -> -Columns.sum(series, name))
                        .thenComparing(name -> name))
                .toList();
        List<Plot.Line> lines = new ArrayList<>();
        int named = columns.size() > MAX_LINES + 1 ? MAX_LINES : columns.size();
        for (String column : columns.subList(0, named)) {
            lines.add(rate(series, column, column.substring(REASON.length())));
        }
        if (named < columns.size()) {
            List<String> others = columns.subList(named, columns.size());
            lines.add(new Plot.Line(
                    others.size() + " other reasons",
                    combined(
                            others.stream()
                                    .map(column -> Columns.rates(series, column))
                                    .toList(),
                            false)));
        }
        return Plot.of(title, PER_SECOND, lines.isEmpty() ? "Nothing was rejected." : "", lines);
    }

    private static List<Double> combined(List<List<Double>> columns, boolean largest) {
        List<Double> all = new ArrayList<>(Collections.nCopies(columns.get(0).size(), 0.0));
        for (List<Double> column : columns) {
            for (int i = 0; i < column.size(); i++) {
                all.set(i, largest ? Math.max(all.get(i), column.get(i)) : all.get(i) + column.get(i));
            }
        }
        return all;
    }

    private static void circuits(String suffix, Recorded run, List<Plot> plots) {
        plots.add(circuit("Circuit breaker of the upstream" + suffix, run));
        if (run.series().column("open operations").stream().anyMatch(open -> open > 0)) {
            plots.add(Plot.of(
                    "Circuit breakers of operations" + suffix,
                    "open",
                    "How many operations of tenants were left alone at the end of the bin, while the upstream was not.",
                    List.of(amount(run.series(), "open operations", "open", 1))));
        }
    }

    private static Plot circuit(String title, Recorded run) {
        List<Plot.Line> lines = new ArrayList<>();
        run.circuits().entrySet().stream()
                .sorted(Comparator.comparingLong((Map.Entry<String, CircuitHistory> each) ->
                                -each.getValue().openNanos())
                        .thenComparing(Map.Entry::getKey))
                .forEach(each -> lines.add(new Plot.Line(each.getKey(), states(each.getValue()))));
        if (lines.size() > MAX_LINES + 1) {
            List<Plot.Line> others = lines.subList(MAX_LINES, lines.size());
            Plot.Line worst = new Plot.Line(
                    others.size() + " others, the worst",
                    combined(others.stream().map(Plot.Line::values).toList(), true));
            others.clear();
            lines.add(worst);
        }
        boolean ever = lines.stream().anyMatch(line -> line.largest() > CircuitHistory.severity(CircuitState.CLOSED));
        return new Plot(
                title,
                "state",
                ever ? "The worst state in the bin." : "Closed all the time.",
                ever ? lines : List.of(),
                STATES,
                0);
    }

    private static List<Double> states(CircuitHistory circuit) {
        return circuit.worst().stream()
                .map(state -> (double) CircuitHistory.severity(state))
                .toList();
    }

    private static void effectiveRate(Series series, List<Plot> plots) {
        if (series.column("rate permille").stream().anyMatch(permille -> permille < FULL_RATE)) {
            plots.add(Plot.of(
                    "Effective rate",
                    "%",
                    "The share of the configured rate that is in force, at the end of the bin.",
                    List.of(amount(series, "rate permille", "effective rate", PERMILLE_PER_PERCENT))));
        }
    }
}
