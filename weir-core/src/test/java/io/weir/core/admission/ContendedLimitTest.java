package io.weir.core.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Count;
import io.weir.core.Outcome;
import io.weir.core.config.WeirConfigBuilder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Threads at the limit of one connection all the time, so that a limiter that checks first and takes later is seen. */
class ContendedLimitTest {
    private static final int LIMIT = 8;
    private static final int STEPS = 400_000;

    private final Admission admission = new Admission(
            new WeirConfigBuilder(1L << 30)
                    .maxMessages(LIMIT)
                    .maxMessagesPerSec(1_000_000)
                    .build(),
            PressureListener.NONE);
    private final AtomicLong held = new AtomicLong();
    private final AtomicLong most = new AtomicLong();

    @Test
    void admit_atTheLimitAllTheTime_neverPassesIt() throws Exception {
        Connection connection = admission.connection("t", "c", 0);
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Future<?>> workers = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
            workers.add(pool.submit(() -> work(connection)));
        }
        for (Future<?> worker : workers) {
            worker.get();
        }
        pool.shutdown();

        assertThat(most).hasValue(LIMIT);
        assertThat(admission.globalStats().pending()).isEqualTo(Count.ZERO);
    }

    private void work(Connection connection) {
        Deque<Reservation> permits = new ArrayDeque<>();
        for (int step = 1; step <= STEPS; step++) {
            Reservation reservation = new Reservation();
            if (admission.admit(connection, reservation, 1, 1, step * 10_000L) == Decision.ADMITTED) {
                most.accumulateAndGet(held.incrementAndGet(), Math::max);
                permits.add(reservation);
            } else {
                release(permits);
            }
        }
        while (!permits.isEmpty()) {
            release(permits);
        }
    }

    private void release(Deque<Reservation> permits) {
        Reservation reservation = permits.poll();
        if (reservation != null) {
            held.decrementAndGet();
            admission.release(reservation, Outcome.COMPLETED);
        }
    }
}
