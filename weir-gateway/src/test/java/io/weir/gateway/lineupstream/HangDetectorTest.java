package io.weir.gateway.lineupstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HangDetectorTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long SILENCE = 10 * SECOND;
    private static final long PATIENCE = 5 * SECOND;

    private final HangDetector detector = new HangDetector();
    private long now;
    private long wroteAt;
    private boolean owes;

    private HangDetector.Step check() {
        return detector.check(now, now - wroteAt, owes, SILENCE, PATIENCE);
    }

    /** Checks every second; what the last check says, and the first one that says anything. */
    private HangDetector.Step pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            now += SECOND;
            HangDetector.Step step = check();
            if (step != HangDetector.Step.NOTHING) {
                return step;
            }
        }
        return HangDetector.Step.NOTHING;
    }

    private void request() {
        owes = true;
        detector.requested(now);
    }

    private void probe() {
        assertThat(pass(1_000)).isEqualTo(HangDetector.Step.PROBE);
        detector.probed();
        detector.probeTaken(now);
    }

    @Test
    void serverThatOwesNothing_isNeverProbed() {
        assertThat(pass(100)).isEqualTo(HangDetector.Step.NOTHING);
    }

    @Test
    void silentServer_isProbedAfterTheSilence_andEndedOnceAfterThePatience() {
        assertThat(pass(3)).isEqualTo(HangDetector.Step.NOTHING);
        request();
        long asked = now;

        probe();
        assertThat(now - asked).isEqualTo(SILENCE);
        assertThat(pass(1_000)).isEqualTo(HangDetector.Step.END);

        assertThat(now - asked).isEqualTo(SILENCE + PATIENCE);
        assertThat(pass(100)).isEqualTo(HangDetector.Step.NOTHING);
    }

    @Test
    void serverThatWrites_startsItsSilenceAnew_whileItOwesMore() {
        request();
        for (int i = 0; i < 20; i++) {
            assertThat(pass(9)).isEqualTo(HangDetector.Step.NOTHING);
            wroteAt = now;
        }
        owes = false;
        assertThat(pass(100)).isEqualTo(HangDetector.Step.NOTHING);
    }

    @Test
    void serverThatAnswersTheProbe_isAlive() {
        request();
        probe();
        assertThat(pass(4)).isEqualTo(HangDetector.Step.NOTHING);
        wroteAt = now;
        long answered = now;

        probe();

        assertThat(now - answered).isGreaterThanOrEqualTo(SILENCE);
    }

    /** A server with one thread that has answered a call, and begins the next one before it sees the probe. */
    @Test
    void serverThatWroteAfterTheProbeWasSent_butBeforeItTookIt_isAlive() {
        request();
        assertThat(pass(1_000)).isEqualTo(HangDetector.Step.PROBE);
        detector.probed();
        wroteAt = now + SECOND / 4;
        detector.probeTaken(now + SECOND / 2);

        assertThat(pass(9)).isEqualTo(HangDetector.Step.NOTHING);
    }

    @Test
    void probeThatWaits_isNotCountedAgainstTheServer() {
        request();
        assertThat(pass(1_000)).isEqualTo(HangDetector.Step.PROBE);
        detector.probed();

        assertThat(pass(100)).isEqualTo(HangDetector.Step.NOTHING);
        detector.probeTaken(now);
        assertThat(pass(100)).isEqualTo(HangDetector.Step.END);
    }

    @Test
    void timeInWhichTheGatewayDidNotRun_isNotCounted() {
        assertThat(pass(1)).isEqualTo(HangDetector.Step.NOTHING);
        request();
        now += 100 * SECOND;
        assertThat(check()).isEqualTo(HangDetector.Step.NOTHING);
        probe();
        now += 100 * SECOND;

        assertThat(check()).isEqualTo(HangDetector.Step.NOTHING);
    }
}
