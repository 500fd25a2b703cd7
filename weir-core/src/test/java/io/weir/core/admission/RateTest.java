package io.weir.core.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.Reason;
import io.weir.core.config.WeirConfigBuilder;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The rates of connections, tenants and upstreams together. */
class RateTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int TENTH = 100;

    private static Admission open(UnaryOperator<WeirConfigBuilder> change) {
        return new Admission(
                change.apply(new WeirConfigBuilder(8L << 30)
                                .enableTenantLimits(true)
                                .maxMessages(100_000)
                                .tenantMaxMessages(1_000_000))
                        .build(),
                PressureListener.NONE);
    }

    private static Decision offer(
            Admission admission, Connection connection, @Nullable EffectiveRates rates, int messages, long now) {
        return admission.admit(connection, new Reservation(), Priority.CALL, rates, messages, 1, now);
    }

    private static int admittedAtOnce(Admission admission, Connection connection, long now) {
        int admitted = 0;
        while (admission.admit(connection, new Reservation(), 1, 1, now) == Decision.ADMITTED) {
            admitted++;
        }
        return admitted;
    }

    @Test
    void admit_atALoweredRate_takesNoMoreOfTheConfiguredRate() {
        Admission admission = open(b -> b.maxMessagesPerSec(500).burstMultiplier(BigDecimal.ONE));
        Connection connection = admission.connection("t", "c", 0);
        EffectiveRates lowered = admission.effectiveRates(TENTH);
        for (int i = 0; i < 50; i++) {
            assertThat(offer(admission, connection, lowered, 1, SECOND)).isEqualTo(Decision.ADMITTED);
        }
        assertThat(offer(admission, connection, lowered, 1, SECOND)).isEqualTo(Decision.REFUSED);

        assertThat(admittedAtOnce(admission, connection, SECOND)).isEqualTo(450);
    }

    @Test
    void admit_toAHealthyUpstream_isNotRefusedForAnothersLoweredRate() {
        Admission admission = open(b -> b.maxMessagesPerSec(500));
        EffectiveRates lowered = admission.effectiveRates(TENTH);
        int refused = 0;
        for (int ms = 0; ms < 20_000; ms++) {
            long now = SECOND + ms * 1_000_000L;
            if (ms % 5 < 3) {
                offer(admission, admission.connection("t", "slow/" + ms % 40, now), lowered, 1, now);
            }
            if (ms % 5 < 2
                    && offer(admission, admission.connection("t", "fast/" + ms % 4, now), null, 1, now)
                            != Decision.ADMITTED) {
                refused++;
            }
        }

        assertThat(refused).isZero();
    }

    @Test
    void admit_loweredRates_areCountedByUpstream() {
        Admission admission = open(b -> b.maxMessagesPerSec(500).burstMultiplier(BigDecimal.ONE));
        Connection connection = admission.connection("t", "c", 0);
        EffectiveRates one = admission.effectiveRates("one", TENTH, null);
        EffectiveRates other = admission.effectiveRates("other", TENTH, null);
        for (int i = 0; i < 50; i++) {
            offer(admission, connection, one, 1, SECOND);
        }

        assertThat(offer(admission, connection, one, 1, SECOND)).isEqualTo(Decision.REFUSED);
        assertThat(offer(admission, connection, other, 1, SECOND)).isEqualTo(Decision.ADMITTED);
        EffectiveRates further = admission.effectiveRates("one", TENTH + 1, one);
        assertThat(further).isNotSameAs(one);
        assertThat(admission.effectiveRates("one", TENTH + 1, further)).isSameAs(further);
        assertThat(offer(admission, connection, further, 1, SECOND))
                .as("the bucket is that of the upstream, not that of the value")
                .isEqualTo(Decision.REFUSED);
    }

    @Test
    void cleanUp_aLoweredBucketIsNotFull_keepsTheConnection() {
        Admission admission = open(b -> b.maxMessagesPerSec(500).burstMultiplier(BigDecimal.ONE));
        Connection connection = admission.connection("t", "c", 0);
        EffectiveRates lowered = admission.effectiveRates(TENTH);
        for (int i = 0; i < 50; i++) {
            Reservation reservation = new Reservation();
            admission.admit(connection, reservation, Priority.CALL, lowered, 1, 1, SECOND);
            admission.release(reservation, Outcome.COMPLETED);
        }
        long later = SECOND + SECOND / 2;
        assertThat(admission.connection("t", "another", 1, later)).isNull();

        assertThat(offer(admission, admission.connection("t", "c", later), lowered, 26, later))
                .isEqualTo(Decision.REFUSED);
    }

    @Test
    void admit_aBatchLargerThanTheLoweredBurst_passesOnceTheBucketIsFull() {
        Admission admission = open(b -> b.maxMessagesPerSec(500));
        Connection connection = admission.connection("t", "c", 0);
        EffectiveRates lowered = admission.effectiveRates(TENTH);
        assertThat(offer(admission, connection, lowered, 1, SECOND)).isEqualTo(Decision.ADMITTED);
        Reservation reservation = new Reservation();

        assertThat(admission.admit(connection, reservation, Priority.CALL, lowered, 200, 1, SECOND))
                .isEqualTo(Decision.REFUSED);
        assertThat(reservation.retryAfterNanos()).isEqualTo(SECOND / 50);
        long full = SECOND + reservation.retryAfterNanos();
        assertThat(offer(admission, connection, lowered, 200, full - 1)).isEqualTo(Decision.REFUSED);
        assertThat(offer(admission, connection, lowered, 200, full)).isEqualTo(Decision.ADMITTED);

        assertThat(admission.admit(connection, reservation, Priority.CALL, lowered, 1001, 1, full))
                .isEqualTo(Decision.REFUSED);
        assertThat(reservation.retryAfterNanos())
                .as("larger than the configured burst")
                .isEqualTo(-1);
        long paidOff = full + 101 * SECOND / 50;
        assertThat(offer(admission, connection, lowered, 1, paidOff - 1))
                .as("200 messages at 50/s with a burst of 100, and one more")
                .isEqualTo(Decision.REFUSED);
        assertThat(offer(admission, connection, lowered, 1, paidOff)).isEqualTo(Decision.ADMITTED);
    }

    @Test
    void shed_atALoweredRate_hasNotUsedAnyRate() {
        Admission admission = open(b -> b.maxMessagesPerSec(500));
        Connection connection = admission.connection("t", "c", 0);
        EffectiveRates lowered = admission.effectiveRates(TENTH);
        for (int i = 0; i < 5_000; i++) {
            Reservation reservation = new Reservation();
            assertThat(admission.admit(connection, reservation, Priority.CALL, lowered, 1, 1, SECOND))
                    .as("message %d", i)
                    .isEqualTo(Decision.ADMITTED);
            assertThat(admission.shed(reservation, Reason.WAIT, SECOND)).isTrue();
        }
    }

    @Test
    void shed_afterWhatWasChargedIsRefilled_letsNoMoreThanTheBurstPass() {
        Admission admission = open(b -> b.maxMessagesPerSec(10).burstMultiplier(BigDecimal.ONE));
        Connection connection = admission.connection("t", "c", 0);
        Reservation early = new Reservation();
        admission.admit(connection, early, 1, 1, SECOND);
        long later = 3 * SECOND;
        assertThat(admission.admit(connection, new Reservation(), 1, 1, later)).isEqualTo(Decision.ADMITTED);

        admission.shed(early, Reason.WAIT, later);

        assertThat(1 + admittedAtOnce(admission, connection, later)).isEqualTo(10);
    }

    @Test
    void admit_bothRatesBind_namesTheLongerWait() {
        Admission admission =
                open(b -> b.maxMessagesPerSec(500).tenantMaxMessagesPerSec(600).burstMultiplier(BigDecimal.ONE));
        Connection connection = admission.connection("t", "1", 0);
        assertThat(admittedAtOnce(admission, connection, SECOND)).isEqualTo(500);
        assertThat(admittedAtOnce(admission, admission.connection("t", "2", 0), SECOND))
                .isEqualTo(100);
        Reservation reservation = new Reservation();

        admission.admit(connection, reservation, 20, 1, SECOND);

        assertThat(reservation.reason()).isEqualTo(Reason.RATE);
        assertThat(reservation.retryAfterNanos()).isEqualTo(20 * SECOND / 500);
        admission.update(b -> b.maxMessagesPerSec(600).tenantMaxMessagesPerSec(600));
        admission.admit(connection, reservation, 60, 1, SECOND);
        assertThat(reservation.retryAfterNanos()).isEqualTo(60 * ((SECOND + 599) / 600) + 0L);
    }

    @Test
    void retryAfter_ofARate_isExactWhereNoOtherWasToldATimeWhicheverRatesBind() {
        int exact = 0;
        for (long seed = 1; seed <= 300; seed++) {
            Random random = new Random(seed);
            int rate = 1 + random.nextInt(500);
            int tenantRate = 1 + random.nextInt(1_000);
            Admission admission = open(b -> b.maxMessagesPerSec(rate)
                    .tenantMaxMessagesPerSec(tenantRate)
                    .burstMultiplier(BigDecimal.ONE));
            EffectiveRates lowered = admission.effectiveRates(TENTH + random.nextInt(900));
            List<Connection> connections = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                connections.add(admission.connection("t", "c" + i, 0));
            }
            long now = SECOND;
            long lastTold = now;
            for (int i = 0; i < 400; i++) {
                now += random.nextInt(4_000_000);
                Connection connection = connections.get(random.nextInt(3));
                EffectiveRates rates = random.nextBoolean() ? lowered : null;
                int messages = 1 + random.nextInt(3);
                Reservation reservation = new Reservation();
                if (admission.admit(connection, reservation, Priority.CALL, rates, messages, 1, now)
                                == Decision.ADMITTED
                        || reservation.retryAfterNanos() < 0) {
                    continue;
                }
                long told = reservation.retryAfterNanos();
                long interval = messages * (SECOND + reservation.limit() - 1) / reservation.limit() + messages;
                if (now - lastTold > 0) {
                    exact++;
                    Reservation early = new Reservation();
                    assertThat(admission.admit(connection, early, Priority.CALL, rates, messages, 1, now + told - 1))
                            .as("seed %d, message %d, a nanosecond early", seed, i)
                            .isEqualTo(Decision.REFUSED);
                    assertThat(early.retryAfterNanos())
                            .as("another time than the first was told")
                            .isGreaterThan(interval - 2L * messages);
                    lastTold = now + told + 2 * interval;
                } else {
                    lastTold = Math.max(lastTold, now + told + interval);
                }
                assertThat(offer(admission, connection, rates, messages, now + told))
                        .as("seed %d, message %d, as told: %s", seed, i, reservation.reason())
                        .isEqualTo(Decision.ADMITTED);
                now += told;
            }
        }
        assertThat(exact).isGreaterThan(1_000);
    }

    @Test
    void retryAfter_ofManyRefusedAtOnce_isALaterTimeForEachAndAllThatObeyAreAdmitted() {
        Admission admission = open(
                b -> b.maxMessagesPerSec(500).burstMultiplier(BigDecimal.ONE).maxMessages(10_000));
        Connection connection = admission.connection("t", "c", 0);
        admittedAtOnce(admission, connection, SECOND);
        // The refusal that ended the burst was told the first time.
        List<Long> told = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            told.add(refusedUntil(admission, connection, SECOND));
        }

        for (int i = 0; i < 500; i++) {
            assertThat(told.get(i)).as("refusal %d", i).isEqualTo((i + 2) * SECOND / 500);
            assertThat(offer(admission, connection, null, 1, SECOND + told.get(i)))
                    .as("refusal %d, as told", i)
                    .isEqualTo(Decision.ADMITTED);
        }
    }

    @Test
    void retryAfter_ofTheTenantsRate_isALaterTimeForEachOfItsConnections() {
        Admission admission = open(b -> b.tenantMaxMessagesPerSec(100).burstMultiplier(BigDecimal.ONE));
        admittedAtOnce(admission, admission.connection("t", "0", 0), SECOND);
        for (int i = 1; i <= 50; i++) {
            Connection connection = admission.connection("t", "c" + i, 0);
            assertThat(refusedUntil(admission, connection, SECOND)).isEqualTo((i + 1) * SECOND / 100);
        }
    }

    @Test
    void retryAfter_ofARate_liesAtMostTenSecondsBehindTheEarliestThenTheEarliestIsToldAgain() {
        Admission admission = open(b -> b.maxMessagesPerSec(10).burstMultiplier(BigDecimal.ONE));
        Connection connection = admission.connection("t", "c", 0);
        admittedAtOnce(admission, connection, SECOND);
        long longest = 0;
        int earliest = 0;
        for (int i = 0; i < 1_000; i++) {
            long told = refusedUntil(admission, connection, SECOND);
            longest = Math.max(longest, told);
            earliest += told == SECOND / 10 ? 1 : 0;
        }

        assertThat(longest).isEqualTo(SECOND / 10 + 10 * SECOND);
        assertThat(earliest).isEqualTo(9);
    }

    @Test
    void probe_atTheRate_reservesNoTimeToComeBack() {
        Admission admission = open(b -> b.maxMessagesPerSec(10).burstMultiplier(BigDecimal.ONE));
        Connection connection = admission.connection("t", "c", 0);
        for (int i = 0; i < 10; i++) {
            assertThat(offer(admission, connection, null, 1, SECOND)).isEqualTo(Decision.ADMITTED);
        }
        for (int i = 0; i < 5; i++) {
            admission.probe(connection, new Reservation(), 1, 1, SECOND);
        }

        assertThat(refusedUntil(admission, connection, SECOND)).isEqualTo(SECOND / 10);
    }

    private static long refusedUntil(Admission admission, Connection connection, long now) {
        Reservation reservation = new Reservation();
        assertThat(admission.admit(connection, reservation, 1, 1, now)).isEqualTo(Decision.REFUSED);
        return reservation.retryAfterNanos();
    }

    @Test
    void update_aSmallerBurst_leavesTheBucketAtWorstEmpty() {
        Admission admission = open(b -> b.maxMessagesPerSec(10).burstMultiplier(new BigDecimal("100")));
        Connection connection = admission.connection("t", "c", 0);
        assertThat(admittedAtOnce(admission, connection, SECOND)).isEqualTo(1_000);

        admission.update(b -> b.maxMessagesPerSec(500).burstMultiplier(new BigDecimal("2.0")));

        assertThat(admittedAtOnce(admission, connection, SECOND)).isZero();
        assertThat(admittedAtOnce(admission, connection, SECOND + SECOND / 10)).isEqualTo(50);
    }

    @Test
    void update_aConnectionsLimits_derivedLimitsOfTheTenantFollow() {
        Admission admission = open(b -> b.tenantMaxMessages(77));
        admission.update(b -> b.maxMessages(20_000).maxBytes(1_000).maxMessagesPerSec(10_000));

        assertThat(admission.config().queueLimits().tenantMaxMessages()).isEqualTo(77);
        assertThat(admission.config().queueLimits().tenantMaxBytes()).isEqualTo(10_000);
        assertThat(admission.config().backpressure().tenantMaxMessagesPerSec()).isEqualTo(100_000);
    }
}
