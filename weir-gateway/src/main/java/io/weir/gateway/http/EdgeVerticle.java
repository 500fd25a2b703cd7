package io.weir.gateway.http;

import io.netty.channel.Channel;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import io.weir.config.EdgeConfig;
import io.weir.config.GatewayConfig;
import io.weir.config.HostPort;
import io.weir.config.UpstreamConfig;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Origin;
import io.weir.gateway.session.Session;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * One event loop of the edge: its share of the client connections, its own connections to the upstreams, and one sweep
 * that looks after all deadlines. Everything here runs on that event loop.
 */
public final class EdgeVerticle extends AbstractVerticle {
    private static final long SWEEP_MILLIS = 250;
    /** To Vert.x, a negative port is a free one that the servers of all event loops share. */
    private static final int ANY_PORT_SHARED = -1;

    private static final long CLOSE_POLL_MILLIS = 10;

    private static final int MAX_LINE = 8 * 1024;

    private final EdgeServices shared;
    private final HostPort listen;
    private final CompletableFuture<Integer> port;
    private final IdentityHashMap<HttpConnection, ClientConnection> connections = new IdentityHashMap<>();
    private final Map<String, UpstreamServer> byPath = new HashMap<>();
    private final Map<String, UpstreamServer> byName = new HashMap<>();
    private final InFlightSet exchanges = new InFlightSet();
    private final RequestRules rules;
    private final Set<PostHandler> receiving = new LinkedHashSet<>();
    private final UpstreamSessionCloser sessionCloser = new UpstreamSessionCloser(this, byName);
    private boolean draining;
    private boolean stopping;

    /**
     * An event loop, one of those that listen together.
     *
     * @param port is told the port that was taken
     */
    public EdgeVerticle(EdgeServices shared, HostPort listen, CompletableFuture<Integer> port) {
        this.shared = shared;
        this.listen = listen;
        this.port = port;
        this.rules = new RequestRules(shared.config(), listen);
    }

    /**
     * Begins to listen; to be called once, when all event loops are deployed: what is made here takes threads from the same round-robin that
     * gives each event loop its own.
     *
     * @return succeeds when clients can connect
     */
    public Future<Void> listen() {
        Promise<Void> listening = Promise.promise();
        run(() -> begin(listening));
        return listening.future();
    }

    private void begin(Promise<Void> started) {
        GatewayConfig config = shared.config();
        for (UpstreamConfig upstream : config.upstreams()) {
            UpstreamServer made =
                    new UpstreamServer(vertx, upstream, shared.upstream(upstream.name()), shared.counters());
            byName.put(upstream.name(), made);
            byPath.put("/" + upstream.name() + "/mcp", made);
            if (config.upstreams().size() == 1) {
                byPath.put("/mcp", made);
            }
        }
        vertx.setPeriodic(SWEEP_MILLIS, timer -> sweep());
        vertx.createHttpServer(options(config.edge()))
                .connectionHandler(this::connected)
                .invalidRequestHandler(request -> ErrorResponses.faultAndClose(request.response(), 400, "not HTTP/1.1"))
                .requestHandler(this::serve)
                .listen(listen.port() == 0 ? ANY_PORT_SHARED : listen.port(), listen.host())
                .onSuccess(listening -> {
                    port.complete(listening.actualPort());
                    started.complete();
                })
                .onFailure(started::fail);
    }

    /**
     * Closes all connections. Vert.x would wait for those that do not read until they do, and not stop: here, each is gone after
     * {@link ConnectionReset#LINGER_MILLIS} at the latest.
     */
    @Override
    public void stop(Promise<Void> stopped) {
        stopping = true;
        byName.values().forEach(UpstreamServer::close);
        connections.keySet().forEach(ConnectionReset::gracefully);
        stopWhenClosed(stopped);
    }

    private void stopWhenClosed(Promise<Void> stopped) {
        if (connections.isEmpty()) {
            stopped.complete();
        } else {
            later(CLOSE_POLL_MILLIS, () -> stopWhenClosed(stopped));
        }
    }

