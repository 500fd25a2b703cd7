package io.weir.gateway.ops;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.impl.ConnectionBase;
import io.weir.gateway.http.ConnectionReset;
import io.weir.gateway.http.WriteProgress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Sends events (SSE) to a few readers. One that does not read {@value #MAX_UNREAD_BYTES} bytes, or takes nothing for
 * {@value #STALL_SECONDS} s while there is something for it, is cut off: all of them hold a bounded part of memory, and
 * those that do not read keep nobody out. It may come again. Thread-safe.
 */
final class EventStreams {
    static final int MAX_READERS = 4;
    static final int MAX_UNREAD_BYTES = 128 * 1024;
    static final int STALL_SECONDS = 10;

    /**
     * What the kernel keeps of events that are not read yet, about twice that: one that does not read is noticed only
     * when it is full.
     */
    private static final int SEND_BUFFER_BYTES = 16 * 1024;

    private final Vertx vertx;
    private final LongSupplier nanoClock;
    private final Set<Reader> readers = ConcurrentHashMap.newKeySet();

    /** @param nanoClock nanoseconds of the monotonic clock */
    EventStreams(Vertx vertx, LongSupplier nanoClock) {
        this.vertx = vertx;
        this.nanoClock = nanoClock;
    }

    /** Confined to its event loop. */
    private final class Reader {
        private final Context context = vertx.getOrCreateContext();
        private final HttpServerResponse response;
        private final Channel channel;
        private final WriteProgress progress = new WriteProgress();

        /** When it was last seen to have taken something, or to have nothing left to take. */
        private long tookAt = nanoClock.getAsLong();

        Reader(AdminRequest request) {
            response = request.http().response();
            channel = ((ConnectionBase) request.http().connection()).channel();
        }

        void begin() {
            try {
                channel.config().setOption(ChannelOption.SO_SNDBUF, SEND_BUFFER_BYTES);
            } catch (ChannelException e) {
                // The socket is gone already.
            }
            response.setChunked(true)
                    .putHeader("Content-Type", "text/event-stream")
                    .putHeader("Cache-Control", "no-store")
                    .setWriteQueueMaxSize(MAX_UNREAD_BYTES);
            response.closeHandler(closed -> readers.remove(this));
            response.exceptionHandler(failed -> readers.remove(this));
            readers.add(this);
            response.write("retry: 2000\n\n");
        }

        void send(Buffer event) {
            if (response.closed()) {
                readers.remove(this);
            } else if (response.writeQueueFull() || isStalled()) {
                readers.remove(this);
                ConnectionReset.now(channel);
            } else {
                response.write(event);
                // What is pending now is what it has to take until this is asked again.
                progress.advanced(channel);
            }
        }

        private boolean isStalled() {
            long now = nanoClock.getAsLong();
            if (progress.advanced(channel)) {
                tookAt = now;
            }
            return now - tookAt >= TimeUnit.SECONDS.toNanos(STALL_SECONDS);
        }
    }

    /** Begins to send events to who asks, or says that there are too many. On the event loop of the request. */
    void open(AdminRequest request) {
        if (readers.size() >= MAX_READERS) {
            request.http().response().putHeader("Retry-After", "10");
            request.answer(
                    AdminRequest.Answer.error(503, MAX_READERS + " readers have this open already; close one of them"));
        } else if (request.http().method().equals(HttpMethod.HEAD)) {
            request.http()
                    .response()
                    .putHeader("Content-Type", "text/event-stream")
                    .putHeader("Cache-Control", "no-store")
                    .end();
        } else {
            new Reader(request).begin();
        }
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
        readers.forEach(reader -> reader.context.runOnContext(ignored -> reader.send(event)));
    }
}
