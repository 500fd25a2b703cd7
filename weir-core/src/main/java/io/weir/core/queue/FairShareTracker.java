package io.weir.core.queue;

import io.weir.core.state.State;
import java.util.concurrent.TimeUnit;

/**
 * How much each tenant has asked for lately, beside what it would have of what was served if all that asked had the
 * same: a tenant that asks for less than that is within its share, whatever the others ask for. Measured over the last
 * whole period and the one under way; a period is as long as it takes to say something of every tenant, from 1 to 60 s.
 * Not thread-safe.
 */
final class FairShareTracker implements State.Stateful {
    private static final long MIN_PERIOD = TimeUnit.SECONDS.toNanos(1);
    private static final long MAX_PERIOD = TimeUnit.SECONDS.toNanos(60);
    private static final int SAMPLES_OF_A_TENANT = 64;

    private long period = 2;
    private long begun;
    private long dispatched;
    private long tenants;
    private long served;
    private long weights;
    private long servedBefore;
    private long weightsBefore;
    private long tenantsBefore;

    FairShareTracker(long now) {
        this.begun = now;
    }

    /** Notes that a tenant asks for so many microseconds of a place. */
    void asked(TenantFlow tenant, Offer offer, long now) {
        long passed = now - begun;
        if (passed >= MAX_PERIOD || (passed >= MIN_PERIOD && dispatched >= SAMPLES_OF_A_TENANT * tenants)) {
            period++;
            begun = now;
            servedBefore = served;
            weightsBefore = weights;
            tenantsBefore = tenants;
            dispatched = 0;
            tenants = 0;
            served = 0;
            weights = 0;
        }
        if (tenant.period != period) {
            tenant.demandBefore = tenant.period == period - 1 ? tenant.asked : 0;
            tenant.asked = 0;
            tenant.period = period;
            tenants++;
            weights += offer.weight();
        }
        tenant.asked += offer.cost;
    }

    /** Notes that somebody is given so many microseconds of a place. */
    void served(Offer offer) {
        served += offer.cost;
        dispatched++;
    }

    /** Whether the tenant has asked for less than nine tenths of its share, this included. */
    boolean isWithinShare(TenantFlow tenant, Offer offer) {
        long asked = tenant.asked + tenant.demandBefore;
        return asked / 9 * totalWeight() < (served + servedBefore) / 10 * offer.weight();
    }

    /**
     * How many of so many slots the tenant of that offer is due, while those ask that have asked lately; at least 1.
     */
    long slots(Offer offer, int slots) {
        return Math.max(1, (long) slots * offer.weight() / totalWeight());
    }

    /** Whether more than one tenant has asked for something that still counts. */
    boolean hasSeveral() {
        return Math.max(tenants, tenantsBefore) > 1;
    }

    /** Whether the tenant has asked for something that still counts. */
    boolean counts(TenantFlow tenant) {
        return tenant.period >= period - 1;
    }

    /** The weights of the tenants that have asked for something. */
    long totalWeight() {
        return Math.max(1, Math.max(weights, weightsBefore));
    }

    @Override
    public void state(State state) {
        period = state.number("period", period);
        begun = state.number("begun", begun);
        dispatched = state.number("dispatched", dispatched);
        tenants = state.number("tenants", tenants);
        served = state.number("served", served);
        weights = state.number("weights", weights);
        servedBefore = state.number("served_before", servedBefore);
        weightsBefore = state.number("weights_before", weightsBefore);
        tenantsBefore = state.number("tenants_before", tenantsBefore);
    }
}
