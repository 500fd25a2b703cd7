package io.weir.bench.goodput;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.sim.goodput.Goodput;
import io.weir.sim.goodput.Overloads;
import org.junit.jupiter.api.Test;

class FifoTest {
    @Test
    void queueBeforeTheUpstream_isServedAsSoonAsAServerIsIdle() {
        Goodput before = Goodput.of(Overloads.NINE_TENTHS, () -> new Fifo(Integer.MAX_VALUE, false), 1);
        Goodput within = Goodput.of(Overloads.NINE_TENTHS, () -> now -> true, 1);

        assertThat(before.goodput()).isEqualTo(within.goodput());
    }
}
