package io.weir.core.admission;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.core.Priority;
import io.weir.core.Scope;
import io.weir.core.admission.ActiveConfig.TenantRules;
import io.weir.core.rate.TokenBucket;
import io.weir.core.state.State;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The limits of one tenant: what its connections hold together, its rates, and the credit that it leases. Thread-safe.
 */
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

    /** What it was judged by last; see {@link ActiveConfig.TenantRules}. */
    private @Nullable TenantRules rules;

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

    /** What holds for this tenant under an active configuration: looked up once after each change. */
    TenantRules rules(ActiveConfig activeConfig) {
        TenantRules known = rules;
        if (known == null || known.activeConfig != activeConfig) {
            known = activeConfig.rulesOf(key);
            rules = known;
        }
        return known;
    }

    /** What the tenant holds if the amount does not fit beside it now; {@link Amount#NONE} if it fits. */
    long heldIfFull(TenantRules own, int messages, long bytes) {
        return heldIfFull(own.tenant, pool, leases != null, messages, bytes);
    }

    /** What the process holds if the amount does not fit beside it now; {@link Amount#NONE} if it fits. */
    long heldIfGlobalFull(ActiveConfig activeConfig, int messages, long bytes) {
        return heldIfFull(activeConfig.global, global.pool, global.hasLeases(), messages, bytes);
    }

    /**
     * Whether the tenant and the process would let the amount pass if so much less were held; true if leases leave that
     * open.
     */
    boolean fitsWithout(TenantRules own, long fewer, int messages, long bytes) {
        return (leases != null || own.tenant.fits(Amount.minus(pool.taken(), fewer), messages, bytes))
                && (global.hasLeases()
                        || own.activeConfig.global.fits(Amount.minus(global.pool.taken(), fewer), messages, bytes));
    }

    /** The scope whose pressure sheds a message of that priority, or null. */
    @Nullable
    Scope shedding(TenantRules own, Priority priority) {
        if (pool.isShedding(own.tenant, pool.taken(), priority)) {
            return Scope.TENANT;
        }
        return global.pool.isShedding(own.activeConfig.global, global.pool.taken(), priority) ? Scope.GLOBAL : null;
    }

    long taken() {
        return pool.taken();
    }

    long takenOfAll() {
        return global.pool.taken();
    }

    /**
     * A pool that looks full may only look so for credit that lies leased: that is for {@link #reserve} to find out.
     * The pool is read again, since leases that were revoked just now gave their credit back before they went.
     */
    private static long heldIfFull(Limit limit, SharedLimit pool, boolean leased, int messages, long bytes) {
        if (leased || limit.fits(pool.taken(), messages, bytes)) {
            return Amount.NONE;
        }
        long taken = pool.taken();
        return limit.fits(taken, messages, bytes) ? Amount.NONE : taken;
    }

    /**
     * Takes the amount from the tenant and the process, or from neither; returns null then, else the scope that is
     * full.
     */
    @Nullable
    Scope reserve(TenantRules own, int messages, long bytes) {
        CreditLeases current = leases;
        if (current != null && current.rules == own) {
            return current.spend(messages, bytes) || (refill(current) && current.spend(messages, bytes))
                    ? null
                    : reserveDirectly(own, messages, bytes);
        }
        if (current != null) {
            global.revoke(this);
        }
        if (++directReservations >= DIRECT_RESERVATIONS_BEFORE_LEASING) {
            directReservations = 0;
            global.lease(this, own.activeConfig);
        }
        return reserveDirectly(own, messages, bytes);
    }

    private @Nullable Scope reserveDirectly(TenantRules own, int messages, long bytes) {
        if (!pool.take(own.tenant, messages, bytes)) {
            if (leases != null) {
                global.revoke(this);
            }
            if (!pool.take(own.tenant, messages, bytes)) {
                return Scope.TENANT;
            }
        }
        if (!global.take(own.activeConfig, messages, bytes)) {
            pool.giveBack(own.tenant, Amount.of(messages, bytes));
            return Scope.GLOBAL;
        }
        return null;
    }

    /** Gives back to the tenant and the process what was reserved. */
    void release(TenantRules own, long amount) {
        CreditLeases current = leases;
        if (current == null || !current.giveBack(amount)) {
            global.pool.giveBack(own.activeConfig.global, amount);
            pool.giveBack(own.tenant, amount);
        }
    }

    private boolean refill(CreditLeases current) {
        if (!CreditLeases.isCalm(current.rules.tenant, pool)) {
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
        TenantRules own = rules(activeConfig);
        if (ended || leases != null || !CreditLeases.isCalm(own.tenant, pool)) {
            return false;
        }
        leases = CreditLeases.under(own);
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
    void boundDebt(TenantRules own, long now) {
        bucket.boundDebt(own.tenantRate, now);
        controlBucket.boundDebt(own.activeConfig.tenantControlRate, now);
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
