package io.weir.sim.goodput;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class FairnessTest {
    private static final Offset<Double> EXACT = within(1e-9);

    @Test
    void maxMin_someAskForLess_theRestShareWhatTheyLeave() {
        assertThat(Fairness.maxMin(List.of(10.0, 2.0, 10.0), 14)).containsExactly(6.0, 2.0, 6.0);
        assertThat(Fairness.maxMin(List.of(3.0, 4.0), 14)).containsExactly(3.0, 4.0);
        assertThat(Fairness.maxMin(List.of(1.0, 100.0, 3.0, 100.0), 10)).containsExactly(1.0, 3.0, 3.0, 3.0);
    }

    @Test
    void goodput_ofAnUnboundedQueueUnderOverload_isNothing() {
        Goodput unbounded = Goodput.of(Overloads.DOUBLE, () -> now -> true, 1);

        assertThat(unbounded.goodput()).isLessThan(0.02);
        assertThat(unbounded.refusals()).isCloseTo(0, EXACT);
    }

    @Test
    void goodput_ofSixteenInTheSystem_isNearlyAll() {
        Goodput fixed = Goodput.of(Overloads.DOUBLE, FixedInSystem::new, 1);

        assertThat(fixed.goodput()).isBetween(0.97, 1.03);
        assertThat(fixed.p99()).isBetween(30.0, 50.0);
    }

    private static final class FixedInSystem implements Policy {
        private int inside;

        @Override
        public boolean offer(long now) {
            boolean admitted = inside < 16;
            inside += admitted ? 1 : 0;
            return admitted;
        }

        @Override
        public void finished(long now, long latency, boolean dropped) {
            inside--;
        }
    }
}
