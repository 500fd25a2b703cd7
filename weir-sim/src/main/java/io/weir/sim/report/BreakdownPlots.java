package io.weir.sim.report;

import io.weir.sim.run.Breakdown;
import io.weir.sim.run.Breakdown.Part;
import io.weir.sim.run.Series;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The plots by tenant and by operation: the keys that offered most, and all others as one line. */
final class BreakdownPlots {
    private final String kind;
    private final String title;
    private final List<Part> parts;
    private final String suffix;

    private BreakdownPlots(String kind, String title, Breakdown breakdown, String suffix) {
        this.kind = kind;
        this.title = title;
        this.parts = breakdown.parts(Plots.MAX_LINES);
        this.suffix = suffix;
    }

    /** The plots of one run. */
    static PlotSection section(String kind, String plural, Breakdown breakdown, boolean limits) {
        BreakdownPlots plots = new BreakdownPlots(kind, "By " + kind, breakdown, "");
        List<Plot> all = new ArrayList<>();
        if (breakdown.keys() > 1) {
            all.add(plots.rate("Answered in time", "in time"));
            all.add(plots.rate("Rejected", "rejected"));
            all.add(plots.latency());
        }
        if (limits) {
            all.add(plots.limits());
        }
        return new PlotSection(plots.title, text(kind, plural, breakdown), all);
    }

    /** The plots of two runs, in pairs with the same axes. */
    static PlotSection compared(String kind, String plural, Breakdown logged, Breakdown replayed, boolean limits) {
        BreakdownPlots was = new BreakdownPlots(kind, "By " + kind, logged, ", as logged");
        BreakdownPlots wouldBe = new BreakdownPlots(kind, "By " + kind, replayed, ", replayed");
        List<Plot> all = new ArrayList<>();
        if (logged.keys() > 1) {
            all.addAll(sameScale(was.rate("Answered in time", "in time"), wouldBe.rate("Answered in time", "in time")));
            all.addAll(sameScale(was.rate("Rejected", "rejected"), wouldBe.rate("Rejected", "rejected")));
            all.addAll(sameScale(was.latency(), wouldBe.latency()));
        }
        if (limits) {
            all.add(wouldBe.limits());
        }
        return new PlotSection(was.title, text(kind, plural, logged), all);
    }

    /** The limits alone, as lines. */
    static List<Plot.Line> limitLines(Breakdown breakdown) {
        return new BreakdownPlots("", "", breakdown, "").limitLines();
    }

    /** Two plots whose axes reach the same value. */
    static List<Plot> sameScale(Plot first, Plot second) {
        double largest = Math.max(first.largest(), second.largest());
        return List.of(first.upTo(largest), second.upTo(largest));
    }

    private static String text(String kind, String plural, Breakdown breakdown) {
        List<Part> parts = breakdown.parts(Plots.MAX_LINES);
        if (breakdown.keys() == 1) {
            return "One " + kind + ", " + Html.plainName(parts.get(0).name()) + ": its figures are those above.";
        }
        if (parts.isEmpty()) {
            return "Nothing was offered.";
        }
        int others = parts.get(parts.size() - 1).keys();
        if (others <= 1) {
            return "All " + breakdown.keys() + " " + plural + ", those that offered most first.";
        }
        return "The " + (parts.size() - 1) + " " + plural + " that offered most, of "
                + Formats.count(breakdown.keys()) + ". The other " + Formats.count(others)
                + " are one line: their counts are summed, their latency is the highest of any, their limit the lowest.";
    }

    private Plot rate(String what, String column) {
        return Plot.of(
                what + ", by " + kind + suffix,
                Plots.PER_SECOND,
                "",
                lines("", part -> Columns.rates(part.series(), column)));
    }

    private Plot latency() {
        return Plot.of(
                "Latency p95, by " + kind + suffix,
                "ms",
                "Of what was answered in the bin; a line is broken where nothing was.",
                lines(", the highest", part -> Columns.amounts(part.series(), "latency p95", Plots.MILLI)));
    }

    private Plot limits() {
        boolean any = parts.stream()
                .anyMatch(part -> part.series().column("limit").stream().anyMatch(limit -> limit != Series.NO_DATA));
        return Plot.of(
                "Limit, by " + kind + suffix,
                Plots.MESSAGES,
                any
                        ? "How many messages may be in flight, at the end of the bin. No line: no limit."
                        : "No " + kind + " was limited at the end of any bin.",
                any ? limitLines() : List.of());
    }

    private List<Plot.Line> limitLines() {
        return lines(", the lowest", part -> Columns.amounts(part.series(), "limit", 1));
    }

    private List<Plot.Line> lines(String ofOthers, Function<Part, List<Double>> values) {
        return parts.stream()
                .map(part -> new Plot.Line(name(part) + (part.keys() > 1 ? ofOthers : ""), values.apply(part)))
                .toList();
    }

    private static String name(Part part) {
        return part.keys() > 1 ? Formats.count(part.keys()) + " others" : part.name();
    }
}
