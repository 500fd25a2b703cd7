package io.weir.gateway.tcp;

import io.vertx.core.buffer.Buffer;
import io.weir.gateway.http.MemoryBudget;
import java.util.Arrays;

/**
 * A message to a client until it is whole. What it takes is budgeted before it is allocated. Ends of lines become blanks: in JSON they
 * stand between tokens alone. Confined to its event loop.
 */
final class AnswerText {
    private static final int FIRST = 512;

    /** Longer answers leave an eighth of the budget for short ones, so that those find room. */
    private static final int SMALL = 64 * 1024;

    private static final int SMALL_PART = 8;

    private final MemoryBudget budget;
    private final int maxBytes;
    private byte[] bytes = new byte[0];
    private int length;
    private boolean tooLong;
    private boolean noMemory;

    AnswerText(MemoryBudget budget, int maxBytes) {
        this.budget = budget;
        this.maxBytes = maxBytes;
    }

    void add(byte b) {
        if (reserve(1)) {
            bytes[length++] = b == '\n' || b == '\r' ? (byte) ' ' : b;
        }
    }

    void add(Buffer more) {
        if (!reserve(more.length())) {
            return;
        }
        more.getBytes(bytes, length);
        int end = length + more.length();
        for (int i = length; i < end; i++) {
            if (bytes[i] == '\n' || bytes[i] == '\r') {
                bytes[i] = ' ';
            }
        }
        length = end;
    }

    private boolean reserve(int more) {
        if (tooLong || noMemory) {
            return false;
        }
        if (length + (long) more > maxBytes) {
            tooLong = true;
            release();
            return false;
        }
        if (length + more > bytes.length) {
            int size = (int) Math.min(maxBytes, Math.max(length + (long) more, Math.max(FIRST, 2L * bytes.length)));
            if (!take(size - (long) bytes.length, size > SMALL)) {
                noMemory = true;
                release();
                return false;
            }
            bytes = Arrays.copyOf(bytes, size);
        }
        return true;
    }

    private boolean take(long more, boolean large) {
        return large ? budget.takeLeaving(SMALL_PART, more, maxBytes) : budget.take(more);
    }

    /** Whether it is longer than a message may be; it is empty then. */
    boolean isTooLong() {
        return tooLong;
    }

    /** Whether there was no memory for it; it is empty then. */
    boolean lacksMemory() {
        return noMemory;
    }

    boolean isEmpty() {
        return length == 0;
    }

    /** What there is. */
    byte[] bytes() {
        return Arrays.copyOf(bytes, length);
    }

    /** What this holds of the budget, in bytes; from now on the caller gives it back. This is empty then. */
    long handOver() {
        long held = bytes.length;
        bytes = new byte[0];
        length = 0;
        tooLong = false;
        noMemory = false;
        return held;
    }

    /** Gives up what there is. */
    void release() {
        budget.giveBack(bytes.length);
        bytes = new byte[0];
        length = 0;
    }
}
