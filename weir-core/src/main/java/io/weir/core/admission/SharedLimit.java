package io.weir.core.admission;

import io.weir.core.Scope;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What the messages of many connections hold together, credit leased but not spent included. Thread-safe, lock-free.
 */
final class SharedLimit extends PressureGauge {
    private static final VarHandle TAKEN;

    static {
        try {
            TAKEN = MethodHandles.lookup().findVarHandle(SharedLimit.class, "taken", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final PressureListener listener;
    private final Scope scope;
    private final String name;
    private volatile long taken;

    SharedLimit(PressureListener listener, Scope scope, String name) {
        this.listener = listener;
        this.scope = scope;
        this.name = name;
    }

    /** Takes the amount if it fits. */
    boolean take(Limit limit, int messages, long bytes) {
        if (!takeQuietly(limit, messages, bytes)) {
            return false;
        }
        rose(limit, taken);
        return true;
    }

    /** Gives back an amount that was taken. */
    void giveBack(Limit limit, long amount) {
        giveBackQuietly(amount);
        if (isRaised()) {
            fell(limit, taken);
        }
    }

    /** As {@link #take}, for a caller that holds a lock: the listener is not told. */
    boolean takeQuietly(Limit limit, int messages, long bytes) {
        long amount = Amount.of(messages, bytes);
        long before;
        long after;
        do {
            before = taken;
            if (!limit.fits(before, messages, bytes)) {
                return false;
            }
            after = Amount.plus(before, amount);
        } while (!TAKEN.compareAndSet(this, before, after));
        return true;
    }

    /** As {@link #giveBack}, for a caller that holds a lock: the listener is not told. */
    void giveBackQuietly(long amount) {
        long before;
        long after;
        do {
            before = taken;
            after = Amount.minus(before, amount);
        } while (!TAKEN.compareAndSet(this, before, after));
    }

    @Override
    PressureListener listener() {
        return listener;
    }

    @Override
    Scope scope() {
        return scope;
    }

    @Override
    String tenantName() {
        // A tenant's limit is named by its key, that of the process is empty.
        return name;
    }

    @Override
    String name() {
        return name;
    }

    @Override
    long heldNow() {
        return taken;
    }

    long taken() {
        return taken;
    }
}
