package io.weir.gateway;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.weir.config.AccessLogConfig;
import io.weir.config.AdminToken;
import io.weir.config.ConfigTexts;
import io.weir.config.DecisionLogConfig;
import io.weir.config.GatewayConfig;
import io.weir.config.GatewayConfigLoader;
import io.weir.config.HostPort;
import io.weir.config.JwtConfig;
import io.weir.config.LoadedConfig;
import io.weir.config.MemoryPlan;
import io.weir.config.TcpConfig;
import io.weir.core.admission.Admission;
import io.weir.core.queue.EngineStats;
import io.weir.gateway.admin.SystemErrors;
import io.weir.gateway.admission.ConnectionSignals;
import io.weir.gateway.admission.RequestAdmission;
import io.weir.gateway.admission.Upstreams;
import io.weir.gateway.auth.ApiKeys;
import io.weir.gateway.auth.InvalidApiKeysException;
import io.weir.gateway.auth.InvalidJwksException;
import io.weir.gateway.auth.Tokens;
import io.weir.gateway.edge.EdgeServices;
import io.weir.gateway.edge.EdgeVerticle;
import io.weir.gateway.edge.Front;
import io.weir.gateway.edge.HandshakeLog;
import io.weir.gateway.edge.ShutdownSteps;
import io.weir.gateway.edge.UpstreamChanges;
import io.weir.gateway.http.Workers;
import io.weir.gateway.ops.AccessLog;
import io.weir.gateway.ops.AdminServer;
import io.weir.gateway.ops.CircuitLog;
import io.weir.gateway.ops.ConnectionIds;
import io.weir.gateway.ops.DecisionLogWriter;
import io.weir.gateway.ops.LimitLog;
import io.weir.gateway.ops.LimitsPreview;
import io.weir.gateway.ops.LiveConfig;
import io.weir.gateway.ops.MetricsExporter;
import io.weir.gateway.ops.OperatorPage;
import io.weir.gateway.ops.PressureLog;
import io.weir.gateway.ops.RejectionLog;
import io.weir.gateway.ops.Statistics;
import io.weir.gateway.ops.TokenFile;
import io.weir.gateway.ops.Tracing;
import io.weir.gateway.proxy.RequestRecords;
import io.weir.gateway.tcp.TcpFront;
import io.weir.gateway.tcp.TcpServices;
import io.weir.gateway.tls.TlsContexts;
import io.weir.gateway.tls.TlsException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running gateway. Thread-safe. */
public final class Gateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("weir.gateway");
    private static final long START_SECONDS = 30;
    private static final long CLOSE_SECONDS = 2;
    private static final long TICK_MILLIS = 25;
    private static final long FILES_CHECK_MILLIS = 2_000;
    private static final long LEFT_OUT_MILLIS = 1_000;

    private final GatewayConfig config;
    private final Core core;
    private final Optional<ApiKeys> keys;
    private final Optional<TokenFile> token;
    private final Vertx vertx;
    private final Timers timers;
    private final EdgeServices services;
    private final List<EdgeVerticle> loops;
    private final HostPort http;
    private final Optional<HostPort> tcp;
    private final HostPort admin;
    private final AdminServer adminServer;
    private final FollowedFiles files;
    private final MetricsExporter metrics;
    private final AtomicBoolean closing;
    private final AtomicReference<Runnable> drain;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile Shutdown.Outcome outcome = new Shutdown.Outcome(0, 0, 0);

    /** What decides, and what is told of it. */
    private record Core(
            Admission admission,
            Upstreams upstreams,
            @Nullable DecisionLogWriter decisions,
            @Nullable AccessLog access,
            @Nullable Tracing tracing) {
        /** Admits nothing more. */
        void close() {
            if (decisions == null) {
                admission.close();
            } else {
                decisions.close(admission, System.nanoTime());
            }
        }

        void closeLogs() {
            List<Runnable> steps = new ArrayList<>();
            if (decisions != null) {
                steps.add(decisions::close);
            }
            if (access != null) {
                steps.add(access::close);
            }
            if (tracing != null) {
                steps.add(tracing::close);
            }
            ShutdownSteps.run(steps);
        }
    }

    private Gateway(
            GatewayConfig config,
            Core core,
            Optional<ApiKeys> keys,
            Optional<TokenFile> token,
            Vertx vertx,
            Timers timers,
            EdgeServices services,
            List<EdgeVerticle> loops,
            HostPort http,
            Optional<HostPort> tcp,
            HostPort admin,
            AdminServer adminServer,
            FollowedFiles files,
            MetricsExporter metrics,
            AtomicBoolean closing,
            AtomicReference<Runnable> drain) {
        this.config = config;
        this.core = core;
        this.keys = keys;
        this.token = token;
        this.vertx = vertx;
        this.timers = timers;
        this.services = services;
        this.loops = loops;
        this.http = http;
        this.tcp = tcp;
        this.admin = admin;
        this.adminServer = adminServer;
        this.files = files;
        this.metrics = metrics;
        this.closing = closing;
        this.drain = drain;
    }

    /**
     * Starts listening; returns when clients can connect.
     *
     * @throws GatewayException if an address cannot be listened on or a file cannot be read; the message says which and
     *     what to do
     */
    public static Gateway start(GatewayConfig config) throws GatewayException {
        return start(config, applier -> Optional.empty(), Optional.empty());
    }

    /**
     * As {@link #start(GatewayConfig)}, of a configuration that can change while it runs: when its files do, and at the
     * operator's port.
     *
     * @param loader that loaded it; it belongs to the gateway from now on
     * @param texts that it was loaded from
     */
    public static Gateway start(GatewayConfigLoader loader, ConfigTexts texts, LoadedConfig loaded)
            throws GatewayException {
        return start(loader, texts, loaded, Optional.empty());
    }

    /**
     * As {@link #start(GatewayConfigLoader, ConfigTexts, LoadedConfig)}.
     *
     * @param preview predicts what a change of the limits would do, from the decision log if there is one
     */
    public static Gateway start(
            GatewayConfigLoader loader, ConfigTexts texts, LoadedConfig loaded, Optional<LimitsPreview> preview)
            throws GatewayException {
        return start(loaded.config(), applier -> Optional.of(new LiveConfig(loader, texts, loaded, applier)), preview);
    }

    private static Gateway start(
            GatewayConfig config,
            Function<LiveConfig.Applier, Optional<LiveConfig>> makeLive,
            Optional<LimitsPreview> preview)
            throws GatewayException {
        Optional<ApiKeys> keys = apiKeys(config.apiKeys());
        Optional<Tokens> tokens = tokens(config);
        TlsContexts tls = tls(config);
        DecisionLogWriter decisions = decisionLog(config.decisionLog());
        ConnectionIds ids = new ConnectionIds();
        AccessLog access = accessLog(config.accessLog(), ids, decisions);
        Tracing tracing = config.tracing().map(Tracing::new).orElse(null);
        PressureLog pressure = new PressureLog();
        ConnectionSignals signals = new ConnectionSignals(pressure);
        Admission admission = decisions == null
                ? new Admission(config.limits(), signals)
                : Admission.repeatable(config.limits(), decisions.outsideLock(signals));
        if (decisions != null) {
            decisions.begin(config.limits());
        }
        Upstreams upstreams =
                new Upstreams(config.upstreams(), admission, new CircuitLog(), decisions, System.nanoTime());
        RequestAdmission requestAdmission = new RequestAdmission(
                admission,
                upstreams,
                signals,
                config.refusal().code(),
                config.edge().maxKnownClients());
        ConfigApplier applier = new ConfigApplier(config, admission, decisions);
        Optional<LiveConfig> live = makeLive.apply(applier);
        Optional<TokenFile> token = live.isPresent() ? token(config) : Optional.empty();
        FollowedFiles files = new FollowedFiles(live, keys, tokens, token, tls);
        Core core = new Core(admission, upstreams, decisions, access, tracing);
        RequestRecords records = access == null && tracing == null ? null : new RequestRecords(access, tracing);
        EdgeServices shared = EdgeServices.of(config, requestAdmission, upstreams, keys, tokens, tls, records);
        int eventLoops = MemoryPlan.eventLoops();
        Vertx vertx = Vertx.builder()
                .with(new VertxOptions()
                        .setPreferNativeTransport(true)
                        .setEventLoopPoolSize(eventLoops)
                        .setWorkerPoolSize(MemoryPlan.workers(eventLoops)))
                .build();
        try {
            AtomicBoolean closing = new AtomicBoolean();
            AtomicReference<Runnable> drain = new AtomicReference<>(() -> {});
            EngineStats engine = new EngineStats(admission, upstreams::queues, System::nanoTime);
            OperatorPage page = new OperatorPage(
                    vertx,
                    engine,
                    config.limits(),
                    requestAdmission.rejections(),
                    () -> state(decisions),
                    preview.isPresent() && decisions != null);
            applier.also(page::limitsChanged);
            Statistics.Outputs outputs =
                    new Statistics.Outputs(() -> state(decisions), () -> state(access), () -> state(tracing));
            MetricsExporter metrics = new MetricsExporter(vertx, config, engine, shared::statistics, outputs);
            AdminServer adminServer = new AdminServer(
                    vertx,
                    config,
                    new AdminServer.Sources(
                            admission,
                            upstreams,
                            new Statistics(admission, upstreams, outputs, files::states),
                            shared::statistics,
                            shared::open,
                            requestAdmission.recentRejections(),
                            ids,
                            metrics,
                            () -> !closing.get(),
                            () -> Objects.requireNonNull(drain.get()).run()),
                    tls.admin(),
                    page,
                    live,
                    token,
                    preview);
            applier.also(adminServer::allow);
            HttpServer adminListening = await(adminServer.listen(), config.admin(), "admin.listen (--admin)");
            List<EdgeVerticle> loops = new ArrayList<>();
            CompletableFuture<Integer> port = new CompletableFuture<>();
            Optional<Front.Maker> tcp = config.tcp().map(each -> TcpFront.maker(tcpServices(each, shared, tls)));
            Supplier<EdgeVerticle> another = () -> {
                EdgeVerticle loop = new EdgeVerticle(shared, config.http(), port, tcp);
                loops.add(loop);
                return loop;
            };
            await(
                    vertx.deployVerticle(another, new DeploymentOptions().setInstances(eventLoops)),
                    config.http(),
                    "http.listen (--http)");
            HostPort admin = new HostPort(config.admin().host(), adminListening.actualPort());
            WarmUp warmUp = new WarmUp(vertx, admin, tls.admin().isPresent());
            await(Future.all(loops.stream().map(EdgeVerticle::listen).toList()), config.http(), "http.listen (--http)");
            Optional<HostPort> tcpAddress = listenOnTcp(config, loops);
            warmUp.await();
            loops.forEach(loop -> applier.also(loop::allow));
            applier.also(adminServer::use);
            UpstreamChanges changes = new UpstreamChanges(
                    upstreams,
                    shared.upstreams(),
                    tls,
                    shared.proxy().sessions(),
                    requestAdmission.rejections(),
                    loops);
            applier.upstreams(changes);
            Timers timers = new Timers(vertx);
            timers.every(EdgeVerticle.SWEEP_MILLIS, () -> changes.proceed(System.nanoTime()));
            PeriodicTask cleanUp = cleanUp(vertx, timers, config, admission, loops);
            applier.also(next -> cleanUp.every(cleanupMillis(next)));
            cleanUp.every(
                    cleanupMillis(live.map(each -> each.running().config()).orElse(config)));
            timers.every(TICK_MILLIS, () -> upstreams.tick(System.nanoTime()));
            tls.follow();
            timers.every(FILES_CHECK_MILLIS, () -> Workers.run(vertx, files::follow));
            RejectionLog rejections = new RejectionLog(requestAdmission.rejections(), admission::config);
            timers.every(RejectionLog.CHECK_MILLIS, () -> rejections.write(System.nanoTime()));
            LimitLog limits = new LimitLog();
            timers.every(
                    LimitLog.CHECK_MILLIS, () -> limits.write(upstreams.stats(System.nanoTime()), System.nanoTime()));
            timers.every(LEFT_OUT_MILLIS, () -> {
                pressure.tellLeftOut(System.nanoTime());
                shared.credentials().writeLeftOut(System.nanoTime());
            });
            page.start();
            metrics.startPushing();
            HostPort http = new HostPort(config.http().host(), port.join());
            Gateway gateway = new Gateway(
                    config,
                    core,
                    keys,
                    token,
                    vertx,
                    timers,
                    shared,
                    loops,
                    http,
                    tcpAddress,
                    admin,
                    adminServer,
                    files,
                    metrics,
                    closing,
                    drain);
            gateway.onDrain(() -> new Thread(gateway::close, "weir-drain").start());
            return gateway;
        } catch (GatewayException e) {
            vertx.close();
            shared.close();
            core.closeLogs();
            throw e;
        }
    }

    private static Optional<HostPort> listenOnTcp(GatewayConfig config, List<EdgeVerticle> loops)
            throws GatewayException {
        if (config.tcp().isEmpty()) {
            return Optional.empty();
        }
        HostPort address = config.tcp().get().listen();
        Future<Integer> port = Future.all(
                        loops.stream().map(EdgeVerticle::listenOther).toList())
                .map(ports -> ports.<Integer>resultAt(0));
        return Optional.of(new HostPort(address.host(), await(port, address, "tcp.listen (--tcp)")));
    }

    private static TcpServices tcpServices(TcpConfig config, EdgeServices shared, TlsContexts tls) {
        return new TcpServices(
                config,
                shared.addresses(),
                shared.identification(),
                shared.connections(),
                shared.responses(),
                shared.tcpAnswers(),
                tls.tcp(),
                HandshakeLog.ofTcp(),
                shared.credentials());
    }

    private static Statistics.LogState state(@Nullable DecisionLogWriter decisions) {
        return decisions == null
                ? Statistics.LogState.NONE
                : new Statistics.LogState(decisions.isWriting() ? "writing" : "stopped", decisions.lostInAll());
    }

    private static Statistics.LogState state(@Nullable AccessLog access) {
        return access == null ? Statistics.LogState.NONE : access.state();
    }

    private static Statistics.TracingState state(@Nullable Tracing tracing) {
        return tracing == null ? Statistics.TracingState.NONE : tracing.state();
    }

    private static @Nullable AccessLog accessLog(
            Optional<AccessLogConfig> config, ConnectionIds ids, @Nullable DecisionLogWriter decisions)
            throws GatewayException {
        try {
            return config.isPresent() ? AccessLog.open(config.get(), ids) : null;
        } catch (IOException e) {
            if (decisions != null) {
                decisions.close();
            }
            throw new GatewayException(String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable DecisionLogWriter decisionLog(Optional<DecisionLogConfig> config) throws GatewayException {
        try {
            return config.isPresent() ? DecisionLogWriter.open(config.get()) : null;
        } catch (IOException e) {
            throw new GatewayException(String.valueOf(e.getMessage()));
        }
    }

    private static Optional<ApiKeys> apiKeys(Optional<Path> file) throws GatewayException {
        if (file.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(ApiKeys.load(file.get()));
        } catch (IOException e) {
            throw new GatewayException("The file of API keys cannot be read: " + e.getMessage()
                    + ". Name one that exists and that this user may read.");
        } catch (InvalidApiKeysException e) {
            throw new GatewayException(String.valueOf(e.getMessage()));
        }
    }

    private static Optional<Tokens> tokens(GatewayConfig config) throws GatewayException {
        Optional<JwtConfig> jwt = config.identity().jwt();
        if (jwt.isEmpty()) {
            return Optional.empty();
        }
        Tokens tokens = new Tokens(jwt.get(), System::currentTimeMillis, System::nanoTime);
        try {
            tokens.open();
            return Optional.of(tokens);
        } catch (InvalidJwksException e) {
            tokens.close();
            throw new GatewayException("tenants.jwt_jwks_file: " + e.getMessage());
        }
    }

    private static Optional<TokenFile> token(GatewayConfig config) throws GatewayException {
        Optional<AdminToken> named = config.adminToken();
        if (named.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(TokenFile.open(named.get()));
        } catch (IOException e) {
            if (named.get().configured()) {
                throw new GatewayException(String.valueOf(e.getMessage()));
            }
            LOG.warn("{}; nothing can be changed at the operator's port", e.getMessage());
            return Optional.empty();
        }
    }

    private static TlsContexts tls(GatewayConfig config) throws GatewayException {
        try {
            return TlsContexts.open(config);
        } catch (TlsException e) {
            throw new GatewayException(String.valueOf(e.getMessage()));
        }
    }

    private static long cleanupMillis(GatewayConfig config) {
        return config.limits().queueLimits().cleanupInterval().toMillis();
    }

    private static PeriodicTask cleanUp(
            Vertx vertx, Timers timers, GatewayConfig config, Admission admission, List<EdgeVerticle> loops) {
        EdgeVerticle first = loops.get(0);
        if (config.edge().sessionMaxAge().isPresent()) {
            timers.every(EdgeVerticle.SWEEP_MILLIS, () -> first.run(first::endAgedOutSessions));
        }
        return new PeriodicTask(timers, () -> {
            var unused = Workers.run(vertx, () -> admission.cleanUp(System.nanoTime()));
            first.run(first::expireSessions);
        });
    }

    private static <T> T await(Future<T> future, HostPort address, String key) throws GatewayException {
        try {
            return future.toCompletionStage().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new GatewayException("Cannot listen on " + address + ": " + why(e) + ". Choose another address with "
                    + key + ", or stop what uses this one.");
        } catch (TimeoutException e) {
            throw new GatewayException("Cannot listen on " + address + " within " + START_SECONDS + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GatewayException("Interrupted while starting to listen on " + address);
        }
    }

    private static String why(ExecutionException e) {
        Throwable cause = e.getCause();
        return SystemErrors.withoutCall(
                String.valueOf(cause == null || cause.getMessage() == null ? cause : cause.getMessage()));
    }

    /** The event loops that serve clients, one a processor. */
    List<EdgeVerticle> loops() {
        return loops;
    }

    /** What its event loops share. */
    EdgeServices services() {
        return services;
    }

    /** Where MCP clients connect, with the port that was really taken. */
    public HostPort http() {
        return http;
    }

    /**
     * Where MCP clients connect that speak over TCP, with the port that was really taken; nowhere unless configured.
     */
    public Optional<HostPort> tcp() {
        return tcp;
    }

    /** Where the operator connects, with the port that was really taken. */
    public HostPort admin() {
        return admin;
    }

    /** The API keys that are accepted; empty if none are required. */
    public Optional<ApiKeys> apiKeys() {
        return keys;
    }

    /** Connects to every upstream once, and logs which of them can be reached; returns at once. */
    public void tryUpstreams() {
        adminServer.tryUpstreams();
    }

    /**
     * Applies what is now in the files of the configuration, of API keys, of the admin token and of TLS, which happens
     * by itself a little later. Reads files.
     */
    public void reload() {
        files.reload();
    }

    /**
     * What is done when an operator asks this gateway to drain and stop, at its port; by default {@link #close}, on a
     * thread of its own.
     *
     * @param stop must return at once
     */
    public void onDrain(Runnable stop) {
        drain.set(stop);
    }

    /** The endpoints of the operator's port, each as {@code METHOD PATH ACCESS}. */
    List<String> adminEndpoints() {
        return adminServer.endpoints();
    }

    /** The file of the admin token, if changes are possible at the operator's port. */
    public Optional<Path> tokenFile() {
        return token.map(TokenFile::file);
    }

    /**
     * Admits nothing new, waits for what is queued and in flight (as long as configured), answers everyone, and stops.
     * Idempotent; a second caller waits for the first.
     */
    @Override
    public void close() {
        if (closing.compareAndSet(false, true)) {
            try {
                core.close();
                outcome = new Shutdown(loops)
                        .drain(
                                config.edge().shutdownTimeout().toNanos(),
                                () -> core.upstreams().close(System.nanoTime()));
            } finally {
                ShutdownSteps.run(List.of(
                        metrics::close,
                        timers::stop,
                        this::closeVertx,
                        services::close,
                        core::closeLogs,
                        closed::countDown));
            }
        } else {
            awaitClosed();
        }
    }

    /** What became of the pending requests; all zero before {@link #close}. For the last line that is printed. */
    public String outcome() {
        Shutdown.Outcome ended = outcome;
        String finished =
                ended.finished() + (ended.finished() == 1 ? " pending request" : " pending requests") + " finished";
        String cut = ended.cutOff() == 0 ? "" : ", " + ended.cutOff() + " timed out and got an error";
        String unread =
                ended.unread() == 0 ? "" : ", " + ended.unread() + " had not arrived completely and got a refusal";
        return finished + cut + unread;
    }

    private void closeVertx() {
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("stopping: connections did not close in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitClosed() {
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
