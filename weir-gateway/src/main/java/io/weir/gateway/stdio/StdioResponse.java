package io.weir.gateway.stdio;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.weir.gateway.upstream.UpstreamResponse;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** The response to a request that a child serves, made of the child's messages. Confined to its event loop. */
final class StdioResponse implements UpstreamResponse {
    private final int status;
    private final MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    private final IntConsumer passedOn;
    private final ArrayDeque<Buffer> waiting = new ArrayDeque<>();
    private @Nullable Consumer<Buffer> handler;
    private @Nullable Runnable end;
    private boolean paused;
    private boolean ended;
    private boolean told;

    /** @param passedOn is told how many bytes were given to the handler */
    StdioResponse(int status, IntConsumer passedOn) {
        this.status = status;
        this.passedOn = passedOn;
    }

    @Override
    public int statusCode() {
        return status;
    }

    @Override
    public MultiMap headers() {
        return headers;
    }

    @Override
    public void handler(Consumer<Buffer> to) {
        handler = to;
        proceed();
    }

    @Override
    public void endHandler(Runnable then) {
        end = then;
        proceed();
    }

    @Override
    public void pause() {
        paused = true;
    }

    @Override
    public void resume() {
        paused = false;
        proceed();
    }

    /** More of the body. */
    void write(Buffer bytes) {
        waiting.addLast(bytes);
        proceed();
    }

    /** The body has ended. */
    void end() {
        ended = true;
        proceed();
    }

    private void proceed() {
        Consumer<Buffer> to = handler;
        while (to != null && !paused && !waiting.isEmpty()) {
            Buffer next = waiting.removeFirst();
            passedOn.accept(next.length());
            to.accept(next);
        }
        Runnable then = end;
        if (ended && !told && then != null && to != null && waiting.isEmpty()) {
            told = true;
            then.run();
        }
    }
}
