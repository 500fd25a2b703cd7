package io.weir.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Priority;
import io.weir.core.Reason;
import io.weir.core.admission.Decision;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many slots a tenant may hold beside others. */
class OccupancyTest {
    private static final long MS = QueueFixture.MS;
    private static final long SECOND = QueueFixture.SECOND;

    private static Offer batch(QueueFixture scene, String tenant, int messages) {
        return new Offer(scene.connection(tenant, "c"), "batch", messages, 100, Priority.CALL, 30 * SECOND, 1, scene);
    }

    private static void learn(QueueFixture scene, String tenant, String work, long nanos) {
        for (int i = 0; i < 10; i++) {
            Offer call = scene.admit(scene.callOf(tenant, work));
            scene.now += nanos;
            scene.finish(call);
        }
    }

    private static List<Offer> flood(QueueFixture scene, String tenant, String work, int calls) {
        List<Offer> made = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            Offer call = scene.callOf(tenant, work);
            scene.offer(call);
            made.add(call);
        }
        return made;
    }

    private static long inFlight(List<Offer> offers) {
        return offers.stream().filter(Offer::isInFlight).count();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 5, 10})
    void longCallsOfOneTenant_leaveAnEighthOfTheSlotsToTenantsBelowTheirShare(long seconds) {
        QueueFixture scene = QueueFixture.withCapacity(16);
        learn(scene, "heavy", "long", seconds * SECOND);
        learn(scene, "light", "quick", MS);

        List<Offer> calls = flood(scene, "heavy", "long", 20);

        assertThat(inFlight(calls)).isEqualTo(14);
        assertThat(scene.admit(scene.callOf("light", "quick")).isInFlight()).isTrue();
        assertThat(scene.admit(scene.callOf("light", "quick")).isInFlight()).isTrue();
    }

    @Test
    void longCallsOfOneTenant_moveUpAsItsOwnEnd() {
        QueueFixture scene = QueueFixture.withCapacity(16);
        learn(scene, "light", "quick", MS);
        learn(scene, "heavy", "long", 10 * SECOND);
        scene.admit(scene.callOf("light", "quick"));
        List<Offer> calls = flood(scene, "heavy", "long", 20);
        assertThat(inFlight(calls)).isEqualTo(13);

        scene.now += 10 * SECOND;
        scene.finish(calls.get(0));

        assertThat(inFlight(calls)).isEqualTo(13);
        assertThat(scene.dispatched).hasSize(1);
    }

    @Test
    void longCallsOfTheOnlyTenant_mayHaveAllSlots() {
        QueueFixture scene = QueueFixture.withCapacity(16);
        learn(scene, "only", "long", 10 * SECOND);

        assertThat(inFlight(flood(scene, "only", "long", 20))).isEqualTo(16);
    }

    @Test
    void longCallsOfTheOnlyTenant_mayHaveAllSlots_whateverTheWeightsOfItsTools() {
        QueueFixture scene = QueueFixture.withCapacity(16);
        Offer heavier = scene.make("only", "c", Priority.CALL, 30 * SECOND, 4);
        scene.admit(heavier);
        scene.finish(heavier);
        learn(scene, "only", "long", 10 * SECOND);

        assertThat(inFlight(flood(scene, "only", "long", 20))).isEqualTo(16);
    }

    @Test
    void quickCallsOfOneTenant_mayHaveAllSlots() {
        QueueFixture scene = QueueFixture.withCapacity(16);
        learn(scene, "heavy", "quick", 20 * MS);
        learn(scene, "light", "quick", 20 * MS);

        assertThat(inFlight(flood(scene, "heavy", "quick", 20))).isEqualTo(16);
    }

    @Test
    void batchThatWaitsForSlots_isPassedByThoseWithinTheirShare_andByNobodyElse() {
        QueueFixture scene = QueueFixture.withCapacity(9);
        learn(scene, "a", "quick", MS);
        learn(scene, "b", "quick", MS);
        learn(scene, "c", "quick", MS);
        List<Offer> running = flood(scene, "a", "quick", 8);
        Offer batch = scene.admit(batch(scene, "b", 3));

        Offer more = scene.admit(scene.callOf("a", "quick"));
        Offer light = scene.admit(scene.callOf("c", "quick"));

        assertThat(batch.isQueued()).isTrue();
        assertThat(more.isQueued()).isTrue();
        assertThat(light.isInFlight()).isTrue();
        running.subList(0, 3).forEach(scene::finish);
        assertThat(batch.isInFlight()).isTrue();
        assertThat(more.isQueued()).isTrue();
    }

    @Test
    void slotThatFallsFree_beforeABatchFits_goesToWhoWaitsWithinItsShare() {
        QueueFixture scene = QueueFixture.withCapacity(9);
        learn(scene, "a", "quick", MS);
        learn(scene, "b", "quick", MS);
        learn(scene, "c", "quick", MS);
        List<Offer> running = flood(scene, "a", "quick", 9);
        Offer batch = scene.admit(batch(scene, "b", 3));
        Offer light = scene.admit(scene.callOf("c", "quick"));

        scene.finish(running.get(0));

        assertThat(scene.dispatched).containsExactly(light);
        assertThat(batch.isQueued()).isTrue();
    }

    @Test
    void callWithinItsShare_thatFindsASlotFree_isNotJudgedByWhatWaits() {
        QueueFixture scene = QueueFixture.withCapacity(9);
        learn(scene, "a", "quick", 20 * MS);
        learn(scene, "b", "quick", 20 * MS);
        learn(scene, "c", "quick", 20 * MS);
        flood(scene, "a", "quick", 8);
        scene.admit(batch(scene, "b", 3));

        Offer hurried = scene.make("c", "c", Priority.CALL, MS, 1);

        assertThat(scene.admit(hurried).isInFlight()).isTrue();
    }

    @Test
    void batchLargerThanItsTenantsShare_thatWouldWaitBesideOthers_isRefused() {
        QueueFixture scene = QueueFixture.withCapacity(8);
        learn(scene, "a", "quick", MS);
        learn(scene, "b", "quick", MS);
        flood(scene, "a", "quick", 4);

        Offer large = batch(scene, "b", 5);

        assertThat(scene.offer(large)).isEqualTo(Decision.SHED);
        assertThat(large.reason()).isEqualTo(Reason.WAIT);
        assertThat(large.retryAfterNanos()).isPositive();
        assertThat(scene.admit(batch(scene, "b", 4)).isInFlight()).isTrue();
    }

    @Test
    void batch_isChargedForEachOfItsMessages() {
        QueueFixture scene = QueueFixture.withCapacity(12);
        learn(scene, "singles", "quick", 20 * MS);
        Offer known = scene.admit(batch(scene, "batches", 2));
        scene.now += 20 * MS;
        scene.finish(known);
        List<Offer> running = flood(scene, "singles", "quick", 12);
        Offer first = scene.admit(batch(scene, "batches", 2));
        Offer second = scene.admit(batch(scene, "batches", 2));
        Offer single = scene.admit(scene.callOf("singles", "quick"));

        running.subList(0, 3).forEach(scene::finish);

        assertThat(scene.dispatched).containsExactly(first, single);
        assertThat(second.isQueued()).isTrue();
    }
}
