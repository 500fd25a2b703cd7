package io.weir.sim.report;

import io.weir.core.config.QueueLimitsConfig;
import io.weir.sim.report.Headline.Figure;
import io.weir.sim.run.CircuitHistory;
import io.weir.sim.run.Peaks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** What happened, in six figures. */
public final class Headlines {
    private static final int MEDIAN = 500;
    private static final int P95 = 950;
    private static final int P99 = 990;
    private static final double NANOS_PER_SECOND = 1e9;

    private Headlines() {}

    /** The headlines of one run, or of several that are compared. */
    public static List<Headline> of(Totals... runs) {
        return List.of(
                headline("Offered", Headlines::offered, runs),
                headline("Answered in time", Headlines::inTime, runs),
                headline("Rejected", Headlines::rejected, runs),
                headline("Latency of what was answered, p99", Headlines::latency, runs),
                headline("Most pending", Headlines::pending, runs),
                headline("Circuit breaker of the upstream", Headlines::circuit, runs));
    }

    private static Headline headline(String label, Function<Totals, Figure> figure, Totals... runs) {
        return new Headline(label, Arrays.stream(runs).map(figure).toList());
    }

    private static Figure offered(Totals run) {
        double seconds = Math.max(1, run.duration()) / NANOS_PER_SECOND;
        return new Figure(
                Formats.count(run.offered(), "message", "messages"),
                List.of("in " + Formats.seconds(run.duration()) + ", " + Scale.text(run.offered() / seconds)
                        + " messages/s"));
    }

    private static Figure inTime(Totals run) {
        List<String> details = new ArrayList<>();
        details.add(Formats.count(run.inTime(), "message", "messages"));
        run.goodput()
                .ifPresent(
                        goodput -> details.add("goodput " + Formats.share(goodput) + " of what the upstream can do"));
        return new Figure(share(run.inTime(), run), details);
    }

    private static Figure rejected(Totals run) {
        List<String> details = new ArrayList<>();
        details.add(Formats.count(run.rejected(), "message", "messages"));
        run.commonestReason()
                .ifPresent(reason ->
                        details.add("most often: " + reason.getKey() + ", " + Formats.count(reason.getValue())));
        return new Figure(share(run.rejected(), run), details);
    }

    private static String share(long messages, Totals run) {
        return run.offered() == 0 ? "nothing offered" : Formats.percent((double) messages / run.offered());
    }

    private static Figure latency(Totals run) {
        if (run.latency().size() == 0) {
            return new Figure("nothing answered", List.of());
        }
        return new Figure(
                Formats.millis(run.latency().percentile(P99)),
                List.of(
                        "p50 " + Formats.millis(run.latency().percentile(MEDIAN)),
                        "p95 " + Formats.millis(run.latency().percentile(P95))));
    }

    private static Figure pending(Totals run) {
        Peaks peaks = run.peaks();
        List<String> details = new ArrayList<>();
        details.add(Formats.bytes(peaks.bytes()));
        QueueLimitsConfig limits = run.limits().orElse(null);
        if (limits == null) {
            details.add("the log does not say what the limits were");
        } else {
            details.add("one connection: "
                    + beside(
                            peaks.messagesOfConnection(),
                            limits.maxMessages(),
                            peaks.bytesOfConnection(),
                            limits.maxBytes()));
            details.add(
                    limits.enableTenantLimits()
                            ? "one tenant: "
                                    + beside(
                                            peaks.messagesOfTenant(),
                                            limits.tenantMaxMessages(),
                                            peaks.bytesOfTenant(),
                                            limits.tenantMaxBytes())
                            : "one tenant: " + Formats.count(peaks.messagesOfTenant(), "message", "messages")
                                    + ", no limit");
            details.add("process: "
                    + beside(peaks.messages(), limits.globalMaxMessages(), peaks.bytes(), limits.globalMaxBytes()));
        }
        return new Figure(Formats.count(peaks.messages(), "message", "messages"), details);
    }

    private static String beside(long messages, long maxMessages, long bytes, long maxBytes) {
        return Formats.count(messages) + " of " + Formats.count(maxMessages, "message", "messages") + ", "
                + Formats.bytes(bytes) + " of " + Formats.bytes(maxBytes);
    }

    private static Figure circuit(Totals run) {
        if (run.circuits().isEmpty()) {
            return new Figure("not in the log", List.of());
        }
        int opened = 0;
        long open = 0;
        long halfOpen = 0;
        for (CircuitHistory each : run.circuits().get()) {
            opened += each.opened();
            open += each.openNanos();
            halfOpen += each.halfOpenNanos();
        }
        List<String> details = new ArrayList<>();
        if (opened > 0) {
            details.add("open for " + Formats.seconds(open) + " in all");
            details.add("half-open for " + Formats.seconds(halfOpen));
        }
        if (run.openOperations() > 0) {
            details.add("of single operations: " + Formats.count(run.openOperations()) + " open at once at most");
        }
        return new Figure(opened == 0 ? "never opened" : "opened " + Formats.count(opened, "time", "times"), details);
    }
}
