package io.weir.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.Profile;
import io.weir.core.config.TenantConfig;
import io.weir.core.config.WeirConfig;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.DecisionLog;
import io.weir.core.queue.Offer;
import io.weir.core.queue.QueuePolicy;
import io.weir.core.queue.UpstreamListener;
import io.weir.core.queue.UpstreamQueue;
import io.weir.sim.engine.Randomness;
import io.weir.sim.replay.LogParts;
import io.weir.sim.replay.SameDecisions;
import io.weir.sim.run.HashedDecisionLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Logs written by real threads under the real clock: whatever the order was, it can be executed again. */
class ConcurrentLogTest {
    private static final int THREADS = 4;
    private static final int STEPS = 4000;
    private static final List<Priority> PRIORITIES = List.of(Priority.CALL, Priority.LIST, Priority.BACKGROUND);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private final Queue<Offer> inFlight = new ConcurrentLinkedQueue<>();

    private final class Collecting implements Offer.Handler {
        @Override
        public void dispatched(Offer offer, long now) {
            inFlight.add(offer);
        }

        @Override
        public void removed(Offer offer, Outcome outcome, long now) {
            // It is over.
        }
    }

    private void work(Admission admission, UpstreamQueue queue, DecisionLog log, long seed) {
        Randomness random = new Randomness(seed, 0);
        Collecting handler = new Collecting();
        List<Offer> own = new ArrayList<>();
        for (int i = 0; i < STEPS; i++) {
            int dice = random.below(100);
            if (dice < 55) {
                String tenant = "t" + random.below(3);
                Offer offer = new Offer(
                        admission.connection(tenant, "c" + random.below(4), System.nanoTime()),
                        "w\u00e4\"" + random.below(2),
                        1 + random.below(3),
                        random.below(2000),
                        PRIORITIES.get(random.below(3)),
                        1 + random.below(3_000_000),
                        1 + random.below(4),
                        handler);
                Decision decision = queue.offer(offer, System.nanoTime());
                own.add(offer);
                if (decision == Decision.DISPATCHED) {
                    inFlight.add(offer);
                }
            } else if (dice < 90) {
                Offer offer = inFlight.poll();
                if (offer != null) {
                    queue.finish(offer, dice < 88 ? Outcome.COMPLETED : Outcome.FAILED, System.nanoTime());
                }
            } else if (dice < 95 && !own.isEmpty()) {
                queue.cancel(own.get(random.below(own.size())), System.nanoTime());
            } else if (dice == 95) {
                queue.reset(admission.connection("t0", "c0", System.nanoTime()), System.nanoTime());
            } else if (dice == 96) {
                WeirConfig next = admission.config().toBuilder()
                        .maxMessages(10 + random.below(50))
                        .maxMessagesPerSec(5_000 + random.below(20_000))
                        .tenantMaxMessages(30 + random.below(100))
                        .tenant("t1", own(random))
                        .build();
                log.update(admission, next, System.nanoTime());
            } else {
                queue.tick(System.nanoTime());
            }
        }
    }

    /** Limits of a tenant's own, or those of all. */
    private static TenantConfig own(Randomness random) {
        return random.below(4) == 0
                ? TenantConfig.COMMON
                : TenantConfig.COMMON
                        .withMaxMessages(2 + random.below(20))
                        .withTenantMaxBytes(1_000 + random.below(20_000))
                        .withTenantMaxMessagesPerSec(500 + random.below(5_000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"refuse", "drop_oldest", "pause", "disconnect"})
    void replay_logOfSeveralThreads_isIdentical(String action) throws Exception {
        StringBuilder text = new StringBuilder();
        HashedDecisionLog log = new HashedDecisionLog(text);
        WeirConfig config = Profile.PRODUCTION
                .builder(1L << 30)
                .set("queue_limits", "max_messages", "40")
                .set("queue_limits", "backpressure_action", action)
                .set("backpressure", "max_messages_per_sec", "20000")
                .tenant("t2", TenantConfig.COMMON.withMaxMessagesPerSec(3_000).withTenantMaxMessages(25))
                .build();
        Admission admission = Admission.repeatable(config, PressureListener.NONE);
        log.begin(config);
        UpstreamQueue queue = new UpstreamQueue(
                "u",
                admission,
                QueuePolicy.DEFAULT.withCapacity(Capacity.adaptive(50)),
                UpstreamListener.NONE,
                log,
                System.nanoTime());
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                int seed = thread;
                running.add(threads.submit(() -> work(admission, queue, log, seed)));
            }
            for (Future<?> each : running) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
        log.close(admission, System.nanoTime());
        queue.close(System.nanoTime());
        Path file = Files.writeString(folder.resolve("log.jsonl"), text);

        SameDecisions same = SameDecisions.of(LogParts.of(List.of(file)));

        assertThat(same.difference()).isEmpty();
        assertThat(same.sha256()).isEqualTo(log.sha256());
        assertThat(same.decisions()).isGreaterThan(THREADS * STEPS / 2);
    }
}
