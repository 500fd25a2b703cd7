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

    /** This count less another. */
    public Count minus(Count other) {
        return new Count(messages - other.messages, bytes - other.bytes);
    }
}
