package io.weir.gateway.tcp;

import io.vertx.core.buffer.Buffer;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.session.Payload;
import org.jspecify.annotations.Nullable;

/**
 * Takes the bytes of a connection apart into lines. What belongs to a line is budgeted before it is kept, and nothing is kept between two
 * lines. Confined to its event loop.
 */
final class LineSplitter {
    /** Longer lines leave an eighth of the budget for short ones, so that those always find room. */
    private static final int SMALL = 64 * 1024;

    private static final int SMALL_PART = 8;

    private final MemoryBudget budget;
    private final int maxBytes;
    private @Nullable Payload line;
    private long budgeted;
    private @Nullable Buffer rest;
    private int at;

    /** Whether what comes up to the end of the line is thrown away. */
    private boolean skips;

    LineSplitter(MemoryBudget budget, int maxBytes) {
        this.budget = budget;
        this.maxBytes = maxBytes;
    }

    /** What can come of more bytes. */
    enum Result {
        /** A line is whole: {@link #take} gives it. */
        LINE,
        /** The line needs more bytes. */
        MORE,
        /** The line is longer than a line may be; the rest of it is skipped. */
        TOO_LONG,
        /** There is no memory for the line now; the rest of it is skipped. */
        NO_MEMORY
    }

    /** Gives it bytes that have come; what was given before must have been used up. */
    void give(Buffer bytes) {
        rest = bytes;
        at = 0;
    }

    /** Goes on to the end of the line, or of what was given. */
    Result next() {
        Buffer from = rest;
        if (from == null) {
            return Result.MORE;
        }
        int begin = at;
        int end = begin;
        while (end < from.length() && from.getByte(end) != '\n') {
            end++;
        }
        boolean whole = end < from.length();
        at = end + 1;
        if (at >= from.length()) {
            rest = null;
        }
        if (skips) {
            skips = !whole;
            return whole && rest != null ? next() : Result.MORE;
        }
        Payload into = line;
        if (into == null && end > begin) {
            into = new Payload(whole ? end - begin : -1);
            line = into;
        }
        if (into != null) {
            if (into.length() + (long) (end - begin) > maxBytes) {
                return skip(Result.TOO_LONG, whole);
            }
            Payload.Source source =
                    (start, array, to, count) -> from.getBytes(begin + start, begin + start + count, array, to);
            if (end > begin && !into.append(source, end - begin, this::budget)) {
                return skip(Result.NO_MEMORY, whole);
            }
        }
        return whole ? Result.LINE : Result.MORE;
    }

    private Result skip(Result why, boolean whole) {
        line = null;
        release();
        skips = !whole;
        return why;
    }

    private boolean budget(long bytes) {
        boolean large = budgeted + bytes > SMALL;
        if (!(large ? budget.takeLeaving(SMALL_PART, bytes, Payload.maxReserved(maxBytes)) : budget.take(bytes))) {
            return false;
        }
        budgeted += bytes;
        return true;
    }

    /** The line that is whole; null if it is empty. Its bytes stay budgeted until {@link #release}. */
    @Nullable
    Payload take() {
        Payload whole = line;
        line = null;
        if (whole != null) {
            whole.complete();
        }
        return whole;
    }

    /** Whether a line has begun that is not whole. */
    boolean isInLine() {
        return line != null;
    }

    /** Whether bytes are left that were given. */
    boolean hasRest() {
        return rest != null;
    }

    /** Gives the budget back. */
    void release() {
        budget.giveBack(budgeted);
        budgeted = 0;
    }

    /** The connection is gone. */
    void close() {
        line = null;
        rest = null;
        release();
    }
}
