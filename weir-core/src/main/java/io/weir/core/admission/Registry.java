package io.weir.core.admission;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.core.ConnectionOrder;
import io.weir.core.ConnectionPage;
import io.weir.core.ConnectionPending;
import io.weir.core.ConnectionStats;
import io.weir.core.Count;
import io.weir.core.GlobalStats;
import io.weir.core.LargestPending;
import io.weir.core.Survey;
import io.weir.core.TenantBreakdown;
import io.weir.core.TenantStats;
import io.weir.core.state.State;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The tenants and connections that are known. A connection is made inside the map entry of its tenant, and a tenant is
 * forgotten there too, so that no connection is ever made in a tenant that is gone. Thread-safe.
 */
final class Registry {
    private static final long SWEEP_INTERVAL_NANOS = 100_000_000;

    private final ConcurrentMap<String, TenantConnections> tenants = new ConcurrentHashMap<>();
    private final Global global;
    private final PressureListener listener;

    /** How many connections are known, in all tenants. */
    private final AtomicInteger known = new AtomicInteger();

    @GuardedBy("this")
    private final Totals departed = new Totals();

    private final TenantPlaces places = new TenantPlaces();

    /** Taken before all other locks. */
    private final Object sweeping = new Object();

    @GuardedBy("sweeping")
    private boolean swept;

    @GuardedBy("sweeping")
    private long lastSwept;

    Registry(Global global, PressureListener listener) {
        this.global = global;
        this.listener = listener;
    }

    Connection findOrMake(String tenantKey, String key, long now) {
        Connection found = find(tenantKey, key);
        return found == null || found.isRetired() ? make(tenantKey, key, now) : found;
    }

    @Nullable
    Connection find(String tenantKey, String key) {
        TenantConnections tenant = tenants.get(tenantKey);
        return tenant == null ? null : tenant.find(key);
    }

    @Nullable
    TenantConnections tenant(String tenantKey) {
        return tenants.get(tenantKey);
    }

    /**
     * As {@link #findOrMake}, but none is made if {@code most} or more are known and all of these hold something. Those
     * that hold nothing are forgotten for it, in one pass over all at most every 100 ms: an unknown key does not cost a
     * pass each.
     */
    @Nullable
    Connection findOrMake(String tenantKey, String key, int most, long now) {
        Connection found = find(tenantKey, key);
        if (found != null && !found.isRetired()) {
            return found;
        }
        return known.get() < most || makesRoom(most, now) ? make(tenantKey, key, now) : null;
    }

    private boolean makesRoom(int most, long now) {
        synchronized (sweeping) {
            if (known.get() >= most && (!swept || now - lastSwept >= SWEEP_INTERVAL_NANOS)) {
                swept = true;
                lastSwept = now;
                cleanUp(now, 0);
            }
            return known.get() < most;
        }
    }

    private Connection make(String tenantKey, String key, long now) {
        Connection[] made = new Connection[1];
        tenants.compute(tenantKey, (k, existing) -> {
            TenantConnections tenant = existing == null ? newTenant(tenantKey, now) : existing;
            made[0] = tenant.findOrMake(key, listener, now);
            return tenant;
        });
        return made[0];
    }

    private TenantConnections newTenant(String key, long now) {
        return new TenantConnections(new Tenant(key, global, listener, now), places.take(key), known);
    }

    int cleanUp(long now, long idleNanos) {
        int forgotten = 0;
        for (TenantConnections tenant : tenants.values()) {
            for (Connection connection : tenant.all()) {
                if (tenant.forgetIfIdle(connection, now, idleNanos)) {
                    forgotten++;
                }
            }
            if (tenant.all().isEmpty()) {
                if (tenant.tenant.isLeasing()) {
                    global.revoke(tenant.tenant);
                }
                tenants.computeIfPresent(
                        tenant.tenant.key,
                        (k, existing) -> existing == tenant && endIfIdle(tenant, now) ? null : existing);
            }
        }
        return forgotten;
    }

    /** Wakes the paused connections that a new configuration lets be read again. */
    void wakeDrained(ActiveConfig now) {
        for (TenantConnections tenant : tenants.values()) {
            tenant.all().forEach(connection -> connection.wakeIfDrained(now));
        }
    }

    /**
     * Bounds what all buckets are owed by what they can hold under a new configuration: as of the last time at which
     * anybody offered anything, which is the latest that is known.
     */
    void boundDebts(ActiveConfig activeConfig) {
        boolean any = false;
        long latest = 0;
        for (TenantConnections tenant : tenants.values()) {
            for (Connection connection : tenant.all()) {
                long offered = connection.lastOffered();
                latest = any && offered - latest <= 0 ? latest : offered;
                any = true;
            }
        }
        if (any) {
            boundDebts(activeConfig, latest);
        }
    }

