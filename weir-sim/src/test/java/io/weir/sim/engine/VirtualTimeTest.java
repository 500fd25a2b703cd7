package io.weir.sim.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class VirtualTimeTest {
    @Test
    void runUntil_eventsOfOneTime_happenInTheOrderInWhichTheyWerePlanned() {
        VirtualTime time = new VirtualTime();
        List<String> happened = new ArrayList<>();
        time.at(20, () -> happened.add("c"));
        time.at(10, () -> {
            happened.add("a at " + time.now());
            time.after(10, () -> happened.add("d"));
            time.after(0, () -> happened.add("b"));
        });
        time.at(30, () -> happened.add("e"));

        time.runUntil(30);

        assertThat(happened).containsExactly("a at 10", "b", "c", "d");
        assertThat(time.now()).isEqualTo(30);
        assertThatThrownBy(() -> time.at(29, () -> {})).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void percentile_ofSamples_isTheSmallestThatSoManyDoNotExceed() {
        Samples samples = new Samples();
        assertThat(samples.percentile(500)).isZero();
        for (int i = 1000; i >= 1; i--) {
            samples.add(i);
        }

        assertThat(samples.percentile(1)).isEqualTo(1);
        assertThat(samples.percentile(500)).isEqualTo(500);
        assertThat(samples.percentile(990)).isEqualTo(990);
        assertThat(samples.percentile(1000)).isEqualTo(1000);
    }

    @Test
    void randomness_ofOneSeedAndStream_isAlwaysTheSame() {
        Randomness random = new Randomness(1, 2);

        assertThat(List.of(
                        random.nextLong(), random.exponential(1000), random.lognormal(1000, 0.5), random.uniform(5, 9)))
                .containsExactly(-4664079475244494817L, 913L, 496L, 9L);
        assertThat(new Randomness(1, 3).nextLong()).isNotEqualTo(new Randomness(1, 2).nextLong());
        assertThat(new Randomness(2, 2).nextLong()).isNotEqualTo(new Randomness(1, 2).nextLong());
    }

    @Test
    void randomness_distributions_haveTheirMean() {
        Randomness random = new Randomness(3, 0);
        double exponential = 0;
        double lognormal = 0;
        double uniform = 0;
        int n = 200_000;
        for (int i = 0; i < n; i++) {
            exponential += random.exponential(1_000_000) / (double) n;
            lognormal += random.lognormal(1_000_000, 0.8) / (double) n;
            uniform += random.uniform(500_000, 1_500_000) / (double) n;
        }

        assertThat(List.of(exponential, lognormal, uniform))
                .allSatisfy(mean -> assertThat(mean).isBetween(0.98e6, 1.02e6));
    }
}
