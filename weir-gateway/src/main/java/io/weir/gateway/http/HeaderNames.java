package io.weir.gateway.http;

import io.vertx.core.http.HttpHeaders;
import io.weir.gateway.mcp.McpHeaders;
import java.util.List;

/**
 * The names that the headers of every message are asked for. Each keeps its hash, which that of a {@code String} would
 * have to be computed for with each question.
 */
public final class HeaderNames {
    /** Where clients that cannot send {@code Authorization} send their API key. */
    public static final String X_API_KEY = "X-API-Key";

    private static final String X_FORWARDED = "X-Forwarded";

    /** Where proxies say for whom they ask. */
    public static final String X_FORWARDED_FOR_TEXT = "X-Forwarded-For";

    /** What the gateway relies on: no {@code Connection} header of a request removes these. */
    public static final List<String> RELIED_ON = List.of(
            "Host",
            "Origin",
            "Accept",
            "Content-Type",
            "Content-Length",
            "Authorization",
            X_API_KEY,
            McpHeaders.SESSION_ID,
            McpHeaders.PROTOCOL_VERSION,
            X_FORWARDED_FOR_TEXT,
            "Forwarded");

    public static final CharSequence ACCEPT_ENCODING = name("Accept-Encoding");
    public static final CharSequence AUTHORIZATION = name("Authorization");
    public static final CharSequence API_KEY = name(X_API_KEY);
    public static final CharSequence CONNECTION = name("Connection");
    public static final CharSequence CONTENT_ENCODING = name("Content-Encoding");
    public static final CharSequence CONTENT_LENGTH = name("Content-Length");
    public static final CharSequence CONTENT_TYPE = name("Content-Type");
    public static final CharSequence COOKIE = name("Cookie");
    public static final CharSequence EXPECT = name("Expect");
    public static final CharSequence FORWARDED = name("Forwarded");
    public static final CharSequence HOST = name("Host");
    public static final CharSequence KEEP_ALIVE = name("Keep-Alive");
    public static final CharSequence ORIGIN = name("Origin");
    public static final CharSequence PROTOCOL_VERSION = name(McpHeaders.PROTOCOL_VERSION);
    static final CharSequence REQUEST_TIMEOUT = name("X-Request-Timeout-Ms");
    public static final CharSequence SESSION_ID = name(McpHeaders.SESSION_ID);
    public static final CharSequence TRACEPARENT = name("traceparent");
    public static final CharSequence TRACESTATE = name("tracestate");
    public static final CharSequence USER_AGENT = name("User-Agent");
    public static final CharSequence X_FORWARDED_FOR = name(X_FORWARDED_FOR_TEXT);

    private HeaderNames() {}

    /** Whether a header of that name says by which proxies and from which client a request came. */
    public static boolean isForwardingHeader(String name) {
        return name.regionMatches(true, 0, X_FORWARDED, 0, X_FORWARDED.length())
                || name.equalsIgnoreCase("X-Original-Forwarded-For")
                || name.equalsIgnoreCase("Forwarded")
                || name.equalsIgnoreCase("X-Real-IP");
    }

    /** A name that keeps its hash. */
    public static CharSequence name(String name) {
        return HttpHeaders.createOptimized(name);
    }
}
