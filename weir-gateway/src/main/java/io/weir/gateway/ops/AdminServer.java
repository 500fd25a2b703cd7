package io.weir.gateway.ops;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import io.weir.config.GatewayConfig;
import io.weir.gateway.admission.Upstreams;
import io.weir.gateway.edge.HandshakeLog;
import io.weir.gateway.edge.RequestRules;
import io.weir.gateway.tls.TlsContext;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The operator's port: what is there to be looked at, and limits to be changed by who has the token. */
public final class AdminServer {
    private static final int MAX_HEADER_BYTES = 8 * 1024;
    private static final int IDLE_SECONDS = 60;
    private static final int HANDSHAKE_SECONDS = 10;
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final Vertx vertx;
    private final GatewayConfig config;
    private final Statistics statistics;
    private final Supplier<Map<String, Long>> edge;
    private final Readiness readiness;
    private final MetricsExporter metrics;
    private final RequestRules rules;
    private final Optional<TlsContext> tls;
    private final Optional<LimitsEndpoint> limits;
    private final OperatorPage page;
    private final HandshakeLog handshakes = new HandshakeLog("admin");

    /** The event loop of this port, once it listens. */
    private volatile @Nullable Context loop;

    /**
     * A server that shows those statistics.
     *
     * @param edge the counters of the edge
     * @param metrics what {@code /metrics} shows
     * @param takesWork whether the gateway takes new work
     * @param tls what connections are encrypted with, if they are
     * @param page what a browser shows
     * @param live changes the configuration; without it nothing can be changed here
     * @param token what changes require; without it nothing can be changed here
     * @param preview predicts what a change would do, if the gateway writes a decision log
     */
    public AdminServer(
            Vertx vertx,
            GatewayConfig config,
            Statistics statistics,
            Upstreams upstreams,
            Supplier<Map<String, Long>> edge,
            MetricsExporter metrics,
            BooleanSupplier takesWork,
            Optional<TlsContext> tls,
            OperatorPage page,
            Optional<LiveConfig> live,
            Optional<TokenFile> token,
            Optional<LimitsPreview> preview) {
        this.vertx = vertx;
        this.config = config;
        this.statistics = statistics;
        this.edge = edge;
        this.metrics = metrics;
        this.readiness = new Readiness(vertx, config.upstreams(), upstreams, takesWork);
        this.tls = tls;
        this.rules = RequestRules.ofAdmin(config);
        this.page = page;
        Optional<PreviewRunner> previews =
                preview.flatMap(each -> config.decisionLog().map(log -> new PreviewRunner(vertx, each, log.file())));
        this.limits = live.map(each -> new LimitsEndpoint(vertx, each, token, previews));
    }

    /** From now on those names of hosts are served that this configuration allows. Thread-safe. */
    public void allow(GatewayConfig other) {
        rules.allow(other.adminAllowedHosts(), List.of());
    }

    /** Begins to listen. */
    public Future<HttpServer> listen() {
        return vertx.createHttpServer(new HttpServerOptions()
                        .setHttp2ClearTextEnabled(false)
                        .setMaxHeaderSize(MAX_HEADER_BYTES)
                        .setIdleTimeout(IDLE_SECONDS))
                .connectionHandler(connection -> tls.ifPresent(context -> encrypt(connection, context)))
                .requestHandler(this::serve)
                .listen(config.admin().port(), config.admin().host())
                .onSuccess(listening -> loop = vertx.getOrCreateContext());
    }

    private void encrypt(HttpConnection connection, TlsContext context) {
        Channel channel = ((ConnectionBase) connection).channel();
        SslHandler handler = context.handler(channel.alloc());
        handler.setHandshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS);
        handler.handshakeFuture().addListener(done -> {
            if (!done.isSuccess() && channel.remoteAddress() instanceof InetSocketAddress client) {
                handshakes.failed(client.getAddress().getHostAddress(), done.cause(), System.nanoTime());
            }
        });
        channel.pipeline().addFirst("ssl", handler);
        connection.exceptionHandler(failure -> {});
    }

    /** Connects to every upstream once, and logs which of them can be reached. Not before this listens. */
    public void tryUpstreams() {
        Context own = loop;
        if (own != null) {
            own.runOnContext(ignored -> readiness.tryAll(System.nanoTime()));
        }
    }

    private void serve(HttpServerRequest request) {
        @Nullable String path = request.path();
        // Whoever looks after the process asks by whatever address it has, and learns nothing but that it is up.
        boolean probe = "/healthz".equals(path) || "/readyz".equals(path);
        RequestRules.Fault fault = probe ? rules.checkOrigin(request.headers()) : rules.check(request.headers());
        if (fault != null) {
            answer(request, fault.status(), error(fault.message()));
            return;
        }
        if ("/limits".equals(path) && request.method().equals(HttpMethod.PATCH) && limits.isPresent()) {
            limits.get().patch(request);
            return;
        }
        if (isPreview(path) && request.method().equals(HttpMethod.POST)) {
            limits.orElseThrow().preview(request);
            return;
        }
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            boolean patch = "/limits".equals(path) && limits.isPresent();
            refuseMethod(
                    request,
                    isPreview(path) ? "POST" : patch ? "GET, HEAD, PATCH" : "GET, HEAD",
                    isPreview(path) ? "use POST" : patch ? "use GET or PATCH" : "read-only endpoint; use GET");
            return;
        }
        if (isPreview(path)) {
            refuseMethod(request, "POST", "use POST");
            return;
        }
        if (path != null && page.has(path)) {
            page.serve(request, path);
            return;
        }
        switch (path == null ? "" : path) {
            case "/healthz" -> answer(request, 200, "{\"status\":\"up\"}\n");
            case "/readyz" ->
                readiness
                        .ask(System.nanoTime())
                        .onSuccess(asked -> answer(request, asked.ready() ? 200 : 503, asked.json()));
            case "/stats" -> answer(request, 200, statistics.stats(edge.get()));
            case "/limits" ->
                answer(
                        request,
                        200,
                        limits.map(LimitsEndpoint::json).orElseGet(() -> statistics.limits(config.profile())));
            case "/metrics" ->
                metrics.scrape()
                        .onSuccess(text -> answer(request, 200, PROMETHEUS_TEXT, text))
                        .onFailure(e -> answer(request, 500, error("metrics cannot be read; try again")));
            default ->
                answer(
                        request,
                        404,
                        error(
                                "not found; available: /, /healthz, /readyz, /stats, /limits, /metrics, /history, /events,"
                                        + " /preview"));
        }
    }

    private boolean isPreview(@Nullable String path) {
        return "/preview".equals(path) && limits.isPresent();
    }

    private static void refuseMethod(HttpServerRequest request, String allowed, String message) {
        request.response().putHeader("Allow", allowed);
        answer(request, 405, error(message));
    }

    private static String error(String message) {
        return Statistics.error(message, List.of());
    }

    /** Answers with JSON that must not be kept by anyone. */
    static void answer(HttpServerRequest request, int status, String json) {
        answer(request, status, "application/json", json);
    }

    private static void answer(HttpServerRequest request, int status, String type, String text) {
        if (request.response().closed()) {
            return;
        }
        request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", type)
                .putHeader("Cache-Control", "no-store")
                .end(text);
    }
}
