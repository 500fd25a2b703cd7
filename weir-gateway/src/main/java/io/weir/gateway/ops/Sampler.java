package io.weir.gateway.ops;

import com.fasterxml.jackson.core.JsonGenerator;
import io.weir.core.ConnectionStats;
import io.weir.core.Count;
import io.weir.core.FlowStats;
import io.weir.core.GlobalStats;
import io.weir.core.LargestPending;
import io.weir.core.Survey;
import io.weir.core.TenantStats;
import io.weir.core.config.QueueLimitsConfig;
import io.weir.core.config.TenantLimits;
import io.weir.core.config.WeirConfig;
import io.weir.core.queue.DurationCounts;
import io.weir.core.queue.EngineStats;
import io.weir.core.queue.QueueDurations;
import io.weir.core.queue.QueueStats;
import io.weir.gateway.admission.RejectionCounters;
import io.weir.gateway.session.Client;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes the figures of the operator's page: a row of the history once a second, and for readers a snapshot with the
 * tenants and connections that matter most. Takes time in proportion to the number of connections: not for event loops.
 * To be used by one thread at a time.
 */
final class Sampler {
    private static final int MAX_LISTED = 20;

    /** Upstreams with columns in the history, so that it is bounded; snapshots have all. */
    private static final int MAX_QUEUES = 16;

    /**
     * Of the time that passes, samples take one part in so many at the most; with many connections they come less
     * often.
     */
    private static final long PART_OF_TIME = 20;

    private static final int MEDIAN = 500;
    private static final int P95 = 950;
    private static final int P99 = 990;

    private final EngineStats engine;
    private final EngineStats.DurationReader durations;
    private final Incidents incidents;
    private final History history;
    private final Supplier<Statistics.LogState> decisionLog;
    private final boolean canPreview;

    private FlowStats before;
    private Map<String, FlowStats> tenantsBefore = Map.of();
    private Map<String, Long> connectionsBefore = Map.of();
    private long watchedNanos;
    private long calls;
    private long endedNanos;
    private long tookNanos;

    /**
     * Of that engine.
     *
     * @param rejections what is rejected
     * @param history gets a row with each sample
     * @param decisionLog how the decision log does
     * @param canPreview whether a preview can be asked for
     */
    Sampler(
            EngineStats engine,
            RejectionCounters rejections,
            History history,
            Supplier<Statistics.LogState> decisionLog,
            boolean canPreview) {
        this.engine = engine;
        this.durations = engine.durationReader();
        RejectionCounters.Reader reader = rejections.reader();
        this.incidents = new Incidents(nanos -> reader.take(nanos, 0));
        this.history = history;
        this.decisionLog = decisionLog;
        this.canPreview = canPreview;
        this.before = engine.global().flow();
    }

    /**
     * Takes a sample, unless the last one took so long that it would take too much of the time.
     *
     * @param nanos nanoseconds of the monotonic clock
     * @param watched whether somebody reads the snapshot
     * @return the snapshot as JSON; null if nobody reads it, or no sample was taken
     */
    @Nullable
    String sample(long nanos, long epochMillis, boolean watched) {
        if (calls > 0 && nanos - endedNanos < (PART_OF_TIME - 1) * tookNanos) {
            return null;
        }
        Map<String, Long> row = new LinkedHashMap<>();
        List<QueueStats> queues = engine.queues();
        Survey survey = engine.survey(MAX_LISTED);
        process(row, survey);
        incidents
                .look(nanos, epochMillis, calls)
                .forEach((reason, messages) -> row.put("rejected." + reason, messages));
        durations(row);
        queues(row, queues);
        history.add(epochMillis, row);
        String snapshot = watched ? snapshot(epochMillis, nanos, row, survey, queues) : null;
        if (!watched) {
            tenantsBefore = Map.of();
            connectionsBefore = Map.of();
        }
        calls++;
        endedNanos = System.nanoTime();
        tookNanos = endedNanos - nanos;
        return snapshot;
    }

    private void process(Map<String, Long> row, Survey survey) {
        GlobalStats global = survey.global();
        FlowStats flow = global.flow();
        row.put("offered", flow.offered().messages() - before.offered().messages());
        row.put("admitted", flow.admitted().messages() - before.admitted().messages());
        row.put("rejected", rejected(flow) - rejected(before));
        row.put("completed", flow.completed().messages() - before.completed().messages());
        row.put("failed", flow.failed().messages() - before.failed().messages());
        before = flow;
        row.put("queued", flow.queued().messages());
        row.put("in_flight", flow.inFlight().messages());
        row.put("pending_messages", global.pending().messages());
        row.put("pending_bytes", global.pending().bytes());
        row.put("connections", (long) global.connections());
        row.put("tenants", (long) global.tenants());
        LargestPending largest = survey.largest();
        QueueLimitsConfig limits = engine.config().queueLimits();
        row.put("connection_permille", largest.connectionPermille());
        row.put("tenant_permille", largest.tenantPermille());
        row.put("process_permille", global.pending().permilleOf(limits.globalMaxMessages(), limits.globalMaxBytes()));
        row.put("connection_most", largest.connectionMessages());
        row.put("connection_limit", (long) limits.maxMessages());
    }

