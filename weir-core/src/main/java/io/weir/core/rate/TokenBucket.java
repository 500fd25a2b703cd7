package io.weir.core.rate;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A token bucket by the generic cell rate algorithm: its whole state is one number, the theoretical arrival time of the
 * next message in nanoseconds of the caller's clock. Over any window it passes at most {@code burst + window /
 * interval} messages. Thread-safe and lock-free. A clock that steps back is to be clamped by the caller. May be
 * extended to hold more beside the number, which a client's bucket does for its memory.
 *
 * <p>Source: ITU-T I.371, annex A, virtual scheduling algorithm. Times are compared by subtraction, so that the clock
 * may start anywhere.
 */
public class TokenBucket {
    private static final VarHandle ARRIVAL;

    static {
        try {
            ARRIVAL = MethodHandles.lookup().findVarHandle(TokenBucket.class, "arrival", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile long arrival;

    /** A bucket that is full at {@code now}. */
    public TokenBucket(long now) {
        this.arrival = now;
    }

    /**
     * How long {@code messages} would have to wait before they pass at once, in nanoseconds from {@code now}; they
     * would pass now if it is not positive. Changes nothing.
     */
    public final long waitNanos(Rate rate, long now, int messages) {
        return waitNanos(arrival, rate, now, messages);
    }

    /** Lets {@code messages} pass at {@code now}, all or none. */
    public final boolean take(Rate rate, long now, int messages) {
        long before;
        do {
            before = arrival;
            if (waitNanos(before, rate, now, messages) > 0) {
                return false;
            }
        } while (!ARRIVAL.compareAndSet(this, before, later(before, now) + rate.intervalNanos * messages));
        return true;
    }

    /** As {@link #waitNanos}, but what is larger than the burst waits until the bucket is full, and no longer. */
    public final long waitNanosOfAny(Rate rate, long now, int messages) {
        return waitNanos(arrival, rate, now, atMostBurst(rate, messages));
    }

    /**
     * As {@link #take}, but what is larger than the burst passes a full bucket, and is paid off before anything else
     * passes.
     */
    public final boolean takeAny(Rate rate, long now, int messages) {
        long before;
        do {
            before = arrival;
            if (waitNanos(before, rate, now, atMostBurst(rate, messages)) > 0) {
                return false;
            }
        } while (!ARRIVAL.compareAndSet(this, before, later(before, now) + rate.intervalNanos * messages));
        return true;
    }

    /** Lets the bucket be empty at {@code now}, if more than that was taken from it at another rate. */
    public final void boundDebt(Rate rate, long now) {
        long most = now + rate.depthNanos;
        long before;
        do {
            before = arrival;
        } while (before - most > 0 && !ARRIVAL.compareAndSet(this, before, most));
    }

    private static int atMostBurst(Rate rate, int messages) {
        return (int) Math.min(messages, rate.burst());
    }

    /** Takes back that {@code messages} have passed. */
    public final void refund(Rate rate, int messages) {
        ARRIVAL.getAndAdd(this, -rate.intervalNanos * messages);
    }

    /**
     * As {@link #refund}, but only while no part of what was charged can have been refilled: after that the bucket may
     * have been full, and would let more than its burst pass.
     *
     * @param charged when the messages passed
     */
    public final void refund(Rate rate, int messages, long charged, long now) {
        if (now - charged < rate.intervalNanos * messages) {
            refund(rate, messages);
        }
    }

    /** Whether the bucket is full at {@code now}: a new one in its place would let nothing more through. */
    public boolean isFull(long now) {
        return arrival - now <= 0;
    }

    private static long waitNanos(long arrival, Rate rate, long now, int messages) {
        return later(arrival, now) - now + rate.intervalNanos * messages - rate.depthNanos;
    }

    private static long later(long a, long b) {
        return a - b > 0 ? a : b;
    }

    /** When the bucket is full again; {@code now} if it is by then, as it makes no difference since when. */
    public final long fullAt(long now) {
        return later(arrival, now);
    }

    /** Lets the bucket be full from {@code when} on, as {@link #fullAt} said. */
    public final void restore(long when) {
        arrival = when;
    }
}
