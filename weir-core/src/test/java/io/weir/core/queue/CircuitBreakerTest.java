package io.weir.core.queue;

import static io.weir.core.queue.QueueFixture.MS;
import static io.weir.core.queue.QueueFixture.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Outcome;
import io.weir.core.Reason;
import io.weir.core.admission.Decision;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What opens a circuit and what does not, whose, and for how long. */
class CircuitBreakerTest {
    private final QueueFixture scene = QueueFixture.withCapacity(16);

    /** Has a call of a second-long life of so many nanoseconds, alone, ended so. */
    private Decision run(String tenant, String work, long nanos, Outcome outcome) {
        Offer offer = scene.callOf(tenant, work);
        Decision decision = scene.offer(offer);
        if (decision.isAdmitted()) {
            assertThat(offer.isInFlight()).isTrue();
            pass(nanos);
            scene.queue.finish(offer, outcome, scene.now);
        }
        return decision;
    }

    private void complete(String tenant, String work, long nanos, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(run(tenant, work, nanos, Outcome.COMPLETED)).matches(Decision::isAdmitted);
        }
    }

    /** Lets time pass in ticks. */
    private void pass(long nanos) {
        long end = scene.now + nanos;
        while (end - scene.now > 25 * MS) {
            scene.now += 25 * MS;
            scene.queue.tick(scene.now);
        }
        scene.now = end;
        scene.queue.tick(scene.now);
    }

    private CircuitState state() {
        return scene.queue.stats(scene.now).circuit();
    }

    /**
     * The state after a script: {@code S200} is 200 calls that succeed, {@code F} that fail, {@code C} that are
     * cancelled, each of a millisecond, of two tenants and two operations in turn; {@code +1s} and {@code +1ms} let
     * time pass.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        # ten failures in a row, of several, are a dead upstream; so are five over a second
        S200 F9                       | closed
        S200 F10                      | open
        S200 F9 S1 F9                 | closed
        S200 F4 +1s                   | closed
        S200 F4 +1s F1                | open
        # a cancelled call is neither a success nor a failure
        S200 C1000                    | closed
        S200 F9 C9 F1                 | open
        # open for a second; then tried, until calls have succeeded for half a minute
        S200 F10 +999ms               | open
        S200 F10 +1s                  | half_open
        S200 F10 +1s S8 F1 S8         | half_open
        S200 F10 +1s S8 F1 S8 +29s    | half_open
        S200 F10 +1s S8 F1 S8 +30s    | closed
        S200 F10 +1s +60s             | half_open
        # three failed trials in a row open it again, for two seconds
        S200 F10 +1s F2               | half_open
        S200 F10 +1s F3               | open
        S200 F10 +1s F3 +1999ms       | open
        S200 F10 +1s F3 +2s           | half_open
        """)
    void circuit_afterAScript_isInThatState(String script, String state) {
        int calls = 0;
        for (String each : Token.words(script)) {
            String amount = each.substring(1);
            if (each.startsWith("+")) {
                boolean millis = amount.endsWith("ms");
                long number = Long.parseLong(amount.substring(0, amount.length() - (millis ? 2 : 1)));
                pass(number * (millis ? MS : SECOND));
                continue;
            }
            Outcome outcome = each.startsWith("S")
                    ? Outcome.COMPLETED
                    : each.startsWith("F") ? Outcome.FAILED : Outcome.CANCELLED;
            for (int i = 0; i < Integer.parseInt(amount); i++, calls++) {
                assertThat(run("t" + calls % 2, "w" + calls / 2 % 2, MS, outcome))
                        .matches(Decision::isAdmitted);
            }
        }

        assertThat(state().name()).isEqualToIgnoringCase(state);
    }

    @ParameterizedTest
    @CsvSource({"5, 0", "7, 0", "9, 0", "10, 0", "20, 1", "50, 1", "300, 1", "1000, 1"})
    void circuit_failuresOfAThousand_opensOnlyIfTheyAreMoreThanOfAHundredOneAndMoreThanChance(int permille, int opens) {
        SplittableRandom random = new SplittableRandom(permille);
        for (int i = 0; i < 100_000 && scene.circuit.isEmpty(); i++) {
            Outcome outcome = random.nextInt(1000) < permille ? Outcome.FAILED : Outcome.COMPLETED;
            run("t" + random.nextInt(4), "w" + random.nextInt(4), 1_250_000, outcome);
        }

        assertThat(scene.circuit).hasSize(opens);
    }

    @Test
    void circuit_callsExpireBehindSlowOnes_staysClosed() {
        complete("t", "quick", 20 * MS, 10);
        List<Offer> slow = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            slow.add(scene.admit(scene.callOf("t", "slow")));
        }
        for (int i = 0; i < 60; i++) {
            scene.offer(scene.callOf("u", "quick"));
        }
        pass(45 * SECOND);
        slow.forEach(scene::finish);

        assertThat(scene.queue.stats(scene.now).expired()).isGreaterThan(19);
        assertThat(scene.circuit).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {2, 10, 1_000})
    void circuit_upstreamHangs_opensWithinFiveSecondsWhenEverClientsCancel(long cancelAfterSeconds) {
        complete("t", "quick", 50 * MS, 50);
        complete("u", "other", 300 * MS, 5);
        Deque<Offer> running = new ArrayDeque<>();
        long hung = scene.now;
        long opened = -1;
        while (scene.now - hung < 60 * SECOND && opened < 0) {
            Offer offer = scene.callOf(running.size() % 2 == 0 ? "t" : "u", "quick");
            if (scene.offer(offer) == Decision.DISPATCHED) {
                running.add(offer);
            }
            while (!running.isEmpty() && scene.now - running.getFirst().leftAt >= cancelAfterSeconds * SECOND) {
                scene.queue.finish(running.remove(), Outcome.CANCELLED, scene.now);
            }
            pass(50 * MS);
            opened = state() == CircuitState.OPEN ? scene.now - hung : -1;
        }

        assertThat(opened).isBetween(1L, 5 * SECOND);
    }

    @Test
    void circuit_upstreamHangsAgain_opensWithinFiveSecondsAgain() {
        complete("t", "quick", 50 * MS, 50);
        for (int hang = 0; hang < 4; hang++) {
            List<Offer> stuck = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                stuck.add(scene.admit(scene.callOf("t", "quick")));
            }
            pass(5 * SECOND);
            assertThat(state()).as("hang " + hang).isEqualTo(CircuitState.OPEN);
            pass(15 * SECOND);
            stuck.forEach(scene::finish);
            complete("t", "quick", 50 * MS, 800);
            assertThat(state()).isEqualTo(CircuitState.CLOSED);
        }
    }

    @Test
    void circuit_operationBecomesSlow_opensAtMostOnce() {
        complete("t", "quick", 50 * MS, 50);
        for (int i = 0; i < 50; i++) {
            Offer slow = scene.callOf("t", "quick");
            if (scene.offer(slow).isAdmitted()) {
                pass(20 * SECOND);
                scene.finish(slow);
            } else {
                pass(SECOND);
            }
        }

        assertThat(scene.circuit.stream().filter(CircuitState.OPEN::equals)).hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void circuit_trialsHangAndAreCancelled_neverCloses() {
        complete("t", "quick", 50 * MS, 50);
        Offer stuck = scene.admit(scene.callOf("t", "quick"));
        pass(5 * SECOND);
        assertThat(state()).isEqualTo(CircuitState.OPEN);
        for (int i = 0; i < 100; i++) {
            run("t", "quick", 5 * SECOND, Outcome.CANCELLED);
            pass(SECOND);
            assertThat(state()).isNotEqualTo(CircuitState.CLOSED);
        }
        assertThat(stuck.isInFlight()).isTrue();
        assertThat(scene.circuit).startsWith(CircuitState.OPEN, CircuitState.HALF_OPEN, CircuitState.OPEN);
    }

    @Test
    void circuit_halfOpenWhileOldCallsHoldAllSlots_isTried() {
        QueueFixture small = QueueFixture.withCapacity(2);
        small.learn("t", 50 * MS, 20);
        small.admit("t", "c");
        small.admit("t", "c");
        tickUntil(small, small.now + 5 * SECOND);
        assertThat(small.circuit).containsExactly(CircuitState.OPEN);
        tickUntil(small, small.now + SECOND + 50 * MS);

        Offer trial = small.admit("t", "c");

        assertThat(trial.isInFlight()).isTrue();
        assertThat(small.queue.stats(small.now).inFlight()).isEqualTo(3);
        small.finish(trial);
        assertThat(small.circuit).containsExactly(CircuitState.OPEN, CircuitState.HALF_OPEN);
    }

    private static void tickUntil(QueueFixture small, long end) {
        while (small.now < end) {
            small.now += 25 * MS;
            small.queue.tick(small.now);
        }
    }

    /** Fails calls of two tenants and operations until the circuit opens; returns how many. */
    private int dead(int most) {
        for (int i = 0; i < most; i++) {
            if (!run("t" + i % 2, "w" + i / 2 % 2, MS, Outcome.FAILED).isAdmitted() || state() == CircuitState.OPEN) {
                return i + 1;
            }
        }
        return most;
    }

    @Test
    void circuit_upstreamIsDead_opensAfterTenFailuresAndIsTriedEveryFourSecondsAtLast() {
        complete("t0", "w0", 10 * MS, 100);
        complete("t1", "w1", 10 * MS, 100);

        assertThat(dead(100)).isEqualTo(10);
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Offer refused = scene.callOf("t0", "w0");
            assertThat(scene.offer(refused)).isEqualTo(Decision.SHED);
            assertThat(refused.reason()).isEqualTo(Reason.CIRCUIT_OPEN);
            pauses.add((refused.retryAfterNanos() + SECOND / 2) / SECOND);
            pass(refused.retryAfterNanos());
            assertThat(state()).isEqualTo(CircuitState.HALF_OPEN);
            dead(100);
            assertThat(state()).isEqualTo(CircuitState.OPEN);
        }

        assertThat(pauses).containsExactly(1L, 2L, 4L, 4L, 4L, 4L);
    }

    @Test
    void circuit_trialsHang_pausesTwiceAsLongEachTimeUpToWhatIsConfigured() {
        QueueFixture up = new QueueFixture(
                QueuePolicy.DEFAULT
                        .withCapacity(Capacity.fixed(16))
                        .withCircuit(new CircuitPolicy(
                                true, Duration.ofMillis(200), 1, Duration.ofSeconds(6), Duration.ofSeconds(30))),
                b -> b);
        up.learn("t", 50 * MS, 20);
        up.admit("t", "c");
        List<Long> pauses = new ArrayList<>();
        long open = 0;
        long end = up.now + 300 * SECOND;
        while (pauses.size() < 5 && up.now < end) {
            tickUntil(up, up.now + 25 * MS);
            CircuitState state = up.queue.stats(up.now).circuit();
            if (state == CircuitState.OPEN) {
                open++;
            } else if (state == CircuitState.HALF_OPEN && open > 0) {
                pauses.add(open * 25);
                open = 0;
                up.admit("t", "c");
            }
        }

        assertThat(pauses).containsExactly(1_000L, 2_000L, 4_000L, 6_000L, 6_000L);
    }

    @Test
    void circuit_rollingRestartOfTenSeconds_isOverSoonAfterIt() {
        complete("t0", "w0", 10 * MS, 100);
        complete("t1", "w1", 10 * MS, 100);
        long begun = scene.now;
        long back = -1;
        for (int i = 0; back < 0 && scene.now - begun < 60 * SECOND; i++) {
            boolean down = scene.now - begun < 10 * SECOND;
            Outcome outcome = down ? Outcome.FAILED : Outcome.COMPLETED;
            if (run("t" + i % 2, "w" + i % 2, 10 * MS, outcome).isAdmitted() && !down) {
                back = scene.now - begun;
            } else {
                pass(40 * MS);
            }
        }

        assertThat(back).isBetween(10 * SECOND, 15 * SECOND);
    }

    @Test
    void circuit_oneOperationOfOneTenantFails_isLeftAloneAlone() {
        complete("b", "echo", 5 * MS, 300);
        int refused = 0;
        for (int i = 0; i < 25; i++) {
            if (run("a", "broken", MS, Outcome.FAILED) == Decision.SHED) {
                refused++;
            }
        }

        assertThat(refused).isEqualTo(15);
        assertThat(scene.queue.stats(scene.now).openOperations()).isEqualTo(1);
        complete("b", "echo", 5 * MS, 40);
        complete("a", "echo", 5 * MS, 40);
        complete("b", "broken", 5 * MS, 40);
        assertThat(scene.circuit).isEmpty();
    }

    @Test
    void circuit_onlyOperationFails_isToldAndClosesWithTheFirstSuccess() {
        complete("t", "echo", 5 * MS, 1);
        for (int i = 0; i < 200; i++) {
            run("t", "echo", MS, Outcome.FAILED);
        }
        assertThat(scene.circuit).containsExactly(CircuitState.OPEN);
        assertThat(scene.queue.stats(scene.now).shedByCircuit()).isGreaterThan(150);
        pass(SECOND);

        complete("t", "echo", 5 * MS, 1);

        assertThat(state()).isEqualTo(CircuitState.CLOSED);
    }

    @ParameterizedTest
    @CsvSource({"4, 1, 12", "1, 4, 12", "4, 2, 12"})
    void circuit_someOperationsOfSomeTenantsFailAlways_othersGoOn(int tenants, int broken, int healthy) {
        SplittableRandom random = new SplittableRandom(1);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            int work = random.nextInt(broken + healthy);
            boolean fails = work < broken;
            String tenant = "t" + random.nextInt(fails ? tenants : 4);
            Decision decision = run(tenant, "w" + work, 2 * MS, fails ? Outcome.FAILED : Outcome.COMPLETED);
            if (!decision.isAdmitted() && !fails) {
                refused++;
            }
        }

        assertThat(refused).isZero();
        assertThat(scene.circuit).isEmpty();
    }

    @Test
    void circuit_quickCallsBehindASlowOneOfAServerThatDoesOneAfterTheOther_staysClosed() {
        complete("t", "quick", 5 * MS, 50);
        complete("t", "slow", 60 * SECOND, 1);
        Offer slow = scene.admit(scene.callOf("t", "slow"));
        Offer quick = scene.admit(scene.callOf("u", "quick"));
        for (int i = 0; i < 20; i++) {
            run("u", "quick", 2 * SECOND, Outcome.CANCELLED);
        }
        pass(20 * SECOND);
        scene.finish(slow);
        scene.finish(quick);

        assertThat(scene.circuit).isEmpty();
    }

    @Test
    void circuit_allCallsTakeAHundredTimesAsLongFromNowOn_staysClosed() {
        complete("t", "quick", 20 * MS, 50);
        for (int round = 0; round < 20; round++) {
            List<Offer> running = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                running.add(scene.admit(scene.callOf("t", "quick")));
            }
            pass(2 * SECOND);
            running.forEach(scene::finish);
        }

        assertThat(scene.circuit).isEmpty();
    }

    @Test
    void circuit_unknownOperationsRunForMinutes_staysClosed() {
        List<Offer> running = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            running.add(scene.admit(scene.callOf("t", "long")));
        }
        pass(299 * SECOND);
        running.forEach(scene::finish);

        assertThat(scene.circuit).isEmpty();
    }

    @Test
    void circuit_nothingWasEverAnsweredAndClientsGaveUpOverAndOver_opens() {
        long begun = scene.now;
        while (scene.circuit.isEmpty() && scene.now - begun < 600 * SECOND) {
            List<Offer> running = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                running.add(scene.admit(scene.callOf("t", "never")));
            }
            pass(30 * SECOND);
            running.forEach(each -> scene.queue.finish(each, Outcome.CANCELLED, scene.now));
            pass(25 * MS);
        }

        assertThat(scene.circuit).containsExactly(CircuitState.OPEN);
        assertThat(scene.now - begun).isLessThanOrEqualTo(121 * SECOND);
    }

    @Test
    void circuit_disabled_neverOpens() {
        QueueFixture off = new QueueFixture(
                QueuePolicy.DEFAULT
                        .withCapacity(Capacity.fixed(4))
                        .withCircuit(new CircuitPolicy(
                                false, Duration.ofMillis(1), 1, Duration.ofSeconds(1), Duration.ofSeconds(1))),
                b -> b);
        off.learn("t", MS, 10);
        for (int i = 0; i < 200; i++) {
            off.queue.finish(off.admit("t" + i % 2, "c"), Outcome.FAILED, off.now);
        }
        off.admit("t", "c");
        tickUntil(off, off.now + 100 * SECOND);

        assertThat(off.circuit).isEmpty();
    }
}