    private static HttpServerOptions options(EdgeConfig edge) {
        return TcpKeepAlive.on(new HttpServerOptions())
                .setHttp2ClearTextEnabled(false)
                .setMaxHeaderSize(edge.maxHeaderBytes())
                .setMaxInitialLineLength(Math.min(MAX_LINE, edge.maxHeaderBytes()))
                .setHandle100ContinueAutomatically(false)
                .setCompressionSupported(false)
                .setTcpNoDelay(true)
                .setReuseAddress(true);
    }

    private void connected(HttpConnection connection) {
        Channel channel = ((ConnectionBase) connection).channel();
        InetAddress peer = channel.remoteAddress() instanceof InetSocketAddress remote
                ? remote.getAddress()
                : InetAddress.getLoopbackAddress();
        boolean proxy = shared.addresses().isTrusted(peer);
        String address = shared.addresses().key(peer);
        ConnectionCaps caps = shared.connections();
        if (stopping || !(proxy ? caps.open() : caps.open(address))) {
            shared.counters().connectionsRefused.increment();
            ConnectionReset.gracefully(connection);
            return;
        }
        shared.counters().connectionsOpened.increment();
        EdgeConfig edge = shared.config().edge();
        RequestFraming framing = new RequestFraming(edge.maxHeaderBytes(), edge.maxHeaders());
        String key = caps.nextKey();
        Origin origin = new Origin(address, proxy ? null : key);
        ClientConnection made = new ClientConnection(
                key, peer, origin, proxy, channel, framing, new HeadMemory(shared.heads()), System.nanoTime());
        SocketBuffers.bound(channel);
        channel.pipeline()
                .addFirst(
                        "outbound",
                        new OutboundGuard(
                                shared.answers(),
                                edge.maxOutboundBytes(),
                                shared.counters().answersOverBudget::increment));
        channel.pipeline().addFirst("framing", new FramingHandler(framing, made, shared.counters()));
        if (proxy && shared.config().proxies().proxyProtocol()) {
            channel.pipeline()
                    .addFirst(
                            "proxy-header", new ProxyHeaderHandler(client -> proxied(made, client), shared.counters()))
                    .addFirst("proxy-decoder", new HAProxyMessageDecoder());
        }
        connections.put(connection, made);
        connection.closeHandler(closed -> {
            connections.remove(connection);
            made.closed();
            if (made.countsForItsAddress()) {
                caps.close(made.origin().address());
            } else {
                caps.close();
            }
        });
        connection.exceptionHandler(failure -> {});
    }

    /** A connection that a trusted proxy has opened for that client counts for that client. */
    private boolean proxied(ClientConnection connection, InetAddress client) {
        String address = shared.addresses().key(client);
        if (!shared.connections().enter(address)) {
            return false;
        }
        connection.proxied(client, new Origin(address, connection.key()));
        return true;
    }

    private void serve(HttpServerRequest request) {
        ClientConnection connection = connections.get(request.connection());
        if (connection == null) {
            ConnectionReset.now(request.connection());
            return;
        }
        if (connection.isRefused()) {
            // What was sent behind a request that ends the connection is not served.
            return;
        }
        if (connection.isFlooding(shared.config().edge().maxOutboundBytes())) {
            shared.counters().slowReaders.increment();
            ConnectionReset.now(request.connection());
            return;
        }
        request.response().setWriteQueueMaxSize(shared.config().edge().maxOutboundBytes());
        request.response().exceptionHandler(failure -> {});
        request.response().headersEndHandler(head -> beginAnswer(request, connection, null));
        Headers.endHop(request.headers());
        shared.protectedNames().dropAlike(request.headers());
        request.response().endHandler(end -> endAnswer(request, connection));
        RequestRules.Fault fault = rules.check(request.headers());
        if (fault != null) {
            shared.counters().malformedRequests.increment();
            refuseAndClose(request, fault.status(), fault.message());
            return;
        }
        String origin = Cors.origin(request.headers());
        // A page can read all that is answered from here on.
        request.response().headersEndHandler(head -> beginAnswer(request, connection, origin));
        UpstreamServer upstream = upstreamAt(request.path());
        if (upstream == null) {
            refuseAndClose(request, 404, "no MCP server at this path; the paths are " + paths());
            return;
        }
        if (Cors.isPreflight(request)) {
            Cors.answerPreflight(request);
            return;
        }
        if (request.query() != null) {
            refuseAndClose(
                    request,
                    400,
                    "a query is not passed on to the server; leave it out, or ask the operator to add it to the"
                            + " upstream's url");
            return;
        }
        Optional<String> tenant = Credentials.tenant(shared.apiKeys(), request.headers());
        if (tenant.isEmpty()) {
            shared.counters().unauthorized.increment();
            request.response().putHeader("WWW-Authenticate", "Bearer realm=\"weir\"");
            refuseAndClose(request, 401, "send a valid API key as Authorization: Bearer KEY or X-API-Key: KEY");
            return;
        }
        shared.config().tenantHeader().ifPresent(header -> request.headers().set(header, tenant.get()));
        Origin from = origin(request, connection);
        if (from == null) {
            shared.counters().malformedRequests.increment();
            refuseAndClose(
                    request,
                    400,
                    "X-Forwarded-For and Forwarded name different clients; the proxy must remove what it does not set");
            return;
        }
        dispatch(request, connection, from, upstream, tenant.get());
    }

