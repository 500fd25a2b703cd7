package io.weir.core.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.config.BackpressureAction;
import io.weir.core.config.WeirConfigBuilder;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.DecisionLog;
import io.weir.core.queue.Offer;
import io.weir.core.queue.QueuePolicy;
import io.weir.core.queue.UpstreamListener;
import io.weir.core.queue.UpstreamQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** No test here may hang: what does not return within its time has failed. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PauseTest {
    private static final long MB = 1_000_000;
    private static final long TTL = TimeUnit.SECONDS.toNanos(30);
    private static final Offer.Handler NOTHING = new Offer.Handler() {
        @Override
        public void dispatched(Offer offer, long now) {}

        @Override
        public void removed(Offer offer, Outcome outcome, long now) {}
    };

    private int woken;

    private Admission open() {
        return Admission.repeatable(
                new WeirConfigBuilder(8L << 30)
                        .maxMessages(1000)
                        .maxBytes(MB)
                        .maxMessagesPerSec(100_000)
                        .backpressureAction(BackpressureAction.PAUSE)
                        .build(),
                new PressureListener() {
                    @Override
                    public void onPressure(Pressure pressure) {}

                    @Override
                    public void onDrained(String tenant, String connection) {
                        woken++;
                    }
                });
    }

    private static Reservation admit(Admission admission, Connection connection, int messages, long bytes) {
        Reservation reservation = new Reservation();
        assertThat(admission.admit(connection, reservation, messages, bytes, 1)).isEqualTo(Decision.ADMITTED);
        return reservation;
    }

    private static void pause(Admission admission, Connection connection, int messages, long bytes) {
        assertThat(admission.admit(connection, new Reservation(), messages, bytes, 1))
                .isEqualTo(Decision.PAUSED);
    }

    private static void release(Admission admission, Reservation reservation) {
        assertThat(admission.release(reservation, Outcome.COMPLETED)).isTrue();
    }

    @Test
    void admit_halfFreeButTooLargeToFit_isPausedAndReturns() {
        Admission admission = open();
        Connection connection = admission.connection("t", "c", 0);
        Reservation first = admit(admission, connection, 1, 450_000);

        pause(admission, connection, 1, 600_000);

        assertThat(woken).isZero();
        release(admission, first);
        assertThat(woken).isEqualTo(1);
        admit(admission, connection, 1, 600_000);
    }

    @Test
    void admit_ofASenderThatCannotBeHeldBack_isRefused_andNobodyIsWoken() {
        Admission admission = open();
        Connection connection = admission.connection("t", "c", 0);
        Reservation first = admit(admission, connection, 1, 900_000);
        Reservation overHttp = new Reservation();
        overHttp.refuseInsteadOfPause();

        assertThat(admission.admit(connection, overHttp, 1, 600_000, 1)).isEqualTo(Decision.REFUSED);

        release(admission, first);
        assertThat(woken).isZero();
    }

    @Test
    void pressure_isThatOfTheConnection_andEndsBelowItsLowerThreshold() {
        Admission admission = open();
        Connection connection = admission.connection("t", "c", 0);
        Connection other = admission.connection("t", "d", 0);
        Reservation first = admit(admission, connection, 990, 500);

        assertThat(admission.pressure(connection)).satisfies(pressure -> {
            assertThat(pressure.raised()).isTrue();
            assertThat(pressure.tenant()).isEqualTo("t");
            assertThat(pressure.name()).isEqualTo("c");
            assertThat(pressure.messages()).isEqualTo(990);
            assertThat(pressure.maxMessages()).isEqualTo(1000);
            assertThat(pressure.lowMessages()).isBetween(1, 989);
            assertThat(pressure.bytes()).isEqualTo(500);
        });
        assertThat(admission.pressure(other).raised()).isFalse();
        assertThat(admission.pressure(other).messages()).isZero();

        release(admission, first);
        assertThat(admission.pressure(connection).raised()).isFalse();
    }

    @Test
    void admit_batchThatDoesNotFitAHalfFreeConnection_isPausedAndReturns() {
        Admission admission = open();
        Connection connection = admission.connection("t", "c", 0);
        Reservation first = admit(admission, connection, 450, 1);

        pause(admission, connection, 600, 1);

        release(admission, first);
        assertThat(woken).isEqualTo(1);
    }

    @Test
    void release_halfFree_wakesOnlyOnceThePausedMessageFits() {
        Admission admission = open();
        Connection connection = admission.connection("t", "c", 0);
        Reservation large = admit(admission, connection, 1, 600_000);
        Reservation small = admit(admission, connection, 1, 300_000);
        Reservation smallest = admit(admission, connection, 1, 50_000);
        pause(admission, connection, 1, 800_000);

        release(admission, large);
        assertThat(woken).isZero();
        release(admission, small);
        assertThat(woken).isEqualTo(1);
        release(admission, smallest);
        assertThat(woken).isEqualTo(1);
    }

    @Test
    void release_fitsButMoreThanHalfIsTaken_wakesOnlyOnceHalfIsFree() {
        Admission admission = open();
        Connection connection = admission.connection("t", "c", 0);
        Reservation first = admit(admission, connection, 1, 300_000);
        Reservation second = admit(admission, connection, 1, 600_000);
        pause(admission, connection, 1, 200_000);

        release(admission, first);
        assertThat(woken).isZero();
        release(admission, second);
        assertThat(woken).isEqualTo(1);
    }

    @Test
    void admit_severalPaused_wakesOnceTheSmallestFits() {
        Admission admission = open();
        Connection connection = admission.connection("t", "c", 0);
        Reservation first = admit(admission, connection, 1, 700_000);
        admit(admission, connection, 1, 290_000);
        pause(admission, connection, 1, 900_000);
        pause(admission, connection, 1, 600_000);

        release(admission, first);

        assertThat(woken).isEqualTo(1);
    }

    @Test
    void close_whilePaused_wakes() {
        Admission admission = open();
        Connection connection = admission.connection("t", "c", 0);
        admit(admission, connection, 1, MB);
        pause(admission, connection, 1, 1);

        admission.close();

        assertThat(woken).isEqualTo(1);
        assertThat(admission.admit(connection, new Reservation(), 1, 1, 1)).isEqualTo(Decision.REFUSED);
    }

    @Test
    void reset_whilePaused_wakes() {
        Admission admission = open();
        Connection connection = admission.connection("t", "c", 0);
        admit(admission, connection, 1, MB);
        pause(admission, connection, 1, 1);

        admission.reset(connection);

        assertThat(woken).isEqualTo(1);
    }

    @Test
    void update_raisesTheLimit_wakes() {
        Admission admission = open();
        Connection connection = admission.connection("t", "c", 0);
        admit(admission, connection, 1, MB);
        pause(admission, connection, 1, 1);

        admission.update(b -> b.maxBytes(3 * MB));

        assertThat(woken).isEqualTo(1);
    }

    @Test
    void update_lowersTheLimitBelowThePausedMessage_wakesSoThatItIsRefused() {
        Admission admission = open();
        Connection connection = admission.connection("t", "c", 0);
        admit(admission, connection, 1, MB);
        pause(admission, connection, 1, 600_000);

        admission.update(b -> b.maxBytes(500_000));

        assertThat(woken).isEqualTo(1);
        assertThat(admission.admit(connection, new Reservation(), 1, 600_000, 1))
                .isEqualTo(Decision.REFUSED);
    }

    @Test
    void offer_pausedBesideADecisionLog_leavesTheQueueUsable() {
        Admission admission = open();
        DecisionLog decisionLog = new DecisionLog() {
            @Override
            protected void line(String json) {}
        };
        UpstreamQueue queue = new UpstreamQueue(
                "u",
                admission,
                QueuePolicy.DEFAULT.withCapacity(Capacity.fixed(8)),
                UpstreamListener.NONE,
                decisionLog,
                0);
        Connection connection = admission.connection("t", "c", 0);
        Offer first = new Offer(connection, "w", 1, 450_000, Priority.CALL, TTL, 1, NOTHING);
        Offer second = new Offer(connection, "w", 1, 600_000, Priority.CALL, TTL, 1, NOTHING);
        assertThat(queue.offer(first, 1)).isEqualTo(Decision.DISPATCHED);

        assertThat(queue.offer(second, 2)).isEqualTo(Decision.PAUSED);

        assertThatCode(() -> queue.tick(3)).doesNotThrowAnyException();
        assertThat(queue.finish(first, Outcome.COMPLETED, 4)).isTrue();
        assertThat(woken).isEqualTo(1);
        assertThat(queue.offer(second, 5)).isEqualTo(Decision.DISPATCHED);
    }
}
