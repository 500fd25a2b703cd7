package io.weir.core.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link WeirConfig} from the bare defaults, a profile or a running configuration, overriding single values.
 * Values that were never set follow those that they derive from: a tenant's limits are ten times a connection's. A
 * running configuration does not say what was set, so there those follow that are ten times the connection's. Not
 * thread-safe.
 */
public final class WeirConfigBuilder {
    private static final int TENANT_FACTOR = 10;

    private int maxMessages = 1000;
    private long maxBytes = 50L << 20;
    private BackpressureAction backpressureAction = BackpressureAction.REFUSE;
    private boolean dropSilently;
    private boolean enableTenantLimits;
    private @Nullable Integer tenantMaxMessages;
    private @Nullable Long tenantMaxBytes;
    private int globalMaxMessages = 1_000_000;
    private long globalMaxBytes;
    private int controlMaxMessages = 1000;
    private long controlMaxBytes = 16L << 20;
    private int globalControlMaxMessages = 100_000;
    private long globalControlMaxBytes;
    private Duration cleanupInterval = Duration.ofSeconds(30);
    private Duration idleTimeout = Duration.ofMinutes(5);

    private int maxMessagesPerSec = 500;
    private @Nullable Integer tenantMaxMessagesPerSec;
    private BigDecimal burstMultiplier = new BigDecimal("2.0");
    private int controlMaxMessagesPerSec = 10_000;
    private boolean adaptiveEnabled;
    private Duration latencyThreshold = Duration.ofMillis(100);
    private int rateReductionPercent = 10;
    private int queueDepthThresholdPercent = 80;
    private final Map<String, TenantConfig> tenants = new LinkedHashMap<>();

    /**
     * Starts from the bare defaults.
     *
     * @param heapBytes the heap that the process may use; the global byte limit is a quarter of it, that of the control
     *     lane a sixteenth
     */
    public WeirConfigBuilder(long heapBytes) {
        this.globalMaxBytes = Math.min(QueueLimitsConfig.MAX_BYTES, heapBytes / 4);
        this.globalControlMaxBytes = Math.min(QueueLimitsConfig.MAX_BYTES, heapBytes / 16);
    }

    WeirConfigBuilder(WeirConfig from) {
        QueueLimitsConfig q = from.queueLimits();
        this.maxMessages = q.maxMessages();
        this.maxBytes = q.maxBytes();
        this.backpressureAction = q.backpressureAction();
        this.dropSilently = q.dropSilently();
        this.enableTenantLimits = q.enableTenantLimits();
        this.tenantMaxMessages =
                q.tenantMaxMessages() == derivedMessages(q.maxMessages()) ? null : q.tenantMaxMessages();
        this.tenantMaxBytes = q.tenantMaxBytes() == derivedBytes(q.maxBytes()) ? null : q.tenantMaxBytes();
        this.globalMaxMessages = q.globalMaxMessages();
        this.globalMaxBytes = q.globalMaxBytes();
        this.controlMaxMessages = q.controlMaxMessages();
        this.controlMaxBytes = q.controlMaxBytes();
        this.globalControlMaxMessages = q.globalControlMaxMessages();
        this.globalControlMaxBytes = q.globalControlMaxBytes();
        this.cleanupInterval = q.cleanupInterval();
        this.idleTimeout = q.idleTimeout();
        BackpressureConfig b = from.backpressure();
        this.maxMessagesPerSec = b.maxMessagesPerSec();
        this.tenantMaxMessagesPerSec =
                b.tenantMaxMessagesPerSec() == derivedRate(b.maxMessagesPerSec()) ? null : b.tenantMaxMessagesPerSec();
        this.burstMultiplier = b.burstMultiplier();
        this.controlMaxMessagesPerSec = b.controlMaxMessagesPerSec();
        this.adaptiveEnabled = b.adaptiveEnabled();
        this.latencyThreshold = b.latencyThreshold();
        this.rateReductionPercent = b.rateReductionPercent();
        this.queueDepthThresholdPercent = b.queueDepthThresholdPercent();
        this.tenants.putAll(from.tenants());
    }