    /** Where a request comes from, which its headers say from here on in the gateway's words; null if they contradict each other. */
    private @Nullable Origin origin(HttpServerRequest request, ClientConnection connection) {
        String client = connection.addressText();
        Origin origin = connection.origin();
        if (connection.isSharedProxy()) {
            InetAddress forwarded = shared.addresses().forwarded(connection.address(), request.headers());
            if (forwarded == null) {
                return null;
            }
            client = forwarded.getHostAddress();
            origin = new Origin(shared.addresses().key(forwarded), null);
        } else if (!connection.isTrustedProxy() && ClientAddresses.saysForwarded(request.headers())) {
            shared.untrustedProxies().note(connection.address());
            origin = new Origin(origin.address(), origin.connection(), ClientAddresses.claim(request.headers()));
        }
        ClientAddresses.replaceClaims(request.headers(), client, connection.isSharedProxy());
        return origin;
    }

    private void beginAnswer(HttpServerRequest request, ClientConnection connection, @Nullable String origin) {
        connection.beginAnswer();
        if (origin != null) {
            Cors.allow(origin, request.response().headers());
        }
        if (draining) {
            request.response().headers().set("Connection", "close");
        }
    }

    private void endAnswer(HttpServerRequest request, ClientConnection connection) {
        connection.endAnswer(System.nanoTime());
        if (draining && "close".equals(request.response().headers().get("Connection"))) {
            ConnectionReset.gracefully(request.connection());
        }
    }

