package io.weir.sim.replay;

import io.weir.core.config.WeirConfig;
import io.weir.sim.report.Formats;
import io.weir.sim.report.Headlines;
import io.weir.sim.report.Page;
import io.weir.sim.report.Plots;
import io.weir.sim.report.Recorded;
import io.weir.sim.report.Table;
import io.weir.sim.report.Totals;
import io.weir.sim.run.CircuitHistory;
import io.weir.sim.scenario.UpstreamSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.LongConsumer;

/** What would have happened under another configuration, beside what did. */
public final class WhatIf {
    private static final int MEDIAN = 500;
    private static final int P95 = 950;
    private static final int P99 = 990;
    private static final int MAX_PARTS = 10;

    private final History history;
    private final Tracker logged;
    private final Tracker replayed;
    private final WhatIfRun run;
    private final List<String> withoutEffect;
    private final WeirConfig config;

    private WhatIf(
            History history,
            WeirConfig config,
            Tracker logged,
            Tracker replayed,
            WhatIfRun run,
            List<String> withoutEffect) {
        this.config = config;
        this.history = history;
        this.logged = logged;
        this.replayed = replayed;
        this.run = run;
        this.withoutEffect = withoutEffect;
    }

    /** A log that has been read. */
    public static final class Log {
        private final History history;

        private Log(History history) {
            this.history = history;
        }

        /** The configuration that it was written under; none if its beginning is missing. */
        public Optional<WeirConfig> config() {
            return history.config();
        }

        /** Nanoseconds from its first event to its last. */
        public long duration() {
            return history.end();
        }

        /**
         * Plays what was offered against another configuration. An upstream is modelled by the shape that explains best
         * how its latency depended on its load.
         *
         * @param settings of upstreams, by name; those that are not named behave as logged
         * @param progress is told the virtual time, now and then
         * @throws ReplayException if the log does not tell enough
         */
        public WhatIf play(WeirConfig config, Map<String, UpstreamSettings> settings, LongConsumer progress)
                throws ReplayException {
            WhatIfRun present = new WhatIfRun(history, config, settings, progress);
            Tracker would = present.play();
            return new WhatIf(history, config, LogReplay.track(history), would, present, withoutEffect(settings));
        }

        private List<String> withoutEffect(Map<String, UpstreamSettings> settings) {
            Map<String, List<LoggedOffer>> offers = new TreeMap<>();
            for (LoggedOffer past : history.offers()) {
                offers.computeIfAbsent(UpstreamSettings.upstreamOf(past.queue), name -> new ArrayList<>())
                        .add(past);
            }
            List<String> unused = new ArrayList<>();
            new TreeMap<>(settings).forEach((name, own) -> {
                List<LoggedOffer> theirs = offers.get(name);
                if (theirs == null) {
                    unused.add("upstreams." + name + ": the log has no message for it; it has "
                            + String.join(", ", offers.keySet()));
                } else {
                    unused.addAll(own.withoutEffect(
                            name,
                            "the log",
                            theirs.stream().map(past -> past.tenant).toList(),
                            theirs.stream().map(past -> past.work).toList()));
                }
            });
            if (!settings.isEmpty()) {
                offers.keySet().stream()
                        .filter(name -> !settings.containsKey(name))
                        .forEach(name -> unused.add("upstream '" + name
                                + "' of the log is not in the configuration: its queues behave as logged"));
            }
            return unused;
        }
    }

    /** Reads a log. @throws ReplayException if it cannot be read */
    public static Log read(LogParts files) throws ReplayException {
        History history = History.of(files);
        if (history.offers().isEmpty()) {
            throw new ReplayException(files.files().get(0) + ": tells of nothing that was offered");
        }
        return new Log(history);
    }

    /** How many messages the replay counted as that. */
    long replayedCount(String what) {
        return replayed.count(what);
    }

    /** What was logged. */
    Tracker logged() {
        return logged;
    }

    /** What would have happened. */
    Tracker replayed() {
        return replayed;
    }

    /** Both, side by side. */
    public Table grid() {
        List<Table.Row> rows = new ArrayList<>();
        for (String count : List.of("offered", "admitted", "refused", "dropped", "disconnected", "shed")) {
            count(rows, count);
            TreeSet<String> reasons = new TreeSet<>(logged.reasons(count).keySet());
            reasons.addAll(replayed.reasons(count).keySet());
            for (String reason : reasons) {
                row(
                        rows,
                        "  reason " + reason,
                        each -> Formats.count(each.reasons(count).getOrDefault(reason, 0L)));
            }
        }
        for (String count : List.of("expired", "cancelled", "evicted", "failed", "completed")) {
            count(rows, count);
        }
        parts(rows, "tool or method", Tracker::completedByOperation);
        parts(rows, "tenant", Tracker::completedByTenant);
        row(rows, "completed within ttl", each -> Formats.count(each.count("in time")));
        row(rows, "wait p50", each -> Formats.millis(each.waits().percentile(MEDIAN)));
        row(rows, "wait p99", each -> Formats.millis(each.waits().percentile(P99)));
        row(rows, "latency p50", each -> Formats.millis(each.latencies().percentile(MEDIAN)));
        row(rows, "latency p95", each -> Formats.millis(each.latencies().percentile(P95)));
        row(rows, "latency p99", each -> Formats.millis(each.latencies().percentile(P99)));
        row(rows, "most pending messages", each -> Formats.count(each.peaks().messages()));
        row(rows, "most pending bytes", each -> Formats.count(each.peaks().bytes()));
        return new Table(List.of("logged", "replayed"), rows);
    }

