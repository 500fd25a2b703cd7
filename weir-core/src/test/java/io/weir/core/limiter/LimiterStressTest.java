package io.weir.core.limiter;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Count;
import io.weir.core.FlowStats;
import io.weir.core.Permit;
import io.weir.core.config.Profile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/** Many threads that acquire, submit, cancel, fail and close, beside counters of the test's own. */
class LimiterStressTest {
    private static final int THREADS = 8;
    private static final int STEPS = 20_000;
    private static final int TENANTS = 3;
    private static final int LIMIT = 5;
    private static final int CONCURRENCY = 3;

    private final long seed = Long.getLong("weir.seed", System.nanoTime());
    private final AtomicIntegerArray held = new AtomicIntegerArray(TENANTS);
    private final AtomicInteger running = new AtomicInteger();
    private final Limiter limiter = Limiter.builder()
            .profile(Profile.PRODUCTION)
            .maxMessages(LIMIT)
            .configure(config -> config.maxMessagesPerSec(1_000_000).idleTimeout(Duration.ofMillis(1)))
            .configure(config -> config.cleanupInterval(Duration.ofMillis(1)))
            .build();

    private interface Work {
        void run(Random random) throws Exception;
    }

    private void onManyThreads(Work work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> workers = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Random random = new Random(seed + i);
            workers.add(threads.submit(() -> {
                work.run(random);
                return null;
            }));
        }
        for (Future<?> worker : workers) {
            worker.get(120, TimeUnit.SECONDS);
        }
        threads.shutdown();
    }

    private void assertAddsUp() {
        FlowStats flow = limiter.stats().flow();
        assertThat(limiter.stats().pending()).as("seed %d", seed).isEqualTo(Count.ZERO);
        assertThat(flow.inFlight()).isEqualTo(Count.ZERO);
        assertThat(flow.queued()).isEqualTo(Count.ZERO);
        assertThat(flow.offered())
                .isEqualTo(flow.refused()
                        .plus(flow.dropped())
                        .plus(flow.disconnected())
                        .plus(flow.shed())
                        .plus(flow.admitted()));
        assertThat(flow.admitted())
                .isEqualTo(flow.completed()
                        .plus(flow.failed())
                        .plus(flow.expired())
                        .plus(flow.cancelled())
                        .plus(flow.evicted()));
    }

    @Test
    void permits_neverPassTheLimit_andAllComeBack() throws Exception {
        AtomicInteger admitted = new AtomicInteger();
        onManyThreads(random -> {
            for (int step = 0; step < STEPS; step++) {
                int tenant = random.nextInt(TENANTS);
                if (limiter.tryAcquire("tenant-" + tenant, "session", 100) instanceof Permit permit) {
                    admitted.incrementAndGet();
                    assertThat(held.incrementAndGet(tenant)).isLessThanOrEqualTo(LIMIT);
                    if (random.nextBoolean()) {
                        Thread.onSpinWait();
                    }
                    held.decrementAndGet(tenant);
                    end(permit, random.nextInt(4));
                    permit.close();
                }
            }
        });

        assertThat(limiter.stats().flow().offered().messages()).isEqualTo((long) THREADS * STEPS);
        assertThat(limiter.stats().flow().admitted().messages()).isEqualTo(admitted.get());
        assertAddsUp();
    }

    private static void end(Permit permit, int how) {
        switch (how) {
            case 0 -> permit.completed();
            case 1 -> permit.failed();
            case 2 -> permit.cancelled();
            default -> permit.close();
        }
    }

    @Test
    void submittedTasks_neverPassTheConcurrency_andAllEnd() throws Exception {
        // Its queue is short, so that it rejects some of what it is given.
        ThreadPoolExecutor executor = new ThreadPoolExecutor(2, 2, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>(1));
        TaskQueue queue =
                limiter.queue("server", executor).concurrency(CONCURRENCY).build();
        List<CompletableFuture<?>> futures = new ArrayList<>();

        onManyThreads(random -> {
            List<CompletableFuture<?>> own = new ArrayList<>();
            for (int step = 0; step < STEPS / 10; step++) {
                if (step == STEPS / 15 && random.nextInt(THREADS) == 0) {
                    limiter.close();
                }
                CompletableFuture<?> future = queue.submit(request(random), task(random.nextInt(8)));
                if (random.nextInt(4) == 0) {
                    future.cancel(true);
                }
                own.add(future);
            }
            synchronized (futures) {
                futures.addAll(own);
            }
        });
        limiter.close();

        assertThat(futures).hasSize(THREADS * (STEPS / 10));
        for (CompletableFuture<?> future : futures) {
            future.handle((value, failure) -> true).get(30, TimeUnit.SECONDS);
        }
        executor.shutdown();
        assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(queue.stats().inFlight()).isZero();
        assertThat(queue.stats().queued()).isZero();
        assertThat(limiter.stats().flow().completed().messages()).isPositive();
        assertAddsUp();
    }

    private static Request request(Random random) {
        return Request.of("tenant-" + random.nextInt(TENANTS), "session", 100)
                .withTtl(random.nextInt(8) == 0 ? Duration.ofNanos(1_000) : Duration.ofSeconds(10));
    }

    private Callable<String> task(int kind) {
        return () -> {
            assertThat(running.incrementAndGet()).isLessThanOrEqualTo(CONCURRENCY);
            try {
                if (kind == 0) {
                    throw new IllegalStateException("broken");
                }
                Thread.sleep(0, 20_000);
                return "done";
            } finally {
                running.decrementAndGet();
            }
        };
    }
}
