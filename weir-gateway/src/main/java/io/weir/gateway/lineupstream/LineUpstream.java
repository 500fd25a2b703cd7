package io.weir.gateway.lineupstream;

import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.weir.config.LineTransport;
import io.weir.config.StdioTransport;
import io.weir.config.TcpTransport;
import io.weir.config.UpstreamConfig;
import io.weir.gateway.admission.Upstream;
import io.weir.gateway.child.ChildProcess;
import io.weir.gateway.child.ChildRuntime;
import io.weir.gateway.http.EdgeCounters;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.jsonrpc.EnvelopeReader;
import io.weir.gateway.line.LineMemory;
import io.weir.gateway.line.LineServer;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Payload;
import io.weir.gateway.tls.TlsContext;
import io.weir.gateway.upstream.TcpConnector;
import io.weir.gateway.upstream.TcpLineServer;
import io.weir.gateway.upstream.UpstreamFaults;
import io.weir.gateway.upstream.UpstreamLane;
import io.weir.gateway.upstream.UpstreamRequest;
import io.weir.gateway.upstream.UpstreamServer;
import io.weir.gateway.upstream.UpstreamShared;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An MCP server that reads and writes lines: it is started as a child process, or connected to over TCP, once for each
 * session or once for all. Thread-safe.
 */
public final class LineUpstream implements UpstreamShared {
    private final UpstreamConfig config;
    private final Upstream admission;
    private final UpstreamFaults faults;
    private final LineSessions sessions;
    private final LineMemory lines;
    private final EnvelopeReader reader;
    private final Function<Vertx, LineServers> servers;

    private LineUpstream(
            UpstreamConfig config,
            Upstream admission,
            LineTransport transport,
            ChildRuntime runtime,
            MemoryBudget kept,
            EnvelopeReader reader,
            Function<Vertx, LineServers> servers) {
        this.config = config;
        this.admission = admission;
        this.faults = new UpstreamFaults(config);
        this.sessions = new LineSessions(config.name(), transport, runtime.scheduler(), kept, runtime.memory());
        this.lines = runtime.memory();
        this.reader = reader;
        this.servers = servers;
    }

    /**
     * An upstream without child processes; the first request starts one.
     *
     * @param admission where requests to it are offered
     * @param kept memory for what sessions keep, of all upstreams together
     * @param reader reads bodies
     */
    public static LineUpstream ofProcesses(
            UpstreamConfig config,
            Upstream admission,
            StdioTransport transport,
            ChildRuntime runtime,
            MemoryBudget kept,
            EnvelopeReader reader) {
        LineServers processes = listener -> new ChildProcess(config.name(), transport, runtime, listener);
        return new LineUpstream(config, admission, transport, runtime, kept, reader, vertx -> processes);
    }

    /**
     * An upstream without connections; the first request opens one.
     *
     * @param admission where requests to it are offered
     * @param tls what connections are encrypted with, if they are
     * @param kept memory for what sessions keep, of all upstreams together
     * @param reader reads bodies
     */
    public static LineUpstream ofConnections(
            UpstreamConfig config,
            Upstream admission,
            TcpTransport transport,
            Optional<TlsContext> tls,
            ChildRuntime runtime,
            MemoryBudget kept,
            EnvelopeReader reader) {
        return new LineUpstream(
                config,
                admission,
                transport,
                runtime,
                kept,
                reader,
                vertx -> new TcpServers(new TcpConnector(vertx, transport, tls, runtime.memory())));
    }

    /** Connections of one event loop. */
    private record TcpServers(TcpConnector connector) implements LineServers {
        @Override
        public LineServer make(LineServer.Listener listener) {
            return new TcpLineServer(connector, listener);
        }

        @Override
        public void close() {
            connector.close();
        }
    }

    @Override
    public Upstream admission() {
        return admission;
    }

    @Override
    public void endIdle() {
        sessions.stopQuiet();
    }

    @Override
    public UpstreamServer onLoop(Vertx vertx, EdgeCounters counters) {
        return new OnLoop(new LineLoop(vertx, vertx.getOrCreateContext(), servers.apply(vertx), lines, reader));
    }

    @Override
    public int open() {
        return sessions.open();
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
        private final LineLoop loop;

        OnLoop(LineLoop loop) {
            this.loop = loop;
        }

        @Override
        public UpstreamConfig config() {
            return config;
        }

        @Override
        public Upstream admission() {
            return admission;
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
            return new LineRequest(sessions, loop, client, method, headers, body, listener);
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
            sessions.endHung(now, config.requestTimeout()).forEach(why -> faults.report(why, false));
        }

        @Override
        public void close() {
            // Children are ended when all event loops have stopped.
        }

        @Override
        public void end() {
            loop.servers().close();
        }
    }
}
