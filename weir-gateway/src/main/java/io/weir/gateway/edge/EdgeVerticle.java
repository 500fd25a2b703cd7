package io.weir.gateway.edge;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.impl.ConnectionBase;
import io.weir.config.EdgeConfig;
import io.weir.config.ForwardedHeaders;
import io.weir.config.GatewayConfig;
import io.weir.config.HostPort;
import io.weir.config.HttpTransport;
import io.weir.config.JwtConfig;
import io.weir.config.MemoryPlan;
import io.weir.gateway.auth.TokenVerdict;
import io.weir.gateway.auth.Tokens;
import io.weir.gateway.http.ConnectionReset;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.http.Headers;
import io.weir.gateway.http.SocketBuffers;
import io.weir.gateway.http.TcpKeepAlive;
import io.weir.gateway.proxy.DeleteHandler;
import io.weir.gateway.proxy.ErrorResponses;
import io.weir.gateway.proxy.GetStreamHandler;
import io.weir.gateway.proxy.LoopContext;
import io.weir.gateway.proxy.MetadataRelay;
import io.weir.gateway.proxy.PostHandler;
import io.weir.gateway.proxy.RequestRecord;
import io.weir.gateway.proxy.RequestRecords;
import io.weir.gateway.proxy.UpstreamSessionCloser;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Origin;
import io.weir.gateway.session.Session;
import io.weir.gateway.session.Sessions;
import io.weir.gateway.tls.CertificateTenant;
import io.weir.gateway.tls.RecordMemory;
import io.weir.gateway.tls.TlsContext;
import io.weir.gateway.upstream.UpstreamServer;
import io.weir.gateway.upstream.UpstreamShared;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * One event loop of the edge: its share of the client connections, its own connections to the upstreams, and one sweep
 * that looks after all deadlines. Everything here runs on that event loop.
 */
public final class EdgeVerticle extends AbstractVerticle {
    /** How often deadlines are looked after. */
    public static final long SWEEP_MILLIS = 250;

    private static final long SWEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(SWEEP_MILLIS);

    /** To Vert.x, a negative port is a free one that the servers of all event loops share. */
    private static final int ANY_PORT_SHARED = -1;

    private static final long CLOSE_POLL_MILLIS = 10;

    private static final int MAX_LINE = 8 * 1024;

    private final EdgeServices services;
    private final HostPort listen;
    private final CompletableFuture<Integer> port;
    private final Optional<Front.Maker> other;
    private final IdentityHashMap<HttpConnection, ClientConnection> connections = new IdentityHashMap<>();
    private final RecordMemory records;
    private final RequestRules rules;
    private ProtectedNames protectedNames;
    private LoopContext loop;
    private UpstreamSessionCloser sessionCloser;
    private MetadataRelay metadata;
    private Optional<Front> front = Optional.empty();
    private boolean stopping;

    /** When deadlines were looked after last. */
    private long swept;

    /**
     * An event loop, one of those that listen together.
     *
     * @param port is told the port that was taken
     * @param other makes another way in for clients, if there is one
     */
    @SuppressWarnings("NullAway.Init") // the rest is made by init, before anything runs
    public EdgeVerticle(
            EdgeServices services, HostPort listen, CompletableFuture<Integer> port, Optional<Front.Maker> other) {
        this.services = services;
        this.listen = listen;
        this.port = port;
        this.other = other;
        this.records = new RecordMemory(MemoryPlan.tlsRecords(services.config(), MemoryPlan.eventLoops()));
        this.rules = new RequestRules(services.config(), listen);
        this.protectedNames = new ProtectedNames(services.config());
    }

    /** From now on those names of hosts and origins are served that this configuration allows. Thread-safe. */
    public void allow(GatewayConfig config) {
        rules.allow(config.allowedHosts(), config.allowedOrigins());
    }

    @Override
    public void init(Vertx owner, Context own) {
        super.init(owner, own);
        loop = new LoopContext(owner, own, services.proxy(), this::refuseAndClose);
        metadata = new MetadataRelay(loop);
        sessionCloser = new UpstreamSessionCloser(loop);
    }

