package io.weir.sim.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.sim.run.MessageCounters.Fate;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The adaptive rate acts where one client sends too much for the upstream, and nowhere else. */
class AdaptiveRateTest {
    private static final String NOISY_AND_QUIET = "noisy: {tenant: t, rate: 400/s, deadline: 10s},"
            + " quiet: {tenant: t, connections: 5, rate: 20/s, deadline: 10s}";

    private static Result play(long seed, String backpressure, String upstream, String clients) throws Exception {
        return play(Scenarios.parse(
                "rate",
                "duration: 2m\nseed: " + seed + "\nprofile: production\nbackpressure: {" + backpressure
                        + "}\nupstream: {" + upstream + "}\nclients: {" + clients + "}\n"));
    }

    private static Result play(Scenario scenario) {
        return Simulation.play(scenario, new WeirPolicy(scenario, null));
    }

    @ParameterizedTest
    @CsvSource({
        "1, lognormal 500ms 1.0, 100", "2, lognormal 500ms 1.0, 100", "3, lognormal 500ms 1.0, 100",
        "1, exponential 50ms, 300", "2, exponential 50ms, 300", "3, exponential 50ms, 300"
    })
    void anIdleUpstreamWhoseTimesVary_refusesNothing(long seed, String service, int rate) throws Exception {
        Result result = play(
                seed,
                "adaptive_enabled: true",
                "servers: 1000, service_time: " + service,
                "app: {rate: " + rate + "/s, deadline: 30s}");

        assertThat(result.total().rejected()).isZero();
        assertThat(result.series().column("rate permille")).containsOnly(1000L);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void oneClientSendsFourTimesWhatTheUpstreamServes_othersAndItselfWaitLess(long seed) throws Exception {
        String upstream = "servers: 4, capacity: 4, service_time: exponential 40ms";
        Result on = play(seed, "adaptive_enabled: true", upstream, NOISY_AND_QUIET);
        Result off = play(seed, "adaptive_enabled: false", upstream, NOISY_AND_QUIET);

        assertThat(median(on, "noisy")).isLessThan(median(off, "noisy") * 3 / 4);
        assertThat(median(on, "quiet")).isLessThan(median(off, "quiet") * 9 / 10);
        assertThat(on.total().byReason().get("rate")).isGreaterThan(15_000);
        assertThat(account(on, "quiet").byReason()).doesNotContainKey("rate");
        assertThat(on.total().messages(Fate.GOOD)).isGreaterThan(off.total().messages(Fate.GOOD) * 9 / 10);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void besideLimitsThatAreFoundByMeasuring_harmsNobody(long seed) throws Exception {
        String upstream = "servers: 4, service_time: exponential 40ms";
        Result on = play(seed, "adaptive_enabled: true", upstream, NOISY_AND_QUIET);
        Result off = play(seed, "adaptive_enabled: false", upstream, NOISY_AND_QUIET);

        assertThat(on.total().messages(Fate.GOOD)).isGreaterThan(off.total().messages(Fate.GOOD) * 97 / 100);
        assertThat(account(on, "quiet").latency().mean())
                .isLessThan(account(off, "quiet").latency().mean() * 1.05);
    }

    private static MessageCounters account(Result result, String group) {
        return Objects.requireNonNull(result.groups().get(group));
    }

    private static long median(Result result, String group) {
        return account(result, group).waits().percentile(500);
    }
}
