package io.weir.core.admission;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.core.Count;
import io.weir.core.Outcome;
import io.weir.core.Reason;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/*
 * Each event has one packed word, so that counting messages and bytes together costs one compare-and-set. A word that
 * laps moves a whole lap to a wide pair of counters. Sealing swaps every word for a mark that no count can be: a count
 * that comes later is not taken, and its owner knows that this tally is history.
 */

/** Counts the rarer events of one connection: messages rejected, by decision and reason, and those that ended ill. */
@SuppressWarnings("EnumOrdinal") // indices that never leave the process
final class EventCounters {
    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);
    /** The reasons for which a message is refused, dropped or disconnected come first, those for which it is shed after them. */
    private static final int LIMITS = Reason.PRIORITY.ordinal();

    private static final int SHED = 3 * LIMITS;

    /** Messages that were shed after the limits had let them pass. */
    static final int SHED_BY_WAIT = SHED + Reason.WAIT.ordinal() - LIMITS;

    static final int SHED_BY_CIRCUIT = SHED + Reason.CIRCUIT_OPEN.ordinal() - LIMITS;

    /** Admitted messages that ended without an answer. */
    static final int FAILED = SHED_BY_CIRCUIT + 1;

    /** Admitted messages that the client gave up. */
    static final int CANCELLED = FAILED + 1;

    /** Admitted messages whose time passed in the queue. */
    static final int EXPIRED = CANCELLED + 1;

    /** Admitted messages that were thrown out of the queue. */
    static final int EVICTED = EXPIRED + 1;

    static final int EVENTS = EVICTED + 1;

    private static final long SEALED = -1L;
    private static final long MESSAGE_LAP = 1L << 20;
    private static final long BYTE_LAP = 1L << 38;

    private final long[] words = new long[EVENTS];

    /** When the connection may come back with what its rate refused. */
    final RetrySlot rateRetries = new RetrySlot();

    /** Whole laps, messages and bytes of each event; null until a word has lapped, which most connections never see. */
    @GuardedBy("this")
    private long @Nullable [] laps;

    /** The event of a message rejected by that decision: refused, dropped or disconnected by a limit, or shed. */
    static int rejected(Decision decision, Reason reason) {
        return decision == Decision.SHED
                ? SHED + reason.ordinal() - LIMITS
                : (decision.ordinal() - 1) * LIMITS + reason.ordinal();
    }

    /** Whether messages can be rejected by that decision for that reason. */
    static boolean isPossible(Decision decision, Reason reason) {
        boolean limit = reason.ordinal() < LIMITS;
        return decision == Decision.SHED ? !limit && SHED + reason.ordinal() - LIMITS < FAILED : limit;
    }

    /** The event of an admitted message that ended so; not {@link Outcome#COMPLETED}, which is what remains. */
    static int ended(Outcome outcome) {
        return switch (outcome) {
            case FAILED -> FAILED;
            case CANCELLED -> CANCELLED;
            case EXPIRED -> EXPIRED;
            case EVICTED -> EVICTED;
            case COMPLETED -> throw new IllegalArgumentException("not counted");
        };
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
