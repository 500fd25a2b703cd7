package io.weir.metrics;

import static io.weir.metrics.Metric.counter;
import static io.weir.metrics.Metric.gauge;
import static io.weir.metrics.Metric.histogram;

import io.weir.core.ConnectionPending;
import io.weir.core.ConnectionStats;
import io.weir.core.Count;
import io.weir.core.FlowStats;
import io.weir.core.GlobalStats;
import io.weir.core.Outcome;
import io.weir.core.Reason;
import io.weir.core.RejectionCount;
import io.weir.core.Scope;
import io.weir.core.TenantBreakdown;
import io.weir.core.TenantStats;
import io.weir.core.config.BackpressureConfig;
import io.weir.core.config.QueueLimitsConfig;
import io.weir.core.config.WeirConfig;
import io.weir.core.queue.CircuitState;
import io.weir.core.queue.EngineStats;
import io.weir.core.queue.QueueDurations;
import io.weir.core.queue.QueueStats;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/** The metrics of limits and queues. */
final class EngineMetrics implements MetricSource {
    /** All tenants that have no series of their own. */
    static final String OTHER = "other";

    private static final String MESSAGES = "messages";
    private static final String BYTES = "bytes";
    private static final String SECONDS = "seconds";
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double PERMILLE = 1000;

    private static final Metric OFFERED_MESSAGES =
            counter("weir.offered.messages", MESSAGES, "Messages offered, those of the control lane included");
    private static final Metric OFFERED_BYTES = counter("weir.offered.bytes", BYTES, "Bytes of messages offered");
    private static final Metric ADMITTED_MESSAGES =
            counter("weir.admitted.messages", MESSAGES, "Messages that the limits let pass");
    private static final Metric ADMITTED_BYTES =
            counter("weir.admitted.bytes", BYTES, "Bytes of messages that the limits let pass");
    private static final Metric REJECTED_MESSAGES = counter(
            "weir.rejected.messages",
            MESSAGES,
            "Messages refused, dropped, disconnected or shed, by the limit that rejected them",
            "action",
            "reason",
            "scope");
    private static final Metric REJECTED_BYTES =
            counter("weir.rejected.bytes", BYTES, "Bytes of messages rejected", "action", "reason", "scope");
    private static final Metric ENDED_MESSAGES = counter(
            "weir.ended.messages",
            MESSAGES,
            "Admitted messages that have ended: completed, failed, expired, cancelled or evicted",
            "outcome");
    private static final Metric ENDED_BYTES =
            counter("weir.ended.bytes", BYTES, "Bytes of admitted messages that have ended", "outcome");

    private static final Metric QUEUE_DEPTH_MESSAGES =
            gauge("weir.queue.depth.messages", MESSAGES, "Messages that wait for an upstream's capacity");
    private static final Metric QUEUE_DEPTH_BYTES =
            gauge("weir.queue.depth.bytes", BYTES, "Bytes of messages that wait");
    private static final Metric IN_FLIGHT_MESSAGES =
            gauge("weir.in.flight.messages", MESSAGES, "Messages given to an upstream and not finished");
    private static final Metric IN_FLIGHT_BYTES = gauge("weir.in.flight.bytes", BYTES, "Bytes of messages in flight");
    private static final Metric PENDING_MESSAGES =
            gauge("weir.pending.messages", MESSAGES, "Messages that the global limit counts: queued and in flight");
    private static final Metric PENDING_BYTES =
            gauge("weir.pending.bytes", BYTES, "Bytes that the global limit counts");
    private static final Metric CONTROL_PENDING_MESSAGES =
            gauge("weir.control.pending.messages", MESSAGES, "Pending messages of the control lane");
    private static final Metric CONTROL_PENDING_BYTES =
            gauge("weir.control.pending.bytes", BYTES, "Pending bytes of the control lane");
    private static final Metric LIMIT_MESSAGES =
            gauge("weir.limit.messages", MESSAGES, "The limit in force on pending messages", "scope");
    private static final Metric LIMIT_BYTES =
            gauge("weir.limit.bytes", BYTES, "The limit in force on pending bytes", "scope");
    private static final Metric LIMIT_RATE =
            gauge("weir.limit.rate", null, "The limit in force on messages a second", "scope");
    private static final Metric TENANTS = gauge("weir.tenants", null, "Tenants that are known");
    private static final Metric CONNECTIONS =
            gauge("weir.connections", null, "Connections that the limits know: sessions, and clients without one");
    private static final Metric CONNECTION_PENDING_MESSAGES = gauge(
            "weir.connection.pending.messages",
            MESSAGES,
            "Pending messages of a connection: percentiles over all connections, 100 is the largest",
            "percentile");
    private static final Metric CONNECTION_PENDING_BYTES = gauge(
            "weir.connection.pending.bytes",
            BYTES,
            "Pending bytes of a connection: percentiles over all connections",
            "percentile");
    private static final Metric TOP_PENDING_MESSAGES = gauge(
            "weir.top.connection.pending.messages",
            MESSAGES,
            "Pending messages of the connections that have most, by rank from 1",
            "rank",
            "tenant");
    private static final Metric TOP_PENDING_BYTES = gauge(
            "weir.top.connection.pending.bytes", BYTES, "Pending bytes of the same connections", "rank", "tenant");

