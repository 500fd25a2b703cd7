package io.weir.metrics;

import io.weir.core.Outcome;
import io.weir.core.Rejection;
import io.weir.core.admission.Decision;
import io.weir.core.queue.Offer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Counts what callers of queues are told, the plainest way: what metrics have to say. Not thread-safe. */
final class NaiveModel {
    private static final double[] BOUNDS = {
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300
    };

    private final Map<String, Long> values = new TreeMap<>();
    private final List<String> tenants = new ArrayList<>();
    private final Map<Offer, Call> calls = new HashMap<>();
    private final int named;

    private record Call(String queue, String tenant, int messages, long bytes, long offeredAt, long dispatchedAt) {}

    NaiveModel(int named) {
        this.named = named;
    }

    private String tenant(String tenant) {
        return tenants.indexOf(tenant) < named ? tenant : "other";
    }

    void known(String tenant) {
        if (!tenants.contains(tenant)) {
            tenants.add(tenant);
        }
    }

    private void add(long value, String name, String... labels) {
        Map<String, String> named = new HashMap<>();
        for (int i = 0; i < labels.length; i += 2) {
            named.put(labels[i], labels[i + 1]);
        }
        values.merge(Exposition.series(name, named), value, Long::sum);
    }

    private static String key(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    void offered(String queue, Offer offer, String tenant, Decision decision, long now) {
        int messages = offer.messages();
        long bytes = offer.bytes();
        add(messages, "weir_offered_messages_total");
        add(bytes, "weir_offered_bytes_total");
        add(messages, "weir_tenant_offered_messages_total", "tenant", tenant(tenant));
        add(bytes, "weir_tenant_offered_bytes_total", "tenant", tenant(tenant));
        Call call = new Call(queue, tenant, messages, bytes, now, now);
        if (decision.isAdmitted()) {
            add(messages, "weir_admitted_messages_total");
            add(bytes, "weir_admitted_bytes_total");
            add(messages, "weir_tenant_admitted_messages_total", "tenant", tenant(tenant));
            pending(call, 1);
            depth(call, 1);
            calls.put(offer, call);
            if (decision == Decision.DISPATCHED) {
                dispatched(offer, now);
            }
        } else {
            Rejection why = Objects.requireNonNull(offer.rejection());
            String[] how = {
                "action",
                key(decision),
                "reason",
                key(why.reason()),
                "scope",
                key(why.scope()),
                "tenant",
                tenant(tenant)
            };
            add(messages, "weir_rejected_messages_total", Arrays.copyOf(how, 6));
            add(bytes, "weir_rejected_bytes_total", Arrays.copyOf(how, 6));
            add(messages, "weir_tenant_rejected_messages_total", how);
        }
    }

    private void pending(Call call, long sign) {
        add(sign * call.messages, "weir_pending_messages");
        add(sign * call.bytes, "weir_pending_bytes");
        if (!tenant(call.tenant).equals("other")) {
            add(sign * call.messages, "weir_tenant_pending_messages", "tenant", call.tenant);
            add(sign * call.bytes, "weir_tenant_pending_bytes", "tenant", call.tenant);
        }
    }

    private void depth(Call call, long sign) {
        add(sign * call.messages, "weir_queue_depth_messages");
        add(sign * call.bytes, "weir_queue_depth_bytes");
        add(sign * call.messages, "weir_tenant_queue_depth_messages", "tenant", tenant(call.tenant));
        add(sign * call.messages, "weir_upstream_queue_depth_messages", "upstream", call.queue);
    }

    private void inFlight(Call call, long sign) {
        add(sign * call.messages, "weir_in_flight_messages");
        add(sign * call.bytes, "weir_in_flight_bytes");
        add(sign * call.messages, "weir_tenant_in_flight_messages", "tenant", tenant(call.tenant));
        add(sign * call.messages, "weir_upstream_in_flight_messages", "upstream", call.queue);
    }

    void dispatched(Offer offer, long now) {
        Call queued = Objects.requireNonNull(calls.get(offer));
        Call call = new Call(queued.queue, queued.tenant, queued.messages, queued.bytes, queued.offeredAt, now);
        calls.put(offer, call);
        depth(call, -1);
        inFlight(call, 1);
        add(call.messages, "weir_upstream_dispatched_messages_total", "upstream", call.queue);
        duration("weir_upstream_queue_wait_seconds", now - call.offeredAt, call.messages, "upstream", call.queue);
    }

    /** @param queued whether it waited until now */
    void ended(Offer offer, Outcome outcome, boolean queued, long now) {
        Call call = Objects.requireNonNull(calls.remove(offer));
        pending(call, -1);
        add(call.messages, "weir_ended_messages_total", "outcome", key(outcome));
        add(call.bytes, "weir_ended_bytes_total", "outcome", key(outcome));
        add(call.messages, "weir_tenant_ended_messages_total", "tenant", tenant(call.tenant), "outcome", key(outcome));
        if (queued) {
            depth(call, -1);
            add(call.messages, "weir_upstream_removed_messages_total", "upstream", call.queue, "outcome", key(outcome));
            return;
        }
        inFlight(call, -1);
        if (outcome != Outcome.CANCELLED) {
            duration(
                    "weir_upstream_latency_seconds",
                    now - call.dispatchedAt,
                    call.messages,
                    "upstream",
                    call.queue,
                    "outcome",
                    key(outcome));
        }
    }

    private void duration(String name, long nanos, int messages, String... labels) {
        add(messages, name + "_count", labels);
        add(nanos * messages, name + "_sum", labels);
        String[] withBound = Arrays.copyOf(labels, labels.length + 2);
        withBound[labels.length] = "le";
        for (double bound : BOUNDS) {
            if (nanos <= bound * 1e9) {
                withBound[labels.length + 1] = String.valueOf(bound);
                add(messages, name + "_bucket", withBound);
            }
        }
        withBound[labels.length + 1] = "+Inf";
        add(messages, name + "_bucket", withBound);
    }

    /** The value of each series that has one, sums of durations in seconds. */
    Map<String, Double> values() {
        Map<String, Double> seconds = new TreeMap<>();
        values.forEach((series, value) ->
                seconds.put(series, series.contains("_seconds_sum") ? value / 1e9 : value.doubleValue()));
        return seconds;
    }
}
