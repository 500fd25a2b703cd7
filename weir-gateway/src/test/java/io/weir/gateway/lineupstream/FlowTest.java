package io.weir.gateway.lineupstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.MemoryPlan;
import io.weir.gateway.http.MemoryBudget;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class FlowTest {
    private static final int FREE = (int) MemoryPlan.PAUSED_UPSTREAM;

    @Test
    void enter_withinTheClientsOwnRoom_takesNothingOfTheMemory() {
        MemoryBudget memory = new MemoryBudget(0);
        Flow flow = new Flow(memory);

        assertThat(flow.enterNow(FREE)).isTrue();
        assertThat(flow.enterNow(1)).isFalse();
        flow.leave(1);
        assertThat(flow.enterNow(1)).isTrue();
    }

    @Test
    void enter_beyondIt_takesOfTheMemory_andGivesItBack() {
        MemoryBudget memory = new MemoryBudget(100);
        Flow flow = new Flow(memory);

        assertThat(flow.enterNow(FREE + 60)).isTrue();
        assertThat(memory.taken()).isEqualTo(60);
        assertThat(flow.enterNow(50)).isFalse();
        assertThat(flow.enterNow(40)).isTrue();
        flow.leave(FREE + 60);
        assertThat(memory.taken()).isZero();
        assertThat(flow.enterNow(FREE)).isTrue();
        assertThat(memory.taken()).isEqualTo(40);
        flow.close();
        assertThat(memory.taken()).isZero();
        assertThat(flow.enterNow(1)).isFalse();
    }

    @Test
    void enter_thatMayWait_waitsUntilTheClientHasRead() throws Exception {
        Flow flow = new Flow(new MemoryBudget(0));
        assertThat(flow.enterWaiting(FREE)).isTrue();

        CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(() -> flow.enterWaiting(10));
        Thread.sleep(50);
        assertThat(waiting).isNotDone();
        flow.leave(FREE);
        assertThat(waiting.get()).isTrue();
    }

    @Test
    void close_endsAWait() throws Exception {
        Flow flow = new Flow(new MemoryBudget(0));
        assertThat(flow.enterWaiting(FREE)).isTrue();
        CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(() -> flow.enterWaiting(10));

        flow.close();

        assertThat(waiting.get()).isFalse();
    }
}
