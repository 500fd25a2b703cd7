package io.weir.core.admission;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.core.Priority;
import io.weir.core.Reason;
import io.weir.core.Scope;
import io.weir.core.TenantStats;
import io.weir.core.rate.TokenBucket;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** One tenant: its connections, what they hold together, its rate, and the counts of connections that are gone. */
final class Tenant {
    private static final int DIRECT_RESERVATIONS_BEFORE_LEASING = 64;

    final String key;
    final ClientBucket bucket;
    final TokenBucket controlBucket;
    final RetrySlot rateRetries = new RetrySlot();
    final ConcurrentMap<String, Connection> connections = new ConcurrentHashMap<>();
    private final SharedLimit pool;
    private final Global global;

    /** Written under this tenant's monitor, inside {@link Global}'s; read without. */
    private volatile @Nullable CreditLeases leases;

    /** How busy this tenant is, roughly: threads may lose each other's increments. */
    private int directReservations;

    @GuardedBy("this")
    private boolean ended;

    @GuardedBy("this")
    private final Totals departed = new Totals();

    Tenant(String key, Global global, PressureListener listener, long now) {
        this.key = key;
        this.global = global;
        this.bucket = new ClientBucket(now);
        this.controlBucket = new TokenBucket(now);
        this.pool = new SharedLimit(listener, Scope.TENANT, key);
    }

    /** Whether the tenant and the process would let the amount pass now; if not, the permit says why. */
    boolean wouldFit(ActiveConfig activeConfig, Reservation reservation, int messages, long bytes) {
        return fits(activeConfig.tenant, pool, leases != null, reservation, Reason.TENANT_MESSAGES, messages, bytes)
                && fits(
                        activeConfig.global,
                        global.pool,
                        global.hasLeases(),
                        reservation,
                        Reason.GLOBAL_MESSAGES,
                        messages,
                        bytes);
    }

    /**
     * Whether the tenant and the process would let the amount pass if so much less were held; true if leases leave
     * that open.
     */
    boolean fitsWithout(ActiveConfig activeConfig, long fewer, int messages, long bytes) {
        return (leases != null || activeConfig.tenant.fits(Amount.minus(pool.taken(), fewer), messages, bytes))
                && (global.hasLeases()
                        || activeConfig.global.fits(Amount.minus(global.pool.taken(), fewer), messages, bytes));
    }

    /** The scope whose pressure sheds a message of that priority, or null. */
    @Nullable
    Scope shedding(ActiveConfig activeConfig, Priority priority) {
        if (pool.isShedding(activeConfig.tenant, pool.taken(), priority)) {
            return Scope.TENANT;
        }
        return global.pool.isShedding(activeConfig.global, global.pool.taken(), priority) ? Scope.GLOBAL : null;
    }

    long taken() {
        return pool.taken();
    }

    long takenOfAll() {
        return global.pool.taken();
    }

    /**
     * A pool that looks full may only look so for credit that lies leased: that is for {@link #reserve} to find out. The
     * pool is read again, since leases that were revoked just now gave their credit back before they went.
     */
    private static boolean fits(
            Limit limit,
            SharedLimit pool,
            boolean leased,
            Reservation reservation,
            Reason reason,
            int messages,
            long bytes) {
        if (leased || limit.fits(pool.taken(), messages, bytes)) {
            return true;
        }
        long taken = pool.taken();
        if (limit.fits(taken, messages, bytes)) {
            return true;
        }
        reservation.reject(reason, limit, taken, messages, bytes);
        return false;
    }

    /** Takes the amount from the tenant and the process, or from neither; then the permit says why. */
    boolean reserve(ActiveConfig activeConfig, Reservation reservation, int messages, long bytes) {
        CreditLeases current = leases;
        if (current != null && current.activeConfig == activeConfig) {
            return current.spend(messages, bytes)
                    || (refill(current) && current.spend(messages, bytes))
                    || reserveDirectly(activeConfig, reservation, messages, bytes);
        }
        if (current != null) {
            global.revoke(this);
        }
        if (++directReservations >= DIRECT_RESERVATIONS_BEFORE_LEASING) {
            directReservations = 0;
            global.lease(this, activeConfig);
        }
        return reserveDirectly(activeConfig, reservation, messages, bytes);
    }