    /**
     * Sets one key from its text, as a file or a command line gives it.
     *
     * @param section {@code queue_limits} or {@code backpressure}
     * @throws InvalidConfigException if the text is not a value of that key's type, or the section has no such key
     */
    public WeirConfigBuilder set(String section, String key, String text) {
        ConfigKey found = ConfigKey.find(section, key)
                .orElseThrow(() -> new InvalidConfigException(section + "." + key, "is not a key of this section"));
        found.set(this, text);
        return this;
    }

    /**
     * Sets one key of one tenant from its text, as a file or a command line gives it.
     *
     * @throws InvalidConfigException if the text is not a value of that key's type
     */
    public WeirConfigBuilder set(String tenant, TenantKey key, String text) {
        return tenant(tenant, key.set(tenants.getOrDefault(tenant, TenantConfig.COMMON), text));
    }

    /**
     * Gives a tenant limits of its own, in place of those that it had.
     *
     * @param values with {@link TenantConfig#COMMON} it has the common limits again
     */
    public WeirConfigBuilder tenant(String name, TenantConfig values) {
        if (values.equals(TenantConfig.COMMON)) {
            tenants.remove(name);
        } else {
            tenants.put(name, values);
        }
        return this;
    }

    /** The configuration, validated. @throws InvalidConfigException if a value is out of range */
    public WeirConfig build() {
        return new WeirConfig(
                new QueueLimitsConfig(
                        maxMessages,
                        maxBytes,
                        backpressureAction,
                        dropSilently,
                        enableTenantLimits,
                        Optional.ofNullable(tenantMaxMessages).orElseGet(() -> derivedMessages(maxMessages)),
                        Optional.ofNullable(tenantMaxBytes).orElseGet(() -> derivedBytes(maxBytes)),
                        globalMaxMessages,
                        globalMaxBytes,
                        controlMaxMessages,
                        controlMaxBytes,
                        globalControlMaxMessages,
                        globalControlMaxBytes,
                        cleanupInterval,
                        idleTimeout),
                new BackpressureConfig(
                        maxMessagesPerSec,
                        Optional.ofNullable(tenantMaxMessagesPerSec).orElseGet(() -> derivedRate(maxMessagesPerSec)),
                        burstMultiplier,
                        controlMaxMessagesPerSec,
                        adaptiveEnabled,
                        latencyThreshold,
                        rateReductionPercent,
                        queueDepthThresholdPercent),
                tenants);
    }

    private static int derivedMessages(int ofConnection) {
        return (int) Math.min(QueueLimitsConfig.MAX_MESSAGES, (long) TENANT_FACTOR * ofConnection);
    }

    private static long derivedBytes(long ofConnection) {
        return ofConnection > QueueLimitsConfig.MAX_BYTES / TENANT_FACTOR
                ? QueueLimitsConfig.MAX_BYTES
                : TENANT_FACTOR * ofConnection;
    }

    private static int derivedRate(int ofConnection) {
        return (int) Math.min(BackpressureConfig.MAX_RATE, (long) TENANT_FACTOR * ofConnection);
    }

    /** Sets {@link QueueLimitsConfig#maxMessages}. */
    public WeirConfigBuilder maxMessages(int value) {
        this.maxMessages = value;
        return this;
    }

    /** Sets {@link QueueLimitsConfig#maxBytes}. */
    public WeirConfigBuilder maxBytes(long value) {
        this.maxBytes = value;
        return this;
    }

    /** Sets {@link QueueLimitsConfig#backpressureAction}. */
    public WeirConfigBuilder backpressureAction(BackpressureAction value) {
        this.backpressureAction = value;
        return this;
    }

    /** Sets {@link QueueLimitsConfig#dropSilently}. */
    public WeirConfigBuilder dropSilently(boolean value) {
        this.dropSilently = value;
        return this;
    }

