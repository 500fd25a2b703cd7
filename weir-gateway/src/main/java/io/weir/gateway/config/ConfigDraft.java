package io.weir.gateway.config;

import io.weir.core.config.ConfigKey;
import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.Profile;
import io.weir.core.config.WeirConfigBuilder;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A gateway's configuration while it is being put together. Every setter takes text and says what is wrong with it. */
final class ConfigDraft {
    /** The keys beside those of {@link ConfigKey} and {@link EdgeKey}, by section. */
    private static final Map<String, List<String>> OTHER_KEYS = Map.of(
            "http", List.of("listen", "allowed_origins", "allowed_hosts"),
            "admin", List.of("listen"),
            "refusal", List.of("http_status", "code"),
            "tenants", List.of("api_keys_file"));

    static final List<String> UPSTREAM_KEYS =
            List.of("url", "headers", "connect_timeout_ms", "request_timeout_ms", "max_connections");

    private static final int RESERVED_CODES_FROM = -32768;
    private static final int RESERVED_CODES_TO = -32000;
    private static final int PROPOSED_CODE = -32023;

    /** The keys that hold several values. */
    static final Set<String> LISTS = Set.of("http.allowed_origins", "http.allowed_hosts");

    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Pattern HEADER_VALUE = Pattern.compile("[\\t\\x20-\\x7e\\x80-\\xff]*");
    private static final int LARGEST_PORT = 65535;

    private final Profile profile;
    private final long heapBytes;
    private final WeirConfigBuilder limits;
    private final Map<EdgeKey, Long> edge = EdgeKey.defaults();
    private final Map<String, UpstreamConfig> upstreams = new LinkedHashMap<>();
    private HostPort http = new HostPort("127.0.0.1", 8080);
    private HostPort admin = new HostPort("127.0.0.1", 9090);
    private int httpStatus = RefusalConfig.DEFAULT.httpStatus();
    private int code = RefusalConfig.DEFAULT.code();
    private List<String> allowedOrigins = List.of();
    private List<String> allowedHosts = List.of();
    private @Nullable Path apiKeys;

    ConfigDraft(Profile profile, long heapBytes) {
        this.profile = profile;
        this.heapBytes = heapBytes;
        this.limits = profile.builder(heapBytes);
    }

    /** The sections that hold keys, {@code upstreams} not among them. */
    static List<String> sections() {
        return List.of("http", "admin", "refusal", "tenants", "edge", ConfigKey.QUEUE_LIMITS, ConfigKey.BACKPRESSURE);
    }

    /** The keys of a section. */
    static List<String> keys(String section) {
        if (section.equals("edge")) {
            return Arrays.stream(EdgeKey.values()).map(EdgeKey::key).toList();
        }
        List<String> other = OTHER_KEYS.get(section);
        return other != null
                ? other
                : Arrays.stream(ConfigKey.values())
                        .filter(key -> key.section().equals(section))
                        .map(ConfigKey::key)
                        .toList();
    }

    /** Sets one key; lists are given with commas. @throws InvalidConfigException if the text is no value for it */
    void set(String section, String key, String text) {
        switch (section + "." + key) {
            case "http.listen" -> http = address(key, text);
            case "http.allowed_origins" -> allowedOrigins = list(text);
            case "http.allowed_hosts" -> allowedHosts = list(text);
            case "admin.listen" -> admin = address(key, text);
            case "refusal.http_status" -> httpStatus = httpStatus(text);
            case "refusal.code" -> code = code(text);
            case "tenants.api_keys_file" -> apiKeys = Path.of(text);
            default -> {
                if (section.equals("edge")) {
                    EdgeKey edgeKey = EdgeKey.valueOf(key.toUpperCase(Locale.ROOT));
                    edge.put(edgeKey, edgeKey.parse(text));
                } else {
                    profile.builder(heapBytes).set(section, key, text).build(); // tells here if it is out of range
                    limits.set(section, key, text);
                }
            }
        }
    }

