package io.weir.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ProfileTest {
    private static final long HEAP = 4L << 30;

    @ParameterizedTest
    @CsvSource({
        "development,10000,500000000,false,60000,10000,5.0,false,500,5,90",
        "staging,2000,100000000,true,30000,1000,3.0,true,200,15,80",
        "production,1000,52428800,true,15000,500,2.0,true,100,20,75",
        "high_throughput,5000,262144000,true,60000,10000,4.0,true,150,10,80"
    })
    void profile_hasTheValuesOfTheOriginal(
            String key,
            String maxMessages,
            String maxBytes,
            String tenantLimits,
            String cleanup,
            String rate,
            String burst,
            String adaptive,
            String latency,
            String reduction,
            String threshold) {
        WeirConfig config = Profile.ofKey(key).orElseThrow().builder(HEAP).build();

        assertThat(ConfigKey.MAX_MESSAGES.get(config)).isEqualTo(maxMessages);
        assertThat(ConfigKey.MAX_BYTES.get(config)).isEqualTo(maxBytes);
        assertThat(ConfigKey.BACKPRESSURE_ACTION.get(config)).isEqualTo("refuse");
        assertThat(ConfigKey.ENABLE_TENANT_LIMITS.get(config)).isEqualTo(tenantLimits);
        assertThat(ConfigKey.CLEANUP_INTERVAL_MS.get(config)).isEqualTo(cleanup);
        assertThat(ConfigKey.MAX_MESSAGES_PER_SEC.get(config)).isEqualTo(rate);
        assertThat(ConfigKey.BURST_MULTIPLIER.get(config)).isEqualTo(burst);
        assertThat(ConfigKey.ADAPTIVE_ENABLED.get(config)).isEqualTo(adaptive);
        assertThat(ConfigKey.LATENCY_THRESHOLD_MS.get(config)).isEqualTo(latency);
        assertThat(ConfigKey.RATE_REDUCTION_PERCENT.get(config)).isEqualTo(reduction);
        assertThat(ConfigKey.QUEUE_DEPTH_THRESHOLD_PERCENT.get(config)).isEqualTo(threshold);
    }

    @Test
    void defaults_areThoseOfTheOriginal() {
        QueueLimitsConfig limits = WeirConfig.defaults(HEAP).queueLimits();

        assertThat(limits.maxMessages()).isEqualTo(1000);
        assertThat(limits.maxBytes()).isEqualTo(52_428_800);
        assertThat(limits.enableTenantLimits()).isFalse();
        assertThat(limits.cleanupInterval()).isEqualTo(Duration.ofSeconds(30));
        assertThat(limits.idleTimeout()).isEqualTo(Duration.ofMinutes(5));
        assertThat(limits.tenantMaxMessages()).isEqualTo(10_000);
        assertThat(limits.tenantMaxBytes()).isEqualTo(524_288_000);
        assertThat(limits.globalMaxBytes()).isEqualTo(HEAP / 4);
        assertThat(WeirConfig.defaults(HEAP).backpressure().tenantMaxMessagesPerSec())
                .isEqualTo(5_000);
    }

    @ParameterizedTest
    @EnumSource(ConfigKey.class)
    void set_theValueThatAKeyHas_changesNothing(ConfigKey key) {
        WeirConfig config = Profile.STAGING.builder(HEAP).build();

        assertThat(config.toBuilder()
                        .set(key.section(), key.key(), key.get(config))
                        .build())
                .isEqualTo(config);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "queue_limits|max_messages|16777216|must be from 0 to 16777215, but is 16777216",
                "queue_limits|max_messages|99999999999|must be from 0 to 16777215, but is 99999999999",
                "queue_limits|max_bytes|50MB|must be a number of bytes, or one with its unit such as 64KiB or 2MiB, but is '50MB'",
                "queue_limits|cleanup_interval_ms|0|must be from 1 to 31536000000, but is 0",
                "queue_limits|backpressure_action|wait|must be refuse, drop, drop_newest, drop_oldest, disconnect or pause, but is 'wait'",
                "queue_limits|enable_tenant_limits|yes|must be true or false, but is 'yes'",
                "backpressure|burst_multiplier|0|must be from 0.001 to 1000, but is 0",
                "backpressure|burst_multiplier|much|must be a decimal number, but is 'much'",
                "backpressure|max_messages_per_sec|0|must be from 1 to 1000000, but is 0",
                "backpressure|rate_reduction_percent|100|must be from 1 to 99, but is 100"
            })
    void build_impossibleValue_saysWhatWouldBeValid(String section, String key, String text, String message) {
        WeirConfigBuilder builder = Profile.PRODUCTION.builder(HEAP);

        assertThatThrownBy(() -> builder.set(section, key, text).build())
                .isInstanceOf(InvalidConfigException.class)
                .hasMessage(key + ": " + message);
    }
}
