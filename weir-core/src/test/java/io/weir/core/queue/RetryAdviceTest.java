package io.weir.core.queue;

import static io.weir.core.queue.QueueFixture.MS;
import static io.weir.core.queue.QueueFixture.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.Reason;
import io.weir.core.admission.Decision;
import io.weir.core.admission.Reservation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetryAdviceTest {
    private static final long MAX = 300 * SECOND;

    private static QueueFixture withLimits(int connection, int tenant, int global) {
        return new QueueFixture(
                QueuePolicy.DEFAULT,
                b -> b.maxMessages(connection)
                        .enableTenantLimits(true)
                        .tenantMaxMessages(tenant)
                        .globalMaxMessages(global));
    }

    private static long refused(QueueFixture scene, Offer offer, Reason reason) {
        assertThat(scene.offer(offer)).matches(decision -> !decision.isAdmitted());
        assertThat(offer.reason()).isEqualTo(reason);
        return offer.retryAfterNanos();
    }

    @Test
    void retryAfter_isWhenTheOldestCallsWillHaveTakenAsLongAsTheirKindDoes() {
        QueueFixture scene = withLimits(20, 100, 100);
        scene.learn("t", 2 * SECOND, 40);
        for (int i = 0; i < 20; i++) {
            scene.now += 100 * MS;
            scene.admit("t", "c");
        }

        // The oldest was dispatched 1.9 s ago; the third after it makes room for certain.
        long told = refused(scene, scene.call("t", "c"), Reason.CONNECTION_MESSAGES);

        assertThat(told).isBetween(350 * MS, 450 * MS);
    }

    @Test
    void retryAfter_whileCallsOfASecondHaveJustBegun_isASecond() {
        QueueFixture scene = withLimits(20, 100, 100);
        scene.learn("t", SECOND, 40);
        for (int i = 0; i < 20; i++) {
            scene.admit("t", "c");
        }

        assertThat(refused(scene, scene.call("t", "c"), Reason.CONNECTION_MESSAGES))
                .isBetween(990 * MS, 1_010 * MS);
    }

    @Test
    void retryAfter_ofCallsThatNothingIsKnownOf_isNotAMillisecond() {
        QueueFixture scene = withLimits(5, 100, 100);
        for (int i = 0; i < 5; i++) {
            scene.admit("t", "c");
        }
        long first = refused(scene, scene.call("t", "c"), Reason.CONNECTION_MESSAGES);
        scene.now += 20 * SECOND;

        long later = refused(scene, scene.call("t", "c"), Reason.CONNECTION_MESSAGES);

        assertThat(first).isEqualTo(SECOND);
        assertThat(later).as("that long they have taken already").isEqualTo(20 * SECOND);
    }

    @Test
    void retryAfter_whereWhatIsPendingIsNotInThisQueue_isASecond() {
        QueueFixture scene = withLimits(3, 100, 100);
        for (int i = 0; i < 3; i++) {
            assertThat(scene.admission.admit(scene.connection("t", "c"), new Reservation(), 1, 1, scene.now))
                    .matches(Decision::isAdmitted);
        }

        assertThat(refused(scene, scene.call("t", "c"), Reason.CONNECTION_MESSAGES))
                .isEqualTo(SECOND);
    }

    @Test
    void retryAfter_ofTheSameLimit_isLaterForEachAsCallsEnd() {
        QueueFixture scene = withLimits(20, 100, 100);
        scene.learn("t", SECOND, 40);
        for (int i = 0; i < 20; i++) {
            scene.admit("t", "c");
        }
        List<Long> told = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            told.add(refused(scene, scene.call("t", "c"), Reason.CONNECTION_MESSAGES));
        }

        for (int i = 1; i < 50; i++) {
            assertThat(told.get(i) - told.get(i - 1))
                    .as("20 calls of a second: one ends every 50 ms; told with a quarter to spare")
                    .isBetween(62 * MS, 63 * MS);
        }
    }

    @Test
    void expectedRelease_isWhenTheCallsOfThatConnectionHaveTakenAsLongAsTheirKindDoes() {
        QueueFixture scene = withLimits(20, 100, 100);
        scene.learn("t", SECOND, 40);
        for (int i = 0; i < 4; i++) {
            scene.admit("t", "c");
        }
        scene.now += 300 * MS;

        assertThat(scene.queue.expectedRelease(scene.connection("t", "c"), 2, 0, scene.now))
                .isBetween(690 * MS, 710 * MS);
        assertThat(scene.queue.expectedRelease(scene.connection("t", "d"), 2, 0, scene.now))
                .as("it has no call in flight")
                .isNegative();
    }

    @Test
    void retryAfter_ofOneConnection_saysNothingOfAnother() {
        QueueFixture scene = withLimits(2, 100, 100);
        scene.learn("t", SECOND, 40);
        scene.admit("t", "a");
        scene.admit("t", "a");
        scene.now += 500 * MS;
        scene.admit("t", "b");
        scene.admit("t", "b");
        for (int i = 0; i < 10; i++) {
            refused(scene, scene.call("t", "a"), Reason.CONNECTION_MESSAGES);
        }

        assertThat(refused(scene, scene.call("t", "b"), Reason.CONNECTION_MESSAGES))
                .isBetween(990 * MS, 1_010 * MS);
    }

    @Test
    void retryAfter_ofATenantsLimit_countsItsCallsOnly() {
        QueueFixture scene = withLimits(10, 10, 100);
        scene.learn("t", SECOND, 40);
        for (int i = 0; i < 10; i++) {
            scene.admit("other", "o" + i);
        }
        scene.now += 600 * MS;
        for (int i = 0; i < 10; i++) {
            scene.admit("t", "c" + i);
        }

        assertThat(refused(scene, scene.call("t", "another"), Reason.TENANT_MESSAGES))
                .isBetween(990 * MS, 1_010 * MS);
    }

    @Test
    void retryAfter_ofTheProcess_givesTenantsTheirTurns() {
        QueueFixture scene = withLimits(10, 20, 20);
        scene.learn("a", SECOND, 40);
        for (int i = 0; i < 20; i++) {
            scene.admit("t" + i % 4, "c" + i);
        }
        List<Long> told = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            told.add(refused(scene, scene.call("t" + i, "new"), Reason.GLOBAL_MESSAGES));
        }

        assertThat(told).doesNotHaveDuplicates();
        assertThat(told).allSatisfy(each -> assertThat(each).isBetween(990 * MS, 1_400 * MS));
    }

    @Test
    void retryAfter_ofBytes_waitsUntilEnoughBytesAreFree() {
        QueueFixture scene = new QueueFixture(QueuePolicy.DEFAULT, b -> b.maxBytes(1_000));
        scene.learn("t", SECOND, 40);
        for (int i = 0; i < 10; i++) {
            scene.admit("t", "c");
            scene.now += 100 * MS;
        }
        // Ten of 100 bytes, of which one ends every 100 ms from now on; 700 bytes need seven of them, and a few to
        // spare.
        Offer large = new Offer(scene.connection("t", "c"), "echo", 1, 700, Priority.CALL, 30 * SECOND, 1, scene);

        assertThat(refused(scene, large, Reason.CONNECTION_BYTES)).isBetween(890 * MS, 1_010 * MS);
    }

    @Test
    void retryAfter_isNeverBeyondItsMaximum() {
        QueueFixture scene = withLimits(1, 100, 100);
        scene.learn("t", 200 * SECOND, 40);
        scene.admit("t", "c");
        long longest = 0;
        for (int i = 0; i < 100; i++) {
            long told = refused(scene, scene.call("t", "c"), Reason.CONNECTION_MESSAGES);
            assertThat(told).isPositive();
            longest = Math.max(longest, told);
        }

        assertThat(longest).isBetween(200 * SECOND, MAX);
    }

    @Test
    void retryAfter_ofAStormOfRefusals_looksAtCallsInFlightOnlyNowAndThen() {
        QueueFixture scene = withLimits(4_000, 100_000, 100_000);
        scene.learn("t", SECOND, 40);
        for (int i = 0; i < 4_000; i++) {
            scene.admit("t", "c");
        }

        // Each connection is refused once, so each would take a forecast of its own: a second, until its call has
        // ended.
        int forecasts = 0;
        for (int i = 0; i < 1_000; i++) {
            scene.admit(scene.call("t", "d" + i));
            Offer batch =
                    new Offer(scene.connection("t", "d" + i), "echo", 4_000, 1, Priority.CALL, 30 * SECOND, 1, scene);
            forecasts += refused(scene, batch, Reason.CONNECTION_MESSAGES) <= 2 * SECOND ? 1 : 0;
        }
        assertThat(forecasts)
                .as("of the 1,000 in flight: 4,096 calls at once, and 16 for each refusal")
                .isBetween(5, 5 + 16);
    }

    @Test
    void retryAfter_ofAShedMessage_isWhenThePressureIsOver() {
        QueueFixture scene = new QueueFixture(QueuePolicy.DEFAULT, b -> b.maxMessages(40));
        scene.learn("t", SECOND, 40);
        List<Offer> pending = new ArrayList<>();
        for (int i = 0; i < 39; i++) {
            pending.add(scene.admit("t", "c"));
            scene.now += 10 * MS;
        }
        Offer background = scene.make("t", "c", Priority.BACKGROUND, 30 * SECOND, 1);
        long told = refused(scene, background, Reason.PRIORITY);
        long back = scene.now + told;
        for (Offer each : pending) {
            scene.now = Math.max(scene.now, each.leftAt + SECOND);
            if (scene.now <= back) {
                scene.finish(each);
            }
        }
        scene.now = back;

        assertThat(scene.offer(scene.make("t", "c", Priority.BACKGROUND, 30 * SECOND, 1)))
                .matches(Decision::isAdmitted);
    }

    @Test
    void retryAfter_ofAnOpenCircuit_spreadsThoseWhoObeyOverAsLongAgainAsThePause() {
        QueueFixture scene = QueueFixture.withCapacity(16);
        long first = 0;
        for (int i = 0; i < 200 && first == 0; i++) {
            scene.now += 50 * MS;
            Offer call = scene.callOf("t" + i % 3, "w" + i % 3);
            if (scene.offer(call).isAdmitted()) {
                scene.queue.finish(call, Outcome.FAILED, scene.now);
            } else {
                first = call.retryAfterNanos();
            }
        }
        List<Long> told = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            told.add(refused(scene, scene.callOf("t", "w"), Reason.CIRCUIT_OPEN));
        }

        long earliest = first;
        assertThat(first).isPositive().isLessThanOrEqualTo(SECOND);
        assertThat(told.subList(0, 63))
                .doesNotHaveDuplicates()
                .allMatch(each -> each > earliest && each <= earliest + SECOND);
        assertThat(told.get(63)).as("the earliest once more").isEqualTo(first);
    }
}
