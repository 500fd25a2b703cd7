package io.weir.gateway.stdio;

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

        assertThat(flow.enter(FREE, false)).isTrue();
        assertThat(flow.enter(1, false)).isFalse();
        flow.leave(1);
        assertThat(flow.enter(1, false)).isTrue();
    }

    @Test
    void enter_beyondIt_takesOfTheMemory_andGivesItBack() {
        MemoryBudget memory = new MemoryBudget(100);
        Flow flow = new Flow(memory);

        assertThat(flow.enter(FREE + 60, false)).isTrue();
        assertThat(memory.taken()).isEqualTo(60);
        assertThat(flow.enter(50, false)).isFalse();
        assertThat(flow.enter(40, false)).isTrue();
        flow.leave(FREE + 60);
        assertThat(memory.taken()).isZero();
        assertThat(flow.enter(FREE, false)).isTrue();
        assertThat(memory.taken()).isEqualTo(40);
        flow.close();
        assertThat(memory.taken()).isZero();
        assertThat(flow.enter(1, false)).isFalse();
    }

    @Test
    void enter_thatMayWait_waitsUntilTheClientHasRead() throws Exception {
        Flow flow = new Flow(new MemoryBudget(0));
        assertThat(flow.enter(FREE, true)).isTrue();

        CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(() -> flow.enter(10, true));
        Thread.sleep(50);
        assertThat(waiting).isNotDone();
        flow.leave(FREE);
        assertThat(waiting.get()).isTrue();
    }

    @Test
    void close_endsAWait() throws Exception {
        Flow flow = new Flow(new MemoryBudget(0));
        assertThat(flow.enter(FREE, true)).isTrue();
        CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(() -> flow.enter(10, true));

        flow.close();

        assertThat(waiting.get()).isFalse();
    }
}
