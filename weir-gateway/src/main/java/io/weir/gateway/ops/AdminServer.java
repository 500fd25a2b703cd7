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
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import io.weir.config.GatewayConfig;
import io.weir.core.admission.Admission;
import io.weir.gateway.admission.RecentRejections;
import io.weir.gateway.admission.Upstreams;
import io.weir.gateway.edge.HandshakeLog;
import io.weir.gateway.edge.RequestRules;
import io.weir.gateway.http.ConnectionReset;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.http.SocketBuffers;
import io.weir.gateway.tls.RecordMemory;
import io.weir.gateway.tls.TlsContext;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The operator's port: what is there to be looked at, and limits to be changed by who has the token. */
public final class AdminServer {
    private static final Logger LOG = LoggerFactory.getLogger("weir.admin");
    private static final int MAX_HEADER_BYTES = 8 * 1024;
    private static final int IDLE_SECONDS = 60;
    private static final long HANDSHAKE_MILLIS = 10_000;
    private static final long TLS_RECORD_BYTES = 1024 * 1024;

    /** How long the body of a request may go on behind its answer. */
    private static final long BODY_MILLIS = 1_000;

    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final Vertx vertx;
    private final GatewayConfig config;
    private final Statistics statistics;
    private final Supplier<Map<String, Long>> edge;
    private final Readiness readiness;
    private final MetricsExporter metrics;
    private final RequestRules rules;
    private final Optional<TlsContext> tls;
    private final Optional<TokenFile> token;
    private final Optional<LimitsEndpoint> limits;
    private final OperatorPage page;
    private final ConnectionsEndpoint connections;
    private final TenantsEndpoint tenants;
    private final UpstreamsEndpoint upstreams;
    private final DecisionsEndpoint decisions;
    private final Runnable drain;
    private final AdminWorker worker;
    private final AdminRoutes routes;
    private final AdminConnections open = new AdminConnections();
    private final HandshakeLog handshakes = HandshakeLog.ofHttp("admin");
    private final RecordMemory records = new RecordMemory(TLS_RECORD_BYTES);

    /** The event loop of this port, once it listens. */
    private volatile @Nullable Context loop;

    /**
     * What is shown, and changed, here.
     *
     * @param queues of all upstreams
     * @param edge the counters of the edge
     * @param open how many connections or children the upstream of that name has
     * @param recent the requests that were rejected last
     * @param ids names connections
     * @param metrics what {@code /metrics} shows
     * @param takesWork whether the gateway takes new work
     * @param drain stops the gateway; must return at once
     */
    public record Sources(
            Admission admission,
            Upstreams queues,
            Statistics statistics,
            Supplier<Map<String, Long>> edge,
            ToIntFunction<String> open,
            RecentRejections recent,
            ConnectionIds ids,
            MetricsExporter metrics,
            BooleanSupplier takesWork,
            Runnable drain) {}

    /**
     * A server that shows those.
     *
     * @param tls what connections are encrypted with, if they are
     * @param page what a browser shows
     * @param live changes the configuration; without it nothing can be changed here
     * @param token what changes require; without it nothing can be changed here
     * @param preview predicts what a change would do, if the gateway writes a decision log
     */
    public AdminServer(
            Vertx vertx,
            GatewayConfig config,
            Sources sources,
            Optional<TlsContext> tls,
            OperatorPage page,
            Optional<LiveConfig> live,
            Optional<TokenFile> token,
            Optional<LimitsPreview> preview) {
        this.vertx = vertx;
        this.config = config;
        this.statistics = sources.statistics();
        this.edge = sources.edge();
        this.metrics = sources.metrics();
        this.readiness = new Readiness(vertx, config.upstreams(), sources.queues(), sources.takesWork());
        this.tls = tls;
        this.token = token;
        this.rules = RequestRules.ofAdmin(config);
        this.page = page;
        Optional<PreviewRunner> previews =
                preview.flatMap(each -> config.decisionLog().map(log -> new PreviewRunner(vertx, each, log.file())));
        this.limits = live.map(each -> new LimitsEndpoint(vertx, each, previews));
        this.drain = sources.drain();
        this.worker = new AdminWorker(vertx);
        ConnectionIds ids = sources.ids();
        this.connections = new ConnectionsEndpoint(sources.admission(), sources.queues(), ids, worker);
        this.tenants = new TenantsEndpoint(sources.admission(), connections, worker);
        this.upstreams = new UpstreamsEndpoint(readiness, sources.queues(), sources.open(), worker);
        this.decisions = new DecisionsEndpoint(sources.recent(), ids, worker);
        this.routes = new AdminRoutes(table());
    }

