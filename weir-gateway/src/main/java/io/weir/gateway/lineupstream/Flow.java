package io.weir.gateway.lineupstream;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.config.MemoryPlan;
import io.weir.gateway.line.LineMemory;
import io.weir.gateway.line.LineServer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/*
 * A client whose write queue is full has a share of the budget of answers (edge.OutboundGuard), which has room for what
 * waits here as well. Only what is longer takes from the budget of long lines, so that clients that do not read take
 * nothing from those that do.
 */

/**
 * Bounds the bytes that are on the way from a server to one client. A server of one client is held up until the client
 * has read; a server of several is not: there the client is given up. Thread-safe.
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
     * Counts bytes of a line that a server has written.
     *
     * @param from the server; null if the gateway says it by itself
     * @param own whether the server is this client's own: only then it may be held up
     * @return false if there is no room for them
     */
    boolean enter(int bytes, @Nullable LineServer from, boolean own) {
        LineServer.Reading reading = from == null ? null : from.reading();
        if (own && from != null && reading == null) {
            return enterWaiting(bytes);
        }
        synchronized (this) {
            if (!enter(bytes, reading)) {
                return false;
            }
            if (own && reading != null && onTheWay > FREE && paused == null) {
                paused = reading;
                reading.pause();
            }
            return true;
        }
    }

    /** Counts bytes that go on the way, whatever there is already; false if there is no room for them. */
    synchronized boolean enterNow(int bytes) {
        return enter(bytes, null);
    }

    @GuardedBy("this")
    private boolean enter(int bytes, LineServer.@Nullable Reading reading) {
        if (closed || !take(onTheWay + bytes, reading)) {
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

    /** @param reading where the line comes from, which may have taken memory for it; null if that is not known */
    @GuardedBy("this")
    private boolean take(long whole, LineServer.@Nullable Reading reading) {
        long more = whole - FREE - taken;
        if (more > 0) {
            long had = reading == null ? 0 : reading.handOver(more);
            if (had < more && !memory.take(more - had)) {
                memory.giveBack(had);
                return false;
            }
            taken += more;
        }
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
