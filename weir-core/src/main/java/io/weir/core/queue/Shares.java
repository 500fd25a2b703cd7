package io.weir.core.queue;

import java.util.concurrent.TimeUnit;

/**
 * How much of the upstream each tenant has had lately, beside what it would have if all that had something had the same. Measured over
 * the last whole period and the one under way; a period is as long as it takes to say something of every tenant, from 1 to 60 s. Not
 * thread-safe.
 */
final class Shares {
    private static final long SHORTEST = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(60);
    private static final int SAMPLES_OF_A_TENANT = 64;

    private long period = 2;
    private long begun;
    private long dispatched;
    private long tenants;
    private long used;
    private long weights;
    private long usedBefore;
    private long weightsBefore;

    Shares(long now) {
        this.begun = now;
    }

    /** Notes that a tenant is given so many microseconds of a place. */
    void add(TenantFlow tenant, Offer offer, long now) {
        long passed = now - begun;
        if (passed >= LONGEST || (passed >= SHORTEST && dispatched >= SAMPLES_OF_A_TENANT * tenants)) {
            period++;
            begun = now;
            usedBefore = used;
            weightsBefore = weights;
            dispatched = 0;
            tenants = 0;
            used = 0;
            weights = 0;
        }
        roll(tenant);
        if (tenant.used == 0) {
            tenants++;
            weights += offer.weight();
        }
        tenant.used += offer.cost;
        used += offer.cost;
        dispatched++;
    }

    private void roll(TenantFlow tenant) {
        if (tenant.period != period) {
            tenant.usedBefore = tenant.period == period - 1 ? tenant.used : 0;
            tenant.used = 0;
            tenant.period = period;
        }
    }

    /** Whether the tenant has had less than three quarters of its share, what it has waiting included. */
    boolean isWithinShare(TenantFlow tenant, Offer offer) {
        roll(tenant);
        long has = tenant.used + tenant.usedBefore + tenant.queuedCost + offer.cost;
        long all = used + usedBefore;
        return has / 3 * among() < all / 4 * offer.weight();
    }

    /** The weights of the tenants that have had something. */
    long among() {
        return Math.max(1, Math.max(weights, weightsBefore));
    }
}
