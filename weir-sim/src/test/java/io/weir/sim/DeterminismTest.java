package io.weir.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.sim.goodput.Goodput;
import io.weir.sim.goodput.Load;
import org.junit.jupiter.api.Test;

class DeterminismTest {
    @Test
    void decisions_ofTheSameScenario_areTheSameFiveTimes() {
        String first = Goodput.decisions(Load.FIVEFOLD.scenario(7));
        for (int run = 2; run <= 5; run++) {
            assertThat(Goodput.decisions(Load.FIVEFOLD.scenario(7))).isEqualTo(first);
        }
    }

    @Test
    void decisions_ofAnotherSeed_areOthers() {
        assertThat(Goodput.decisions(Load.DOUBLE.scenario(1))).isNotEqualTo(Goodput.decisions(Load.DOUBLE.scenario(2)));
    }
}
