package io.weir.gateway.ops;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.weir.config.FileState;
import io.weir.config.Keys;
import io.weir.config.LoadedConfig;
import io.weir.config.Source;
import io.weir.core.ConnectionStats;
import io.weir.core.Count;
import io.weir.core.FlowStats;
import io.weir.core.GlobalStats;
import io.weir.core.Reason;
import io.weir.core.Survey;
import io.weir.core.TenantStats;
import io.weir.core.admission.Admission;
import io.weir.core.config.ConfigKey;
import io.weir.core.config.TenantConfig;
import io.weir.core.config.TenantKey;
import io.weir.core.config.WeirConfig;
import io.weir.core.queue.QueueStats;
import io.weir.gateway.admission.Upstreams;
import io.weir.gateway.session.Client;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What the admission holds and has decided, and the limits in force, as JSON for an operator. Thread-safe. */
public final class Statistics {
    private static final int MAX_TENANTS = 1000;
    private static final int MAX_CONNECTIONS = 20;
    private static final JsonFactory JSON = new JsonFactory();

    private final Admission admission;
    private final Upstreams upstreams;
    private final Outputs outputs;
    private final Supplier<List<FollowedFile>> files;

    /**
     * Of that admission and those queues.
     *
     * @param outputs what the gateway writes
     * @param files those that are followed
     */
    public Statistics(Admission admission, Upstreams upstreams, Outputs outputs, Supplier<List<FollowedFile>> files) {
        this.admission = admission;
        this.upstreams = upstreams;
        this.outputs = outputs;
        this.files = files;
    }

    /**
     * How the logs and traces do that the gateway writes.
     *
     * @param decisionLog the decision log
     * @param accessLog the access log
     * @param tracing traces
     */
    public record Outputs(
            Supplier<LogState> decisionLog, Supplier<LogState> accessLog, Supplier<TracingState> tracing) {
        /** There are none. */
        public static final Outputs NONE =
                new Outputs(() -> LogState.NONE, () -> LogState.NONE, () -> TracingState.NONE);
    }

    /**
     * How the decision log or the access log does.
     *
     * @param state {@code none}, {@code writing}, or {@code stopped} because its file cannot be written
     * @param lostLines how many lines were lost since the start
     */
    public record LogState(String state, long lostLines) {
        /** There is no such log. */
        public static final LogState NONE = new LogState("none", 0);
    }

    /**
     * How the sending of spans does.
     *
     * @param state {@code none} or {@code sending}
     * @param lostQueueFull how many spans were lost since the start because too many waited to be sent
     * @param lostNotSent how many were lost because the receiver could not be reached, or refused them
     */
    public record TracingState(String state, long lostQueueFull, long lostNotSent) {
        /** Nothing is traced. */
        public static final TracingState NONE = new TracingState("none", 0, 0);
    }

    /** Writes the fields of an object. */
    interface Content {
        void write(JsonGenerator json) throws IOException;
    }

