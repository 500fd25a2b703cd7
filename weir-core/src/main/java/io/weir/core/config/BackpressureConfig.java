package io.weir.core.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;

/**
 * Rates and pressure: section {@code backpressure} of a configuration.
 *
 * @param maxMessagesPerSec sustained messages a second of one connection, 1 to {@value #MAX_RATE}
 * @param tenantMaxMessagesPerSec sustained messages a second of one tenant, 1 to {@value #MAX_RATE}
 * @param burstMultiplier the burst of a bucket as a multiple of its rate for one second, 0.001 to 1000
 * @param controlMaxMessagesPerSec sustained control messages a second of one connection, 1 to {@value #MAX_RATE}
 * @param adaptiveEnabled whether the rate follows latency
 * @param latencyThreshold the 95th percentile of latency over which the adaptive rate is lowered
 * @param rateReductionPercent by how much one bad control window lowers the adaptive rate, 1 to 99
 * @param queueDepthThresholdPercent the share of a limit at which the pressure signal is raised, 1 to 100
 */
public record BackpressureConfig(
        int maxMessagesPerSec,
        int tenantMaxMessagesPerSec,
        BigDecimal burstMultiplier,
        int controlMaxMessagesPerSec,
        boolean adaptiveEnabled,
        Duration latencyThreshold,
        int rateReductionPercent,
        int queueDepthThresholdPercent) {

    /** The largest rate: one message a microsecond. */
    public static final int MAX_RATE = 1_000_000;

    /** The messages that a bucket of {@code perSecond} lets through at once: at least 1, rounded down. */
    public long burst(int perSecond) {
        return Math.max(
                1,
                burstMultiplier
                        .multiply(BigDecimal.valueOf(perSecond))
                        .setScale(0, RoundingMode.FLOOR)
                        .longValueExact());
    }
}
