package io.weir.gateway.lineupstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.jsonrpc.EnvelopeReader;
import io.weir.gateway.line.LineServerException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LineLoopTest {
    /** A child that is starting is stopped after the event loops, and tells those that wait for it. */
    @Test
    void run_whenTheEventLoopHasEnded_doesNothing() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        Vertx vertx = Vertx.vertx();
        LineLoop loop = new LineLoop(
                vertx,
                vertx.getOrCreateContext(),
                listener -> new FakeLineServer(listener, 100),
                new MemoryBudget(100),
                new EnvelopeReader());
        CompletableFuture<Void> ran = new CompletableFuture<>();
        loop.run(() -> {
            runs.incrementAndGet();
            ran.complete(null);
        });
        ran.get(30, TimeUnit.SECONDS);
        vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        Conversation conversation = new Conversation("u", loop.servers(), new MemoryBudget(0), true, 0, () -> {});
        SharedServer child = new SharedServer(conversation);
        child.start(0);
        child.whenReady(() -> loop.run(runs::incrementAndGet));

        conversation.failed(new LineServerException(LineServerException.Problem.STOPPED, ""));

        assertThat(child.isReady()).isTrue();
        assertThat(runs).hasValue(1);
    }

    @Test
    void requestThatWaitsForASharedChild_isForgotten_whenItIsGivenUp() throws Exception {
        Conversation conversation = new Conversation(
                "u", listener -> new FakeLineServer(listener, 100), new MemoryBudget(0), true, 0, () -> {});
        SharedServer child = new SharedServer(conversation);
        AtomicInteger runs = new AtomicInteger();
        Runnable first = runs::incrementAndGet;
        Runnable second = () -> runs.addAndGet(10);
        child.whenReady(first);
        child.whenReady(second);

        child.leave(first);
        child.failed(new LineServerException(LineServerException.Problem.STOPPED, ""));
        child.leave(second);

        assertThat(runs).hasValue(10);
    }
}
