package io.weir.gateway.ops;

import com.fasterxml.jackson.core.JsonGenerator;
import io.weir.core.ConnectionOrder;
import io.weir.core.ConnectionPage;
import io.weir.core.ConnectionStats;
import io.weir.core.TenantStats;
import io.weir.core.admission.Admission;
import io.weir.core.config.TenantLimits;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** {@code /tenants} of the operator's port: what each has pending, and what became of its messages. Thread-safe. */
final class TenantsEndpoint {
    private static final int CONNECTIONS = 20;

    private final Admission admission;
    private final ConnectionsEndpoint connections;
    private final AdminWorker worker;

    TenantsEndpoint(Admission admission, ConnectionsEndpoint connections, AdminWorker worker) {
        this.admission = admission;
        this.connections = connections;
        this.worker = worker;
    }

    /** What tenants are ordered by: by name, or those with the most of it first. */
    private enum Order {
        NAME,
        MESSAGES,
        BYTES,
        REJECTED,
        CONNECTIONS;

        private final String key = name().toLowerCase(Locale.ROOT);

        String key() {
            return key;
        }

        private long rank(TenantStats tenant) {
            return switch (this) {
                case NAME -> 0;
                case MESSAGES -> tenant.pending().messages();
                case BYTES -> tenant.pending().bytes();
                case REJECTED -> Statistics.rejected(tenant.flow()).messages();
                case CONNECTIONS -> tenant.connections();
            };
        }

        /** Of those that are in the order of their names. */
        List<TenantStats> sort(List<TenantStats> byName) {
            return byName.stream()
                    .sorted(Comparator.comparingLong(this::rank).reversed())
                    .toList();
        }
    }

    /** A page of tenants. */
    void list(AdminRequest request) throws AdminRequest.BadQueryException {
        AdminRequest.Query query = request.query("sort", Paging.LIMIT, Paging.OFFSET);
        Order order = query.choice("sort", Order.values(), Order::key);
        Paging paging = Paging.of(query);
        request.answerFrom(worker, () -> {
            List<TenantStats> all = admission.survey(0).tenants();
            return AdminRequest.Answer.ok(Statistics.object(json -> {
                paging.write(json, all.size());
                json.writeStringField("sort", order.key());
                json.writeArrayFieldStart("tenants");
                for (TenantStats tenant : paging.of(order.sort(all))) {
                    json.writeStartObject();
                    tenant(json, tenant);
                    json.writeEndObject();
                }
                json.writeEndArray();
            }));
        });
    }

    private static void tenant(JsonGenerator json, TenantStats tenant) throws IOException {
        json.writeStringField("tenant", tenant.tenant());
        json.writeNumberField("connections", tenant.connections());
        Statistics.count(json, "pending", tenant.pending());
        Statistics.count(json, "rejected", Statistics.rejected(tenant.flow()));
        Statistics.flow(json, tenant.flow());
    }

    /** All that is known of one. */
    void one(AdminRequest request) {
        String name = request.parameter();
        request.answerFrom(worker, () -> {
            Optional<TenantStats> found = admission.tenantStats(name);
            return found.map(tenant -> AdminRequest.Answer.ok(detail(tenant)))
                    .orElseGet(() -> AdminRequest.Answer.error(
                            404, "no tenant '" + name + "' is known: one without connections is forgotten"));
        });
    }

    private String detail(TenantStats tenant) {
        long now = System.nanoTime();
        TenantLimits limits = admission.config().limitsOf(tenant.tenant());
        ConnectionPage top = admission.connectionPage(ConnectionOrder.MESSAGES, tenant.tenant(), 0, CONNECTIONS, now);
        return Statistics.object(json -> {
            tenant(json, tenant);
            json.writeObjectFieldStart("limits");
            json.writeNumberField("max_messages", limits.maxMessages());
            json.writeNumberField("max_bytes", limits.maxBytes());
            json.writeNumberField("max_messages_per_sec", limits.maxMessagesPerSec());
            json.writeNumberField("weight", limits.weight());
            number(json, "tenant_max_messages", limits.tenantMaxMessages());
            number(json, "tenant_max_bytes", limits.tenantMaxBytes());
            number(json, "tenant_max_messages_per_sec", limits.tenantMaxMessagesPerSec());
            json.writeEndObject();
            json.writeArrayFieldStart("top_connections");
            for (ConnectionStats connection : top.connections()) {
                json.writeStartObject();
                connections.summary(json, connection, now);
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    private static void number(JsonGenerator json, String name, Optional<? extends Number> value) throws IOException {
        if (value.isPresent()) {
            json.writeNumberField(name, value.get().longValue());
        }
    }
}
