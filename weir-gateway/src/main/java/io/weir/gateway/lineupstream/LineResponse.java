package io.weir.gateway.lineupstream;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.weir.gateway.upstream.UpstreamResponse;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** The response to a request that a child serves, made of the child's messages. Confined to its event loop. */
final class LineResponse implements UpstreamResponse {
    private final int status;
    private final MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    private final IntConsumer passedOn;
    private final ArrayDeque<Part> waiting = new ArrayDeque<>();
    private @Nullable Consumer<Buffer> handler;
    private @Nullable Runnable end;
    private boolean paused;
    private boolean ended;
    private boolean told;

    /**
     * A part of the body, and how many bytes of the child's it was made of: not as many as it has, since events have a
     * frame.
     */
    private record Part(Buffer bytes, int counted) {}

    /** @param passedOn is told how many of the child's bytes were given to the handler */
    LineResponse(int status, IntConsumer passedOn) {
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

    /**
     * More of the body.
     *
     * @param counted how many bytes of the child's it was made of
     */
    void write(Buffer bytes, int counted) {
        waiting.addLast(new Part(bytes, counted));
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
            Part next = waiting.removeFirst();
            passedOn.accept(next.counted);
            to.accept(next.bytes);
        }
        Runnable then = end;
        if (ended && !told && then != null && to != null && waiting.isEmpty()) {
            told = true;
            then.run();
        }
    }
}
