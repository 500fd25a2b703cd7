package io.weir.core.admission;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** What all tenants hold together, and which of them lease credit. Lock order: this, then a tenant. Thread-safe. */
final class Global {
    final Pool pool;
    final Pool controlPool;

    @GuardedBy("this")
    private final List<Tenant> leasing = new ArrayList<>();

    /** Written under the monitor, read without. */
    private volatile boolean hasLeases;

    private final boolean leases;

    /** How many connections are known, in all tenants. */
    final AtomicInteger connections = new AtomicInteger();

    Global(PressureListener listener, boolean leases) {
        this.leases = leases;
        this.pool = new Pool(listener, Scope.GLOBAL, "");
        this.controlPool = new Pool(PressureListener.NONE, Scope.GLOBAL, "");
    }

    boolean hasLeases() {
        return hasLeases;
    }

    /** Takes the amount from the global limit; if it does not fit, the permit says why. */
    boolean take(Regime regime, Permit permit, int messages, long bytes) {
        if (pool.take(regime.global, messages, bytes)) {
            return true;
        }
        if (hasLeases) {
            revokeAll();
        }
        if (pool.take(regime.global, messages, bytes)) {
            return true;
        }
        permit.turnAway(Reason.GLOBAL_MESSAGES, regime.global, pool.taken(), messages, bytes);
        return false;
    }

    /** Lets a tenant lease, if there is room for one more and the process is calm. */
    synchronized void lease(Tenant tenant, Regime regime) {
        if (leases
                && leasing.size() < CreditLeases.MOST_TENANTS
                && CreditLeases.isCalm(regime.global, pool)
                && tenant.beginLeasing(regime)) {
            leasing.add(tenant);
            hasLeases = true;
        }
    }

    /** Takes back what one tenant leased. */
    synchronized void revoke(Tenant tenant) {
        tenant.endLeasing();
        leasing.remove(tenant);
        hasLeases = !leasing.isEmpty();
    }

    /** Takes back all that was leased. */
    synchronized void revokeAll() {
        leasing.forEach(tenant -> tenant.endLeasing());
        leasing.clear();
        hasLeases = false;
    }

    /** What the global limits count now, credit that lies leased not included. */
    synchronized long pending() {
        long taken = pool.taken();
        long unspent = 0;
        for (Tenant tenant : leasing) {
            unspent = Amount.plus(unspent, tenant.unspent());
        }
        return Tenant.minusAtMost(taken, unspent);
    }
}
