package io.weir.gateway.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.util.concurrent.Future;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Closes connections in bounded time, on the side of clients and of upstreams alike.
 *
 * <p>{@code channel.close()} is not enough for either: Vert.x intercepts it and closes when all that was written before
 * is flushed, which never happens if the peer does not read. {@link #now} therefore closes from the head of the
 * pipeline, past Vert.x, and drops what is unflushed, in this process and in the kernel. All methods may be called from
 * any thread, and again.
 */
public final class ConnectionReset {
    /**
     * How long a graceful close may take until it becomes a reset: errors are small, and a peer that reads takes them
     * at once.
     */
    public static final long LINGER_MILLIS = 500;

    private ConnectionReset() {}

    /** Resets the connection at once. */
    public static void now(HttpConnection connection) {
        now(channel(connection));
    }

    /** Resets the channel at once, and runs {@code gone} on its event loop when the socket is gone. */
    public static void now(Channel channel, Runnable gone) {
        now(channel);
        channel.closeFuture().addListener(closed -> gone.run());
    }

    /** Resets the channel at once. */
    @SuppressWarnings("FutureReturnValueIgnored") // the socket is gone either way
    public static void now(Channel channel) {
        try {
            // The kernel is to drop what it has not sent, and to tell the peer with a RST.
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        } catch (ChannelException e) {
            // The socket is gone already.
        }
        ChannelHandlerContext first = channel.pipeline().firstContext();
        if (first != null) {
            first.close();
        }
    }

    /**
     * Closes the connection once what was written is flushed, but resets it if that takes longer than
     * {@link #LINGER_MILLIS}.
     */
    public static void gracefully(HttpConnection connection) {
        gracefully(channel(connection));
    }

    /** As {@link #gracefully(HttpConnection)}. */
    public static void gracefully(Channel channel) {
        if (!channel.close().isDone()) {
            within(channel, LINGER_MILLIS);
        }
    }

    /** Resets the channel unless it is closed within that time. */
    public static void within(Channel channel, long millis) {
        Future<?> bound = channel.eventLoop().schedule(() -> now(channel), millis, TimeUnit.MILLISECONDS);
        channel.closeFuture().addListener(closed -> bound.cancel(false));
    }

    /**
     * Closes the connection of a client once it has taken the answers that were written before, which may be long.
     *
     * @param stall for how long it may read nothing until the connection is reset; up to twice as long
     */
    public static void behindAnswers(HttpConnection connection, Duration stall) {
        behindAnswers(channel(connection), stall);
    }

    /** As {@link #behindAnswers(HttpConnection, Duration)}. */
    public static void behindAnswers(Channel channel, Duration stall) {
        ChannelFuture closing = channel.close();
        if (!closing.isDone()) {
            WriteProgress progress = new WriteProgress();
            channel.eventLoop().execute(() -> progress.advanced(channel));
            Future<?> bound = channel.eventLoop()
                    .scheduleWithFixedDelay(
                            () -> {
                                if (!progress.advanced(channel)) {
                                    now(channel);
                                }
                            },
                            stall.toMillis(),
                            stall.toMillis(),
                            TimeUnit.MILLISECONDS);
            channel.closeFuture().addListener(closed -> bound.cancel(false));
        }
    }

    private static Channel channel(HttpConnection connection) {
        return ((ConnectionBase) connection).channel();
    }
}
