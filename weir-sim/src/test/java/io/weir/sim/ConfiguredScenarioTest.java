package io.weir.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.weir.config.ConfigException;
import io.weir.sim.replay.LogParts;
import io.weir.sim.replay.SameDecisions;
import io.weir.sim.run.HashedDecisionLog;
import io.weir.sim.run.MessageCounters;
import io.weir.sim.run.MessageCounters.Fate;
import io.weir.sim.run.Result;
import io.weir.sim.run.Simulation;
import io.weir.sim.run.WeirPolicy;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Scenarios under a gateway's configuration file. */
class ConfiguredScenarioTest {
    private static final Path PAGE = Path.of("..", "docs", "simulation.md");
    private static final Pattern EXAMPLE = Pattern.compile("`(\\w+\\.yaml)`:\n\n```yaml\n(.*?)```", Pattern.DOTALL);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private void write(String name, String yaml) throws Exception {
        Files.writeString(folder.resolve(name), yaml);
    }

    private Scenario load() throws Exception {
        return Scenarios.load(folder.resolve("scenario.yaml").toString());
    }

    private Result play() throws Exception {
        Scenario scenario = load();
        Result result = Simulation.play(scenario, new WeirPolicy(scenario, null));
        assertThat(result.wrong()).isEmpty();
        return result;
    }

    private List<String> problems() {
        ConfigException e = catchThrowableOfType(ConfigException.class, this::load);
        return e.problems().stream()
                .map(problem -> problem.replace(folder + "/", ""))
                .toList();
    }

    private static double rejected(MessageCounters group) {
        return (double) group.rejected() / group.messages(Fate.OFFERED);
    }

