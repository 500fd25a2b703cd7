package io.weir.gateway.ops;

import com.fasterxml.jackson.core.JsonGenerator;
import io.weir.core.Reason;
import io.weir.core.Rejection;
import io.weir.gateway.admission.LimitKey;
import io.weir.gateway.admission.RecentRejections;
import io.weir.gateway.mcp.RejectionWriter;
import io.weir.gateway.session.Client;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code /decisions} of the operator's port: the requests that were rejected last. Thread-safe. */
final class DecisionsEndpoint {
    private static final int DEFAULT_LIMIT = 100;

    private final RecentRejections recent;
    private final ConnectionIds ids;
    private final AdminWorker worker;

    DecisionsEndpoint(RecentRejections recent, ConnectionIds ids, AdminWorker worker) {
        this.recent = recent;
        this.ids = ids;
        this.worker = worker;
    }

    /** The last of them, or the last of a tenant, or for a reason. */
    void list(AdminRequest request) throws AdminRequest.BadQueryException {
        AdminRequest.Query query = request.query("tenant", "reason", Paging.LIMIT);
        int limit = query.number(Paging.LIMIT, DEFAULT_LIMIT, 1, RecentRejections.KEPT);
        @Nullable String tenant = query.text("tenant");
        @Nullable
        Reason reason = query.text("reason") == null ? null : query.choice("reason", Reason.values(), Reason::key);
        request.answerFrom(worker, () -> {
            List<RecentRejections.Entry> found = recent.last().stream()
                    .filter(entry -> tenant == null || entry.tenant().equals(tenant))
                    .filter(entry -> reason == null || entry.rejection().reason() == reason)
                    .limit(limit)
                    .toList();
            return AdminRequest.Answer.ok(Statistics.object(json -> {
                json.writeNumberField("recorded", recent.recorded());
                json.writeNumberField("kept_at_most", RecentRejections.KEPT);
                json.writeArrayFieldStart("decisions");
                for (RecentRejections.Entry entry : found) {
                    json.writeStartObject();
                    entry(json, entry);
                    json.writeEndObject();
                }
                json.writeEndArray();
            }));
        });
    }

    private void entry(JsonGenerator json, RecentRejections.Entry entry) throws IOException {
        Rejection rejection = entry.rejection();
        json.writeNumberField("number", entry.number());
        json.writeStringField("time", Instant.ofEpochMilli(entry.atMillis()).toString());
        json.writeStringField("upstream", entry.upstream());
        json.writeStringField("tenant", entry.tenant());
        json.writeStringField("connection", Client.shown(entry.connection()));
        json.writeStringField("connection_id", ids.of(entry.tenant(), entry.connection()));
        json.writeStringField("operation", entry.operation());
        json.writeNumberField("messages", entry.messages());
        json.writeStringField("reason", rejection.reason().key());
        json.writeStringField("scope", rejection.scope().key());
        json.writeNumberField("current", RejectionWriter.current(rejection));
        json.writeNumberField("limit", RejectionWriter.limit(rejection));
        json.writeStringField("limit_key", recent.key(entry).map(LimitKey::path).orElse(null));
        json.writeStringField("unit", unit(rejection.reason().unit()));
        if (rejection.retryAfterNanos() > 0) {
            json.writeNumberField("retry_after_ms", RejectionWriter.retryAfterMillis(rejection));
        } else {
            json.writeNullField("retry_after_ms");
        }
        json.writeBooleanField("permanent", rejection.isPermanent());
    }

    private static String unit(Reason.Unit unit) {
        return unit == Reason.Unit.NANOSECONDS ? "milliseconds" : unit.name().toLowerCase(Locale.ROOT);
    }
}
