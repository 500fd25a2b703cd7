package io.weir.core.admission;

import io.weir.core.Count;

/**
 * Messages and bytes in one word, so that both are reserved by one compare-and-set: 24 bits of messages above 40 bits
 * of bytes. Sums and differences are taken field by field and wrap within a field.
 */
final class Amount {
    static final int BYTE_BITS = 40;

    private static final long BYTES = (1L << BYTE_BITS) - 1;

    /** No amount: more than any limit allows. */
    static final long NONE = -1L;

    private Amount() {}

    static long of(int messages, long bytes) {
        return ((long) messages << BYTE_BITS) | bytes;
    }

    static int messages(long amount) {
        return (int) (amount >>> BYTE_BITS);
    }

    static long bytes(long amount) {
        return amount & BYTES;
    }

    static long plus(long a, long b) {
        return ((a & ~BYTES) + (b & ~BYTES)) | ((a + b) & BYTES);
    }

    static long minus(long a, long b) {
        return ((a & ~BYTES) - (b & ~BYTES)) | ((a - b) & BYTES);
    }

    /** The difference, each part at least 0. */
    static long minusAtMost(long a, long b) {
        return of(Math.max(0, messages(a) - messages(b)), Math.max(0, bytes(a) - bytes(b)));
    }

    static Count count(long amount) {
        return new Count(messages(amount), bytes(amount));
    }
}
