package io.weir.core.admission;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.core.TenantStats;
import io.weir.core.admission.ActiveConfig.TenantRules;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The connections of one tenant, and the counts of those that are gone. Thread-safe. */
final class TenantConnections {
    final Tenant tenant;
    private final ConcurrentMap<String, Connection> connections = new ConcurrentHashMap<>();

    /** How many connections are known, in all tenants. */
    private final AtomicInteger known;

    @GuardedBy("this")
    private final Totals departed = new Totals();

    /**
     * Which tenant this is where only a bounded number is told apart; {@link TenantPlaces#NONE} for one of the others.
     */
    final int place;

    /** Whether this tenant is forgotten: its counts are the registry's then. */
    @GuardedBy("this")
    private boolean ended;

    TenantConnections(Tenant tenant, int place, AtomicInteger known) {
        this.tenant = tenant;
        this.place = place;
        this.known = known;
    }

    @Nullable
    Connection find(String key) {
        return connections.get(key);
    }

    Collection<Connection> all() {
        return connections.values();
    }

    /** The connection of that key, made if there is none. Never one that is being retired: that has the monitor. */
    synchronized Connection findOrMake(String key, PressureListener listener, long now) {
        return connections.computeIfAbsent(key, k -> {
            known.incrementAndGet();
            return new Connection(tenant, k, listener, now);
        });
    }

    /**
     * Forgets a connection that has been idle and holds nothing, and keeps its counts; false if it is in use, or
     * another clean-up has forgotten it meanwhile.
     */
    synchronized boolean forgetIfIdle(Connection connection, long now, long idleNanos) {
        if (connection.isRetired() || !connection.retire(now, idleNanos)) {
            return false;
        }
        connection.sealInto(departed);
        connections.remove(connection.key(), connection);
        known.decrementAndGet();
        return true;
    }

    /** Bounds what the buckets of the tenant and of its connections are owed by what they can hold now. */
    void boundDebt(ActiveConfig activeConfig, long now) {
        TenantRules rules = tenant.rules(activeConfig);
        tenant.boundDebt(rules, now);
        connections.values().forEach(connection -> connection.boundDebt(rules, now));
    }

    /** The counts of all connections that the tenant ever had. */
    Totals totals() {
        return totals(connection -> {});
    }

    /** As {@link #totals()}, and looks at each connection that there is. */
    synchronized Totals totals(Consumer<Connection> also) {
        Totals totals = new Totals();
        if (ended) {
            return totals;
        }
        totals.add(departed);
        connections.values().forEach(connection -> {
            connection.addAllTo(totals);
            also.accept(connection);
        });
        return totals;
    }

    TenantStats stats() {
        return stats(totals());
    }

    /** A snapshot with those counts. */
    TenantStats stats(Totals totals) {
        return new TenantStats(tenant.key, connections.size(), Amount.count(tenant.pending()), totals.toFlow());
    }

    /** Ends the tenant, once, if nothing but its counts is lost with it; these are added to {@code totals}. */
    synchronized boolean endIfIdle(long now, Totals totals) {
        if (ended || !connections.isEmpty() || !tenant.endIfIdle(now)) {
            return false;
        }
        ended = true;
        totals.add(departed);
        return true;
    }
}
