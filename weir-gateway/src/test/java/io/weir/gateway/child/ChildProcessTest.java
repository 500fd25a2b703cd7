package io.weir.gateway.child;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.StdioTransport;
import io.weir.gateway.GatewayHarness;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.line.LineServer;
import io.weir.gateway.line.LineServerException;
import io.weir.gateway.line.UnreadLine;
import io.weir.gateway.line.UnreadLine.Unheard;
import io.weir.gateway.lineupstream.TestChild;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChildProcessTest {
    /** Threads of which one cannot be started. */
    private static ThreadFactory failing(int number) {
        AtomicInteger count = new AtomicInteger();
        return body -> count.incrementAndGet() < number
                ? new Thread(body)
                : new Thread(body) {
                    @Override
                    public synchronized void start() {
                        throw new OutOfMemoryError("unable to create native thread");
                    }
                };
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void childWithoutAllItsThreads_isEnded_andItsListenerTold(int missing) throws Exception {
        try (ChildRuntime whole = ChildRuntime.create(new MemoryBudget(1 << 20))) {
            ChildRuntime runtime =
                    new ChildRuntime(whole.groups(), whole.scheduler(), whole.memory(), failing(missing));
            CompletableFuture<LineServerException> failed = new CompletableFuture<>();
            CompletableFuture<Void> gone = new CompletableFuture<>();
            StdioTransport transport =
                    new StdioTransport(List.of("sleep", "600"), Map.of(), Optional.empty(), TestChild.policy(false, 1));
            ChildProcess child = new ChildProcess("up", transport, runtime, new LineServer.Listener() {
                @Override
                public void line(byte[] line) {}

                @Override
                public void drained() {}

                @Override
                public void failed(LineServerException why) {
                    failed.complete(why);
                }

                @Override
                public void gone() {
                    gone.complete(null);
                }
            });

            child.start();

            LineServerException why = failed.get(30, TimeUnit.SECONDS);
            assertThat(why.problem()).isEqualTo(LineServerException.Problem.START);
            assertThat(why).hasMessageContaining("native thread");
            gone.get(30, TimeUnit.SECONDS);
            long process = Long.parseLong(child.label().replace("child ", ""));
            assertThat(process != 0).isEqualTo(missing > 1);
            GatewayHarness.await(
                    "the process is gone",
                    () -> process == 0
                            || ProcessHandle.of(process)
                                    .map(each -> !each.isAlive())
                                    .orElse(true));
        }
    }

    @Test
    void lineThatAChildDoesNotRead_endsWithTheChild() throws Exception {
        try (ChildRuntime runtime = ChildRuntime.create(new MemoryBudget(1 << 20))) {
            StdioTransport transport =
                    new StdioTransport(List.of("sleep", "600"), Map.of(), Optional.empty(), TestChild.policy(false, 1));
            ChildProcess child = new ChildProcess("up", transport, runtime, new Unheard());
            UnreadLine line = new UnreadLine();
            child.start();

            assertThat(child.send(line.line())).isTrue();
            line.awaitBegun();
            child.kill();

            assertThat(line.written()).isFalse();
        }
    }
}
