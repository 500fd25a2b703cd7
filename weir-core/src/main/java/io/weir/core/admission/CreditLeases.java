package io.weir.core.admission;

import io.weir.core.admission.ActiveConfig.TenantRules;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/*
 * Credit is charged to the tenant's and the process's pool when it is leased, so spending it needs to touch neither:
 * threads that serve one tenant do not meet. The sum of what is spent and what is leased never exceeds the limits.
 *
 * Leases are for calm weather. They exist only in the active configuration they were made in, are filled only while
 * both pools are at most half full, and are revoked when either pool refuses, before that refusal counts. Revoking
 * marks every stripe, so that nothing can be spent from it or returned to it afterwards.
 */

/** Credit that the threads serving one tenant may spend without touching its pool. Thread-safe, lock-free. */
final class CreditLeases {
    private static final VarHandle CREDITS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int STRIPES = stripes();
    private static final int PADDING = 16;
    private static final long REVOKED = -1L;

    /** How many tenants may hold leases at once: bounds what may lie idle, and the work of revoking it all. */
    static final int MAX_TENANTS = 64;

    private static final int MAX_CHUNK_MESSAGES = 64;
    private static final int MIN_CHUNK_MESSAGES = 8;
    private static final long MAX_CHUNK_BYTES = 256 * 1024;
    private static final long MIN_CHUNK_BYTES = 16 * 1024;

    final TenantRules rules;
    private final int chunkMessages;
    private final long chunkBytes;
    private final long[] credits = new long[STRIPES * PADDING];

    private CreditLeases(TenantRules rules, int chunkMessages, long chunkBytes) {
        this.rules = rules;
        this.chunkMessages = chunkMessages;
        this.chunkBytes = chunkBytes;
    }

    /** Empty leases under those rules, or null where their limits are too small to be cut up. */
    static @Nullable CreditLeases under(TenantRules rules) {
        Limit global = rules.activeConfig.global;
        int messages = (int) Math.min(MAX_CHUNK_MESSAGES, share(rules.tenant.maxMessages, global.maxMessages));
        long bytes = Math.min(MAX_CHUNK_BYTES, share(rules.tenant.maxBytes, global.maxBytes));
        if (messages < MIN_CHUNK_MESSAGES || bytes < MIN_CHUNK_BYTES) {
            return null;
        }
        return new CreditLeases(rules, messages, bytes);
    }

    /** A quarter of the tenant's limit and of its part of the global one, divided among the stripes. */
    private static long share(long tenant, long global) {
        return Math.min(tenant, global / MAX_TENANTS) / (4L * STRIPES);
    }

    /** Spends credit of this thread's stripe, if there is enough. */
    boolean spend(int messages, long bytes) {
        int stripe = stripe();
        for (; ; ) {
            long before = (long) CREDITS.getVolatile(credits, stripe);
            if (before == REVOKED || Amount.messages(before) < messages || Amount.bytes(before) < bytes) {
                return false;
            }
            if (CREDITS.compareAndSet(credits, stripe, before, before - Amount.of(messages, bytes))) {
                return true;
            }
        }
    }

    /** Returns credit to this thread's stripe; false if it is to go to the pools: revoked, or the stripe is full. */
    boolean giveBack(long amount) {
        int stripe = stripe();
        for (; ; ) {
            long before = (long) CREDITS.getVolatile(credits, stripe);
            if (before == REVOKED
                    || Amount.messages(before) + Amount.messages(amount) > 2 * chunkMessages
                    || Amount.bytes(before) + Amount.bytes(amount) > 2 * chunkBytes) {
                return false;
            }
            if (CREDITS.compareAndSet(credits, stripe, before, before + amount)) {
                return true;
            }
        }
    }

    /**
     * Leases a chunk to this thread's stripe if both pools are at most half full. To be called by one thread at a time.
     */
    void refill(SharedLimit tenantPool, SharedLimit globalPool) {
        Limit global = rules.activeConfig.global;
        if (!isCalm(rules.tenant, tenantPool) || !isCalm(global, globalPool)) {
            return;
        }
        if (!tenantPool.takeQuietly(rules.tenant, chunkMessages, chunkBytes)) {
            return;
        }
        long chunk = Amount.of(chunkMessages, chunkBytes);
        if (!globalPool.takeQuietly(global, chunkMessages, chunkBytes)) {
            tenantPool.giveBackQuietly(chunk);
            return;
        }
        if (!giveBack(chunk)) {
            globalPool.giveBackQuietly(chunk);
            tenantPool.giveBackQuietly(chunk);
        }
    }

    static boolean isCalm(Limit limit, SharedLimit pool) {
        long taken = pool.taken();
        return Amount.messages(taken) <= limit.maxMessages / 2 && Amount.bytes(taken) <= limit.maxBytes / 2;
    }

    /** Ends these leases and gives what was not spent back to the pools. */
    void revoke(SharedLimit tenantPool, SharedLimit globalPool) {
        for (int stripe = 0; stripe < credits.length; stripe += PADDING) {
            long credit = (long) CREDITS.getAndSet(credits, stripe, REVOKED);
            if (credit != REVOKED && credit != 0) {
                globalPool.giveBackQuietly(credit);
                tenantPool.giveBackQuietly(credit);
            }
        }
    }

    /** Credit that is leased and not spent, as an {@link Amount}. */
    long unspent() {
        long sum = 0;
        for (int stripe = 0; stripe < credits.length; stripe += PADDING) {
            long credit = (long) CREDITS.getVolatile(credits, stripe);
            sum = credit == REVOKED ? sum : Amount.plus(sum, credit);
        }
        return sum;
    }

    /** Threads made one after the other get different stripes; two that share one are slower, not wrong. */
    private static int stripe() {
        return ((int) Thread.currentThread().getId() & (STRIPES - 1)) * PADDING;
    }

    private static int stripes() {
        int wanted = Math.min(64, 4 * Runtime.getRuntime().availableProcessors());
        return Integer.highestOneBit(2 * wanted - 1);
    }
}
