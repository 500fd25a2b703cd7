package io.weir.gateway.child;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.config.ChildPolicy;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How many children there are of one upstream, in total, by tenant and by address, and how many may be started now
 * (GCRA, ITU-T I.371). Starts beyond the rate go to tenants in turn, and of a tenant to its addresses in turn. A child
 * counts from before its start until no process of it is left. Thread-safe.
 */
public final class ChildBudget {
    /** After how long a request that got no child tries again, in milliseconds. */
    public static final long RETRY_MILLIS = 50;

    private final ChildPolicy policy;
    private final long interval;

    @GuardedBy("this")
    private final Map<String, Integer> ofTenant = new HashMap<>();

    @GuardedBy("this")
    private final Map<String, Integer> ofAddress = new HashMap<>();

    @GuardedBy("this")
    private int total;

    /** When all starts so far would be due at the rate, in nanoseconds. */
    @GuardedBy("this")
    private long due;

    @GuardedBy("this")
    private boolean started;

    /** Whose turn it is to start one where several want to. */
    @GuardedBy("this")
    private final StartTurns turns = new StartTurns();

    @GuardedBy("this")
    private final Map<Answer, Long> refused = new EnumMap<>(Answer.class);

    /** What a child for a tenant meets. */
    public enum Answer {
        GRANTED,
        /** As many as there may be in total. */
        FULL,
        /** As many as the tenant may have. */
        TENANT_FULL,
        /** As many as the sessions of the address may have. */
        ADDRESS_FULL,
        /** As many were started in the last second as may be. */
        RATE,
        /** As many requests wait for one as may; said of requests alone that do not wait. */
        WAITING
    }

    public ChildBudget(ChildPolicy policy) {
        this.policy = policy;
        this.interval = TimeUnit.SECONDS.toNanos(1) / policy.startsPerSec();
    }

    /**
     * Counts one more child, if there may be one.
     *
     * @param address who opens the session that it is for; empty if it is for several, and counted by none
     */
    public synchronized Answer take(String tenant, String address, long now) {
        Answer full = full(tenant, address);
        if (full != Answer.GRANTED) {
            return full;
        }
        long from = started ? Math.max(due, now) : now;
        if (from - now > TimeUnit.SECONDS.toNanos(1) - interval) {
            turns.want(tenant, address, now);
            return Answer.RATE;
        }
        if (!turns.isTurn(tenant, address, now)) {
            turns.want(tenant, address, now);
            return Answer.RATE;
        }
        turns.started(tenant, address);
        started = true;
        due = from + interval;
        total++;
        ofTenant.merge(tenant, 1, Integer::sum);
        if (!address.isEmpty()) {
            ofAddress.merge(address, 1, Integer::sum);
        }
        return Answer.GRANTED;
    }

    /** The narrowest limit that is reached: beyond a limit of its own, nobody makes others give way. */
    @GuardedBy("this")
    private Answer full(String tenant, String address) {
        int most = policy.max();
        if (policy.maxPerAddress() < most && ofAddress.getOrDefault(address, 0) >= policy.maxPerAddress()) {
            return Answer.ADDRESS_FULL;
        }
        if (policy.maxPerTenant() < most && ofTenant.getOrDefault(tenant, 0) >= policy.maxPerTenant()) {
            return Answer.TENANT_FULL;
        }
        return total >= most ? Answer.FULL : Answer.GRANTED;
    }

    /** Counts one child less; to be called once for each that was granted. */
    public synchronized void giveBack(String tenant, String address) {
        total--;
        ofTenant.computeIfPresent(tenant, (name, count) -> count == 1 ? null : count - 1);
        ofAddress.computeIfPresent(address, (name, count) -> count == 1 ? null : count - 1);
    }

    /**
     * Counts a request that got no child.
     *
     * @param otherwise what is in its way if there may be one more child
     * @return the limit that is in its way now
     */
    public synchronized Answer countRefused(String tenant, String address, Answer otherwise) {
        Answer full = full(tenant, address);
        Answer why = full == Answer.GRANTED ? otherwise : full;
        refused.merge(why, 1L, Long::sum);
        return why;
    }

    /** How many requests got no child since the start, by what was in their way. */
    public synchronized long refused(Answer why) {
        return refused.getOrDefault(why, 0L);
    }

    /** How many children there are. */
    public synchronized int count() {
        return total;
    }

    /** How many children the sessions of an address have. */
    public synchronized int countOfAddress(String address) {
        return ofAddress.getOrDefault(address, 0);
    }

    /** How many children a tenant has. */
    public synchronized int count(String tenant) {
        return ofTenant.getOrDefault(tenant, 0);
    }
}
