package io.weir.core.queue;

import static io.weir.core.queue.QueueFixture.MS;
import static io.weir.core.queue.QueueFixture.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Priority;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdaptiveRateTest {
    private static QueueFixture scene(Capacity capacity) {
        return new QueueFixture(
                QueuePolicy.DEFAULT.withCapacity(capacity),
                b -> b.adaptiveEnabled(true)
                        .latencyThreshold(Duration.ofMillis(100))
                        .rateReductionPercent(20));
    }

    private static int permille(QueueFixture scene) {
        return scene.queue.stats(scene.now).ratePermille();
    }

    /** So many calls at once, each of which takes so long. */
    private static void together(QueueFixture scene, int calls, long nanos) {
        List<Offer> offers = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            offers.add(scene.admit("t", "c"));
        }
        scene.now += nanos;
        offers.forEach(scene::finish);
        scene.queue.tick(scene.now);
    }

    @Test
    void window_nothingWaits_callsThatTakeTwentyTimesAsLongLowerNothing() {
        QueueFixture scene = scene(Capacity.adaptive(1000));
        scene.learn("t", 50 * MS, 200);
        for (int i = 0; i < 10; i++) {
            together(scene, 30, SECOND);

            assertThat(permille(scene)).isEqualTo(1000);
        }
    }

    @Test
    void window_callsWaitForLongerThanTheThreshold_lowersTheRateWithItsEvidence() {
        QueueFixture scene = scene(Capacity.fixed(10));
        scene.learn("t", 100 * MS, 100);
        waitFor(scene, 2 * SECOND);

        assertThat(permille(scene)).isLessThan(1000);
        assertThat(scene.queue.stats(scene.now).rateDelayNanos()).isGreaterThan(100 * MS);
    }

    @Test
    void window_theQueueHasRunEmpty_raisesTheRateAgainAndTheEvidenceIsGone() {
        QueueFixture scene = scene(Capacity.fixed(10));
        scene.learn("t", 100 * MS, 100);
        waitFor(scene, 2 * SECOND);
        while (!scene.dispatched.isEmpty()) {
            scene.now += 10 * MS;
            List<Offer> running = List.copyOf(scene.dispatched);
            scene.dispatched.clear();
            running.forEach(scene::finish);
        }
        int lowered = permille(scene);
        for (int i = 0; i < 20; i++) {
            scene.now += SECOND;
            scene.queue.tick(scene.now);
        }

        assertThat(lowered).isLessThan(1000);
        assertThat(permille(scene)).isEqualTo(1000);
        assertThat(scene.queue.stats(scene.now).rateDelayNanos()).isZero();
    }

    @Test
    void window_slowCallsDidNotWait_lowersNothingThoughOthersWait() {
        QueueFixture scene = learned();
        List<Offer> first = offers(scene, 30);
        offers(scene, 40);
        scene.now += SECOND;
        first.forEach(scene::finish);
        scene.queue.tick(scene.now);

        assertThat(scene.queue.stats(scene.now).queued()).isEqualTo(10);
        assertThat(permille(scene)).isEqualTo(1000);
    }

    @Test
    void window_callsHaveWaited_lowersNothingOnceNothingWaits() {
        QueueFixture scene = learned();
        List<Offer> first = offers(scene, 30);
        offers(scene, 30);
        scene.now += SECOND / 2;
        first.forEach(scene::finish);
        scene.now += SECOND / 2;
        List.copyOf(scene.dispatched).forEach(scene::finish);
        scene.queue.tick(scene.now);

        assertThat(scene.queue.stats(scene.now).queued()).isZero();
        assertThat(permille(scene)).isEqualTo(1000);
    }

    private static QueueFixture learned() {
        QueueFixture scene = scene(Capacity.fixed(30));
        scene.learn("t", 50 * MS, 200);
        scene.queue.tick(scene.now);
        return scene;
    }

    private static List<Offer> offers(QueueFixture scene, int calls) {
        List<Offer> offers = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            offers.add(scene.admit(scene.make("t", "c", Priority.CALL, 3_000 * SECOND, 1)));
        }
        return offers;
    }

    /** Ten are in flight, for 100 ms each, and hundreds wait. */
    private static void waitFor(QueueFixture scene, long nanos) {
        List<Offer> running = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            running.add(scene.admit("t", "c"));
        }
        for (int i = 0; i < 300; i++) {
            scene.admit(scene.make("t", "c", Priority.CALL, 3_000 * SECOND, 1));
        }
        for (long passed = 0; passed < nanos; passed += 100 * MS) {
            scene.now += 100 * MS;
            running.forEach(scene::finish);
            running = new ArrayList<>(scene.dispatched);
            scene.dispatched.clear();
            scene.queue.tick(scene.now);
        }
        scene.dispatched.addAll(running);
    }

    @Test
    void profile_excess_isNotKnownBefore64CallsWithLittleToDoAndBeginsAtTwiceWhatTheyTook() {
        LatencyProfile profile = new LatencyProfile(Capacity.adaptive(1000));
        for (int i = 0; i < 63; i++) {
            profile.learn(1_000, true);
        }
        for (int i = 0; i < 1_000; i++) {
            profile.learn(1_000, false);
        }
        assertThat(profile.excess(100_000)).isZero();

        profile.learn(1_000, true);

        assertThat(profile.excess(100_000)).isBetween(95_000L, 98_500L);
        assertThat(profile.excess(1_999)).isZero();
    }
}
