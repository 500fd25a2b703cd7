package io.weir.gateway.admission;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts rejected messages by upstream, reason and tenant, for readers who report them. Bounded: there is one counter
 * for each upstream and reason, and each knows {@value #MAX_TENANTS} tenants and counts all others as one. Thread-safe;
 * each reader gets each message exactly once.
 */
public final class RejectionCounters {
    static final int MAX_TENANTS = 256;
    /** Stands for all tenants beyond the bound. */
    public static final String OTHER_TENANTS = "(others)";

    private final Map<Key, Counter> counters = new ConcurrentHashMap<>();

    private record Key(String upstream, String reason) {}

    /**
     * Rejected messages of one tenant.
     *
     * @param tenant its key, or {@link #OTHER_TENANTS}
     * @param messages how many, at least 1
     */
    public record TenantRejections(String tenant, long messages) {}

    /**
     * What was rejected since the last report.
     *
     * @param upstream the name of the upstream that the messages were for
     * @param reason why, such as {@code connection_messages}
     * @param messages how many messages were rejected
     * @param nanos over how long, in nanoseconds; 0 where it is the first report
     * @param tenants whose they were, most first
     */
    public record Report(String upstream, String reason, long messages, long nanos, List<TenantRejections> tenants) {
        /** The tenant with the most rejected messages. */
        public String tenant() {
            return tenants.isEmpty() ? OTHER_TENANTS : tenants.get(0).tenant();
        }

        /** How many of them were that tenant's. */
        public long ofTenant() {
            return tenants.isEmpty() ? 0 : Math.min(messages, tenants.get(0).messages());
        }
    }

    private static final class Counter {
        private final AtomicLong messages = new AtomicLong();
        private final Map<String, AtomicLong> tenants = new ConcurrentHashMap<>();

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

    /** Forgets what was counted of an upstream that was removed. */
    public void forget(String upstream) {
        counters.keySet().removeIf(key -> key.upstream.equals(upstream));
    }

    /** Another reader, who gets what was ever rejected. */
    public Reader reader() {
        return new Reader();
    }

    /** Reports what was rejected, independently of other readers. To be used by one thread at a time. */
    public final class Reader {
        private final Map<Key, Seen> seen = new HashMap<>();

        private Reader() {}

        /**
         * What was rejected since it was last reported, for every upstream and reason whose last report is at least
         * that old.
         *
         * @param now nanoseconds of the monotonic clock
         * @param intervalNanos how long to wait between two reports of the same upstream and reason
         */
        public List<Report> take(long now, long intervalNanos) {
            List<Report> reports = new ArrayList<>();
            seen.keySet().retainAll(counters.keySet());
            counters.forEach((key, counter) -> {
                Seen last = seen.get(key);
                if (last == null || last.counter != counter) {
                    last = new Seen(counter);
                    seen.put(key, last);
                }
                boolean due = !last.reported || now - last.reportedAt >= intervalNanos;
                long messages = counter.messages.get() - last.messages;
                if (due && messages > 0) {
                    reports.add(last.report(key, messages, now));
                }
            });
            reports.sort(Comparator.comparing(Report::upstream).thenComparing(Report::reason));
            return reports;
        }
    }

    /** What a reader has been given. */
    private static final class Seen {
        private final Counter counter;
        private final Map<String, Long> tenants = new HashMap<>();
        private long messages;
        private long reportedAt;
        private boolean reported;

        Seen(Counter counter) {
            this.counter = counter;
        }

        Report report(Key key, long rejected, long now) {
            long nanos = reported ? now - reportedAt : 0;
            reported = true;
            reportedAt = now;
            messages += rejected;
            List<TenantRejections> most = new ArrayList<>();
            counter.tenants.forEach((tenant, count) -> {
                long all = count.get();
                long before = tenants.getOrDefault(tenant, 0L);
                if (all > before) {
                    tenants.put(tenant, all);
                    most.add(new TenantRejections(tenant, all - before));
                }
            });
            most.sort(Comparator.comparingLong((TenantRejections each) -> -each.messages())
                    .thenComparing(TenantRejections::tenant));
            return new Report(key.upstream, key.reason, rejected, nanos, List.copyOf(most));
        }
    }
}
