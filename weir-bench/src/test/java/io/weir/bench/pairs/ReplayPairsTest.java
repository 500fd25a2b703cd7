package io.weir.bench.pairs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Real gateways and servers on loopback. Calls take long beside what a loud machine adds, and only counts are compared.
 */
@EnabledIfSystemProperty(named = "weir.verify", matches = "ci|long", disabledReason = "45 s; mvn verify -Dverify=ci")
class ReplayPairsTest {
    private static final int SECONDS = 5;
    /** Of the answered among the offered, in percentage points. */
    private static final double TOLERANCE = 10;

    private static final String CAPACITY_8 = "    capacity: 8\n    ttl_ms: 2000\n";
    private static final String CAPACITY_2 = "    capacity: 2\n    ttl_ms: 2000\n";
    private static final String RATE_10 = """
            backpressure:
              max_messages_per_sec: 10
              tenant_max_messages_per_sec: 10
              burst_multiplier: 1
            """;

    private static double answered(Result result, PairRun run) {
        return 100.0 * result.answered() / run.offered();
    }

    private static PairRun run(Shape shape, Traffic traffic, String logged, String asked) throws Exception {
        return PairRun.of(new Pair("test", shape, traffic, logged, asked));
    }

    private static void assertPredicted(PairRun run) {
        assertThat(answered(run.predicted().replayed(), run))
                .as(run.predicted().text())
                .isCloseTo(answered(run.after(), run), within(TOLERANCE));
    }

    @Test
    void fewerSlotsThanWorkers_areAnsweredInAsManyAsPredicted() throws Exception {
        PairRun run = run(Shape.FIFO_4, Traffic.of(SECONDS).calls("a", "slow", 80, 100), CAPACITY_8, CAPACITY_2);

        assertPredicted(run);
        assertThat(run.predicted().replayed().answered())
                .isLessThan(run.predicted().logged().answered());
        assertThat(run.after().answered()).isLessThan(run.before().answered());
    }

    @Test
    void lowerRateOfATenant_isRefusedAsOftenAsPredicted() throws Exception {
        Traffic traffic = Traffic.of(SECONDS).calls("a", "slow", 40, 100).calls("b", "slow", 5, 100);

        PairRun run = run(Shape.SDK, traffic, "", RATE_10);

        assertPredicted(run);
        assertThat(run.predicted().replayed().reason("tenant_rate")).isPositive();
        assertThat(run.after().reason("tenant_rate")).isPositive();
        assertThat(run.after().answeredOf().get("b"))
                .isEqualTo(run.before().answeredOf().get("b"));
    }

    @Test
    void moreSlotsThanTheLogEverHad_areCalledAGuess() throws Exception {
        PairRun run = run(Shape.FIFO_4, Traffic.of(SECONDS).calls("a", "slow", 40, 200), CAPACITY_2, CAPACITY_8);

        assertThat(run.predicted().guess()).as(run.predicted().text()).isTrue();
        assertThat(run.after().answered()).isGreaterThan(run.before().answered());
    }
}
