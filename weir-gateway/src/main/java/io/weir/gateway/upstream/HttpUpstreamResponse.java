package io.weir.gateway.upstream;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import java.util.function.Consumer;

/** A response that comes over HTTP. Confined to its event loop. */
record HttpUpstreamResponse(HttpClientResponse from) implements UpstreamResponse {
    @Override
    public int statusCode() {
        return from.statusCode();
    }

    @Override
    public MultiMap headers() {
        return from.headers();
    }

    @Override
    public void handler(Consumer<Buffer> handler) {
        from.handler(handler::accept);
    }

    @Override
    public void endHandler(Runnable end) {
        from.endHandler(ignored -> end.run());
    }

    @Override
    public void pause() {
        from.pause();
    }

    @Override
    public void resume() {
        from.resume();
    }
}
