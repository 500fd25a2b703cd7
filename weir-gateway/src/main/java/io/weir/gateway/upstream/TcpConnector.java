package io.weir.gateway.upstream;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.impl.ConnectionBase;
import io.weir.config.TcpTransport;
import io.weir.gateway.http.ConnectionReset;
import io.weir.gateway.http.SocketBuffers;
import io.weir.gateway.http.TcpKeepAlive;
import io.weir.gateway.line.LineMemory;
import io.weir.gateway.tls.TlsContext;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;

/** Connects to one server over TCP from one event loop. Confined to it. */
public final class TcpConnector {
    private final Vertx vertx;
    private final Context context;
    private final TcpTransport transport;
    private final Optional<TlsContext> tls;
    private final LineMemory memory;
    private final NetClient client;

    /**
     * Connects from the current event loop.
     *
     * @param tls what connections are encrypted with, if they are
     * @param memory for lines of the server that are longer than usual
     */
    public TcpConnector(Vertx vertx, TcpTransport transport, Optional<TlsContext> tls, LineMemory memory) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.transport = transport;
        this.tls = tls;
        this.memory = memory;
        this.client = vertx.createNetClient(TcpKeepAlive.on(new NetClientOptions())
                .setConnectTimeout((int) transport.connectTimeout().toMillis())
                .setTcpNoDelay(true));
    }

    /** Connects no more. Not before all connections are closed. To be called on this event loop. */
    public void close() {
        client.close();
    }

    TcpTransport transport() {
        return transport;
    }

    LineMemory memory() {
        return memory;
    }

    /** Runs on this event loop, later. May be called from any thread. */
    void run(Runnable work) {
        try {
            context.runOnContext(ignored -> work.run());
        } catch (RejectedExecutionException e) {
            // The event loop has ended, and its connections with it.
        }
    }

    /** Runs on this event loop after a while. To be called there. */
    void later(long millis, Runnable work) {
        vertx.setTimer(millis, timer -> work.run());
    }

    /** Opens a connection, and its TLS where it is encrypted. To be called on this event loop. */
    Future<NetSocket> connect() {
        return client.connect(transport.url().getPort(), transport.host()).compose(socket -> {
            SocketBuffers.bound(((ConnectionBase) socket).channel());
            return tls.isEmpty() ? Future.succeededFuture(socket) : encrypted(socket, tls.get());
        });
    }

    private Future<NetSocket> encrypted(NetSocket socket, TlsContext with) {
        Channel channel = ((ConnectionBase) socket).channel();
        SslHandler handler = with.handler(
                channel.alloc(),
                transport.tls().serverName().orElse(transport.host()),
                transport.url().getPort(),
                transport.connectTimeout().toMillis());
        channel.pipeline().addFirst("ssl", handler);
        Promise<NetSocket> done = Promise.promise();
        handler.handshakeFuture().addListener(handshake -> {
            if (handshake.isSuccess()) {
                done.complete(socket);
            } else {
                ConnectionReset.now(channel);
                done.fail(UpstreamConnection.handshakeFailure(handshake.cause()));
            }
        });
        return done.future();
    }
}
