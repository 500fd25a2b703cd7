package io.weir.gateway.mcp;

/**
 * What a refused client is told, whatever limit spoke.
 *
 * @param reason the key of the limit, such as {@code connection_messages}
 * @param scope {@code connection}, {@code tenant}, {@code global} or {@code upstream}
 * @param limitOf what kind of limit it is
 * @param current how much of the limit was taken
 * @param limit the limit
 * @param offered how much was offered, in the unit of the limit
 * @param retryAfterMillis after which it is worth trying again; 0 where that is not known, {@link #NEVER} where no
 *     waiting helps
 */
public record Refusal(
        String reason, String scope, LimitOf limitOf, long current, long limit, long offered, long retryAfterMillis) {

    /** No waiting helps: what was offered is larger than the limit. */
    public static final long NEVER = -1;

    /** The kinds of limit that can refuse. */
    public enum LimitOf {
        /** Messages that are pending. */
        MESSAGES,
        /** Bytes of messages that are pending. */
        BYTES,
        /** Messages a second. */
        RATE,
        /** Streams that are open. */
        STREAMS,
        /** Pending messages of the control lane. */
        CONTROL,
        /** Messages that are pending, where one of a low priority is rejected before the others. */
        PRIORITY,
        /** How long a message is worth waiting, in milliseconds. */
        WAIT,
        /** None: the server is left alone for a while. */
        CIRCUIT,
        /** How long a message may have waited, in milliseconds. */
        AGE,
        /** None: a later message took its place. */
        PLACE,
        /** None: the connection was reset. */
        RESET,
        /** None: the client took it back. */
        CANCELLED,
        /** None: the gateway is shutting down. */
        SHUTDOWN
    }
}
