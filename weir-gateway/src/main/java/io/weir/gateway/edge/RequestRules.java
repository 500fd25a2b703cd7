package io.weir.gateway.edge;

import io.vertx.core.MultiMap;
import io.weir.config.GatewayConfig;
import io.weir.config.HostPort;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.mcp.McpHeaders;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which requests are served at all: {@code Host} and {@code Origin} are those of this gateway, so that a page in a
 * browser cannot reach it by rebinding a name (MCP, Streamable HTTP, security warning). Thread-safe.
 */
public final class RequestRules {
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1", "[::1]");
    private static final String ANY = "*";

    /** Of two of these, the gateway might judge by one and the server act on the other. */
    private static final List<String> SINGLE = List.of(
            McpHeaders.SESSION_ID,
            McpHeaders.PROTOCOL_VERSION,
            "Content-Type",
            "Authorization",
            HeaderNames.X_API_KEY,
            "Host",
            "Origin");

    /** RFC 9110, section 7.2, without percent-encoding, which no name that is served has. */
    private static final Pattern HOST = Pattern.compile("([A-Za-z0-9._~-]*|\\[[0-9A-Fa-f:.]{2,45}])(:[0-9]{0,5})?");

    private final String section;

    /** Whether pages are served here. */
    private final boolean hasPages;

    private final HostPort listening;
    private volatile Names names;

    /** What is allowed, until it is replaced as a whole. */
    private static final class Names {
        private final Set<String> hosts = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        private final Set<String> origins = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

        /** The {@code Host} that was served last: most clients send the same. */
        private @Nullable String servedHost;

        Names(HostPort listening, List<String> allowedHosts, List<String> allowedOrigins) {
            hosts.addAll(LOOPBACK);
            hosts.add(listening.host());
            hosts.addAll(allowedHosts);
            origins.addAll(allowedOrigins);
        }
    }

    /** The rules for clients: those of the address that is listened on, and what {@code http} allows beside it. */
    public RequestRules(GatewayConfig config, HostPort listening) {
        this("http", false, listening, config.allowedHosts(), config.allowedOrigins());
    }

    /** The rules for the operator's port: no page but its own has anything to do there, whatever clients may. */
    public static RequestRules ofAdmin(GatewayConfig config) {
        return new RequestRules("admin", true, config.admin(), config.adminAllowedHosts(), List.of());
    }

    private RequestRules(
            String section,
            boolean hasPages,
            HostPort listening,
            List<String> allowedHosts,
            List<String> allowedOrigins) {
        this.section = section;
        this.hasPages = hasPages;
        this.listening = listening;
        this.names = new Names(listening, allowedHosts, allowedOrigins);
    }

    /** From now on these are allowed beside the listening address and loopback, and those before no more. */
    public void allow(List<String> allowedHosts, List<String> allowedOrigins) {
        names = new Names(listening, allowedHosts, allowedOrigins);
    }

    /** Why a request is refused, or null. */
    public @Nullable Fault check(MultiMap headers) {
        Fault fault = checkSingle(headers);
        if (fault == null) {
            fault = checkHost(headers.get(HeaderNames.HOST));
        }
        if (fault != null || isOwnPage(headers)) {
            return fault;
        }
        return checkOrigin(headers);
    }

    /** Whether a page of this very port asks, by a name that is allowed. */
    private boolean isOwnPage(MultiMap headers) {
        String host = headers.get(HeaderNames.HOST);
        String origin = headers.get(HeaderNames.ORIGIN);
        return hasPages
                && host != null
                && origin != null
                && (origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host));
    }

    private static @Nullable Fault checkSingle(MultiMap headers) {
        int seen = 0;
        for (Map.Entry<String, String> header : headers) {
            int single = single(header.getKey());
            if ((seen & single) != 0) {
                return new Fault(400, "more than one " + header.getKey() + " header");
            }
            seen |= single;
        }
        return null;
    }

    /** A bit of its own for each name that may stand once; 0 for others. */
    private static int single(String name) {
        for (int i = 0; i < SINGLE.size(); i++) {
            if (name.equalsIgnoreCase(SINGLE.get(i))) {
                return 1 << i;
            }
        }
        return 0;
    }

    private @Nullable Fault checkHost(@Nullable String host) {
        Names allowed = names;
        if (host == null || host.equals(allowed.servedHost)) {
            return null;
        }
        if (!HOST.matcher(host).matches()) {
            return new Fault(400, "a Host header that is not NAME or NAME:PORT");
        }
        if (!allowed.hosts.contains(ANY) && !allowed.hosts.contains(name(host))) {
            return new Fault(
                    403, "this Host is not served here; the operator can allow it with " + section + ".allowed_hosts");
        }
        allowed.servedHost = host;
        return null;
    }

    /**
     * Why a request is refused for its {@code Origin} alone, or null: where it does not matter by which name one came.
     */
    public @Nullable Fault checkOrigin(MultiMap headers) {
        List<String> origin = headers.getAll(HeaderNames.ORIGIN);
        if (origin.size() > 1) {
            return new Fault(400, "more than one Origin header");
        }
        if (!origin.isEmpty() && !isAllowedOrigin(origin.get(0))) {
            return new Fault(
                    403,
                    "Origin not allowed; the operator can allow it with "
                            + (hasPages ? section + ".allowed_hosts" : section + ".allowed_origins"));
        }
        return null;
    }

    private boolean isAllowedOrigin(String origin) {
        Set<String> origins = names.origins;
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
