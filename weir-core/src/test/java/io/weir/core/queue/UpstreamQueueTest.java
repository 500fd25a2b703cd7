package io.weir.core.queue;

import static io.weir.core.queue.QueueFixture.MS;
import static io.weir.core.queue.QueueFixture.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Conservation;
import io.weir.core.Count;
import io.weir.core.FlowStats;
import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.Reason;
import io.weir.core.admission.Decision;
import io.weir.core.config.BackpressureAction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UpstreamQueueTest {
    private static QueueFixture withLimit(int capacity, int limit, BackpressureAction action) {
        return new QueueFixture(
                QueuePolicy.DEFAULT.withCapacity(Capacity.fixed(capacity)),
                b -> b.maxMessages(limit).backpressureAction(action));
    }

    private static void assertConserved(QueueFixture scene, int queued, int inFlight) {
        FlowStats flow = scene.admission.globalStats().flow();
        assertThat(flow.queued().messages()).isEqualTo(queued);
        assertThat(flow.inFlight().messages()).isEqualTo(inFlight);
        Conservation.assertHolds(flow, "");
        assertThat(scene.admission.globalStats().pending())
                .isEqualTo(flow.queued().plus(flow.inFlight()));
    }

    @Test
    void offer_capacityFree_isInFlightAtOnce_andNobodyIsCalled() {
        QueueFixture scene = QueueFixture.withCapacity(2);

        Offer offer = scene.admit("t", "c");

        assertThat(offer.isInFlight()).isTrue();
        assertThat(scene.dispatched).isEmpty();
        assertConserved(scene, 0, 1);
    }

    @Test
    void finish_somebodyWaits_getsThePlace() {
        QueueFixture scene = QueueFixture.withCapacity(1);
        Offer first = scene.admit("t", "c");
        Offer second = scene.admit("t", "c");
        assertThat(second.isQueued()).isTrue();
        assertConserved(scene, 1, 1);
        scene.now += 7 * MS;

        assertThat(scene.finish(first)).isTrue();

        assertThat(scene.dispatched).containsExactly(second);
        assertThat(second.isInFlight()).isTrue();
        assertThat(second.queuedNanos()).isEqualTo(7 * MS);
        assertConserved(scene, 0, 1);
    }

    @Test
    void finish_twice_changesNothing() {
        QueueFixture scene = QueueFixture.withCapacity(1);
        Offer first = scene.admit("t", "c");
        Offer second = scene.admit("t", "c");
        Offer third = scene.admit("t", "c");
        scene.finish(first);

        assertThat(scene.finish(first)).isFalse();

        assertThat(second.isInFlight()).isTrue();
        assertThat(third.isQueued()).isTrue();
        assertConserved(scene, 1, 1);
    }

    @Test
    void cancel_waiting_leavesAtOnce_andIsNeverDispatched() {
        QueueFixture scene = QueueFixture.withCapacity(1);
        Offer first = scene.admit("t", "c");
        Offer second = scene.admit("t", "c");

        assertThat(scene.queue.cancel(second, scene.now)).isTrue();
        assertThat(scene.queue.cancel(second, scene.now)).isFalse();
        scene.finish(first);

        assertThat(scene.dispatched).isEmpty();
        assertThat(scene.abandoned).isEmpty();
        assertThat(scene.admission.globalStats().flow().cancelled()).isEqualTo(new Count(1, 100));
        assertConserved(scene, 0, 0);
    }

    @Test
    void cancel_inFlight_isNotThisQueuesToDo() {
        QueueFixture scene = QueueFixture.withCapacity(1);
        Offer first = scene.admit("t", "c");

        assertThat(scene.queue.cancel(first, scene.now)).isFalse();

        assertConserved(scene, 0, 1);
    }

    @Test
    void connection_firstComeFirstServed_withinAPriority() {
        QueueFixture scene = QueueFixture.withCapacity(1);
        List<Offer> offers = new ArrayList<>();
        offers.add(scene.admit("t", "c"));
        Offer list = scene.admit(scene.make("t", "c", Priority.LIST, 30 * SECOND, 1));
        offers.add(scene.admit("t", "c"));
        offers.add(scene.admit("t", "c"));
        Offer noise = scene.admit(scene.make("t", "c", Priority.BACKGROUND, 30 * SECOND, 1));
        offers.add(scene.admit("t", "c"));

        Offer running = offers.get(0);
        for (int i = 0; i < 5; i++) {
            scene.finish(running);
            running = scene.dispatched.get(i);
        }

        assertThat(scene.dispatched).containsExactly(offers.get(1), offers.get(2), offers.get(3), list, noise);
    }

    @Test
    void tenant_itsConnectionsTakeTurns() {
        QueueFixture scene = QueueFixture.withCapacity(1);
        Offer running = scene.admit("t", "busy");
        Offer busy1 = scene.admit("t", "busy");
        Offer busy2 = scene.admit("t", "busy");
        Offer busy3 = scene.admit("t", "busy");
        Offer quiet = scene.admit("t", "quiet");

        for (int i = 0; i < 4; i++) {
            scene.finish(running);
            running = scene.dispatched.get(i);
        }

        assertThat(scene.dispatched).containsExactly(busy1, quiet, busy2, busy3);
    }

    @Test
    void tenants_areServedByTheirWeights() {
        QueueFixture scene = QueueFixture.withCapacity(1);
        Map<String, Integer> served = new HashMap<>();
        Offer running = scene.admit("a", "c");
        for (int i = 0; i < 300; i++) {
            scene.admit(scene.make("a", "c", Priority.CALL, 3_000 * SECOND, 1));
            scene.admit(scene.make("b", "c", Priority.CALL, 3_000 * SECOND, 2));
            scene.admit(scene.make("c", "c", Priority.CALL, 3_000 * SECOND, 4));
        }

        for (int i = 0; i < 350; i++) {
            scene.now += 5 * MS;
            scene.finish(running);
            running = scene.dispatched.get(i);
            served.merge(running.connection().tenant(), 1, Integer::sum);
        }

        assertThat(served.get("a")).isBetween(49, 51);
        assertThat(served.get("b")).isBetween(99, 101);
        assertThat(served.get("c")).isBetween(199, 201);
    }

    @Test
    void tenant_withExpensiveCalls_getsAsMuchTimeAsOneWithCheapOnes() {
        QueueFixture scene = QueueFixture.withCapacity(1);
        for (int i = 0; i < 40; i++) {
            scene.learn("cheap", 5 * MS, 1);
            scene.learn("dear", 50 * MS, 1);
        }
        Offer running = scene.admit("cheap", "c");
        for (int i = 0; i < 200; i++) {
            scene.admit(scene.make("cheap", "c", Priority.CALL, 3_000 * SECOND, 1));
            scene.admit(scene.make("dear", "c", Priority.CALL, 3_000 * SECOND, 1));
        }
        Map<String, Integer> served = new HashMap<>();
        for (int i = 0; i < 110; i++) {
            scene.now += running.connection().tenant().equals("dear") ? 50 * MS : 5 * MS;
            scene.finish(running);
            running = scene.dispatched.get(i);
            served.merge(running.connection().tenant(), 1, Integer::sum);
        }

        assertThat(served.get("dear")).isBetween(9, 11);
    }

    @Test
    void tick_timeToLivePassed_expires_andSaysSo() {
        QueueFixture scene = QueueFixture.withCapacity(1);
        scene.admit("t", "c");
        Offer waits = scene.make("t", "c", Priority.CALL, SECOND, 1);
        scene.admit(waits);
        scene.now += SECOND - 1;
        scene.queue.tick(scene.now);
        assertThat(scene.abandoned).isEmpty();
        scene.now += 1;

        scene.queue.tick(scene.now);

        assertThat(scene.abandoned).containsExactly(waits);
        assertThat(scene.outcomes).containsExactly(Outcome.EXPIRED);
        assertThat(waits.reason()).isEqualTo(Reason.EXPIRED);
        assertThat(waits.queuedNanos()).isEqualTo(SECOND);
        assertConserved(scene, 0, 1);
    }

    @Test
    void finish_timeToLiveOfTheNextPassed_isNotDispatched() {
        QueueFixture scene = QueueFixture.withCapacity(1);
        Offer first = scene.admit("t", "c");
        Offer late = scene.make("t", "c", Priority.CALL, SECOND, 1);
        scene.admit(late);
        Offer next = scene.admit("t", "c");
        scene.now += 2 * SECOND;

        scene.finish(first);

        assertThat(scene.abandoned).containsExactly(late);
        assertThat(scene.dispatched).containsExactly(next);
    }

    @Test
    void tick_farDeadlines_surviveTheWheelsLaps() {
        QueueFixture scene = QueueFixture.withCapacity(1);
        scene.admit("t", "c");
        Offer waits = scene.make("t", "c", Priority.CALL, 20 * SECOND, 1);
        scene.admit(waits);
        for (int i = 0; i < 1_999; i++) {
            scene.now += 10 * MS;
            scene.queue.tick(scene.now);
        }
        assertThat(scene.abandoned).isEmpty();
        scene.now += 10 * MS;

        scene.queue.tick(scene.now);

        assertThat(scene.abandoned).containsExactly(waits);
    }

    @Test
    void tick_clockJumpsFarAhead_expiresEverything() {
        QueueFixture scene = QueueFixture.withCapacity(1);
        scene.admit("t", "c");
        for (int i = 0; i < 50; i++) {
            scene.admit(scene.make("t", "c", Priority.CALL, SECOND + i * 37L * MS, 1));
        }
        scene.now += 3_600 * SECOND;

        scene.queue.tick(scene.now);

        assertThat(scene.abandoned).hasSize(50);
        assertConserved(scene, 0, 1);
    }

    @Test
    void offer_waitLongerThanTimeToLive_isShed_andToldWhenToComeBack() {
        QueueFixture scene = QueueFixture.withCapacity(1);
        scene.learn("t", 100 * MS, 40);
        scene.admit("t", "c");
        for (int i = 0; i < 4; i++) {
            scene.admit("t", "c");
        }

        Offer offer = scene.make("t", "c", Priority.CALL, 300 * MS, 1);

        assertThat(scene.offer(offer)).isEqualTo(Decision.SHED);
        assertThat(offer.reason()).isEqualTo(Reason.WAIT);
        assertThat(offer.current()).isGreaterThan(400 * MS);
        assertThat(offer.retryAfterNanos()).isGreaterThan(100 * MS);
        assertThat(scene.admission.globalStats().flow().shed()).isEqualTo(new Count(1, 100));
        assertConserved(scene, 4, 1);
    }

    @Test
    void dropOldest_evictsWhatHasWaitedLongest_untilTheNewOneFits() {
        QueueFixture scene = withLimit(1, 3, BackpressureAction.DROP_OLDEST);
        Offer running = scene.admit("t", "c");
        Offer oldest = scene.admit(scene.make("t", "c", Priority.LIST, 30 * SECOND, 1));
        Offer second = scene.admit("t", "c");

        Offer newest = scene.admit("t", "c");

        assertThat(scene.abandoned).containsExactly(oldest);
        assertThat(scene.outcomes).containsExactly(Outcome.EVICTED);
        assertThat(oldest.reason()).isEqualTo(Reason.DROPPED_OLDEST);
        assertThat(running.isInFlight()).isTrue();
        assertThat(second.isQueued()).isTrue();
        assertThat(newest.isQueued()).isTrue();
        assertConserved(scene, 2, 1);
    }

    @Test
    void dropOldest_nothingWaits_dropsTheNewOne() {
        QueueFixture scene = withLimit(3, 3, BackpressureAction.DROP_OLDEST);
        for (int i = 0; i < 3; i++) {
            scene.admit("t", "c");
        }

        assertThat(scene.offer(scene.call("t", "c"))).isEqualTo(Decision.DROPPED);

        assertConserved(scene, 0, 3);
    }

    @Test
    void batch_isCountedAsItsMessages_andGoesAloneIfLargerThanTheCapacity() {
        QueueFixture scene = QueueFixture.withCapacity(4);
        Offer batch = new Offer(scene.connection("t", "c"), "batch", 3, 300, Priority.CALL, 30 * SECOND, 1, scene);
        scene.admit(batch);
        Offer pair = new Offer(scene.connection("t", "c"), "batch", 2, 300, Priority.CALL, 30 * SECOND, 1, scene);
        scene.admit(pair);
        Offer large = new Offer(scene.connection("t", "c"), "batch", 9, 300, Priority.CALL, 30 * SECOND, 1, scene);
        scene.admit(large);
        assertThat(pair.isQueued()).isTrue();

        scene.finish(batch);
        assertThat(scene.dispatched).containsExactly(pair);
        scene.finish(pair);

        assertThat(scene.dispatched).containsExactly(pair, large);
        assertThat(scene.queue.stats(scene.now).inFlight()).isEqualTo(9);
    }

    @Test
    void reset_answersWhatWaitsOfThatConnectionAlone() {
        QueueFixture scene = QueueFixture.withCapacity(1);
        Offer running = scene.admit("t", "c");
        Offer waits = scene.admit("t", "c");
        Offer other = scene.admit("t", "d");

        assertThat(scene.queue.reset(scene.connection("t", "c"), scene.now)).isEqualTo(1);

        assertThat(scene.abandoned).containsExactly(waits);
        assertThat(waits.reason()).isEqualTo(Reason.RESET);
        assertThat(other.isQueued()).isTrue();
        assertThat(running.isInFlight()).isTrue();
        FlowStats since =
                scene.admission.connectionStats("t", "c").orElseThrow().flow();
        assertThat(since.admitted().messages()).isEqualTo(1);
        assertThat(since.evicted().messages()).isZero();
    }

    @Test
    void close_answersAllThatWaits_andLetsNothingIn() {
        QueueFixture scene = QueueFixture.withCapacity(1);
        Offer running = scene.admit("t", "c");
        Offer waits = scene.admit("t", "c");
        scene.admission.close();

        scene.queue.close(scene.now);

        assertThat(scene.abandoned).containsExactly(waits);
        assertThat(waits.reason()).isEqualTo(Reason.CLOSED);
        assertThat(scene.offer(scene.call("t", "c"))).isEqualTo(Decision.REFUSED);
        assertThat(scene.finish(running)).isTrue();
        assertConserved(scene, 0, 0);
    }

    @Test
    void pressure_shedsByPriority_backgroundFirst() {
        QueueFixture scene = withLimit(1, 100, BackpressureAction.REFUSE);
        for (int i = 0; i < 80; i++) {
            scene.admit("t", "c");
        }
        assertThat(scene.offer(scene.make("t", "c", Priority.BACKGROUND, 30 * SECOND, 1)))
                .isEqualTo(Decision.SHED);
        for (int i = 0; i < 10; i++) {
            scene.admit(scene.make("t", "c", Priority.LIST, 30 * SECOND, 1));
        }
        Offer list = scene.make("t", "c", Priority.LIST, 30 * SECOND, 1);

        assertThat(scene.offer(list)).isEqualTo(Decision.SHED);

        assertThat(list.reason()).isEqualTo(Reason.PRIORITY);
        assertThat(scene.offer(scene.call("t", "c"))).matches(Decision::isAdmitted);
        assertConserved(scene, 90, 1);
    }

    @Test
    void handlerThatThrows_keepsNobodyElseWaiting() {
        QueueFixture scene = QueueFixture.withCapacity(1);
        Offer first = scene.admit("t", "c");
        Offer bad =
                new Offer(scene.connection("t", "c"), "echo", 1, 100, Priority.CALL, SECOND, 1, new Offer.Handler() {
                    @Override
                    public void dispatched(Offer offer, long now) {
                        throw new IllegalStateException("dispatched");
                    }

                    @Override
                    public void removed(Offer offer, Outcome outcome, long now) {
                        throw new IllegalStateException("abandoned");
                    }
                });
        scene.admit(bad);
        Offer next = scene.admit("t", "c");
        scene.now += 2 * SECOND;

        scene.finish(first);

        assertThat(scene.dispatched).containsExactly(next);
        assertConserved(scene, 0, 1);
    }

    @Test
    void adaptiveRate_delayOverThreshold_lowersTheRate_andRaisesItAgain() {
        QueueFixture scene = new QueueFixture(
                QueuePolicy.DEFAULT.withCapacity(Capacity.fixed(1)),
                b -> b.maxMessages(100_000)
                        .adaptiveEnabled(true)
                        .latencyThreshold(java.time.Duration.ofMillis(100))
                        .rateReductionPercent(20));
        Offer running = scene.admit("t", "c");
        for (int i = 0; i < 60; i++) {
            scene.admit(scene.make("t", "c", Priority.CALL, 3_000 * SECOND, 1));
        }
        for (int i = 0; i < 60; i++) {
            scene.now += 20 * MS;
            scene.finish(running);
            running = scene.dispatched.get(i);
            scene.queue.tick(scene.now);
        }

        assertThat(scene.queue.stats(scene.now).ratePermille()).isEqualTo(800);
        for (int i = 0; i < 5; i++) {
            scene.now += SECOND;
            scene.queue.tick(scene.now);
        }
        assertThat(scene.queue.stats(scene.now).ratePermille()).isEqualTo(1000);
    }

    @Test
    void tick_nothingToDo_changesNothing() {
        QueueFixture scene = QueueFixture.withCapacity(1);
        scene.queue.tick(scene.now + SECOND);

        assertThat(scene.queue.tick(scene.now + SECOND + 1)).isFalse();
    }
}
