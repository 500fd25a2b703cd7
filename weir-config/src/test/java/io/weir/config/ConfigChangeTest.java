package io.weir.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.core.config.ConfigKey;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What set each value, and what another configuration changes while a gateway runs. */
class ConfigChangeTest {
    private static final Path FILE = Path.of("weir.yaml");
    private static final Instant NOON = Instant.parse("2026-11-29T12:00:00Z");

    private static GatewayConfigLoader loader() {
        return new GatewayConfigLoader(1L << 30, name -> null).file(FILE);
    }

    private static LoadedConfig load(String yaml) throws ConfigException {
        return loader().load(texts(yaml), Map.of());
    }

    private static ConfigTexts texts(String yaml) {
        return new ConfigTexts(Map.of(FILE, "upstreams: {a: {url: \"http://h/\"}}\n" + yaml));
    }

    @Test
    void source_isTheLayerThatCounts() throws Exception {
        LoadedConfig loaded = loader().profile("staging")
                .set("queue_limits.global_max_messages=7")
                .load(
                        texts("profile: development\nqueue_limits:\n  max_messages: 5\n  global_max_messages: 6\n"),
                        Map.of("backpressure.max_messages_per_sec", new Setting("9", Source.patch(NOON))));

        assertThat(loaded.profileSource().describe()).isEqualTo("--profile");
        assertThat(loaded.source(ConfigKey.MAX_MESSAGES).describe()).isEqualTo("weir.yaml:4");
        assertThat(loaded.source(ConfigKey.GLOBAL_MAX_MESSAGES).describe()).isEqualTo("--set");
        assertThat(loaded.source(ConfigKey.MAX_MESSAGES_PER_SEC).describe()).isEqualTo("PATCH of 2026-11-29T12:00:00Z");
        assertThat(loaded.source(ConfigKey.TENANT_MAX_MESSAGES).describe()).isEqualTo("ten times max_messages");
        assertThat(loaded.source(ConfigKey.GLOBAL_MAX_BYTES).describe()).isEqualTo("a quarter of the heap at the most");
        assertThat(loaded.source(ConfigKey.MAX_BYTES).describe()).isEqualTo("profile staging");
        assertThat(loaded.source(ConfigKey.IDLE_TIMEOUT_MS).describe()).isEqualTo("default");
        assertThat(loaded.config().limits().backpressure().tenantMaxMessagesPerSec())
                .isEqualTo(90);
        assertThat(load("profile: staging\n").profileSource().describe()).isEqualTo("weir.yaml:2");
        assertThat(load("").profileSource().describe()).isEqualTo("default");
    }

    @Test
    void source_ofAPatch_saysItsTimeInMilliseconds() {
        assertThat(Source.patch(NOON.plusNanos(123_456_789)).at()).isEqualTo("2026-11-29T12:00:00.123Z");
    }

