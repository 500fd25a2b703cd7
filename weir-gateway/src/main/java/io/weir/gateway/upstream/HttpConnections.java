package io.weir.gateway.upstream;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.Context;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.weir.config.ForwardedHeaders;
import io.weir.config.HttpTransport;
import io.weir.config.UpstreamConfig;
import io.weir.gateway.http.EdgeCounters;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.http.Headers;
import io.weir.gateway.http.TcpKeepAlive;
import io.weir.gateway.tls.TlsContext;
import java.net.URI;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The connections of one event loop to one HTTP upstream: one pool a lane. Confined to its event loop. */
final class HttpConnections {
    /** How long a request waits for a connection at the most, in nanoseconds. */
    static final long MAX_WAIT = TimeUnit.SECONDS.toNanos(10);

    private final UpstreamConfig config;
    private final HttpTransport http;
    private final HttpUpstreamState shared;
    private final Context context;
    private final HttpClientAgent client;
    private final String uri;
    private final Map<HttpMethod, RequestOptions> options = new HashMap<>();
    private final Set<String> ownHeaders = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    private final Map<UpstreamLane, ConnectionPool> pools = new EnumMap<>(UpstreamLane.class);

    /**
     * Its connections from the current event loop.
     *
     * @param shared what all event loops share of it
     * @param tls what they are encrypted with, if they are
     */
    HttpConnections(
            Vertx vertx,
            UpstreamConfig config,
            HttpTransport http,
            HttpUpstreamState shared,
            Optional<TlsContext> tls,
            EdgeCounters counters) {
        this.config = config;
        this.http = http;
        this.shared = shared;
        this.context = vertx.getOrCreateContext();
        this.uri = pathAndQuery(http.url());
        ownHeaders.addAll(http.headers().keySet());
        HttpConnectOptions target = target(http);
        Function<ByteBufAllocator, SslHandler> encryption = tls.<Function<ByteBufAllocator, SslHandler>>map(
                        context -> allocator -> encryption(context, http, allocator))
                .orElse(null);
        this.client = vertx.createHttpClient(clientOptions(http));
        KeepAlive keepAlive = new KeepAlive(http.keepAlive().toNanos());
        Runnable surplus = () -> {
            counters.upstreamFailures.increment();
            shared.faults().surplus();
        };
        for (UpstreamLane lane : UpstreamLane.values()) {
            pools.put(
                    lane,
                    new ConnectionPool(
                            client, target, encryption, shared.connections(lane), keepAlive, context, surplus));
        }
    }

    private static HttpClientOptions clientOptions(HttpTransport http) {
        return TcpKeepAlive.on(new HttpClientOptions())
                .setConnectTimeout((int) http.connectTimeout().toMillis())
                .setMaxHeaderSize(ResponseDecoder.MAX_HEADER_SIZE)
                .setDecompressionSupported(false)
                .setTcpNoDelay(true);
    }

    /** Vert.x connects without TLS; a connection gets it before anything is sent. */
    private static HttpConnectOptions target(HttpTransport http) {
        return new HttpConnectOptions().setHost(http.url().getHost()).setPort(http.port());
    }

    private static SslHandler encryption(TlsContext context, HttpTransport http, ByteBufAllocator allocator) {
        return context.handler(
                allocator,
                http.tls().serverName().orElse(http.host()),
                http.port(),
                http.connectTimeout().toMillis());
    }

    private static String pathAndQuery(URI url) {
        String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        return url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
    }

    UpstreamConfig config() {
        return config;
    }

    UpstreamFaults faults() {
        return shared.faults();
    }

    ConnectionPool pool(UpstreamLane lane) {
        return Objects.requireNonNull(pools.get(lane));
    }

    @Nullable
    TenantShares shares(UpstreamLane lane) {
        return shared.shares(lane);
    }

    /** Runs on this event loop. May be called from any thread. */
    void run(Runnable work) {
        context.runOnContext(ignored -> work.run());
    }

    /** What a request of that method asks for; it is shared, and not to be changed. */
    RequestOptions options(HttpMethod method) {
        return options.computeIfAbsent(
                method, each -> new RequestOptions().setMethod(each).setURI(uri));
    }

    /**
     * Copies the client's headers, {@code Host} included, with this upstream's own in place of those of the same name.
     * ErrorResponses are asked for uncompressed: of others the gateway cannot tell whose they are.
     */
    void endToEnd(MultiMap headers, MultiMap out) {
        Headers.copy(headers, out, this::isReplaced);
        out.set(HeaderNames.ACCEPT_ENCODING, HttpHeaders.IDENTITY);
        http.headers().forEach(out::set);
    }

    private boolean isReplaced(String name) {
        return name.equalsIgnoreCase("Content-Length")
                || name.equalsIgnoreCase("Accept-Encoding")
                || ownHeaders.contains(name)
                || (http.forwarded() == ForwardedHeaders.NONE && HeaderNames.isForwardingHeader(name));
    }

    /** Closes what was idle for too long, and ends waits that took too long. */
    void sweep(long now) {
        shared.sweep(now);
        pools.values().forEach(pool -> pool.sweep(now));
    }

    /** Closes what is idle. */
    void close() {
        pools.values().forEach(ConnectionPool::close);
    }

    /** Closes what is idle, now and later. */
    void retire() {
        pools.values().forEach(ConnectionPool::retire);
    }

    /** Connects no more. Not before all connections are closed. */
    void end() {
        client.close();
    }
}
