package io.weir.gateway.ops;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Sends events (SSE) to a few readers. One that does not read {@value #MAX_UNREAD_BYTES} bytes is cut off, so that all of them
 * hold a bounded part of memory; it may come again. Thread-safe.
 */
final class EventStreams {
    static final int MAX_READERS = 4;
    static final int MAX_UNREAD_BYTES = 128 * 1024;

    private final Vertx vertx;
    private final Set<Reader> readers = ConcurrentHashMap.newKeySet();

    EventStreams(Vertx vertx) {
        this.vertx = vertx;
    }

    private record Reader(Context context, HttpServerResponse response) {}

    /** Begins to send events to who asks, or says that there are too many. On the event loop of the request. */
    void open(AdminRequest request) {
        if (readers.size() >= MAX_READERS) {
            request.http().response().putHeader("Retry-After", "10");
            request.answer(
                    AdminRequest.Answer.error(503, MAX_READERS + " readers have this open already; close one of them"));
            return;
        }
        HttpServerResponse response = request.http()
                .response()
                .setChunked(true)
                .putHeader("Content-Type", "text/event-stream")
                .putHeader("Cache-Control", "no-store");
        if (request.http().method().equals(HttpMethod.HEAD)) {
            response.end();
            return;
        }
        response.setWriteQueueMaxSize(MAX_UNREAD_BYTES);
        Reader reader = new Reader(vertx.getOrCreateContext(), response);
        response.closeHandler(closed -> readers.remove(reader));
        response.exceptionHandler(failed -> readers.remove(reader));
        readers.add(reader);
        response.write("retry: 2000\n\n");
    }

    /** Whether there is anybody to send to. */
    boolean isWatched() {
        return !readers.isEmpty();
    }

    /** How many readers there are. */
    int readers() {
        return readers.size();
    }

    /** Sends one line of JSON to all; returns at once. */
    void send(String line) {
        Buffer event = Buffer.buffer("data: " + line.strip() + "\n\n");
        readers.forEach(reader -> reader.context.runOnContext(ignored -> send(reader, event)));
    }

    private void send(Reader reader, Buffer event) {
        if (reader.response.closed()) {
            readers.remove(reader);
        } else if (reader.response.writeQueueFull()) {
            readers.remove(reader);
            reader.response.reset();
        } else {
            reader.response.write(event);
        }
    }
}
