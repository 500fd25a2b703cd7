package io.weir.gateway.stdio;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.config.MemoryPlan;
import io.weir.gateway.child.ChildRuntime;
import java.util.concurrent.TimeUnit;

/*
 * A client whose write queue is full has a share of the budget of answers (edge.OutboundGuard), which has room for what waits here as well.
 * Only what is longer takes from the budget of long lines, so that clients that do not read take nothing from those that do.
 */

/**
 * Bounds the bytes that are on the way from a child to one client. A child of one client is held up until the client has read; a child of
 * several is not: there the client is given up. Thread-safe.
 */
final class Flow {
    private static final long FREE = MemoryPlan.PAUSED_UPSTREAM;
    private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long POLL_MILLIS = 100;

    private final ChildRuntime.Memory memory;

    @GuardedBy("this")
    private long onTheWay;

    /** What of that is taken of the memory. */
    @GuardedBy("this")
    private long taken;

    @GuardedBy("this")
    private boolean closed;

    /** @param memory for what is longer than usual, of all clients together */
    Flow(ChildRuntime.Memory memory) {
        this.memory = memory;
    }

    /**
     * Counts bytes that go on the way.
     *
     * @param mayWait whether only this client is held up by a wait
     * @return false if there is no room for them
     */
    synchronized boolean enter(int bytes, boolean mayWait) {
        long deadline = System.nanoTime() + MAX_WAIT_NANOS;
        while (!closed) {
            if ((onTheWay == 0 || onTheWay + bytes <= FREE || !mayWait) && take(onTheWay + bytes)) {
                onTheWay += bytes;
                return true;
            }
            if (!mayWait || System.nanoTime() - deadline >= 0) {
                return false;
            }
            try {
                wait(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return false;
    }

    @GuardedBy("this")
    private boolean take(long whole) {
        long more = whole - FREE - taken;
        if (more > 0 && !memory.take(more)) {
            return false;
        }
        taken += Math.max(0, more);
        return true;
    }

    /** Bytes have arrived. */
    synchronized void leave(int bytes) {
        if (closed) {
            return;
        }
        onTheWay -= bytes;
        long unused = taken - Math.max(0, onTheWay - FREE);
        taken -= unused;
        memory.giveBack(unused);
        notifyAll();
    }

    /** Nothing is on the way any more. */
    synchronized void close() {
        if (!closed) {
            closed = true;
            memory.giveBack(taken);
            taken = 0;
            notifyAll();
        }
    }
}