    /** Many clients and servers write their paths with a slash at the end. */
    private @Nullable UpstreamServer upstreamAt(@Nullable String path) {
        if (path == null) {
            return null;
        }
        return byPath.get(path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
    }

    private void dispatch(
            HttpServerRequest request,
            ClientConnection connection,
            Origin origin,
            UpstreamServer upstream,
            String tenant) {
        if (draining && request.method().name().equals("GET")) {
            refuseAndClose(request, 503, ErrorResponses.SHUTTING_DOWN);
            return;
        }
        String name = upstream.config().name();
        String sessionId = request.getHeader(HeaderNames.SESSION_ID);
        Session session = shared.sessions().find(name, sessionId).orElse(null);
        // With keys, an id that this gateway did not see issued may be another tenant's.
        boolean unknown =
                session == null && sessionId != null && shared.apiKeys().isPresent();
        if (unknown || (session != null && !session.tenant().equals(tenant))) {
            refuseAndClose(request, 404, "Session not found");
            return;
        }
        Client client =
                session == null ? connection.lastClient().of(tenant, origin, request.headers()) : session.client();
        if (session == null && !shared.requestAdmission().knows(client, System.nanoTime())) {
            shared.counters().clientsRefused.increment();
            request.response().putHeader("Retry-After", "1");
            refuseAndClose(request, 503, "too many clients are active; retry in 1000 ms");
            return;
        }
        switch (request.method().name()) {
            case "POST" -> new PostHandler(this, request, upstream, client, origin, session).begin();
            case "GET" -> {
                shared.counters().gets.increment();
                if (isWithinControlRate(request, client, shared.counters().getsRefused)) {
                    new GetStreamHandler(this, request, upstream, client, session).begin();
                }
            }
            case "DELETE" -> {
                shared.counters().deletes.increment();
                // A session can be ended once, and that frees what it held.
                boolean free = session != null && session.endsFirst();
                if (free || isWithinControlRate(request, client, shared.counters().deletesRefused)) {
                    new DeleteHandler(this, request, upstream, client, session).begin();
                }
            }
            default -> {
                request.response().putHeader("Allow", "GET, POST, DELETE");
                refuseAndClose(request, 405, "the methods here are POST, GET and DELETE");
            }
        }
    }

    /** Counts a request without a body; answers it where its client sends too many. */
    private boolean isWithinControlRate(HttpServerRequest request, Client client, LongAdder refused) {
        if (shared.requestAdmission().countBodyless(client, System.nanoTime())) {
            return true;
        }
        refused.increment();
        request.response().putHeader("Retry-After", "1");
        ErrorResponses.fault(request.response(), 429, "too many requests of this kind; retry in 1000 ms");
        return false;
    }

    private String paths() {
        return String.join(", ", byPath.keySet().stream().sorted().toList());
    }

    private void sweep() {
        long now = System.nanoTime();
        exchanges.sweep(now);
        byName.values().forEach(upstream -> upstream.sweep(now));
        EdgeConfig edge = shared.config().edge();
        for (ClientConnection connection : new ArrayList<>(connections.values())) {
            ClientConnection.Overdue overdue = connection.overdue(edge, now);
            if (overdue != null) {
                if (overdue == ClientConnection.Overdue.SLOW_READER) {
                    shared.counters().slowReaders.increment();
                } else if (overdue != ClientConnection.Overdue.IDLE) {
                    shared.counters().clientTimeouts.increment();
                }
                connection.close(overdue);
            }
        }
    }

    EdgeServices shared() {
        return shared;
    }

    InFlightSet exchanges() {
        return exchanges;
    }

    /** Runs on a worker, so that the event loop is not held up; the result comes back to it. */
    <T extends @Nullable Object> Future<T> offLoop(Callable<T> work) {
        return vertx.executeBlocking(work, false);
    }

    /** ErrorResponses a request whose body is not read, and closes the connection once the client could have read that. */
    void refuseAndClose(HttpServerRequest request, int status, String message) {
        request.handler(ignored -> {});
        request.endHandler(ignored -> {});
        request.resume();
        ErrorResponses.faultAndClose(request.response(), status, message);
        HttpConnection connection = request.connection();
        ClientConnection refused = connections.get(connection);
        if (refused != null && refused.refuse()) {
            later(ConnectionReset.LINGER_MILLIS, () -> ConnectionReset.gracefully(connection));
        }
    }

    /** Runs on this event loop after a while. */
    void later(long millis, Runnable work) {
        vertx.setTimer(millis, timer -> work.run());
    }

    /** Ends sessions that gave their place to others, and says so. */
    void endEvicted(List<Session> sessions) {
        if (!sessions.isEmpty()) {
            shared.evictions().note(sessions, System.nanoTime());
            sessionCloser.end(sessions);
        }
    }

    UpstreamSessionCloser sessionCloser() {
        return sessionCloser;
    }

    /** Runs on this event loop. */
    public void run(Runnable work) {
        context.runOnContext(ignored -> work.run());
    }

    /** Forgets sessions that were idle for too long, and ends them at their upstreams. */
    public void expireSessions() {
        long now = System.nanoTime();
        shared.initializes().forgetFull(now);
        List<Session> expired = shared.sessions().forgetIdle(now);
        shared.counters().sessionsExpired.add(expired.size());
        sessionCloser.end(expired);
    }

    /** How many exchanges a shutdown has to wait for. */
    public int underWay() {
        return exchanges.holdingShutdown();
    }

    /** Ends what is under way; whoever waits for an answer gets one. Returns how many requests had not arrived whole. */
    public int abortAll() {
        exchanges.abortAll(System.nanoTime());
        int unread = receiving.size();
        List.copyOf(receiving).forEach(PostHandler::abortReceiving);
        return unread;
    }

    /** From now on every answer ends its connection, and nothing begins but what serves that which is in flight. */
    public void beginDrain() {
        draining = true;
    }

    boolean isDraining() {
        return draining;
    }

    /** The requests whose bodies are being received. */
    Set<PostHandler> receiving() {
        return receiving;
    }
}
