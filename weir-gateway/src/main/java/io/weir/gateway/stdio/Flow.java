package io.weir.gateway.stdio;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.gateway.http.MemoryBudget;
import java.util.concurrent.TimeUnit;

/**
 * Bounds the bytes that are on the way from a child to one client. A child of one client is held up until the client has read; a child of
 * several is not: there the client is given up. Thread-safe.
 */
final class Flow {
    private static final long SOFT_LIMIT = 256 * 1024;
    private static final long HARD_LIMIT = 1024 * 1024;
    private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final MemoryBudget budget;

    @GuardedBy("this")
    private long onTheWay;

    @GuardedBy("this")
    private boolean closed;

    /** @param budget for all clients together */
    Flow(MemoryBudget budget) {
        this.budget = budget;
    }

    /**
     * Counts bytes that go on the way.
     *
     * @param mayWait whether only this client is held up by a wait
     * @param whole whether they are the response, which has room if nothing else is on the way
     * @return false if there is no room for them
     */
    synchronized boolean enter(int bytes, boolean mayWait, boolean whole) {
        long deadline = System.nanoTime() + MAX_WAIT_NANOS;
        while (mayWait && !closed && onTheWay > SOFT_LIMIT && System.nanoTime() - deadline < 0) {
            try {
                wait(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        boolean room = onTheWay + bytes <= HARD_LIMIT || (whole && onTheWay <= HARD_LIMIT);
        if (closed || !room || !budget.take(bytes)) {
            return false;
        }
        onTheWay += bytes;
        return true;
    }

    /** Bytes have arrived. */
    synchronized void leave(int bytes) {
        if (!closed) {
            onTheWay -= bytes;
            budget.giveBack(bytes);
            notifyAll();
        }
    }

    /** Nothing is on the way any more. */
    synchronized void close() {
        if (!closed) {
            closed = true;
            budget.giveBack(onTheWay);
            onTheWay = 0;
            notifyAll();
        }
    }
}
