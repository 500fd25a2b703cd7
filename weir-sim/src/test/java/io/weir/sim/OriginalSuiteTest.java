package io.weir.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Count;
import io.weir.sim.run.MessageCounters;
import io.weir.sim.run.MessageCounters.Fate;
import io.weir.sim.run.Result;
import io.weir.sim.scenario.Scenarios;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The twelve scenarios of the original's suite, by its names, each held to more than the original asked. */
class OriginalSuiteTest {
    private static Result play(String name) {
        Result result = Played.of(name).result();
        assertThat(result.wrong()).isEmpty();
        return result;
    }

    @Test
    void queue_limit_exact_enforcement() {
        Result result = play("queue_limit_exact_enforcement");

        assertThat(result.total().messages(Fate.OFFERED)).isEqualTo(100);
        assertThat(result.total().messages(Fate.ADMITTED)).isEqualTo(50);
        assertThat(result.total().messages(Fate.REFUSED)).isEqualTo(50);
        assertThat(result.total().byReason()).isEqualTo(Map.of("connection_messages", 50L));
        assertThat(result.total().messages(Fate.GOOD)).isEqualTo(50);
        assertThat(result.peaks().messagesOfConnection()).isEqualTo(50);
    }

    @Test
    void message_count_hard_limit() {
        Result result = play("message_count_hard_limit");

        assertThat(result.peaks().messagesOfConnection()).isEqualTo(100);
        assertThat(result.total().byReason()).containsOnlyKeys("connection_messages");
        assertThat(result.total().messages(Fate.COMPLETED))
                .isEqualTo(result.total().messages(Fate.ADMITTED));
        assertThat(result.goodput()).isGreaterThan(0.97);
    }

    @Test
    void byte_size_hard_limit() {
        Result result = play("byte_size_hard_limit");

        assertThat(result.peaks().bytesOfConnection()).isEqualTo(10 * 100 * 1024);
        assertThat(result.peaks().messagesOfConnection()).isEqualTo(10);
        assertThat(result.total().byReason()).containsOnlyKeys("connection_bytes");
        assertThat(result.total().count(Fate.OFFERED)).isEqualTo(new Count(2000, 2000L * 100 * 1024));
    }

    @Test
    void memory_stability_2x_overload() {
        Played played = Played.of("memory_stability_2x_overload");
        assertThat(played.result().wrong()).isEmpty();

        double early = played.most("bytes", 10, 60);
        double late = played.most("bytes", 60, 120);
        assertThat(late).isLessThan(1.3 * early);
        assertThat(played.result().total().count(Fate.QUEUED)).isEqualTo(Count.ZERO);
        assertThat(played.result().total().count(Fate.IN_FLIGHT)).isEqualTo(Count.ZERO);
        assertThat(played.refusals(0, 120)).isBetween(0.45, 0.51);
    }

    @Test
    void slow_consumer_fast_producer() {
        Result result = play("slow_consumer_fast_producer");

        assertThat(result.peaks().messages()).isLessThan(400);
        assertThat(result.total().messages(Fate.GOOD)).isGreaterThan(480);
        assertThat(result.total().latency().percentile(500)).isLessThanOrEqualTo(2_000_000_000L);
        assertThat(result.total().byReason()).containsOnlyKeys("wait");
    }

    @Test
    void deterministic_refusal_rate() {
        Played played = Played.of("deterministic_refusal_rate");

        assertThat(played.result().wrong()).isEmpty();
        assertThat(played.refusals(0, 20)).as("0.5x").isZero();
        assertThat(played.refusals(20, 40)).as("1x").isZero();
        assertThat(played.refusals(40, 60)).as("2x").isBetween(0.45, 0.50);
        assertThat(played.refusals(60, 80)).as("5x").isBetween(0.7995, 0.82);
        for (int run = 2; run <= 5; run++) {
            assertThat(Played.of("deterministic_refusal_rate").sha256())
                    .as("run %d", run)
                    .isEqualTo(played.sha256());
        }
    }

