package io.weir.sim.goodput;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.LongStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the production profile must reach as it ships, in virtual time: means over three seeds of 60 s, or over ten with
 * {@code -Dverify=long}.
 */
class BarsTest {
    private static final long[] SEEDS = LongStream.rangeClosed(
                    1, "long".equals(System.getProperty("weir.verify")) ? 10 : 3)
            .toArray();
    private static final double HALF_THE_DEADLINE = 50;

    @ParameterizedTest
    @EnumSource(
            value = Overloads.class,
            names = {"DOUBLE", "FIVEFOLD", "TENFOLD"})
    void overload_nearlyAllOfTheCapacityIsOfUse_andNobodyWaitsForMoreThanHalfTheDeadline(Overloads load) {
        Goodput weir = Goodput.ofWeir(load, SEEDS);

        assertThat(weir.goodput()).isGreaterThanOrEqualTo(0.99);
        assertThat(weir.p99()).isLessThanOrEqualTo(HALF_THE_DEADLINE);
    }

    @Test
    void noOverload_asMuchIsOfUseAsWithoutLimits() {
        Goodput weir = Goodput.ofWeir(Overloads.NINE_TENTHS, SEEDS);
        Goodput unbounded = Goodput.of(Overloads.NINE_TENTHS, () -> now -> true, SEEDS);

        assertThat(weir.goodput()).isCloseTo(unbounded.goodput(), Offset.offset(0.01));
    }

    @Test
    void capacityHalves_mostOfWhatIsLeftIsOfUse_andAllOfItAfterTheReturn() {
        assertThat(Goodput.ofWeir(Overloads.HALVES, SEEDS).goodput()).isGreaterThanOrEqualTo(0.735);
        assertThat(LongStream.of(SEEDS)
                        .mapToDouble(Fairness::ofReturn)
                        .average()
                        .orElse(0))
                .isGreaterThanOrEqualTo(0.98);
    }

    @Test
    void noisyNeighbour_quietTenantsAreServed() {
        for (long seed : SEEDS) {
            Fairness fairness = Fairness.ofNoisyNeighbour(seed);

            assertThat(fairness.quietSuccess()).isGreaterThanOrEqualTo(0.99);
            assertThat(fairness.jain()).isGreaterThanOrEqualTo(0.99);
        }
    }

    @Test
    void weights_areHonouredInTheMean() {
        for (String group : Fairness.ofWeights(1).keySet()) {
            double mean = LongStream.of(SEEDS)
                    .mapToObj(Fairness::ofWeights)
                    .mapToDouble((Map<String, Double> shares) -> shares.getOrDefault(group, 0.0))
                    .average()
                    .orElse(0);
            assertThat(mean).as(group).isCloseTo(1, Offset.offset(0.02));
        }
    }
}