    private static long rejected(FlowStats flow) {
        return flow.refused().messages()
                + flow.dropped().messages()
                + flow.disconnected().messages()
                + flow.shed().messages();
    }

    /** How full a tenant as a whole is, in thousandths; -1 if it has no limit. */
    private static long fillOfTenant(Count pending, TenantLimits limits) {
        if (!limits.limitsPending()) {
            return -1;
        }
        return pending.permilleOf(
                limits.tenantMaxMessages().orElse(QueueLimitsConfig.MAX_MESSAGES),
                limits.tenantMaxBytes().orElse(QueueLimitsConfig.MAX_BYTES));
    }

    private void durations(Map<String, Long> row) {
        DurationCounts waits = new DurationCounts();
        DurationCounts latencies = new DurationCounts();
        for (QueueDurations each : durations.take().values()) {
            waits.add(each.queueWait());
            latencies.add(each.completed());
            latencies.add(each.failed());
        }
        percentiles(row, "wait_us", waits);
        percentiles(row, "latency_us", latencies);
    }

    private static void percentiles(Map<String, Long> row, String name, DurationCounts counts) {
        boolean known = counts.count() > 0;
        row.put(name + ".p50", known ? TimeUnit.NANOSECONDS.toMicros(counts.percentileNanos(MEDIAN)) : -1);
        row.put(name + ".p95", known ? TimeUnit.NANOSECONDS.toMicros(counts.percentileNanos(P95)) : -1);
        row.put(name + ".p99", known ? TimeUnit.NANOSECONDS.toMicros(counts.percentileNanos(P99)) : -1);
    }

    private static void queues(Map<String, Long> row, List<QueueStats> queues) {
        queues.stream().limit(MAX_QUEUES).forEach(queue -> {
            String name = "upstream." + queue.upstream();
            row.put(name + ".queued", queue.queued());
            row.put(name + ".in_flight", queue.inFlight());
            row.put(name + ".capacity", (long) queue.slots());
            row.put(
                    name + ".circuit",
                    switch (queue.circuit()) {
                        case CLOSED -> 0L;
                        case OPEN -> 1L;
                        case HALF_OPEN -> 2L;
                    });
        });
    }

    private String snapshot(
            long epochMillis, long nanos, Map<String, Long> row, Survey survey, List<QueueStats> queues) {
        double seconds = (nanos - watchedNanos) / 1e9;
        watchedNanos = nanos;
        return Statistics.object(json -> {
            json.writeNumberField("time", epochMillis);
            json.writeObjectFieldStart("row");
            for (Map.Entry<String, Long> figure : row.entrySet()) {
                if (figure.getValue() >= 0) {
                    json.writeNumberField(figure.getKey(), figure.getValue());
                }
            }
            json.writeEndObject();
            History.marks(json, history.marks());
            incidents(json, "incidents", incidents.current());
            incidents(json, "ended", incidents.ended());
            tenants(json, survey.tenants(), seconds);
            connections(json, survey.connections(), seconds);
            queues(json, queues);
            json.writeNumberField("connections_known", survey.global().connections());
            json.writeNumberField("tenants_known", survey.global().tenants());
            json.writeStringField("decision_log", decisionLog.get().state());
            json.writeBooleanField("preview", canPreview);
        });
    }

