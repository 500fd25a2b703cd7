package io.weir.gateway.proxy;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.weir.gateway.http.ConnectionReset;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.http.Headers;
import io.weir.gateway.upstream.UpstreamResponse;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Answers over HTTP: what comes from an upstream byte for byte and unbuffered. Confined to its event loop. */
final class HttpClientResponse implements ClientResponse {
    private final HttpServerRequest request;
    private final HttpServerResponse to;
    private final long connectionEnd;
    private final Duration stall;
    private final @Nullable RequestRecord record;
    private boolean headCopied;
    private boolean eventStream;
    private boolean encoded;
    private boolean endsWithConnection;
    private int lineEnds = 2;

    /**
     * The response to a request.
     *
     * @param connectionEnd when the connection is too old, in nanoseconds of the monotonic clock
     * @param stall how long the client may read nothing of what was written before the connection is closed
     * @param record is told its end where that closes the connection; the edge tells of every other
     */
    HttpClientResponse(HttpServerRequest request, long connectionEnd, Duration stall, @Nullable RequestRecord record) {
        this.record = record;
        this.request = request;
        this.connectionEnd = connectionEnd;
        this.stall = stall;
        this.to = request.response();
    }

    @Override
    public void json(int status, byte[] body, long retryAfterMillis) {
        if (headCopied && !to.headWritten()) {
            to.headers().clear();
        }
        if (retryAfterMillis > 0) {
            long millis = TimeUnit.SECONDS.toMillis(1);
            to.putHeader("Retry-After", String.valueOf((retryAfterMillis + millis - 1) / millis));
        }
        ErrorResponses.json(to, status, body);
    }

    @Override
    public void accepted() {
        to.setStatusCode(202).end();
    }

    @Override
    public boolean isBegun() {
        return to.headWritten();
    }

    @Override
    public boolean gaveSession() {
        return to.headWritten();
    }

    @Override
    public void begin(UpstreamResponse from) {
        headCopied = true;
        eventStream = from.isOfType("text/event-stream");
        encoded = ResponseCheck.isEncoded(from);
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
    }

    @Override
    public void write(Buffer bytes) {
        if (eventStream) {
            follow(bytes);
        }
        to.write(bytes);
    }

    @Override
    public boolean isFull() {
        return to.writeQueueFull();
    }

    @Override
    public void onDrained(Runnable then) {
        to.drainHandler(drained -> then.run());
    }

    @Override
    public void end() {
        to.end();
        if (endsWithConnection) {
            closeBehindAnswers();
        }
    }

    @Override
    public void endEarly(byte @Nullable [] message) {
        boolean writable = takesMessage();
        if (writable && message != null) {
            to.write(Buffer.buffer("data: ").appendBytes(message).appendString("\n\n"));
        }
        if (writable && to.isChunked()) {
            to.end();
        } else {
            close();
        }
    }

    /** As an event of a stream. Within a compressed body nothing can be written. */
    @Override
    public boolean takesMessage() {
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

    @Override
    public long connectionEnd() {
        return connectionEnd;
    }

    @Override
    public void closeAtEnd() {
        to.putHeader("Connection", "close");
        to.endHandler(end -> {
            if (record != null) {
                record.responded(to.getStatusCode(), to.bytesWritten(), false);
            }
            closeBehindAnswers();
        });
    }

    private void closeBehindAnswers() {
        ConnectionReset.behindAnswers(request.connection(), stall);
    }

    @Override
    public void close() {
        ConnectionReset.gracefully(request.connection());
    }
}
