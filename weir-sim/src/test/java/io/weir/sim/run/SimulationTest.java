package io.weir.sim.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Outcome;
import io.weir.sim.run.MessageCounters.Fate;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SimulationTest {
    private static Scenario scenario(String more) throws Exception {
        return Scenarios.parse("test", "duration: 5s\n" + more);
    }

    private static Result play(String more) throws Exception {
        Scenario scenario = scenario(more);
        return Simulation.play(scenario, new WeirPolicy(scenario, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"refuse", "drop_newest", "drop_oldest", "disconnect", "pause"})
    void play_everyAction_keepsTheLimitAndAccountsForEverything(String action) throws Exception {
        Result result = play("""
                queue_limits: {max_messages: 20, backpressure_action: %s}
                backpressure: {latency_threshold_ms: 60000}
                upstream: {servers: 2, service_time: exponential 10ms, circuit_breaker: false}
                clients:
                  a: {connections: 5, rate: 600/s, deadline: 1s, cancel: {share: 10%%, after: 30ms}, disconnect_every: 400ms}
                """.formatted(action));

        assertThat(result.wrong()).isEmpty();
        assertThat(result.peaks().messagesOfConnection()).isEqualTo(20);
        assertThat(result.total().messages(Fate.ADMITTED)).isGreaterThan(500);
        assertThat(result.total().messages(Fate.CANCELLED)).isPositive();
        Fate fate = switch (action) {
            case "drop_newest" -> Fate.DROPPED;
            case "drop_oldest" -> Fate.EVICTED;
            case "disconnect" -> Fate.DISCONNECTED;
            case "pause" -> Fate.PAUSED;
            default -> Fate.REFUSED;
        };
        assertThat(result.total().messages(fate)).isPositive();
    }

    @Test
    void play_upstreamThatHangsFailsAndIsDown_failsByTimeoutAndAtOnce() throws Exception {
        Result result = play("""
                upstream:
                  servers: 4
                  service_time: constant 5ms
                  request_timeout: 500ms
                  circuit_breaker: false
                  changes:
                    - {at: 1s, state: hung}
                    - {at: 2s, state: down}
                    - {at: 3s, state: up, failures: 50%}
                clients: {a: {rate: 100/s, arrivals: constant, deadline: 200ms}}
                """);

        assertThat(result.wrong()).isEmpty();
        assertThat(result.total().messages(Fate.FAILED)).isBetween(150L, 300L);
        assertThat(result.total().messages(Fate.GOOD)).isBetween(150L, 350L);
    }

    @Test
    void play_resetUpdateAndClose_areDoneToTheCore() throws Exception {
        Result result = play("""
                upstream: {servers: 1, service_time: constant 10ms, capacity: 1, circuit_breaker: false}
                backpressure: {latency_threshold_ms: 60000}
                clients: {a: {rate: 200/s, arrivals: constant, deadline: 30s}}
                faults:
                  - {at: 2s, action: update, set: {queue_limits.max_messages: 10}}
                  - {at: 3s, action: reset}
                  - {at: 4s, action: close}
                """);

        assertThat(result.wrong()).isEmpty();
        assertThat(result.total().byReason()).containsOnlyKeys("connection_messages", "closed");
        assertThat(result.total().messages(Fate.EVICTED)).isPositive();
        assertThat(result.series().column("admitted").get(result.series().rows() - 1))
                .isZero();
    }

    @Test
    void play_slowdown_takesLonger() throws Exception {
        Result plain = play(
                "upstream: {servers: 1, service_time: constant 4ms}\nclients: {a: {rate: 10/s, arrivals: constant}}");
        Result slow = play("upstream: {servers: 1, service_time: constant 4ms, changes: [{at: 0s, slowdown: 2.5}]}\n"
                + "clients: {a: {rate: 10/s, arrivals: constant}}");

        assertThat(plain.total().latency().percentile(500)).isEqualTo(4_000_000);
        assertThat(slow.total().latency().percentile(500)).isEqualTo(10_000_000);
    }

    @Test
    void play_deadlinesOfSeveralGroups_areTheirOwn() throws Exception {
        Result result = play(
                "upstream: {servers: 4, service_time: constant 10ms}\n"
                        + "clients: {hasty: {rate: 10/s, arrivals: constant, deadline: 9ms}, calm: {rate: 10/s, arrivals: constant}}");

        assertThat(result.group("hasty").messages(Fate.COMPLETED)).isEqualTo(50);
        assertThat(result.group("hasty").messages(Fate.GOOD)).isZero();
        assertThat(result.group("calm").messages(Fate.GOOD)).isEqualTo(50);
        assertThat(result.tenants().keySet())
                .isEqualTo(Map.of("hasty", 1, "calm", 1).keySet());
    }

    /** The core, with an end now and then that is not passed on. */
    private static final class Forgetful extends ForwardingPolicy {
        private int ends;

        Forgetful(Scenario scenario) {
            super(new WeirPolicy(scenario, null));
        }

        @Override
        public void finish(SimMessage message, Outcome outcome, long now) {
            ends++;
            if (ends % 100 != 0) {
                super.finish(message, outcome, now);
            }
        }
    }

    @Test
    void play_lostPermit_isFound() throws Exception {
        Scenario scenario = scenario("clients: {a: {rate: 100/s}}");

        Result result = Simulation.play(scenario, new Forgetful(scenario));

        assertThat(result.isConserved()).isFalse();
        assertThat(result.wrong().toString()).contains("the core counts otherwise");
    }
}
