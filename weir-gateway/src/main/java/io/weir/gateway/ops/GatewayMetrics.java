package io.weir.gateway.ops;

import io.weir.config.EdgeConfig;
import io.weir.config.GatewayConfig;
import io.weir.config.MemoryPlan;
import io.weir.metrics.Metric;
import io.weir.metrics.MetricSource;
import io.weir.metrics.Samples;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The metrics of a gateway beside those of its limits and queues. */
final class GatewayMetrics implements MetricSource {
    private static final String BYTES = "bytes";

    private static final Metric BUILD =
            gauge("weir.build.info", null, "1, with what is running as labels", List.of("version", "java"));
    private static final Metric CLIENT_CONNECTIONS =
            gauge("weir.client.connections", null, "TCP connections of clients", List.of());
    private static final Metric CLIENT_ADDRESSES =
            gauge("weir.client.addresses", null, "Addresses that clients are connected from", List.of());
    private static final Metric SESSIONS = gauge("weir.sessions", null, "MCP sessions", List.of());
    private static final Metric STREAMS =
            gauge("weir.streams", null, "GET streams and subscriptions that are open", List.of());
    private static final Metric CHILDREN =
            gauge("weir.children", null, "Child processes of servers over stdio", List.of());
    private static final Metric LINE_CONNECTIONS =
            gauge("weir.line.connections", null, "Connections to servers over TCP", List.of());
    private static final Metric PAUSED =
            gauge("weir.paused.clients", null, "Clients that are not read, since their limits are full", List.of());
    private static final Metric MEMORY_HELD =
            gauge("weir.memory.held", BYTES, "Memory taken of a budget of the edge", List.of("budget"));
    private static final Metric MEMORY_CEILING =
            gauge("weir.memory.ceiling", BYTES, "How much may be taken of that budget", List.of("budget"));
    private static final Metric EVENTS = new Metric(
            Metric.Kind.COUNTER,
            "weir.edge.events",
            null,
            "What the edge has seen, by the names of edge in /stats",
            List.of("event"));
    private static final Metric LOG_LOST_LINES = new Metric(
            Metric.Kind.COUNTER,
            "weir.decision.log.lost.lines",
            "lines",
            "Lines that the decision log has lost",
            List.of());
    private static final Metric LOG_WRITING = gauge(
            "weir.decision.log.writing", null, "1 while the decision log is written, 0 if it cannot be", List.of());

    private static final Metric ACCESS_LOST_LINES = new Metric(
            Metric.Kind.COUNTER,
            "weir.access.log.lost.lines",
            "lines",
            "Lines that the access log has lost",
            List.of());
    private static final Metric ACCESS_WRITING =
            gauge("weir.access.log.writing", null, "1 while the access log is written, 0 if it cannot be", List.of());

    private static final Metric LOST_SPANS = new Metric(
            Metric.Kind.COUNTER,
            "weir.tracing.lost.spans",
            "spans",
            "Spans that were lost: too many waited (`queue_full`), or the receiver did not take them (`not_sent`)",
            List.of("cause"));

    private static final Map<String, Metric> GAUGES = Map.of(
            "connections", CLIENT_CONNECTIONS,
            "connection_addresses", CLIENT_ADDRESSES,
            "sessions", SESSIONS,
            "streams", STREAMS,
            "children", CHILDREN,
            "line_connections", LINE_CONNECTIONS,
            "paused", PAUSED);

    /** Gauges of the edge that are no metrics. */
    private static final Set<String> LEFT_OUT = Set.of("session_addresses");

    private static final String BUFFERED = "buffered_";

    private final Supplier<Map<String, Long>> edge;
    private final Statistics.Outputs outputs;
    private final Map<String, Long> ceilings = new LinkedHashMap<>();
    private final String version;

    GatewayMetrics(GatewayConfig config, Supplier<Map<String, Long>> edge, Statistics.Outputs outputs) {
        this.edge = edge;
        this.outputs = outputs;
        EdgeConfig limits = config.edge();
        ceilings.put("buffered_head_bytes", limits.maxBufferedHeadBytes());
        ceilings.put("buffered_body_bytes", limits.maxBufferedBodyBytes());
        ceilings.put("buffered_answer_bytes", limits.maxBufferedAnswerBytes());
        ceilings.put("buffered_tcp_answer_bytes", MemoryPlan.tcpAnswers(config));
        String packaged = GatewayMetrics.class.getPackage().getImplementationVersion();
        this.version = packaged == null ? "unpackaged" : packaged;
    }

    private static Metric gauge(String name, @Nullable String unit, String description, List<String> labels) {
        return new Metric(Metric.Kind.GAUGE, name, unit, description, labels);
    }

    @Override
    public List<Metric> metrics() {
        return List.of(
                BUILD,
                CLIENT_CONNECTIONS,
                CLIENT_ADDRESSES,
                SESSIONS,
                STREAMS,
                CHILDREN,
                LINE_CONNECTIONS,
                PAUSED,
                MEMORY_HELD,
                MEMORY_CEILING,
                EVENTS,
                LOG_LOST_LINES,
                LOG_WRITING,
                ACCESS_LOST_LINES,
                ACCESS_WRITING,
                LOST_SPANS);
    }

    @Override
    public void collect(Samples samples) {
        samples.add(BUILD, 1, version, Runtime.version().toString());
        edge.get().forEach((name, value) -> {
            Metric gauge = GAUGES.get(name);
            Long ceiling = ceilings.get(name);
            if (gauge != null) {
                samples.add(gauge, value);
            } else if (ceiling != null) {
                String budget = name.substring(BUFFERED.length(), name.length() - "_bytes".length());
                samples.add(MEMORY_HELD, value, budget);
                samples.add(MEMORY_CEILING, ceiling, budget);
            } else if (!LEFT_OUT.contains(name)) {
                samples.add(EVENTS, value, name);
            }
        });
        log(samples, outputs.decisionLog().get(), LOG_LOST_LINES, LOG_WRITING);
        log(samples, outputs.accessLog().get(), ACCESS_LOST_LINES, ACCESS_WRITING);
        Statistics.TracingState tracing = outputs.tracing().get();
        if (!tracing.equals(Statistics.TracingState.NONE)) {
            samples.add(LOST_SPANS, tracing.lostQueueFull(), "queue_full");
            samples.add(LOST_SPANS, tracing.lostNotSent(), "not_sent");
        }
    }

    private static void log(Samples samples, Statistics.LogState log, Metric lostLines, Metric writing) {
        if (!log.equals(Statistics.LogState.NONE)) {
            samples.add(lostLines, log.lostLines());
            samples.add(writing, log.state().equals("writing") ? 1 : 0);
        }
    }
}
