package io.weir.sim.run;

import io.weir.sim.run.Account.Fate;
import java.util.HashMap;
import java.util.Map;

/** Takes a sample of a run at even distances. Rates are messages a second since the last sample. */
final class Recorder {
    private static final long SECOND = 1_000_000_000L;
    private static final int MEDIAN = 500;
    private static final int P99 = 990;

    private final Series series;
    private final Map<String, Long> before = new HashMap<>();

    Recorder(long step) {
        this.series = new Series(step);
    }

    Series series() {
        return series;
    }

    void sample(Ledger ledger, Gate.Gauges gauges) {
        series.next();
        Account total = ledger.total;
        series.put("queued", total.messages(Fate.QUEUED));
        series.put("in flight", total.messages(Fate.IN_FLIGHT));
        series.put("bytes", ledger.pendingBytes());
        series.put("capacity", gauges.capacity());
        series.put("rate permille", gauges.ratePermille());
        rate("offered", total.messages(Fate.OFFERED));
        rate("admitted", total.messages(Fate.ADMITTED));
        rate("in time", total.messages(Fate.GOOD));
        rate("expired", total.messages(Fate.EXPIRED));
        series.put("latency p50", ledger.recent.percentile(MEDIAN));
        series.put("latency p99", ledger.recent.percentile(P99));
        ledger.recent.clear();
        total.byReason().forEach((reason, count) -> rate("reason " + reason, count));
    }

    private void rate(String name, long count) {
        long since = count - before.getOrDefault(name, 0L);
        before.put(name, count);
        series.put(name, since * SECOND / series.step());
    }
}
