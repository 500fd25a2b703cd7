package io.weir.gateway.jsonrpc;

import org.jspecify.annotations.Nullable;

/**
 * One JSON-RPC message, as far as it has to be understood.
 *
 * @param kind what it is
 * @param method its method; null for a response
 * @param id its id exactly as it stood in the body (a JSON string with its quotes, or a number); null for a notification
 * @param target {@code params.name} or {@code params.uri}, such as the tool of a {@code tools/call}; null where there is none
 * @param cancels {@code params.requestId} as it stood in the body, of a {@code notifications/cancelled}; null elsewhere
 * @param start where its JSON begins in the body
 * @param end where its JSON ends in the body, exclusive
 */
public record Message(
        Kind kind,
        @Nullable String method,
        @Nullable String id,
        @Nullable String target,
        @Nullable String cancels,
        int start,
        int end) {

    /** The three kinds of JSON-RPC message. */
    public enum Kind {
        REQUEST,
        NOTIFICATION,
        RESPONSE
    }
}
