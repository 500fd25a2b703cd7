package io.weir.sim.replay;

import io.weir.core.config.WeirConfig;
import io.weir.core.queue.QueuePolicy;
import io.weir.sim.report.Grid;
import io.weir.sim.report.Plot;
import io.weir.sim.report.Plots;
import io.weir.sim.report.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.LongConsumer;

/** What would have happened under another configuration, beside what did. */
public final class WhatIf {
    private static final int MEDIAN = 500;
    private static final int P99 = 990;

    private final History history;
    private final Tracker logged;
    private final Tracker replayed;
    private final Map<String, Integer> servers;

    private WhatIf(History history, Tracker logged, Tracker replayed, Map<String, Integer> servers) {
        this.history = history;
        this.logged = logged;
        this.replayed = replayed;
        this.servers = servers;
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
         * Plays what was offered against another configuration. An upstream is modelled by the
         * fewest servers that explain when it answered what.
         *
         * @param policies how queues behave, by name; those that are not named behave as logged
         * @param progress is told the virtual time, now and then
         * @throws ReplayException if the log does not tell enough
         */
        public WhatIf play(WeirConfig config, Map<String, QueuePolicy> policies, LongConsumer progress)
                throws ReplayException {
            Function<String, QueuePolicy> policy = name -> {
                QueuePolicy other = policies.get(name);
                return other != null ? other : history.queues().getOrDefault(name, QueuePolicy.DEFAULT);
            };
            WouldBe present = new WouldBe(history, config, policy, progress);
            Tracker would = present.play();
            return new WhatIf(history, Logged.track(history), would, present.servers());
        }
    }

    /** Reads a log. @throws ReplayException if it cannot be read */
    public static Log read(LogFiles files) throws ReplayException {
        History history = History.of(files);
        if (history.offers().isEmpty()) {
            throw new ReplayException(files.files().get(0) + ": tells of nothing that was offered");
        }
        return new Log(history);
    }

    /** Both, side by side. */
    public Grid grid() {
        List<Grid.Row> rows = new ArrayList<>();
        for (String count : List.of("offered", "admitted", "refused", "dropped", "disconnected", "shed")) {
            count(rows, count);
        }
        TreeSet<String> reasons = new TreeSet<>(logged.byReason().keySet());
        reasons.addAll(replayed.byReason().keySet());
        for (String reason : reasons) {
            row(rows, "  reason " + reason, each -> Words.count(each.byReason().getOrDefault(reason, 0L)));
        }
        for (String count : List.of("expired", "cancelled", "evicted", "failed", "completed")) {
            count(rows, count);
        }
        row(rows, "completed within ttl", each -> Words.count(each.count("in time")));
        row(rows, "wait p50", each -> Words.millis(each.waits().percentile(MEDIAN)));
        row(rows, "wait p99", each -> Words.millis(each.waits().percentile(P99)));
        row(rows, "latency p50", each -> Words.millis(each.latencies().percentile(MEDIAN)));
        row(rows, "latency p99", each -> Words.millis(each.latencies().percentile(P99)));
        row(rows, "most pending bytes", each -> Words.count(each.mostBytes()));
        return new Grid(List.of("logged", "replayed"), rows);
    }

    private void count(List<Grid.Row> rows, String what) {
        if (logged.count(what) + replayed.count(what) > 0) {
            row(rows, what, each -> Words.count(each.count(what)));
        }
    }

    private void row(List<Grid.Row> rows, String label, Function<Tracker, String> figure) {
        rows.add(new Grid.Row(label, List.of(figure.apply(logged), figure.apply(replayed))));
    }

    /** How many servers each upstream is taken to have, by name. */
    public Map<String, Integer> servers() {
        return servers;
    }

    /** Seconds, of each of the plots' values. */
    public List<Double> times() {
        return Plots.times(logged.series());
    }

    /** Both, one over the other. */
    public List<Plot> plots() {
        return Plots.of(logged.series(), replayed.series());
    }

    /** Nanoseconds from the log's first event to its last. */
    public long duration() {
        return history.end();
    }
}
