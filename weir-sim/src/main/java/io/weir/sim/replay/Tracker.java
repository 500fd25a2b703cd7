package io.weir.sim.replay;

import io.weir.core.admission.Outcome;
import io.weir.sim.engine.Samples;
import io.weir.sim.run.Series;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Counts what becomes of offers, in the order of time, whether it was logged or is replayed. Not thread-safe. */
final class Tracker {
    private static final int MOST_ROWS = 600;
    private static final long SHORTEST_STEP = 25_000_000;
    private static final long SECOND = 1_000_000_000L;
    private static final int MEDIAN = 500;
    private static final int P99 = 990;

    private final SortedMap<String, Long> counts = new TreeMap<>();
    private final SortedMap<String, Long> byReason = new TreeMap<>();
    private final Samples waits = new Samples();
    private final Samples latencies = new Samples();
    private final Samples recent = new Samples();
    private final Map<String, Long> before = new HashMap<>();
    private final Series series;
    private final long end;
    private long queued;
    private long inFlight;
    private long bytes;
    private long mostBytes;

    /** @param end of what is plotted; nanoseconds */
    Tracker(long end) {
        long step = (Math.max(SHORTEST_STEP, end / MOST_ROWS) + SHORTEST_STEP - 1) / SHORTEST_STEP * SHORTEST_STEP;
        this.series = new Series(step);
        this.end = end;
    }

    /** Time passes; called before what happens then. */
    void advance(long now) {
        while ((series.rows() + 1) * series.step() <= Math.min(now, end)) {
            series.next();
            series.put("queued", queued);
            series.put("in flight", inFlight);
            series.put("bytes", bytes);
            rate("offered", count("offered"));
            rate("admitted", count("admitted"));
            rate("in time", count("in time"));
            series.put("latency p50", recent.percentile(MEDIAN));
            series.put("latency p99", recent.percentile(P99));
            recent.clear();
            byReason.forEach((reason, count) -> rate("reason " + reason, count));
        }
    }

    private void rate(String name, long count) {
        long since = count - before.getOrDefault(name, 0L);
        before.put(name, count);
        series.put(name, since * SECOND / series.step());
    }

    private void add(String what, Past past) {
        counts.merge(what, (long) past.messages, Long::sum);
    }

    void turnedAway(Past past, String decision, String reason) {
        add("offered", past);
        add(decision, past);
        byReason.merge(reason, (long) past.messages, Long::sum);
    }

    void admitted(Past past) {
        add("offered", past);
        add("admitted", past);
        queued += past.messages;
        bytes += past.bytes;
        mostBytes = Math.max(mostBytes, bytes);
    }

    void dispatched(Past past, long now) {
        queued -= past.messages;
        inFlight += past.messages;
        waits.add(now - past.at);
    }

    void ended(Past past, Outcome outcome, boolean wasInFlight, long now) {
        if (wasInFlight) {
            inFlight -= past.messages;
        } else {
            queued -= past.messages;
        }
        bytes -= past.bytes;
        add(outcome.key(), past);
        if (outcome == Outcome.COMPLETED) {
            long taken = now - past.at;
            latencies.add(taken);
            recent.add(taken);
            if (taken <= past.ttl) {
                add("in time", past);
            }
        }
    }

    long count(String what) {
        return counts.getOrDefault(what, 0L);
    }

    SortedMap<String, Long> byReason() {
        return byReason;
    }

    Samples waits() {
        return waits;
    }

    Samples latencies() {
        return latencies;
    }

    long mostBytes() {
        return mostBytes;
    }

    Series series() {
        return series;
    }
}