    /**
     * Begins to listen; to be called once, when all event loops are deployed: what is made here takes threads from the
     * same round-robin that gives each event loop its own.
     *
     * @return succeeds when clients can connect
     */
    public Future<Void> listen() {
        Promise<Void> listening = Promise.promise();
        loop.run(() -> begin(listening));
        return listening.future();
    }

    /**
     * Begins to listen for the clients of the other way in, if there is one; to be called once, after {@link #listen}.
     */
    public Future<Integer> listenOther() {
        Promise<Integer> listening = Promise.promise();
        loop.run(() -> {
            front = other.map(maker -> maker.make(vertx, loop, sessionCloser));
            front.map(Front::listen).orElseGet(() -> Future.succeededFuture(0)).onComplete(listening);
        });
        return listening.future();
    }

    private void begin(Promise<Void> started) {
        GatewayConfig config = services.config();
        use(services.upstreams().current());
        swept = System.nanoTime();
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

    private void use(List<UpstreamShared> upstreams) {
        List<UpstreamServer> gone = loop.upstreams().use(upstreams, each -> each.onLoop(vertx, services.counters()));
        long now = System.nanoTime();
        gone.forEach(each -> loop.inFlight().endStreams(each, now));
    }

    /**
     * From now on requests are sent to those upstreams. What requests have begun with others goes on; their streams
     * end. Thread-safe.
     *
     * @param config configures them
     * @return succeeds when that is so
     */
    public Future<Void> use(List<UpstreamShared> upstreams, GatewayConfig config) {
        Promise<Void> used = Promise.promise();
        ProtectedNames names = new ProtectedNames(config);
        loop.run(() -> {
            protectedNames = names;
            use(upstreams);
            used.complete();
        });
        return used.future();
    }

    /** Forgets an upstream that was removed, of which nothing is left. Thread-safe. */
    public void forget(UpstreamShared upstream) {
        loop.run(() -> loop.upstreams().forget(upstream));
    }

    /**
     * Ends a session at an upstream that was removed. Thread-safe.
     *
     * @param done is run when the server has answered, or did not in time, or too many sessions are to be ended
     */
    public void endSession(UpstreamShared upstream, Session session, Runnable done) {
        loop.run(() -> {
            UpstreamServer server = loop.upstreams().removed(upstream);
            if (server == null || !sessionCloser.end(server, session, done)) {
                done.run();
            }
        });
    }

    /**
     * Closes all connections. Vert.x would wait for those that do not read until they do, and not stop: here, each is
     * gone after {@link ConnectionReset#LINGER_MILLIS} at the latest.
     */
    @Override
    public void stop(Promise<Void> stopped) {
        stopping = true;
        loop.upstreams().all().forEach(UpstreamServer::close);
        connections.keySet().forEach(ConnectionReset::gracefully);
        front.ifPresent(Front::stop);
        stopWhenClosed(stopped);
    }

    private void stopWhenClosed(Promise<Void> stopped) {
        if (connections.isEmpty() && front.map(Front::isStopped).orElse(true)) {
            stopped.complete();
        } else {
            loop.later(CLOSE_POLL_MILLIS, () -> stopWhenClosed(stopped));
        }
    }

    private static HttpServerOptions options(EdgeConfig edge) {
        return TcpKeepAlive.on(new HttpServerOptions())
                .setHttp2ClearTextEnabled(false)
                .setMaxHeaderSize(edge.maxHeaderBytes())
                .setMaxInitialLineLength(Math.min(MAX_LINE, edge.maxHeaderBytes()))
                .setHandle100ContinueAutomatically(false)
                .setCompressionSupported(false)
                // Without these, Vert.x adds a WebSocket handler to each connection.
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false)
                .setTcpNoDelay(true)
                .setReuseAddress(true);
    }

