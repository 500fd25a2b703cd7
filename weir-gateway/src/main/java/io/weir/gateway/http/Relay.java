package io.weir.gateway.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServerResponse;

/**
 * Passes an upstream's answer on to the client, byte for byte and unbuffered. A client that reads slowly slows the
 * upstream down: no more than the response's write queue is held for it. Confined to its event loop.
 */
final class Relay {
    private final HttpClientResponse from;
    private final HttpServerResponse to;
    private final boolean eventStream;
    private boolean discarding;
    private int lineEnds = 2;

    Relay(HttpClientResponse from, HttpServerResponse to) {
        this.from = from;
        this.to = to;
        String type = from.getHeader("Content-Type");
        this.eventStream = type != null && type.regionMatches(true, 0, "text/event-stream", 0, 17);
    }

    void begin() {
        to.setStatusCode(from.statusCode());
        Headers.copy(from.headers(), to.headers(), name -> false);
        boolean bodiless = from.statusCode() == 204 || from.statusCode() == 304;
        if (!bodiless && from.getHeader("Content-Length") == null) {
            to.setChunked(true);
        }
        if (eventStream) {
            // The client learns at once that the stream stands, not with its first event.
            to.writeHead();
        }
        from.handler(this::pass);
    }

    private void pass(Buffer bytes) {
        if (discarding) {
            return;
        }
        if (eventStream) {
            follow(bytes);
        }
        to.write(bytes);
        if (to.writeQueueFull()) {
            from.pause();
            to.drainHandler(drained -> from.resume());
        }
    }

    /** Reads on and throws away what comes: the client is gone and the upstream is to finish its work. */
    void discard() {
        discarding = true;
        from.resume();
    }

    /** Whether an event of this gateway's own can be written now without touching one of the upstream's. */
    boolean isBetweenEvents() {
        return eventStream && lineEnds >= 2;
    }

    private void follow(Buffer bytes) {
        for (int i = Math.max(0, bytes.length() - 4); i < bytes.length(); i++) {
            byte b = bytes.getByte(i);
            if (b == '\n') {
                lineEnds++;
            } else if (b != '\r') {
                lineEnds = 0;
            }
        }
    }
}
