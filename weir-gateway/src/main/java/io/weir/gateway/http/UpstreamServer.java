package io.weir.gateway.http;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.weir.gateway.config.EdgeConfig;
import io.weir.gateway.config.UpstreamConfig;
import java.net.URI;
import java.util.Set;
import java.util.TreeSet;

/**
 * An upstream as one event loop sees it. Calls, control messages and streams have connections of their own, so that a
 * thousand slow calls do not stand before an {@code initialize}. Confined to its event loop.
 */
final class UpstreamServer {
    /** Shorter than the keep-alive of the common servers (Node: 5 s), so that a request does not meet a closing one. */
    private static final int KEEP_ALIVE_SECONDS = 4;

    private static final int CONTROL_CONNECTIONS = 32;

    private final UpstreamConfig config;
    private final RequestOptions target;
    private final Set<String> ownHeaders = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    private final boolean hidesApiKey;
    private final HttpClient calls;
    private final HttpClient control;
    private final HttpClient streams;

    /**
     * Its connections from one of {@code eventLoops} event loops.
     *
     * @param hidesApiKey whether a client's API key is for this gateway alone
     */
    UpstreamServer(Vertx vertx, UpstreamConfig config, EdgeConfig edge, int eventLoops, boolean hidesApiKey) {
        this.config = config;
        this.hidesApiKey = hidesApiKey;
        URI url = config.url();
        boolean tls = "https".equalsIgnoreCase(url.getScheme());
        this.target = new RequestOptions()
                .setHost(url.getHost())
                .setPort(url.getPort() < 0 ? (tls ? 443 : 80) : url.getPort())
                .setSsl(tls)
                .setURI(pathAndQuery(url));
        ownHeaders.addAll(config.headers().keySet());
        HttpClientOptions options = new HttpClientOptions()
                .setConnectTimeout((int) config.connectTimeout().toMillis())
                .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                .setMaxHeaderSize(64 * 1024)
                .setDecompressionSupported(false)
                .setTcpNoDelay(true)
                .setVerifyHost(true);
        this.calls = client(vertx, options, Math.max(1, config.maxConnections() / eventLoops));
        this.control = client(vertx, options, CONTROL_CONNECTIONS);
        this.streams = client(vertx, options, Math.max(1, edge.maxStreams()));
    }

    /** Those that wait for a connection are bounded by what the admission lets in. */
    private static HttpClient client(Vertx vertx, HttpClientOptions options, int connections) {
        return vertx.createHttpClient(
                options, new PoolOptions().setHttp1MaxSize(connections).setMaxWaitQueueSize(-1));
    }

    private static String pathAndQuery(URI url) {
        String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        return url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
    }

    UpstreamConfig config() {
        return config;
    }

    Future<HttpClientRequest> call(MultiMap headers) {
        return request(calls, HttpMethod.POST, headers);
    }

    Future<HttpClientRequest> control(MultiMap headers) {
        return request(control, HttpMethod.POST, headers);
    }

    Future<HttpClientRequest> stream(MultiMap headers) {
        return request(streams, HttpMethod.GET, headers);
    }

    Future<HttpClientRequest> delete(MultiMap headers) {
        return request(control, HttpMethod.DELETE, headers);
    }

    private Future<HttpClientRequest> request(HttpClient client, HttpMethod method, MultiMap headers) {
        RequestOptions options = new RequestOptions(target).setMethod(method).setHeaders(endToEnd(headers));
        return client.request(options);
    }

    /** The client's headers, {@code Host} included, with this upstream's own in place of those of the same name. */
    private MultiMap endToEnd(MultiMap headers) {
        MultiMap out = MultiMap.caseInsensitiveMultiMap();
        Headers.copy(headers, out, this::isReplaced);
        config.headers().forEach(out::set);
        return out;
    }

    private boolean isReplaced(String name) {
        return name.equalsIgnoreCase("Content-Length")
                || ownHeaders.contains(name)
                || (hidesApiKey && (name.equalsIgnoreCase(Headers.API_KEY) || name.equalsIgnoreCase("Authorization")));
    }
}
