package io.weir.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.weir.config.MemoryPlan;
import io.weir.gateway.http.MemoryBudget;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class OutboundGuardTest {
    private static final int OUTBOUND = 1_000;
    private static final long SHARE = OUTBOUND + MemoryPlan.PAUSED_UPSTREAM;

    private final AtomicInteger refused = new AtomicInteger();

    private EmbeddedChannel slowReader(MemoryBudget budget) {
        EmbeddedChannel channel = new EmbeddedChannel(new OutboundGuard(budget, OUTBOUND, refused::incrementAndGet));
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(OUTBOUND / 2, OUTBOUND));
        return channel;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // nothing is flushed
    private static void fill(EmbeddedChannel channel) {
        channel.write(Unpooled.wrappedBuffer(new byte[2 * OUTBOUND]));
        channel.runPendingTasks();
    }

    @Test
    void writeQueueFull_takesAShare_andDrainedGivesItBack() {
        MemoryBudget budget = new MemoryBudget(10 * SHARE);
        EmbeddedChannel channel = slowReader(budget);

        fill(channel);
        assertThat(budget.taken()).isEqualTo(SHARE);

        channel.flush();
        channel.runPendingTasks();
        assertThat(budget.taken()).isZero();
        assertThat(channel.isOpen()).isTrue();
        channel.finishAndReleaseAll();
    }

    @Test
    void writeQueueFull_noShareLeft_resetsTheConnectionOnce() {
        MemoryBudget budget = new MemoryBudget(2 * SHARE);
        EmbeddedChannel first = slowReader(budget);
        EmbeddedChannel second = slowReader(budget);
        EmbeddedChannel third = slowReader(budget);

        fill(first);
        fill(second);
        fill(third);

        assertThat(first.isOpen()).isTrue();
        assertThat(second.isOpen()).isTrue();
        assertThat(third.isOpen()).isFalse();
        assertThat(refused).hasValue(1);
        assertThat(budget.taken()).isEqualTo(2 * SHARE);
        first.finishAndReleaseAll();
        second.finishAndReleaseAll();
    }

    @Test
    void connectionGone_givesItsShareBackOnce() {
        MemoryBudget budget = new MemoryBudget(2 * SHARE);
        EmbeddedChannel channel = slowReader(budget);
        fill(channel);

        channel.close().syncUninterruptibly();
        channel.runPendingTasks();

        assertThat(budget.taken()).isZero();
        channel.finishAndReleaseAll();
    }
}
