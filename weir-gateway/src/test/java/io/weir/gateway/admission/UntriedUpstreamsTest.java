package io.weir.gateway.admission;

import static io.weir.gateway.admission.UntriedUpstreams.PATIENCE_NANOS;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.queue.CircuitState;
import io.weir.core.queue.QueueStats;
import java.util.List;
import org.junit.jupiter.api.Test;

class UntriedUpstreamsTest {
    private final UntriedUpstreams untried = new UntriedUpstreams();

    private static QueueStats queue(CircuitState circuit, long inFlight, long dispatched) {
        return new QueueStats(
                "files",
                0,
                inFlight,
                0,
                1,
                0,
                circuit,
                0,
                1000,
                0,
                dispatched,
                0,
                0,
                0,
                0,
                0,
                List.of(),
                List.of(),
                null);
    }

    @Test
    void needsCall_halfOpenAndIdleForTenSeconds() {
        QueueStats idle = queue(CircuitState.HALF_OPEN, 0, 7);

        assertThat(untried.needsCall(idle, 5)).isFalse();
        assertThat(untried.needsCall(idle, 5 + PATIENCE_NANOS - 1)).isFalse();
        assertThat(untried.needsCall(idle, 5 + PATIENCE_NANOS)).isTrue();
    }

    @Test
    void needsCall_notWhileItIsTried() {
        assertThat(untried.needsCall(queue(CircuitState.HALF_OPEN, 0, 7), 0)).isFalse();
        assertThat(untried.needsCall(queue(CircuitState.HALF_OPEN, 1, 8), PATIENCE_NANOS))
                .isFalse();
        assertThat(untried.needsCall(queue(CircuitState.HALF_OPEN, 0, 8), PATIENCE_NANOS + 1))
                .isFalse();
        assertThat(untried.needsCall(queue(CircuitState.HALF_OPEN, 0, 9), 2 * PATIENCE_NANOS + 1))
                .isFalse();
    }

    @Test
    void needsCall_notInAnotherState() {
        for (CircuitState state : List.of(CircuitState.OPEN, CircuitState.CLOSED)) {
            assertThat(untried.needsCall(queue(state, 0, 7), 0)).isFalse();
            assertThat(untried.needsCall(queue(state, 0, 7), PATIENCE_NANOS)).isFalse();
        }
        assertThat(untried.needsCall(queue(CircuitState.HALF_OPEN, 0, 7), PATIENCE_NANOS))
                .isFalse();
    }
}
