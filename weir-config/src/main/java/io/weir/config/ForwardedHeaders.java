package io.weir.config;

/** Which {@code X-Forwarded-*} headers about a request's client a server over HTTP gets. */
public enum ForwardedHeaders {
    /** None: for a server that should not learn the addresses of clients. */
    NONE,

    /** The client's address ({@code X-Forwarded-For}), and what a trusted proxy said beside it. */
    FOR,

    /**
     * As {@link #FOR}, and the scheme and host of the URL that the client uses ({@code X-Forwarded-Proto},
     * {@code X-Forwarded-Host}).
     */
    ALL
}
