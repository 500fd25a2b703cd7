package io.weir.config;

/** What a server over HTTP is told of where a request comes from, in the {@code X-Forwarded-*} headers. */
public enum ForwardedHeaders {
    /** Nothing: for a server of somebody else, whom the addresses of clients do not concern. */
    NONE,

    /** The client's address ({@code X-Forwarded-For}), and what a trusted proxy said beside it. */
    FOR,

    /**
     * As {@link #FOR}, and the scheme and host of the URL that the client uses ({@code X-Forwarded-Proto},
     * {@code X-Forwarded-Host}).
     */
    ALL
}
