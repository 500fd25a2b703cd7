package io.weir.gateway.http;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes of bodies that are being received or decided on, bounded over all connections. Thread-safe. */
final class BodyBudget {
    private final long limit;
    private final AtomicLong taken = new AtomicLong();

    BodyBudget(long limit) {
        this.limit = limit;
    }

    boolean take(long bytes) {
        long before;
        do {
            before = taken.get();
            if (before + bytes > limit) {
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
