package io.weir.gateway.lineupstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.MemoryPlan;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.line.LineServer;
import io.weir.gateway.line.UnreadLine.Unheard;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** A server that has taken memory for a line. */
    private static LineServer holding(long bytes, Runnable paused) {
        long[] left = {bytes};
        return new FakeLineServer(new Unheard(), 1) {
            @Override
            public Reading reading() {
                return new Reading() {
                    @Override
                    public void pause() {
                        paused.run();
                    }

                    @Override
                    public void resume() {}

                    @Override
                    public long handOver(long most) {
                        long given = Math.min(most, left[0]);
                        left[0] -= given;
                        return given;
                    }
                };
            }
        };
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void enter_lineThatItsServerHasMemoryFor_findsRoomWhereThereIsNoOther(boolean own) {
        MemoryBudget memory = new MemoryBudget(100);
        assertThat(memory.take(100)).isTrue();
        AtomicInteger pauses = new AtomicInteger();
        LineServer server = holding(80, pauses::incrementAndGet);
        Flow flow = new Flow(memory);

        assertThat(flow.enter(FREE + 60, server, own)).isTrue();
        assertThat(pauses).hasValue(own ? 1 : 0);
        assertThat(flow.enter(30, server, own))
                .as("20 are left of what it has, and 10 nowhere")
                .isFalse();
        flow.close();

        assertThat(memory.taken()).as("what others have").isEqualTo(20);
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
