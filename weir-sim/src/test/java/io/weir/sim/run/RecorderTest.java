package io.weir.sim.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.queue.CircuitState;
import io.weir.sim.run.MessageCounters.Fate;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecorderTest {
    private static Result play(String text) throws Exception {
        Scenario scenario = Scenarios.parse("test", text);
        return Simulation.play(scenario, new WeirPolicy(scenario, null));
    }

    private static long sum(Series series, String column) {
        return series.column(column).stream().mapToLong(Long::longValue).sum();
    }

    @Test
    void series_whereNothingIsAnswered_hasCountsOfZeroAndNoLatency() throws Exception {
        Result result = play("""
                duration: 3s
                upstream: {servers: 4, service_time: constant 5ms}
                clients:
                  a: {arrivals: constant, phases: [{at: 0s, rate: 40/s}, {at: 1s, rate: 0/s}, {at: 2s, rate: 40/s}]}
                """);
        Series series = result.series();
        int quiet = series.bins().at(1_500_000_000L);
        int busy = series.bins().at(500_000_000L);

        assertThat(series.rows()).isEqualTo(series.bins().count()).isEqualTo(120);
        assertThat(series.column("offered").get(quiet)).isZero();
        assertThat(series.column("in time").get(quiet)).isZero();
        for (String latency : List.of("latency p50", "latency p95", "latency p99")) {
            assertThat(series.column(latency).get(quiet)).isEqualTo(Series.NO_DATA);
            assertThat(series.column(latency).get(busy)).isEqualTo(5_000_000);
        }
    }

    @Test
    void series_ofAnUnevenDuration_hasAShorterLastBinAndEveryMessage() throws Exception {
        Result result = play("""
                duration: 3090ms
                upstream: {servers: 4, service_time: constant 1ms}
                clients: {a: {arrivals: constant, rate: 1000/s, tenants: 3, connections: 3}}
                """);
        Series series = result.series();

        assertThat(series.rows()).isEqualTo(62);
        assertThat(series.column("offered").get(60)).isEqualTo(50);
        assertThat(series.column("offered").get(61)).isEqualTo(40);
        assertThat(sum(series, "offered")).isEqualTo(result.total().messages(Fate.OFFERED));
        for (Breakdown breakdown : List.of(result.byTenant(), result.byOperation())) {
            assertThat(breakdown.parts(7).stream()
                            .mapToLong(part -> sum(part.series(), "offered"))
                            .sum())
                    .isEqualTo(result.total().messages(Fate.OFFERED));
        }
        assertThat(result.byTenant().keys()).isEqualTo(3);
    }

    @Test
    void series_mostPending_isTheHighestWithinTheBin() throws Exception {
        Result result = play("""
                duration: 1s
                upstream: {servers: 10, service_time: constant 1ms, capacity: 10}
                clients: {a: {arrivals: burst, burst_size: 10, rate: 100/s}}
                """);

        assertThat(result.series().column("most pending").get(4)).isEqualTo(10);
        assertThat(result.series().column("in flight").get(3))
                .as("at the end of the bin")
                .isZero();
        assertThat(result.series().column("most bytes").get(4)).isEqualTo(3000);
    }

    @Test
    void circuit_ofAnUpstreamThatIsDown_isRecorded() throws Exception {
        Result result = play("""
                duration: 10s
                upstream: {servers: 4, service_time: constant 5ms, changes: [{at: 2s, state: down}]}
                clients: {a: {rate: 200/s, tenants: 4, connections: 4}}
                """);

        assertThat(result.circuit().opened()).isPositive();
        assertThat(result.circuit().openNanos()).isBetween(1_000_000_000L, result.ended());
        assertThat(result.circuit().worst().get(0)).isEqualTo(CircuitState.CLOSED);
        assertThat(result.circuit().worst()).contains(CircuitState.OPEN);
    }

    @Test
    void byReason_ofEvicted_saysWhy() throws Exception {
        Result result = play("""
                duration: 2s
                upstream: {servers: 1, service_time: constant 50ms, capacity: 1, circuit_breaker: false}
                clients: {a: {arrivals: burst, burst_size: 10, rate: 10/s, max_messages: 10}}
                faults: [{at: 100ms, action: reset}]
                """);

        assertThat(result.total().byReason(Fate.EVICTED).keySet()).containsExactly("reset");
        assertThat(result.total().byReason()).isEmpty();
    }
}
