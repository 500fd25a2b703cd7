package io.weir.core.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The four sets of values that ship with Weir; {@link #PRODUCTION} is what a gateway starts with. */
public enum Profile {
    /** Generous limits and no tenant limits, for a laptop. */
    DEVELOPMENT("development") {
        @Override
        void apply(WeirConfigBuilder builder) {
            builder.maxMessages(10_000)
                    .maxBytes(500_000_000L)
                    .enableTenantLimits(false)
                    .cleanupInterval(Duration.ofMillis(60_000))
                    .maxMessagesPerSec(10_000)
                    .burstMultiplier(new BigDecimal("5.0"))
                    .adaptiveEnabled(false)
                    .latencyThreshold(Duration.ofMillis(500))
                    .rateReductionPercent(5)
                    .queueDepthThresholdPercent(90);
        }
    },
    /** Close to production, with more room. */
    STAGING("staging") {
        @Override
        void apply(WeirConfigBuilder builder) {
            builder.maxMessages(2000)
                    .maxBytes(100_000_000L)
                    .enableTenantLimits(true)
                    .cleanupInterval(Duration.ofMillis(30_000))
                    .maxMessagesPerSec(1000)
                    .burstMultiplier(new BigDecimal("3.0"))
                    .adaptiveEnabled(true)
                    .latencyThreshold(Duration.ofMillis(200))
                    .rateReductionPercent(15)
                    .queueDepthThresholdPercent(80);
        }
    },
    /** Strict limits that protect a server in earnest. */
    PRODUCTION("production") {
        @Override
        void apply(WeirConfigBuilder builder) {
            builder.maxMessages(1000)
                    .maxBytes(52_428_800L)
                    .enableTenantLimits(true)
                    .cleanupInterval(Duration.ofMillis(15_000))
                    .maxMessagesPerSec(500)
                    .burstMultiplier(new BigDecimal("2.0"))
                    .adaptiveEnabled(true)
                    .latencyThreshold(Duration.ofMillis(100))
                    .rateReductionPercent(20)
                    .queueDepthThresholdPercent(75);
        }
    },
    /** Large limits for machine-to-machine traffic. */
    HIGH_THROUGHPUT("high_throughput") {
        @Override
        void apply(WeirConfigBuilder builder) {
            builder.maxMessages(5000)
                    .maxBytes(262_144_000L)
                    .enableTenantLimits(true)
                    .cleanupInterval(Duration.ofMillis(60_000))
                    .maxMessagesPerSec(10_000)
                    .burstMultiplier(new BigDecimal("4.0"))
                    .adaptiveEnabled(true)
                    .latencyThreshold(Duration.ofMillis(150))
                    .rateReductionPercent(10)
                    .queueDepthThresholdPercent(80);
        }
    };

    private final String key;

    Profile(String key) {
        this.key = key;
    }

    abstract void apply(WeirConfigBuilder builder);

    /** The name of this profile in a configuration file. */
    public String key() {
        return key;
    }

    /**
     * Whether the profiles decide on the value of that key: it is not the same in all of them, and follows no other.
     */
    public static boolean decides(ConfigKey key) {
        return Decided.KEYS.contains(key);
    }

    /** Found once, when it is first asked for. */
    private static final class Decided {
        private static final Set<ConfigKey> KEYS = Arrays.stream(ConfigKey.values())
                .filter(key -> key.derivation().isEmpty())
                .filter(key -> Arrays.stream(values())
                                .map(profile -> key.get(profile.builder(0).build()))
                                .distinct()
                                .count()
                        > 1)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** The profile named {@code key}. */
    public static Optional<Profile> ofKey(String key) {
        return Arrays.stream(values()).filter(p -> p.key.equals(key)).findFirst();
    }

    /**
     * A builder that starts from this profile's values.
     *
     * @param heapBytes the heap that the process may use; the global byte limit is a quarter of it
     */
    public WeirConfigBuilder builder(long heapBytes) {
        WeirConfigBuilder builder = new WeirConfigBuilder(heapBytes);
        apply(builder);
        return builder;
    }
}
