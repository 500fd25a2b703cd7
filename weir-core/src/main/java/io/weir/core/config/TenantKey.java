package io.weir.core.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Every key of a {@link TenantConfig}: its type, documentation, and where its value is. Those of limits are named as in
 * {@link ConfigKey}.
 */
@SuppressWarnings("ImmutableEnumChecker") // the functions are constants without state
public enum TenantKey {
    MAX_MESSAGES(
            ValueType.integer(0, QueueLimitsConfig.MAX_MESSAGES),
            TenantConfig::withMaxMessages,
            TenantConfig::maxMessages,
            "pending messages of each of its connections, in place of `queue_limits.max_messages`"),
    MAX_BYTES(
            ValueType.bytes(0, QueueLimitsConfig.MAX_BYTES),
            TenantConfig::withMaxBytes,
            TenantConfig::maxBytes,
            "pending bytes of each of its connections, in place of `queue_limits.max_bytes`"),
    TENANT_MAX_MESSAGES(
            ValueType.integer(0, QueueLimitsConfig.MAX_MESSAGES),
            TenantConfig::withTenantMaxMessages,
            TenantConfig::tenantMaxMessages,
            "pending messages of all its connections together, in place of `queue_limits.tenant_max_messages`; "
                    + "holds even if `enable_tenant_limits` is false, as the two other limits of the tenant do"),
    TENANT_MAX_BYTES(
            ValueType.bytes(0, QueueLimitsConfig.MAX_BYTES),
            TenantConfig::withTenantMaxBytes,
            TenantConfig::tenantMaxBytes,
            "pending bytes of all its connections together, in place of `queue_limits.tenant_max_bytes`"),
    MAX_MESSAGES_PER_SEC(
            ValueType.integer(1, BackpressureConfig.MAX_RATE),
            TenantConfig::withMaxMessagesPerSec,
            TenantConfig::maxMessagesPerSec,
            "messages a second of each of its connections, in place of `backpressure.max_messages_per_sec`"),
    TENANT_MAX_MESSAGES_PER_SEC(
            ValueType.integer(1, BackpressureConfig.MAX_RATE),
            TenantConfig::withTenantMaxMessagesPerSec,
            TenantConfig::tenantMaxMessagesPerSec,
            "messages a second of all its connections together, in place of "
                    + "`backpressure.tenant_max_messages_per_sec`"),
    WEIGHT(
            ValueType.integer(1, TenantConfig.MAX_WEIGHT),
            TenantConfig::withWeight,
            TenantConfig::weight,
            "how large a share of a server it is due while several tenants send requests; 1 without it. An "
                    + "upstream's `tenant_weights` go before it");

    private final ValueType<?> type;
    private final BiFunction<TenantConfig, String, TenantConfig> setter;
    private final Function<TenantConfig, Optional<String>> getter;
    private final String documentation;

    <T> TenantKey(
            ValueType<T> type,
            BiFunction<TenantConfig, T, TenantConfig> setter,
            Function<TenantConfig, Optional<T>> getter,
            String documentation) {
        this.type = type;
        this.setter = (config, text) -> setter.apply(config, type.parse(key(), text));
        this.getter = config -> getter.apply(config).map(type::write);
        this.documentation = documentation;
    }

    /** The name of this key below that of a tenant. */
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

    /** The value of this key, as a file would give it; empty if it is not set. */
    public Optional<String> get(TenantConfig config) {
        return getter.apply(config);
    }

    /**
     * The configuration with this key set from text. @throws InvalidConfigException if the text is not a valid value
     */
    public TenantConfig set(TenantConfig config, String text) {
        return setter.apply(config, text);
    }

    /** The key of that name. */
    public static Optional<TenantKey> find(String key) {
        return Arrays.stream(values()).filter(each -> each.key().equals(key)).findFirst();
    }

    /** @throws InvalidConfigException if the value of this key is out of range */
    void check(TenantConfig config) {
        get(config).ifPresent(text -> type.parse(key(), text));
    }
}
