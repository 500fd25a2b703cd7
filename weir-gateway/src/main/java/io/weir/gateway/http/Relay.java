package io.weir.gateway.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * Passes an upstream's answer on to the client, byte for byte and unbuffered. A client that reads slowly slows the
 * upstream down: no more than the response's write queue is held for it. Confined to its event loop.
 */
final class Relay {
    private final HttpClientResponse from;
    private final HttpServerRequest request;
    private final HttpServerResponse to;
    private final boolean eventStream;
    private final boolean encoded;
    private boolean endsWithConnection;
    private boolean discarding;
    private int lineEnds = 2;

    Relay(HttpClientResponse from, HttpServerRequest request) {
        this.from = from;
        this.request = request;
        this.to = request.response();
        String type = from.getHeader("Content-Type");
        this.eventStream = type != null && type.regionMatches(true, 0, "text/event-stream", 0, 17);
        String encoding = from.getHeader("Content-Encoding");
        this.encoded = encoding != null && !encoding.equalsIgnoreCase("identity");
    }

    void begin() {
        to.setStatusCode(from.statusCode());
        Headers.copy(from.headers(), to.headers(), name -> false);
        boolean bodiless = from.statusCode() == 204 || from.statusCode() == 304;
        if (!bodiless && from.getHeader("Content-Length") == null) {
            if (request.version() == HttpVersion.HTTP_1_0) {
                // It knows no chunks (RFC 9112, section 6.1): the end of the connection is the end of the answer.
                endsWithConnection = true;
            } else {
                to.setChunked(true);
            }
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

    /** The upstream's answer has ended: so does the client's. */
    void end() {
        to.end();
        if (endsWithConnection) {
            ConnectionReset.gracefully(request.connection());
        }
    }

    /**
     * Ends the client's answer before the upstream's: between two events of a stream, as if the server had ended it, and everywhere else by
     * closing the connection, so that a part is never taken for the whole.
     *
     * @param event the data of an event of the gateway's own to end with; null for none
     */
    void endEarly(byte @Nullable [] event) {
        boolean bounded = !to.isChunked() && !endsWithConnection;
        boolean writable = isBetweenEvents() && !bounded;
        if (writable && event != null) {
            to.write(Buffer.buffer("data: ").appendBytes(event).appendString("\n\n"));
        }
        if (writable && to.isChunked()) {
            to.end();
        } else {
            ConnectionReset.gracefully(request.connection());
        }
    }

    /** Reads on and throws away what comes: the client is gone and the upstream is to finish its work. */
    void discard() {
        discarding = true;
        from.resume();
    }

    /**
     * Whether an event of this gateway's own can be written now without touching one of the upstream's. Within a compressed body nothing
     * can be.
     */
    private boolean isBetweenEvents() {
        return eventStream && !encoded && lineEnds >= 2;
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