    /**
     * The counters of the process, of its tenants (the first {@value #MAX_TENANTS} by name) and of the connections with
     * the most pending.
     *
     * @param edge counters of the edge, by name
     */
    public String stats(Map<String, Long> edge) {
        return object(json -> {
            Survey survey = admission.survey(MAX_CONNECTIONS);
            GlobalStats global = survey.global();
            json.writeObjectFieldStart("global");
            json.writeNumberField("tenants", global.tenants());
            json.writeNumberField("connections", global.connections());
            count(json, "pending", global.pending());
            count(json, "control", global.control());
            flow(json, global.flow());
            json.writeEndObject();
            json.writeArrayFieldStart("queues");
            for (QueueStats queue : upstreams.stats(System.nanoTime())) {
                queue(json, queue);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("tenants");
            for (TenantStats tenant :
                    survey.tenants().stream().limit(MAX_TENANTS).toList()) {
                json.writeStartObject();
                json.writeStringField("tenant", tenant.tenant());
                json.writeNumberField("connections", tenant.connections());
                count(json, "pending", tenant.pending());
                flow(json, tenant.flow());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayFieldStart("top_connections");
            for (ConnectionStats connection : survey.connections()) {
                json.writeStartObject();
                json.writeStringField("tenant", connection.tenant());
                json.writeStringField("connection", Client.shown(connection.key()));
                count(json, "pending", connection.pending());
                count(json, "control", connection.control());
                flow(json, connection.flow());
                json.writeEndObject();
            }
            json.writeEndArray();
            log(json, "decision_log", outputs.decisionLog().get());
            log(json, "access_log", outputs.accessLog().get());
            tracing(json, outputs.tracing().get());
            json.writeArrayFieldStart("files");
            for (FollowedFile file : files.get()) {
                json.writeStartObject();
                json.writeStringField("name", file.name());
                texts(json, "files", file.files());
                state(json, file.state());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeObjectFieldStart("edge");
            for (Map.Entry<String, Long> counter : edge.entrySet()) {
                json.writeNumberField(counter.getKey(), counter.getValue());
            }
            json.writeEndObject();
        });
    }

    private static void log(JsonGenerator json, String name, LogState log) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeStringField("state", log.state());
        json.writeNumberField("lost_lines", log.lostLines());
        json.writeEndObject();
    }

    private static void tracing(JsonGenerator json, TracingState tracing) throws IOException {
        json.writeObjectFieldStart("tracing");
        json.writeStringField("state", tracing.state());
        json.writeNumberField("lost_queue_full", tracing.lostQueueFull());
        json.writeNumberField("lost_not_sent", tracing.lostNotSent());
        json.writeEndObject();
    }

    /** The limits in force, by section and key as a configuration file has them. */
    public String limits(String profile) {
        return object(json -> limits(json, profile, admission.config()));
    }

    /** The same, with what set each of them. */
    public static String limits(LiveConfig live) {
        LoadedConfig running = live.running();
        return object(json -> {
            limits(json, running.config().profile(), running.config().limits());
            json.writeObjectFieldStart("sources");
            source(json, LoadedConfig.PROFILE, running.profileSource());
            for (ConfigKey key : ConfigKey.values()) {
                source(json, LoadedConfig.path(key), running.source(key));
            }
            for (String path : Keys.tenantLimits(running.config().limits()).keySet()) {
                source(json, path, running.source(path));
            }
            json.writeEndObject();
            json.writeNumberField("heap_bytes", live.heapBytes());
            json.writeObjectFieldStart("configuration");
            json.writeStringField("file", live.file().map(Path::toString).orElse(""));
            state(json, live.fileState());
            json.writeEndObject();
        });
    }

    private static void state(JsonGenerator json, FileState state) throws IOException {
        json.writeStringField("state", state.isApplied() ? "applied" : "rejected");
        json.writeStringField("at", state.at().toString());
        texts(json, "problems", state.problems());
    }

    private static void texts(JsonGenerator json, String name, List<String> texts) throws IOException {
        json.writeArrayFieldStart(name);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    private static void source(JsonGenerator json, String path, Source source) throws IOException {
        json.writeObjectFieldStart(path);
        json.writeStringField("from", source.kind().key());
        if (!source.at().isEmpty()) {
            json.writeStringField("at", source.at());
        }
        json.writeEndObject();
    }

    private static void limits(JsonGenerator json, String profile, WeirConfig config) throws IOException {
        json.writeStringField("profile", profile);
        for (String section : new String[] {ConfigKey.QUEUE_LIMITS, ConfigKey.BACKPRESSURE}) {
            json.writeObjectFieldStart(section);
            for (ConfigKey key : Arrays.stream(ConfigKey.values())
                    .filter(k -> k.section().equals(section))
                    .toList()) {
                json.writeFieldName(key.key());
                value(json, key.get(config));
            }
            json.writeEndObject();
        }
        json.writeObjectFieldStart("tenants");
        for (Map.Entry<String, TenantConfig> tenant : config.tenants().entrySet()) {
            json.writeObjectFieldStart(tenant.getKey());
            for (TenantKey key : TenantKey.values()) {
                Optional<String> own = key.get(tenant.getValue());
                if (own.isPresent()) {
                    json.writeFieldName(key.key());
                    value(json, own.get());
                }
            }
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    /** An error, and what is wrong, a text each. */
    static String error(String message, List<String> problems) {
        return object(json -> {
            json.writeStringField("error", message);
            if (!problems.isEmpty()) {
                texts(json, "problems", problems);
            }
        });
    }

    static void queue(JsonGenerator json, QueueStats queue) throws IOException {
        json.writeStartObject();
        json.writeStringField("queue", queue.upstream());
        json.writeNumberField("queued", queue.queued());
        json.writeNumberField("in_flight", queue.inFlight());
        json.writeNumberField("abandoned", queue.abandoned());
        json.writeNumberField("open_operations", queue.openOperations());
        json.writeNumberField("capacity", queue.capacity());
        json.writeNumberField("estimated_wait_ms", TimeUnit.NANOSECONDS.toMillis(queue.estimatedWaitNanos()));
        json.writeStringField("circuit", queue.circuit().key());
        json.writeNumberField("rate_permille", queue.ratePermille());
        json.writeNumberField("rate_delay_ms", TimeUnit.NANOSECONDS.toMillis(queue.rateDelayNanos()));
        json.writeNumberField("dispatched", queue.dispatched());
        json.writeNumberField("expired", queue.expired());
        json.writeNumberField("cancelled", queue.cancelled());
        json.writeNumberField("evicted", queue.evicted());
        json.writeNumberField("shed_by_wait", queue.shedByWait());
        json.writeNumberField("shed_by_circuit", queue.shedByCircuit());
        json.writeArrayFieldStart("waiting");
        for (QueueStats.TenantQueue tenant : queue.tenants()) {
            json.writeStartObject();
            json.writeStringField("tenant", tenant.tenant());
            json.writeNumberField("queued", tenant.queued());
            json.writeEndObject();
        }
        json.writeEndArray();
        QueueStats.BacklogStats backlog = queue.backlog();
        if (backlog == null) {
            json.writeNullField("limit_in_all");
        } else {
            json.writeNumberField("limit_in_all", backlog.limit());
        }
        json.writeArrayFieldStart("operations");
        for (QueueStats.OperationStats operation : queue.operations()) {
            json.writeStartObject();
            json.writeStringField("operation", operation.operation());
            json.writeNumberField("in_flight", operation.inFlight());
            if (operation.isLimited()) {
                json.writeNumberField("limit", operation.limit());
            } else {
                json.writeNullField("limit");
            }
            json.writeNumberField("stay_ms", TimeUnit.NANOSECONDS.toMillis(operation.stayNanos()));
            json.writeNumberField("may_stay_ms", TimeUnit.NANOSECONDS.toMillis(operation.mayStayNanos()));
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void value(JsonGenerator json, String text) throws IOException {
        if (text.equals("true") || text.equals("false") || text.matches("-?[0-9]+(\\.[0-9]+)?")) {
            json.writeRawValue(text);
        } else {
            json.writeString(text);
        }
    }

    static void flow(JsonGenerator json, FlowStats flow) throws IOException {
        json.writeObjectFieldStart("flow");
        count(json, "offered", flow.offered());
        count(json, "refused", flow.refused());
        count(json, "dropped", flow.dropped());
        count(json, "disconnected", flow.disconnected());
        count(json, "shed", flow.shed());
        count(json, "admitted", flow.admitted());
        count(json, "queued", flow.queued());
        count(json, "in_flight", flow.inFlight());
        count(json, "completed", flow.completed());
        count(json, "failed", flow.failed());
        count(json, "expired", flow.expired());
        count(json, "cancelled", flow.cancelled());
        count(json, "evicted", flow.evicted());
        json.writeObjectFieldStart("by_reason");
        for (Map.Entry<Reason, Count> reason : new TreeMap<>(flow.byReason()).entrySet()) {
            count(json, reason.getKey().key(), reason.getValue());
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    static void count(JsonGenerator json, String name, Count count) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeNumberField("messages", count.messages());
        json.writeNumberField("bytes", count.bytes());
        json.writeEndObject();
    }

    /** All that was rejected: refused, dropped, disconnected and shed. */
    static Count rejected(FlowStats flow) {
        return flow.refused().plus(flow.dropped()).plus(flow.disconnected()).plus(flow.shed());
    }

    /** An object as one line of JSON. */
    static String object(Content content) {
        StringWriter out = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            content.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.append('\n').toString();
    }
}
