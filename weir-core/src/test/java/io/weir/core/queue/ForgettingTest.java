package io.weir.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Priority;
import io.weir.core.Reason;
import io.weir.core.admission.Decision;
import io.weir.core.config.BackpressureAction;
import org.junit.jupiter.api.Test;

/** What a queue keeps of names that clients choose, and what it says of those that left it. */
class ForgettingTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void learn_afterAsManyInventedNamesAsAreKept_stillLearns() {
        CostModel works = new CostModel(Capacity.adaptive(1000));
        TenantFlow tenant = new TenantFlow("t", 0, 0);
        for (int i = 0; i < 2_000; i++) {
            works.learn(works.profile("invented" + i), 1, false);
            tenant.learn("invented" + i, 1);
        }
        for (int i = 0; i < 100; i++) {
            works.learn(works.profile("real"), 5_000, false);
            tenant.learn("real", 7_000);
        }

        assertThat(works.cost(new TenantFlow("another", 0, 0), "real", works.known("real")))
                .isEqualTo(5_000);
        assertThat(works.cost(tenant, "real", works.known("real"))).isEqualTo(7_000);
    }

    @Test
    void forgetIdle_manyTenantsStay_forgetsAllOthers() {
        FairQueue queue = new FairQueue();
        for (int i = 0; i < 100; i++) {
            queue.flow("steady" + i, 0).inFlight = 1;
        }
        for (int i = 0; i < 5_000; i++) {
            queue.flow("once" + i, 0);
        }
        for (int i = 0; i < 200; i++) {
            queue.forgetIdle(tenant -> false, SECOND);
        }

        for (int i = 0; i < 5_000; i++) {
            assertThat(queue.known("once" + i)).isNull();
        }
        for (int i = 0; i < 100; i++) {
            assertThat(queue.known("steady" + i)).isNotNull();
        }
    }

    @Test
    void reset_whatWaits_isToldInTheUnitOfItsReason() {
        QueueFixture scene = QueueFixture.withCapacity(1);
        scene.admit("t", "c");
        Offer waiting = scene.admit("t", "c");
        scene.now += 3 * SECOND;

        scene.queue.reset(waiting.connection(), scene.now);

        assertThat(waiting.reason()).isEqualTo(Reason.RESET);
        assertThat(Reason.RESET.unit()).isEqualTo(Reason.Unit.MESSAGES);
        assertThat(waiting.current()).isZero();
        assertThat(waiting.limit()).isZero();
    }

    @Test
    void dropOldest_evictingAllIsNotEnough_evictsNothing() {
        QueueFixture scene = new QueueFixture(
                QueuePolicy.DEFAULT.withCapacity(Capacity.fixed(6)),
                b -> b.maxMessages(10).backpressureAction(BackpressureAction.DROP_OLDEST));
        for (int i = 0; i < 10; i++) {
            scene.admit("t", "c");
        }
        Offer batch = new Offer(scene.connection("t", "c"), "batch", 5, 500, Priority.CALL, 30 * SECOND, 1, scene);

        assertThat(scene.offer(batch)).isEqualTo(Decision.DROPPED);
        assertThat(scene.abandoned).isEmpty();
    }

    @Test
    void dropOldest_theTenantHasNoRoom_evictsNothing() {
        QueueFixture scene = new QueueFixture(
                QueuePolicy.DEFAULT.withCapacity(Capacity.fixed(1)),
                b -> b.maxMessages(3)
                        .enableTenantLimits(true)
                        .tenantMaxMessages(5)
                        .backpressureAction(BackpressureAction.DROP_OLDEST));
        scene.admit("t", "c");
        scene.admit("t", "c");
        scene.admit("t", "c");
        scene.admit("t", "d");
        scene.admit("t", "d");
        Offer batch = new Offer(scene.connection("t", "c"), "batch", 2, 200, Priority.CALL, 30 * SECOND, 1, scene);
        assertThat(scene.offer(batch)).as("room for two by evicting two").matches(Decision::isAdmitted);
        assertThat(scene.abandoned).hasSize(2);

        scene.queue.reset(batch.connection(), scene.now);
        scene.admit("t", "d");
        scene.admit("t", "c");
        int before = scene.abandoned.size();
        Offer large = new Offer(scene.connection("t", "c"), "batch", 3, 300, Priority.CALL, 30 * SECOND, 1, scene);
        assertThat(scene.offer(large)).isEqualTo(Decision.DROPPED);
        assertThat(scene.abandoned).hasSize(before);
    }
}
