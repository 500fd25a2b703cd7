package io.weir.gateway.ops;

import com.fasterxml.jackson.core.JsonGenerator;
import io.weir.core.ConnectionOrder;
import io.weir.core.ConnectionPage;
import io.weir.core.ConnectionStats;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.TenantLimits;
import io.weir.gateway.admission.Upstreams;
import io.weir.gateway.http.LogText;
import io.weir.gateway.session.Client;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /connections} of the operator's port: who has what pending, and the reset of one of them. Thread-safe. */
final class ConnectionsEndpoint {
    private static final Logger LOG = LoggerFactory.getLogger("weir.admin");

    private final Admission admission;
    private final Upstreams upstreams;
    private final ConnectionIds ids;
    private final AdminWorker worker;

    ConnectionsEndpoint(Admission admission, Upstreams upstreams, ConnectionIds ids, AdminWorker worker) {
        this.admission = admission;
        this.upstreams = upstreams;
        this.ids = ids;
        this.worker = worker;
    }

    /** A page of connections. */
    void list(AdminRequest request) throws AdminRequest.BadQueryException {
        AdminRequest.Query query = request.query("sort", "tenant", Paging.LIMIT, Paging.OFFSET);
        ConnectionOrder order = query.choice("sort", ConnectionOrder.values(), ConnectionOrder::key);
        Paging paging = Paging.of(query);
        @Nullable String tenant = query.text("tenant");
        request.answerFrom(worker, () -> {
            long now = System.nanoTime();
            ConnectionPage page = admission.connectionPage(order, tenant, paging.offset(), paging.limit(), now);
            return AdminRequest.Answer.ok(Statistics.object(json -> {
                paging.write(json, page.total());
                json.writeStringField("sort", order.key());
                json.writeArrayFieldStart("connections");
                for (ConnectionStats connection : page.connections()) {
                    json.writeStartObject();
                    summary(json, connection, now);
                    json.writeEndObject();
                }
                json.writeEndArray();
            }));
        });
    }

    /** What is said of a connection in a list of several. */
    void summary(JsonGenerator json, ConnectionStats connection, long now) throws IOException {
        json.writeStringField("id", ids.of(connection.tenant(), connection.key()));
        json.writeStringField("tenant", connection.tenant());
        json.writeStringField("connection", Client.shown(connection.key()));
        Statistics.count(json, "pending", connection.pending());
        Statistics.count(json, "control", connection.control());
        Statistics.count(json, "rejected", Statistics.rejected(connection.flow()));
        json.writeNumberField("uptime_ms", millis(now - connection.knownSinceNanos()));
        json.writeNumberField("idle_ms", millis(now - connection.lastOfferedNanos()));
    }

    private static long millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(Math.max(0, nanos));
    }

    /** All that is known of one. */
    void one(AdminRequest request) {
        request.answerFrom(
                worker,
                () -> with(
                        request.parameter(),
                        found -> admission
                                .connectionStats(found.tenant(), found.key())
                                .map(stats -> AdminRequest.Answer.ok(detail(stats, admission.pressure(found))))
                                .orElseGet(() -> unknown(request.parameter()))));
    }

    /** What is answered about the connection of that id, or else of that name, if only one is shown by it. */
    private AdminRequest.Answer with(String id, Function<Connection, AdminRequest.Answer> answer) {
        List<Connection> found = admission.findConnections(
                each -> ids.of(each.tenant(), each.key()).equals(id), 1);
        if (found.isEmpty()) {
            found = admission.findConnections(each -> Client.shown(each.key()).equals(id), 2);
        }
        return switch (found.size()) {
            case 0 -> unknown(id);
            case 1 -> answer.apply(found.get(0));
            default ->
                AdminRequest.Answer.error(
                        404, "several connections are shown as '" + id + "'; /connections has the id of each");
        };
    }

    private static AdminRequest.Answer unknown(String id) {
        return AdminRequest.Answer.error(
                404,
                "no connection '" + id + "' is known (any more): one that holds nothing is forgotten after"
                        + " queue_limits.idle_timeout_ms; /connections has the ids of all");
    }

    private String detail(ConnectionStats stats, PressureListener.Pressure pressure) {
        long now = System.nanoTime();
        TenantLimits limits = admission.config().limitsOf(stats.tenant());
        return Statistics.object(json -> {
            summary(json, stats, now);
            json.writeStringField(
                    "last_activity",
                    Instant.now()
                            .minusNanos(Math.max(0, now - stats.lastOfferedNanos()))
                            .truncatedTo(ChronoUnit.MILLIS)
                            .toString());
            json.writeBooleanField("under_pressure", pressure.raised());
            json.writeObjectFieldStart("limits");
            json.writeNumberField("max_messages", limits.maxMessages());
            json.writeNumberField("max_bytes", limits.maxBytes());
            json.writeNumberField("max_messages_per_sec", limits.maxMessagesPerSec());
            json.writeEndObject();
            Statistics.flow(json, stats.flow());
        });
    }

    /** Throws out all that one has waiting. */
    void reset(AdminRequest request) {
        request.answerFrom(worker, () -> with(request.parameter(), this::reset));
    }

    private AdminRequest.Answer reset(Connection connection) {
        int removed = upstreams.reset(connection, System.nanoTime());
        String shown = Client.shown(connection.key());
        LOG.warn(
                "connection '{}' of tenant '{}' was reset at the operator's port: {} queued removed",
                LogText.escape(shown),
                LogText.escape(connection.tenant()),
                removed);
        return AdminRequest.Answer.ok(Statistics.object(json -> {
            json.writeStringField("id", ids.of(connection.tenant(), connection.key()));
            json.writeStringField("tenant", connection.tenant());
            json.writeStringField("connection", shown);
            json.writeNumberField("removed", removed);
        }));
    }
}
