package io.weir.gateway.http;

import io.vertx.core.http.HttpHeaders;
import io.weir.gateway.mcp.McpHeaders;

/**
 * The names that the headers of every message are asked for. Each keeps its hash, which that of a {@code String} would have to be
 * computed for with each question.
 */
final class HeaderNames {
    static final CharSequence ACCEPT_ENCODING = name("Accept-Encoding");
    static final CharSequence AUTHORIZATION = name("Authorization");
    static final CharSequence API_KEY = name(Headers.API_KEY);
    static final CharSequence CONNECTION = name("Connection");
    static final CharSequence CONTENT_ENCODING = name("Content-Encoding");
    static final CharSequence CONTENT_LENGTH = name("Content-Length");
    static final CharSequence CONTENT_TYPE = name("Content-Type");
    static final CharSequence COOKIE = name("Cookie");
    static final CharSequence EXPECT = name("Expect");
    static final CharSequence FORWARDED = name(ClientAddresses.FORWARDED);
    static final CharSequence HOST = name("Host");
    static final CharSequence KEEP_ALIVE = name("Keep-Alive");
    static final CharSequence ORIGIN = name("Origin");
    static final CharSequence PROTOCOL_VERSION = name(McpHeaders.PROTOCOL_VERSION);
    static final CharSequence REQUEST_TIMEOUT = name("X-Request-Timeout-Ms");
    static final CharSequence SESSION_ID = name(McpHeaders.SESSION_ID);
    static final CharSequence USER_AGENT = name("User-Agent");
    static final CharSequence X_FORWARDED_FOR = name(ClientAddresses.X_FORWARDED_FOR);

    private HeaderNames() {}

    static CharSequence name(String name) {
        return HttpHeaders.createOptimized(name);
    }
}