    /** As {@link #boundDebts(ActiveConfig)}, as of that time. */
    void boundDebts(ActiveConfig activeConfig, long now) {
        tenants.values().forEach(tenant -> tenant.boundDebt(activeConfig, now));
    }

    private synchronized boolean endIfIdle(TenantConnections tenant, long now) {
        Totals counts = new Totals();
        if (!tenant.endIfIdle(now, counts)) {
            return false;
        }
        departed.add(counts);
        places.forget(tenant.tenant.key, tenant.place, counts);
        return true;
    }

    /** Tells apart the tenants that have one of the first places. No tenant is forgotten meanwhile. */
    synchronized TenantBreakdown breakdown(int most) {
        int named = Math.min(most, TenantPlaces.MAX);
        TenantPlaces.Departed gone = places.departed(named);
        @Nullable TenantStats[] stats = new @Nullable TenantStats[named];
        Totals others = new Totals();
        others.add(gone.others());
        for (TenantConnections tenant : tenants.values()) {
            Totals totals = tenant.totals();
            // One that came after the places were read is not told apart yet.
            if (tenant.place == TenantPlaces.NONE || tenant.place >= named) {
                others.add(totals);
            } else if (tenant.tenant.key.equals(gone.names()[tenant.place])) {
                Totals before = gone.departed()[tenant.place];
                if (before != null) {
                    totals.add(before);
                }
                stats[tenant.place] = tenant.stats(totals);
            }
        }
        List<TenantStats> known = new ArrayList<>();
        for (int place = 0; place < named; place++) {
            String name = gone.names()[place];
            TenantStats live = stats[place];
            if (live != null) {
                known.add(live);
            } else if (name != null) {
                Totals before = gone.departed()[place];
                known.add(new TenantStats(name, 0, Count.ZERO, (before == null ? new Totals() : before).toFlow()));
            }
        }
        known.sort(Comparator.comparing(TenantStats::tenant));
        return new TenantBreakdown(List.copyOf(known), others.toFlow());
    }

    /** The process, with the counts of all tenants that ever were. */
    GlobalStats globalStats() {
        Totals totals = new Totals();
        int known = 0;
        int connections = 0;
        synchronized (this) { // as survey does
            totals.add(departed);
            for (TenantConnections tenant : tenants.values()) {
                totals.add(tenant.totals());
                known++;
                connections += tenant.all().size();
            }
        }
        return global.stats(known, connections, totals);
    }

    /** Looks at each connection once. */
    Survey survey(ActiveConfig active, int most) {
        Totals totals = new Totals();
        List<TenantStats> known = new ArrayList<>();
        Ranking fullest = new Ranking(most);
        long[] messages = {0};
        long[] ofConnection = {0};
        long ofTenant = -1;
        int connections = 0;
        synchronized (this) { // no tenant ends meanwhile: it would count twice, or not at all
            totals.add(departed);
            for (TenantConnections tenant : tenants.values()) {
                ActiveConfig.TenantRules rules = active.rulesOf(tenant.tenant.key);
                if (rules.limitsPending) {
                    ofTenant = Math.max(ofTenant, rules.tenant.permille(tenant.tenant.pending()));
                }
                Totals own = tenant.totals(connection -> {
                    long pending = connection.pending();
                    messages[0] = Math.max(messages[0], Amount.messages(pending));
                    ofConnection[0] = Math.max(ofConnection[0], rules.connection.permille(pending));
                    fullest.add(connection, Amount.messages(pending));
                });
                totals.add(own);
                TenantStats stats = tenant.stats(own);
                connections += stats.connections();
                known.add(stats);
            }
        }
        known.sort(Comparator.comparing(TenantStats::tenant));
        return new Survey(
                global.stats(known.size(), connections, totals),
                List.copyOf(known),
                new LargestPending(messages[0], ofConnection[0], ofTenant),
                fullest.stats(0));
    }

    /** How pending messages are distributed over the connections. Sorts those alone that have any. */
    ConnectionPending connectionPending(int top) {
        LongStream.Builder messages = LongStream.builder();
        LongStream.Builder bytes = LongStream.builder();
        Ranking fullest = new Ranking(top);
        int all = 0;
        for (TenantConnections tenant : tenants.values()) {
            for (Connection connection : tenant.all()) {
                all++;
                long pending = connection.pending();
                fullest.add(connection, Amount.messages(pending));
                if (pending != 0) {
                    messages.add(Amount.messages(pending));
                    bytes.add(Amount.bytes(pending));
                }
            }
        }
        return new ConnectionPending(all, percentiles(messages, all), percentiles(bytes, all), fullest.stats(0));
    }

    /** @param all how many values there are, those included that are 0 and not given */
    private static ConnectionPending.Percentiles percentiles(LongStream.Builder positive, int all) {
        long[] sorted = positive.build().sorted().toArray();
        return new ConnectionPending.Percentiles(
                nearestRank(sorted, all, 50),
                nearestRank(sorted, all, 90),
                nearestRank(sorted, all, 99),
                nearestRank(sorted, all, 100));
    }

