package io.weir.gateway.child;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.config.ChildPolicy;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How many children there are of one upstream, in total and by tenant, and how many may be started now (GCRA, ITU-T I.371). A child counts
 * from before its start until no process of it is left. Thread-safe.
 */
public final class ChildBudget {
    private final ChildPolicy policy;
    private final long interval;

    @GuardedBy("this")
    private final Map<String, Integer> ofTenant = new HashMap<>();

    @GuardedBy("this")
    private int total;

    /** When all starts so far would be due at the rate, in nanoseconds. */
    @GuardedBy("this")
    private long due;

    @GuardedBy("this")
    private boolean started;

    @GuardedBy("this")
    private long refused;

    /** What a child for a tenant meets. */
    public enum Answer {
        GRANTED,
        /** As many as there may be in total. */
        FULL,
        /** As many as the tenant may have. */
        TENANT_FULL,
        /** As many were started in the last second as may be. */
        RATE
    }

    public ChildBudget(ChildPolicy policy) {
        this.policy = policy;
        this.interval = TimeUnit.SECONDS.toNanos(1) / policy.startsPerSec();
    }

    /** Counts one more child, if there may be one. */
    public synchronized Answer take(String tenant, long now) {
        if (total >= policy.max()) {
            return Answer.FULL;
        }
        if (ofTenant.getOrDefault(tenant, 0) >= policy.maxPerTenant()) {
            return Answer.TENANT_FULL;
        }
        long from = started ? Math.max(due, now) : now;
        if (from - now > TimeUnit.SECONDS.toNanos(1) - interval) {
            return Answer.RATE;
        }
        started = true;
        due = from + interval;
        total++;
        ofTenant.merge(tenant, 1, Integer::sum);
        return Answer.GRANTED;
    }

    /** Counts one child less; to be called once for each that was granted. */
    public synchronized void giveBack(String tenant) {
        total--;
        ofTenant.computeIfPresent(tenant, (name, count) -> count == 1 ? null : count - 1);
    }

    /** Counts a request that got no child. */
    public synchronized void countRefused() {
        refused++;
    }

    /** How many requests got no child since the start. */
    public synchronized long refused() {
        return refused;
    }

    /** How many children there are. */
    public synchronized int count() {
        return total;
    }

    /** How many children a tenant has. */
    public synchronized int count(String tenant) {
        return ofTenant.getOrDefault(tenant, 0);
    }
}
