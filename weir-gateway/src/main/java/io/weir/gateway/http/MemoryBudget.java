package io.weir.gateway.http;

import io.weir.gateway.line.LineMemory;
import java.util.concurrent.atomic.AtomicLong;

/** Bytes of memory that one kind of thing may take, bounded over all connections. Thread-safe. */
public final class MemoryBudget implements LineMemory {
    /** What is larger leaves an eighth of a budget to what is not. */
    private static final int SMALL = 64 * 1024;

    private static final int SMALL_PART = 8;

    private volatile long limit;
    private final AtomicLong taken = new AtomicLong();

    public MemoryBudget(long limit) {
        this.limit = limit;
    }

    /** From now on so much may be taken; what is taken stays so. */
    public void limit(long bytes) {
        limit = bytes;
    }

    @Override
    public boolean take(long bytes) {
        return takeUpTo(limit, bytes);
    }

    /**
     * Takes from all but a part of the budget; that part stays for those that may have all of it.
     *
     * @param part the budget over this is what stays, 2 or more
     * @param one what one thing takes at the most: if the rest is too little for it, it may have so much
     */
    public boolean takeLeaving(int part, long bytes, long one) {
        long all = limit;
        return takeUpTo(Math.max(all - all / part, Math.min(all, one)), bytes);
    }

    /**
     * Takes bytes for one thing that grows. What is large leaves a part of the budget to what is small, which so always
     * finds room.
     *
     * @param bytes by how much it grows
     * @param size how large it is then, or is known to become
     * @param most how large such a thing can become: if the rest is too little for one, it may have so much
     */
    public boolean takeOf(long bytes, long size, long most) {
        return size <= SMALL ? take(bytes) : takeLeaving(SMALL_PART, bytes, most);
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

    @Override
    public void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }

    public long taken() {
        return taken.get();
    }
}
