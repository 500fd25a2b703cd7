package io.weir.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LineLimitTest {
    @Test
    void allows_withinAWindow_soManyLines() {
        LineLimit limit = new LineLimit(2, 0);

        assertThat(limit.allows(1)).isTrue();
        assertThat(limit.allows(2)).isTrue();
        assertThat(limit.allows(3)).isFalse();
        assertThat(limit.allows(LineLimit.WINDOW_NANOS - 1)).isFalse();
        assertThat(limit.allows(LineLimit.WINDOW_NANOS)).isTrue();
    }

    @Test
    void takeLeftOut_afterTheWindow_tellsEachLineOnce() {
        LineLimit limit = new LineLimit(1, 0);
        limit.allows(1);
        limit.allows(2);
        limit.allows(3);

        assertThat(limit.takeLeftOut(4)).isZero();
        assertThat(limit.takeLeftOut(LineLimit.WINDOW_NANOS)).isEqualTo(2);
        assertThat(limit.takeLeftOut(LineLimit.WINDOW_NANOS)).isZero();
    }

    @Test
    void takeLine_inTheNextWindow_saysHowManyWereLeftOut() {
        LineLimit limit = new LineLimit(1, 0);

        assertThat(limit.takeLine(1)).isZero();
        assertThat(limit.takeLine(2)).isEqualTo(LineLimit.NO_LINE);
        assertThat(limit.takeLine(3)).isEqualTo(LineLimit.NO_LINE);
        assertThat(limit.takeLine(LineLimit.WINDOW_NANOS)).isEqualTo(2);
        assertThat(limit.takeLine(LineLimit.WINDOW_NANOS)).isEqualTo(LineLimit.NO_LINE);
    }

    @Test
    void takeLeftOut_isALineOfTheNextWindow() {
        LineLimit limit = new LineLimit(1, 5, 0);
        limit.allows(1);
        limit.allows(2);

        assertThat(limit.takeLeftOut(5)).isEqualTo(1);
        assertThat(limit.allows(9)).isFalse();
        assertThat(limit.takeLine(10)).isEqualTo(1);
    }

    @Test
    void takeLine_ofManyThreads_losesNoCount() throws Exception {
        int threads = 4;
        int calls = 50_000;
        LineLimit limit = new LineLimit(1, 3, 0);
        AtomicLong clock = new AtomicLong();
        AtomicLong counted = new AtomicLong();
        List<Thread> running = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Thread thread = new Thread(() -> {
                for (int call = 0; call < calls; call++) {
                    long leftOut = limit.takeLine(clock.incrementAndGet());
                    counted.addAndGet(leftOut == LineLimit.NO_LINE ? 0 : leftOut + 1);
                }
            });
            thread.start();
            running.add(thread);
        }
        for (Thread thread : running) {
            thread.join();
        }

        assertThat(counted.get() + limit.takeLeftOut(clock.get() + 3)).isEqualTo((long) threads * calls);
    }
}
