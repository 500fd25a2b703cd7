package io.weir.bench.connections;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** That the benchmark runs; how long anything takes is not looked at. */
class OperatorTest {
    @Test
    void fewConnections_areAllKnown_andWatched() throws Exception {
        assertThat(Operator.run(500, TimeUnit.MILLISECONDS.toNanos(500), 1, 2)).isEqualTo(500);
    }
}
