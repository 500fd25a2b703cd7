package io.weir.sim.replay;

import io.weir.core.Outcome;
import io.weir.sim.engine.Bins;
import io.weir.sim.engine.Samples;
import io.weir.sim.run.Breakdown;
import io.weir.sim.run.Peaks;
import io.weir.sim.run.Series;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Counts what becomes of offers, in the order of time, whether it was logged or is replayed. Not thread-safe. */
final class Tracker {
    private static final int MEDIAN = 500;
    private static final int P95 = 950;
    private static final int P99 = 990;

    private final SortedMap<String, Long> counts = new TreeMap<>();
    private final SortedMap<String, SortedMap<String, Long>> byReason = new TreeMap<>();
    private final SortedMap<String, Long> completedByOperation = new TreeMap<>();
    private final SortedMap<String, Long> completedByTenant = new TreeMap<>();
    private final Samples waits = new Samples();
    private final Samples latencies = new Samples();
    private final Samples recent = new Samples();
    private final Map<String, Long> before = new HashMap<>();
    private final Map<String, Pending> connections = new HashMap<>();
    private final Map<String, Pending> tenants = new HashMap<>();
    private final Pending all = new Pending();
    private final Pending ofConnections = new Pending();
    private final Pending ofTenants = new Pending();
    private final History history;
    private final Bins bins;
    private final Series series;
    private final Breakdown byTenant;
    private final Breakdown byOperation;
    private final Breakdown byQueue;
    private final Runnable gauges;
    private long queued;
    private long inFlight;
    private long maxInBin;
    private long maxBytesInBin;
    private long openOperations;

    /** What is pending at one place; the most there ever was, where it is kept for the largest of several places. */
    private static final class Pending {
        private long messages;
        private long bytes;
        private long maxMessages;
        private long maxBytes;

        void add(long moreMessages, long moreBytes) {
            messages += moreMessages;
            bytes += moreBytes;
            atLeast(this);
        }

        void atLeast(Pending other) {
            maxMessages = Math.max(maxMessages, other.messages);
            maxBytes = Math.max(maxBytes, other.bytes);
        }
    }

    /**
     * Nothing has happened yet.
     *
     * @param history that is tracked
     * @param gauges sets the limits of the bin that is about to end
     */
    Tracker(History history, Runnable gauges) {
        this.history = history;
        this.bins = history.bins();
        this.gauges = gauges;
        this.series = new Series(bins);
        this.byTenant = new Breakdown(bins);
        this.byOperation = new Breakdown(bins);
        this.byQueue = new Breakdown(bins);
    }

    /** Time passes; called before what happens then. Only {@link #finish} ends the last bin. */
    void advance(long now) {
        while (series.rows() < bins.count() - 1 && bins.end(series.rows()) <= now) {
            sample();
        }
    }

    /** The log is over: what happens from now on is counted, and is in no bin. */
    void finish() {
        while (series.rows() < bins.count()) {
            sample();
        }
    }

    private void sample() {
        gauges.run();
        series.next();
        series.put("queued", queued);
        series.put("in flight", inFlight);
        series.put("bytes", all.bytes);
        series.put("most pending", maxInBin);
        series.put("most bytes", maxBytesInBin);
        series.put("open operations", openOperations);
        openOperations = 0;
        bin("offered", count("offered"));
        bin("admitted", count("admitted"));
        bin("rejected", rejected());
        bin("in time", count("in time"));
        latency("latency p50", MEDIAN);
        latency("latency p95", P95);
        latency("latency p99", P99);
        reasons().forEach((reason, count) -> bin("reason " + reason, count));
        recent.clear();
        byTenant.next();
        byOperation.next();
        byQueue.next();
        maxInBin = all.messages;
        maxBytesInBin = all.bytes;
    }

    private void latency(String name, int permille) {
        series.put(name, recent.size() == 0 ? Series.NO_DATA : recent.percentile(permille));
    }

    private void bin(String name, long count) {
        series.put(name, count - before.getOrDefault(name, 0L));
        before.put(name, count);
    }

    private void add(String what, LoggedOffer past) {
        counts.merge(what, (long) past.messages, Long::sum);
    }

    private void offered(LoggedOffer past) {
        add("offered", past);
        byTenant.of(past.tenant).offered(past.messages);
        operation(past).offered(past.messages);
    }

