package io.weir.gateway.http;

import io.vertx.core.MultiMap;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which headers go on, and which belong to one hop (RFC 9110, section 7.6.1). */
public final class Headers {
    private static final int MAX_TIMEOUT = 12;

    private Headers() {}

    /**
     * How long a client waits for its answer, in nanoseconds, by {@code X-Request-Timeout-Ms}; the longest time where
     * that is not there or is no positive number: others may use the name for something else.
     */
    public static long timeoutNanos(MultiMap headers) {
        String text = headers.get(HeaderNames.REQUEST_TIMEOUT);
        if (text == null || text.isEmpty() || text.length() > MAX_TIMEOUT) {
            return Long.MAX_VALUE;
        }
        long millis = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return Long.MAX_VALUE;
            }
            millis = 10 * millis + (c - '0');
        }
        return millis == 0 ? Long.MAX_VALUE : TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** Copies all end-to-end headers, in their order, less those that {@code left} out. */
    public static void copy(MultiMap from, MultiMap to, Predicate<String> left) {
        Set<String> named = named(from.getAll(HeaderNames.CONNECTION));
        for (Map.Entry<String, String> header : from) {
            String name = header.getKey();
            if (!isHopByHop(name) && (named == null || !named.contains(name)) && !left.test(name)) {
                to.add(name, header.getValue());
            }
        }
    }

    /**
     * Removes what belonged to the hop that a request came by: {@code Connection}, and what it names. Done before
     * anything is read of the request, so that the gateway and the server judge by the same headers; what the gateway
     * relies on cannot be named away.
     *
     * @param reliedOnAsWell the name of a header that this gateway relies on beside those that every one does
     */
    public static void endHop(MultiMap request, Optional<String> reliedOnAsWell) {
        if (!request.contains(HeaderNames.CONNECTION)) {
            return;
        }
        Set<String> named = named(request.getAll(HeaderNames.CONNECTION));
        if (named != null) {
            HeaderNames.RELIED_ON.forEach(named::remove);
            reliedOnAsWell.ifPresent(named::remove);
            named.forEach(request::remove);
        }
        request.remove(HeaderNames.CONNECTION);
    }

    /** The headers that {@code Connection} names as belonging to this hop, or null where it names none. */
    private static @Nullable Set<String> named(List<String> connection) {
        if (connection.isEmpty() || (connection.size() == 1 && isOption(connection.get(0)))) {
            return null;
        }
        return connection.stream()
                .flatMap(value -> Arrays.stream(value.split(",", -1)))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toCollection(() -> new TreeSet<>(String.CASE_INSENSITIVE_ORDER)));
    }

    private static boolean isOption(String connection) {
        return connection.equalsIgnoreCase("keep-alive") || connection.equalsIgnoreCase("close");
    }

    /** By length first: this is asked of every header of every message. */
    private static boolean isHopByHop(String name) {
        return switch (name.length()) {
            case 2 -> name.equalsIgnoreCase("TE");
            case 6 -> name.equalsIgnoreCase("Expect");
            case 7 -> name.equalsIgnoreCase("Trailer") || name.equalsIgnoreCase("Upgrade");
            case 10 -> name.equalsIgnoreCase("Connection") || name.equalsIgnoreCase("Keep-Alive");
            case 14 -> name.equalsIgnoreCase("HTTP2-Settings");
            case 16 -> name.equalsIgnoreCase("Proxy-Connection");
            case 17 -> name.equalsIgnoreCase("Transfer-Encoding");
            case 18 -> name.equalsIgnoreCase("Proxy-Authenticate");
            case 19 -> name.equalsIgnoreCase("Proxy-Authorization");
            default -> false;
        };
    }
}