    /** Before, after, what is changed, and what needs a restart. */
    static Stream<Arguments> changes() {
        return Stream.of(
                Arguments.of("", "", "", ""),
                Arguments.of("edge: {idle_timeout_ms: 10s}", "edge: {idle_timeout_ms: 10000}", "", ""),
                Arguments.of("edge: {max_headers: 100}", "", "", ""),
                Arguments.of(
                        "",
                        "queue_limits:\n  max_messages: 50",
                        "queue_limits.max_messages 1000 to 50 (weir.yaml:3);"
                                + " queue_limits.tenant_max_messages 10000 to 500 (ten times max_messages)",
                        ""),
                Arguments.of(
                        "backpressure: {burst_multiplier: 7}",
                        "",
                        "backpressure.burst_multiplier 7 to 2.0 (profile production)",
                        ""),
                Arguments.of(
                        "",
                        "http:\n  allowed_origins: [https://a]",
                        "http.allowed_origins unset to [https://a] (weir.yaml:3)",
                        ""),
                Arguments.of(
                        "tenants: {acme: {max_messages: 5_000}, a.b: {weight: 2}}",
                        "tenants:\n  acme:\n    max_messages: 5000\n    weight: 3",
                        "tenants.a.b.weight 2 to unset (weir.yaml:2); tenants.acme.weight unset to 3 (weir.yaml:5)",
                        ""),
                Arguments.of("", "tenants:\n  header: X-T", "", "tenants.header: needs a restart (weir.yaml:3)"),
                Arguments.of(
                        "", "edge:\n  max_connections: 12", "", "edge.max_connections: needs a restart (weir.yaml:3)"),
                Arguments.of(
                        "edge:\n  max_connections: 12",
                        "",
                        "",
                        "edge.max_connections: needs a restart (was set at weir.yaml:3)"),
                Arguments.of(
                        "http:\n  listen: :1",
                        "http:\n  listen: :2\nqueue_limits: {max_bytes: 1MiB}",
                        "queue_limits.max_bytes 52428800 to 1048576 (weir.yaml:4);"
                                + " queue_limits.tenant_max_bytes 524288000 to 10485760 (ten times max_bytes)",
                        "http.listen: needs a restart (weir.yaml:3)"));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void between_namesKeyValuesAndPlace(String before, String after, String changes, String restarts) throws Exception {
        ConfigChange change = ConfigChange.between(load(before), load(after));

        assertThat(String.join("; ", change.changes())).isEqualTo(changes);
        assertThat(String.join("; ", change.restarts())).isEqualTo(restarts);
    }

    private static LoadedConfig upstream(String yaml) throws ConfigException {
        return loader().load(new ConfigTexts(Map.of(FILE, "upstreams:\n  a:\n    url: http://h/\n" + yaml)), Map.of());
    }

    /** What is added to an upstream, and whether that can be changed while running. */
    static Stream<Arguments> upstreams() {
        return Stream.of(
                Arguments.of("    ttl_ms: 5s", true),
                Arguments.of("    priority: list", true),
                Arguments.of("    tenant_weights: {acme: 3}", true),
                Arguments.of("    tools: {x: {ttl_ms: 5s, weight: 2, priority: list}}", true),
                Arguments.of("    methods: {tools/call: {weight: 2}}", true),
                Arguments.of("    tools: {x: {capacity: 1}}", false),
                Arguments.of("    capacity: 7", false),
                Arguments.of("    headers: {X-A: secret}", false),
                Arguments.of("    circuit_breaker: {enabled: false}", false),
                Arguments.of("  b: http://i/", false));
    }

    @ParameterizedTest
    @MethodSource("upstreams")
    void between_settingOfAnUpstream_isLiveOrNamedWithItsLine(String yaml, boolean live) throws Exception {
        for (boolean added : new boolean[] {true, false}) {
            LoadedConfig without = upstream("");
            LoadedConfig with = upstream(yaml);

            ConfigChange change = added ? ConfigChange.between(without, with) : ConfigChange.between(with, without);

            if (live) {
                assertThat(change.restarts()).isEmpty();
                assertThat(change.changes())
                        .isNotEmpty()
                        .allSatisfy(each -> assertThat(each).contains("weir.yaml:4"));
            } else {
                assertThat(change.restarts()).isEmpty();
                assertThat(change.changes().get(0))
                        .startsWith("upstreams.")
                        .contains(" is ")
                        .contains(added ? " weir.yaml:4" : "was set at weir.yaml:4");
            }
            assertThat(change.toString()).doesNotContain("secret");
        }
    }

    private static List<Map.Entry<String, String>> entries(String... texts) {
        return IntStream.range(0, texts.length / 2)
                .mapToObj(i -> Map.entry(texts[2 * i], texts[2 * i + 1]))
                .toList();
    }

    @Test
    void patch_ofWhatIsNoLimit_isRejectedWithTheKey() {
        for (Map.Entry<String, String> each : entries(
                "queue_limits.max_mesages",
                "queue_limits.max_mesages: unknown key (did you mean max_messages?)",
                "queue_limits.max_bytes",
                "queue_limits.max_bytes: must be a number of bytes",
                "max_messages",
                "max_messages: belongs to section queue_limits",
                "mx_messages",
                "mx_messages: unknown key (did you mean max_messages?)",
                "edge.max_connections",
                "edge.max_connections: is no limit; change it in the configuration file, and restart the gateway",
                "upstreams.search.capacity",
                "upstreams.search.capacity: is no limit; change it in the configuration file; a new upstream then takes"
                        + " the place of the one that runs",
                "upstreams.search.ttl_ms",
                "upstreams.search.ttl_ms: is no limit; change it in the configuration file; that needs no" + " restart",
                "x.max_messages",
                "x.max_messages: unknown section; there are queue_limits, backpressure, tenants, profile",
                "queue_limit.max_messages",
                "queue_limit.max_messages: unknown section (did you mean queue_limits?)",
                "profile",
                "profile: there is no profile 'x'",
                "queue_limits.backpressure_action",
                "queue_limits.backpressure_action: must be")) {
            assertThatThrownBy(() ->
                            loader().load(texts(""), Map.of(each.getKey(), new Setting("x", Source.patch(NOON)))))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageStartingWith(each.getValue());
        }
    }
}
