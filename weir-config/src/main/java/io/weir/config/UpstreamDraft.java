package io.weir.config;

import io.weir.core.Priority;
import io.weir.core.config.InvalidConfigException;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.CircuitPolicy;
import io.weir.core.queue.QueuePolicy;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An upstream's configuration while it is being put together. Every setter takes text and says what is wrong with it. */
final class UpstreamDraft {
    static final long MAX_TTL = 3_600_000;
    static final int MAX_WEIGHT = 100;

    /** The keys that hold one value. */
    static final List<String> SINGLE = List.of(
            "url",
            "connect_timeout_ms",
            "request_timeout_ms",
            "max_connections",
            "keep_alive_ms",
            "capacity",
            "ttl_ms",
            "priority",
            "abandoned_hold_ms");

    /** The keys that hold values by name. */
    static final List<String> MAPS = List.of("headers", "circuit_breaker", "tenant_weights");

    /** The keys that hold names with {@link WorkDraft#KEYS} below each. */
    static final List<String> WORKS = List.of("methods", "tools");

    static final List<String> CIRCUIT_KEYS =
            List.of("enabled", "queue_delay_ms", "error_percent", "open_ms", "trial_ms");

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    /** Those that frame a message or belong to one connection (RFC 9110, section 7.6.1), and those that belong to a client. */
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
    private static final Pattern URL = Pattern.compile("(?i)https?://([^/?#]*).*");
    private static final Pattern PORT = Pattern.compile(":(\\d*)$");
    private static final Pattern SPACE = Pattern.compile("\\s");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.-]+(:\\d+)?|\\[[0-9A-Fa-f:.]+](:\\d+)?");
    private static final int MAX_PORT = 65535;
    private static final int MAX_NAME = 256;

    private final String name;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final Map<String, Integer> tenantWeights = new LinkedHashMap<>();
    private final Map<String, WorkDraft> methods = new LinkedHashMap<>();
    private final Map<String, WorkDraft> tools = new LinkedHashMap<>();
    private @Nullable URI url;
    private Duration connectTimeout = Duration.ofSeconds(5);
    private Duration requestTimeout = Duration.ofMinutes(5);
    private int maxConnections = 1_024;
    private Duration keepAlive = UpstreamConfig.DEFAULT_KEEP_ALIVE;
    private Capacity capacity = Capacity.ADAPTIVE;
    private Duration ttl = QueueConfig.DEFAULT.ttl();
    private @Nullable Priority priority;
    private CircuitPolicy circuit = CircuitPolicy.DEFAULT;
    private Duration abandonedHold = QueuePolicy.DEFAULT_ABANDONED_HOLD;

    /** @throws InvalidConfigException if that is no name for an upstream */
    UpstreamDraft(String name) {
        if (!NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
            throw new InvalidConfigException(
                    name, "the name of an upstream is made of letters, digits, '-', '_' and '.', 64 at the most");
        }
        this.name = name;
    }

    String name() {
        return name;
    }

    /** All keys. */
    static List<String> keys() {
        return List.of(SINGLE, MAPS, WORKS).stream().flatMap(List::stream).toList();
    }

    /** Sets one of {@link #SINGLE}. @throws InvalidConfigException if the text is no value for it */
    void set(String key, String text) {
        switch (key) {
            case "url" -> url = url(text);
            case "connect_timeout_ms" -> connectTimeout = Texts.millis(key, text, 600_000);
            case "request_timeout_ms" -> requestTimeout = Texts.millis(key, text, 86_400_000);
            case "max_connections" -> maxConnections = Texts.integer(key, text, 1, 65_535);
            case "keep_alive_ms" -> keepAlive = Texts.millis(key, text, 3_600_000);
            case "capacity" -> capacity = Texts.capacity(key, text);
            case "abandoned_hold_ms" -> abandonedHold = Texts.millis(key, text, MAX_TTL);
            case "ttl_ms" -> ttl = Texts.millis(key, text, MAX_TTL);
            default -> priority = Texts.priority(key, text);
        }
    }

    /** Sets one value of one of {@link #MAPS}. @throws InvalidConfigException if it is not valid */
    void set(String map, String entry, String text) {
        switch (map) {
            case "headers" -> header(entry, text);
            case "tenant_weights" -> tenantWeights.put(entry, Texts.integer(entry, text, 1, MAX_WEIGHT));
            default -> circuit(entry, text);
        }
    }

    /** Sets one key of a method or tool. @throws InvalidConfigException if it is not valid */
    void set(String works, String work, String key, String text) {
        checkWork(works, work);
        (works.equals("methods") ? methods : tools)
                .computeIfAbsent(work, w -> new WorkDraft())
                .set(key, text);
    }

    /** @throws InvalidConfigException if nothing can be configured for that method or tool */
    static void checkWork(String works, String work) {
        if (work.isEmpty() || work.length() > MAX_NAME) {
            throw new InvalidConfigException(work, "must be a name of 1 to " + MAX_NAME + " characters");
        }
        if (works.equals("methods")
                && (ControlMethods.REQUESTS.contains(work) || ControlMethods.NOTIFICATIONS.contains(work))) {
            throw new InvalidConfigException(
                    work, "is a control message: it is never queued or refused, and nothing can be configured for it");
        }
        if (works.equals("methods") && work.equals("subscriptions/listen")) {
            throw new InvalidConfigException(work, "is a stream and is never queued: its caps are edge.max_streams…");
        }
    }

    /** The name of a header that the gateway itself gives to requests. @throws InvalidConfigException if it cannot be one */
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

    private void circuit(String key, String text) {
        CircuitPolicy c = circuit;
        circuit = switch (key) {
            case "enabled" ->
                new CircuitPolicy(Texts.bool(key, text), c.queueDelay(), c.errorPercent(), c.open(), c.trial());
            case "queue_delay_ms" ->
                new CircuitPolicy(c.enabled(), circuitMillis(key, text), c.errorPercent(), c.open(), c.trial());
            case "error_percent" ->
                new CircuitPolicy(c.enabled(), c.queueDelay(), Texts.integer(key, text, 1, 100), c.open(), c.trial());
            case "open_ms" ->
                new CircuitPolicy(c.enabled(), c.queueDelay(), c.errorPercent(), circuitMillis(key, text), c.trial());
            default ->
                new CircuitPolicy(c.enabled(), c.queueDelay(), c.errorPercent(), c.open(), circuitMillis(key, text));
        };
    }

    private static Duration circuitMillis(String key, String text) {
        return Texts.millis(key, text, 3_600_000);
    }

    private static URI url(String text) {
        try {
            URI url = new URI(text.strip());
            boolean http = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
            boolean port = url.getPort() != 0 && url.getPort() <= MAX_PORT;
            if (http && port && url.getHost() != null && url.getUserInfo() == null && url.getFragment() == null) {
                return url;
            }
        } catch (URISyntaxException e) {
            // Told below, as every other text that is no such URL.
        }
        throw new InvalidConfigException(
                "url",
                "must be an http or https URL such as http://127.0.0.1:3001/mcp, but is '" + Redaction.of(text) + "'"
                        + whatIsWrong(text.strip()));
    }

    /** What is wrong with a text that looks like a URL; empty if nothing special is. */
    private static String whatIsWrong(String text) {
        Matcher url = URL.matcher(text);
        if (!url.matches()) {
            return "";
        }
        if (SPACE.matcher(text).find()) {
            return ": it has a space in it; write %20 for one that belongs there";
        }
        String authority = url.group(1);
        Matcher port = PORT.matcher(authority);
        if (port.find() && !isPort(port.group(1))) {
            return ": its port must be from 1 to " + MAX_PORT;
        }
        if (authority.indexOf('@') >= 0) {
            return ": it must not hold a user name; set the Authorization header with headers";
        }
        if (text.indexOf('#') >= 0) {
            return ": it must not have a fragment";
        }
        return HOST.matcher(authority).matches() ? "" : ": '" + authority + "' is no host, or no host and port";
    }

    private static boolean isPort(String digits) {
        return digits.length() <= 5
                && !digits.isEmpty()
                && Integer.parseInt(digits) >= 1
                && Integer.parseInt(digits) <= MAX_PORT;
    }

    /** The configuration. @throws InvalidConfigException if there is no URL */
    UpstreamConfig build() {
        URI where = url;
        if (where == null) {
            throw new InvalidConfigException("url", "is missing: where does the MCP server answer?");
        }
        return new UpstreamConfig(
                name,
                where,
                Map.copyOf(headers),
                connectTimeout,
                requestTimeout,
                maxConnections,
                keepAlive,
                new QueueConfig(
                        new QueuePolicy(capacity, circuit, abandonedHold),
                        ttl,
                        Optional.ofNullable(priority),
                        tenantWeights,
                        works(methods),
                        works(tools)));
    }

    private static Map<String, OperationConfig> works(Map<String, WorkDraft> drafts) {
        return drafts.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        Map.Entry::getKey, each -> each.getValue().build()));
    }
}