    /** From now on those names of hosts are served that this configuration allows. Thread-safe. */
    public void allow(GatewayConfig other) {
        rules.allow(other.adminAllowedHosts(), List.of());
    }

    /** From now on the upstreams of this configuration are shown. Thread-safe. */
    public void use(GatewayConfig other) {
        Context own = loop;
        if (own != null) {
            own.runOnContext(ignored -> readiness.use(other.upstreams()));
        }
    }

    /** Begins to listen. */
    public Future<HttpServer> listen() {
        return vertx.createHttpServer(new HttpServerOptions()
                        .setHttp2ClearTextEnabled(false)
                        .setMaxHeaderSize(MAX_HEADER_BYTES)
                        .setIdleTimeout(IDLE_SECONDS))
                .connectionHandler(this::connected)
                .requestHandler(this::serve)
                .listen(config.admin().port(), config.admin().host())
                .onSuccess(listening -> loop = vertx.getOrCreateContext());
    }

    private void connected(HttpConnection connection) {
        Channel channel = channel(connection);
        tls.ifPresent(context -> encrypt(channel, context));
        connection.exceptionHandler(failure -> {});
        connection.closeHandler(closed -> open.closed(channel));
        SocketBuffers.bound(channel);
        open.opened(channel);
    }

    private static Channel channel(HttpConnection connection) {
        return ((ConnectionBase) connection).channel();
    }

    private void encrypt(Channel channel, TlsContext context) {
        SslHandler handler = context.encrypt(channel, HANDSHAKE_MILLIS, records, () -> ConnectionReset.now(channel));
        handler.handshakeFuture().addListener(done -> {
            if (!done.isSuccess() && channel.remoteAddress() instanceof InetSocketAddress client) {
                handshakes.failed(client.getAddress().getHostAddress(), done.cause(), System.nanoTime());
            }
        });
    }

    /** Connects to every upstream once, and logs which of them can be reached. Not before this listens. */
    public void tryUpstreams() {
        Context own = loop;
        if (own != null) {
            own.runOnContext(ignored -> readiness.tryAll(System.nanoTime()));
        }
    }

    private List<AdminRoutes.Route> table() {
        List<AdminRoutes.Route> table = new ArrayList<>();
        table.add(read("/", page::document));
        table.add(read("/assets/{file}", page::asset));
        table.add(read("/history", page::history));
        table.add(read("/events", page::events));
        table.add(probe("/healthz", request -> request.answer(AdminRequest.Answer.ok("{\"status\":\"up\"}\n"))));
        table.add(probe("/readyz", this::ready));
        table.add(read(
                "/stats",
                request -> request.answerFrom(worker, () -> AdminRequest.Answer.ok(statistics.stats(edge.get())))));
        table.add(read("/limits", request -> request.answer(AdminRequest.Answer.ok(limits()))));
        limits.ifPresent(each -> table.add(change(HttpMethod.PATCH, "/limits", each::patch)));
        limits.ifPresent(each -> table.add(change(HttpMethod.POST, "/preview", each::preview)));
        table.add(read("/metrics", this::metrics));
        table.add(read("/connections", connections::list));
        table.add(read("/connections/{id}", connections::one));
        table.add(change(HttpMethod.POST, "/connections/{id}/reset", connections::reset));
        table.add(read("/tenants", tenants::list));
        table.add(read("/tenants/{tenant}", tenants::one));
        table.add(read("/upstreams", upstreams::list));
        table.add(read("/decisions", decisions::list));
        table.add(change(HttpMethod.POST, "/drain", this::drain));
        table.add(read("/openapi.json", request -> request.answer(AdminRequest.Answer.ok(OpenApi.TEXT))));
        return table;
    }

    private static AdminRoutes.Route probe(String path, AdminRoutes.Handler handler) {
        return new AdminRoutes.Route(HttpMethod.GET, path, AdminRoutes.Access.PROBE, handler);
    }

