package io.weir.config;

import io.weir.core.config.ConfigKey;
import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.Profile;
import io.weir.core.config.WeirConfigBuilder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A gateway's configuration while it is being put together. Every setter takes text and says what is wrong with it. */
final class ConfigDraft {
    /** The keys beside those of {@link ConfigKey} and {@link EdgeKey}, by section. */
    private static final Map<String, List<String>> OTHER_KEYS = Map.of(
            "http", List.of("listen", "allowed_origins", "allowed_hosts", "trusted_proxies", "proxy_protocol"),
            "admin", List.of("listen", "allowed_hosts"),
            "refusal", List.of("http_status", "code"),
            "tenants", List.of("api_keys_file", "header"),
            "decision_log", List.of("file", "max_bytes", "files", "buffer_lines"));

    private static final int RESERVED_CODES_FROM = -32768;
    private static final int RESERVED_CODES_TO = -32000;
    private static final int PROPOSED_CODE = -32023;

    /** The keys that hold several values. */
    static final Set<String> LISTS =
            Set.of("http.allowed_origins", "http.allowed_hosts", "http.trusted_proxies", "admin.allowed_hosts");

    private final Profile profile;
    private final MemoryPlan.Jvm jvm;
    private final long heapBytes;
    private final WeirConfigBuilder limits;
    private final Map<EdgeKey, Long> edge = new EnumMap<>(EdgeKey.class);
    private final Map<String, UpstreamDraft> upstreams = new LinkedHashMap<>();
    private final Set<String> replaceable = new HashSet<>();
    private HostPort http = new HostPort("127.0.0.1", 8080);
    private HostPort admin = new HostPort("127.0.0.1", 9090);
    private int httpStatus = RefusalConfig.DEFAULT.httpStatus();
    private int code = RefusalConfig.DEFAULT.code();
    private List<String> allowedOrigins = List.of();
    private List<String> allowedHosts = List.of();
    private List<String> adminAllowedHosts = List.of();
    private @Nullable String tenantHeader;
    private List<AddressBlock> trustedProxies = List.of();
    private boolean proxyProtocol;
    private @Nullable Path apiKeys;
    private @Nullable Path decisionLog;
    private long decisionLogMaxBytes = DecisionLogConfig.DEFAULT_MAX_BYTES;
    private int decisionLogFiles = DecisionLogConfig.DEFAULT_FILES;
    private int decisionLogBufferLines = DecisionLogConfig.DEFAULT_BUFFER_LINES;

    ConfigDraft(Profile profile, MemoryPlan.Jvm jvm) {
        this.profile = profile;
        this.jvm = jvm;
        this.heapBytes = jvm.heapBytes();
        this.limits = profile.builder(heapBytes);
    }

    /** The sections that hold keys, {@code upstreams} not among them. */
    static List<String> sections() {
        return List.of(
                "http",
                "admin",
                "refusal",
                "tenants",
                "edge",
                ConfigKey.QUEUE_LIMITS,
                ConfigKey.BACKPRESSURE,
                "decision_log");
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
            case "admin.allowed_hosts" -> adminAllowedHosts = list(text);
            case "tenants.header" -> tenantHeader = UpstreamDraft.requestHeader(key, text);
            case "http.trusted_proxies" ->
                trustedProxies = list(text).stream()
                        .map(block -> AddressBlock.parse(key, block))
                        .toList();
            case "http.proxy_protocol" -> proxyProtocol = Texts.bool(key, text);
            case "admin.listen" -> admin = address(key, text);
            case "refusal.http_status" -> httpStatus = httpStatus(text);
            case "refusal.code" -> code = code(text);
            case "tenants.api_keys_file" -> apiKeys = Path.of(text);
            case "decision_log.file" -> decisionLog = Path.of(text);
            case "decision_log.max_bytes" -> decisionLogMaxBytes = Texts.number(key, text, 4_096, 1L << 40);
            case "decision_log.files" -> decisionLogFiles = Texts.integer(key, text, 1, 1_000);
            case "decision_log.buffer_lines" -> decisionLogBufferLines = Texts.integer(key, text, 16, 1 << 24);
            default -> {
                if (section.equals("edge")) {
                    EdgeKey edgeKey = EdgeKey.valueOf(key.toUpperCase(Locale.ROOT));
                    edge.put(edgeKey, edgeKey.parse(text));
                } else {
                    // Tells here if it is out of range, or nothing for a gateway.
                    GatewayConfig.requireSupported(
                            profile.builder(heapBytes).set(section, key, text).build());
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

    /** What there is now may be replaced by upstreams of the same name: the command line goes over the file. */
    void endFile() {
        replaceable.addAll(upstreams.keySet());
    }

    /** Adds an upstream. @throws InvalidConfigException if there is one of that name that it may not replace */
    void add(UpstreamDraft upstream) {
        if (!replaceable.remove(upstream.name()) && upstreams.containsKey(upstream.name())) {
            throw new InvalidConfigException(
                    upstream.name(),
                    "there is an upstream of this name already; give each its own with --upstream NAME=URL, or change"
                            + " the one there is with --set upstreams." + upstream.name() + ".url=URL");
        }
        upstreams.put(upstream.name(), upstream);
    }

    /** Adds an upstream with nothing but a URL and headers. @throws InvalidConfigException if a value is not valid */
    void upstream(String name, String url, Map<String, String> headers) {
        UpstreamDraft upstream = new UpstreamDraft(name);
        upstream.set("url", url);
        headers.forEach((header, value) -> upstream.set("headers", header, value));
        add(upstream);
    }

    /** The upstreams by name. */
    Map<String, UpstreamDraft> upstreams() {
        return upstreams;
    }

    boolean hasUpstreams() {
        return !upstreams.isEmpty();
    }

    /** What was set, over what fits into the memory there is. */
    private EdgeConfig edge() {
        Map<EdgeKey, Long> values =
                MemoryPlan.defaults(jvm, edge.getOrDefault(EdgeKey.MAX_BODY_BYTES, EdgeKey.MAX_BODY_BYTES.byDefault()));
        values.putAll(edge);
        return EdgeKey.toConfig(values);
    }

    /** The configuration. @throws InvalidConfigException if values are not valid together or out of range */
    GatewayConfig build() {
        if (http.overlaps(admin)) {
            throw new InvalidConfigException(
                    "admin.listen",
                    "is " + admin + ", and http.listen is " + http
                            + ": clients and the operator need a port each; change one with --admin or --http");
        }
        if (proxyProtocol && trustedProxies.isEmpty()) {
            throw new InvalidConfigException(
                    "proxy_protocol",
                    "needs http.trusted_proxies: the addresses whose connections begin with that header");
        }
        return new GatewayConfig(
                profile.key(),
                http,
                admin,
                upstreams.values().stream().map(UpstreamDraft::build).toList(),
                limits.build(),
                new RefusalConfig(httpStatus, code),
                edge(),
                allowedOrigins,
                allowedHosts,
                adminAllowedHosts,
                Optional.ofNullable(tenantHeader),
                new ProxyConfig(trustedProxies, proxyProtocol),
                Optional.ofNullable(apiKeys),
                Optional.ofNullable(decisionLog)
                        .map(file -> new DecisionLogConfig(
                                file, decisionLogMaxBytes, decisionLogFiles, decisionLogBufferLines)));
    }
}