    private static final Metric TENANT_OFFERED_MESSAGES =
            counter("weir.tenant.offered.messages", MESSAGES, "Messages offered by a tenant", "tenant");
    private static final Metric TENANT_OFFERED_BYTES =
            counter("weir.tenant.offered.bytes", BYTES, "Bytes of messages offered by a tenant", "tenant");
    private static final Metric TENANT_ADMITTED_MESSAGES =
            counter("weir.tenant.admitted.messages", MESSAGES, "Messages of a tenant that were admitted", "tenant");
    private static final Metric TENANT_REJECTED_MESSAGES = counter(
            "weir.tenant.rejected.messages",
            MESSAGES,
            "Messages of a tenant that were rejected",
            "tenant",
            "action",
            "reason",
            "scope");
    private static final Metric TENANT_ENDED_MESSAGES = counter(
            "weir.tenant.ended.messages", MESSAGES, "Messages of a tenant that have ended", "tenant", "outcome");
    private static final Metric TENANT_QUEUE_DEPTH =
            gauge("weir.tenant.queue.depth.messages", MESSAGES, "Messages of a tenant that wait", "tenant");
    private static final Metric TENANT_IN_FLIGHT =
            gauge("weir.tenant.in.flight.messages", MESSAGES, "Messages of a tenant in flight", "tenant");
    private static final Metric TENANT_PENDING_MESSAGES =
            gauge("weir.tenant.pending.messages", MESSAGES, "Messages that the limit of a tenant counts", "tenant");
    private static final Metric TENANT_PENDING_BYTES =
            gauge("weir.tenant.pending.bytes", BYTES, "Bytes that the limit of a tenant counts", "tenant");
    private static final Metric TENANT_CONNECTIONS =
            gauge("weir.tenant.connections", null, "Connections of a tenant", "tenant");