    private static long nearestRank(long[] sorted, int all, int percent) {
        int rank = (int) ((all * (long) percent + 99) / 100);
        int index = rank - 1 - (all - sorted.length);
        return index < 0 ? 0 : sorted[index];
    }

    /** Those of one tenant, or of all. */
    ConnectionPage page(ConnectionOrder order, @Nullable String tenantKey, int from, int most, long now) {
        if (tenantKey == null) {
            return page(order, tenants.values(), from, most, now);
        }
        TenantConnections tenant = tenants.get(tenantKey);
        return page(order, tenant == null ? List.of() : List.of(tenant), from, most, now);
    }

    /** Keeps no more than {@code from + most} at a time, whatever the number of connections. */
    private static ConnectionPage page(
            ConnectionOrder order, Collection<TenantConnections> of, int from, int most, long now) {
        Ranking ranking = new Ranking((long) from + most);
        int total = 0;
        for (TenantConnections tenant : of) {
            for (Connection connection : tenant.all()) {
                total++;
                ranking.add(connection, rank(order, connection, now));
            }
        }
        return new ConnectionPage(total, ranking.stats(from));
    }

    private static long rank(ConnectionOrder order, Connection connection, long now) {
        return switch (order) {
            case MESSAGES -> Amount.messages(connection.pending());
            case BYTES -> Amount.bytes(connection.pending());
            case REJECTED -> connection.rejectedMessages();
            case IDLE -> now - connection.lastOffered();
        };
    }

    private record Ranked(Connection connection, long rank) {
        static final Comparator<Ranked> LEAST_FIRST = Comparator.comparingLong(Ranked::rank)
                .thenComparing(ranked -> ranked.connection.tenant(), Comparator.reverseOrder())
                .thenComparing(ranked -> ranked.connection.key(), Comparator.reverseOrder());
    }

    /**
     * Those of highest rank, then the first by tenant and key. Each is ranked once: what changes meanwhile confuses no
     * order.
     */
    private static final class Ranking {
        private final PriorityQueue<Ranked> top = new PriorityQueue<>(Ranked.LEAST_FIRST);
        private final long most;

        Ranking(long most) {
            this.most = most;
        }

        void add(Connection connection, long rank) {
            Ranked next = new Ranked(connection, rank);
            if (top.size() < most) {
                top.add(next);
            } else if (!top.isEmpty() && Ranked.LEAST_FIRST.compare(next, top.element()) > 0) {
                // Most connections end here, after one comparison.
                top.remove();
                top.add(next);
            }
        }

        /** Snapshots, the highest first, without the first {@code from} of them. */
        List<ConnectionStats> stats(int from) {
            return top.stream()
                    .sorted(Ranked.LEAST_FIRST.reversed())
                    .skip(from)
                    .map(ranked -> ranked.connection.stats())
                    .toList();
        }
    }

    /** Looks through all, in no order, until it has as many. */
    List<Connection> find(Predicate<Connection> wanted, int most) {
        return tenants.values().stream()
                .flatMap(tenant -> tenant.all().stream())
                .filter(wanted)
                .limit(most)
                .toList();
    }

    /** Names tenants and connections that new ones in their place would not do for, in the order of their names. */
    void state(State state, UnaryOperator<String> label, Map<String, Object> upstreams, long now) {
        SortedMap<String, Tenant> ofNote = new TreeMap<>();
        SortedMap<String, Connection> connections = new TreeMap<>();
        tenants.forEach((key, tenant) -> {
            if (!tenant.tenant.isAsNew(now)) {
                ofNote.put(key, tenant.tenant);
            }
            tenant.all().stream()
                    .filter(each -> !each.isAsNew(now))
                    .forEach(each -> connections.put(key + '\n' + label.apply(each.key()), each));
        });
        state.list(
                "tenants",
                ofNote.values(),
                (each, tenant) -> {
                    each.text("tenant", tenant.key);
                    tenant.state(each, upstreams, now);
                },
                each -> tenantOf(Objects.requireNonNull(each.text("tenant", "")), now)
                        .state(each, upstreams, now));
        state.list(
                "connections",
                connections.values(),
                (each, connection) -> {
                    each.text("tenant", connection.tenant());
                    each.text("conn", label.apply(connection.key()));
                    connection.state(each, upstreams, now);
                },
                each -> findOrMake(
                                Objects.requireNonNull(each.text("tenant", "")),
                                Objects.requireNonNull(each.text("conn", "")),
                                now)
                        .state(each, upstreams, now));
    }

    private Tenant tenantOf(String key, long now) {
        return tenants.computeIfAbsent(key, k -> newTenant(key, now)).tenant;
    }
}
