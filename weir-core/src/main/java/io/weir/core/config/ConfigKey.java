package io.weir.core.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Every key of a configuration, with its section, how its text is read and how its value is written. */
@SuppressWarnings("ImmutableEnumChecker") // the functions are constants without state
public enum ConfigKey {
    MAX_MESSAGES(
            "queue_limits",
            "max_messages",
            (b, k, t) -> b.maxMessages(integer(k, t)),
            c -> String.valueOf(c.queueLimits().maxMessages())),
    MAX_BYTES(
            "queue_limits",
            "max_bytes",
            (b, k, t) -> b.maxBytes(number(k, t)),
            c -> String.valueOf(c.queueLimits().maxBytes())),
    BACKPRESSURE_ACTION(
            "queue_limits",
            "backpressure_action",
            (b, k, t) -> b.backpressureAction(action(k, t)),
            c -> c.queueLimits().backpressureAction().key()),
    DROP_SILENTLY(
            "queue_limits",
            "drop_silently",
            (b, k, t) -> b.dropSilently(bool(k, t)),
            c -> String.valueOf(c.queueLimits().dropSilently())),
    ENABLE_TENANT_LIMITS(
            "queue_limits",
            "enable_tenant_limits",
            (b, k, t) -> b.enableTenantLimits(bool(k, t)),
            c -> String.valueOf(c.queueLimits().enableTenantLimits())),
    TENANT_MAX_MESSAGES(
            "queue_limits",
            "tenant_max_messages",
            (b, k, t) -> b.tenantMaxMessages(integer(k, t)),
            c -> String.valueOf(c.queueLimits().tenantMaxMessages())),
    TENANT_MAX_BYTES(
            "queue_limits",
            "tenant_max_bytes",
            (b, k, t) -> b.tenantMaxBytes(number(k, t)),
            c -> String.valueOf(c.queueLimits().tenantMaxBytes())),
    GLOBAL_MAX_MESSAGES(
            "queue_limits",
            "global_max_messages",
            (b, k, t) -> b.globalMaxMessages(integer(k, t)),
            c -> String.valueOf(c.queueLimits().globalMaxMessages())),
    GLOBAL_MAX_BYTES(
            "queue_limits",
            "global_max_bytes",
            (b, k, t) -> b.globalMaxBytes(number(k, t)),
            c -> String.valueOf(c.queueLimits().globalMaxBytes())),
    CONTROL_MAX_MESSAGES(
            "queue_limits",
            "control_max_messages",
            (b, k, t) -> b.controlMaxMessages(integer(k, t)),
            c -> String.valueOf(c.queueLimits().controlMaxMessages())),
    CONTROL_MAX_BYTES(
            "queue_limits",
            "control_max_bytes",
            (b, k, t) -> b.controlMaxBytes(number(k, t)),
            c -> String.valueOf(c.queueLimits().controlMaxBytes())),
    GLOBAL_CONTROL_MAX_MESSAGES(
            "queue_limits",
            "global_control_max_messages",
            (b, k, t) -> b.globalControlMaxMessages(integer(k, t)),
            c -> String.valueOf(c.queueLimits().globalControlMaxMessages())),
    GLOBAL_CONTROL_MAX_BYTES(
            "queue_limits",
            "global_control_max_bytes",
            (b, k, t) -> b.globalControlMaxBytes(number(k, t)),
            c -> String.valueOf(c.queueLimits().globalControlMaxBytes())),
    CLEANUP_INTERVAL_MS(
            "queue_limits",
            "cleanup_interval_ms",
            (b, k, t) -> b.cleanupInterval(millis(k, t)),
            c -> String.valueOf(c.queueLimits().cleanupInterval().toMillis())),
    IDLE_TIMEOUT_MS(
            "queue_limits",
            "idle_timeout_ms",
            (b, k, t) -> b.idleTimeout(millis(k, t)),
            c -> String.valueOf(c.queueLimits().idleTimeout().toMillis())),
    MAX_MESSAGES_PER_SEC(
            "backpressure",
            "max_messages_per_sec",
            (b, k, t) -> b.maxMessagesPerSec(integer(k, t)),
            c -> String.valueOf(c.backpressure().maxMessagesPerSec())),
    TENANT_MAX_MESSAGES_PER_SEC(
            "backpressure",
            "tenant_max_messages_per_sec",
            (b, k, t) -> b.tenantMaxMessagesPerSec(integer(k, t)),
            c -> String.valueOf(c.backpressure().tenantMaxMessagesPerSec())),
    BURST_MULTIPLIER(
            "backpressure",
            "burst_multiplier",
            (b, k, t) -> b.burstMultiplier(decimal(k, t)),
            c -> c.backpressure().burstMultiplier().toPlainString()),
    CONTROL_MAX_MESSAGES_PER_SEC(
            "backpressure",
            "control_max_messages_per_sec",
            (b, k, t) -> b.controlMaxMessagesPerSec(integer(k, t)),
            c -> String.valueOf(c.backpressure().controlMaxMessagesPerSec())),
    ADAPTIVE_ENABLED(
            "backpressure",
            "adaptive_enabled",
            (b, k, t) -> b.adaptiveEnabled(bool(k, t)),
            c -> String.valueOf(c.backpressure().adaptiveEnabled())),
    LATENCY_THRESHOLD_MS(
            "backpressure",
            "latency_threshold_ms",
            (b, k, t) -> b.latencyThreshold(millis(k, t)),
            c -> String.valueOf(c.backpressure().latencyThreshold().toMillis())),
    RATE_REDUCTION_PERCENT(
            "backpressure",
            "rate_reduction_percent",
            (b, k, t) -> b.rateReductionPercent(integer(k, t)),
            c -> String.valueOf(c.backpressure().rateReductionPercent())),
    QUEUE_DEPTH_THRESHOLD_PERCENT(
            "backpressure",
            "queue_depth_threshold_percent",
            (b, k, t) -> b.queueDepthThresholdPercent(integer(k, t)),
            c -> String.valueOf(c.backpressure().queueDepthThresholdPercent()));

