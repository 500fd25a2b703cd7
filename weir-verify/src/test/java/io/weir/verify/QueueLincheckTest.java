package io.weir.verify;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.WeirConfigBuilder;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.Offer;
import io.weir.core.queue.QueuePolicy;
import io.weir.core.queue.UpstreamListener;
import io.weir.core.queue.UpstreamQueue;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * Linearizability of offering, finishing, cancelling and giving up, in front of an upstream that may have one message.
 */
class QueueLincheckTest {
    private static final long HOUR = 3_600_000_000_000L;

    @Test
    void queue_offerFinishAndCancel_areLinearizable() {
        stress().check(Real.class);
        modelChecking(Effort.of(3, 10, 200)).check(Real.class);
    }

    @Test
    void plantedLostWakeUp_isCaught() {
        assertThatThrownBy(() -> modelChecking(500).check(Forgetful.class))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Invalid execution results");
    }

    private static ModelCheckingOptions modelChecking(int iterations) {
        return new ModelCheckingOptions()
                .actorsBefore(1)
                .actorsAfter(1)
                .threads(2)
                .actorsPerThread(2)
                .iterations(iterations)
                .invocationsPerIteration(Effort.of(100, 200, 10_000))
                .sequentialSpecification(Plain.class);
    }

    private static StressOptions stress() {
        return new StressOptions()
                .actorsBefore(1)
                .actorsAfter(2)
                .threads(2)
                .actorsPerThread(3)
                .iterations(Effort.of(3, 10, 200))
                .invocationsPerIteration(Effort.of(300, 500, 20_000))
                .sequentialSpecification(Plain.class);
    }

    /** Two messages, each offered by one thread at a time; finished and cancelled by anyone. */
    public abstract static class Operations {
        abstract String offer(int which);

        abstract boolean finish(int which);

        abstract boolean cancel(int which);

        abstract boolean abandon(int which);

        @Operation(nonParallelGroup = "first", runOnce = true)
        public String offerFirst() {
            return offer(0);
        }

        @Operation(nonParallelGroup = "second", runOnce = true)
        public String offerSecond() {
            return offer(1);
        }

        @Operation
        public boolean finishFirst() {
            return finish(0);
        }

        @Operation
        public boolean finishSecond() {
            return finish(1);
        }

        @Operation
        public boolean cancelFirst() {
            return cancel(0);
        }

        @Operation
        public boolean cancelSecond() {
            return cancel(1);
        }

        @Operation
        public boolean abandonFirst() {
            return abandon(0);
        }
    }

    /** The core. */
    public static class Real extends Operations implements Offer.Handler {
        private final Admission admission =
                new Admission(new WeirConfigBuilder(1L << 30).build(), PressureListener.NONE);
        private final UpstreamQueue queue = new UpstreamQueue(
                "up", admission, QueuePolicy.DEFAULT.withCapacity(Capacity.fixed(1)), UpstreamListener.NONE, null, 0);
        private final Connection connection = admission.connection("t", "c", 0);
        private final Offer[] offers = {make(), make()};

        private Offer make() {
            return new Offer(connection, "work", 1, 1, Priority.CALL, HOUR, 1, this);
        }

        @Override
        String offer(int which) {
            Decision decision = queue.offer(offers[which], 0);
            return decision.key();
        }

        @Override
        boolean finish(int which) {
            return queue.finish(offers[which], Outcome.COMPLETED, 0);
        }

        @Override
        boolean cancel(int which) {
            return queue.cancel(offers[which], 0);
        }

        @Override
        boolean abandon(int which) {
            return queue.abandon(offers[which], Outcome.CANCELLED, 0) >= 0;
        }

        @Override
        public void dispatched(Offer offer, long now) {}

        @Override
        public void removed(Offer offer, Outcome outcome, long now) {}
    }

    /** What it should do. */
    public static class Plain extends Operations {
        private final Deque<Integer> waiting = new ArrayDeque<>();
        private int running = -1;
        private boolean abandoned;

        @Override
        String offer(int which) {
            if (running < 0) {
                running = which;
                return "dispatched";
            }
            waiting.add(which);
            return "queued";
        }

        @Override
        boolean finish(int which) {
            if (running != which) {
                return false;
            }
            running = waiting.isEmpty() ? -1 : waiting.remove();
            abandoned = false;
            return true;
        }

        @Override
        boolean cancel(int which) {
            return waiting.removeFirstOccurrence(which);
        }

        @Override
        boolean abandon(int which) {
            boolean first = running == which && !abandoned;
            abandoned |= first;
            return first;
        }
    }

    /** As {@link Plain}, but who finds the upstream busy does not look again before it waits. */
    public static class Forgetful extends Operations {
        private final java.util.concurrent.ConcurrentLinkedDeque<Integer> waiting =
                new java.util.concurrent.ConcurrentLinkedDeque<>();
        private final java.util.concurrent.atomic.AtomicInteger running =
                new java.util.concurrent.atomic.AtomicInteger(-1);

        @Override
        String offer(int which) {
            if (running.compareAndSet(-1, which)) {
                return "dispatched";
            }
            waiting.add(which);
            return "queued";
        }

        @Override
        boolean finish(int which) {
            Integer next = waiting.peek();
            if (!running.compareAndSet(which, next == null ? -1 : next)) {
                return false;
            }
            if (next != null) {
                waiting.removeFirstOccurrence(next);
            }
            return true;
        }

        @Override
        boolean abandon(int which) {
            return false;
        }

        @Override
        boolean cancel(int which) {
            return waiting.removeFirstOccurrence(which);
        }
    }
}
