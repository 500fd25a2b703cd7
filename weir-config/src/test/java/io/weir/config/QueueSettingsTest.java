package io.weir.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.weir.core.Priority;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.CircuitPolicy;
import io.weir.core.queue.QueuePolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How messages wait for an upstream, as files and the command line configure it. */
class QueueSettingsTest {
    private static final String FULL = """
            upstreams:
              s:
                url: http://h/mcp
                capacity: 8
                ttl_ms: 2_000
                abandoned_hold_ms: 6
                priority: list
                circuit_breaker:
                  enabled: false
                  queue_delay_ms: 1
                  error_percent: 2
                  open_ms: 3
                  half_open_ms: 4
                tenant_weights:
                  acme: 3
                methods:
                  resources/read:
                    capacity: adaptive
                    ttl_ms: 5
                tools:
                  slow.tool:
                    capacity: 1
                    priority: background
                    weight: 100
            """;

    @TempDir
    Path directory;

    private static GatewayConfigLoader loader() {
        return new GatewayConfigLoader(8L << 30, name -> null).withoutUpstream();
    }

    private GatewayConfigLoader file(String yaml) throws IOException {
        return loader().file(Files.writeString(directory.resolve("weir.yaml"), yaml));
    }

    private String problems(GatewayConfigLoader loader) {
        ConfigException e = catchThrowableOfType(ConfigException.class, loader::load);
        return e == null ? "" : String.join("\n", e.problems()).replace(directory.resolve("weir.yaml") + ":", "");
    }

    private static QueueConfig queue(GatewayConfigLoader loader) throws ConfigException {
        return loader.load().upstreams().get(0).queue();
    }

