package io.weir.sim.goodput;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.sim.run.Message;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PolicyGateTest {
    private static final class Fifo implements Policy, Discipline {
        private final Deque<Message> waiting = new ArrayDeque<>();

        @Override
        public boolean offer(long now) {
            return true;
        }

        @Override
        public Discipline discipline() {
            return this;
        }

        @Override
        public boolean add(Message message, long now) {
            return waiting.add(message);
        }

        @Override
        public @Nullable Message poll(long now, List<Message> dropped) {
            return waiting.poll();
        }
    }

    @Test
    void queueOfItsOwn_isServedAsSoonAsAServerIsIdle() {
        Goodput queueOfItsOwn = Goodput.of(Load.NINE_TENTHS, Fifo::new, 1);
        Goodput queueOfTheUpstream = Goodput.of(Load.NINE_TENTHS, () -> now -> true, 1);

        assertThat(queueOfItsOwn.goodput()).isEqualTo(queueOfTheUpstream.goodput());
    }
}
