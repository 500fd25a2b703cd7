package io.weir.gateway.upstream;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/*
 * A connection belongs to the event loop that opened it. The pools of all loops share one limit, which is exact: a slot
 * is taken before a connection is opened and given back when its socket is gone. Where no slot is free, a request waits
 * here, first come, first served. The pool that has a connection to spare asks who is next: one of its own requests of
 * the same tenant gets that connection; for any other it closes it, and the slot goes to that request's loop.
 *
 * No wake-up is lost: whoever waits has entered before it looks for idle connections, and a pool has shown its idle
 * connection (a volatile write) before it looks whether somebody waits (a volatile read). A pool that was asked and has
 * used its idle connection itself asks the others.
 */

/**
 * How many connections to one upstream all event loops may have open for one purpose, and who waits for one.
 * Thread-safe.
 */
final class ConnectionLimit {
    private final int max;

    /** A request that waits for a connection. Thread-safe. */
    interface Waiter {
        /** Until when it waits, in nanoseconds of the monotonic clock. */
        long deadline();

        /** It was given a slot: it opens a connection on its own event loop. */
        void open();

        /** It has waited for too long. */
        void expire();

        /** Takes the connection if it can use it; false if it cannot. To be called on the connection's event loop. */
        boolean takes(UpstreamConnection connection);
    }

    /** The connections of one event loop. Thread-safe. */
    interface LoopPool {
        /** How many are idle. */
        int idleCount();

        /** Gives up the connection that is idle longest for the request that is next, if both exist. */
        void giveUpIdle();
    }

    private final List<LoopPool> pools = new CopyOnWriteArrayList<>();

    @GuardedBy("this")
    private final Set<Waiter> waiting = new LinkedHashSet<>();

    @GuardedBy("this")
    private int open;

    private volatile int waitingCount;

    /** At most {@code max} connections, being opened and idle ones included. */
    ConnectionLimit(int max) {
        this.max = max;
    }

    int max() {
        return max;
    }

    void add(LoopPool pool) {
        pools.add(pool);
    }

    /** Lets a request wait; true if it need not, because a slot was free and is now its own. */
    synchronized boolean openOrWait(Waiter waiter) {
        if (open < max && waiting.isEmpty()) {
            open++;
            return true;
        }
        waiting.add(waiter);
        waitingCount = waiting.size();
        return false;
    }

    /** Whether somebody waits. */
    boolean isWaitedFor() {
        return waitingCount > 0;
    }

    /** Takes out who is next, or null. */
    synchronized @Nullable Waiter next() {
        Iterator<Waiter> first = waiting.iterator();
        if (!first.hasNext()) {
            return null;
        }
        Waiter next = first.next();
        first.remove();
        waitingCount = waiting.size();
        return next;
    }

    /** Whether that one waits. */
    synchronized boolean isWaiting(Waiter waiter) {
        return waiting.contains(waiter);
    }

    /** Takes out one that gave up; false if it is no longer here. */
    synchronized boolean leave(Waiter waiter) {
        boolean left = waiting.remove(waiter);
        waitingCount = waiting.size();
        return left;
    }

    /** A connection is gone, or was not made: its slot is free, and goes to who is next. */
    void closed() {
        Waiter next;
        synchronized (this) {
            next = next();
            if (next == null) {
                open--;
            }
        }
        if (next != null) {
            next.open();
        }
    }

    /** Asks a loop with an idle connection to give it up for those that wait. */
    void askForIdle() {
        for (LoopPool pool : pools) {
            if (pool.idleCount() > 0) {
                pool.giveUpIdle();
                return;
            }
        }
    }

    /** Ends the wait of those that have waited until {@code now}. */
    void expire(long now) {
        if (waitingCount == 0) {
            return;
        }
        List<Waiter> late = new ArrayList<>();
        synchronized (this) {
            Iterator<Waiter> each = waiting.iterator();
            while (each.hasNext()) {
                Waiter waiter = each.next();
                if (now - waiter.deadline() >= 0) {
                    each.remove();
                    late.add(waiter);
                }
            }
            waitingCount = waiting.size();
        }
        late.forEach(Waiter::expire);
    }

    /** How many connections are open or being opened. */
    synchronized int open() {
        return open;
    }
}
