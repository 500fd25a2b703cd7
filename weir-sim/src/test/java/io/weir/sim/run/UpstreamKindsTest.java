package io.weir.sim.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.weir.sim.run.MessageCounters.Fate;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import org.junit.jupiter.api.Test;

/** What the kinds of upstreams do with several messages at once, and what clients do that wait for their answers. */
class UpstreamKindsTest {
    private static final double MILLI = 1e6;

    private static Result play(String text) throws Exception {
        Scenario scenario = Scenarios.parse("test", text);
        Result result = Simulation.play(scenario, new WeirPolicy(scenario, null));
        assertThat(result.wrong()).isEmpty();
        return result;
    }

    private static String burst(String upstream) {
        return """
                duration: 1s
                upstream: {%s, service_time: constant 10ms, capacity: 1000, circuit_breaker: false}
                clients:
                  a: {arrivals: burst, burst_size: 8, max_messages: 8, rate: 8/s}
                """.formatted(upstream);
    }

    @Test
    void fifo_moreThanServers_waitTheirTurn() throws Exception {
        Result result = play(burst("servers: 2"));

        assertThat(result.total().latency().percentile(250) / MILLI).isCloseTo(10, within(0.1));
        assertThat(result.total().latency().percentile(1000) / MILLI).isCloseTo(40, within(0.1));
    }

    @Test
    void sharing_moreThanServers_allTakeLonger() throws Exception {
        Result result = play(burst("kind: sharing, servers: 2"));

        assertThat(result.total().latency().percentile(1) / MILLI).isCloseTo(40, within(0.1));
        assertThat(result.total().latency().percentile(1000) / MILLI).isCloseTo(40, within(0.1));
    }

    @Test
    void sharing_noMoreThanServers_takesTheWorksOwnTime() throws Exception {
        Result result = play(burst("kind: sharing, servers: 8"));

        assertThat(result.total().latency().percentile(1000) / MILLI).isCloseTo(10, within(0.1));
    }

    @Test
    void thrashing_beyondItsBound_doesLessInAll() throws Exception {
        Result result = play(burst("kind: sharing, servers: 2, thrash_beyond: 4"));

        assertThat(result.total().latency().percentile(1000) / MILLI).isCloseTo(80, within(0.1));
    }

    @Test
    void delay_howeverMany_takesTheWorksOwnTime() throws Exception {
        Result result = play(burst("kind: delay"));

        assertThat(result.total().latency().percentile(1000) / MILLI).isCloseTo(10, within(0.1));
        assertThat(result.goodput()).isEqualTo(1);
    }

    @Test
    void closedWorkers_sendTheNextWhenTheLastIsAnsweredAndHaveThought() throws Exception {
        Result result = play("""
                duration: 1s
                upstream: {kind: delay, service_time: constant 30ms}
                clients:
                  a: {arrivals: closed, workers: 5, think_time: constant 20ms, connections: 5}
                """);

        assertThat(result.peaks().messages()).isEqualTo(5);
        assertThat(result.total().messages(Fate.COMPLETED)).isEqualTo(5 * 20);
    }

    private static String impatient(boolean cancels) {
        return """
                duration: 1s
                upstream: {servers: 1, service_time: constant 100ms, capacity: 1, circuit_breaker: false}
                clients:
                  a:
                    arrivals: closed
                    workers: 4
                    think_time: constant 10ms
                    timeout: {after: 150ms, cancel: %s}
                """.formatted(cancels);
    }

    @Test
    void closed_givesUpAndCancels_whatWaitsLeavesTheQueue() throws Exception {
        Result result = play(impatient(true));

        assertThat(result.total().messages(Fate.CANCELLED)).isPositive();
        assertThat(result.peaks().messages()).isLessThanOrEqualTo(5);
    }

    @Test
    void closed_givesUpWithoutAWord_whatWaitsIsDoneInVain() throws Exception {
        Result result = play(impatient(false));

        assertThat(result.total().messages(Fate.CANCELLED)).isZero();
        assertThat(result.total().messages(Fate.COMPLETED))
                .isGreaterThan(result.total().messages(Fate.GOOD));
        assertThat(result.peaks().messages()).isGreaterThan(5);
    }

    @Test
    void closed_refused_goesOnAfterThinking() throws Exception {
        Result result = play("""
                duration: 1s
                queue_limits: {max_messages: 1}
                upstream: {kind: delay, service_time: constant 100ms}
                clients:
                  a: {arrivals: closed, workers: 2, think_time: constant 50ms}
                """);

        assertThat(result.total().rejected()).isGreaterThan(5);
        assertThat(result.total().messages(Fate.COMPLETED)).isGreaterThan(5);
    }
}