    private static final Metric UPSTREAM_QUEUE_DEPTH =
            gauge("weir.upstream.queue.depth.messages", MESSAGES, "Messages that wait for an upstream", "upstream");
    private static final Metric UPSTREAM_IN_FLIGHT =
            gauge("weir.upstream.in.flight.messages", MESSAGES, "Messages that an upstream has", "upstream");
    private static final Metric UPSTREAM_ABANDONED = gauge(
            "weir.upstream.abandoned.messages",
            MESSAGES,
            "Messages that were given up, whose slots are held since the upstream may go on with them",
            "upstream");
    private static final Metric UPSTREAM_CAPACITY = gauge(
            "weir.upstream.capacity.messages", MESSAGES, "How many messages an upstream may have now", "upstream");
    private static final Metric UPSTREAM_WAIT = gauge(
            "weir.upstream.estimated.wait",
            SECONDS,
            "How long a call of a tenant that has nothing queued would wait now",
            "upstream");
    private static final Metric UPSTREAM_CIRCUIT = gauge(
            "weir.upstream.circuit.state",
            null,
            "1 for the state that the circuit is in, 0 for others",
            "upstream",
            "state");
    private static final Metric UPSTREAM_OPEN_OPERATIONS = gauge(
            "weir.upstream.open.operations",
            null,
            "Operations of tenants whose own circuit is open while the upstream's is not",
            "upstream");
    private static final Metric UPSTREAM_RATE =
            gauge("weir.upstream.rate.ratio", null, "The adaptive rate, as a part of the configured one", "upstream");
    private static final Metric UPSTREAM_RATE_DELAY = gauge(
            "weir.upstream.rate.delay",
            SECONDS,
            "How late messages were when the adaptive rate was last lowered; 0 while it is not",
            "upstream");
    private static final Metric UPSTREAM_DISPATCHED =
            counter("weir.upstream.dispatched.messages", MESSAGES, "Messages given to an upstream", "upstream");
    private static final Metric UPSTREAM_REMOVED = counter(
            "weir.upstream.removed.messages",
            MESSAGES,
            "Messages that left the queue otherwise: expired, cancelled or evicted",
            "upstream",
            "outcome");
    private static final Metric UPSTREAM_SHED = counter(
            "weir.upstream.shed.messages",
            MESSAGES,
            "Messages that the queue rejected: for their likely wait, or because the circuit is open",
            "upstream",
            "reason");
    private static final Metric UPSTREAM_QUEUE_WAIT = histogram(
            "weir.upstream.queue.wait", "How long messages waited until they were given to the upstream", "upstream");
    private static final Metric UPSTREAM_LATENCY = histogram(
            "weir.upstream.latency",
            "How long messages were in flight that were completed or have failed",
            "upstream",
            "outcome");

    private static final List<Metric> ALL = List.of(
            OFFERED_MESSAGES,
            OFFERED_BYTES,
            ADMITTED_MESSAGES,
            ADMITTED_BYTES,
            REJECTED_MESSAGES,
            REJECTED_BYTES,
            ENDED_MESSAGES,
            ENDED_BYTES,
            QUEUE_DEPTH_MESSAGES,
            QUEUE_DEPTH_BYTES,
            IN_FLIGHT_MESSAGES,
            IN_FLIGHT_BYTES,
            PENDING_MESSAGES,
            PENDING_BYTES,
            CONTROL_PENDING_MESSAGES,
            CONTROL_PENDING_BYTES,
            LIMIT_MESSAGES,
            LIMIT_BYTES,
            LIMIT_RATE,
            TENANTS,
            CONNECTIONS,
            CONNECTION_PENDING_MESSAGES,
            CONNECTION_PENDING_BYTES,
            TOP_PENDING_MESSAGES,
            TOP_PENDING_BYTES,
            TENANT_OFFERED_MESSAGES,
            TENANT_OFFERED_BYTES,
            TENANT_ADMITTED_MESSAGES,
            TENANT_REJECTED_MESSAGES,
            TENANT_ENDED_MESSAGES,
            TENANT_QUEUE_DEPTH,
            TENANT_IN_FLIGHT,
            TENANT_PENDING_MESSAGES,
            TENANT_PENDING_BYTES,
            TENANT_CONNECTIONS,
            UPSTREAM_QUEUE_DEPTH,
            UPSTREAM_IN_FLIGHT,
            UPSTREAM_ABANDONED,
            UPSTREAM_CAPACITY,
            UPSTREAM_WAIT,
            UPSTREAM_CIRCUIT,
            UPSTREAM_OPEN_OPERATIONS,
            UPSTREAM_RATE,
            UPSTREAM_RATE_DELAY,
            UPSTREAM_DISPATCHED,
            UPSTREAM_REMOVED,
            UPSTREAM_SHED,
            UPSTREAM_QUEUE_WAIT,
            UPSTREAM_LATENCY);

    private final EngineStats stats;
    private final EngineStats.DurationReader durations;
    private final int maxTenants;
    private final int topConnections;

    EngineMetrics(EngineStats stats, int maxTenants, int topConnections) {
        this.stats = stats;
        this.durations = stats.durationReader();
        this.maxTenants = maxTenants;
        this.topConnections = topConnections;
    }

    @Override
    public List<Metric> metrics() {
        return ALL;
    }