    private void writeExample() throws Exception {
        List<String> names = EXAMPLE.matcher(Files.readString(PAGE))
                .results()
                .map(found -> {
                    try {
                        write(found.group(1), found.group(2));
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                    return found.group(1);
                })
                .toList();
        assertThat(names).containsExactly("weir.yaml", "scenario.yaml");
    }

    @Test
    void example_toolWithItsOwnQueue_leavesTheOthersAlone() throws Exception {
        writeExample();

        Result own = play();
        assertThat(own.group("quick").rejected()).isZero();
        assertThat(rejected(own.group("slow"))).isBetween(0.70, 0.80);

        write("weir.yaml", Files.readString(folder.resolve("weir.yaml")).replaceFirst("    tools:\n.*\n", ""));
        Result shared = play();
        assertThat(rejected(shared.group("quick"))).isBetween(0.28, 0.38);
    }

    @Test
    void example_decisionLog_isReplayedIdentically() throws Exception {
        writeExample();
        Path log = folder.resolve("decisions.jsonl");
        Scenario scenario = load();
        try (Writer out = Files.newBufferedWriter(log)) {
            Simulation.play(scenario, new WeirPolicy(scenario, new HashedDecisionLog(out)));
        }

        assertThat(Files.readString(log)).contains("\"search/crawl\"");
        SameDecisions same = SameDecisions.of(LogParts.of(List.of(log)));
        assertThat(same.difference()).isEmpty();
        assertThat(same.decisions()).isPositive();
    }

    @Test
    void settings_ofTheFile_applyToTheScenario() throws Exception {
        write("weir.yaml", """
                profile: staging
                queue_limits: {max_messages: 7}
                upstreams:
                  a: http://127.0.0.1:3001/mcp
                  b:
                    url: http://127.0.0.1:3002/mcp
                    request_timeout_ms: 2s
                    capacity: 3
                    ttl_ms: 500ms
                    circuit_breaker: {enabled: false}
                    tenant_weights: {acme: 4}
                    methods: {tools/call: {ttl_ms: 400ms, weight: 2}}
                    tools: {crawl: {capacity: 2, priority: background}}
                """);
        write("scenario.yaml", "config: weir.yaml\nconfig_upstream: b\nclients: {x: {rate: 1/s}}\n");

        Scenario scenario = load();

        assertThat(scenario.profile()).isEqualTo("staging");
        assertThat(scenario.config().queueLimits().maxMessages()).isEqualTo(7);
        assertThat(scenario.upstream().timeout()).isEqualTo(2_000_000_000L);
        assertThat(scenario.settings().queues(scenario.queue())).containsOnlyKeys("b", "b/crawl");
        assertThat(scenario.settings().policy("find").capacity()).hasToString("3");
        assertThat(scenario.settings().policy("crawl").capacity()).hasToString("2");
        assertThat(scenario.settings().policy().circuit().enabled()).isFalse();
        assertThat(scenario.settings().ttlNanos("crawl")).isEqualTo(400_000_000L);
        assertThat(scenario.settings().ttlNanos("tools/list")).isEqualTo(500_000_000L);
        assertThat(scenario.settings().priority("crawl"))
                .hasValueSatisfying(priority -> assertThat(priority.key()).isEqualTo("background"));
        assertThat(scenario.settings().priority("find")).isEmpty();
        assertThat(scenario.settings().weight("acme", "find", 1)).isEqualTo(8);
        assertThat(scenario.settings().weight("other", "tools/list", 5)).isEqualTo(5);
    }

    @Test
    void tenantWeights_ofTheFile_shareTheCapacity() throws Exception {
        write("weir.yaml", """
                upstreams:
                  a: {url: "http://127.0.0.1:3001/mcp", capacity: 4, ttl_ms: 1s, tenant_weights: {acme: 3}}
                """);
        write("scenario.yaml", """
                config: weir.yaml
                duration: 30s
                upstream: {service_time: constant 50ms}
                clients:
                  acme: {rate: 200/s, connections: 20}
                  other: {rate: 200/s, connections: 20}
                """);

        Result result = play();

        double ratio = (double) result.group("acme").messages(Fate.COMPLETED)
                / result.group("other").messages(Fate.COMPLETED);
        assertThat(ratio).isBetween(2.7, 3.3);
    }

    @Test
    void fileWithoutUpstreams_leavesThemToTheScenario() throws Exception {
        write("weir.yaml", "profile: staging\n");
        write("scenario.yaml", "config: weir.yaml\nupstream: {capacity: 5}\nclients: {x: {rate: 1/s, weight: 2}}\n");

        Scenario scenario = load();

        assertThat(scenario.profile()).isEqualTo("staging");
        assertThat(scenario.settings().policy().capacity()).hasToString("5");
    }

    @Test
    void fileWithMistakes_saysFileLineAndKey_besideThoseOfTheScenario() throws Exception {
        write("weir.yaml", "queue_limits:\n  max_mesages: 5\n");
        write("scenario.yaml", "config: weir.yaml\nduration: 5\nclients: {x: {rate: 1/s}}\n");

        assertThat(problems())
                .containsExactly(
                        "scenario.yaml:2:11: duration: must be a time with its unit, such as 250us, 5ms, 1.5s or 2m, but is"
                                + " '5'",
                        "weir.yaml:2:3: queue_limits.max_mesages: unknown key (did you mean max_messages?)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "config: no.yaml|1:10: config: there is no such file: no.yaml",
                "config: two.yaml|1:10: config: has several upstreams; choose one with config_upstream: a, b",
                "'config: two.yaml, config_upstream: c'"
                        + "|1:37: config_upstream: the file of 'config' has no upstream 'c' (did you mean a?)",
                "config_upstream: a|1:19: config_upstream: needs config: the file that has the upstream",
                "'config: one.yaml, profile: staging'"
                        + "|1:29: profile: is set by the file of 'config': remove one of the two",
                "'config: one.yaml, upstream: {capacity: 2}'"
                        + "|1:41: upstream.capacity: is set by the file of 'config': remove one of the two",
            })
    void impossibleCombination_saysWhereAndWhat(String lines, String problem) throws Exception {
        write("one.yaml", "upstreams:\n  a: http://127.0.0.1:3001/mcp\n");
        write("two.yaml", "upstreams:\n  a: http://127.0.0.1:3001/mcp\n  b: http://127.0.0.1:3002/mcp\n");
        write("scenario.yaml", "{" + lines + ", clients: {x: {rate: 1/s}}}");

        assertThat(problems()).containsExactly("scenario.yaml:" + problem);
    }

    @Test
    void clientsWeight_besideAnUpstreamOfTheFile_isAProblem() throws Exception {
        write("one.yaml", "upstreams:\n  a: http://127.0.0.1:3001/mcp\n");
        write("scenario.yaml", "config: one.yaml\nclients: {x: {rate: 1/s, weight: 2}}\n");

        assertThat(problems())
                .containsExactly(
                        "scenario.yaml:2:34: clients.x.weight: is set by the file of 'config': remove one of the two");
    }
}
