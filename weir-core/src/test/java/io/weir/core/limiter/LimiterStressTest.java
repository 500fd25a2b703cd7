package io.weir.core.limiter;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Conservation;
import io.weir.core.Count;
import io.weir.core.FlowStats;
import io.weir.core.Permit;
import io.weir.core.config.Profile;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
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
    private final AtomicInteger maxHeld = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger maxRunning = new AtomicInteger();
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
        Conservation.assertHoldsAtRest(flow, "seed " + seed);
    }

    @Test
    void permits_neverPassTheLimit_andAllComeBack() throws Exception {
        AtomicInteger admitted = new AtomicInteger();
        onManyThreads(random -> {
            Deque<Held> own = new ArrayDeque<>();
            for (int step = 0; step < STEPS; step++) {
                int tenant = random.nextInt(TENANTS);
                if (limiter.tryAcquire("tenant-" + tenant, "session", 100) instanceof Permit permit) {
                    admitted.incrementAndGet();
                    maxHeld.accumulateAndGet(held.incrementAndGet(tenant), Math::max);
                    own.add(new Held(permit, tenant));
                }
                if (own.size() > random.nextInt(TENANTS * LIMIT)) {
                    release(own.remove(), random.nextInt(4));
                }
            }
            own.forEach(last -> release(last, 0));
        });

        assertThat(maxHeld).hasValue(LIMIT);
        assertThat(limiter.stats().flow().offered().messages()).isEqualTo((long) THREADS * STEPS);
        assertThat(limiter.stats().flow().admitted().messages()).isEqualTo(admitted.get());
        assertAddsUp();
    }

    private record Held(Permit permit, int tenant) {}

    private void release(Held last, int how) {
        held.decrementAndGet(last.tenant());
        end(last.permit(), how);
        last.permit().close();
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
        ExecutorService threads = Executors.newCachedThreadPool();
        AtomicInteger handedOver = new AtomicInteger();
        TaskQueue queue = limiter.queue("server", task -> {
                    if (handedOver.incrementAndGet() % 50 == 0) {
                        throw new RejectedExecutionException("every fiftieth");
                    }
                    threads.execute(task);
                })
                .concurrency(CONCURRENCY)
                .build();
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
                if (step % 8 == 0) {
                    future.handle((value, failure) -> true).get(30, TimeUnit.SECONDS);
                }
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
        threads.shutdown();
        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(maxRunning).hasValueLessThanOrEqualTo(CONCURRENCY);
        assertThat(queue.stats().inFlight()).isZero();
        assertThat(queue.stats().queued()).isZero();
        assertThat(limiter.stats().flow().completed().messages())
                .as("seed %d", seed)
                .isPositive();
        assertAddsUp();
    }

    private static Request request(Random random) {
        return Request.of("tenant-" + random.nextInt(TENANTS), "session", 100)
                .withTtl(random.nextInt(8) == 0 ? Duration.ofNanos(1_000) : Duration.ofSeconds(10));
    }

    private Callable<String> task(int kind) {
        return () -> {
            maxRunning.accumulateAndGet(running.incrementAndGet(), Math::max);
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
