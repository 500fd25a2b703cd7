package io.weir.sim.report;

import io.weir.sim.run.Verdict;
import io.weir.sim.scenario.Expectation;
import io.weir.sim.scenario.Figure;
import java.util.List;
import java.util.stream.Collectors;

/** Whether a result is what its scenario expects, in one line. */
public final class Verdicts {
    private static final double PER_MILLION = 1e6;

    private Verdicts() {}

    /** The line, each figure with the bounds that were expected; empty if nothing was. */
    public static String line(List<Verdict> verdicts) {
        List<Verdict> broken = verdicts.stream().filter(each -> !each.isHeld()).toList();
        if (broken.isEmpty()) {
            return verdicts.isEmpty() ? "" : "held: " + texts(verdicts);
        }
        List<Verdict> held = verdicts.stream().filter(Verdict::isHeld).toList();
        return "NOT held: " + texts(broken) + (held.isEmpty() ? "" : "; held: " + texts(held));
    }

    private static String texts(List<Verdict> verdicts) {
        return verdicts.stream().map(Verdicts::text).collect(Collectors.joining(", "));
    }

    private static String text(Verdict verdict) {
        Expectation expected = verdict.expectation();
        Figure figure = expected.figure();
        String name = figure.key().replace('_', ' ');
        String whose = expected.clients().isEmpty() ? "" : " of " + expected.clients();
        return name + whose + " " + value(figure, verdict.value()) + " (" + bounds(expected) + ")";
    }

    private static String bounds(Expectation expected) {
        String min = value(expected.figure(), expected.min());
        if (expected.min() == expected.max()) {
            return "exactly " + min;
        }
        String max = value(expected.figure(), expected.max());
        if (expected.max() == Long.MAX_VALUE) {
            return "at least " + min;
        }
        return expected.min() == 0 ? "at most " + max : min + " to " + max;
    }

    private static String value(Figure figure, long value) {
        return switch (figure.unit()) {
            case SHARE -> Formats.percent(value / PER_MILLION);
            case TIME -> Formats.millis(value);
            case MESSAGES, BYTES -> Formats.count(value);
        };
    }
}
