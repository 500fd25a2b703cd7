package io.weir.gateway.admission;

import io.weir.core.config.ConfigKey;
import io.weir.core.config.TenantKey;
import io.weir.core.config.WeirConfig;
import java.util.Map;
import java.util.Optional;

/**
 * The key of the configuration that sets the limit of a rejection. For a tenant that has a limit of its own that is a
 * key below {@code tenants}, not the one of all tenants. Immutable.
 *
 * @param path such as {@code tenants.free.max_messages} or {@code queue_limits.max_messages}
 * @param value that it has, as a file would give it
 */
public record LimitKey(String path, String value) {
    /** By the reasons; those that are not here are set by no limit of the core alone. */
    private static final Map<String, ConfigKey> BY_REASON = Map.of(
            "connection_messages", ConfigKey.MAX_MESSAGES,
            "connection_bytes", ConfigKey.MAX_BYTES,
            "tenant_messages", ConfigKey.TENANT_MAX_MESSAGES,
            "tenant_bytes", ConfigKey.TENANT_MAX_BYTES,
            "global_messages", ConfigKey.GLOBAL_MAX_MESSAGES,
            "global_bytes", ConfigKey.GLOBAL_MAX_BYTES,
            "rate", ConfigKey.MAX_MESSAGES_PER_SEC,
            "tenant_rate", ConfigKey.TENANT_MAX_MESSAGES_PER_SEC);

    /**
     * The key that decides for messages of a tenant.
     *
     * @param reason the key of a {@link io.weir.core.Reason}
     * @return empty where the reason is no limit of messages, bytes or rates
     */
    public static Optional<LimitKey> of(String reason, String tenant, WeirConfig config) {
        ConfigKey common = BY_REASON.get(reason);
        if (common == null) {
            return Optional.empty();
        }
        Optional<String> own = TenantKey.find(common.key()).flatMap(key -> key.get(config.tenant(tenant)));
        return Optional.of(own.map(value -> new LimitKey("tenants." + tenant + "." + common.key(), value))
                .orElseGet(() -> new LimitKey(common.section() + "." + common.key(), common.get(config))));
    }

    /** The path and the value, for a person: {@code queue_limits.max_messages (now 50)}. */
    @Override
    public String toString() {
        return path + " (now " + value + ")";
    }
}