    private void connected(HttpConnection connection) {
        Channel channel = ((ConnectionBase) connection).channel();
        InetAddress peer = channel.remoteAddress() instanceof InetSocketAddress remote
                ? remote.getAddress()
                : InetAddress.getLoopbackAddress();
        boolean proxy = services.addresses().isTrusted(peer);
        String address = services.addresses().key(peer);
        ConnectionCaps caps = services.connections();
        ConnectionCaps.Place place = stopping ? null : caps.open(proxy ? null : address);
        if (place == null) {
            ConnectionReset.gracefully(connection);
            return;
        }
        services.counters().connectionsOpened.increment();
        EdgeConfig edge = services.config().edge();
        RequestFraming framing = new RequestFraming(edge.maxHeaderBytes(), edge.maxHeaders());
        String key = caps.nextKey();
        Origin origin = new Origin(address, proxy ? null : key);
        ClientConnection made = new ClientConnection(
                key, peer, origin, proxy, channel, framing, new HeadMemory(services.heads()), System.nanoTime());
        SocketBuffers.bound(channel);
        channel.pipeline()
                .addFirst(
                        "outbound",
                        new OutboundGuard(
                                services.responses(),
                                edge.maxOutboundBytes(),
                                services.counters().answersOverBudget::increment));
        channel.pipeline().addFirst("framing", new FramingHandler(framing, made, services.counters()));
        services.tls().ifPresent(tls -> encrypt(made, place, channel, tls));
        if (proxy && services.config().proxies().proxyProtocol()) {
            ProxyHeaderHandler.addTo(
                    channel.pipeline(),
                    client -> client.isEmpty() || proxied(made, place, client.get()),
                    services.counters());
        }
        connections.put(connection, made);
        connection.closeHandler(closed -> {
            connections.remove(connection);
            made.closed();
            place.leave();
        });
        connection.exceptionHandler(failure -> {});
    }

    /** Puts TLS ahead of what reads and writes plain text. A connection counts as one before its handshake. */
    private void encrypt(ClientConnection connection, ConnectionCaps.Place place, Channel channel, TlsContext tls) {
        connection.beginHandshake();
        SslHandler handler = tls.encrypt(channel, 0, records, () -> {
            services.counters().tlsRecordsOverBudget.increment();
            ConnectionReset.now(channel);
        });
        handler.handshakeFuture().addListener(done -> {
            if (done.isSuccess()) {
                connection.endHandshake(System.nanoTime());
                if (services.config().identity().certificate()) {
                    CertificateTenant.of(handler.engine().getSession()).ifPresent(tenant -> {
                        connection.certified(tenant);
                        // What a proxy passes on is of many tenants.
                        if (!connection.isSharedProxy() && !place.enterTenant(tenant)) {
                            connection.refuse();
                            ConnectionReset.gracefully(channel);
                        }
                    });
                }
            } else {
                services.counters().handshakesFailed.increment();
                services.handshakes().failed(connection.addressText(), done.cause(), System.nanoTime());
            }
        });
    }

