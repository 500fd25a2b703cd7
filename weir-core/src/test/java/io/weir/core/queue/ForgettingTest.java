package io.weir.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Reason;
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
}
