package io.weir.gateway.edge;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.weir.gateway.http.HeaderNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Cross-origin requests of pages in a browser (the Fetch standard, "CORS protocol"), for origins that
 * {@link RequestRules} allows. What an upstream says about it is replaced: it does not know the gateway's own origin.
 */
final class Cors {
    private static final String ALLOW_ORIGIN = "Access-Control-Allow-Origin";
    private static final String EXPOSE_HEADERS = "Access-Control-Expose-Headers";
    private static final String REQUEST_METHOD = "Access-Control-Request-Method";
    private static final String REQUEST_HEADERS = "Access-Control-Request-Headers";
    private static final String PREFIX = "access-control-";
    private static final String METHODS = "GET, POST, DELETE";
    private static final String EXPOSED = "Mcp-Session-Id, MCP-Protocol-Version, Retry-After, WWW-Authenticate";
    private static final String COMMON_HEADERS = "Content-Type, Accept, Authorization, X-API-Key, Mcp-Session-Id,"
            + " MCP-Protocol-Version, Mcp-Method, Mcp-Name, Last-Event-ID, X-Request-Timeout-Ms";

    /** Two hours, the longest time that browsers keep the answer to a preflight. */
    private static final String MAX_AGE_SECONDS = "7200";

    private static final int MAX_LENGTH = 2_048;

    private Cors() {}

    /** The origin of the page that asks, or null where no page does. */
    static @Nullable String origin(MultiMap headers) {
        return headers.get(HeaderNames.ORIGIN);
    }

    /** Whether a browser asks with this request what it may send. */
    static boolean isPreflight(HttpServerRequest request) {
        return request.method().name().equals("OPTIONS")
                && request.headers().contains(HeaderNames.ORIGIN)
                && request.headers().contains(REQUEST_METHOD);
    }

    /**
     * ErrorResponses a preflight of an allowed origin. Any header may be sent: which ones servers understand is not
     * known here.
     */
    static void answerPreflight(HttpServerRequest request) {
        String asked = request.getHeader(REQUEST_HEADERS);
        request.response()
                .setStatusCode(204)
                .putHeader("Access-Control-Allow-Methods", METHODS)
                .putHeader("Access-Control-Allow-Headers", isListOfNames(asked) ? asked : COMMON_HEADERS)
                .putHeader("Access-Control-Max-Age", MAX_AGE_SECONDS)
                .putHeader("Vary", REQUEST_METHOD + ", " + REQUEST_HEADERS)
                .end();
    }

    private static boolean isListOfNames(@Nullable String text) {
        if (text == null || text.isEmpty() || text.length() > MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((!Character.isLetterOrDigit(c) && "!#$%&'*+-.^_`|~, ".indexOf(c) < 0) || c > '~') {
                return false;
            }
        }
        return true;
    }

    /** Lets the page read an answer whose headers are complete. To be called right before they are written. */
    static void allow(String origin, MultiMap answer) {
        String exposed = answer.get(EXPOSE_HEADERS);
        List<String> foreign = new ArrayList<>();
        for (String name : answer.names()) {
            String lower = name.toLowerCase(Locale.ROOT);
            boolean ofPreflight = lower.equals("access-control-allow-methods")
                    || lower.equals("access-control-allow-headers")
                    || lower.equals("access-control-max-age");
            if (lower.startsWith(PREFIX) && !ofPreflight) {
                foreign.add(name);
            }
        }
        foreign.forEach(answer::remove);
        answer.set(ALLOW_ORIGIN, origin);
        answer.set(EXPOSE_HEADERS, exposed == null || exposed.contains("*") ? EXPOSED : EXPOSED + ", " + exposed);
        answer.add("Vary", "Origin");
    }
}
