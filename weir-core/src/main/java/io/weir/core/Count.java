package io.weir.core;

/**
 * A number of messages and the bytes that they have together.
 *
 * @param messages at least 0
 * @param bytes at least 0
 */
public record Count(long messages, long bytes) {
    /** No messages. */
    public static final Count ZERO = new Count(0, 0);

    /** The sum of this count and another. */
    public Count plus(Count other) {
        return new Count(messages + other.messages, bytes + other.bytes);
    }

    /**
     * How much of those limits this takes, of messages or of bytes, whichever is more, in thousandths; all of 0 is
     * taken by anything.
     */
    public long permilleOf(long maxMessages, long maxBytes) {
        return Math.max(permille(messages, maxMessages), permille(bytes, maxBytes));
    }

    private static long permille(long part, long all) {
        return all == 0 ? (part == 0 ? 0 : 1000) : part * 1000 / all;
    }

    /** This count less another. */
    public Count minus(Count other) {
        return new Count(messages - other.messages, bytes - other.bytes);
    }
}
