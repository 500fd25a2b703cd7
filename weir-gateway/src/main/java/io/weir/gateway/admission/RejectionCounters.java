package io.weir.gateway.admission;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts rejected messages by upstream, reason and tenant until somebody reports them. Bounded: there is one counter for
 * each upstream and reason, and each knows {@value #MAX_TENANTS} tenants and counts all others as one. Thread-safe; each
 * message is reported exactly once.
 */
public final class RejectionCounters {
    static final int MAX_TENANTS = 256;
    /** Stands for all tenants beyond the bound. */
    static final String OTHER_TENANTS = "(others)";

    private final Map<Key, Counter> counters = new ConcurrentHashMap<>();

    private record Key(String upstream, String reason) {}

    /**
     * What was rejected since the last report.
     *
     * @param upstream the name of the upstream that the messages were for
     * @param reason why, such as {@code connection_messages}
     * @param messages how many messages were rejected
     * @param nanos over how long, in nanoseconds; 0 where it is the first report
     * @param tenant the tenant with the most rejected messages
     * @param ofTenant how many of them were that tenant's
     */
    public record Report(String upstream, String reason, long messages, long nanos, String tenant, long ofTenant) {}

    private static final class Counter {
        private final AtomicLong messages = new AtomicLong();
        private final Map<String, AtomicLong> tenants = new ConcurrentHashMap<>();
        /** Read and written by the reporting thread alone. */
        private long reportedAt;

        private boolean reported;

        void count(String tenant, int rejected) {
            AtomicLong known = tenants.get(tenant);
            if (known == null) {
                String name = tenants.size() < MAX_TENANTS ? tenant : OTHER_TENANTS;
                known = tenants.computeIfAbsent(name, n -> new AtomicLong());
            }
            known.addAndGet(rejected);
            messages.addAndGet(rejected);
        }
    }

    /** Counts messages that were rejected; may be called on any thread. */
    void count(String upstream, String reason, String tenant, int messages) {
        counters.computeIfAbsent(new Key(upstream, reason), key -> new Counter())
                .count(tenant, messages);
    }

    /**
     * What was rejected since it was last reported, for every upstream and reason whose last report is at least that old.
     * To be called by one thread at a time.
     *
     * @param now nanoseconds of the monotonic clock
     * @param intervalNanos how long to wait between two reports of the same upstream and reason
     */
    public List<Report> take(long now, long intervalNanos) {
        List<Report> reports = new ArrayList<>();
        counters.forEach((key, counter) -> {
            boolean due = !counter.reported || now - counter.reportedAt >= intervalNanos;
            long messages = due ? counter.messages.getAndSet(0) : 0;
            if (messages > 0) {
                reports.add(report(key, counter, messages, now));
            }
        });
        reports.sort(Comparator.comparing(Report::upstream).thenComparing(Report::reason));
        return reports;
    }

    private static Report report(Key key, Counter counter, long messages, long now) {
        long nanos = counter.reported ? now - counter.reportedAt : 0;
        counter.reported = true;
        counter.reportedAt = now;
        String most = OTHER_TENANTS;
        long ofMost = 0;
        for (Map.Entry<String, AtomicLong> tenant : counter.tenants.entrySet()) {
            long rejected = tenant.getValue().getAndSet(0);
            if (rejected > ofMost
                    || (rejected == ofMost && rejected > 0 && tenant.getKey().compareTo(most) < 0)) {
                most = tenant.getKey();
                ofMost = rejected;
            }
        }
        return new Report(key.upstream, key.reason, messages, nanos, most, Math.min(ofMost, messages));
    }
}