    private boolean reserveDirectly(ActiveConfig activeConfig, Reservation reservation, int messages, long bytes) {
        if (!pool.take(activeConfig.tenant, messages, bytes)) {
            if (leases != null) {
                global.revoke(this);
            }
            if (!pool.take(activeConfig.tenant, messages, bytes)) {
                reservation.reject(Reason.TENANT_MESSAGES, activeConfig.tenant, pool.taken(), messages, bytes);
                return false;
            }
        }
        if (!global.take(activeConfig, reservation, messages, bytes)) {
            pool.giveBack(activeConfig.tenant, Amount.of(messages, bytes));
            return false;
        }
        return true;
    }

    /** Gives back to the tenant and the process what was reserved. */
    void release(ActiveConfig activeConfig, long amount) {
        CreditLeases current = leases;
        if (current == null || !current.giveBack(amount)) {
            global.pool.giveBack(activeConfig.global, amount);
            pool.giveBack(activeConfig.tenant, amount);
        }
    }

    private boolean refill(CreditLeases current) {
        if (!CreditLeases.isCalm(current.activeConfig.tenant, pool)) {
            return false;
        }
        synchronized (this) {
            if (leases == current) {
                current.refill(pool, global.pool);
            }
            return true;
        }
    }

    /** Begins to lease under that active configuration, if it is calm enough. Called by {@link Global} alone. */
    synchronized boolean beginLeasing(ActiveConfig activeConfig) {
        if (ended || leases != null || !CreditLeases.isCalm(activeConfig.tenant, pool)) {
            return false;
        }
        leases = CreditLeases.under(activeConfig);
        return leases != null;
    }

    /** Revokes what is leased; when {@link #leases} reads null, the pools have it back. Called by {@link Global} alone. */
    synchronized void endLeasing() {
        CreditLeases current = leases;
        if (current != null) {
            current.revoke(pool, global.pool);
            leases = null;
        }
    }

    boolean isLeasing() {
        return leases != null;
    }

    /** Credit that is leased and not spent, as an {@link Amount}. */
    long unspent() {
        CreditLeases current = leases;
        return current == null ? 0 : current.unspent();
    }

    /** Bounds what its buckets and those of its connections are owed by what they can hold now. */
    void boundDebt(ActiveConfig activeConfig, long now) {
        bucket.boundDebt(activeConfig.tenantRate, now);
        controlBucket.boundDebt(activeConfig.tenantControlRate, now);
        connections.values().forEach(connection -> connection.boundDebt(activeConfig, now));
    }

    /** What the limits count now: never more than they allow, since credit in leases is subtracted last. */
    synchronized long pending() {
        return minusAtMost(pool.taken(), unspent());
    }

    static long minusAtMost(long taken, long unspent) {
        return Amount.of(
                Math.max(0, Amount.messages(taken) - Amount.messages(unspent)),
                Math.max(0, Amount.bytes(taken) - Amount.bytes(unspent)));
    }

    /** The connection of that key, made if there is none. Never one that is being retired: that has the monitor. */
    synchronized Connection connectionNow(String connectionKey, PressureListener listener, long now) {
        return connections.computeIfAbsent(connectionKey, k -> {
            global.connections.incrementAndGet();
            return new Connection(this, k, listener, now);
        });
    }

    /** Forgets a connection that has been idle and holds nothing, and keeps its counts; false if it is in use. */
    synchronized boolean forgetIfIdle(Connection connection, long now, long idleNanos) {
        if (!connection.retire(now, idleNanos)) {
            return false;
        }
        connection.sealInto(departed);
        connections.remove(connection.key(), connection);
        global.connections.decrementAndGet();
        return true;
    }

    /** The counts of all connections that this tenant ever had. */
    synchronized Totals totals() {
        Totals totals = new Totals();
        totals.add(departed);
        connections.values().forEach(connection -> connection.addAllTo(totals));
        return totals;
    }

    TenantStats stats() {
        return new TenantStats(key, connections.size(), Amount.count(pending()), totals().toFlow());
    }

    /** Ends this tenant if nothing but its counts is lost with it; these are added to {@code totals}. */
    synchronized boolean endIfIdle(long now, Totals totals) {
        ended = connections.isEmpty()
                && leases == null
                && pool.taken() == 0
                && bucket.isFull(now)
                && controlBucket.isFull(now)
                && rateRetries.isOver(now);
        if (ended) {
            totals.add(departed);
        }
        return ended;
    }
}
