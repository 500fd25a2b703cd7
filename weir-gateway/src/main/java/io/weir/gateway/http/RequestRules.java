package io.weir.gateway.http;

import io.vertx.core.MultiMap;
import io.weir.gateway.config.GatewayConfig;
import io.weir.gateway.config.HostPort;
import io.weir.gateway.mcp.McpHeaders;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which requests are served at all: {@code Host} and {@code Origin} are those of this gateway, so that a page in a
 * browser cannot reach it by rebinding a name (MCP, Streamable HTTP, security warning). Immutable.
 */
public final class RequestRules {
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1", "[::1]");
    private static final String ANY = "*";

    /** Of two of these, the gateway might judge by one and the server act on the other. */
    private static final List<String> SINGLE = List.of(
            McpHeaders.SESSION_ID, McpHeaders.PROTOCOL_VERSION, "Content-Type", "Authorization", Headers.API_KEY);

    private final Set<String> hosts = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    private final Set<String> origins = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

    /** The rules of an address that is listened on, and of what the configuration allows beside it. */
    public RequestRules(GatewayConfig config, HostPort listening) {
        hosts.addAll(LOOPBACK);
        hosts.add(listening.host());
        hosts.addAll(config.allowedHosts());
        origins.addAll(config.allowedOrigins());
    }

    /** Why a request is refused, or null. */
    public @Nullable Fault check(MultiMap headers) {
        for (String name : SINGLE) {
            if (headers.getAll(name).size() > 1) {
                return new Fault(400, "more than one " + name + " header");
            }
        }
        List<String> host = headers.getAll("Host");
        if (host.size() > 1) {
            return new Fault(400, "more than one Host header");
        }
        if (!host.isEmpty() && !hosts.contains(ANY) && !hosts.contains(name(host.get(0)))) {
            return new Fault(403, "this Host is not served here; the operator can allow it with http.allowed_hosts");
        }
        List<String> origin = headers.getAll("Origin");
        if (origin.size() > 1) {
            return new Fault(400, "more than one Origin header");
        }
        if (!origin.isEmpty() && !isAllowedOrigin(origin.get(0))) {
            return new Fault(403, "this Origin may not ask here; the operator can allow it with http.allowed_origins");
        }
        return null;
    }

    private boolean isAllowedOrigin(String origin) {
        if (origins.contains(ANY) || origins.contains(origin)) {
            return true;
        }
        try {
            String host = new URI(origin).getHost();
            return host != null && LOOPBACK.contains(host.toLowerCase(Locale.ROOT));
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static String name(String hostAndPort) {
        int bracket = hostAndPort.indexOf(']');
        int colon = hostAndPort.indexOf(':', Math.max(0, bracket));
        String name = colon < 0 ? hostAndPort : hostAndPort.substring(0, colon);
        return name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
    }

    /**
     * What is wrong with a request.
     *
     * @param status the HTTP status
     * @param message for a person
     */
    public record Fault(int status, String message) {}
}