    private static AdminRoutes.Route read(String path, AdminRoutes.Handler handler) {
        return new AdminRoutes.Route(HttpMethod.GET, path, AdminRoutes.Access.READ, handler);
    }

    private static AdminRoutes.Route change(HttpMethod method, String path, AdminRoutes.Handler handler) {
        return new AdminRoutes.Route(method, path, AdminRoutes.Access.TOKEN, handler);
    }

    /** A row of the table of endpoints, as {@code METHOD PATH ACCESS}. */
    public List<String> endpoints() {
        return routes.all().stream()
                .map(route -> route.method() + " " + route.path() + " " + route.access())
                .toList();
    }

    private void serve(HttpServerRequest http) {
        Channel channel = channel(http.connection());
        if (!open.begin(channel)) {
            return;
        }
        http.response().endHandler(ended -> {
            open.end(channel);
            vertx.setTimer(BODY_MILLIS, late -> {
                if (!http.isEnded()) {
                    ConnectionReset.now(channel);
                }
            });
        });
        AdminRoutes.Match match = routes.match(http.path());
        AdminRequest request = new AdminRequest(http, match == null ? "" : match.parameter());
        // Whoever looks after the process asks by whatever address it has, and learns nothing but that it is up.
        RequestRules.Fault fault =
                match != null && match.isProbe() ? rules.checkOrigin(http.headers()) : rules.check(http.headers());
        if (fault != null) {
            request.answer(AdminRequest.Answer.error(fault.status(), fault.message()));
            return;
        }
        if (http.version() == HttpVersion.HTTP_1_1 && !http.headers().contains(HeaderNames.HOST)) {
            request.answer(AdminRequest.Answer.error(400, "no Host header (RFC 9112, section 3.2)"));
            return;
        }
        if (match == null) {
            request.answer(AdminRequest.Answer.error(404, "not found; available: " + routes.paths()));
            return;
        }
        AdminRoutes.Route route = match.route(http.method());
        if (route == null) {
            http.response().putHeader("Allow", match.allow());
            request.answer(AdminRequest.Answer.error(405, match.use()));
            return;
        }
        if (route.access() == AdminRoutes.Access.TOKEN && !mayChange(request)) {
            return;
        }
        try {
            route.handler().handle(request);
        } catch (AdminRequest.BadQueryException e) {
            request.answer(AdminRequest.Answer.error(400, String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            LOG.error("{} {} failed", http.method(), http.path(), e);
            request.answer(AdminRequest.Answer.error(500, "failed: see the gateway's log"));
        }
    }

    /** Whether a request has the token; if not, it is answered. */
    private boolean mayChange(AdminRequest request) {
        if (token.isEmpty()) {
            request.refuse(
                    403,
                    "nothing can be changed here: the gateway has no admin token; see its log, and"
                            + " admin.token_file");
            return false;
        }
        if (!token.get().accepts(request.http().getHeader("Authorization"))) {
            request.http().response().putHeader("WWW-Authenticate", "Bearer realm=\"weir admin\"");
            request.refuse(
                    401,
                    "needs the admin token: Authorization: Bearer TOKEN, of the file that the gateway"
                            + " named when it started");
            return false;
        }
        return true;
    }

    private void ready(AdminRequest request) {
        readiness
                .ask(System.nanoTime())
                .onSuccess(asked -> request.answer(new AdminRequest.Answer(asked.ready() ? 200 : 503, asked.json())));
    }

    private String limits() {
        return limits.map(LimitsEndpoint::json).orElseGet(() -> statistics.limits(config.profile()));
    }

    private void metrics(AdminRequest request) {
        metrics.scrape()
                .onSuccess(text -> request.answer(200, PROMETHEUS_TEXT, text))
                .onFailure(e -> request.answer(AdminRequest.Answer.error(500, "metrics cannot be read; try again")));
    }

    /** Answers before anything stops: the port goes with the rest. */
    private void drain(AdminRequest request) {
        LOG.warn("asked at the operator's port to drain and stop");
        String json = Statistics.object(each -> {
            each.writeBooleanField("draining", true);
            each.writeNumberField(
                    "shutdown_timeout_ms", config.edge().shutdownTimeout().toMillis());
        });
        request.answer(new AdminRequest.Answer(202, json)).onComplete(written -> drain.run());
    }
}