    private static HostPort address(String key, String text) {
        try {
            return HostPort.parse(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigException(key, String.valueOf(e.getMessage()));
        }
    }

    private static List<String> list(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .toList();
    }

    private static int httpStatus(String text) {
        if (!text.equals("200") && !text.equals("429")) {
            throw new InvalidConfigException("http_status", "must be 200 or 429, but is '" + text + "'");
        }
        return Integer.parseInt(text);
    }

    private static int code(String text) {
        int value;
        try {
            value = Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new InvalidConfigException("code", "must be a whole number, but is '" + text + "'");
        }
        if (value >= RESERVED_CODES_FROM && value <= RESERVED_CODES_TO && value != PROPOSED_CODE) {
            throw new InvalidConfigException(
                    "code",
                    "must be outside " + RESERVED_CODES_FROM + " to " + RESERVED_CODES_TO
                            + ", which belong to JSON-RPC and MCP, or be " + PROPOSED_CODE + ", but is " + value);
        }
        return value;
    }

    /** Adds an upstream, in place of one of the same name. @throws InvalidConfigException if a value is not valid */
    void upstream(String name, Map<String, String> values, Map<String, String> headers) {
        if (!name.matches("[A-Za-z0-9._-]{1,64}") || name.equals(".") || name.equals("..")) {
            throw new InvalidConfigException(
                    name, "the name of an upstream is made of letters, digits, '-', '_' and '.', 64 at the most");
        }
        headers.forEach(ConfigDraft::checkHeader);
        upstreams.put(
                name,
                new UpstreamConfig(
                        name,
                        url(values.get("url")),
                        headers,
                        Duration.ofMillis(number(values, "connect_timeout_ms", 5_000, 600_000)),
                        Duration.ofMillis(number(values, "request_timeout_ms", 300_000, 86_400_000)),
                        (int) number(values, "max_connections", 1_024, 65_535)));
    }

    /** The value is not told: it may be a secret. */
    private static void checkHeader(String header, String value) {
        if (!HEADER_NAME.matcher(header).matches()
                || !HEADER_VALUE.matcher(value).matches()) {
            throw new InvalidConfigException(
                    "headers", "'" + header + "' must be the name of a header, and its value one line of text");
        }
    }

    private static URI url(@Nullable String text) {
        if (text == null) {
            throw new InvalidConfigException("url", "is missing: where does the MCP server answer?");
        }
        try {
            URI url = new URI(text.strip());
            boolean http = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
            boolean port = url.getPort() != 0 && url.getPort() <= LARGEST_PORT;
            if (http && port && url.getHost() != null && url.getUserInfo() == null && url.getFragment() == null) {
                return url;
            }
        } catch (URISyntaxException e) {
            // Told below, as every other text that is no such URL.
        }
        throw new InvalidConfigException(
                "url", "must be an http or https URL such as http://127.0.0.1:3001/mcp, but is '" + text + "'");
    }

    private static long number(Map<String, String> values, String key, long byDefault, long largest) {
        String text = values.get(key);
        if (text == null) {
            return byDefault;
        }
        long value;
        try {
            value = Long.parseLong(text.strip().replace("_", ""));
        } catch (NumberFormatException e) {
            throw new InvalidConfigException(key, "must be a whole number without a unit, but is '" + text + "'");
        }
        if (value < 1 || value > largest) {
            throw new InvalidConfigException(key, "must be from 1 to " + largest + ", but is " + value);
        }
        return value;
    }

    boolean hasUpstreams() {
        return !upstreams.isEmpty();
    }

    /** The configuration. @throws InvalidConfigException if values are not valid together or out of range */
    GatewayConfig build() {
        return new GatewayConfig(
                profile.key(),
                http,
                admin,
                new ArrayList<>(upstreams.values()),
                limits.build(),
                new RefusalConfig(httpStatus, code),
                EdgeKey.toConfig(edge),
                allowedOrigins,
                allowedHosts,
                Optional.ofNullable(apiKeys));
    }
}
