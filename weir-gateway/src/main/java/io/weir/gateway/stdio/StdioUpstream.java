package io.weir.gateway.stdio;

import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.weir.config.StdioTransport;
import io.weir.config.UpstreamConfig;
import io.weir.gateway.child.ChildRuntime;
import io.weir.gateway.http.EdgeCounters;
import io.weir.gateway.jsonrpc.EnvelopeReader;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Payload;
import io.weir.gateway.upstream.UpstreamFaults;
import io.weir.gateway.upstream.UpstreamLane;
import io.weir.gateway.upstream.UpstreamRequest;
import io.weir.gateway.upstream.UpstreamServer;
import io.weir.gateway.upstream.UpstreamShared;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An MCP server that is started as a child process, once for each session or once for all. Thread-safe. */
public final class StdioUpstream implements UpstreamShared {
    private final UpstreamConfig config;
    private final UpstreamFaults faults;
    private final StdioSessions sessions;
    private final ChildRuntime.Memory lines;
    private final EnvelopeReader reader;

    /**
     * An upstream without children; the first request starts one.
     *
     * @param reader reads bodies
     */
    public StdioUpstream(UpstreamConfig config, StdioTransport transport, ChildRuntime runtime, EnvelopeReader reader) {
        this.config = config;
        this.faults = new UpstreamFaults(config);
        this.sessions = new StdioSessions(config.name(), transport, runtime);
        this.lines = runtime.memory();
        this.reader = reader;
    }

    @Override
    public UpstreamServer onLoop(Vertx vertx, EdgeCounters counters) {
        return new OnLoop(new StdioLoop(vertx, vertx.getOrCreateContext(), lines, reader));
    }

    @Override
    public Map<String, Long> statistics() {
        return sessions.statistics();
    }

    @Override
    public void stop() {
        sessions.stop();
    }

    @Override
    public void close() {
        sessions.awaitGone();
    }

    private final class OnLoop implements UpstreamServer {
        private final StdioLoop loop;

        OnLoop(StdioLoop loop) {
            this.loop = loop;
        }

        @Override
        public UpstreamConfig config() {
            return config;
        }

        @Override
        public UpstreamFaults faults() {
            return faults;
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
            return new StdioRequest(sessions, loop, client, method, headers, body, listener);
        }

        @Override
        public Optional<UpstreamRequest> get(
                UpstreamLane lane, Client client, String path, MultiMap headers, UpstreamRequest.Listener listener) {
            return Optional.empty();
        }

        @Override
        public void sweep(long now) {
            faults.sweep(now);
            sessions.sweep(now);
        }

        @Override
        public void close() {
            // Children are ended when all event loops have stopped.
        }
    }
}
