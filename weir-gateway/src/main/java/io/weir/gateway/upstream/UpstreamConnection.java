package io.weir.gateway.upstream;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.impl.UnpooledHttpClientConnection;
import io.vertx.core.net.impl.ConnectionBase;
import io.weir.gateway.http.ConnectionReset;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.http.SocketBuffers;
import java.net.ProtocolException;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/** One connection to an upstream, with one request at a time, for one tenant. Confined to its event loop. */
final class UpstreamConnection {
    private static final int SWITCHING_PROTOCOLS = 101;
    private static final int MIN_STATUS = 100;
    private static final int MAX_STATUS = 599;

    /** How much sooner than the server says that it closes an idle connection it is used no more. */
    private static final long MARGIN = TimeUnit.MILLISECONDS.toNanos(500);

    /** How long after a request was sent it may turn out that the connection was closed before. */
    private static final long IDLE_CLOSE = TimeUnit.SECONDS.toNanos(1);

    /** What becomes of a connection. Called on its event loop. */
    interface Owner {
        /** It can be used again. */
        void release(UpstreamConnection connection);

        /** More came on it than the responses to its requests: it serves no other. */
        void spoiled(UpstreamConnection connection);

        /** Its socket is gone; {@code next} gets its slot, if there is one. */
        void closed(UpstreamConnection connection, @Nullable Runnable next);
    }

    private final HttpClientConnection connection;
    private final Channel channel;
    private final Owner owner;
    private final KeepAlive keepAlive;
    private final String tenant;
    private final ResponseDecoder decoder = new ResponseDecoder(ResponseDecoder.MAX_HEADER_SIZE, this::surplus);
    private boolean inUse;
    private boolean spoiled;
    private long idleSince;
    private long grantedNanos = Long.MAX_VALUE;
    private int requests;
    private long requestedAt;
    private boolean received;
    private boolean gone;
    private @Nullable Runnable successor;
    private final @Nullable SslHandler tls;

    /**
     * A connection that stands; {@link #whenReady} says when it can be used.
     *
     * @param tenant whose requests it serves
     * @param encryption makes the handler of TLS; null if there is none
     */
    UpstreamConnection(
            HttpClientConnection connection,
            Owner owner,
            KeepAlive keepAlive,
            String tenant,
            @Nullable Function<ByteBufAllocator, SslHandler> encryption) {
        this.connection = connection;
        this.channel = ((ConnectionBase) ((UnpooledHttpClientConnection) connection).unwrap()).channel();
        this.owner = owner;
        this.keepAlive = keepAlive;
        this.tenant = tenant;
        SocketBuffers.bound(channel);
        connection.closeHandler(closed -> {
            gone = true;
            owner.closed(this, successor);
        });
        connection.exceptionHandler(failure -> {});
        tls = encryption == null ? null : encryption.apply(channel.alloc());
        if (tls != null) {
            channel.pipeline().addFirst("ssl", tls);
        }
        channel.pipeline().replace("codec", "codec", decoder.codec());
        channel.pipeline().addBefore("codec", "bytes", new Bytes());
        channel.pipeline().addBefore("handler", "informational", new InformationalResponses());
    }

    /** Runs one of the two: when it can be used, or when its TLS handshake has failed and it is closed. */
    void whenReady(Runnable ready, Consumer<Throwable> failed) {
        if (tls == null) {
            ready.run();
            return;
        }
        tls.handshakeFuture().addListener(handshake -> {
            if (handshake.isSuccess()) {
                ready.run();
            } else {
                failed.accept(handshakeFailure(handshake.cause()));
            }
        });
    }

    /** Why a TLS handshake failed. */
    static Throwable handshakeFailure(Throwable cause) {
        return cause instanceof SSLException
                ? cause
                : new SSLHandshakeException("it closed the connection without a word");
    }

