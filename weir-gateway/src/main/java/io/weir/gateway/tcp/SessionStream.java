package io.weir.gateway.tcp;

import io.vertx.core.buffer.Buffer;
import io.weir.gateway.http.Bytes;
import io.weir.gateway.jsonrpc.EventScan;
import io.weir.gateway.proxy.ClientResponse;
import io.weir.gateway.upstream.UpstreamResponse;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the server of a client's session sends without having been asked: each message is written as a line when it is
 * whole, and one that is too long is left out. Confined to its event loop.
 */
final class SessionStream implements ClientResponse, EventScan.Data {
    /** With which a server says that it has no such streams (MCP specification 2025-11-25, transports). */
    private static final int METHOD_NOT_ALLOWED = 405;

    private final LineWriter to;
    private final AnswerText text;
    private final Consumer<End> onEnd;
    private @Nullable EventScan events;
    private boolean unsupported;
    private boolean ended;

    /** What has become of a stream. */
    enum End {
        /** The server had begun it. */
        BEGUN,
        /** It did not begin, which may be otherwise the next time. */
        FAILED,
        /** The server has no such streams. */
        UNSUPPORTED
    }

    /** @param onEnd is told once what has become of the stream */
    SessionStream(TcpLoop loop, LineWriter to, Consumer<End> onEnd) {
        this.to = to;
        this.text = loop.newAnswer();
        this.onEnd = onEnd;
    }

    @Override
    public void json(int status, byte[] body, long retryAfterMillis) {
        // Nobody has asked: there is no one to tell that there is no stream.
        finish();
    }

    @Override
    public void accepted() {
        finish();
    }

    @Override
    public boolean isBegun() {
        return events != null;
    }

    @Override
    public boolean gaveSession() {
        return false;
    }

    @Override
    public void begin(UpstreamResponse from) {
        if (from.statusCode() / 100 == 2 && from.isOfType("text/event-stream")) {
            events = new EventScan(this);
        }
        unsupported = from.statusCode() == METHOD_NOT_ALLOWED;
    }

    @Override
    public void write(Buffer bytes) {
        EventScan scan = events;
        if (!ended && scan != null) {
            Bytes.read(bytes, scan::accept);
        }
    }

    @Override
    public void data(byte[] bytes, int from, int to) {
        text.add(bytes, from, to);
    }

    @Override
    public void eventEnd() {
        if (text.state() == AnswerText.State.FITS && !text.isEmpty()) {
            to.write(text);
        } else {
            var unused = text.handOver();
        }
    }

    @Override
    public boolean isFull() {
        return to.isFull();
    }

    @Override
    public void onDrained(Runnable then) {
        to.whenDrained(then);
    }

    @Override
    public void end() {
        finish();
    }

    @Override
    public void endEarly(byte @Nullable [] message) {
        finish();
    }

    /** Between two lines, always. */
    @Override
    public boolean takesMessage() {
        return true;
    }

    /** It is closed with the connection, and does not keep that open. */
    @Override
    public long connectionEnd() {
        return System.nanoTime() + Long.MAX_VALUE / 2;
    }

    @Override
    public void closeAtEnd() {
        // The connection is the client's, and stays.
    }

    @Override
    public void close() {
        finish();
    }

    private void finish() {
        if (!ended) {
            ended = true;
            text.release();
            onEnd.accept(events != null ? End.BEGUN : unsupported ? End.UNSUPPORTED : End.FAILED);
        }
    }
}
