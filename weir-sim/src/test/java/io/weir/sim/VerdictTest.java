package io.weir.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.config.ConfigException;
import io.weir.sim.report.ResultJson;
import io.weir.sim.report.ResultPage;
import io.weir.sim.report.Verdicts;
import io.weir.sim.run.Result;
import io.weir.sim.run.Simulation;
import io.weir.sim.run.Verdict;
import io.weir.sim.run.WeirPolicy;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What scenarios expect of their results. */
class VerdictTest {
    /** 20 of 40 messages are admitted, of each of two groups ten; each is answered after 10 ms to 100 ms. */
    private static Result play(String expectations) throws Exception {
        Scenario scenario = Scenarios.parse("x", """
                duration: 1s
                queue_limits: {max_messages: 10}
                upstream: {servers: 2, service_time: constant 10ms, capacity: 2, circuit_breaker: false}
                clients:
                  a: {arrivals: burst, burst_size: 20, rate: 20/s, max_messages: 20, request_size: 1000}
                  b: {arrivals: burst, burst_size: 20, rate: 20/s, max_messages: 20, request_size: 1000}
                expect: [%s]
                """.formatted(expectations));
        return Simulation.play(scenario, new WeirPolicy(scenario, null));
    }

    private static String line(String expectations) throws Exception {
        return Verdicts.line(play(expectations).verdicts());
    }

    static List<String> builtIn() {
        return Scenarios.builtIn();
    }

    @ParameterizedTest
    @MethodSource("builtIn")
    void builtIn_everyScenario_holdsWhatItIsAbout(String name) {
        Result result = Played.of(name).result();

        assertThat(result.verdicts()).isNotEmpty();
        assertThat(result.verdicts()).as(Verdicts.line(result.verdicts())).allMatch(Verdict::isHeld);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "figure: rejected, max: 50%|held: rejected 50.00 % (at most 50.00 %)",
                "figure: rejected, max: 49%|NOT held: rejected 50.00 % (at most 49.00 %)",
                "figure: in_time, clients: a, min: 50%|held: in time of a 50.00 % (at least 50.00 %)",
                "figure: share_of_completed, clients: b, min: 51%"
                        + "|NOT held: share of completed of b 50.00 % (at least 51.00 %)",
                "figure: goodput, max: 20%|held: goodput 10.00 % (at most 20.00 %)",
                "figure: admitted, min: 20, max: 20|held: admitted 20 (exactly 20)",
                "figure: completed, clients: a, min: 11, max: 12|NOT held: completed of a 10 (11 to 12)",
                "figure: shed, max: 0|held: shed 0 (exactly 0)",
                "figure: evicted, min: 1|NOT held: evicted 0 (at least 1)",
                "figure: latency_p99, max: 100ms|held: latency p99 100.0 ms (at most 100.0 ms)",
                "figure: latency_p50, max: 49ms|NOT held: latency p50 50.0 ms (at most 49.0 ms)",
                "figure: wait_p50, max: 40ms|held: wait p50 40.0 ms (at most 40.0 ms)",
                "figure: wait_p99, max: 89ms|NOT held: wait p99 90.0 ms (at most 89.0 ms)",
                "figure: pending_messages, min: 20, max: 20|held: pending messages 20 (exactly 20)",
                "figure: pending_bytes, max: 19KiB|NOT held: pending bytes 20,000 (at most 19,456)",
                "figure: connection_messages, max: 9|NOT held: connection messages 10 (at most 9)",
                "figure: connection_bytes, max: 10000|held: connection bytes 10,000 (at most 10,000)",
                "figure: tenant_messages, max: 10|held: tenant messages 10 (at most 10)",
                "figure: miscounts, max: 0|held: miscounts 0 (exactly 0)",
            })
    void line_saysFigureValueAndBounds(String expectation, String expected) throws Exception {
        assertThat(line("{" + expectation + "}")).isEqualTo(expected);
    }

    @Test
    void line_someAreNotHeld_theyComeFirst() throws Exception {
        assertThat(line("{figure: admitted, min: 20}, {figure: rejected, max: 0%}"))
                .isEqualTo("NOT held: rejected 50.00 % (exactly 0.00 %); held: admitted 20 (at least 20)");
        assertThat(line("")).isEmpty();
    }

    @Test
    void pageAndJson_haveTheVerdict() throws Exception {
        Result result = play("{figure: rejected, max: 49%}");
        StringWriter json = new StringWriter();
        ResultJson.write(result, "", 0, json);

        assertThat(ResultPage.of(result, "1").html()).contains("NOT held: rejected 50.00 % (at most 49.00 %)");
        assertThat(json.toString().replaceAll("\\s+", ""))
                .contains("\"expectations\":[{\"figure\":\"rejected\",\"clients\":\"\",\"min\":0,\"max\":490000,"
                        + "\"value\":500000,\"held\":false}]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "max: 1|needs figure: goodput, rejected,",
                "figure: goodput|needs min or max, or both",
                "figure: goodput, min: 5|expect[0].min: must be a share, such as 5% or 0.1%, but is '5'",
                "figure: wait_p50, max: 5|expect[0].max: must be a time with its unit",
                "figure: admitted, max: 5%|expect[0].max: must be a whole number, but is '5%'",
                "figure: godput, max: 5%|expect[0].figure: must be goodput, rejected,",
                "figure: signals, max: 5, clients: a|expect[0].clients: has no meaning with figure: signals",
                "figure: shed, max: 5, clients: c|expect[0].clients: there are no clients 'c' (did you mean a?)",
            })
    void parse_impossibleExpectation_saysWhereAndWhat(String expectation, String problem) {
        assertThatThrownBy(() -> play("{" + expectation + "}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("x:7:")
                .hasMessageContaining(problem);
    }
}
