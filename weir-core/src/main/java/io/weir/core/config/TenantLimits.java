package io.weir.core.config;

import java.util.Optional;

/**
 * What holds for one tenant: its own limits, else those of all tenants. Limits of the tenant as a whole are empty where
 * it has none and {@link QueueLimitsConfig#enableTenantLimits()} is false. Immutable; made by
 * {@link WeirConfig#limitsOf}.
 *
 * @param maxMessages pending messages of each of its connections
 * @param maxBytes pending bytes of each of its connections
 * @param tenantMaxMessages pending messages of all its connections together
 * @param tenantMaxBytes pending bytes of all its connections together
 * @param maxMessagesPerSec messages a second of each of its connections
 * @param tenantMaxMessagesPerSec messages a second of all its connections together
 * @param weight how large a share of a server it is due while several tenants send requests
 */
public record TenantLimits(
        int maxMessages,
        long maxBytes,
        Optional<Integer> tenantMaxMessages,
        Optional<Long> tenantMaxBytes,
        int maxMessagesPerSec,
        Optional<Integer> tenantMaxMessagesPerSec,
        int weight) {
    /** Whether what the tenant as a whole has pending is limited. */
    public boolean limitsPending() {
        return tenantMaxMessages.isPresent() || tenantMaxBytes.isPresent();
    }

    static TenantLimits of(TenantConfig own, QueueLimitsConfig limits, BackpressureConfig rates) {
        boolean all = limits.enableTenantLimits();
        return new TenantLimits(
                own.maxMessages().orElse(limits.maxMessages()),
                own.maxBytes().orElse(limits.maxBytes()),
                all && own.tenantMaxMessages().isEmpty()
                        ? Optional.of(limits.tenantMaxMessages())
                        : own.tenantMaxMessages(),
                all && own.tenantMaxBytes().isEmpty() ? Optional.of(limits.tenantMaxBytes()) : own.tenantMaxBytes(),
                own.maxMessagesPerSec().orElse(rates.maxMessagesPerSec()),
                all && own.tenantMaxMessagesPerSec().isEmpty()
                        ? Optional.of(rates.tenantMaxMessagesPerSec())
                        : own.tenantMaxMessagesPerSec(),
                own.weight().orElse(1));
    }
}
