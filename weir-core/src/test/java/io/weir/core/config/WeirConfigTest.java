package io.weir.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WeirConfigTest {
    private static final long HEAP = 8L << 30;

    private static String value(WeirConfig config, String path) {
        int dot = path.indexOf('.');
        return ConfigKey.find(path.substring(0, dot), path.substring(dot + 1))
                .orElseThrow()
                .get(config);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            key                                        | development | staging   | production | high_throughput
            queue_limits.max_messages                  | 10000       | 2000      | 1000       | 5000
            queue_limits.max_bytes                     | 500000000   | 100000000 | 52428800   | 262144000
            queue_limits.backpressure_action           | refuse      | refuse    | refuse     | refuse
            queue_limits.enable_tenant_limits          | false       | true      | true       | true
            queue_limits.cleanup_interval_ms           | 60000       | 30000     | 15000      | 60000
            backpressure.max_messages_per_sec          | 10000       | 1000      | 500        | 10000
            backpressure.burst_multiplier              | 5.0         | 3.0       | 2.0        | 4.0
            backpressure.adaptive_enabled              | false       | true      | true       | true
            backpressure.latency_threshold_ms          | 500         | 200       | 100        | 150
            backpressure.rate_reduction_percent        | 5           | 15        | 20         | 10
            backpressure.queue_depth_threshold_percent | 90          | 80        | 75         | 80
            """)
    void profile_values_areThoseOfTheTable(
            String key, String development, String staging, String production, String highThroughput) {
        Map<Profile, String> expected = Map.of(
                Profile.DEVELOPMENT, development,
                Profile.STAGING, staging,
                Profile.PRODUCTION, production,
                Profile.HIGH_THROUGHPUT, highThroughput);
        expected.forEach(
                (profile, value) -> assertThat(value(profile.builder(HEAP).build(), key))
                        .as(profile.key())
                        .isEqualTo(value));
    }

    @ParameterizedTest
    @CsvSource({
        "queue_limits.max_messages,1000",
        "queue_limits.max_bytes,52428800",
        "queue_limits.backpressure_action,refuse",
        "queue_limits.drop_silently,false",
        "queue_limits.enable_tenant_limits,false",
        "queue_limits.tenant_max_messages,10000",
        "queue_limits.tenant_max_bytes,524288000",
        "queue_limits.global_max_messages,1000000",
        "queue_limits.global_max_bytes,2147483648",
        "queue_limits.control_max_messages,1000",
        "queue_limits.control_max_bytes,16777216",
        "queue_limits.global_control_max_messages,100000",
        "queue_limits.global_control_max_bytes,536870912",
        "queue_limits.cleanup_interval_ms,30000",
        "queue_limits.idle_timeout_ms,300000",
        "backpressure.max_messages_per_sec,500",
        "backpressure.tenant_max_messages_per_sec,5000",
        "backpressure.burst_multiplier,2.0",
        "backpressure.control_max_messages_per_sec,10000",
        "backpressure.adaptive_enabled,false",
        "backpressure.latency_threshold_ms,100",
        "backpressure.rate_reduction_percent,10",
        "backpressure.queue_depth_threshold_percent,80"
    })
    void defaults_withoutProfile_areTheBareOnes(String key, String value) {
        assertThat(value(WeirConfig.defaults(HEAP), key)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource({
        "queue_limits,max_messages,0,16777215",
        "queue_limits,max_bytes,0,1099511627774",
        "queue_limits,tenant_max_messages,0,16777215",
        "queue_limits,tenant_max_bytes,0,1099511627774",
        "queue_limits,global_max_messages,0,16777215",
        "queue_limits,global_max_bytes,0,1099511627774",
        "queue_limits,control_max_messages,0,16777215",
        "queue_limits,control_max_bytes,0,1099511627774",
        "queue_limits,global_control_max_messages,0,16777215",
        "queue_limits,global_control_max_bytes,0,1099511627774",
        "queue_limits,cleanup_interval_ms,1,31536000000",
        "queue_limits,idle_timeout_ms,1,31536000000",
        "backpressure,max_messages_per_sec,1,1000000",
        "backpressure,tenant_max_messages_per_sec,1,1000000",
        "backpressure,control_max_messages_per_sec,1,1000000",
        "backpressure,latency_threshold_ms,1,3600000",
        "backpressure,rate_reduction_percent,1,99",
        "backpressure,queue_depth_threshold_percent,1,100"
    })
    void set_ends_areValidAndOneBeyondIsNot(String section, String key, long smallest, long largest) {
        for (long valid : new long[] {smallest, largest}) {
            assertThatCode(() -> set(section, key, valid)).doesNotThrowAnyException();
        }
        for (long invalid : new long[] {smallest - 1, largest + 1}) {
            assertThatThrownBy(() -> set(section, key, invalid))
                    .isInstanceOf(InvalidConfigException.class)
                    .hasMessageStartingWith(key + ": must be from " + smallest + " to " + largest)
                    .hasMessageContaining("but is " + invalid);
        }
    }

    private static WeirConfig set(String section, String key, long value) {
        return new WeirConfigBuilder(HEAP)
                .set(section, key, String.valueOf(value))
                .build();
    }

    @ParameterizedTest
    @CsvSource({"0.001,true", "1000,true", "1e3,true", "0.0009,false", "1000.1,false", "1e999999999,false", "-1,false"})
    void burstMultiplier_range_is0001To1000(String text, boolean valid) {
        ThrowingCallable set = () -> new WeirConfigBuilder(HEAP)
                .set("backpressure", "burst_multiplier", text)
                .build();
        if (valid) {
            assertThatCode(set).doesNotThrowAnyException();
        } else {
            assertThatThrownBy(set)
                    .isInstanceOf(InvalidConfigException.class)
                    .hasMessageStartingWith("burst_multiplier: must be from 0.001 to 1000, but is ");
        }
    }

    @Test
    void burst_isRoundedDownAndAtLeastOne() {
        BackpressureConfig config = new WeirConfigBuilder(HEAP)
                .set("backpressure", "burst_multiplier", "0.0019")
                .build()
                .backpressure();
        assertThat(config.burst(1)).isEqualTo(1);
        assertThat(config.burst(1000)).isEqualTo(1);
        assertThat(config.burst(10_000)).isEqualTo(19);
    }

    @Test
    void tenantValues_unlessSet_areTenTimesTheConnections() {
        WeirConfig config = new WeirConfigBuilder(HEAP)
                .maxMessages(7)
                .maxBytes(11)
                .maxMessagesPerSec(13)
                .build();
        assertThat(config.queueLimits().tenantMaxMessages()).isEqualTo(70);
        assertThat(config.queueLimits().tenantMaxBytes()).isEqualTo(110);
        assertThat(config.backpressure().tenantMaxMessagesPerSec()).isEqualTo(130);

        config = new WeirConfigBuilder(HEAP)
                .tenantMaxMessages(5)
                .tenantMaxBytes(6)
                .tenantMaxMessagesPerSec(8)
                .maxMessages(7)
                .build();
        assertThat(config.queueLimits().tenantMaxMessages()).isEqualTo(5);
        assertThat(config.queueLimits().tenantMaxBytes()).isEqualTo(6);
        assertThat(config.backpressure().tenantMaxMessagesPerSec()).isEqualTo(8);
    }

    @Test
    void tenantValues_ofTheLargestLimits_areNotBeyondTheRange() {
        WeirConfig config = new WeirConfigBuilder(HEAP)
                .maxMessages(QueueLimitsConfig.MAX_MESSAGES)
                .maxBytes(QueueLimitsConfig.MAX_BYTES)
                .maxMessagesPerSec(BackpressureConfig.MAX_RATE)
                .build();
        assertThat(config.queueLimits().tenantMaxMessages()).isEqualTo(QueueLimitsConfig.MAX_MESSAGES);
        assertThat(config.queueLimits().tenantMaxBytes()).isEqualTo(QueueLimitsConfig.MAX_BYTES);
        assertThat(config.backpressure().tenantMaxMessagesPerSec()).isEqualTo(BackpressureConfig.MAX_RATE);
    }

    @Test
    void defaults_ofAnUnboundedHeap_stayInRange() {
        assertThat(WeirConfig.defaults(Long.MAX_VALUE).queueLimits().globalMaxBytes())
                .isEqualTo(QueueLimitsConfig.MAX_BYTES);
    }

    @ParameterizedTest
    @EnumSource(Profile.class)
    void toBuilder_unchanged_givesTheSame(Profile profile) {
        WeirConfig config =
                profile.builder(HEAP).dropSilently(true).tenantMaxMessages(3).build();
        assertThat(config.toBuilder().build()).isEqualTo(config);
    }

    @Test
    void toBuilder_ofARunningConfiguration_derivesAgainWhatWasDerived() {
        WeirConfig config = WeirConfig.defaults(HEAP).toBuilder()
                .tenantMaxBytes(7)
                .maxMessages(5)
                .build();
        assertThat(config.queueLimits().maxMessages()).isEqualTo(5);
        assertThat(config.queueLimits().tenantMaxMessages()).isEqualTo(50);
        assertThat(config.toBuilder().maxBytes(3).build().queueLimits().tenantMaxBytes())
                .isEqualTo(7);
    }

    @ParameterizedTest
    @EnumSource(ConfigKey.class)
    void get_everyKey_isReadBackTheSame(ConfigKey key) {
        WeirConfig config = Profile.DEVELOPMENT.builder(HEAP).build();
        WeirConfig back = WeirConfig.defaults(HEAP).toBuilder()
                .set(key.section(), key.key(), key.get(config))
                .build();
        assertThat(key.get(back)).isEqualTo(key.get(config));
    }

    @Test
    void action_drop_isTheOriginalsNameOfDropNewest() {
        assertThat(BackpressureAction.ofKey("drop")).contains(BackpressureAction.DROP_NEWEST);
        assertThat(BackpressureAction.ofKey("drop_newest")).contains(BackpressureAction.DROP_NEWEST);
        assertThat(BackpressureAction.ofKey("drop_oldest")).contains(BackpressureAction.DROP_OLDEST);
        assertThat(BackpressureAction.ofKey("pause")).contains(BackpressureAction.PAUSE);
        assertThat(BackpressureAction.ofKey("wait")).isEmpty();
    }

    @Test
    void build_valuesOfSettersOutOfRange_areProblemsToo() {
        assertThatThrownBy(() -> new WeirConfigBuilder(HEAP)
                        .maxMessages(QueueLimitsConfig.MAX_MESSAGES + 1)
                        .build())
                .isInstanceOf(InvalidConfigException.class)
                .hasMessage("max_messages: must be from 0 to 16777215, but is 16777216");
        assertThatThrownBy(() ->
                        new WeirConfigBuilder(HEAP).idleTimeout(Duration.ZERO).build())
                .isInstanceOf(InvalidConfigException.class)
                .hasMessage("idle_timeout_ms: must be from 1 to 31536000000, but is 0");
    }

    @ParameterizedTest
    @CsvSource({
        "max_bytes,64KiB,65536",
        "max_bytes,2 MiB,2097152",
        "max_bytes,10_000,10000",
        "idle_timeout_ms,10s,10000",
        "idle_timeout_ms,1.5s,1500",
        "idle_timeout_ms,10000,10000",
        "idle_timeout_ms,2m,120000"
    })
    void set_valueWithAUnit_isConvertedToTheUnitOfTheKey(String key, String text, String value) {
        WeirConfig config =
                new WeirConfigBuilder(HEAP).set("queue_limits", key, text).build();

        assertThat(ConfigKey.find("queue_limits", key).orElseThrow().get(config))
                .isEqualTo(value);
    }
}
