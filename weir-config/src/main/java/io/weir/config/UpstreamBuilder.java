package io.weir.config;

import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.ValueType;
import io.weir.core.queue.CircuitPolicy;
import io.weir.core.queue.QueuePolicy;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Builds an upstream's configuration. Every setter takes text and says what is wrong with it. Not thread-safe. */
final class UpstreamBuilder {
    private static final ValueType<Integer> WEIGHT = ValueType.integer(1, 100);

    /** What is wrong with an upstream that has nothing which says where its server is. */
    static final String NO_SERVER =
            "needs url, where the MCP server answers, or command, the program that the gateway starts";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    /**
     * Those that frame a message or belong to one connection (RFC 9110, section 7.6.1), and those that belong to a
     * client.
     */
    private static final Set<String> NOT_CONFIGURABLE = caseInsensitive(
            "Connection",
            "Content-Encoding",
            "Content-Length",
            "Content-Type",
            "Expect",
            "HTTP2-Settings",
            "Keep-Alive",
            "Mcp-Session-Id",
            "Proxy-Connection",
            "TE",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade");

    private static final Pattern HEADER_VALUE = Pattern.compile("[\\t\\x20-\\x7e\\x80-\\xff]*");
    private static final int MAX_NAME = 256;

    private final String name;
    /** The first key that was set of those that are for one transport alone. */
    private @Nullable String first;

    private final Values values = new Values();
    private final Values circuit = new Values();
    private final Values connections = new Values();
    private final StdioBuilder stdio = new StdioBuilder();
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final Map<String, Integer> tenantWeights = new LinkedHashMap<>();
    private final Map<String, Values> methods = new LinkedHashMap<>();
    private final Map<String, Values> tools = new LinkedHashMap<>();

    /** @throws InvalidConfigException if that is no name for an upstream */
    UpstreamBuilder(String name) {
        if (!NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
            throw new InvalidConfigException(
                    name, "the name of an upstream is made of letters, digits, '-', '_' and '.', 64 at the most");
        }
        this.name = name;
    }

    String name() {
        return name;
    }

    /**
     * Notes that a key is set. @throws InvalidConfigException if it is for another transport than one that was set
     * before
     */
    void accept(String key) {
        Optional<String> transport = Keys.transportOf(key);
        if (transport.isEmpty()) {
            return;
        }
        if (first == null) {
            first = key;
        } else if (!Keys.transportOf(first).equals(transport)) {
            throw new InvalidConfigException(
                    key,
                    "is for a server " + kind(transport.get()) + ", but " + first + " is for one "
                            + kind(transport.get().equals("url") ? "command" : "url")
                            + "; remove one of the two");
        }
    }

    private static String kind(String transport) {
        return transport.equals("url") ? "that is reached by a url" : "that is started by a command";
    }

    /**
     * Sets a key of this upstream. @throws InvalidConfigException if there is no such key, or the text is not valid for
     * it
     */
    void set(String key, String text) {
        Key<?> found = find(Keys.UPSTREAMS, key);
        accept(key);
        values.set(found, text);
    }

    /**
     * Sets the arguments of its command, each kept as it is. @throws InvalidConfigException if one cannot be given to a
     * program
     */
    void args(List<String> args) {
        accept(Keys.ARGS.name());
        if (args.stream().anyMatch(each -> each.indexOf('\0') >= 0)) {
            throw new InvalidConfigException(Keys.ARGS.name(), "must not contain a zero character");
        }
        values.put(Keys.ARGS, args);
    }

    /**
     * Sets one value of a map, or a key of a section of an upstream. @throws InvalidConfigException if it is not valid
     */
    void set(String map, String entry, String text) {
        accept(map);
        switch (map) {
            case "headers" -> header(entry, text);
            case "env" -> stdio.environment(entry, text);
            case "tenant_weights" -> tenantWeights.put(entry, WEIGHT.parse(entry, text));
            case Keys.CONNECTIONS -> connections.set(find(Keys.CONNECTIONS, entry), text);
            case Keys.CHILDREN -> stdio.child(find(Keys.CHILDREN, entry), text);
            default -> circuit.set(find(Keys.CIRCUIT, entry), text);
        }
    }

    /** Sets one key of a method or tool. @throws InvalidConfigException if it is not valid */
    void set(String kind, String operation, String key, String text) {
        checkOperation(kind, operation);
        (kind.equals("methods") ? methods : tools)
                .computeIfAbsent(operation, each -> new Values())
                .set(find(Keys.OPERATION, key), text);
    }

    private static Key<?> find(String section, String key) {
        return Keys.find(section, key)
                .orElseThrow(() -> new InvalidConfigException(
                        key,
                        Suggestions.unknownKey(
                                key, section.equals(Keys.UPSTREAMS) ? Keys.ofUpstream() : Keys.names(section))));
    }

    /** @throws InvalidConfigException if nothing can be configured for that method or tool */
    static void checkOperation(String kind, String operation) {
        if (operation.isEmpty() || operation.length() > MAX_NAME) {
            throw new InvalidConfigException(operation, "must be a name of 1 to " + MAX_NAME + " characters");
        }
        if (kind.equals("methods")
                && (ControlMethods.REQUESTS.contains(operation) || ControlMethods.NOTIFICATIONS.contains(operation))) {
            throw new InvalidConfigException(
                    operation,
                    "is a control message: it is never queued or refused, and nothing can be configured for it");
        }
        if (kind.equals("methods") && operation.equals("subscriptions/listen")) {
            throw new InvalidConfigException(
                    operation, "is a stream and is never queued: its caps are edge.max_streams…");
        }
    }

    /**
     * The name of a header that the gateway itself gives to requests. @throws InvalidConfigException if it cannot be
     * one
     */
    static String requestHeader(String key, String text) {
        String header = text.strip();
        if (!HEADER_NAME.matcher(header).matches()
                || NOT_CONFIGURABLE.contains(header)
                || header.equalsIgnoreCase("Host")
                || header.equalsIgnoreCase("Authorization")) {
            throw new InvalidConfigException(
                    key,
                    "must be the name of a header that has no other use, such as X-Weir-Tenant, but is '" + text + "'");
        }
        return header;
    }

    /** The value is not told: it may be a secret. */
    private void header(String header, String value) {
        if (NOT_CONFIGURABLE.contains(header)) {
            throw new InvalidConfigException(
                    "headers",
                    "'" + header + "' cannot be set: the gateway frames its own requests to the server, and sessions"
                            + " belong to clients; remove it");
        }
        if (!HEADER_NAME.matcher(header).matches()
                || !HEADER_VALUE.matcher(value).matches()) {
            throw new InvalidConfigException(
                    "headers", "'" + header + "' must be the name of a header, and its value one line of text");
        }
        headers.put(header, value);
    }

    private static Set<String> caseInsensitive(String... names) {
        Set<String> set = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        set.addAll(List.of(names));
        return set;
    }

    /**
     * The configuration.
     *
     * @param defaults of keys that depend on the memory there is
     * @throws InvalidConfigException if there is neither a URL nor a command
     */
    UpstreamConfig build(Values defaults) {
        return new UpstreamConfig(
                name,
                values.find(Keys.COMMAND)
                        .<UpstreamTransport>map(program -> stdio.build(program, values, defaults))
                        .orElseGet(() -> ofUrl(defaults)),
                values.get(Keys.REQUEST_TIMEOUT),
                new QueueConfig(
                        new QueuePolicy(values.get(Keys.CAPACITY), circuit(), values.get(Keys.ABANDONED_HOLD)),
                        values.get(Keys.TTL),
                        values.find(Keys.PRIORITY),
                        tenantWeights,
                        operations(methods),
                        operations(tools)));
    }

    private UpstreamTransport ofUrl(Values defaults) {
        URI url = values.find(Keys.URL).orElseThrow(() -> new InvalidConfigException(name, NO_SERVER));
        return TcpTransport.isFor(url) ? tcp(url, defaults) : http(url);
    }

    private TcpTransport tcp(URI url, Values defaults) {
        String path = "upstreams." + name + ".";
        if (!headers.isEmpty()) {
            throw new InvalidConfigException(path + "headers", "is for a server over HTTP, and url is " + url);
        }
        for (Key<?> key : List.of(Keys.KEEP_ALIVE, Keys.FORWARDED_HEADERS)) {
            if (values.find(key).isPresent()) {
                throw new InvalidConfigException(path + key.name(), "is for a server over HTTP, and url is " + url);
            }
        }
        Values own = new Values();
        own.putAll(defaults);
        own.putAll(connections);
        own.putAll(values);
        return new TcpTransport(
                url,
                values.get(Keys.CONNECT_TIMEOUT),
                ChildPolicy.ofConnections(own.get(Keys.MAX_UPSTREAM_CONNECTIONS), own),
                tls(url));
    }

    private HttpTransport http(URI url) {
        if (!connections.isEmpty()) {
            throw new InvalidConfigException(
                    "upstreams." + name + "." + Keys.CONNECTIONS, "is for a server with a tcp or tls url");
        }
        return new HttpTransport(
                url,
                Map.copyOf(headers),
                values.get(Keys.FORWARDED_HEADERS),
                values.get(Keys.CONNECT_TIMEOUT),
                values.get(Keys.MAX_UPSTREAM_CONNECTIONS),
                values.get(Keys.KEEP_ALIVE),
                tls(url));
    }

    private UpstreamTls tls(URI url) {
        UpstreamTls tls = new UpstreamTls(
                values.find(Keys.TLS_CA),
                values.find(Keys.TLS_CERTIFICATE),
                values.find(Keys.TLS_KEY),
                values.find(Keys.TLS_SERVER_NAME));
        String path = "upstreams." + name + ".";
        if (tls.certificate().isPresent() != tls.key().isPresent()) {
            boolean certificate = tls.certificate().isPresent();
            throw new InvalidConfigException(
                    path + (certificate ? "tls_key" : "tls_certificate"),
                    "is missing: " + path + (certificate ? "tls_certificate" : "tls_key") + " needs it");
        }
        boolean encrypted = "https".equalsIgnoreCase(url.getScheme()) || "tls".equalsIgnoreCase(url.getScheme());
        if (!tls.equals(UpstreamTls.DEFAULT) && !encrypted) {
            throw new InvalidConfigException(
                    path + "url",
                    "must be an https URL" + (TcpTransport.isFor(url) ? ", or tls in place of tcp" : "")
                            + ", since there are settings of TLS (tls_…) for it");
        }
        return tls;
    }

    private CircuitPolicy circuit() {
        return new CircuitPolicy(
                circuit.get(Keys.CIRCUIT_ENABLED),
                circuit.get(Keys.CIRCUIT_QUEUE_DELAY),
                circuit.get(Keys.CIRCUIT_ERRORS),
                circuit.get(Keys.CIRCUIT_OPEN),
                circuit.get(Keys.CIRCUIT_HALF_OPEN));
    }

    private static Map<String, OperationConfig> operations(Map<String, Values> values) {
        return values.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, each -> operation(each.getValue())));
    }

    private static OperationConfig operation(Values values) {
        return new OperationConfig(
                values.find(Keys.OWN_CAPACITY),
                values.find(Keys.OWN_TTL),
                values.find(Keys.OWN_PRIORITY),
                values.find(Keys.OWN_WEIGHT));
    }
}
