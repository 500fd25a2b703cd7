package io.weir.sim.run;

import io.weir.sim.engine.Bins;
import io.weir.sim.run.MessageCounters.Fate;
import java.util.HashMap;
import java.util.Map;

/** Takes a sample of a run at the end of every bin. Counts are of the bin alone. Not thread-safe. */
final class Recorder {
    private static final int MEDIAN = 500;
    private static final int P95 = 950;
    private static final int P99 = 990;

    private final Series series;
    private final Map<String, Long> before = new HashMap<>();

    Recorder(Bins bins) {
        this.series = new Series(bins);
    }

    Series series() {
        return series;
    }

    void sample(RunMetrics ledger, AdmissionPolicy.Gauges gauges) {
        series.next();
        MessageCounters total = ledger.total;
        series.put("queued", total.messages(Fate.QUEUED));
        series.put("in flight", total.messages(Fate.IN_FLIGHT));
        series.put("bytes", ledger.pendingBytes());
        series.put("most pending", ledger.maxInBin());
        series.put("most bytes", ledger.maxBytesInBin());
        series.put("capacity", gauges.capacity());
        series.put("rate permille", gauges.ratePermille());
        series.put("open operations", gauges.openOperations());
        count("offered", total.messages(Fate.OFFERED));
        count("admitted", total.messages(Fate.ADMITTED));
        count("rejected", total.rejected());
        count("in time", total.messages(Fate.GOOD));
        count("failed", total.messages(Fate.FAILED));
        count("expired", total.messages(Fate.EXPIRED));
        latency("latency p50", ledger, MEDIAN);
        latency("latency p95", ledger, P95);
        latency("latency p99", ledger, P99);
        total.byReason().forEach((reason, count) -> count("reason " + reason, count));
        gauges.limits()
                .forEach((operation, limit) -> ledger.byOperation.of(operation).limit(limit));
        ledger.nextBin();
    }

    private void latency(String name, RunMetrics ledger, int permille) {
        series.put(name, ledger.recent.size() == 0 ? Series.NO_DATA : ledger.recent.percentile(permille));
    }

    private void count(String name, long count) {
        series.put(name, count - before.getOrDefault(name, 0L));
        before.put(name, count);
    }
}