    private void incidents(JsonGenerator json, String name, List<Incidents.Incident> incidents) throws IOException {
        json.writeArrayFieldStart(name);
        for (Incidents.Incident each : incidents) {
            json.writeStartObject();
            json.writeStringField("upstream", each.upstream());
            json.writeStringField("reason", each.reason());
            json.writeNumberField("since", each.since());
            json.writeNumberField("last", each.last());
            json.writeNumberField("messages", each.messages());
            json.writeNumberField("lately", each.lately());
            tenants(json, "tenants", each.tenants());
            tenants(json, "tenants_lately", each.tenantsLately());
            json.writeStringField(
                    "advice",
                    Advice.of(
                            each.reason(),
                            each.upstream(),
                            each.tenantsLately().isEmpty() ? each.tenants() : each.tenantsLately(),
                            engine.config()));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void tenants(JsonGenerator json, String name, List<RejectionCounters.TenantRejections> tenants)
            throws IOException {
        json.writeArrayFieldStart(name);
        for (RejectionCounters.TenantRejections each : tenants) {
            json.writeStartObject();
            json.writeStringField("tenant", each.tenant());
            json.writeNumberField("messages", each.messages());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** How many a second, rounded up: one that was rejected is not shown as none. Not known without a count before. */
    private static long rate(long now, @Nullable Long before, double seconds) {
        return before == null || seconds <= 0 ? -1 : (long) Math.ceil(Math.max(0, now - before) / seconds);
    }

    private record Pressed(TenantStats tenant, long permille, long offered, long rejected) {}

    /** Those with most rejections first, then the fullest. */
    private void tenants(JsonGenerator json, List<TenantStats> tenants, double seconds) throws IOException {
        WeirConfig config = engine.config();
        Map<String, FlowStats> now = new HashMap<>();
        List<Pressed> pressed = new ArrayList<>();
        for (TenantStats each : tenants) {
            now.put(each.tenant(), each.flow());
            FlowStats last = tenantsBefore.get(each.tenant());
            pressed.add(new Pressed(
                    each,
                    fillOfTenant(each.pending(), config.limitsOf(each.tenant())),
                    rate(
                            each.flow().offered().messages(),
                            last == null ? null : last.offered().messages(),
                            seconds),
                    rate(rejected(each.flow()), last == null ? null : rejected(last), seconds)));
        }
        tenantsBefore = now;
        pressed.sort(Comparator.comparingLong((Pressed each) -> -each.rejected())
                .thenComparing(each -> -each.permille())
                .thenComparing(each -> -each.tenant().pending().messages())
                .thenComparing(each -> each.tenant().tenant()));
        json.writeArrayFieldStart("tenants");
        for (Pressed each : pressed.subList(0, Math.min(MAX_LISTED, pressed.size()))) {
            json.writeStartObject();
            json.writeStringField("tenant", each.tenant().tenant());
            json.writeNumberField("connections", each.tenant().connections());
            pending(json, each.tenant().pending());
            if (each.permille() >= 0) {
                json.writeNumberField("permille", each.permille());
            }
            rates(json, each.offered(), each.rejected());
            json.writeNumberField("rejected", rejected(each.tenant().flow()));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void pending(JsonGenerator json, Count pending) throws IOException {
        json.writeNumberField("messages", pending.messages());
        json.writeNumberField("bytes", pending.bytes());
    }

    private static void rates(JsonGenerator json, long offered, long rejected) throws IOException {
        if (offered >= 0) {
            json.writeNumberField("offered_per_sec", offered);
        }
        if (rejected >= 0) {
            json.writeNumberField("rejected_per_sec", rejected);
        }
    }

    /** Those with most pending messages first. */
    private void connections(JsonGenerator json, List<ConnectionStats> fullest, double seconds) throws IOException {
        WeirConfig config = engine.config();
        Map<String, Long> now = new HashMap<>();
        json.writeArrayFieldStart("connections");
        for (ConnectionStats each : fullest) {
            String key = each.tenant() + '\n' + each.key();
            long rejected = rejected(each.flow());
            now.put(key, rejected);
            json.writeStartObject();
            json.writeStringField("connection", Client.shown(each.key()));
            json.writeStringField("tenant", each.tenant());
            pending(json, each.pending());
            TenantLimits limits = config.limitsOf(each.tenant());
            json.writeNumberField("permille", each.pending().permilleOf(limits.maxMessages(), limits.maxBytes()));
            rates(json, -1, rate(rejected, connectionsBefore.get(key), seconds));
            json.writeNumberField("rejected", rejected);
            json.writeEndObject();
        }
        json.writeEndArray();
        connectionsBefore = now;
    }

    private static void queues(JsonGenerator json, List<QueueStats> queues) throws IOException {
        json.writeArrayFieldStart("queues");
        for (QueueStats queue : queues) {
            json.writeStartObject();
            json.writeStringField("queue", queue.upstream());
            json.writeStringField("circuit", queue.circuit().key());
            json.writeNumberField("queued", queue.queued());
            json.writeNumberField("in_flight", queue.inFlight());
            json.writeNumberField("abandoned", queue.abandoned());
            json.writeNumberField("capacity", queue.slots());
            json.writeNumberField("wait_ms", TimeUnit.NANOSECONDS.toMillis(queue.estimatedWaitNanos()));
            json.writeNumberField("rate_permille", queue.ratePermille());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
