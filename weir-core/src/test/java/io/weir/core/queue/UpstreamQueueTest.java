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
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UpstreamQueueTest {

    private static void assertConserved(QueueFixture scene, int queued, int inFlight) {
        FlowStats flow = scene.admission.globalStats().flow();
        assertThat(flow.queued().messages()).isEqualTo(queued);
        assertThat(flow.inFlight().messages()).isEqualTo(inFlight);
        Conservation.assertHolds(flow, "");
        assertThat(scene.admission.globalStats().pending())
                .isEqualTo(flow.queued().plus(flow.inFlight()));
    }

    /** What becomes of each message, a {@linkplain QueueScript script} a row. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        # capacity | script | became | dispatched from the queue, in that order
        # slots
        2 | a1 a2 a3                 | a1 a2 flight, a3 queued        | -
        1 | a1 a2 -a1                | a1 over, a2 flight             | a2
        1 | a1 a2 a3 -a1 -a1         | a1 over, a2 flight, a3 queued  | a2
        1 | a1 a2 #a2 #a2 -a1        | a1 a2 over                     | -
        1 | a1 #a1                   | a1 flight                      | -
        1 | a1 a2/x a3/x reset:a/x   | a1 flight, a2 a3 reset         | -
        1 | a1/x a2/x a3/y reset:a/x | a1 flight, a2 reset, a3 queued | -
        1 | a1 a2 close a3 -a1       | a1 over, a2 a3 closed          | -
        # a batch takes as many slots as it has messages; a larger one than the capacity goes alone
        4 | a1x3 a2x2              | a1 flight, a2 queued          | -
        4 | a1x3 a2x2 a3x9 -a1     | a1 over, a2 flight, a3 queued | a2
        4 | a1x3 a2x2 a3x9 -a1 -a2 | a1 a2 over, a3 flight         | a2 a3
        # tenants in turn, and priority within a connection
        1 | a1 a2^l a3 b1 -a1 -b1 -a3 | a1 a3 b1 over, a2 flight | b1 a3 a2
        # expiry, at the nanosecond: by a tick, or when its turn comes
        1 | a1 a2<1000 +999ms +999999ns        | a1 flight, a2 queued           | -
        1 | a1 a2<1000 +999ms +999999ns +1ns   | a1 flight, a2 expired          | -
        1 | a1 a2<1000 a3 @1000ms -a1          | a1 over, a2 expired, a3 flight | a3
        1 | a1 a2<1000 a3 @999ms @999999ns -a1 | a1 over, a2 flight, a3 queued  | a2
        """)
    void script_becameOfEach(int capacity, String script, String became, String dispatched) {
        QueueScript played = new QueueScript(capacity, BackpressureAction.REFUSE, "").play(script);

        assertThat(played.became()).isEqualTo(became);
        assertThat(played.dispatched()).isEqualTo(dispatched);
    }

    /** What limits and rates reject, and why. A message has 100 bytes, unless it says otherwise. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        # capacity | limits | script | became
        # limits, in messages and in bytes: of the connection, the tenant and the process
        9 | messages=0        | a1                         | a1 connection_messages
        9 | messages=2        | a1 a2 a3 a4/y              | a1 a2 a4 flight, a3 connection_messages
        1 | messages=2        | a1 a2 a3 -a1 a4            | a1 over, a2 flight, a3 connection_messages, a4 queued
        1 | messages=2        | a1 a2 a3 #a2 a4            | a1 flight, a2 over, a3 connection_messages, a4 queued
        9 | messages=10       | a1x8 a2x3 a3x2             | a1 flight, a2 connection_messages, a3 queued
        9 | bytes=250         | a1 a2~150                  | a1 a2 flight
        9 | bytes=250         | a1 a2~151 a3~150 a4~1 a5~0 | a1 a3 a5 flight, a2 a4 connection_bytes
        9 | tenant=2          | a1/x a2/y a3/z b1          | a1 a2 b1 flight, a3 tenant_messages
        9 | tenant_bytes=250  | a1/x a2/y~151 b1           | a1 b1 flight, a2 tenant_bytes
        9 | process=2         | a1 b1 c1 -a1 c2            | a1 over, b1 c2 flight, c1 global_messages
        9 | process_bytes=250 | a1 b1~151 b2~150 c1~1      | a1 b2 flight, b1 c1 global_bytes
        # pressure at 80 of a hundred: background is shed; at 90 lists are; calls are not; until it is down at 70
        1 | messages=10 | a1x7 a2^b a3^b                 | a1 flight, a2 queued, a3 priority(connection)
        1 | messages=10 | a1x7 a2 a3^l a4^l a5           | a1 flight, a2 a3 a5 queued, a4 priority(connection)
        1 | messages=20 | a1 a2x14 a3 -a1 a4^b           | a1 over, a2 flight, a3 queued, a4 priority(connection)
        1 | messages=20 | a1x2 a2x13 a3 -a1 a4^b         | a1 over, a2 flight, a3 a4 queued
        1 | bytes=1000  | a1~799 a2~1 a3^b               | a1 flight, a2 queued, a3 priority(connection)
        1 | bytes=1000  | a1~799 a2^b                    | a1 flight, a2 queued
        9 | tenant=10   | a1/xx7 a2/y a3/z^b b1^b        | a1 a2 b1 flight, a3 priority(tenant)
        9 | process=10  | a1x7 b1 c1^b                   | a1 b1 flight, c1 priority
        # rates: a burst of two, then one every half second; what a limit rejects has not used any
        9 | rate=2            | a1 a2 a3 @499ms @999999ns a4 @1ns a5 b1 | a1 a2 a5 b1 flight, a3 a4 rate
        9 | tenant_rate=2     | a1/x a2/y a3/z b1                       | a1 a2 b1 flight, a3 tenant_rate
        9 | messages=1 rate=2 | a1 a2 a3 -a1 a4                         | a1 over, a2 a3 connection_messages, a4 flight
        """)
    void limits_rejectWhatDoesNotFit(int capacity, String limits, String script, String became) {
        assertThat(new QueueScript(capacity, BackpressureAction.REFUSE, limits)
                        .play(script)
                        .became())
                .isEqualTo(became);
    }

    /** Under {@code drop_oldest}, who makes room. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        # capacity | limits | script | became
        # the oldest goes until the new one fits, whatever its priority; of its connection alone
        1 | messages=3 | a1 a2^l a3 a4      | a1 flight, a2 dropped_oldest, a3 a4 queued
        1 | messages=4 | a1 a2 a3 a4 a5x2   | a1 flight, a2 a3 dropped_oldest, a4 a5 queued
        1 | bytes=400  | a1 a2 a3 a4 a5~150 | a1 flight, a2 a3 dropped_oldest, a4 a5 queued
        1 | bytes=400  | a1 a2 a3 a4 a5~100 | a1 flight, a2 dropped_oldest, a3 a4 a5 queued
        1 | messages=2 | a1 a2 b1 a3        | a1 flight, a2 dropped_oldest, b1 a3 queued
        # but none if nothing waits, if all that waits is not enough, or if the tenant has no room
        3 | messages=3          | a1 a2 a3 a4                     | a1 a2 a3 flight, a4 connection_messages
        6 | messages=10         | a1x6 a2x4 a3x5                  | a1 flight, a2 queued, a3 connection_messages
        6 | messages=10         | a1x6 a2x4 a3x4                  | a1 flight, a2 dropped_oldest, a3 queued
        1 | messages=3 tenant=4 | a1/x a2/x a3/y a4/y a5/xx3      | a1 flight, a2 a3 a4 queued, a5 connection_messages
        1 | messages=3 tenant=5 | a1/x a2/x a3/x a4/y a5/y a6/xx2 | a1 flight, a2 a3 dropped_oldest, a4 a5 a6 queued
        1 | messages=3 tenant=2 | a1 a2 a3                        | a1 flight, a2 queued, a3 tenant_messages
        """)
    void dropOldest_evictsUntilTheNewOneFits(int capacity, String limits, String script, String became) {
        assertThat(new QueueScript(capacity, BackpressureAction.DROP_OLDEST, limits)
                        .play(script)
                        .became())
                .isEqualTo(became);
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
    void tick_timeToLivePassed_expiresAndSaysSo() {
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
    void offer_waitLongerThanTimeToLive_isShedAndToldWhenToComeBack() {
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
    void adaptiveRate_delayOverThreshold_lowersTheRateAndRaisesItAgain() {
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
