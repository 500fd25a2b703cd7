package io.weir.core.admission;

import io.weir.core.state.State;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;

/**
 * The next time at which a client may come back with what one bucket refused: each refusal is given a later one, as the
 * bucket is refilled, so that those who obey do not come all at once. Thread-safe; two threads that refuse at the same
 * moment may be given the same time.
 */
final class RetrySlot {
    /** By how much a time may lie behind the earliest; then the earliest is given once more. */
    static final long MAX_SPREAD = TimeUnit.SECONDS.toNanos(10);

    private static final VarHandle NEXT;

    static {
        try {
            NEXT = MethodHandles.lookup().findVarHandle(RetrySlot.class, "next", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** By {@link #NEXT} alone, opaque; 0 while nothing was refused. */
    @SuppressWarnings("UnusedVariable")
    private long next;

    /** Whether every time that was given has passed: then a new slot in its place gives the same. */
    boolean isOver(long now) {
        long reserved = (long) NEXT.getOpaque(this);
        return reserved == 0 || reserved - now <= 0;
    }

    /**
     * Reserves a time.
     *
     * @param earliest in how many nanoseconds the bucket would let the messages pass
     * @param interval in how many nanoseconds it is refilled by as many
     * @return in how many nanoseconds to come back; {@code earliest} or later
     */
    long reserve(long earliest, long interval, long now) {
        long reserved = (long) NEXT.getOpaque(this);
        long in = reserved == 0 ? earliest : reserved - now;
        if (in < earliest || in - earliest > MAX_SPREAD) {
            in = earliest;
        }
        NEXT.setOpaque(this, now + in + interval);
        return in;
    }

    /** Names all fields. */
    void state(State state, long now) {
        NEXT.setOpaque(this, state.number("retry_at", isOver(now) ? 0 : (long) NEXT.getOpaque(this)));
    }
}