    @Override
    public void collect(Samples samples) {
        global(samples, stats.global());
        limits(samples, stats.config());
        TenantBreakdown tenants = stats.tenants(maxTenants);
        tenants(samples, tenants);
        connections(samples, stats.connections(topConnections), tenants);
        stats.queues().forEach(queue -> queue(samples, queue));
        durations.take().forEach((queue, taken) -> durations(samples, queue, taken));
    }

    private static void global(Samples samples, GlobalStats global) {
        FlowStats flow = global.flow();
        samples.add(OFFERED_MESSAGES, flow.offered().messages());
        samples.add(OFFERED_BYTES, flow.offered().bytes());
        samples.add(ADMITTED_MESSAGES, flow.admitted().messages());
        samples.add(ADMITTED_BYTES, flow.admitted().bytes());
        for (RejectionCount each : flow.rejections()) {
            String[] labels = {
                each.action().key(), each.reason().key(), each.scope().key()
            };
            samples.add(REJECTED_MESSAGES, each.count().messages(), labels);
            samples.add(REJECTED_BYTES, each.count().bytes(), labels);
        }
        ended(flow, (outcome, count) -> {
            samples.add(ENDED_MESSAGES, count.messages(), outcome.key());
            samples.add(ENDED_BYTES, count.bytes(), outcome.key());
        });
        samples.add(QUEUE_DEPTH_MESSAGES, flow.queued().messages());
        samples.add(QUEUE_DEPTH_BYTES, flow.queued().bytes());
        samples.add(IN_FLIGHT_MESSAGES, flow.inFlight().messages());
        samples.add(IN_FLIGHT_BYTES, flow.inFlight().bytes());
        samples.add(PENDING_MESSAGES, global.pending().messages());
        samples.add(PENDING_BYTES, global.pending().bytes());
        samples.add(CONTROL_PENDING_MESSAGES, global.control().messages());
        samples.add(CONTROL_PENDING_BYTES, global.control().bytes());
        samples.add(TENANTS, global.tenants());
    }

    private static void ended(FlowStats flow, BiConsumer<Outcome, Count> each) {
        Map<Outcome, Count> ended = new EnumMap<>(Outcome.class);
        ended.put(Outcome.COMPLETED, flow.completed());
        ended.put(Outcome.FAILED, flow.failed());
        ended.put(Outcome.EXPIRED, flow.expired());
        ended.put(Outcome.CANCELLED, flow.cancelled());
        ended.put(Outcome.EVICTED, flow.evicted());
        ended.forEach(each);
    }

    private static void limits(Samples samples, WeirConfig config) {
        QueueLimitsConfig limits = config.queueLimits();
        BackpressureConfig rates = config.backpressure();
        samples.add(LIMIT_MESSAGES, limits.maxMessages(), Scope.CONNECTION.key());
        samples.add(LIMIT_BYTES, limits.maxBytes(), Scope.CONNECTION.key());
        samples.add(LIMIT_RATE, rates.maxMessagesPerSec(), Scope.CONNECTION.key());
        samples.add(LIMIT_MESSAGES, limits.globalMaxMessages(), Scope.GLOBAL.key());
        samples.add(LIMIT_BYTES, limits.globalMaxBytes(), Scope.GLOBAL.key());
        if (limits.enableTenantLimits()) {
            samples.add(LIMIT_MESSAGES, limits.tenantMaxMessages(), Scope.TENANT.key());
            samples.add(LIMIT_BYTES, limits.tenantMaxBytes(), Scope.TENANT.key());
            samples.add(LIMIT_RATE, rates.tenantMaxMessagesPerSec(), Scope.TENANT.key());
        }
    }

    private static void tenants(Samples samples, TenantBreakdown tenants) {
        for (TenantStats each : tenants.named()) {
            tenant(samples, each.tenant(), each.flow());
            samples.add(TENANT_PENDING_MESSAGES, each.pending().messages(), each.tenant());
            samples.add(TENANT_PENDING_BYTES, each.pending().bytes(), each.tenant());
            samples.add(TENANT_CONNECTIONS, each.connections(), each.tenant());
        }
        if (tenants.others().offered().messages() > 0) {
            tenant(samples, OTHER, tenants.others());
        }
    }