    /** Sets {@link QueueLimitsConfig#enableTenantLimits}. */
    public WeirConfigBuilder enableTenantLimits(boolean value) {
        this.enableTenantLimits = value;
        return this;
    }

    /** Sets {@link QueueLimitsConfig#tenantMaxMessages}. */
    public WeirConfigBuilder tenantMaxMessages(int value) {
        this.tenantMaxMessages = value;
        return this;
    }

    /** Sets {@link QueueLimitsConfig#tenantMaxBytes}. */
    public WeirConfigBuilder tenantMaxBytes(long value) {
        this.tenantMaxBytes = value;
        return this;
    }

    /** Sets {@link QueueLimitsConfig#globalMaxMessages}. */
    public WeirConfigBuilder globalMaxMessages(int value) {
        this.globalMaxMessages = value;
        return this;
    }

    /** Sets {@link QueueLimitsConfig#globalMaxBytes}. */
    public WeirConfigBuilder globalMaxBytes(long value) {
        this.globalMaxBytes = value;
        return this;
    }

    /** Sets {@link QueueLimitsConfig#controlMaxMessages}. */
    public WeirConfigBuilder controlMaxMessages(int value) {
        this.controlMaxMessages = value;
        return this;
    }

    /** Sets {@link QueueLimitsConfig#controlMaxBytes}. */
    public WeirConfigBuilder controlMaxBytes(long value) {
        this.controlMaxBytes = value;
        return this;
    }

    /** Sets {@link QueueLimitsConfig#globalControlMaxMessages}. */
    public WeirConfigBuilder globalControlMaxMessages(int value) {
        this.globalControlMaxMessages = value;
        return this;
    }

    /** Sets {@link QueueLimitsConfig#globalControlMaxBytes}. */
    public WeirConfigBuilder globalControlMaxBytes(long value) {
        this.globalControlMaxBytes = value;
        return this;
    }

    /** Sets {@link QueueLimitsConfig#cleanupInterval}. */
    public WeirConfigBuilder cleanupInterval(Duration value) {
        this.cleanupInterval = value;
        return this;
    }

    /** Sets {@link QueueLimitsConfig#idleTimeout}. */
    public WeirConfigBuilder idleTimeout(Duration value) {
        this.idleTimeout = value;
        return this;
    }

    /** Sets {@link BackpressureConfig#maxMessagesPerSec}. */
    public WeirConfigBuilder maxMessagesPerSec(int value) {
        this.maxMessagesPerSec = value;
        return this;
    }

    /** Sets {@link BackpressureConfig#tenantMaxMessagesPerSec}. */
    public WeirConfigBuilder tenantMaxMessagesPerSec(int value) {
        this.tenantMaxMessagesPerSec = value;
        return this;
    }

    /** Sets {@link BackpressureConfig#burstMultiplier}. */
    public WeirConfigBuilder burstMultiplier(BigDecimal value) {
        this.burstMultiplier = value;
        return this;
    }

    /** Sets {@link BackpressureConfig#controlMaxMessagesPerSec}. */
    public WeirConfigBuilder controlMaxMessagesPerSec(int value) {
        this.controlMaxMessagesPerSec = value;
        return this;
    }

    /** Sets {@link BackpressureConfig#adaptiveEnabled}. */
    public WeirConfigBuilder adaptiveEnabled(boolean value) {
        this.adaptiveEnabled = value;
        return this;
    }

    /** Sets {@link BackpressureConfig#latencyThreshold}. */
    public WeirConfigBuilder latencyThreshold(Duration value) {
        this.latencyThreshold = value;
        return this;
    }

    /** Sets {@link BackpressureConfig#rateReductionPercent}. */
    public WeirConfigBuilder rateReductionPercent(int value) {
        this.rateReductionPercent = value;
        return this;
    }

    /** Sets {@link BackpressureConfig#queueDepthThresholdPercent}. */
    public WeirConfigBuilder queueDepthThresholdPercent(int value) {
        this.queueDepthThresholdPercent = value;
        return this;
    }
}
