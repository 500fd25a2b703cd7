package io.weir.core.admission;

import io.weir.core.Count;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/*
 * Two words that only grow, field by field and modulo their width: what was ever reserved and what was ever released.
 * Pending is their difference. One word that goes up and down would do for the limit; two give the conservation
 * counters of the hot path for nothing.
 *
 * Exact: a reservation reads `reserved`, then `released`, checks, and then swings `reserved` by compare-and-set. It
 * succeeds only if `reserved` has not moved since it was read, and `released` can only have grown, so what is pending
 * afterwards is at most what was checked. `reserved` goes back when a reservation is undone; it is then again where
 * it was, and so is the argument. A refusal counts only if `reserved` has not moved between two reads around that
 * of `released`: the difference was then the true one when `released` was read.
 *
 * Progress: lock-free; a retry means that another thread's reservation went through.
 */

/** Pending messages and bytes of one connection in one lane, bounded, with totals. Thread-safe. */
abstract class PendingCounter extends PressureGauge {
    private static final VarHandle RESERVED = word("reserved", long.class);
    private static final VarHandle RELEASED = word("released", long.class);
    private static final VarHandle RESERVED_MESSAGE_WRAPS = word("reservedMessageWraps", int.class);
    private static final VarHandle RESERVED_BYTE_WRAPS = word("reservedByteWraps", int.class);
    private static final VarHandle RELEASED_MESSAGE_WRAPS = word("releasedMessageWraps", int.class);
    private static final VarHandle RELEASED_BYTE_WRAPS = word("releasedByteWraps", int.class);
    private static final int MESSAGE_WRAP_BITS = 64 - Amount.BYTE_BITS;

    private volatile long reserved;
    private volatile long released;
    private volatile int reservedMessageWraps;
    private volatile int reservedByteWraps;
    private volatile int releasedMessageWraps;
    private volatile int releasedByteWraps;

    /** What is pending if the amount does not fit beside it; {@link Amount#NONE} if it fits. Changes nothing. */
    final long heldIfFull(Limit limit, int messages, long bytes) {
        for (; ; ) {
            long before = reserved;
            long pending = Amount.minus(before, released);
            if (limit.fits(pending, messages, bytes)) {
                return Amount.NONE;
            }
            if (reserved == before) {
                return pending;
            }
        }
    }

    /** Takes the amount if it fits; returns {@link Amount#NONE} then, else what is pending. */
    final long reserve(Limit limit, int messages, long bytes) {
        long amount = Amount.of(messages, bytes);
        for (; ; ) {
            long before = reserved;
            long pending = Amount.minus(before, released);
            if (!limit.fits(pending, messages, bytes)) {
                if (reserved == before) {
                    return pending;
                }
                continue;
            }
            long after = Amount.plus(before, amount);
            if (RESERVED.compareAndSet(this, before, after)) {
                if (Long.compareUnsigned(after, before) < 0 || Amount.bytes(after) < Amount.bytes(before)) {
                    countWraps(RESERVED_MESSAGE_WRAPS, RESERVED_BYTE_WRAPS, before, after, 1);
                }
                return Amount.NONE;
            }
        }
    }

    /** Takes back a reservation that did not become an admission: no total keeps a trace of it. */
    final void undo(long amount) {
        long before;
        long after;
        do {
            before = reserved;
            after = Amount.minus(before, amount);
        } while (!RESERVED.compareAndSet(this, before, after));
        countWraps(RESERVED_MESSAGE_WRAPS, RESERVED_BYTE_WRAPS, after, before, -1);
    }

    /** Gives back an amount that was reserved. */
    final void release(Limit limit, long amount) {
        long before;
        long after;
        do {
            before = released;
            after = Amount.plus(before, amount);
        } while (!RELEASED.compareAndSet(this, before, after));
        if (Long.compareUnsigned(after, before) < 0 || Amount.bytes(after) < Amount.bytes(before)) {
            countWraps(RELEASED_MESSAGE_WRAPS, RELEASED_BYTE_WRAPS, before, after, 1);
        }
        if (isRaised()) {
            fell(limit, pending());
        }
    }

    private void countWraps(VarHandle messageWraps, VarHandle byteWraps, long smaller, long larger, int step) {
        if (Amount.messages(larger) < Amount.messages(smaller)) {
            int before = (int) messageWraps.getAndAdd(this, step);
            assert before + step >= 0;
        }
        if (Amount.bytes(larger) < Amount.bytes(smaller)) {
            int before = (int) byteWraps.getAndAdd(this, step);
            assert before + step >= 0;
        }
    }

    /** What is pending now, as an {@link Amount}. */
    final long pending() {
        for (; ; ) {
            long before = reserved;
            long pending = Amount.minus(before, released);
            if (reserved == before) {
                return pending;
            }
        }
    }

    @Override
    final long heldNow() {
        return pending();
    }

    /** All that was ever reserved and not undone, and all that was ever released. */
    final void addTo(Totals totals) {
        for (; ; ) {
            long reservedNow = reserved;
            long releasedNow = released;
            if (reserved == reservedNow) {
                totals.admitted(total(reservedNow, reservedMessageWraps, reservedByteWraps));
                totals.released(total(releasedNow, releasedMessageWraps, releasedByteWraps));
                return;
            }
        }
    }

    /**
     * As {@link #addTo}, of a lane that holds nothing and never will: all that was reserved was released. A reservation
     * that is about to be undone, because the connection is retired, is not counted.
     */
    final void addFinallyTo(Totals totals) {
        Count all = total(released, releasedMessageWraps, releasedByteWraps);
        totals.admitted(all);
        totals.released(all);
    }

    private static Count total(long word, int messageWraps, int byteWraps) {
        return new Count(
                ((long) messageWraps << MESSAGE_WRAP_BITS) + Amount.messages(word),
                ((long) byteWraps << Amount.BYTE_BITS) + Amount.bytes(word));
    }

    private static VarHandle word(String name, Class<?> type) {
        try {
            return MethodHandles.lookup().findVarHandle(PendingCounter.class, name, type);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
