package io.weir.gateway.upstream;

import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.internal.buffer.BufferInternal;
import io.weir.gateway.session.Payload;
import java.util.List;

/**
 * Sends a body to an upstream, no faster than it reads: what is written lies in direct memory until it is sent, so not
 * more of it is written than the connection's write queue holds. Confined to its event loop.
 */
final class Sending {
    private final HttpClientRequest to;
    private final List<byte[]> segments;
    private final int length;
    private final Promise<Void> whole = Promise.promise();
    private int next;

    Sending(HttpClientRequest to, Payload body) {
        this.to = to;
        this.segments = body.segments();
        this.length = body.length();
    }

    /** Begins; the future is done when all is sent. */
    Future<Void> begin() {
        if (segments.size() <= 1) {
            return to.end(segments.isEmpty() ? Buffer.buffer() : buffer(segments.get(0)));
        }
        to.putHeader("Content-Length", String.valueOf(length));
        to.setWriteQueueMaxSize(Payload.MAX_SEGMENT);
        to.drainHandler(drained -> proceed());
        proceed();
        return whole.future();
    }

    private void proceed() {
        while (next < segments.size() && !to.writeQueueFull()) {
            byte[] segment = segments.get(next++);
            if (next == segments.size()) {
                to.end(buffer(segment)).onComplete(whole);
            } else {
                to.write(buffer(segment));
            }
        }
    }

    /** The segment itself, not a copy. */
    private static Buffer buffer(byte[] segment) {
        return BufferInternal.buffer(Unpooled.wrappedBuffer(segment));
    }
}
