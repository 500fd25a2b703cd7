package io.weir.core.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Conservation;
import io.weir.core.Count;
import io.weir.core.GlobalStats;
import io.weir.core.Outcome;
import io.weir.core.TenantStats;
import io.weir.core.config.WeirConfig;
import io.weir.core.config.WeirConfigBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Threads that offer, release, update and clean up at random, beside counters of the test's own: what they hold is
 * counted after an admission and before a release, so it never shows more than there is.
 */
class AdmissionStressTest {
    private static final int THREADS = 4;
    private static final int STEPS = 400_000;
    private static final int CONNECTIONS = 9;
    private static final int LIMIT = 40;
    private static final int TENANT_LIMIT = 90;
    private static final int GLOBAL_LIMIT = 200;
    private static final int BYTE_LIMIT = 4_000;
    private static final List<Outcome> OUTCOMES = List.of(Outcome.values());

    private final long seed = Long.getLong("weir.seed", System.nanoTime());
    private final AtomicLong[] heldByConnection = counters(CONNECTIONS);
    private final AtomicLong[] bytesByConnection = counters(CONNECTIONS);
    private final AtomicLong[] heldByTenant = counters(3);
    private final AtomicLong held = new AtomicLong();
    private final AtomicLong now = new AtomicLong(1);

    private static AtomicLong[] counters(int count) {
        AtomicLong[] counters = new AtomicLong[count];
        for (int i = 0; i < count; i++) {
            counters[i] = new AtomicLong();
        }
        return counters;
    }

    private static WeirConfig config() {
        return new WeirConfigBuilder(1L << 30)
                .enableTenantLimits(true)
                .maxMessages(LIMIT)
                .maxBytes(BYTE_LIMIT)
                .tenantMaxMessages(TENANT_LIMIT)
                .globalMaxMessages(GLOBAL_LIMIT)
                .maxMessagesPerSec(1_000_000)
                .tenantMaxMessagesPerSec(1_000_000)
                .idleTimeout(Duration.ofMillis(1))
                .build();
    }

    private record Holding(Reservation reservation, int connection, int messages, long bytes) {}

    @Test
    void randomOperations_neverPassALimit_andAddUpAtRest() throws Exception {
        Admission admission = new Admission(config(), PressureListener.NONE);
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> workers = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            Random random = new Random(seed + thread);
            workers.add(pool.submit(() -> work(admission, random)));
        }
        for (Future<?> worker : workers) {
            worker.get();
        }
        pool.shutdown();

        GlobalStats global = admission.globalStats();
        assertThat(global.pending()).as("seed %d", seed).isEqualTo(Count.ZERO);
        assertThat(global.control()).as("seed %d", seed).isEqualTo(Count.ZERO);
        Conservation.assertHoldsAtRest(global.flow(), "seed " + seed);
        Count admitted = Count.ZERO;
        for (TenantStats tenant : admission.survey(0).tenants()) {
            assertThat(tenant.pending()).as("seed %d", seed).isEqualTo(Count.ZERO);
            Conservation.assertHoldsAtRest(tenant.flow(), "seed " + seed);
            admitted = admitted.plus(tenant.flow().admitted());
        }
        assertThat(admitted.messages())
                .isLessThanOrEqualTo(global.flow().admitted().messages());
        assertThat(global.flow().refused().messages()).as("limits spoke").isPositive();
        now.addAndGet(Duration.ofHours(1).toNanos());
        admission.cleanUp(now.get());
        assertThat(admission.globalStats().connections()).isZero();
        assertThat(admission.globalStats().tenants()).isZero();
        assertThat(admission.globalStats().flow()).isEqualTo(global.flow());
    }

    private void work(Admission admission, Random random) {
        List<Holding> holdings = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            int what = random.nextInt(100);
            if (what < 55) {
                offer(admission, random, holdings);
            } else if (what < 98) {
                if (!holdings.isEmpty()) {
                    release(admission, random, holdings.remove(random.nextInt(holdings.size())));
                }
            } else if (what == 98) {
                int limit = LIMIT - random.nextInt(3);
                admission.update(b -> b.maxMessages(limit));
            } else {
                admission.cleanUp(now.addAndGet(Duration.ofMillis(2).toNanos()));
            }
        }
        holdings.forEach(holding -> release(admission, random, holding));
    }

    private void offer(Admission admission, Random random, List<Holding> holdings) {
        int index = random.nextInt(CONNECTIONS);
        int messages = random.nextInt(10) == 0 ? 3 : 1;
        long bytes = random.nextInt(300);
        long time = now.addAndGet(1_000);
        Connection connection = admission.connection("tenant " + index % 3, "connection " + index, time);
        Reservation reservation = new Reservation();
        if (random.nextInt(10) == 0) {
            if (admission.admitControl(connection, reservation, 1, bytes, time) == Decision.ADMITTED) {
                admission.release(reservation, Outcome.COMPLETED);
            }
        } else if (admission.admit(connection, reservation, messages, bytes, time) == Decision.ADMITTED) {
            holdings.add(new Holding(reservation, index, messages, bytes));
            check(heldByConnection[index].addAndGet(messages), LIMIT, "messages of a connection");
            check(bytesByConnection[index].addAndGet(bytes), BYTE_LIMIT, "bytes of a connection");
            check(heldByTenant[index % 3].addAndGet(messages), TENANT_LIMIT, "messages of a tenant");
            check(held.addAndGet(messages), GLOBAL_LIMIT, "messages of the process");
        }
    }

    private void check(long counted, long limit, String what) {
        if (counted > limit) {
            throw new AssertionError("seed " + seed + ": " + counted + " " + what + ", and the limit is " + limit);
        }
    }

    private void release(Admission admission, Random random, Holding holding) {
        heldByConnection[holding.connection].addAndGet(-holding.messages);
        bytesByConnection[holding.connection].addAndGet(-holding.bytes);
        heldByTenant[holding.connection % 3].addAndGet(-holding.messages);
        held.addAndGet(-holding.messages);
        Outcome outcome = OUTCOMES.get(random.nextInt(OUTCOMES.size()));
        if (!admission.release(holding.reservation, outcome) || admission.release(holding.reservation, outcome)) {
            throw new AssertionError("seed " + seed + ": not released exactly once");
        }
    }
}
