package io.weir.core.config;

/**
 * Everything that a decision of the core depends on, besides the messages themselves. Immutable: an update replaces it whole.
 *
 * @param queueLimits the hard bounds
 * @param backpressure rates and pressure
 */
public record WeirConfig(QueueLimitsConfig queueLimits, BackpressureConfig backpressure) {
    /** @throws InvalidConfigException if a value is out of range */
    public WeirConfig(QueueLimitsConfig queueLimits, BackpressureConfig backpressure) {
        this.queueLimits = queueLimits;
        this.backpressure = backpressure;
        for (ConfigKey key : ConfigKey.values()) {
            key.check(this);
        }
    }

    /**
     * The defaults of the core where no profile is named.
     *
     * @param heapBytes the heap that the process may use; the global byte limit is a quarter of it
     */
    public static WeirConfig defaults(long heapBytes) {
        return new WeirConfigBuilder(heapBytes).build();
    }

    /** A builder that starts from these values; keys derived from others (a tenant's ten times) are kept as they are. */
    public WeirConfigBuilder toBuilder() {
        return new WeirConfigBuilder(this);
    }
}