    /** A connection that a trusted proxy has opened for that client counts for that client. */
    private boolean proxied(ClientConnection connection, ConnectionCaps.Place place, InetAddress client) {
        String address = services.addresses().key(client);
        if (!place.enter(address)) {
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
        if (connection.isFlooding(services.config().edge().maxOutboundBytes())) {
            services.counters().slowReaders.increment();
            ConnectionReset.now(request.connection());
            return;
        }
        request.response().setWriteQueueMaxSize(services.config().edge().maxOutboundBytes());
        RequestRecord record =
                RequestRecords.http(services.proxy().records(), request.method().name(), connection.addressText());
        connection.record(record);
        request.response().exceptionHandler(failure -> left(request, record));
        request.response().headersEndHandler(head -> beginAnswer(request, connection, null));
        Headers.endHop(request.headers(), services.config().identity().proxyHeader());
        protectedNames.dropAlike(request.headers());
        request.response().endHandler(end -> {
            endAnswer(request, connection);
            if (record != null) {
                HttpServerResponse response = request.response();
                record.responded(response.getStatusCode(), response.bytesWritten(), false);
            }
        });
        RequestRules.Fault fault = rules.check(request.headers());
        if (fault != null) {
            services.counters().malformedRequests.increment();
            refuseAndClose(request, fault.status(), fault.message());
            return;
        }
        if (loop.inFlight().isAborted()) {
            refuseAndClose(request, 503, ErrorResponses.SHUTTING_DOWN);
            return;
        }
        String origin = Cors.origin(request.headers());
        // A page can read all that is answered from here on.
        request.response().headersEndHandler(head -> beginAnswer(request, connection, origin));
        WellKnown document = WellKnown.at(request.path());
        UpstreamServer upstream = upstreamAt(document == null ? request.path() : document.resourcePath());
        if (upstream == null) {
            refuseUnknownPath(request);
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
        if (document != null) {
            serveMetadata(request, connection, upstream, document);
            return;
        }
        Origin from = origin(request, connection);
        if (from == null) {
            refuseContradiction(request);
            return;
        }
        identify(request, connection, from, upstream);
    }

    /** The connection was closed before the answer had ended. */
    private static void left(HttpServerRequest request, @Nullable RequestRecord record) {
        if (record != null) {
            HttpServerResponse response = request.response();
            record.responded(response.headWritten() ? response.getStatusCode() : 0, response.bytesWritten(), true);
        }
    }

    private void identify(
            HttpServerRequest request, ClientConnection connection, Origin from, UpstreamServer upstream) {
        Identification identification = services.identification();
        if (!identification.tellsTenantsApart()) {
            identified(request, connection, from, upstream, Identification.ANYBODY);
            return;
        }
        Identification.Proof proof = identification.prove(request.headers(), connection);
        String token = proof.token();
        Tokens tokens = identification.tokens().orElse(null);
        if (token == null || tokens == null || proof.refused() != null) {
            identified(request, connection, from, upstream, identification.judge(proof, null, request.headers()));
            return;
        }
        TokenVerdict known = tokens.known(token);
        if (known != null) {
            identified(request, connection, from, upstream, identification.judge(proof, known, request.headers()));
        } else if (identification.mayVerify(from.address(), System.nanoTime()) > 0) {
            noteUnauthorized(429, Identification.TOO_MANY_TOKENS, from);
            request.response().putHeader("Retry-After", "1");
            refuseAndClose(request, 429, Identification.TOO_MANY_TOKENS + "; retry in 1000 ms");
        } else {
            new TokenCheck(
                            loop,
                            request,
                            verdict -> {
                                if (!connection.isRefused()) {
                                    identified(
                                            request,
                                            connection,
                                            from,
                                            upstream,
                                            identification.judge(proof, verdict, request.headers()));
                                }
                            },
                            () -> refuseAndClose(request, 503, ErrorResponses.SHUTTING_DOWN))
                    .begin(tokens, token);
        }
    }

    private void identified(
            HttpServerRequest request,
            ClientConnection connection,
            Origin from,
            UpstreamServer upstream,
            Identification.Identity identity) {
        if (identity.isServed()) {
            services.config()
                    .tenantHeader()
                    .ifPresent(header -> request.headers().set(header, identity.tenant()));
            dispatch(request, connection, from, upstream, identity);
            return;
        }
        noteUnauthorized(identity.status(), identity.reason(), from);
        if (identity.status() == 503) {
            request.response().putHeader("Retry-After", "1");
        } else if (identity.status() == 401 || !identity.error().isEmpty()) {
            request.response()
                    .putHeader(
                            "WWW-Authenticate",
                            Challenges.bearer(services.config().identity().jwt(), metadataUrl(request), identity));
        }
        refuseAndClose(request, identity.status(), identity.message());
    }

    private void noteUnauthorized(int status, String reason, Origin from) {
        services.counters().unauthorized.increment();
        services.credentials().refused("HTTP " + status, reason, from.address(), System.nanoTime());
    }

    /** Anyone may read this metadata (RFC 9728, section 3.1): who asks has no tenant yet, and is counted by address. */
    private void serveMetadata(
            HttpServerRequest request, ClientConnection connection, UpstreamServer upstream, WellKnown document) {
        services.counters().metadataRequests.increment();
        Origin from = origin(request, connection);
        if (from == null) {
            refuseContradiction(request);
        } else if (!request.method().name().equals("GET")) {
            request.response().putHeader("Allow", "GET");
            refuseAndClose(request, 405, "the method here is GET");
        } else if (loop.isDraining()) {
            refuseAndClose(request, 503, ErrorResponses.SHUTTING_DOWN);
        } else if (services.proxy().initializes().take(from.address(), System.nanoTime()) > 0) {
            services.counters().metadataRefused.increment();
            request.response().putHeader("Retry-After", "1");
            ErrorResponses.fault(request.response(), 429, "too many requests of this kind; retry in 1000 ms");
        } else {
            if (services.config().identity().jwt().isPresent()) {
                answerMetadata(
                        request, document, services.config().identity().jwt().get());
                return;
            }
            setForwardedUrl(request, upstream);
            String base = publicUrl(request);
            String resource = base == null ? null : base + document.resourcePath();
            metadata.answer(request, upstream, document.name(), document.ofResource() ? resource : null);
        }
    }

    /** What the gateway says of itself, which verifies the tokens; it is no authorization server. */
    private void answerMetadata(HttpServerRequest request, WellKnown document, JwtConfig tokens) {
        String base = publicUrl(request);
        if (!document.ofResource()) {
            ErrorResponses.fault(
                    request.response(),
                    404,
                    "the gateway is no authorization server; " + WellKnown.RESOURCE + document.resourcePath()
                            + " names those whose tokens it accepts");
        } else if (base == null) {
            ErrorResponses.fault(request.response(), 400, "send a Host header");
        } else {
            JsonObject metadata = new JsonObject()
                    .put("resource", base + document.resourcePath())
                    .put("authorization_servers", new JsonArray(tokens.authorizationServers()))
                    .put("bearer_methods_supported", new JsonArray().add("header"));
            if (!tokens.scopes().isEmpty()) {
                metadata.put("scopes_supported", new JsonArray(tokens.scopes()));
            }
            request.response()
                    .putHeader("Content-Type", "application/json")
                    .putHeader("Cache-Control", "no-store")
                    .end(metadata.toBuffer());
        }
    }

    private @Nullable String publicUrl(HttpServerRequest request) {
        return PublicUrl.of(
                services.config().publicUrl(), request.headers(), services.tls().isPresent());
    }

    private void setForwardedUrl(HttpServerRequest request, UpstreamServer upstream) {
        HttpTransport http = upstream.config().http().orElse(null);
        if (http != null && http.forwarded() == ForwardedHeaders.ALL) {
            PublicUrl.setForwarded(request.headers(), publicUrl(request));
        }
    }

    private void refuseContradiction(HttpServerRequest request) {
        services.counters().malformedRequests.increment();
        refuseAndClose(
                request,
                400,
                "X-Forwarded-For and Forwarded name different clients; the proxy must remove what it does not set");
    }

    /**
     * Where a request comes from, which its headers say from here on in the gateway's words; null if they contradict
     * each other.
     */
    private @Nullable Origin origin(HttpServerRequest request, ClientConnection connection) {
        String client = connection.addressText();
        Origin origin = connection.origin();
        if (connection.isSharedProxy()) {
            InetAddress forwarded = services.addresses().forwarded(connection.address(), request.headers());
            if (forwarded == null) {
                return null;
            }
            client = forwarded.getHostAddress();
            origin = new Origin(services.addresses().key(forwarded), null);
        } else if (!connection.isTrustedProxy() && ClientAddresses.saysForwarded(request.headers())) {
            services.untrustedProxies().note(connection.address());
            origin = new Origin(origin.address(), origin.connection(), ClientAddresses.claim(request.headers()));
        }
        RequestRecord record = connection.record();
        if (record != null) {
            record.from(client);
        }
        ClientAddresses.replaceClaims(request.headers(), client, connection.isSharedProxy());
        return origin;
    }

    private void beginAnswer(HttpServerRequest request, ClientConnection connection, @Nullable String origin) {
        connection.beginAnswer();
        int status = request.response().getStatusCode();
        if (status == 401 || status == 403) {
            Challenges.redirect(request.response().headers(), () -> metadataUrl(request));
        }
        if (origin != null) {
            Cors.allow(origin, request.response().headers());
        }
        if (loop.isDraining() || connection.isAgedOut(services.config().edge(), System.nanoTime())) {
            request.response().headers().set("Connection", "close");
        }
    }

    /** Where a client that was challenged at that path finds the metadata. */
    private @Nullable String metadataUrl(HttpServerRequest request) {
        String base = publicUrl(request);
        return base == null || request.path() == null ? null : base + WellKnown.RESOURCE + request.path();
    }

    private void endAnswer(HttpServerRequest request, ClientConnection connection) {
        long now = System.nanoTime();
        connection.endAnswer(now);
        boolean agedOut = connection.isAgedOut(services.config().edge(), now);
        if ((loop.isDraining() || agedOut)
                && "close".equals(request.response().headers().get("Connection"))) {
            if (agedOut && connection.refuse()) {
                services.counters().connectionsAgedOut.increment();
            }
            ConnectionReset.behindAnswers(
                    request.connection(), services.config().edge().writeStallTimeout());
        }
    }

    /** Many clients and servers write their paths with a slash at the end. */
    private @Nullable UpstreamServer upstreamAt(@Nullable String path) {
        return path == null ? null : loop.upstreams().at(path);
    }

    private void dispatch(
            HttpServerRequest request,
            ClientConnection connection,
            Origin origin,
            UpstreamServer named,
            Identification.Identity identity) {
        UpstreamServer upstream = loop.upstreams().current(named);
        if (upstream == null) {
            refuseUnknownPath(request);
            return;
        }
        setForwardedUrl(request, upstream);
        String tenant = identity.tenant();
        if (loop.isDraining() && request.method().name().equals("GET")) {
            refuseAndClose(request, 503, ErrorResponses.SHUTTING_DOWN);
            return;
        }
        String name = upstream.config().name();
        String sessionId = request.getHeader(HeaderNames.SESSION_ID);
        Session session = services.proxy().sessions().find(name, sessionId).orElse(null);
        // With several tenants, an id that this gateway did not see issued may be another tenant's.
        boolean unknown = session == null
                && sessionId != null
                && services.identification().tellsTenantsApart();
        if (unknown || (session != null && !session.tenant().equals(tenant))) {
            refuseAndClose(request, 404, "Session not found");
            return;
        }
        Client client =
                session == null ? connection.lastClient().of(tenant, origin, request.headers()) : session.client();
        if (session == null && !services.proxy().admission().knows(client, System.nanoTime())) {
            services.counters().clientsRefused.increment();
            request.response().putHeader("Retry-After", "1");
            refuseAndClose(request, 503, "too many clients are active; retry in 1000 ms");
            return;
        }
        RequestRecord record = connection.record();
        if (record != null) {
            record.identified(client, name);
        }
        long connectionEnd = connection.end(services.config().edge());
        switch (request.method().name()) {
            case "POST" ->
                new PostHandler(loop, sessionCloser, request, upstream, client, origin, session, connectionEnd, record)
                        .begin();
            case "GET" -> {
                services.counters().gets.increment();
                receivedWithoutMessage(request, record);
                if (session != null && services.proxy().sessions().isAgedOut(session, System.nanoTime())) {
                    services.counters().requestsAgedOut.increment();
                    ErrorResponses.fault(request.response(), 404, "Session not found: it has reached its maximum age");
                } else if (isWithinControlRate(request, client, services.counters().getsRefused)) {
                    GetStreamHandler.of(
                                    loop,
                                    request,
                                    upstream,
                                    client,
                                    session,
                                    streamEnd(connectionEnd, identity),
                                    record)
                            .begin();
                }
            }
            case "DELETE" -> {
                services.counters().deletes.increment();
                receivedWithoutMessage(request, record);
                // A session can be ended once, and that frees what it held.
                boolean free = session != null && session.endsFirst();
                if (free || isWithinControlRate(request, client, services.counters().deletesRefused)) {
                    new DeleteHandler(loop, request, upstream, client, session, connectionEnd, record).begin();
                }
            }
            default -> {
                request.response().putHeader("Allow", "GET, POST, DELETE");
                refuseAndClose(request, 405, "the methods here are POST, GET and DELETE");
            }
        }
    }

    private static void receivedWithoutMessage(HttpServerRequest request, @Nullable RequestRecord record) {
        if (record != null) {
            record.receivedWithoutMessage(request.headers());
        }
    }

    /** A stream ends with its connection, and with the token that it was asked for with. */
    private static long streamEnd(long connectionEnd, Identification.Identity identity) {
        if (identity.validUntilMillis() == Long.MAX_VALUE) {
            return connectionEnd;
        }
        long tokenEnd = TokenVerdict.nanoTimeAt(identity.validUntilMillis());
        return tokenEnd - connectionEnd < 0 ? tokenEnd : connectionEnd;
    }

    /** Counts a request without a body; answers it where its client sends too many. */
    private boolean isWithinControlRate(HttpServerRequest request, Client client, LongAdder refused) {
        if (services.proxy().admission().countBodyless(client, System.nanoTime())) {
            return true;
        }
        refused.increment();
        request.response().putHeader("Retry-After", "1");
        ErrorResponses.fault(request.response(), 429, "too many requests of this kind; retry in 1000 ms");
        return false;
    }

    private void refuseUnknownPath(HttpServerRequest request) {
        refuseAndClose(
                request,
                404,
                "no MCP server at this path; the paths are "
                        + String.join(", ", loop.upstreams().paths()));
    }

    private void sweep() {
        long now = System.nanoTime();
        long late = now - swept - SWEEP_NANOS;
        swept = now;
        if (late > SWEEP_NANOS) {
            connections.values().forEach(connection -> connection.extend(late));
            front.ifPresent(each -> each.extend(late));
        }
        loop.inFlight().sweep(now);
        loop.upstreams().all().forEach(upstream -> upstream.sweep(now));
        front.ifPresent(each -> each.sweep(now));
        EdgeConfig edge = services.config().edge();
        List<Runnable> ends = new ArrayList<>();
        connections.forEach((http, connection) -> {
            ClientConnection.Overdue overdue = connection.overdue(edge, now);
            if (overdue != null) {
                ends.add(() -> close(http, connection, overdue));
            }
        });
        // A connection that is closed leaves the map.
        ends.forEach(Runnable::run);
    }

    /** Ends a connection that has missed a deadline; a request whose body is late gets a response before that. */
    private void close(HttpConnection http, ClientConnection connection, ClientConnection.Overdue overdue) {
        if (overdue == ClientConnection.Overdue.SLOW_READER) {
            services.counters().slowReaders.increment();
        } else if (overdue == ClientConnection.Overdue.AGE) {
            if (connection.refuse()) {
                services.counters().connectionsAgedOut.increment();
            }
        } else if (overdue != ClientConnection.Overdue.IDLE) {
            services.counters().clientTimeouts.increment();
        }
        if (overdue != ClientConnection.Overdue.BODY || !loop.inFlight().timeOutReceiving(http)) {
            connection.close(overdue);
        }
    }

    /**
     * Responds to a request whose body is not read on, and closes the connection once the client could have read that.
     */
    private void refuseAndClose(HttpServerRequest request, int status, String message) {
        if (!request.isEnded()) {
            request.handler(ignored -> {});
            request.endHandler(ignored -> {});
            request.resume();
        }
        ErrorResponses.faultAndClose(request.response(), status, message);
        HttpConnection connection = request.connection();
        ClientConnection refused = connections.get(connection);
        if (refused != null && refused.refuse()) {
            loop.later(ConnectionReset.LINGER_MILLIS, () -> ConnectionReset.gracefully(connection));
        }
    }

    /** Runs on this event loop. May be called from any thread. */
    public void run(Runnable work) {
        loop.run(work);
    }

    /** Forgets sessions that were idle for too long, and ends them at their upstreams. */
    public void expireSessions() {
        long now = System.nanoTime();
        services.proxy().initializes().forgetFull(now);
        services.identification().forgetFull(now);
        List<Session> expired = services.proxy().sessions().forgetIdle(now);
        services.counters().sessionsExpired.add(expired.size());
        sessionCloser.end(expired);
    }

    /** Ends sessions that have reached their maximum age; to be called on one event loop, a few times a second. */
    public void endAgedOutSessions() {
        Sessions sessions = services.proxy().sessions();
        sessions.endAgedOut(System.nanoTime(), session -> {
            boolean begun = sessionCloser.end(session, () -> sessions.forget(session));
            if (begun) {
                services.counters().sessionsAgedOut.increment();
            }
            return begun;
        });
    }

    /** How many exchanges a shutdown has to wait for. */
    public int inFlight() {
        return loop.inFlight().holdingShutdown();
    }

    /** Ends what is in flight; its clients get a response. Returns how many requests had not arrived whole. */
    public int abortAll() {
        return loop.inFlight().abortAll(System.nanoTime());
    }

    /** From now on every response ends its connection, and nothing begins but what serves that which is in flight. */
    public void beginDrain() {
        loop.beginDrain();
        front.ifPresent(Front::beginDrain);
    }
}