    @Test
    void bandwidth_throttle() {
        Played played = Played.of("bandwidth_throttle");
        MessageCounters total = played.result().total();

        assertThat(played.result().wrong()).isEmpty();
        // 200 at once, and one every 10 ms after the first: the last message comes 2 ms before the end.
        assertThat(total.messages(Fate.ADMITTED)).isEqualTo(200 + 2999);
        assertThat(total.byReason()).containsOnlyKeys("rate");
        for (int second = 1; second < 30; second++) {
            assertThat(played.sum("admitted", second, second + 1))
                    .as("second %d", second)
                    .isBetween(99.0, 101.0);
        }
    }

    @Test
    void queue_depth_progression() {
        Result result = play("queue_depth_progression");
        List<Long> queued = result.series().column("queued");
        int full = queued.indexOf(499L);

        assertThat(full).isPositive();
        assertThat(queued.subList(0, full + 1)).isSorted();
        assertThat(queued.subList(full, queued.size()).stream()
                        .map(depth -> -depth)
                        .toList())
                .filteredOn(depth -> depth > -498)
                .isSorted();
        assertThat(queued.get(queued.size() - 1)).isZero();
        assertThat(result.peaks().messages()).isEqualTo(500);
        assertThat(result.total().byReason()).containsOnlyKeys("connection_messages");
    }

    @Test
    void connection_reset_drains_queue() {
        Result result = play("connection_reset_drains_queue");
        MessageCounters reset = result.group("reset");
        MessageCounters kept = result.group("kept");

        assertThat(reset.messages(Fate.ADMITTED)).isEqualTo(50);
        assertThat(reset.messages(Fate.EVICTED)).isEqualTo(40);
        assertThat(reset.messages(Fate.COMPLETED)).isEqualTo(10);
        assertThat(kept.messages(Fate.EVICTED)).isZero();
        assertThat(kept.messages(Fate.COMPLETED)).isEqualTo(50);
    }

    @Test
    void tenant_aggregated_limits() {
        Result result = play("tenant_aggregated_limits");

        assertThat(result.peaks().messagesOfTenant()).isEqualTo(100);
        assertThat(result.group("crowd").messages(Fate.ADMITTED)).isEqualTo(100);
        assertThat(result.group("crowd").byReason()).isEqualTo(Map.of("tenant_messages", 150L));
        assertThat(result.group("neighbour").messages(Fate.COMPLETED)).isEqualTo(80);
        assertThat(result.group("neighbour").rejected()).isZero();
    }

    @Test
    void backpressure_signal_propagation() {
        Result result = play("backpressure_signal_propagation");
        List<String> told = result.signals().stream()
                .map(signal -> signal.what().replaceAll(":.*", ""))
                .toList();

        assertThat(told)
                .containsExactly(
                        "pressure raised at tenant acme",
                        "pressure lowered at tenant acme",
                        "pressure raised at tenant acme",
                        "pressure lowered at tenant acme");
        assertThat(result.group("logger").byReason()).containsOnlyKeys("priority");
        assertThat(result.group("logger").messages(Fate.SHED)).isBetween(4L, 40L);
        assertThat(result.group("caller").rejected()).isZero();
        assertThat(result.group("other").rejected()).isZero();
    }

    @Test
    void metrics_collection_accuracy() {
        Result result = play("metrics_collection_accuracy");
        MessageCounters total = result.total();

        for (Fate fate : List.of(
                Fate.OFFERED,
                Fate.ADMITTED,
                Fate.SHED,
                Fate.COMPLETED,
                Fate.FAILED,
                Fate.CANCELLED,
                Fate.EXPIRED,
                Fate.GOOD,
                Fate.RETRIED)) {
            assertThat(total.messages(fate)).as(fate.name()).isPositive();
        }
        assertThat(total.byReason().values().stream().mapToLong(Long::longValue).sum())
                .isEqualTo(total.rejected());
        assertThat(total.isConserved()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"metrics_collection_accuracy", "memory_stability_2x_overload", "backpressure_signal_propagation"
            })
    void scenario_playedTwice_decidesTheSame(String name) {
        assertThat(Played.of(name).sha256()).isEqualTo(Played.of(name).sha256());
    }

    @Test
    void builtIn_everyName_isAScenario() {
        for (String name : Scenarios.builtIn()) {
            assertThat(Scenarios.named(name).name()).isEqualTo(name);
            assertThat(Scenarios.named(name).description()).isNotBlank();
        }
    }
}
