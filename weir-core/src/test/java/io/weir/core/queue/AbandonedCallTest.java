package io.weir.core.queue;

import static io.weir.core.queue.QueueFixture.MS;
import static io.weir.core.queue.QueueFixture.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.core.Outcome;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of the slot of a call that was given up. */
class AbandonedCallTest {
    private final QueueFixture scene = QueueFixture.withCapacity(1);

    private long abandon(Offer offer) {
        return scene.queue.abandon(offer, Outcome.CANCELLED, scene.now);
    }

    private void tick(long nanos) {
        scene.now += nanos;
        scene.queue.tick(scene.now);
    }

    @Test
    void abandon_operationIsKnown_holdsTheSlotForWhatItUsuallyTakesSinceItsDispatch() {
        scene.learn("t", 10 * SECOND, 3);
        Offer running = scene.admit("t", "c");
        Offer waits = scene.admit("t", "c");
        scene.now += 4 * SECOND;

        assertThat(abandon(running)).isEqualTo(6 * SECOND);

        assertThat(scene.admission.globalStats().flow().cancelled().messages()).isEqualTo(1);
        assertThat(scene.admission.globalStats().pending().messages()).isEqualTo(1);
        assertThat(scene.queue.stats(scene.now).abandoned()).isEqualTo(1);
        assertThat(scene.queue.stats(scene.now).inFlight()).isZero();
        tick(6 * SECOND - 1);
        assertThat(waits.isInFlight()).isFalse();
        tick(1);
        assertThat(waits.isInFlight()).isTrue();
        assertThat(scene.queue.stats(scene.now).abandoned()).isZero();
    }

    @Test
    void abandon_nothingIsKnown_holdsTheSlotForWhatIsConfigured() {
        QueueFixture other = new QueueFixture(
                QueuePolicy.DEFAULT.withCapacity(Capacity.fixed(1)).withAbandonedHold(Duration.ofSeconds(7)), b -> b);
        Offer running = other.admit("t", "c");
        other.now += 2 * SECOND;

        assertThat(other.queue.abandon(running, Outcome.CANCELLED, other.now)).isEqualTo(5 * SECOND);
    }

    @Test
    void abandon_callIsOlderThanUsual_holdsTheSlotForWhatIsConfigured() {
        scene.learn("t", 100 * MS, 200);
        Offer running = scene.admit("t", "c");
        scene.now += SECOND;

        assertThat(abandon(running)).isEqualTo(29 * SECOND);
    }

    @Test
    void abandon_callIsOlderThanAnyHold_freesTheSlotAtOnce() {
        Offer running = scene.admit("t", "c");
        scene.now += 40 * SECOND;

        assertThat(abandon(running)).isZero();

        assertThat(scene.admit("t", "c").isInFlight()).isTrue();
        assertThat(scene.queue.stats(scene.now).abandoned()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"COMPLETED", "FAILED", "CANCELLED"})
    void finish_abandoned_freesTheSlotOnce(Outcome outcome) {
        Offer running = scene.admit("t", "c");
        Offer waits = scene.admit("t", "c");
        abandon(running);
        scene.now += SECOND;

        assertThat(scene.queue.finish(running, outcome, scene.now)).isTrue();

        assertThat(waits.isInFlight()).isTrue();
        assertThat(scene.queue.finish(running, outcome, scene.now)).isFalse();
        assertThat(abandon(running)).isNegative();
        assertThat(scene.admission.globalStats().flow().cancelled().messages()).isEqualTo(1);
        assertThat(scene.admission.globalStats().pending().messages()).isEqualTo(1);
        tick(60 * SECOND);
        assertThat(scene.queue.stats(scene.now).inFlight()).isEqualTo(1);
    }

    @Test
    void finish_abandonedIsAnsweredLate_isLearnedFrom() {
        scene.learn("t", 100 * MS, 5);
        Offer running = scene.admit("t", "c");
        abandon(running);
        scene.now += 90 * MS;
        scene.queue.finish(running, Outcome.COMPLETED, scene.now);
        Offer next = scene.admit("t", "c");
        scene.now += 10 * SECOND;
        abandon(next);
        scene.queue.finish(next, Outcome.COMPLETED, scene.now);

        assertThat(abandon(scene.admit("t", "c"))).isEqualTo(10 * SECOND);
    }

    @Test
    void abandon_outcomeIsNone_isRefused() {
        Offer running = scene.admit("t", "c");

        assertThatThrownBy(() -> scene.queue.abandon(running, Outcome.COMPLETED, scene.now))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void abandon_waitingOrOver_changesNothing() {
        Offer running = scene.admit("t", "c");
        Offer waits = scene.admit("t", "c");

        assertThat(abandon(waits)).isNegative();
        scene.finish(running);
        assertThat(abandon(running)).isNegative();
        assertThat(scene.queue.stats(scene.now).abandoned()).isZero();
    }

    /**
     * Whoever leaves at once, and comes again, gets no more of an upstream that goes on than its capacity, and once
     * more.
     */
    @ParameterizedTest
    @CsvSource({"0, 10", "5, 10", "0, 60"})
    void abandon_overAndOver_upstreamRunsAtMostTwiceTheCapacity(int known, int seconds) {
        QueueFixture four = QueueFixture.withCapacity(4);
        four.learn("t", seconds * SECOND, known);
        Deque<Long> running = new ArrayDeque<>();
        int most = 0;
        for (int i = 0; i < 20_000; i++) {
            four.now += 15 * MS;
            four.queue.tick(four.now);
            while (!running.isEmpty() && running.getFirst() <= four.now) {
                running.remove();
            }
            Offer offer = four.call("t" + i % 7, "c" + i);
            four.offer(offer);
            if (offer.isInFlight()) {
                running.add(four.now + seconds * SECOND);
                four.queue.abandon(offer, Outcome.CANCELLED, four.now);
            } else {
                four.queue.cancel(offer, four.now);
            }
            most = Math.max(most, running.size());
        }

        assertThat(most).isBetween(4, 8);
    }
}
