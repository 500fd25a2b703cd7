package io.weir.gateway.proxy;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.weir.gateway.http.ConnectionReset;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.http.Headers;
import io.weir.gateway.upstream.UpstreamResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Passes an upstream's answer on to the client, byte for byte and unbuffered. A client that reads slowly slows the
 * upstream down: no more than the response's write queue is held for it. Confined to its event loop.
 */
final class Relay {
    private final UpstreamResponse from;
    private final HttpServerRequest request;
    private final HttpServerResponse to;
    private final boolean eventStream;
    private final boolean encoded;
    private final ResponseCheck check;
    private final Listener listener;
    private boolean answered;
    private boolean over;
    private boolean endsWithConnection;
    private boolean discarding;
    private int lineEnds = 2;

    Relay(UpstreamResponse from, HttpServerRequest request) {
        this(from, request, List.of(), new Listener() {});
    }

    /** What is told of an answer that is held against its requests; each once at the most. */
    interface Listener {
        /**
         * One of the requests has its answer, which is passed on after this, or the answer cannot be read.
         *
         * @return false if it is not to be passed on
         */
        default boolean beginsToAnswer() {
            return true;
        }

        /** The answer is for another request: nothing is passed on from here on. */
        default void answersAnother() {}
    }

    /** @param ids of the requests that the answer is to be for; none where nothing is checked */
    Relay(UpstreamResponse from, HttpServerRequest request, List<String> ids, Listener listener) {
        this.from = from;
        this.request = request;
        this.to = request.response();
        this.eventStream = ResponseCheck.isOfType(from, "text/event-stream");
        this.encoded = ResponseCheck.isEncoded(from);
        this.check = new ResponseCheck(from, ids);
        this.listener = listener;
    }

    void begin() {
        if (!mayPass()) {
            return;
        }
        to.setStatusCode(from.statusCode());
        Headers.copy(from.headers(), to.headers(), name -> false);
        boolean bodiless = from.statusCode() == 204 || from.statusCode() == 304;
        if (!bodiless && from.header(HeaderNames.CONTENT_LENGTH) == null) {
            if (request.version() == HttpVersion.HTTP_1_0) {
                // It knows no chunks (RFC 9112, section 6.1): the end of the connection is the end of the answer.
                endsWithConnection = true;
            } else {
                to.setChunked(true);
            }
        }
        if (eventStream) {
            // The client learns at once that the stream stands, not with its first event.
            if (endsWithConnection) {
                // To write the head alone would announce chunks.
                to.write(Buffer.buffer());
            } else {
                to.writeHead();
            }
        }
        from.handler(this::pass);
    }

    private void pass(Buffer bytes) {
        if (over) {
            return;
        }
        if (!check.passes(bytes)) {
            over = true;
            listener.answersAnother();
            return;
        }
        if (!mayPass()) {
            return;
        }
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

    private boolean mayPass() {
        if (!answered && check.isAnswered()) {
            answered = true;
            over = !listener.beginsToAnswer();
        }
        return !over;
    }

    /** Whether the answer has ended without one to any of the requests. */
    boolean isUnanswered() {
        return check.isUnanswered();
    }

    /** Whether its client may ask on another stream for what comes after this. */
    boolean isResumable() {
        return check.isResumable();
    }

    /** Reads an answer that nobody waits for. */
    void drain() {
        if (mayPass()) {
            from.handler(this::pass);
            discard();
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
        boolean writable = takesEvent();
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
    boolean takesEvent() {
        boolean bounded = !to.isChunked() && !endsWithConnection;
        return eventStream && !encoded && !bounded && lineEnds >= 2;
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
