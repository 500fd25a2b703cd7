package io.weir.sim.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.weir.config.ConfigException;
import io.weir.core.Priority;
import io.weir.core.config.BackpressureAction;
import io.weir.core.queue.Capacity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScenariosTest {
    private static final long MILLI = 1_000_000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private Scenario load(String yaml) throws Exception {
        return Scenarios.load(
                Files.writeString(folder.resolve("mine.yaml"), yaml).toString());
    }

    private List<String> problems(String yaml) throws Exception {
        Path file = Files.writeString(folder.resolve("mine.yaml"), yaml);
        ConfigException e = catchThrowableOfType(ConfigException.class, () -> Scenarios.load(file.toString()));
        return e.problems().stream()
                .map(problem -> problem.replace(file + ":", ""))
                .toList();
    }

    @Test
    void load_wholeScenario_readsEveryKey() throws Exception {
        Scenario scenario = load("""
                description: everything
                duration: 1.5s
                seed: -3
                profile: staging
                queue_limits:
                  max_messages: 7
                  backpressure_action: drop_oldest
                backpressure:
                  max_messages_per_sec: 9
                upstream:
                  servers: 2
                  service_time:
                    default: uniform 1ms 3ms
                    slow: lognormal 20ms 0.5
                  failures: 0.25%
                  request_timeout: 2m
                  capacity: 3
                  circuit_breaker: false
                  changes:
                    - {at: 900ms, state: hung}
                    - {at: 300ms, servers: 1, slowdown: 2.5}
                clients:
                  a:
                    tenant: acme
                    tenants: 2
                    connections: 4
                    arrivals: burst
                    burst_size: 5
                    phases:
                      - {at: 0s, rate: 0.5/s}
                      - {at: 1s, rate: 8/s}
                    max_messages: 99
                    batch_size: 3
                    request_size: 64KiB
                    operation: slow
                    priority: list
                    deadline: 250us
                    weight: 4
                    retries: 2
                    cancel: {share: 5%, after: 10ms}
                    disconnect_every: 3s
                faults:
                  - {at: 1s, action: update, set: {queue_limits.max_messages: 3}}
                  - {at: 500ms, action: reset, clients: a}
                """);

        assertThat(scenario.name()).isEqualTo("mine");
        assertThat(scenario.duration()).isEqualTo(1500 * MILLI);
        assertThat(scenario.seed()).isEqualTo(-3);
        assertThat(scenario.config().queueLimits().maxMessages()).isEqualTo(7);
        assertThat(scenario.config().queueLimits().maxBytes()).isEqualTo(100_000_000);
        assertThat(scenario.config().queueLimits().backpressureAction()).isEqualTo(BackpressureAction.DROP_OLDEST);
        assertThat(scenario.upstream())
                .isEqualTo(new UpstreamModel(
                        2,
                        Map.of("slow", new ServiceTime(ServiceTime.Shape.LOGNORMAL, 20 * MILLI, 0, 0, 0.5)),
                        new ServiceTime(ServiceTime.Shape.UNIFORM, 2 * MILLI, MILLI, 3 * MILLI, 0),
                        2500,
                        120_000 * MILLI,
                        List.of(
                                new UpstreamModel.Change(300 * MILLI, 1, 2500, 2500, UpstreamModel.State.UP),
                                new UpstreamModel.Change(900 * MILLI, 1, 2500, 2500, UpstreamModel.State.HUNG))));
        assertThat(scenario.settings()).isEqualTo(UpstreamSettings.oneQueue(Capacity.fixed(3), false));
        assertThat(scenario.clients())
                .containsExactly(new ClientGroup(
                        "a",
                        "acme",
                        2,
                        4,
                        Arrivals.BURST,
                        List.of(new Phase(0, 500), new Phase(1000 * MILLI, 8000)),
                        5,
                        99,
                        3,
                        64 << 10,
                        "slow",
                        Priority.LIST,
                        250_000,
                        4,
                        2,
                        50_000,
                        10 * MILLI,
                        3000 * MILLI));
        assertThat(scenario.faults())
                .containsExactly(
                        new Fault(500 * MILLI, Fault.Kind.RESET, "a", Map.of()),
                        new Fault(1000 * MILLI, Fault.Kind.UPDATE, "", Map.of("queue_limits.max_messages", "3")));
    }

    @Test
    void load_wrongScenario_tellsEveryProblemWithItsPlace() throws Exception {
        assertThat(problems("""
                duratoin: 60s
                profile: prod
                queue_limits:
                  max_mesages: 5
                  max_bytes: 50MB
                upstream:
                  servers: 0
                  service_time: exponentail 5ms
                  changes:
                    - {at: 5, servers: 2}
                    - 7
                clients:
                  a:
                    rate: 5
                    priority: control
                  b:
                    rate: 5/s
                    tenants: 3
                    rate: 6/s
                faults:
                  - {at: 1s, action: rest, clients: c}
                """))
                .containsExactly(
                        "1:1: duratoin: unknown key (did you mean duration?)",
                        "2:10: profile: must be development, staging, production or high_throughput, but is 'prod'",
                        "4:3: queue_limits.max_mesages: unknown key (did you mean max_messages?)",
                        "5:14: queue_limits.max_bytes: must be a number of bytes, or one with its unit such as 64KiB or 2MiB, but is '50MB'",
                        "7:12: upstream.servers: must be from 1 to 100000, but is 0",
                        "8:17: upstream.service_time: must be constant TIME, exponential MEAN, uniform MIN MAX or lognormal"
                                + " MEAN SIGMA, such as 'exponential 5ms' or 'lognormal 20ms 0.5', but is 'exponentail"
                                + " 5ms'",
                        "10:12: upstream.changes[0].at: must be a time with its unit, such as 250us, 5ms, 1.5s or 2m, but"
                                + " is '5'",
                        "11:7: upstream.changes: every item must hold keys, such as '- at: 10s'",
                        "14:11: clients.a.rate: must be messages a second, such as 800/s or 0.5/s, but is '5'",
                        "15:15: clients.a.priority: cannot be control: which messages are never refused is fixed; use"
                                + " call, list or background",
                        "18:14: clients.b.tenants: must not be more than there are connections",
                        "19:5: clients.b.rate: duplicate key (first on line 17)",
                        "21:22: faults[0].action: must be reset, disconnect, update or close, but is 'rest'",
                        "21:37: faults[0].clients: there are no clients 'c' (did you mean a?)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "duration: 5s|1:1: clients: there must be clients: a name of your choice, and below it at least a rate",
                "clients: {a: {operation: x}}|1:14: clients.a: needs a rate, such as 100/s, or phases with one each",
                "[1]|1:1: must begin with keys, such as duration: 60s",
                "a: [|1:5: is not YAML: expected the node content, but found '<stream end>'",
            })
    void load_notAScenario_saysWhy(String yaml, String problem) throws Exception {
        assertThat(problems(yaml)).containsExactly(problem);
    }

    @Test
    void load_unknownName_namesTheNearest() {
        ConfigException e = catchThrowableOfType(ConfigException.class, () -> Scenarios.load("goodput-3x"));
        assertThat(e.problems())
                .containsExactly("goodput-3x: there is no such file, and no such scenario (did you mean goodput-2x?)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '>',
            quoteCharacter = '"',
            value = {
                "duration: 0s > 1:11: duration: must be from 1ms to 168h, but is 0s",
                "duration: 1000000m > 1:11: duration: must be from 1ms to 168h, but is 1000000m",
                "duration: 10s|faults: [{at: 11s, action: reset}] > 2:15: faults[0].at: is after the end of the scenario",
                "upstream: {service_time: {serach: constant 5ms, default: constant 5ms}} > 1:35: upstream.service_time.serach: no clients send this operation (did you mean search?)",
                "clients: {b: {rate: 99999999999/s}} > 1:21: clients.b.rate: must be from 0/s to 1000000/s, but is 99999999999/s"
            })
    void load_impossibleScenario_saysWhereAndWhat(String lines, String problem) {
        String clients = lines.contains("clients:") ? "" : "\nclients: {a: {rate: 1/s, operation: search}}";

        assertThatThrownBy(() -> Scenarios.parse("x", lines.replace('|', '\n') + clients))
                .isInstanceOf(ConfigException.class)
                .hasMessage("x:" + problem);
    }
}
