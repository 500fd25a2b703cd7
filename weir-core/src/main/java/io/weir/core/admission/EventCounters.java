package io.weir.core.admission;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/*
 * Each event has one packed word, so that counting messages and bytes together costs one compare-and-set. A word that
 * is nearly full is moved to a wide pair of counters. Sealing swaps every word for a mark that no count can be: a count
 * that comes later is not taken, and its owner knows that these counters are history.
 */

/** Counts the rarer events of one connection: messages rejected, by decision and reason, and those that ended ill. */
final class EventCounters {
    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final long SEALED = -1L;
    private static final long WRAP_MESSAGES = 1L << 20;
    private static final long WRAP_BYTES = 1L << 38;

    private final long[] words = new long[CountedEvent.COUNT];

    /** When the connection may come back with what its rate refused. */
    final RetrySlot rateRetries = new RetrySlot();

    /**
     * Messages and bytes of each event that were moved here; null until a word was full, which most connections never
     * see.
     */
    @GuardedBy("this")
    private long @Nullable [] overflow;

    /** Counts an event; false, and nothing counted, if these counters are sealed. */
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
        if (Amount.messages(after) >= WRAP_MESSAGES || Amount.bytes(after) >= WRAP_BYTES) {
            moveToOverflow(event);
        }
        return true;
    }

    private synchronized void moveToOverflow(int event) {
        long word;
        do {
            word = (long) WORDS.getVolatile(words, event);
            if (word == SEALED) {
                return;
            }
        } while (!WORDS.compareAndSet(words, event, word, 0L));
        if (overflow == null) {
            overflow = new long[2 * CountedEvent.COUNT];
        }
        overflow[2 * event] += Amount.messages(word);
        overflow[2 * event + 1] += Amount.bytes(word);
    }

    /** How many messages were rejected. */
    synchronized long rejectedMessages() {
        long rejected = 0;
        for (int event = 0; event < CountedEvent.COUNT; event++) {
            long word = (long) WORDS.getVolatile(words, event);
            if (word != SEALED && CountedEvent.isRejection(event)) {
                rejected += Amount.messages(word) + (overflow == null ? 0 : overflow[2 * event]);
            }
        }
        return rejected;
    }

    synchronized void addTo(Totals totals) {
        for (int event = 0; event < CountedEvent.COUNT; event++) {
            add(totals, event, (long) WORDS.getVolatile(words, event));
        }
    }

    /** Ends the counting and adds what was counted. */
    synchronized void sealInto(Totals totals) {
        for (int event = 0; event < CountedEvent.COUNT; event++) {
            add(totals, event, (long) WORDS.getAndSet(words, event, SEALED));
        }
    }

    @GuardedBy("this")
    private void add(Totals totals, int event, long word) {
        if (word != SEALED) {
            long messages = overflow == null ? 0 : overflow[2 * event];
            long bytes = overflow == null ? 0 : overflow[2 * event + 1];
            totals.event(event, messages + Amount.messages(word), bytes + Amount.bytes(word));
        }
    }
}
