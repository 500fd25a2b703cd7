package io.weir.sim.run;

import io.weir.sim.engine.Bins;
import io.weir.sim.engine.Samples;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts and latency per bin, by tenant or by operation. The keys to show are chosen at the end. Memory is bounded: the
 * first {@value #MAX_KEYS} keys have at most 2.5 KB each, and all later ones share one line. Not thread-safe.
 */
public final class Breakdown {
    /** Keys that have a line of their own. */
    static final int MAX_KEYS = 10_000;

    private static final int P95 = 950;
    private static final long MICRO = 1000;
    private static final int NONE = -1;

    private final Bins bins;
    private final Map<String, Line> lines = new HashMap<>();
    private final List<Line> answeredInBin = new ArrayList<>();
    private final Deque<Samples> spare = new ArrayDeque<>();
    private final Line later;
    private int bin;

    /** A breakdown without keys, in its first bin. */
    public Breakdown(Bins bins) {
        this.bins = bins;
        this.later = new Line();
    }

    /** The line of a key. */
    public Line of(String key) {
        Line line = lines.get(key);
        if (line == null) {
            line = lines.size() < MAX_KEYS ? new Line() : later;
            lines.put(key, line);
        }
        return line;
    }

    /** How many keys there are. */
    public int keys() {
        return lines.size();
    }

    /** Ends the current bin. What is counted after the last one is left out. */
    public void next() {
        for (Line line : answeredInBin) {
            Samples answers = line.answers;
            if (answers != null) {
                line.p95[bin] = (int) Math.min(Integer.MAX_VALUE, answers.percentile(P95) / MICRO);
                answers.clear();
                spare.push(answers);
                line.answers = null;
            }
        }
        answeredInBin.clear();
        bin++;
    }

    /** Counts of one key. */
    public final class Line {
        private final int[] offered = new int[bins.count()];
        private final int[] rejected = new int[bins.count()];
        private final int[] inTime = new int[bins.count()];
        private final int[] p95 = none();
        private int @Nullable [] limits;
        private @Nullable Samples answers;

        private int[] none() {
            int[] values = new int[bins.count()];
            Arrays.fill(values, NONE);
            return values;
        }

        /** Messages were offered. */
        public void offered(int messages) {
            add(offered, messages);
        }

        /** Messages were offered and not admitted. */
        public void rejected(int messages) {
            add(rejected, messages);
        }

        /** Messages were completed within their deadline. */
        public void inTime(int messages) {
            add(inTime, messages);
        }

        private void add(int[] counts, int messages) {
            if (bin < counts.length) {
                counts[bin] += messages;
            }
        }

        /** A message or a batch was completed that many nanoseconds after it was first offered. */
        public void answered(long latency) {
            if (bin < p95.length) {
                Samples samples = answers;
                if (samples == null) {
                    samples = spare.isEmpty() ? new Samples() : spare.pop();
                    answers = samples;
                    answeredInBin.add(this);
                }
                samples.add(latency);
            }
        }

        /** How many messages may be in flight at the end of the current bin. */
        public void limit(int messages) {
            int[] values = limits;
            if (values == null) {
                values = none();
                limits = values;
            }
            if (bin < values.length) {
                values[bin] = messages;
            }
        }

        private long offeredInAll() {
            return Arrays.stream(offered).asLongStream().sum();
        }
    }

    /**
     * One key, or several together. Columns of its series: {@code offered}, {@code rejected} and {@code in time} in
     * messages, {@code latency p95} in nanoseconds, {@code limit} in messages; the last two have
     * {@link Series#NO_DATA}.
     *
     * @param name of the key; empty for several
     * @param keys how many
     */
    public record Part(String name, int keys, Series series) {}

    /**
     * The keys that offered most, by name where that is equal, and all others as one last part: their counts summed,
     * the highest of their latencies and the lowest of their limits.
     *
     * @param most keys that have a part of their own if there are several others
     */
    public List<Part> parts(int most) {
        List<Map.Entry<String, Line>> byOffered = lines.entrySet().stream()
                .filter(each -> each.getValue() != later)
                .sorted(Comparator.comparingLong((Map.Entry<String, Line> each) ->
                                -each.getValue().offeredInAll())
                        .thenComparing(Map.Entry::getKey))
                .toList();
        List<Part> parts = new ArrayList<>();
        int named = lines.size() > most + 1 ? Math.min(most, byOffered.size()) : byOffered.size();
        for (Map.Entry<String, Line> each : byOffered.subList(0, named)) {
            parts.add(new Part(each.getKey(), 1, series(List.of(each.getValue()))));
        }
        if (parts.size() < lines.size()) {
            List<Line> others = new ArrayList<>();
            byOffered.subList(parts.size(), byOffered.size()).forEach(each -> others.add(each.getValue()));
            others.add(later);
            parts.add(new Part("", lines.size() - parts.size(), series(others)));
        }
        return parts;
    }

    private Series series(List<Line> together) {
        Series series = new Series(bins);
        for (int row = 0; row < Math.min(bin, bins.count()); row++) {
            long offered = 0;
            long rejected = 0;
            long inTime = 0;
            long p95 = Series.NO_DATA;
            long limit = Series.NO_DATA;
            for (Line line : together) {
                offered += line.offered[row];
                rejected += line.rejected[row];
                inTime += line.inTime[row];
                p95 = line.p95[row] == NONE ? p95 : Math.max(p95, line.p95[row] * MICRO);
                int own = line.limits == null ? NONE : line.limits[row];
                limit = own == NONE ? limit : limit == Series.NO_DATA ? own : Math.min(limit, own);
            }
            series.next();
            series.put("offered", offered);
            series.put("rejected", rejected);
            series.put("in time", inTime);
            series.put("latency p95", p95);
            series.put("limit", limit);
        }
        return series;
    }
}
