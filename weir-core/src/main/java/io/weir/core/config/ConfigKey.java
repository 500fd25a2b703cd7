package io.weir.core.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Every key of the core's configuration: its section, type, documentation, and where its value is. */
@SuppressWarnings("ImmutableEnumChecker") // the functions are constants without state
public enum ConfigKey {
    MAX_MESSAGES(
            "queue_limits",
            ValueType.integer(0, QueueLimitsConfig.MAX_MESSAGES),
            WeirConfigBuilder::maxMessages,
            c -> c.queueLimits().maxMessages(),
            "of one connection: an MCP session, else all that comes from one address without a session"),
    MAX_BYTES(
            "queue_limits",
            ValueType.bytes(0, QueueLimitsConfig.MAX_BYTES),
            WeirConfigBuilder::maxBytes,
            c -> c.queueLimits().maxBytes(),
            "of one connection"),
    BACKPRESSURE_ACTION(
            "queue_limits",
            BackpressureAction.TYPE,
            WeirConfigBuilder::backpressureAction,
            c -> c.queueLimits().backpressureAction(),
            "`refuse`, `drop` (`drop_newest`), `drop_oldest` (the oldest one that waits of that "
                    + "connection makes room), or `disconnect`. With `pause`, clients over TCP and the client of "
                    + "`weir stdio` are not read any further until their connection is half empty and the message "
                    + "fits, for at most its `ttl_ms`; clients over HTTP are refused, since a POST has been read "
                    + "before it is decided on. It needs `tcp.listen` or `weir stdio`"),
    DROP_SILENTLY(
            "queue_limits",
            ValueType.bool(),
            WeirConfigBuilder::dropSilently,
            c -> c.queueLimits().dropSilently(),
            "with `drop` and `drop_oldest`: requests are not answered but with an empty 202"),
    ENABLE_TENANT_LIMITS(
            "queue_limits",
            ValueType.bool(),
            WeirConfigBuilder::enableTenantLimits,
            c -> c.queueLimits().enableTenantLimits(),
            "enforces the two below and the tenant's rate"),
    TENANT_MAX_MESSAGES(
            "queue_limits",
            ValueType.integer(0, QueueLimitsConfig.MAX_MESSAGES),
            WeirConfigBuilder::tenantMaxMessages,
            c -> c.queueLimits().tenantMaxMessages(),
            "over all connections of a tenant"),
    TENANT_MAX_BYTES(
            "queue_limits",
            ValueType.bytes(0, QueueLimitsConfig.MAX_BYTES),
            WeirConfigBuilder::tenantMaxBytes,
            c -> c.queueLimits().tenantMaxBytes(),
            "over all connections of a tenant"),
    GLOBAL_MAX_MESSAGES(
            "queue_limits",
            ValueType.integer(0, QueueLimitsConfig.MAX_MESSAGES),
            WeirConfigBuilder::globalMaxMessages,
            c -> c.queueLimits().globalMaxMessages(),
            "of the process"),
    GLOBAL_MAX_BYTES(
            "queue_limits",
            ValueType.bytes(0, QueueLimitsConfig.MAX_BYTES),
            WeirConfigBuilder::globalMaxBytes,
            c -> c.queueLimits().globalMaxBytes(),
            "of the process"),
    CONTROL_MAX_MESSAGES(
            "queue_limits",
            ValueType.integer(0, QueueLimitsConfig.MAX_MESSAGES),
            WeirConfigBuilder::controlMaxMessages,
            c -> c.queueLimits().controlMaxMessages(),
            "pending control messages of one connection; one that passes this is closed"),
    CONTROL_MAX_BYTES(
            "queue_limits",
            ValueType.bytes(0, QueueLimitsConfig.MAX_BYTES),
            WeirConfigBuilder::controlMaxBytes,
            c -> c.queueLimits().controlMaxBytes(),
            "pending control bytes of one connection"),
    GLOBAL_CONTROL_MAX_MESSAGES(
            "queue_limits",
            ValueType.integer(0, QueueLimitsConfig.MAX_MESSAGES),
            WeirConfigBuilder::globalControlMaxMessages,
            c -> c.queueLimits().globalControlMaxMessages(),
            "pending control messages of the process"),
    GLOBAL_CONTROL_MAX_BYTES(
            "queue_limits",
            ValueType.bytes(0, QueueLimitsConfig.MAX_BYTES),
            WeirConfigBuilder::globalControlMaxBytes,
            c -> c.queueLimits().globalControlMaxBytes(),
            "pending control bytes of the process"),
    CLEANUP_INTERVAL_MS(
            "queue_limits",
            ValueType.millis(1, 31_536_000_000L),
            WeirConfigBuilder::cleanupInterval,
            c -> c.queueLimits().cleanupInterval(),
            "how often idle connections and sessions are looked for"),
    IDLE_TIMEOUT_MS(
            "queue_limits",
            ValueType.millis(1, 31_536_000_000L),
            WeirConfigBuilder::idleTimeout,
            c -> c.queueLimits().idleTimeout(),
            "after which a connection that holds nothing is forgotten"),
    MAX_MESSAGES_PER_SEC(
            "backpressure",
            ValueType.integer(1, BackpressureConfig.MAX_RATE),
            WeirConfigBuilder::maxMessagesPerSec,
            c -> c.backpressure().maxMessagesPerSec(),
            "of one connection"),
    TENANT_MAX_MESSAGES_PER_SEC(
            "backpressure",
            ValueType.integer(1, BackpressureConfig.MAX_RATE),
            WeirConfigBuilder::tenantMaxMessagesPerSec,
            c -> c.backpressure().tenantMaxMessagesPerSec(),
            "of one tenant"),
    BURST_MULTIPLIER(
            "backpressure",
            ValueType.decimal("0.001", "1000"),
            WeirConfigBuilder::burstMultiplier,
            c -> c.backpressure().burstMultiplier(),
            "the burst, in seconds' worth of the rate"),
    CONTROL_MAX_MESSAGES_PER_SEC(
            "backpressure",
            ValueType.integer(1, BackpressureConfig.MAX_RATE),
            WeirConfigBuilder::controlMaxMessagesPerSec,
            c -> c.backpressure().controlMaxMessagesPerSec(),
            "control messages of one connection, GET and DELETE included; ten times that of a tenant. "
                    + "Beyond it a message waits a second, and then its connection is closed; GET and DELETE are "
                    + "answered 429, but for the first DELETE of a session"),
    ADAPTIVE_ENABLED(
            "backpressure",
            ValueType.bool(),
            WeirConfigBuilder::adaptiveEnabled,
            c -> c.backpressure().adaptiveEnabled(),
            "lowers the rate for as long as messages are late"),
    LATENCY_THRESHOLD_MS(
            "backpressure",
            ValueType.millis(1, 3_600_000),
            WeirConfigBuilder::latencyThreshold,
            c -> c.backpressure().latencyThreshold(),
            "how late one in twenty may be: its wait, and what it takes longer than without load"),
    RATE_REDUCTION_PERCENT(
            "backpressure",
            ValueType.integer(1, 99),
            WeirConfigBuilder::rateReductionPercent,
            c -> c.backpressure().rateReductionPercent(),
            "by how much the rate is lowered at a time"),
    QUEUE_DEPTH_THRESHOLD_PERCENT(
            "backpressure",
            ValueType.integer(1, 100),
            WeirConfigBuilder::queueDepthThresholdPercent,
            c -> c.backpressure().queueDepthThresholdPercent(),
            "at which one line is logged; one more when it is a tenth of the limit below. Of "
                    + "connections, of tenants and of the process 20 lines each in ten seconds at the most; how "
                    + "many more there were is said");

