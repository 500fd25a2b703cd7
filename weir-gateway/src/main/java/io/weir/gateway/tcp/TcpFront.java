package io.weir.gateway.tcp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.impl.ConnectionBase;
import io.weir.config.MemoryPlan;
import io.weir.gateway.edge.ConnectionCaps;
import io.weir.gateway.edge.Front;
import io.weir.gateway.edge.OutboundGuard;
import io.weir.gateway.edge.ProxyHeaderHandler;
import io.weir.gateway.http.ConnectionReset;
import io.weir.gateway.http.SocketBuffers;
import io.weir.gateway.http.TcpKeepAlive;
import io.weir.gateway.proxy.LoopContext;
import io.weir.gateway.proxy.UpstreamSessionCloser;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Origin;
import io.weir.gateway.tls.CertificateTenant;
import io.weir.gateway.tls.RecordMemory;
import io.weir.gateway.tls.TlsContext;
import io.weir.gateway.upstream.UpstreamServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** The TCP clients of one event loop. Confined to it. */
public final class TcpFront implements Front {
    /** To Vert.x, a negative port is a free one that the servers of all event loops share. */
    private static final int ANY_PORT_SHARED = -2;

    private final TcpServices services;
    private final Vertx vertx;
    private final TcpLoop loop;
    private final RecordMemory records;
    private final Set<TcpConnection> connections = new LinkedHashSet<>();
    private boolean stopping;

    private TcpFront(TcpServices services, Vertx vertx, LoopContext loop, UpstreamSessionCloser closer) {
        this.services = services;
        this.vertx = vertx;
        UpstreamServer upstream =
                Objects.requireNonNull(loop.upstreams().named(services.config().upstream()));
        this.loop = new TcpLoop(services, loop, closer, upstream);
        records = new RecordMemory(MemoryPlan.tlsRecords(this.loop.proxy().config(), MemoryPlan.eventLoops()));
    }

    /** Makes fronts that share these services. */
    public static Front.Maker maker(TcpServices services) {
        return (vertx, loop, closer) -> new TcpFront(services, vertx, loop, closer);
    }

    @Override
    public Future<Integer> listen() {
        int port = services.config().listen().port();
        NetServerOptions options = TcpKeepAlive.on(new NetServerOptions())
                .setTcpNoDelay(true)
                .setReuseAddress(true)
                .setReusePort(services.config().reusePort());
        return vertx.createNetServer(options)
                .connectHandler(this::connected)
                .listen(
                        port == 0 ? ANY_PORT_SHARED : port,
                        services.config().listen().host())
                .map(NetServer::actualPort);
    }

    private void connected(NetSocket socket) {
        Channel channel = ((ConnectionBase) socket).channel();
        InetAddress peer = channel.remoteAddress() instanceof InetSocketAddress remote
                ? remote.getAddress()
                : InetAddress.getLoopbackAddress();
        String address = services.addresses().key(peer);
        boolean proxy =
                services.config().proxyProtocol() && services.addresses().isTrusted(peer);
        ConnectionCaps caps = services.caps();
        var counters = loop.proxy().counters();
        ConnectionCaps.Place place = stopping || loop.context().isDraining() ? null : caps.open(proxy ? null : address);
        if (place == null) {
            ConnectionReset.gracefully(channel);
            return;
        }
        counters.connectionsOpened.increment();
        SocketBuffers.bound(channel);
        int outbound = loop.proxy().config().edge().maxOutboundBytes();
        socket.setWriteQueueMaxSize(outbound);
        // A client that has no more to say may still read: what it asked is answered.
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        channel.pipeline()
                .addFirst(
                        "outbound",
                        new OutboundGuard(services.responses(), outbound, counters.answersOverBudget::increment));
        TcpConnection made = new TcpConnection(
                loop,
                place,
                socket,
                channel,
                peer.getHostAddress(),
                new Origin(address, caps.nextKey()),
                System.nanoTime());
        // Behind TLS, before Vert.x: it counts what the connection is given.
        channel.pipeline()
                .addBefore(channel.pipeline().lastContext().name(), "end-of-input", new EndOfInput(made::halfClosed));
        connections.add(made);
        socket.closeHandler(closed -> {
            connections.remove(made);
            place.leave();
            made.closed();
        });
        socket.exceptionHandler(failure -> {});
        services.tls().ifPresent(tls -> encrypt(made, channel, tls));
        if (proxy) {
            ProxyHeaderHandler.addTo(channel.pipeline(), client -> proxied(made, place, client), counters);
        } else if (services.tls().isEmpty()) {
            made.ready(tenantOfAll());
        }
    }

    /** A connection that a trusted proxy has opened for a client counts for that client. */
    private boolean proxied(TcpConnection connection, ConnectionCaps.Place place, Optional<InetAddress> client) {
        if (client.isPresent()) {
            String address = services.addresses().key(client.get());
            if (!place.enter(address)) {
                return false;
            }
            connection.proxied(
                    client.get(), new Origin(address, connection.origin().connection()));
        }
        if (services.tls().isEmpty()) {
            connection.ready(tenantOfAll());
        }
        return true;
    }

    private void encrypt(TcpConnection connection, Channel channel, TlsContext tls) {
        SslHandler handler = tls.encrypt(channel, 0, records, () -> {
            loop.proxy().counters().tlsRecordsOverBudget.increment();
            ConnectionReset.now(channel);
        });
        handler.handshakeFuture().addListener(done -> {
            if (!done.isSuccess()) {
                loop.proxy().counters().handshakesFailed.increment();
                services.handshakes().failed(connection.address(), done.cause(), System.nanoTime());
            } else if (handler.engine().getNeedClientAuth()) {
                Optional<String> tenant = CertificateTenant.of(handler.engine().getSession());
                if (tenant.isPresent()) {
                    connection.ready(tenant);
                } else {
                    connection.refuseCertificate();
                }
            } else {
                connection.ready(tenantOfAll());
            }
        });
    }

    /** The tenant of clients that prove nothing; none where they have to show a key or a token. */
    private Optional<String> tenantOfAll() {
        return services.identification().isRequired() ? Optional.empty() : Optional.of(Client.DEFAULT_TENANT);
    }

    @Override
    public void sweep(long now) {
        for (TcpConnection each : new ArrayList<>(connections)) {
            each.sweep(now);
        }
    }

    @Override
    public void extend(long nanos) {
        connections.forEach(each -> each.extend(nanos));
    }

    @Override
    public void beginDrain() {
        List.copyOf(connections).forEach(TcpConnection::closeIfIdle);
    }

    @Override
    public void stop() {
        stopping = true;
        List.copyOf(connections).forEach(TcpConnection::close);
    }

    @Override
    public boolean isStopped() {
        return connections.isEmpty();
    }
}
