package io.weir.core.admission;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/*
 * Each event has one packed word, so that counting messages and bytes together costs one compare-and-set. A word that
 * laps moves a whole lap to a wide pair of counters. Sealing swaps every word for a mark that no count can be: a count
 * that comes later is not taken, and its owner knows that this tally is history.
 */

/** Counts the rarer events of one connection: messages turned away, by decision and reason, and those that ended ill. */
final class Tally {
    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int REASONS = Reason.values().length;

    /** Admitted messages that ended without an answer. */
    static final int FAILED = 3 * REASONS;

    /** Admitted messages that the client gave up. */
    static final int CANCELLED = FAILED + 1;

    static final int EVENTS = CANCELLED + 1;

    private static final long SEALED = -1L;
    private static final long MESSAGE_LAP = 1L << 20;
    private static final long BYTE_LAP = 1L << 38;

    private final long[] words = new long[EVENTS];

    /** Whole laps, messages and bytes of each event; null until a word has lapped, which most connections never see. */
    @GuardedBy("this")
    private long @Nullable [] laps;

    /** The event of a message turned away by that decision, which is not {@link Decision#ADMITTED}. */
    @SuppressWarnings("EnumOrdinal") // an index that never leaves the process
    static int turnedAway(Decision decision, Reason reason) {
        return (decision.ordinal() - 1) * REASONS + reason.ordinal();
    }

    /** Counts an event; false, and nothing counted, if this tally is sealed. */
    boolean count(int event, long amount) {
        long before;
        long after;
        do {
            before = (long) WORDS.getVolatile(words, event);
            if (before == SEALED) {
                return false;
            }
            after = Amount.plus(before, amount);
        } while (!WORDS.compareAndSet(words, event, before, after));
        if (Amount.messages(after) >= MESSAGE_LAP || Amount.bytes(after) >= BYTE_LAP) {
            spill(event);
        }
        return true;
    }

    private synchronized void spill(int event) {
        long word;
        do {
            word = (long) WORDS.getVolatile(words, event);
            if (word == SEALED) {
                return;
            }
        } while (!WORDS.compareAndSet(words, event, word, 0L));
        if (laps == null) {
            laps = new long[2 * EVENTS];
        }
        laps[2 * event] += Amount.messages(word);
        laps[2 * event + 1] += Amount.bytes(word);
    }

    synchronized void addTo(Totals totals) {
        for (int event = 0; event < EVENTS; event++) {
            add(totals, event, (long) WORDS.getVolatile(words, event));
        }
    }

    /** Ends the counting and adds what was counted. */
    synchronized void sealInto(Totals totals) {
        for (int event = 0; event < EVENTS; event++) {
            add(totals, event, (long) WORDS.getAndSet(words, event, SEALED));
        }
    }

    @GuardedBy("this")
    private void add(Totals totals, int event, long word) {
        if (word != SEALED) {
            long messages = laps == null ? 0 : laps[2 * event];
            long bytes = laps == null ? 0 : laps[2 * event + 1];
            totals.event(event, new Count(messages + Amount.messages(word), bytes + Amount.bytes(word)));
        }
    }
}
