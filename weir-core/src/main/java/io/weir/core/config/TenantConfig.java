package io.weir.core.config;

import java.util.Optional;

/**
 * What is different for one tenant: a free tenant and a paying one need not have the same limits. Immutable; a value
 * that is not set is that of all tenants.
 *
 * <pre>{@code
 * Limiter limiter = Limiter.builder()
 *         .configure(config -> config
 *                 .tenant("free", TenantConfig.COMMON.withTenantMaxMessages(20).withTenantMaxMessagesPerSec(5))
 *                 .tenant("acme", TenantConfig.COMMON.withTenantMaxMessages(5_000).withWeight(4)))
 *         .build();
 * }</pre>
 *
 * <p>A limit of the tenant as a whole that is set here holds even where {@link QueueLimitsConfig#enableTenantLimits()}
 * is false, and none follows another: a tenant with more for each of its connections has, as a whole, what all tenants
 * have, unless that is set as well.
 *
 * @param maxMessages pending messages of each of its connections, 0 to {@value QueueLimitsConfig#MAX_MESSAGES}
 * @param maxBytes pending bytes of each of its connections, 0 to {@value QueueLimitsConfig#MAX_BYTES}
 * @param tenantMaxMessages pending messages of all its connections together
 * @param tenantMaxBytes pending bytes of all its connections together
 * @param maxMessagesPerSec messages a second of each of its connections, 1 to {@value BackpressureConfig#MAX_RATE}
 * @param tenantMaxMessagesPerSec messages a second of all its connections together
 * @param weight how large a share of a server it is due while several tenants send requests, 1 to {@value #MAX_WEIGHT};
 *     1 if it is not set
 */
public record TenantConfig(
        Optional<Integer> maxMessages,
        Optional<Long> maxBytes,
        Optional<Integer> tenantMaxMessages,
        Optional<Long> tenantMaxBytes,
        Optional<Integer> maxMessagesPerSec,
        Optional<Integer> tenantMaxMessagesPerSec,
        Optional<Integer> weight) {
    /** The largest weight. */
    public static final int MAX_WEIGHT = 100;

    /** What all tenants have: nothing is different. */
    public static final TenantConfig COMMON = new TenantConfig(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    /** @throws InvalidConfigException if a value is out of range */
    public TenantConfig(
            Optional<Integer> maxMessages,
            Optional<Long> maxBytes,
            Optional<Integer> tenantMaxMessages,
            Optional<Long> tenantMaxBytes,
            Optional<Integer> maxMessagesPerSec,
            Optional<Integer> tenantMaxMessagesPerSec,
            Optional<Integer> weight) {
        this.maxMessages = maxMessages;
        this.maxBytes = maxBytes;
        this.tenantMaxMessages = tenantMaxMessages;
        this.tenantMaxBytes = tenantMaxBytes;
        this.maxMessagesPerSec = maxMessagesPerSec;
        this.tenantMaxMessagesPerSec = tenantMaxMessagesPerSec;
        this.weight = weight;
        for (TenantKey key : TenantKey.values()) {
            key.check(this);
        }
    }

    /** With another {@link #maxMessages}. @throws InvalidConfigException if it is out of range */
    public TenantConfig withMaxMessages(int value) {
        return new TenantConfig(
                Optional.of(value),
                maxBytes,
                tenantMaxMessages,
                tenantMaxBytes,
                maxMessagesPerSec,
                tenantMaxMessagesPerSec,
                weight);
    }

    /** With another {@link #maxBytes}. @throws InvalidConfigException if it is out of range */
    public TenantConfig withMaxBytes(long value) {
        return new TenantConfig(
                maxMessages,
                Optional.of(value),
                tenantMaxMessages,
                tenantMaxBytes,
                maxMessagesPerSec,
                tenantMaxMessagesPerSec,
                weight);
    }

    /** With another {@link #tenantMaxMessages}. @throws InvalidConfigException if it is out of range */
    public TenantConfig withTenantMaxMessages(int value) {
        return new TenantConfig(
                maxMessages,
                maxBytes,
                Optional.of(value),
                tenantMaxBytes,
                maxMessagesPerSec,
                tenantMaxMessagesPerSec,
                weight);
    }

    /** With another {@link #tenantMaxBytes}. @throws InvalidConfigException if it is out of range */
    public TenantConfig withTenantMaxBytes(long value) {
        return new TenantConfig(
                maxMessages,
                maxBytes,
                tenantMaxMessages,
                Optional.of(value),
                maxMessagesPerSec,
                tenantMaxMessagesPerSec,
                weight);
    }

    /** With another {@link #maxMessagesPerSec}. @throws InvalidConfigException if it is out of range */
    public TenantConfig withMaxMessagesPerSec(int value) {
        return new TenantConfig(
                maxMessages,
                maxBytes,
                tenantMaxMessages,
                tenantMaxBytes,
                Optional.of(value),
                tenantMaxMessagesPerSec,
                weight);
    }

    /** With another {@link #tenantMaxMessagesPerSec}. @throws InvalidConfigException if it is out of range */
    public TenantConfig withTenantMaxMessagesPerSec(int value) {
        return new TenantConfig(
                maxMessages,
                maxBytes,
                tenantMaxMessages,
                tenantMaxBytes,
                maxMessagesPerSec,
                Optional.of(value),
                weight);
    }

    /** With another {@link #weight}. @throws InvalidConfigException if it is out of range */
    public TenantConfig withWeight(int value) {
        return new TenantConfig(
                maxMessages,
                maxBytes,
                tenantMaxMessages,
                tenantMaxBytes,
                maxMessagesPerSec,
                tenantMaxMessagesPerSec,
                Optional.of(value));
    }
}
