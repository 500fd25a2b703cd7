package io.weir.gateway.http;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes of memory that one kind of thing may take, bounded over all connections. Thread-safe. */
final class MemoryBudget {
    private final long limit;
    private final AtomicLong taken = new AtomicLong();

    MemoryBudget(long limit) {
        this.limit = limit;
    }

    boolean take(long bytes) {
        return takeUpTo(limit, bytes);
    }

    /**
     * Takes from the first half of the budget alone; the other half stays for those that may have all of it.
     *
     * @param one what one thing takes at the most: if half is too little for it, it may have so much
     */
    boolean takeFromHalf(long bytes, long one) {
        return takeUpTo(Math.max(limit / 2, Math.min(limit, one)), bytes);
    }

    private boolean takeUpTo(long most, long bytes) {
        long before;
        do {
            before = taken.get();
            if (before + bytes > most) {
                return false;
            }
        } while (!taken.compareAndSet(before, before + bytes));
        return true;
    }

    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }

    long taken() {
        return taken.get();
    }
}