    /** What was completed of each of the parts that completed most in the log, if there are several. */
    private void parts(List<Table.Row> rows, String kind, Function<Tracker, SortedMap<String, Long>> completed) {
        TreeSet<String> names = new TreeSet<>(completed.apply(logged).keySet());
        names.addAll(completed.apply(replayed).keySet());
        if (names.size() < 2) {
            return;
        }
        names.stream()
                .sorted(Comparator.comparingLong(
                        name -> -completed.apply(logged).getOrDefault(name, 0L)))
                .limit(MAX_PARTS)
                .forEach(name -> row(
                        rows,
                        "  of " + kind + " " + name,
                        each -> Formats.count(completed.apply(each).getOrDefault(name, 0L))));
    }

    private void count(List<Table.Row> rows, String what) {
        if (logged.count(what) + replayed.count(what) > 0) {
            row(rows, what, each -> Formats.count(each.count(what)));
        }
    }

    private void row(List<Table.Row> rows, String label, Function<Tracker, String> figure) {
        rows.add(new Table.Row(label, List.of(figure.apply(logged), figure.apply(replayed))));
    }

    /** The shape that each upstream is taken to have, by name. */
    public Map<String, UpstreamShape> shapes() {
        return run.shapes();
    }

    /**
     * What of the configuration changes nothing in this replay, and what else limits how far it can be trusted;
     * sentences for a person.
     */
    public List<String> remarks() {
        List<String> remarks = new ArrayList<>(withoutEffect);
        if (history.changes() > 0) {
            remarks.add("the limits changed while the log was written (" + history.changes()
                    + (history.changes() == 1 ? " change" : " changes")
                    + "); the replay has one configuration throughout");
        }
        run.shapes().forEach((name, shape) -> {
            long replayedMost = run.maxInFlight().getOrDefault(name, 0L);
            if (replayedMost > shape.maxInFlight() && shape.support() != UpstreamShape.Support.LATENCY_BY_LOAD) {
                remarks.add("upstream '" + name + "' gets up to " + replayedMost
                        + " messages at once in the replay, and the log shows " + shape.maxInFlight()
                        + " at most: beyond that the replay is a guess, which takes the upstream "
                        + (shape.kind() == UpstreamShape.Kind.UNLIMITED
                                ? "to have no limit"
                                : "to do no more than it did, so more may be answered"));
            }
        });
        return remarks;
    }

    /**
     * Both on a page.
     *
     * @param heading what it is about
     * @param remarks how far it can be trusted, beside the upstreams' shapes
     * @param configuration of the replay
     */
    public Page page(Page.Heading heading, List<String> remarks, Table configuration) {
        List<String> statements = new ArrayList<>();
        run.shapes().forEach((upstream, shape) -> statements.add("upstream " + upstream + ": " + shape.describe()));
        statements.addAll(remarks);
        return new Page(
                heading,
                List.of("as logged", "replayed"),
                Headlines.of(
                        totals(logged, history.config().filter(limits -> history.changes() == 0), Optional.empty()),
                        totals(
                                replayed,
                                Optional.of(config),
                                Optional.of(run.circuits().values()))),
                statements,
                history.marks(),
                history.bins(),
                Plots.compared(
                        new Recorded(logged.series(), logged.byTenant(), logged.byOperation(), List.of(), Map.of()),
                        new Recorded(
                                replayed.series(),
                                replayed.byTenant(),
                                replayed.byOperation(),
                                Recorded.capacities(replayed.byQueue()),
                                run.circuits())),
                grid(),
                configuration,
                "");
    }

    private Totals totals(Tracker tracker, Optional<WeirConfig> limits, Optional<Collection<CircuitHistory>> circuits) {
        return new Totals(
                history.end(),
                tracker.count("offered"),
                tracker.count("in time"),
                Optional.empty(),
                tracker.rejected(),
                tracker.reasons(),
                tracker.latencies(),
                tracker.peaks(),
                limits.map(WeirConfig::queueLimits),
                circuits,
                Totals.openOperations(tracker.series()));
    }

    /** Nanoseconds from the log's first event to its last. */
    public long duration() {
        return history.end();
    }
}