    @Test
    void upstream_withNothingButAUrl_hasTheDefaults() throws Exception {
        assertThat(queue(loader().upstream("http://h/mcp"))).isEqualTo(QueueConfig.DEFAULT);
        assertThat(queue(file("upstreams:\n  s: http://h/mcp\n"))).isEqualTo(QueueConfig.DEFAULT);
        assertThat(QueueConfig.DEFAULT.policy().capacity()).isEqualTo(Capacity.ADAPTIVE);
        assertThat(QueueConfig.DEFAULT.ttl()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void upstream_withEverything_isTaken() throws Exception {
        assertThat(queue(file(FULL)))
                .isEqualTo(new QueueConfig(
                        new QueuePolicy(
                                Capacity.fixed(8),
                                new CircuitPolicy(
                                        false, Duration.ofMillis(1), 2, Duration.ofMillis(3), Duration.ofMillis(4)),
                                Duration.ofMillis(6)),
                        Duration.ofSeconds(2),
                        Optional.of(Priority.LIST),
                        Map.of("acme", 3),
                        Map.of(
                                "resources/read",
                                new OperationConfig(
                                        Optional.of(Capacity.ADAPTIVE),
                                        Optional.of(Duration.ofMillis(5)),
                                        Optional.empty(),
                                        Optional.empty())),
                        Map.of(
                                "slow.tool",
                                new OperationConfig(
                                        Optional.of(Capacity.fixed(1)),
                                        Optional.empty(),
                                        Optional.of(Priority.BACKGROUND),
                                        Optional.of(100)))));
    }

    @Test
    void set_everyKey_isAsTheFile() throws Exception {
        GatewayConfigLoader set = loader().upstream("s=http://h/mcp");
        List.of(
                        "capacity=8",
                        "ttl_ms=2_000",
                        "abandoned_hold_ms=6",
                        "priority=list",
                        "circuit_breaker.enabled=false",
                        "circuit_breaker.queue_delay_ms=1",
                        "circuit_breaker.error_percent=2",
                        "circuit_breaker.open_ms=3",
                        "circuit_breaker.half_open_ms=4",
                        "tenant_weights.acme=3",
                        "methods.resources/read.capacity=adaptive",
                        "methods.resources/read.ttl_ms=5",
                        "tools.slow.tool.capacity=1",
                        "tools.slow.tool.priority=background",
                        "tools.slow.tool.weight=100")
                .forEach(each -> set.set("upstreams.s." + each));

        assertThat(queue(set)).isEqualTo(queue(file(FULL)));
    }

    @Test
    void set_namesWithDots_findTheLongest() throws Exception {
        GatewayConfig config = loader().upstream("a=http://h/")
                .upstream("a.b=http://h/")
                .set("upstreams.a.b.capacity=7")
                .load();

        assertThat(config.upstreams())
                .extracting(each -> each.queue().policy().capacity().toString())
                .containsExactly("adaptive:1000", "7");
    }

    @Test
    void file_wrongKeysAndValues_tellsEveryProblemWithItsPlace() throws Exception {
        assertThat(problems(file("""
                        upstreams:
                          s:
                            capacity: much
                            ttl_ms: 0
                            priority: control
                            capacty: 3
                            circuit_breaker:
                              open: 5
                              error_percent: 101
                              enabled: yes
                            tenant_weights: 4
                            methods:
                              ping: {ttl_ms: 5}
                              subscriptions/listen: {ttl_ms: 5}
                              tools/list: {priority: high, wait: 4}
                            tools:
                              t: 5
                              u: {weight: 101, capacity: 0}
                            headers:
                              X: [1]
                              "Y Z": a
                        """))).isEqualTo("""
                        3:5: upstreams.s: needs url, where the MCP server answers, or command, the program that the gateway starts
                        3:15: upstreams.s.capacity: must be adaptive, or a number from 1 to 1000000, but is 'much'
                        4:13: upstreams.s.ttl_ms: must be from 1 to 3600000, but is 0
                        5:15: upstreams.s.priority: cannot be control: which messages are never refused is fixed; use call, list or background
                        6:5: upstreams.s.capacty: unknown key (did you mean capacity?)
                        8:7: upstreams.s.circuit_breaker.open: unknown key (did you mean open_ms?)
                        9:22: upstreams.s.circuit_breaker.error_percent: must be from 1 to 100, but is 101
                        10:16: upstreams.s.circuit_breaker.enabled: must be true or false, but is 'yes'
                        11:21: upstreams.s.tenant_weights: must hold keys, each on a line of its own below it
                        13:7: upstreams.s.methods.ping: is a control message: it is never queued or refused, and nothing can be configured for it
                        14:7: upstreams.s.methods.subscriptions/listen: is a stream and is never queued: its caps are edge.max_streams…
                        15:30: upstreams.s.methods.tools/list.priority: must be call, list or background, but is 'high'
                        15:36: upstreams.s.methods.tools/list.wait: unknown key (did you mean weight?)
                        17:10: upstreams.s.tools.t: must hold keys, each on a line of its own below it
                        18:19: upstreams.s.tools.u.weight: must be from 1 to 100, but is 101
                        18:34: upstreams.s.tools.u.capacity: must be adaptive, or a number from 1 to 1000000, but is '0'
                        20:10: upstreams.s.headers.X: must be a single value
                        21:14: upstreams.s.headers: 'Y Z' must be the name of a header, and its value one line of text""");
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " => ", quoteCharacter = '`', textBlock = """
            upstreams.x.capacity=8 => upstreams.x.capacity: there is no such upstream; there are s
            upstreams.s.capacty=8 => capacty: unknown key (did you mean capacity?)
            upstreams.s.capacity=0 => capacity: must be adaptive, or a number from 1 to 1000000, but is '0'
            upstreams.s.tools=8 => tools: holds keys: name one of them after a dot
            upstreams.s.tools.echo.wight=8 => wight: unknown key (did you mean weight?)
            upstreams.s.circuit_breaker.open=8 => open: unknown key (did you mean open_ms?)
            upstreams.s.methods.initialize.ttl_ms=8 => initialize: is a control message: it is never queued or refused, and nothing can be configured for it
            """)
    void set_wrong_saysWhat(String setting, String problem) {
        // The value of a key that is not known may be a secret.
        String shown = problem.contains("unknown key") ? setting.replaceFirst("=.*", "") : setting;

        assertThat(problems(loader().upstream("s=http://h/").set(setting)))
                .isEqualTo("--set " + shown + ": " + problem);
    }

    @Test
    void set_withoutUpstreams_saysSo() {
        assertThat(problems(loader().set("upstreams.s.capacity=8")))
                .isEqualTo("--set upstreams.s.capacity=8: upstreams.s.capacity: there are no upstreams");
    }

    @Test
    void decisionLog_withoutFile_isNone() throws Exception {
        assertThat(loader().set("decision_log.files=3").load().decisionLog()).isEmpty();
        assertThat(loader().set("decision_log.file=f").load().decisionLog())
                .contains(DecisionLogConfig.of(Path.of("f")));
        assertThat(DecisionLogConfig.of(Path.of("f")))
                .isEqualTo(new DecisionLogConfig(Path.of("f"), 64 << 20, 8, 65_536));
    }
}
