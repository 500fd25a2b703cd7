package io.weir.core.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.core.ConnectionOrder;
import io.weir.core.ConnectionPage;
import io.weir.core.ConnectionStats;
import io.weir.core.Conservation;
import io.weir.core.Count;
import io.weir.core.FlowStats;
import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.Reason;
import io.weir.core.config.BackpressureAction;
import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.WeirConfig;
import io.weir.core.config.WeirConfigBuilder;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdmissionTest {
    private static final long HEAP = 8L << 30;
    private static final long SECOND = 1_000_000_000L;

    private long now = 5;

    private static WeirConfig config(UnaryOperator<WeirConfigBuilder> change) {
        return change.apply(new WeirConfigBuilder(HEAP)
                        .maxMessagesPerSec(1_000_000)
                        .tenantMaxMessagesPerSec(1_000_000)
                        .enableTenantLimits(true))
                .build();
    }

    private static Admission open(UnaryOperator<WeirConfigBuilder> change) {
        return new Admission(config(change), PressureListener.NONE);
    }

    private Decision offer(Admission admission, String tenant, String key, long bytes) {
        return admission.admit(admission.connection(tenant, key, now), new Reservation(), 1, bytes, now);
    }

    private List<Reservation> admit(Admission admission, String tenant, String key, int count, long bytes) {
        List<Reservation> reservations = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Reservation reservation = new Reservation();
            assertThat(admission.admit(admission.connection(tenant, key, now), reservation, 1, bytes, now))
                    .isEqualTo(Decision.ADMITTED);
            reservations.add(reservation);
        }
        return reservations;
    }

    private static void releaseAll(Admission admission, List<Reservation> reservations) {
        reservations.forEach(reservation ->
                assertThat(admission.release(reservation, Outcome.COMPLETED)).isTrue());
    }

    @Test
    void admit_atTheMessageLimit_refusesAndSaysWhy() {
        Admission admission = open(b -> b.maxMessages(50));
        List<Reservation> held = admit(admission, "t", "c", 50, 10);
        Reservation reservation = new Reservation();

        assertThat(admission.admit(admission.connection("t", "c", now), reservation, 1, 10, now))
                .isEqualTo(Decision.REFUSED);

        assertThat(reservation.reason()).isEqualTo(Reason.CONNECTION_MESSAGES);
        assertThat(reservation.current()).isEqualTo(50);
        assertThat(reservation.limit()).isEqualTo(50);
        assertThat(reservation.retryAfterNanos()).isZero();
        releaseAll(admission, held.subList(0, 1));
        assertThat(offer(admission, "t", "c", 10)).isEqualTo(Decision.ADMITTED);
    }

    @Test
    void admit_atTheByteLimit_refusesAndSaysWhy() {
        Admission admission = open(b -> b.maxBytes(100));
        admit(admission, "t", "c", 1, 60);
        Reservation reservation = new Reservation();

        assertThat(admission.admit(admission.connection("t", "c", now), reservation, 1, 41, now))
                .isEqualTo(Decision.REFUSED);

        assertThat(reservation.reason()).isEqualTo(Reason.CONNECTION_BYTES);
        assertThat(reservation.current()).isEqualTo(60);
        assertThat(reservation.limit()).isEqualTo(100);
        assertThat(offer(admission, "t", "c", 40)).isEqualTo(Decision.ADMITTED);
    }

    @Test
    void admit_largerThanTheLimit_saysThatNoWaitingHelps() {
        Admission admission = open(b -> b.maxBytes(100));
        Reservation reservation = new Reservation();

        admission.admit(admission.connection("t", "c", now), reservation, 1, 101, now);

        assertThat(reservation.reason()).isEqualTo(Reason.CONNECTION_BYTES);
        assertThat(reservation.retryAfterNanos()).isEqualTo(-1);
    }

    @Test
    void admit_atTheTenantLimit_refusesThatTenantAlone() {
        Admission admission = open(b -> b.maxMessages(50).tenantMaxMessages(60));
        admit(admission, "a", "1", 50, 1);
        admit(admission, "a", "2", 10, 1);
        Reservation reservation = new Reservation();

        assertThat(admission.admit(admission.connection("a", "3", now), reservation, 1, 1, now))
                .isEqualTo(Decision.REFUSED);
        assertThat(reservation.reason()).isEqualTo(Reason.TENANT_MESSAGES);
        assertThat(reservation.current()).isEqualTo(60);
        assertThat(offer(admission, "b", "1", 1)).isEqualTo(Decision.ADMITTED);
        assertThat(admission.connectionStats("a", "3").orElseThrow().pending()).isEqualTo(Count.ZERO);
    }

    @Test
    void admit_tenantLimitsOff_countsTenantsAndRefusesNone() {
        Admission admission = open(b -> b.tenantMaxMessages(5).enableTenantLimits(false));

        admit(admission, "a", "1", 20, 1);

        assertThat(admission.tenantStats("a").orElseThrow().pending()).isEqualTo(new Count(20, 20));
    }

    @Test
    void admit_atTheGlobalLimit_refusesEveryoneAndRollsBack() {
        Admission admission = open(b -> b.globalMaxBytes(100));
        admit(admission, "a", "1", 1, 90);
        Reservation reservation = new Reservation();

        assertThat(admission.admit(admission.connection("b", "1", now), reservation, 1, 11, now))
                .isEqualTo(Decision.REFUSED);

        assertThat(reservation.reason()).isEqualTo(Reason.GLOBAL_BYTES);
        assertThat(admission.tenantStats("b").orElseThrow().pending()).isEqualTo(Count.ZERO);
        assertThat(admission.globalStats().pending()).isEqualTo(new Count(1, 90));
    }

    @Test
    void admit_leasedCreditElsewhere_isRecalledBeforeRefusing() throws InterruptedException {
        Admission admission = open(b -> b.maxMessages(100_000).tenantMaxMessages(20_000));
        Thread other = new Thread(() -> releaseAll(admission, admit(admission, "a", "other", 1_000, 1)));
        other.start();
        other.join();

        admit(admission, "a", "1", 20_000, 1);

        assertThat(offer(admission, "a", "1", 1)).isEqualTo(Decision.REFUSED);
        assertThat(admission.tenantStats("a").orElseThrow().pending().messages())
                .isEqualTo(20_000);
    }

    @Test
    void admit_globalCreditLeasedByAnotherTenant_isRecalledBeforeRefusing() {
        Admission admission =
                open(b -> b.maxMessages(100_000).tenantMaxMessages(100_000).globalMaxMessages(90_000));
        releaseAll(admission, admit(admission, "a", "1", 1_000, 1));

        admit(admission, "b", "1", 90_000, 1);

        assertThat(offer(admission, "b", "1", 1)).isEqualTo(Decision.REFUSED);
        assertThat(admission.globalStats().pending().messages()).isEqualTo(90_000);
    }

    @Test
    void admit_atTheRate_refusesWithTheExactWait() {
        Admission admission = open(b -> b.maxMessagesPerSec(500).burstMultiplier(new BigDecimal("0.01")));
        releaseAll(admission, admit(admission, "t", "c", 5, 1));
        Reservation reservation = new Reservation();

        assertThat(admission.admit(admission.connection("t", "c", now), reservation, 1, 1, now))
                .isEqualTo(Decision.REFUSED);
        assertThat(reservation.reason()).isEqualTo(Reason.RATE);
        assertThat(reservation.retryAfterNanos()).isEqualTo(SECOND / 500);

        now += reservation.retryAfterNanos() - 1;
        assertThat(offer(admission, "t", "c", 1)).isEqualTo(Decision.REFUSED);
        now += 1;
        assertThat(offer(admission, "t", "c", 1)).isEqualTo(Decision.ADMITTED);
    }

    @Test
    void admit_atTheTenantRate_leavesTheConnectionsRateUntouched() {
        Admission admission =
                open(b -> b.maxMessagesPerSec(10).tenantMaxMessagesPerSec(10).burstMultiplier(BigDecimal.ONE));
        releaseAll(admission, admit(admission, "t", "1", 10, 1));
        Reservation reservation = new Reservation();

        assertThat(admission.admit(admission.connection("t", "2", now), reservation, 1, 1, now))
                .isEqualTo(Decision.REFUSED);
        assertThat(reservation.reason()).isEqualTo(Reason.TENANT_RATE);

        admission.update(b -> b.enableTenantLimits(false));
        releaseAll(admission, admit(admission, "t", "2", 10, 1));
    }

    @Test
    void admit_clockStepsBack_doesNotRefillNorThrow() {
        Admission admission = open(b -> b.maxMessagesPerSec(10).burstMultiplier(BigDecimal.ONE));
        now = 10 * SECOND;
        releaseAll(admission, admit(admission, "t", "c", 10, 1));
        now = SECOND;
        Reservation reservation = new Reservation();

        admission.admit(admission.connection("t", "c", now), reservation, 1, 1, now);

        assertThat(reservation.reason()).isEqualTo(Reason.RATE);
        assertThat(reservation.retryAfterNanos()).isEqualTo(SECOND / 10);
    }

    @Test
    void admit_actions_decideWhatTurningAwayMeans() {
        Admission admission = open(b -> b.maxMessages(0));
        for (BackpressureAction action : BackpressureAction.values()) {
            admission.update(b -> b.backpressureAction(action));
            offer(admission, "t", "c", 7);
        }

        FlowStats flow = admission.connectionStats("t", "c").orElseThrow().flow();
        assertThat(flow.refused()).isEqualTo(new Count(2, 14));
        assertThat(flow.dropped()).isEqualTo(new Count(2, 14));
        assertThat(flow.disconnected()).isEqualTo(new Count(1, 7));
        assertThat(flow.byReason()).containsExactly(java.util.Map.entry(Reason.CONNECTION_MESSAGES, new Count(5, 35)));
        Conservation.assertHolds(flow, "");
    }

    @Test
    void admit_aHeldPermit_throws() {
        Admission admission = open(b -> b);
        Reservation reservation = admit(admission, "t", "c", 1, 1).get(0);

        assertThatThrownBy(() -> admission.admit(admission.connection("t", "c", now), reservation, 1, 1, now))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("release");
    }

    @Test
    void probe_changesNothing() {
        Admission admission = open(b -> b.maxMessages(1));
        Connection connection = admission.connection("t", "c", now);

        assertThat(admission.probe(connection, new Reservation(), 1, 1, now)).isEqualTo(Decision.ADMITTED);
        admit(admission, "t", "c", 1, 1);
        assertThat(admission.probe(connection, new Reservation(), 1, 1, now)).isEqualTo(Decision.REFUSED);

        assertThat(admission.globalStats().flow().offered()).isEqualTo(new Count(1, 1));
    }

    @Test
    void release_twice_changesNothing() {
        Admission admission = open(b -> b);
        Reservation reservation = admit(admission, "t", "c", 2, 5).get(0);

        assertThat(admission.release(reservation, Outcome.COMPLETED)).isTrue();
        assertThat(admission.release(reservation, Outcome.FAILED)).isFalse();

        FlowStats flow = admission.globalStats().flow();
        assertThat(flow.completed()).isEqualTo(new Count(1, 5));
        assertThat(flow.failed()).isEqualTo(Count.ZERO);
        assertThat(flow.inFlight()).isEqualTo(new Count(1, 5));
    }

    @Test
    void reservation_onceReleased_canBeOfferedAgain() {
        Admission admission = open(b -> b);
        Connection connection = admission.connection("t", "c", now);
        Reservation reservation = new Reservation();
        admission.admit(connection, reservation, 1, 5, now);
        admission.release(reservation, Outcome.COMPLETED);

        assertThat(admission.admit(connection, reservation, 1, 9, now)).isEqualTo(Decision.ADMITTED);

        assertThat(admission.globalStats().pending()).isEqualTo(new Count(1, 9));
        assertThatThrownBy(() -> admission.admit(connection, reservation, 1, 9, now))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void update_whileItsFunctionRuns_holdsNoLock() {
        Admission admission = open(b -> b.maxMessages(5));
        AtomicInteger calls = new AtomicInteger();

        admission.update(b -> {
            if (calls.getAndIncrement() == 0) {
                // Another thread replaces the configuration meanwhile; the function is called again with that one.
                CompletableFuture.runAsync(() -> admission.update(other -> other.maxMessages(7)))
                        .orTimeout(30, TimeUnit.SECONDS)
                        .join();
            }
            return b.maxBytes(1_000);
        });

        assertThat(calls).hasValue(2);
        assertThat(admission.config().queueLimits().maxMessages()).isEqualTo(7);
        assertThat(admission.config().queueLimits().maxBytes()).isEqualTo(1_000);
    }

    @Test
    void release_neverAdmitted_changesNothing() {
        Admission admission = open(b -> b);

        assertThat(admission.release(new Reservation(), Outcome.COMPLETED)).isFalse();
    }

    @Test
    void release_outcomes_areConserved() {
        Admission admission = open(b -> b);
        List<Reservation> reservations = admit(admission, "t", "c", 6, 10);
        Outcome[] outcomes = {Outcome.COMPLETED, Outcome.FAILED, Outcome.FAILED, Outcome.CANCELLED, Outcome.COMPLETED};
        for (int i = 0; i < outcomes.length; i++) {
            admission.release(reservations.get(i), outcomes[i]);
        }

        FlowStats flow = admission.tenantStats("t").orElseThrow().flow();
        assertThat(flow.completed()).isEqualTo(new Count(2, 20));
        assertThat(flow.failed()).isEqualTo(new Count(2, 20));
        assertThat(flow.cancelled()).isEqualTo(new Count(1, 10));
        assertThat(flow.inFlight()).isEqualTo(new Count(1, 10));
        Conservation.assertHolds(flow, "");
    }

    @Test
    void control_atEveryLimit_isStillAdmitted() {
        Admission admission = open(b -> b.maxMessages(0).tenantMaxMessages(0).globalMaxMessages(0));
        Reservation reservation = new Reservation();

        assertThat(admission.admitControl(admission.connection("t", "c", now), reservation, 1, 9, now))
                .isEqualTo(Decision.ADMITTED);

        assertThat(admission.globalStats().pending()).isEqualTo(Count.ZERO);
        assertThat(admission.globalStats().control()).isEqualTo(new Count(1, 9));
        assertThat(admission.release(reservation, Outcome.COMPLETED)).isTrue();
        assertThat(admission.globalStats().control()).isEqualTo(Count.ZERO);
        Conservation.assertHolds(admission.globalStats().flow(), "");
    }

    @Test
    void control_pastItsOwnBounds_disconnects() {
        Admission admission = open(b -> b.controlMaxMessages(3));
        Connection connection = admission.connection("t", "c", now);
        for (int i = 0; i < 3; i++) {
            admission.admitControl(connection, new Reservation(), 1, 1, now);
        }
        Reservation reservation = new Reservation();

        assertThat(admission.admitControl(connection, reservation, 1, 1, now)).isEqualTo(Decision.DISCONNECTED);

        assertThat(reservation.reason()).isEqualTo(Reason.CONTROL);
        assertThat(admission.globalStats().control()).isEqualTo(new Count(3, 3));
    }

    @Test
    void control_pastTheProcessesBounds_disconnectsAndRollsBack() {
        Admission admission = open(b -> b.globalControlMaxMessages(1));
        admission.admitControl(admission.connection("t", "1", now), new Reservation(), 1, 1, now);
        Reservation reservation = new Reservation();

        assertThat(admission.admitControl(admission.connection("t", "2", now), reservation, 1, 1, now))
                .isEqualTo(Decision.DISCONNECTED);

        assertThat(reservation.reason()).isEqualTo(Reason.GLOBAL_CONTROL);
        assertThat(admission.connectionStats("t", "2").orElseThrow().control()).isEqualTo(Count.ZERO);
    }

    @Test
    void update_invalid_changesNothing() {
        Admission admission = open(b -> b.maxMessages(7));
        WeirConfig before = admission.config();

        assertThatThrownBy(() -> admission.update(b -> b.maxMessages(9).maxBytes(-1)))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessage("max_bytes: must be from 0 to 1099511627774, but is -1");

        assertThat(admission.config()).isSameAs(before);
    }

    @Test
    void update_lowered_admitsNothingUntilBelow() {
        Admission admission = open(b -> b.maxMessages(10));
        List<Reservation> held = admit(admission, "t", "c", 10, 1);

        admission.update(b -> b.maxMessages(5));

        assertThat(offer(admission, "t", "c", 1)).isEqualTo(Decision.REFUSED);
        releaseAll(admission, held.subList(0, 5));
        assertThat(offer(admission, "t", "c", 1)).isEqualTo(Decision.REFUSED);
        releaseAll(admission, held.subList(5, 6));
        assertThat(offer(admission, "t", "c", 1)).isEqualTo(Decision.ADMITTED);
    }

    @Test
    void update_loweredTenantLimit_holdsAgainstLeasedCredit() {
        Admission admission = open(b -> b.maxMessages(100_000).tenantMaxMessages(20_000));
        releaseAll(admission, admit(admission, "t", "c", 1_000, 1));

        admission.update(b -> b.tenantMaxMessages(3));

        admit(admission, "t", "c", 3, 1);
        assertThat(offer(admission, "t", "c", 1)).isEqualTo(Decision.REFUSED);
    }

    @Test
    void reset_startsCountingFromWhatIsInFlight() {
        Admission admission = open(b -> b);
        List<Reservation> held = admit(admission, "t", "c", 3, 10);
        releaseAll(admission, held.subList(0, 2));

        admission.reset(admission.connection("t", "c", now));

        ConnectionStats stats = admission.connectionStats("t", "c").orElseThrow();
        assertThat(stats.pending()).isEqualTo(new Count(1, 10));
        assertThat(stats.flow().admitted()).isEqualTo(new Count(1, 10));
        assertThat(stats.flow().completed()).isEqualTo(Count.ZERO);
        Conservation.assertHolds(stats.flow(), "");
        assertThat(admission.tenantStats("t").orElseThrow().flow().completed()).isEqualTo(new Count(2, 20));
    }

    @Test
    void connection_beyondTheBound_takesThePlaceOfThoseThatHoldNothing() {
        Admission admission = open(b -> b);
        List<Reservation> held = admit(admission, "t", "held", 1, 10);
        for (int i = 0; i < 10_000; i++) {
            now += SECOND;
            Connection made = admission.connection("t", "c" + i, 5, now);
            assertThat(made).isNotNull();
            Reservation reservation = new Reservation();
            assertThat(admission.admit(made, reservation, 1, 10, now)).isEqualTo(Decision.ADMITTED);
            releaseAll(admission, List.of(reservation));
            assertThat(admission.globalStats().connections()).isLessThanOrEqualTo(5);
        }

        releaseAll(admission, held);
        FlowStats flow = admission.globalStats().flow();
        assertThat(flow.admitted().messages()).isEqualTo(10_001);
        assertThat(flow.completed().messages()).isEqualTo(10_001);
        Conservation.assertHolds(flow, "");
    }

    @Test
    void connection_beyondTheBoundWhereAllHoldSomething_isNone() {
        Admission admission = open(b -> b);
        List<Reservation> held = admit(admission, "t", "a", 1, 10);
        List<Reservation> other = admit(admission, "u", "b", 1, 10);

        assertThat(admission.connection("t", "c", 2, now)).isNull();
        assertThat(admission.connection("new", "c", 2, now)).isNull();

        assertThat(admission.connection("t", "a", 2, now)).isNotNull();
        assertThat(admission.globalStats().tenants()).isEqualTo(2);
        releaseAll(admission, held);
        releaseAll(admission, other);
        now += SECOND;
        assertThat(admission.connection("t", "c", 2, now)).isNotNull();
    }

    @Test
    void connection_thatHasUsedItsRate_isNotForgottenForAnother() {
        Admission admission = open(b -> b.maxMessagesPerSec(1).burstMultiplier(new BigDecimal("1")));
        releaseAll(admission, admit(admission, "t", "a", 1, 10));
        assertThat(offer(admission, "t", "a", 1)).isEqualTo(Decision.REFUSED);

        assertThat(admission.connection("t", "b", 1, now)).isNull();

        assertThat(offer(admission, "t", "a", 1)).isEqualTo(Decision.REFUSED);
    }

    @Test
    void admitControl_beyondTenConnectionsRate_turnsTheTenantAway() {
        Admission admission = open(b -> b.controlMaxMessagesPerSec(1).burstMultiplier(new BigDecimal("1")));
        for (int i = 0; i < 10; i++) {
            assertThat(control(admission, "t", "c" + i)).isEqualTo(Decision.ADMITTED);
        }

        assertThat(admission.controlWaitNanos(admission.connection("t", "d", now), 1, now))
                .isEqualTo(SECOND / 10);
        assertThat(control(admission, "t", "d")).isEqualTo(Decision.DISCONNECTED);

        assertThat(control(admission, "other", "d")).isEqualTo(Decision.ADMITTED);
        now += SECOND;
        assertThat(control(admission, "t", "d")).isEqualTo(Decision.ADMITTED);
    }

    private Decision control(Admission admission, String tenant, String key) {
        return admission.admitControl(admission.connection(tenant, key, now), new Reservation(), 1, 1, now);
    }

    @Test
    void cleanUp_forgetsOnlyIdleConnectionsThatHoldNothing() {
        Admission admission = open(b -> b.idleTimeout(Duration.ofMinutes(5)));
        List<Reservation> held = admit(admission, "t", "busy", 1, 1);
        releaseAll(admission, admit(admission, "t", "idle", 4, 1));
        now += 299 * SECOND;
        assertThat(admission.cleanUp(now)).isZero();
        now += SECOND;

        assertThat(admission.cleanUp(now)).isEqualTo(1);

        assertThat(admission.connectionStats("t", "idle")).isEmpty();
        assertThat(admission.connectionStats("t", "busy")).isPresent();
        assertThat(admission.tenantStats("t").orElseThrow().flow().completed()).isEqualTo(new Count(4, 4));
        releaseAll(admission, held);
        assertThat(admission.cleanUp(now)).isEqualTo(1);
        assertThat(admission.tenantStats("t")).isEmpty();
        assertThat(admission.globalStats().flow().completed()).isEqualTo(new Count(5, 5));
        Conservation.assertHolds(admission.globalStats().flow(), "");
    }

    @Test
    void admit_onAForgottenConnection_goesToItsSuccessor() {
        Admission admission = open(b -> b);
        Connection kept = admission.connection("t", "c", now);
        now += 1_000 * SECOND;
        assertThat(admission.cleanUp(now)).isEqualTo(1);

        assertThat(admission.admit(kept, new Reservation(), 1, 1, now)).isEqualTo(Decision.ADMITTED);
        assertThat(admission.connectionStats("t", "c").orElseThrow().pending()).isEqualTo(new Count(1, 1));

        admission.update(b -> b.maxMessages(0));
        assertThat(admission.admit(kept, new Reservation(), 1, 1, now)).isEqualTo(Decision.REFUSED);
        assertThat(admission.connectionStats("t", "c").orElseThrow().flow().refused())
                .isEqualTo(new Count(1, 1));
    }

    @Test
    void close_admitsNothingAndLetsPermitsEnd() {
        Admission admission = open(b -> b.backpressureAction(BackpressureAction.DISCONNECT));
        List<Reservation> held = admit(admission, "t", "c", 2, 1);

        admission.close();

        Reservation reservation = new Reservation();
        assertThat(admission.admit(admission.connection("t", "c", now), reservation, 1, 1, now))
                .isEqualTo(Decision.REFUSED);
        assertThat(reservation.reason()).isEqualTo(Reason.CLOSED);
        releaseAll(admission, held);
        assertThat(admission.globalStats().pending()).isEqualTo(Count.ZERO);
    }

    @Test
    void threshold_ofALimitThatItDoesNotDivide_isReachedAtThatPartAndNotBelow() {
        Limit limit = new Limit(5, 1_001, 75);

        assertThat(limit.isHigh(Amount.of(3, 0))).isFalse();
        assertThat(limit.isHigh(Amount.of(4, 0))).isTrue();
        assertThat(limit.isHigh(Amount.of(0, 750))).isFalse();
        assertThat(limit.isHigh(Amount.of(0, 751))).isTrue();
    }

    @Test
    void pressure_isToldOnceACrossing() {
        List<String> told = new ArrayList<>();
        Admission admission = new Admission(
                config(b -> b.maxMessages(10).queueDepthThresholdPercent(80)),
                p -> told.add(
                        p.scope() + " " + p.name() + " " + p.raised() + " " + p.messages() + "/" + p.maxMessages()));
        List<Reservation> held = admit(admission, "t", "c", 10, 1);
        releaseAll(admission, held.subList(0, 2));
        List<Reservation> more = admit(admission, "t", "c", 2, 1);
        releaseAll(admission, more);
        releaseAll(admission, held.subList(2, 10));

        assertThat(told).containsExactly("CONNECTION c true 8/10", "CONNECTION c false 7/10");
    }

    @Test
    void pressure_ofAReservationThatTheTenantTurnsAway_isNeitherToldNorKept() {
        List<String> told = new ArrayList<>();
        Admission admission = new Admission(
                config(b -> b.maxMessages(1_000).tenantMaxMessages(1_000)),
                pressure -> told.add(pressure.scope() + " " + pressure.name()));
        releaseAll(admission, admit(admission, "t", "a", 100, 1));
        List<Reservation> held = admit(admission, "t", "a", 400, 1);
        Connection idle = admission.connection("t", "b", now);
        assertThat(admission.admit(idle, new Reservation(), 800, 800, now)).isEqualTo(Decision.REFUSED);
        releaseAll(admission, held);

        assertThat(told).isEmpty();
        assertThat(admission.admit(idle, new Reservation(), Priority.BACKGROUND, null, 1, 1, now))
                .isEqualTo(Decision.ADMITTED);
    }

    @Test
    void topConnections_ordersByPending() {
        Admission admission = open(b -> b);
        admit(admission, "t", "a", 2, 1);
        admit(admission, "t", "b", 5, 1);
        admit(admission, "u", "c", 3, 1);

        assertThat(admission.survey(2).connections())
                .extracting(ConnectionStats::key)
                .containsExactly("b", "c");
    }

    /** Three connections: a has the most messages, b the most bytes, c was refused most and is idle longest. */
    private Admission threeConnections() {
        Admission admission = open(b -> b.maxMessages(3).maxBytes(1_000));
        assertThat(offer(admission, "u", "c", 2_000)).isEqualTo(Decision.REFUSED);
        assertThat(offer(admission, "u", "c", 2_000)).isEqualTo(Decision.REFUSED);
        now++;
        admit(admission, "t", "b", 2, 500);
        assertThat(offer(admission, "t", "b", 1)).isEqualTo(Decision.REFUSED);
        now++;
        admit(admission, "t", "a", 3, 10);
        return admission;
    }

    @ParameterizedTest
    @CsvSource({
        "MESSAGES, , 0, 9, 3, a b c",
        "BYTES, , 0, 9, 3, b a c",
        "REJECTED, , 0, 9, 3, c b a",
        "IDLE, , 0, 9, 3, c b a",
        "MESSAGES, , 1, 1, 3, b",
        "MESSAGES, , 2, 5, 3, c",
        "MESSAGES, , 3, 5, 3, ''",
        "MESSAGES, , 2147483647, 2147483647, 3, ''",
        "IDLE, t, 0, 9, 2, b a",
        "IDLE, nobody, 0, 9, 0, ''"
    })
    void connectionPage_isInOrder(
            ConnectionOrder order, String tenant, int from, int most, int total, String expected) {
        ConnectionPage page = threeConnections().connectionPage(order, tenant, from, most, now);

        assertThat(page.total()).isEqualTo(total);
        assertThat(page.connections().stream().map(ConnectionStats::key).collect(Collectors.joining(" ")))
                .isEqualTo(expected);
    }

    @Test
    void connectionPage_ofEqualConnections_isByTenantAndKey() {
        Admission admission = open(b -> b);
        for (String key : List.of("2", "1", "3")) {
            admission.connection("u", key, now);
            admission.connection("t", key, now);
        }

        assertThat(admission
                        .connectionPage(ConnectionOrder.MESSAGES, null, 1, 3, now)
                        .connections())
                .extracting(each -> each.tenant() + each.key())
                .containsExactly("t2", "t3", "u1");
    }

    @Test
    void connectionPage_afterAReset_ranksByWhatWasRejectedSince() {
        Admission admission = threeConnections();

        admission.reset(admission.connection("u", "c", now));

        assertThat(admission
                        .connectionPage(ConnectionOrder.REJECTED, null, 0, 9, now)
                        .connections())
                .extracting(ConnectionStats::key)
                .containsExactly("b", "a", "c");
        assertThat(admission.tenantStats("u").orElseThrow().flow().refused()).isEqualTo(new Count(2, 4_000));
    }

    @Test
    void connectionStats_sayWhenItWasMadeAndLastOffered() {
        Admission admission = open(b -> b);
        admission.connection("t", "a", now);
        now += SECOND;
        admit(admission, "t", "a", 1, 1);
        now += SECOND;

        ConnectionStats stats = admission.connectionStats("t", "a").orElseThrow();

        assertThat(stats.knownSinceNanos()).isEqualTo(5);
        assertThat(stats.lastOfferedNanos()).isEqualTo(5 + SECOND);
    }

    @Test
    void findConnections_findsAsManyAsAskedForOfThoseThatAreKnown() {
        Admission admission = threeConnections();

        assertThat(admission.findConnections(each -> each.key().equals("b"), 5))
                .extracting(Connection::tenant)
                .containsExactly("t");
        assertThat(admission.findConnections(each -> each.tenant().equals("t"), 5))
                .hasSize(2);
        assertThat(admission.findConnections(each -> true, 2)).hasSize(2);
        assertThat(admission.findConnections(each -> each.key().equals("d"), 5)).isEmpty();
    }
}
