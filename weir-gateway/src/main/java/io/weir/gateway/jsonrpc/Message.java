package io.weir.gateway.jsonrpc;

import org.jspecify.annotations.Nullable;

/**
 * One JSON-RPC message, as far as it has to be understood.
 *
 * @param kind what it is
 * @param method its method; null for a response
 * @param id its id exactly as it stood in the body: a JSON string with its quotes, an integer, or (of an error response
 *     alone) the word {@code null}; null for a notification and for an error response without an id
 * @param target what it is about: {@code params.uri} for a {@code resources/} method, else {@code params.name}, such as
 *     the tool of a {@code tools/call}; null where that is no string or longer than
 *     {@link EnvelopeReader#MAX_TARGET_LENGTH}
 * @param cancels {@code params.requestId} as it stood in the body, of a {@code notifications/cancelled}; null elsewhere
 * @param timeoutMillis how long the client waits for the answer, from {@code params._meta["io.weir/timeoutMs"]};
 *     {@link #NO_TIMEOUT} where it does not say
 * @param trace which trace it is part of, from {@code params._meta.traceparent} and {@code tracestate}, unchecked; null
 *     where it does not say
 * @param start where its JSON begins in the body
 * @param end where its JSON ends in the body, exclusive
 */
public record Message(
        Kind kind,
        @Nullable String method,
        @Nullable String id,
        @Nullable String target,
        @Nullable String cancels,
        long timeoutMillis,
        @Nullable Trace trace,
        int start,
        int end) {

    /** Longer than anybody waits. */
    public static final long NO_TIMEOUT = Long.MAX_VALUE;

    /**
     * The trace that a message is part of, as it says it.
     *
     * @param parent {@code traceparent}, at most {@link EnvelopeReader#MAX_TRACEPARENT_LENGTH} bytes long
     * @param state {@code tracestate}; null where there is none, or it is longer than
     *     {@link EnvelopeReader#MAX_TRACESTATE_LENGTH} bytes
     */
    public record Trace(String parent, @Nullable String state) {}

    /** The three kinds of JSON-RPC message. */
    public enum Kind {
        REQUEST,
        NOTIFICATION,
        RESPONSE
    }
}