    private Breakdown.Line operation(LoggedOffer past) {
        return byOperation.of(history.operation(past.queue, past.work));
    }

    void rejected(LoggedOffer past, String decision, String reason) {
        offered(past);
        add(decision, past);
        byTenant.of(past.tenant).rejected(past.messages);
        operation(past).rejected(past.messages);
        byReason.computeIfAbsent(decision, unknown -> new TreeMap<>()).merge(reason, (long) past.messages, Long::sum);
    }

    void admitted(LoggedOffer past) {
        offered(past);
        add("admitted", past);
        queued += past.messages;
        pending(past, 1);
    }

    private void pending(LoggedOffer past, int sign) {
        long messages = (long) sign * past.messages;
        long bytes = sign * past.bytes;
        all.add(messages, bytes);
        maxInBin = Math.max(maxInBin, all.messages);
        maxBytesInBin = Math.max(maxBytesInBin, all.bytes);
        pending(connections, past.tenant + '\n' + past.connection, ofConnections, messages, bytes);
        pending(tenants, past.tenant, ofTenants, messages, bytes);
    }

    private static void pending(Map<String, Pending> places, String key, Pending most, long messages, long bytes) {
        Pending place = places.computeIfAbsent(key, unknown -> new Pending());
        place.add(messages, bytes);
        most.atLeast(place);
        if (place.messages == 0) {
            places.remove(key);
        }
    }

    void dispatched(LoggedOffer past, long now) {
        queued -= past.messages;
        inFlight += past.messages;
        waits.add(now - past.at);
    }

    void ended(LoggedOffer past, Outcome outcome, boolean wasInFlight, long now) {
        if (wasInFlight) {
            inFlight -= past.messages;
        } else {
            queued -= past.messages;
        }
        pending(past, -1);
        add(outcome.key(), past);
        if (outcome == Outcome.COMPLETED) {
            completedByOperation.merge(past.work, (long) past.messages, Long::sum);
            completedByTenant.merge(past.tenant, (long) past.messages, Long::sum);
            long taken = now - past.at;
            latencies.add(taken);
            recent.add(taken);
            byTenant.of(past.tenant).answered(taken);
            operation(past).answered(taken);
            if (taken <= past.ttl) {
                add("in time", past);
                byTenant.of(past.tenant).inTime(past.messages);
                operation(past).inTime(past.messages);
            }
        }
    }

    /** How many messages a queue may have in flight. */
    void capacity(String queue, int capacity) {
        byQueue.of(queue).limit(capacity);
    }

    /** How many messages of an operation may be in flight in a queue. */
    void limit(String queue, String operation, int limit) {
        byOperation.of(history.operation(queue, operation)).limit(limit);
    }

    /** So many more operations of tenants are left alone while their upstream is not. */
    void openOperations(int operations) {
        openOperations += operations;
    }

    long count(String what) {
        return counts.getOrDefault(what, 0L);
    }

    /** Messages that were not admitted. */
    long rejected() {
        return count("offered") - count("admitted");
    }

    /** Rejected messages by reason. */
    SortedMap<String, Long> reasons() {
        SortedMap<String, Long> reasons = new TreeMap<>();
        byReason.values().forEach(each -> each.forEach((reason, count) -> reasons.merge(reason, count, Long::sum)));
        return reasons;
    }

    /** Rejected messages by reason, of one decision. */
    SortedMap<String, Long> reasons(String decision) {
        return byReason.getOrDefault(decision, new TreeMap<>());
    }

    SortedMap<String, Long> completedByOperation() {
        return completedByOperation;
    }

    SortedMap<String, Long> completedByTenant() {
        return completedByTenant;
    }

    Samples waits() {
        return waits;
    }

    Samples latencies() {
        return latencies;
    }

    Peaks peaks() {
        return new Peaks(
                all.maxMessages,
                all.maxBytes,
                ofConnections.maxMessages,
                ofConnections.maxBytes,
                ofTenants.maxMessages,
                ofTenants.maxBytes);
    }

    Series series() {
        return series;
    }

    Breakdown byTenant() {
        return byTenant;
    }

    Breakdown byOperation() {
        return byOperation;
    }

    Breakdown byQueue() {
        return byQueue;
    }
}
