package io.weir.gateway.ops;

import io.weir.gateway.admission.RejectionCounters;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;

/**
 * Since when messages of an upstream are rejected for a reason, how many, and whose. Such an incident has ended when
 * there were none for half a minute. Not thread-safe.
 */
final class Incidents {
    /** After this long without a rejection an incident has ended. */
    static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** How many of those that have ended are kept. */
    static final int MAX_ENDED = 20;

    private static final int MAX_TENANTS = 5;
    private static final int RECENT = 10;

    private final LongFunction<List<RejectionCounters.Report>> rejections;
    private final Map<Key, Open> open = new LinkedHashMap<>();
    private final Deque<Incident> ended = new ArrayDeque<>();

    /** @param rejections what was rejected since the last call, given nanoseconds of the monotonic clock */
    Incidents(LongFunction<List<RejectionCounters.Report>> rejections) {
        this.rejections = rejections;
    }

    private record Key(String upstream, String reason) {}

    /**
     * An incident.
     *
     * @param upstream whose messages are rejected
     * @param reason why
     * @param since its first rejection, in milliseconds since 1970
     * @param last its last one so far
     * @param messages how many it has rejected
     * @param lately how many of them in the last ten calls of {@link #look}, at most
     * @param tenants whose they were, most first, at most five
     * @param tenantsLately whose those of {@code lately} were, most first, at most five
     */
    record Incident(
            String upstream,
            String reason,
            long since,
            long last,
            long messages,
            long lately,
            List<RejectionCounters.TenantRejections> tenants,
            List<RejectionCounters.TenantRejections> tenantsLately) {}

    private static final class Open {
        private final long since;
        private final long[] recent = new long[RECENT];
        private final List<Map<String, Long>> recentTenants = new ArrayList<>();
        private final Map<String, Long> tenants = new HashMap<>();
        private long last;
        private long lastNanos;
        private long messages;

        Open(long since) {
            this.since = since;
            for (int i = 0; i < RECENT; i++) {
                recentTenants.add(new HashMap<>());
            }
        }

        void forget(int slot) {
            recent[slot] = 0;
            recentTenants.get(slot).clear();
        }

        void add(int slot, RejectionCounters.Report report) {
            messages += report.messages();
            recent[slot] += report.messages();
            report.tenants().forEach(each -> {
                tenants.merge(each.tenant(), each.messages(), Long::sum);
                recentTenants.get(slot).merge(each.tenant(), each.messages(), Long::sum);
            });
        }

        Incident shown(Key key) {
            long lately = 0;
            for (long each : recent) {
                lately += each;
            }
            Map<String, Long> tenantsLately = new HashMap<>();
            recentTenants.forEach(slot -> slot.forEach((tenant, n) -> tenantsLately.merge(tenant, n, Long::sum)));
            return new Incident(
                    key.upstream, key.reason, since, last, messages, lately, most(tenants), most(tenantsLately));
        }

        private static List<RejectionCounters.TenantRejections> most(Map<String, Long> tenants) {
            return tenants.entrySet().stream()
                    .map(each -> new RejectionCounters.TenantRejections(each.getKey(), each.getValue()))
                    .sorted(Comparator.comparingLong((RejectionCounters.TenantRejections each) -> -each.messages())
                            .thenComparing(RejectionCounters.TenantRejections::tenant))
                    .limit(MAX_TENANTS)
                    .toList();
        }
    }

    /**
     * Takes up what was rejected since the last call. To be called once a second.
     *
     * @param nanos nanoseconds of the monotonic clock
     * @param call how many calls there were before
     * @return how many messages were rejected, by reason
     */
    Map<String, Long> look(long nanos, long epochMillis, long call) {
        int slot = (int) (call % RECENT);
        open.values().forEach(each -> each.forget(slot));
        Map<String, Long> byReason = new LinkedHashMap<>();
        for (RejectionCounters.Report report : rejections.apply(nanos)) {
            Open incident =
                    open.computeIfAbsent(new Key(report.upstream(), report.reason()), key -> new Open(epochMillis));
            incident.last = epochMillis;
            incident.lastNanos = nanos;
            incident.add(slot, report);
            byReason.merge(report.reason(), report.messages(), Long::sum);
        }
        for (Iterator<Map.Entry<Key, Open>> all = open.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<Key, Open> each = all.next();
            if (nanos - each.getValue().lastNanos >= QUIET_NANOS) {
                all.remove();
                if (ended.size() == MAX_ENDED) {
                    ended.removeLast();
                }
                ended.addFirst(each.getValue().shown(each.getKey()));
            }
        }
        return byReason;
    }

    /** Those that have not ended, most rejected lately first. */
    List<Incident> current() {
        List<Incident> current = new ArrayList<>();
        open.forEach((key, incident) -> current.add(incident.shown(key)));
        current.sort(Comparator.comparingLong((Incident each) -> -each.lately())
                .thenComparing(Incident::upstream)
                .thenComparing(Incident::reason));
        return current;
    }

    /** Those that have ended, the last one first. */
    List<Incident> ended() {
        return List.copyOf(ended);
    }
}
