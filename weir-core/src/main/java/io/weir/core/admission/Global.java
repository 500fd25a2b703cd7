package io.weir.core.admission;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.core.GlobalStats;
import io.weir.core.Scope;
import java.util.ArrayList;
import java.util.List;

/** What all tenants hold together, and which of them lease credit. Lock order: this, then a tenant. Thread-safe. */
final class Global {
    final SharedLimit pool;
    final SharedLimit controlPool;

    @GuardedBy("this")
    private final List<Leaseholder> leasing = new ArrayList<>();

    /** Written under the monitor, read without. */
    private volatile boolean hasLeases;

    private final boolean leases;

    Global(PressureListener listener, boolean leases) {
        this.leases = leases;
        this.pool = new SharedLimit(listener, Scope.GLOBAL, "");
        this.controlPool = new SharedLimit(PressureListener.NONE, Scope.GLOBAL, "");
    }

    boolean hasLeases() {
        return hasLeases;
    }

    /** Takes the amount from the global limit; false if it does not fit. */
    boolean take(ActiveConfig activeConfig, int messages, long bytes) {
        if (pool.take(activeConfig.global, messages, bytes)) {
            return true;
        }
        if (hasLeases) {
            revokeAll();
        }
        return pool.take(activeConfig.global, messages, bytes);
    }

    /** Lets a tenant lease, if there is room for one more and the process is calm. */
    synchronized void lease(Leaseholder tenant, ActiveConfig activeConfig) {
        if (leases
                && leasing.size() < CreditLeases.MAX_TENANTS
                && CreditLeases.isCalm(activeConfig.global, pool)
                && tenant.beginLeasing(activeConfig)) {
            leasing.add(tenant);
            hasLeases = true;
        }
    }

    /** Takes back what one tenant leased. */
    synchronized void revoke(Leaseholder tenant) {
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
        for (Leaseholder tenant : leasing) {
            unspent = Amount.plus(unspent, tenant.unspent());
        }
        return Amount.minusAtMost(taken, unspent);
    }

    /** A snapshot of the process with those counts. */
    GlobalStats stats(int tenants, int connections, Totals totals) {
        return new GlobalStats(
                tenants, connections, Amount.count(pending()), Amount.count(controlPool.taken()), totals.toFlow());
    }
}
