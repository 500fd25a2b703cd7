package io.weir.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.queue.Capacity;
import io.weir.core.queue.CircuitState;
import io.weir.core.queue.QueueStats;
import io.weir.core.queue.QueueStats.BacklogStats;
import io.weir.core.queue.QueueStats.OperationStats;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LimitLogTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private final LimitLog log = new LimitLog();
    private long now = 5 * SECOND;

    private List<String> look(int limit) {
        return look(limit, 1000);
    }

    private List<String> look(int limit, int permille) {
        return look(limit, permille, null);
    }

    private List<String> look(int limit, int permille, @Nullable BacklogStats backlog) {
        now += SECOND;
        OperationStats operation = new OperationStats("slow", 40, limit, 900_000_000, 380_000_000);
        return log.lines(
                List.of(new QueueStats(
                        "files",
                        0,
                        40,
                        0,
                        1000,
                        0,
                        CircuitState.CLOSED,
                        0,
                        permille,
                        permille == 1000 ? 0 : 340_000_000,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        List.of(),
                        List.of(operation),
                        backlog)),
                now);
    }

    @Test
    void rateIsLowered_oneLineWithItsEvidence_andOneWhenItIsOver() {
        assertThat(look(Capacity.MAX, 800)).isEmpty();

        assertThat(look(Capacity.MAX, 640))
                .containsExactly("upstream 'files': rates of clients lowered to 64.0 %: messages were 340 ms late while"
                        + " others waited; backpressure.adaptive_enabled: false turns this off");
        assertThat(look(Capacity.MAX, 512)).isEmpty();
        for (int i = 0; i < 29; i++) {
            assertThat(look(Capacity.MAX, 1000)).isEmpty();
        }
        assertThat(look(Capacity.MAX, 1000))
                .containsExactly("upstream 'files': rates of clients are as configured again");
    }

    @Test
    void rateIsLowered_forAMoment_isNotTold() {
        assertThat(look(Capacity.MAX, 800)).isEmpty();
        assertThat(look(Capacity.MAX, 1000)).isEmpty();
        assertThat(look(Capacity.MAX, 800)).isEmpty();
    }

    @Test
    void quickCallsWaitBehindSlowOnes_oneLineWithItsEvidence_andOneWhenItIsOver() {
        BacklogStats backlog = new BacklogStats(16, "ping", 1_200_000);
        assertThat(look(Capacity.MAX, 1000, backlog)).isEmpty();

        assertThat(look(Capacity.MAX, 1000, backlog))
                .containsExactly(
                        "upstream 'files' is limited to 16 calls at once: calls of operation 'ping', which take"
                                + " 1 ms alone, waited there behind slow ones; a fixed capacity of the upstream replaces"
                                + " this limit");
        assertThat(look(Capacity.MAX, 1000, backlog)).isEmpty();
        for (int i = 0; i < 29; i++) {
            assertThat(look(Capacity.MAX)).isEmpty();
        }
        assertThat(look(Capacity.MAX)).containsExactly("upstream 'files' is no longer limited as a whole");
    }

    @Test
    void limitBegins_oneLineWithItsEvidence() {
        assertThat(look(Capacity.MAX)).isEmpty();
        assertThat(look(16)).isEmpty();

        assertThat(look(14))
                .singleElement()
                .asString()
                .isEqualTo(
                        "upstream 'files': operation 'slow' is limited to 14 calls at once, to keep their time at the"
                                + " upstream below 380 ms (lately 900 ms); a fixed capacity of the upstream, tool"
                                + " or method replaces this limit");
        assertThat(look(12)).isEmpty();
    }

    @Test
    void limitOfAMoment_isNotTold() {
        for (int i = 0; i < 10; i++) {
            assertThat(look(16)).isEmpty();
            assertThat(look(Capacity.MAX)).isEmpty();
        }
    }

    @Test
    void limitComesAndGoes_oneLineAtTheBeginning_oneWhenItIsGoneForLong() {
        look(16);
        assertThat(look(16)).hasSize(1);
        for (int i = 0; i < 20; i++) {
            assertThat(look(i % 2 == 0 ? 16 : Capacity.MAX)).isEmpty();
        }
        int lines = 0;
        for (int i = 0; i < 60; i++) {
            List<String> told = look(Capacity.MAX);
            lines += told.size();
            assertThat(told).allMatch("upstream 'files': operation 'slow' is no longer limited"::equals);
        }
        assertThat(lines).isEqualTo(1);
    }
}