    /** The section of the hard bounds. */
    public static final String QUEUE_LIMITS = "queue_limits";

    /** The section of rates and pressure. */
    public static final String BACKPRESSURE = "backpressure";

    private interface Setter {
        void set(WeirConfigBuilder builder, String key, String text);
    }

    private final String section;
    private final String key;
    private final Setter setter;
    private final Function<WeirConfig, String> getter;

    ConfigKey(String section, String key, Setter setter, Function<WeirConfig, String> getter) {
        this.section = section;
        this.key = key;
        this.setter = setter;
        this.getter = getter;
    }

    /** The section that this key stands in. */
    public String section() {
        return section;
    }

    /** The name of this key in its section. */
    public String key() {
        return key;
    }

    /** The value of this key in {@code config}, as a file would give it. */
    public String get(WeirConfig config) {
        return getter.apply(config);
    }

    /** The key of that name in that section. */
    public static Optional<ConfigKey> find(String section, String key) {
        return Arrays.stream(values())
                .filter(k -> k.section.equals(section) && k.key.equals(key))
                .findFirst();
    }

    void set(WeirConfigBuilder builder, String text) {
        setter.set(builder, key, text.strip());
    }

    private static int integer(String key, String text) {
        long value = number(key, text);
        if (value != (int) value) {
            throw new InvalidConfigException(key, "is too large: " + text);
        }
        return (int) value;
    }

    private static long number(String key, String text) {
        try {
            return Long.parseLong(text.replace("_", ""));
        } catch (NumberFormatException e) {
            throw new InvalidConfigException(key, wholeNumber(key) + ", but is '" + text + "'");
        }
    }

    private static String wholeNumber(String key) {
        String unit = key.endsWith("_bytes") ? "bytes" : key.endsWith("_ms") ? "milliseconds" : "";
        return "must be a whole number" + (unit.isEmpty() ? "" : " of " + unit + " without a unit");
    }

    private static Duration millis(String key, String text) {
        return Duration.ofMillis(number(key, text));
    }

    private static BigDecimal decimal(String key, String text) {
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw new InvalidConfigException(key, "must be a decimal number, but is '" + text + "'");
        }
    }

    private static boolean bool(String key, String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new InvalidConfigException(key, "must be true or false, but is '" + text + "'");
        };
    }

    private static BackpressureAction action(String key, String text) {
        return BackpressureAction.ofKey(text)
                .orElseThrow(() -> new InvalidConfigException(
                        key,
                        "must be refuse, drop, drop_newest, drop_oldest, disconnect or pause, but is '" + text + "'"));
    }
}
