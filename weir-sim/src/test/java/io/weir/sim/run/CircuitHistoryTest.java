package io.weir.sim.run;

import static io.weir.core.queue.CircuitState.CLOSED;
import static io.weir.core.queue.CircuitState.HALF_OPEN;
import static io.weir.core.queue.CircuitState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.sim.engine.Bins;
import org.junit.jupiter.api.Test;

class CircuitHistoryTest {
    @Test
    void changed_severalTimes_isCountedAndTimed() {
        CircuitHistory circuit = new CircuitHistory(new Bins(100, 500));

        circuit.changed(OPEN, 150);
        circuit.changed(HALF_OPEN, 250);
        circuit.changed(OPEN, 260);
        circuit.changed(HALF_OPEN, 310);
        circuit.changed(CLOSED, 330);
        circuit.lasted(900);

        assertThat(circuit.opened()).isEqualTo(2);
        assertThat(circuit.openNanos()).isEqualTo(150);
        assertThat(circuit.halfOpenNanos()).isEqualTo(30);
        assertThat(circuit.worst()).containsExactly(CLOSED, OPEN, OPEN, OPEN, CLOSED);
    }

    @Test
    void lasted_beyondTheBins_isTimedAll() {
        CircuitHistory circuit = new CircuitHistory(new Bins(100, 200));

        circuit.changed(OPEN, 190);
        circuit.changed(HALF_OPEN, 290);
        circuit.lasted(300);

        assertThat(circuit.openNanos()).isEqualTo(100);
        assertThat(circuit.halfOpenNanos()).isEqualTo(10);
        assertThat(circuit.worst()).containsExactly(CLOSED, OPEN);
    }
}