    private static void tenant(Samples samples, String tenant, FlowStats flow) {
        samples.add(TENANT_OFFERED_MESSAGES, flow.offered().messages(), tenant);
        samples.add(TENANT_OFFERED_BYTES, flow.offered().bytes(), tenant);
        samples.add(TENANT_ADMITTED_MESSAGES, flow.admitted().messages(), tenant);
        for (RejectionCount each : flow.rejections()) {
            samples.add(
                    TENANT_REJECTED_MESSAGES,
                    each.count().messages(),
                    tenant,
                    each.action().key(),
                    each.reason().key(),
                    each.scope().key());
        }
        ended(flow, (outcome, count) -> samples.add(TENANT_ENDED_MESSAGES, count.messages(), tenant, outcome.key()));
        samples.add(TENANT_QUEUE_DEPTH, flow.queued().messages(), tenant);
        samples.add(TENANT_IN_FLIGHT, flow.inFlight().messages(), tenant);
    }

    private static void connections(Samples samples, ConnectionPending pending, TenantBreakdown tenants) {
        samples.add(CONNECTIONS, pending.connections());
        percentiles(samples, CONNECTION_PENDING_MESSAGES, pending.messages());
        percentiles(samples, CONNECTION_PENDING_BYTES, pending.bytes());
        Set<String> named = new HashSet<>();
        tenants.named().forEach(each -> named.add(each.tenant()));
        int rank = 0;
        for (ConnectionStats each : pending.top()) {
            String[] labels = {String.valueOf(++rank), named.contains(each.tenant()) ? each.tenant() : OTHER};
            samples.add(TOP_PENDING_MESSAGES, each.pending().messages(), labels);
            samples.add(TOP_PENDING_BYTES, each.pending().bytes(), labels);
        }
    }

    private static void percentiles(Samples samples, Metric metric, ConnectionPending.Percentiles values) {
        samples.add(metric, values.p50(), "50");
        samples.add(metric, values.p90(), "90");
        samples.add(metric, values.p99(), "99");
        samples.add(metric, values.max(), "100");
    }

    private static void queue(Samples samples, QueueStats queue) {
        String name = queue.upstream();
        samples.add(UPSTREAM_QUEUE_DEPTH, queue.queued(), name);
        samples.add(UPSTREAM_IN_FLIGHT, queue.inFlight(), name);
        samples.add(UPSTREAM_ABANDONED, queue.abandoned(), name);
        samples.add(UPSTREAM_CAPACITY, queue.slots(), name);
        samples.add(UPSTREAM_WAIT, queue.estimatedWaitNanos() / NANOS_PER_SECOND, name);
        for (CircuitState state : CircuitState.values()) {
            samples.add(UPSTREAM_CIRCUIT, state == queue.circuit() ? 1 : 0, name, state.key());
        }
        samples.add(UPSTREAM_OPEN_OPERATIONS, queue.openOperations(), name);
        samples.add(UPSTREAM_RATE, queue.ratePermille() / PERMILLE, name);
        samples.add(UPSTREAM_RATE_DELAY, queue.rateDelayNanos() / NANOS_PER_SECOND, name);
        samples.addExact(UPSTREAM_DISPATCHED, queue.dispatched(), name);
        samples.addExact(UPSTREAM_REMOVED, queue.expired(), name, Outcome.EXPIRED.key());
        samples.addExact(UPSTREAM_REMOVED, queue.cancelled(), name, Outcome.CANCELLED.key());
        samples.addExact(UPSTREAM_REMOVED, queue.evicted(), name, Outcome.EVICTED.key());
        samples.addExact(UPSTREAM_SHED, queue.shedByWait(), name, Reason.WAIT.key());
        samples.addExact(UPSTREAM_SHED, queue.shedByCircuit(), name, Reason.CIRCUIT_OPEN.key());
    }

    private static void durations(Samples samples, String queue, QueueDurations durations) {
        samples.add(UPSTREAM_QUEUE_WAIT, durations.queueWait(), queue);
        samples.add(UPSTREAM_LATENCY, durations.completed(), queue, Outcome.COMPLETED.key());
        samples.add(UPSTREAM_LATENCY, durations.failed(), queue, Outcome.FAILED.key());
    }
}
