package io.weir.gateway.tcp;

import io.vertx.core.buffer.Buffer;
import io.weir.gateway.http.MemoryBudget;
import java.util.Arrays;

/**
 * A message to a client until it is whole. What it takes is budgeted before it is allocated. Ends of lines become
 * blanks: in JSON they stand between tokens alone. Confined to its event loop.
 */
final class AnswerText {
    private static final int FIRST = 512;
    private static final byte[] NOTHING = {};

    private final MemoryBudget budget;
    private final int maxBytes;
    private byte[] bytes = NOTHING;
    private int length;
    private State state = State.FITS;

    /** Whether what was added could be kept. */
    enum State {
        FITS,
        /** It is longer than a message may be; none of it is kept. */
        TOO_LONG,
        /** There was no memory for it; none of it is kept. */
        NO_MEMORY
    }

    AnswerText(MemoryBudget budget, int maxBytes) {
        this.budget = budget;
        this.maxBytes = maxBytes;
    }

    /** Adds those bytes; but no blanks before all others, which most event streams have before their data. */
    void add(byte[] from, int begin, int end) {
        int first = begin;
        while (length == 0 && first < end && from[first] == ' ') {
            first++;
        }
        if (reserve(end - first)) {
            System.arraycopy(from, first, bytes, length, end - first);
            added(end - first);
        }
    }

    /** Adds those bytes. */
    void add(Buffer more) {
        if (reserve(more.length())) {
            more.getBytes(bytes, length);
            added(more.length());
        }
    }

    /** How many bytes it has. */
    int length() {
        return length;
    }

    private void added(int count) {
        int end = length + count;
        for (int i = length; i < end; i++) {
            if (bytes[i] == '\n' || bytes[i] == '\r') {
                bytes[i] = ' ';
            }
        }
        length = end;
    }

    private boolean reserve(int more) {
        if (state != State.FITS) {
            return false;
        }
        if (length + (long) more > maxBytes) {
            state = State.TOO_LONG;
            release();
            return false;
        }
        if (length + more > bytes.length) {
            int size = (int) Math.min(maxBytes, Math.max(length + (long) more, Math.max(FIRST, 2L * bytes.length)));
            if (!budget.takeOf(size - (long) bytes.length, size, maxBytes)) {
                state = State.NO_MEMORY;
                release();
                return false;
            }
            bytes = Arrays.copyOf(bytes, size);
        }
        return true;
    }

    /** Whether what was added could be kept. */
    State state() {
        return state;
    }

    boolean isEmpty() {
        return length == 0;
    }

    /** What there is. */
    byte[] bytes() {
        return Arrays.copyOf(bytes, length);
    }

    /** What there is, as a line. */
    Buffer line() {
        return Buffer.buffer(length + 1).appendBytes(bytes, 0, length).appendByte((byte) '\n');
    }

    /** Begins anew; what this holds of the budget, in bytes, is the caller's to give back. */
    long handOver() {
        long held = bytes.length;
        bytes = NOTHING;
        length = 0;
        state = State.FITS;
        return held;
    }

    /** Gives up what there is. */
    void release() {
        budget.giveBack(bytes.length);
        bytes = NOTHING;
        length = 0;
    }
}