    /** Notes that bytes of the answer have come. */
    private final class Bytes extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            received = true;
            context.fireChannelRead(message);
        }
    }

    /** Takes out answers that are not final (RFC 9110, section 15.2), which Vert.x takes for final ones. */
    private static final class InformationalResponses extends ChannelInboundHandlerAdapter {
        private boolean inside;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof HttpResponse response) {
                int status = response.status().code();
                if (status == SWITCHING_PROTOCOLS) {
                    ReferenceCountUtil.release(message);
                    context.fireExceptionCaught(new ProtocolException("it switched protocols, which nobody asked for"));
                    return;
                }
                if (status < MIN_STATUS || status > MAX_STATUS) {
                    ReferenceCountUtil.release(message);
                    context.fireExceptionCaught(new ProtocolException("its status is " + status));
                    return;
                }
                inside = status / 100 == 1;
            }
            if (!inside || !(message instanceof HttpObject)) {
                context.fireChannelRead(message);
                return;
            }
            inside = !(message instanceof LastHttpContent);
            ReferenceCountUtil.release(message);
        }
    }

    /** Whether it belongs to that pool. */
    boolean isOf(Owner pool) {
        return owner == pool;
    }

    /** Whose requests it serves. */
    String tenant() {
        return tenant;
    }

    /** Begins a request on this connection, which must have none. */
    Future<HttpClientRequest> request(RequestOptions options) {
        requests++;
        requestedAt = System.nanoTime();
        received = false;
        inUse = true;
        decoder.expect();
        return connection.request(options);
    }

    /** Bytes came that belong to no request. The connection is not used again; an answer before them is whole. */
    private void surplus() {
        if (spoiled) {
            return;
        }
        spoiled = true;
        owner.spoiled(this);
        if (!inUse) {
            ConnectionReset.now(channel);
        }
    }

    /**
     * Whether a request that failed may have met a server that was closing this connection for being idle: it had
     * served before, the request was sent just now, and not one byte came.
     */
    boolean mayHaveBeenIdleTooLong() {
        return requests > 1 && !received && System.nanoTime() - requestedAt < IDLE_CLOSE;
    }

    /** Whether it had a request before this one: what comes may be more than the answer to that. */
    boolean servedBefore() {
        return requests > 1;
    }

    /** The answer has ended: the connection serves the next, or is closed if it cannot. */
    void finished(HttpClientResponse response, boolean sentWhole) {
        inUse = false;
        if (!sentWhole || spoiled) {
            // The server answered before it had read the request; what is left of that is in the way. Or more came than
            // one answer.
            ConnectionReset.now(channel);
        } else if (closes(response)) {
            ConnectionReset.gracefully(channel);
        } else {
            grantedNanos = granted(response.getHeader(HeaderNames.KEEP_ALIVE));
            owner.release(this);
        }
    }

    private boolean closes(HttpClientResponse response) {
        String header = response.getHeader(HeaderNames.CONNECTION);
        String options = header == null ? "" : header.toLowerCase(Locale.ROOT);
        return !channel.isActive()
                || options.contains("close")
                || (response.version() == HttpVersion.HTTP_1_0 && !options.contains("keep-alive"));
    }

    /** How long the server says that it keeps an idle connection ({@code Keep-Alive: timeout=5}), less a margin. */
    private static long granted(@Nullable String keepAlive) {
        if (keepAlive == null) {
            return Long.MAX_VALUE;
        }
        for (String parameter : keepAlive.split(",", -1)) {
            String text = parameter.strip().toLowerCase(Locale.ROOT);
            if (text.startsWith("timeout=")) {
                try {
                    long seconds =
                            Integer.parseInt(text.substring("timeout=".length()).strip());
                    return TimeUnit.SECONDS.toNanos(seconds) - MARGIN;
                } catch (NumberFormatException e) {
                    return Long.MAX_VALUE;
                }
            }
        }
        return Long.MAX_VALUE;
    }

    /** Whether the pool was told that the socket is gone. */
    boolean isGone() {
        return gone;
    }

    boolean isActive() {
        return channel.isActive() && !spoiled;
    }

    void idleSince(long now) {
        idleSince = now;
    }

    long idleNanos(long now) {
        return now - idleSince;
    }

    /** Whether it can take another request. */
    boolean isUsable(long now) {
        return isActive() && now - idleSince < Math.min(keepAlive.nanos(now), grantedNanos);
    }

    /** Closes it without a request under way. */
    void close() {
        ConnectionReset.gracefully(channel);
    }

    /** Closes it without a request under way; its slot goes to {@code next}, which is run when the socket is gone. */
    void closeFor(Runnable next) {
        successor = next;
        ConnectionReset.gracefully(channel);
    }

    /** Closes it whatever is under way, and runs {@code gone} when the socket is gone. */
    void reset(Runnable gone) {
        ConnectionReset.now(channel, gone);
    }
}
