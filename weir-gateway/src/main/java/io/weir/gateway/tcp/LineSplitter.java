package io.weir.gateway.tcp;

import io.vertx.core.buffer.Buffer;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.proxy.IncomingPayload;
import io.weir.gateway.session.Payload;
import org.jspecify.annotations.Nullable;

/** Takes the bytes of a connection apart into lines. Nothing is kept between two lines. Confined to its event loop. */
final class LineSplitter {
    private final IncomingPayload line;
    private @Nullable Buffer rest;
    private int at;

    /** Whether what comes up to the end of the line is thrown away. */
    private boolean skips;

    LineSplitter(MemoryBudget budget, int maxBytes) {
        this.line = new IncomingPayload(budget, maxBytes);
    }

    /** What can come of more bytes. */
    enum Result {
        /** A line is whole: {@link #take} gives it. */
        LINE,
        /** There is another line, without a byte. */
        EMPTY,
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
            return whole ? Result.EMPTY : Result.MORE;
        }
        if (end > begin) {
            IncomingPayload.Failure failure = append(from, begin, end, whole);
            if (failure != null) {
                skips = !whole;
                return failure == IncomingPayload.Failure.TOO_LARGE ? Result.TOO_LONG : Result.NO_MEMORY;
            }
        }
        return whole ? (line.isBegun() ? Result.LINE : Result.EMPTY) : Result.MORE;
    }

    private IncomingPayload.@Nullable Failure append(Buffer from, int begin, int end, boolean whole) {
        if (!line.isBegun()) {
            IncomingPayload.Failure failure = line.begin(whole ? end - begin : -1);
            if (failure != null) {
                return failure;
            }
        }
        return line.append(from, begin, end);
    }

    /** The line that is whole. Its bytes stay budgeted until {@link #release}. */
    Payload take() {
        return line.complete();
    }

    /** Whether a line has begun that is not whole, also if it is skipped. */
    boolean isInLine() {
        return line.isBegun() || skips;
    }

    /** Whether the rest of a line is skipped, for which {@link Result} has said why. */
    boolean isSkipping() {
        return skips;
    }

    /** Whether bytes are left that were given. */
    boolean hasRest() {
        return rest != null;
    }

    /** How many bytes the buffer has of which some are left that were given; 0 if none are. */
    int restBytes() {
        Buffer left = rest;
        return left == null ? 0 : left.length();
    }

    /** Gives the budget back. */
    void release() {
        line.release();
    }

    /** The connection is gone. */
    void close() {
        line.discard();
        rest = null;
    }
}
