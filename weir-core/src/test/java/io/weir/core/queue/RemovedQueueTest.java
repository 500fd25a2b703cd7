package io.weir.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Outcome;
import io.weir.core.Reason;
import io.weir.core.admission.Decision;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A queue that is used no more: it keeps what it holds, under another name, and goes when it holds nothing. */
class RemovedQueueTest {
    private final List<String> lines = new ArrayList<>();
    private final DecisionLog log = new DecisionLog() {
        @Override
        protected void line(String json) {
            lines.add(json);
        }
    };

    private QueueFixture withLog() {
        return new QueueFixture(QueuePolicy.DEFAULT.withCapacity(Capacity.fixed(1)), b -> b, log);
    }

    private UpstreamQueue another(QueueFixture rig) {
        return new UpstreamQueue("up", rig.admission, QueuePolicy.DEFAULT, UpstreamListener.NONE, log, rig.now);
    }

    @Test
    void rename_freesTheName_andWhatWaitsIsDispatchedAsBefore() {
        QueueFixture rig = withLog();
        Offer first = rig.admit("t", "c");
        Offer second = rig.admit("t", "c");

        rig.queue.rename("up~1", rig.now);
        UpstreamQueue successor = another(rig);
        Offer ofSuccessor = rig.call("t", "c");
        assertThat(successor.offer(ofSuccessor, rig.now)).isEqualTo(Decision.DISPATCHED);
        rig.queue.finish(first, Outcome.COMPLETED, rig.now);

        assertThat(rig.dispatched).containsExactly(second);
        assertThat(rig.queue.stats(rig.now).upstream()).isEqualTo("up~1");
        assertThat(successor.stats(rig.now).upstream()).isEqualTo("up");
        assertThat(lines).anyMatch(line -> line.contains("\"e\":\"rename\"") && line.contains("\"as\":\"up~1\""));
        assertThat(lines.get(lines.size() - 1)).contains("\"e\":\"finish\"", "\"q\":\"up~1\"");
    }

    @Test
    void remove_waitsForWhatIsQueuedInFlightAndAbandoned_andThenRefusesWithoutALine() {
        QueueFixture rig = withLog();
        Offer first = rig.admit("t", "c");
        Offer second = rig.admit("t", "c");
        assertThat(rig.queue.remove(rig.now)).as("one in flight, one queued").isFalse();
        rig.queue.cancel(second, rig.now);
        assertThat(rig.queue.remove(rig.now)).as("one in flight").isFalse();
        rig.queue.abandon(first, Outcome.CANCELLED, rig.now);
        assertThat(rig.queue.remove(rig.now)).as("one abandoned").isFalse();
        rig.queue.finish(first, Outcome.COMPLETED, rig.now);

        assertThat(rig.queue.remove(rig.now)).isTrue();

        int before = lines.size();
        assertThat(lines.get(before - 1)).contains("\"e\":\"remove\"");
        Offer late = rig.call("t", "c");
        assertThat(rig.offer(late)).isEqualTo(Decision.REFUSED);
        assertThat(late.reason()).isEqualTo(Reason.CLOSED);
        assertThat(rig.queue.remove(rig.now)).as("again").isTrue();
        rig.queue.tick(rig.now + QueueFixture.SECOND);
        assertThat(lines).hasSize(before);
        assertThat(rig.admission.globalStats().pending().messages()).isZero();
        another(rig);
        log.checkpoint();
        assertThat(lines.get(lines.size() - 1)).containsOnlyOnce("\"q\":\"up\"");
    }
}
