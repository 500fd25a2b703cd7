package io.weir.gateway.upstream;

import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.weir.config.EdgeConfig;
import io.weir.config.HttpTransport;
import io.weir.config.UpstreamConfig;
import io.weir.gateway.admission.Upstream;
import io.weir.gateway.http.EdgeCounters;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Payload;
import io.weir.gateway.tls.TlsContext;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An MCP server that answers Streamable HTTP. Thread-safe. */
public final class HttpUpstream implements UpstreamShared {
    private final UpstreamConfig config;
    private final Upstream admission;
    private final HttpTransport transport;
    private final HttpUpstreamState state;
    private final Optional<TlsContext> tls;

    /**
     * An upstream.
     *
     * @param admission where requests to it are offered
     * @param transport that of the configuration
     * @param tls what its connections are encrypted with, if they are
     */
    public HttpUpstream(
            UpstreamConfig config,
            Upstream admission,
            HttpTransport transport,
            EdgeConfig edge,
            Optional<TlsContext> tls) {
        this.config = config;
        this.admission = admission;
        this.transport = transport;
        this.tls = tls;
        this.state = new HttpUpstreamState(config, transport, edge);
    }

    @Override
    public UpstreamServer onLoop(Vertx vertx, EdgeCounters counters) {
        return new OnLoop(admission, new HttpConnections(vertx, config, transport, state, tls, counters));
    }

    @Override
    public Upstream admission() {
        return admission;
    }

    @Override
    public int open() {
        return state.open();
    }

    private record OnLoop(Upstream admission, HttpConnections connections) implements UpstreamServer {
        @Override
        public UpstreamConfig config() {
            return connections.config();
        }

        @Override
        public UpstreamFaults faults() {
            return connections.faults();
        }

        @Override
        public UpstreamRequest request(
                UpstreamLane lane,
                Client client,
                HttpMethod method,
                MultiMap headers,
                @Nullable Payload body,
                boolean repeatable,
                UpstreamRequest.Listener listener) {
            return new HttpUpstreamRequest(
                    connections,
                    lane,
                    client.tenant(),
                    connections.options(method),
                    headers,
                    body,
                    repeatable,
                    listener);
        }

        @Override
        public Optional<UpstreamRequest> get(
                UpstreamLane lane, Client client, String path, MultiMap headers, UpstreamRequest.Listener listener) {
            RequestOptions options =
                    new RequestOptions().setMethod(HttpMethod.GET).setURI(path);
            return Optional.of(new HttpUpstreamRequest(
                    connections, lane, client.tenant(), options, headers, null, true, listener));
        }

        @Override
        public void sweep(long now) {
            connections.sweep(now);
        }

        @Override
        public void close() {
            connections.close();
        }

        @Override
        public void retire() {
            connections.retire();
        }

        @Override
        public void end() {
            connections.end();
        }
    }
}
