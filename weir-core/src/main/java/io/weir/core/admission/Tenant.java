package io.weir.core.admission;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.core.Priority;
import io.weir.core.Scope;
import io.weir.core.rate.TokenBucket;
import io.weir.core.state.State;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The limits of one tenant: what its connections hold together, its rates, and the credit that it leases. Thread-safe. */
final class Tenant implements Leaseholder {
    private static final int DIRECT_RESERVATIONS_BEFORE_LEASING = 64;

    final String key;
    final ClientBucket bucket;
    final TokenBucket controlBucket;
    final RetrySlot rateRetries = new RetrySlot();
    private final SharedLimit pool;
    private final Global global;

    /** Written under this tenant's monitor, inside {@link Global}'s; read without. */
    private volatile @Nullable CreditLeases leases;

    /** How busy this tenant is, roughly: threads may lose each other's increments. */
    private int directReservations;

    @GuardedBy("this")
    private boolean ended;

    Tenant(String key, Global global, PressureListener listener, long now) {
        this.key = key;
        this.global = global;
        this.bucket = new ClientBucket(now);
        this.controlBucket = new TokenBucket(now);
        this.pool = new SharedLimit(listener, Scope.TENANT, key);
    }

    /** What the tenant holds if the amount does not fit beside it now; {@link Amount#NONE} if it fits. */
    long heldIfFull(ActiveConfig activeConfig, int messages, long bytes) {
        return heldIfFull(activeConfig.tenant, pool, leases != null, messages, bytes);
    }

    /** What the process holds if the amount does not fit beside it now; {@link Amount#NONE} if it fits. */
    long heldIfGlobalFull(ActiveConfig activeConfig, int messages, long bytes) {
        return heldIfFull(activeConfig.global, global.pool, global.hasLeases(), messages, bytes);
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
    private static long heldIfFull(Limit limit, SharedLimit pool, boolean leased, int messages, long bytes) {
        if (leased || limit.fits(pool.taken(), messages, bytes)) {
            return Amount.NONE;
        }
        long taken = pool.taken();
        return limit.fits(taken, messages, bytes) ? Amount.NONE : taken;
    }

    /** Takes the amount from the tenant and the process, or from neither; returns null then, else the scope that is full. */
    @Nullable
    Scope reserve(ActiveConfig activeConfig, int messages, long bytes) {
        CreditLeases current = leases;
        if (current != null && current.activeConfig == activeConfig) {
            return current.spend(messages, bytes) || (refill(current) && current.spend(messages, bytes))
                    ? null
                    : reserveDirectly(activeConfig, messages, bytes);
        }
        if (current != null) {
            global.revoke(this);
        }
        if (++directReservations >= DIRECT_RESERVATIONS_BEFORE_LEASING) {
            directReservations = 0;
            global.lease(this, activeConfig);
        }
        return reserveDirectly(activeConfig, messages, bytes);
    }

    private @Nullable Scope reserveDirectly(ActiveConfig activeConfig, int messages, long bytes) {
        if (!pool.take(activeConfig.tenant, messages, bytes)) {
            if (leases != null) {
                global.revoke(this);
            }
            if (!pool.take(activeConfig.tenant, messages, bytes)) {
                return Scope.TENANT;
            }
        }
        if (!global.take(activeConfig, messages, bytes)) {
            pool.giveBack(activeConfig.tenant, Amount.of(messages, bytes));
            return Scope.GLOBAL;
        }
        return null;
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

    @Override
    public synchronized boolean beginLeasing(ActiveConfig activeConfig) {
        if (ended || leases != null || !CreditLeases.isCalm(activeConfig.tenant, pool)) {
            return false;
        }
        leases = CreditLeases.under(activeConfig);
        return leases != null;
    }

    @Override
    public synchronized void endLeasing() {
        CreditLeases current = leases;
        if (current != null) {
            current.revoke(pool, global.pool);
            leases = null;
        }
    }

    boolean isLeasing() {
        return leases != null;
    }

    @Override
    public long unspent() {
        CreditLeases current = leases;
        return current == null ? 0 : current.unspent();
    }

    /** Bounds what its buckets are owed by what they can hold now. */
    void boundDebt(ActiveConfig activeConfig, long now) {
        bucket.boundDebt(activeConfig.tenantRate, now);
        controlBucket.boundDebt(activeConfig.tenantControlRate, now);
    }

    /** What the limits count now: never more than they allow, since credit in leases is subtracted last. */
    synchronized long pending() {
        return Amount.minusAtMost(pool.taken(), unspent());
    }

    /** Ends this tenant if nothing is lost with it: it leases nothing from now on. */
    synchronized boolean endIfIdle(long now) {
        ended = leases == null
                && pool.taken() == 0
                && bucket.isFull(now)
                && controlBucket.isFull(now)
                && rateRetries.isOver(now);
        return ended;
    }

    /** Takes an amount that was admitted before, whatever the limits are now. */
    void resume(Limit unlimited, long amount) {
        pool.takeQuietly(unlimited, Amount.messages(amount), Amount.bytes(amount));
        global.pool.takeQuietly(unlimited, Amount.messages(amount), Amount.bytes(amount));
    }

    /** Whether a new tenant in its place would decide the same. */
    boolean isAsNew(long now) {
        return pool.taken() == 0 && !pool.isRaised() && bucket.isFull(now) && rateRetries.isOver(now);
    }

    /** Names all fields but statistics, the control lane, and what is pending. */
    void state(State state, Map<String, Object> upstreams, long now) {
        pool.pressure(state);
        bucket.state(state, upstreams, now);
        rateRetries.state(state, now);
    }
}