    /** The section of the hard bounds. */
    public static final String QUEUE_LIMITS = "queue_limits";

    /** The section of rates and pressure. */
    public static final String BACKPRESSURE = "backpressure";

    private final String section;
    private final ValueType<?> type;
    private final BiConsumer<WeirConfigBuilder, String> setter;
    private final Function<WeirConfig, String> getter;
    private final String documentation;

    <T> ConfigKey(
            String section,
            ValueType<T> type,
            BiConsumer<WeirConfigBuilder, T> setter,
            Function<WeirConfig, T> getter,
            String documentation) {
        this.section = section;
        this.type = type;
        this.setter = (builder, text) -> setter.accept(builder, type.parse(key(), text));
        this.getter = config -> type.write(getter.apply(config));
        this.documentation = documentation;
    }

    /** The section of this key. */
    public String section() {
        return section;
    }

    /** The name of this key in its section. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** How its value is read and written, and which values are valid. */
    public ValueType<?> type() {
        return type;
    }

    /** What it does, in one line for the reference page. */
    public String documentation() {
        return documentation;
    }

    /** The value of this key in {@code config}, as a file would give it. */
    public String get(WeirConfig config) {
        return getter.apply(config);
    }

    /** The key of that name in that section. */
    public static Optional<ConfigKey> find(String section, String key) {
        return Arrays.stream(values())
                .filter(k -> k.section.equals(section) && k.key().equals(key))
                .findFirst();
    }

    /** What its value follows where it is not set; empty if nothing: then it is that of the profile, or a constant. */
    public Optional<String> derivation() {
        return switch (this) {
            case TENANT_MAX_MESSAGES, TENANT_MAX_BYTES, TENANT_MAX_MESSAGES_PER_SEC ->
                Optional.of("ten times " + key().replace("tenant_", ""));
            case GLOBAL_MAX_BYTES -> Optional.of("a quarter of the heap at the most");
            case GLOBAL_CONTROL_MAX_BYTES -> Optional.of("a sixteenth of the heap at the most");
            default -> Optional.empty();
        };
    }

    void set(WeirConfigBuilder builder, String text) {
        setter.accept(builder, text);
    }

    /** @throws InvalidConfigException if the value of this key is out of range */
    void check(WeirConfig config) {
        type.parse(key(), get(config));
    }
}
