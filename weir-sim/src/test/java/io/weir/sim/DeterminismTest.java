package io.weir.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.sim.goodput.Goodput;
import io.weir.sim.goodput.Overloads;
import org.junit.jupiter.api.Test;

class DeterminismTest {
    @Test
    void decisions_ofTheSameScenario_areTheSameFiveTimes() {
        String first = Goodput.decisions(Overloads.FIVEFOLD.scenario(7));
        for (int run = 2; run <= 5; run++) {
            assertThat(Goodput.decisions(Overloads.FIVEFOLD.scenario(7))).isEqualTo(first);
        }
    }

    @Test
    void decisions_ofAnotherSeed_areOthers() {
        assertThat(Goodput.decisions(Overloads.DOUBLE.scenario(1)))
                .isNotEqualTo(Goodput.decisions(Overloads.DOUBLE.scenario(2)));
    }
}
