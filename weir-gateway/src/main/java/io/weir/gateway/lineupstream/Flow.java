package io.weir.gateway.lineupstream;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.config.MemoryPlan;
import io.weir.gateway.line.LineMemory;
import io.weir.gateway.line.LineServer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/*
 * A client whose write queue is full has a share of the budget of answers (edge.OutboundGuard), which has room for what waits here as well.
 * Only what is longer takes from the budget of long lines, so that clients that do not read take nothing from those that do.
 */

/**
 * Bounds the bytes that are on the way from a server to one client. A server of one client is held up until the client has read; a server
 * of several is not: there the client is given up. Thread-safe.
 */
final class Flow {
    private static final long FREE = MemoryPlan.PAUSED_UPSTREAM;
    private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long POLL_MILLIS = 100;

    private final LineMemory memory;

    @GuardedBy("this")
    private long onTheWay;

    /** What of that is taken of the memory. */
    @GuardedBy("this")
    private long taken;

    @GuardedBy("this")
    private boolean closed;

    /** Where reading is paused until the client has read more; null if it is not. */
    @GuardedBy("this")
    private LineServer.@Nullable Reading paused;

    /** @param memory for what is longer than usual, of all clients together */
    Flow(LineMemory memory) {
        this.memory = memory;
    }

    /**
     * Counts bytes that go on the way, from a server of several clients or of this one: only then it may be held up.
     *
     * @param own the server, if it is this client's own
     * @return false if there is no room for them
     */
    boolean enter(int bytes, @Nullable LineServer own) {
        if (own == null) {
            return enterNow(bytes);
        }
        LineServer.Reading reading = own.reading();
        if (reading == null) {
            return enterWaiting(bytes);
        }
        synchronized (this) {
            if (!enterNow(bytes)) {
                return false;
            }
            if (onTheWay > FREE && paused == null) {
                paused = reading;
                reading.pause();
            }
            return true;
        }
    }

    /** Counts bytes that go on the way, whatever there is already; false if there is no room for them. */
    synchronized boolean enterNow(int bytes) {
        if (closed || !take(onTheWay + bytes)) {
            return false;
        }
        onTheWay += bytes;
        return true;
    }

    /** Counts bytes that go on the way, when there is room for them; false if there is none in time. */
    synchronized boolean enterWaiting(int bytes) {
        long deadline = System.nanoTime() + MAX_WAIT_NANOS;
        while (!closed) {
            if ((onTheWay == 0 || onTheWay + bytes <= FREE) && enterNow(bytes)) {
                return true;
            }
            if (System.nanoTime() - deadline >= 0) {
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
        if (onTheWay <= FREE / 2) {
            resume();
        }
    }

    @GuardedBy("this")
    private void resume() {
        LineServer.Reading held = paused;
        paused = null;
        if (held != null) {
            held.resume();
        }
    }

    /** Nothing is on the way any more. */
    synchronized void close() {
        if (!closed) {
            closed = true;
            memory.giveBack(taken);
            taken = 0;
            notifyAll();
            resume();
        }
    }
}
