package io.weir.gateway.ops;

import io.weir.core.config.WeirConfig;
import io.weir.gateway.admission.LimitKey;
import io.weir.gateway.admission.RejectionCounters;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What an operator can do about messages that are rejected, by the reason. The keys of the configuration stand in it by
 * their paths.
 */
final class Advice {
    /** Limits of so many tenants are named at most. */
    private static final int MAX_KEYS = 3;

    /** Stands for the keys of the limits that decided. */
    private static final String LIMITS = "{limits}";

    private static final String UPSTREAM = "{upstream}";

    private static final Map<String, String> BY_REASON = Map.ofEntries(
            Map.entry(
                    "connection_messages",
                    "a client has more pending than {limits} allows; raise it, or let clients send fewer calls at"
                            + " once"),
            Map.entry(
                    "connection_bytes",
                    "a client has more bytes pending than {limits} allows; raise it, or let clients send fewer or"
                            + " smaller calls at once"),
            Map.entry("tenant_messages", "raise {limits} if the upstream can take more"),
            Map.entry("tenant_bytes", "raise {limits} if memory allows"),
            Map.entry("global_messages", "the whole gateway is full; raise {limits}"),
            Map.entry("global_bytes", "the whole gateway is full; raise {limits} and the heap"),
            Map.entry("rate", "raise {limits}, or let clients obey retryAfterMs"),
            Map.entry("tenant_rate", "raise {limits}, or let clients obey retryAfterMs"),
            Map.entry("control", "a client floods control messages (ping, initialize, ...); its connection is closed"),
            Map.entry("global_control", "control messages flood the gateway; connections are closed"),
            Map.entry(
                    "priority",
                    "low-priority messages are shed under pressure; see backpressure.queue_depth_threshold_percent"),
            Map.entry(
                    "wait",
                    "the server '{upstream}' gets more calls than it finishes, or it does not answer. If it does not"
                            + " answer, the log has lines of weir.circuit or weir.upstream. If it can do more calls at"
                            + " once, raise upstreams.{upstream}.capacity in the file. If a method or"
                            + " tool has a queue of its own with shed_by_wait in /stats, raise the capacity there"),
            Map.entry("circuit_open", "the upstream is failing; see the lines of weir.circuit and weir.upstream"),
            Map.entry(
                    "expired",
                    "calls for the server '{upstream}' waited for longer than their time to live. Raise"
                            + " upstreams.{upstream}.ttl_ms or upstreams.{upstream}.capacity in the"
                            + " file. If a method or tool has a queue of its own with expired in /stats, raise them there"),
            Map.entry("dropped_oldest", "later messages replaced older ones (backpressure_action drop_oldest)"),
            Map.entry("reset", "their session ended, or their connection was reset, while they were queued"));

    private Advice() {}

    /**
     * What can be done about it; empty where nothing has to be.
     *
     * @param tenants whose messages they were, most first
     * @param config that has the limits
     */
    static String of(
            String reason, String upstream, List<RejectionCounters.TenantRejections> tenants, WeirConfig config) {
        return BY_REASON
                .getOrDefault(reason, "")
                .replace(UPSTREAM, upstream)
                .replace(LIMITS, limits(reason, tenants, config));
    }

    private static String limits(String reason, List<RejectionCounters.TenantRejections> tenants, WeirConfig config) {
        List<String> names = tenants.isEmpty()
                ? List.of(RejectionCounters.OTHER_TENANTS)
                : tenants.stream()
                        .map(RejectionCounters.TenantRejections::tenant)
                        .toList();
        return names.stream()
                .map(tenant -> LimitKey.of(reason, tenant, config))
                .flatMap(Optional::stream)
                .distinct()
                .limit(MAX_KEYS)
                .map(LimitKey::toString)
                .collect(Collectors.joining(" or "));
    }
}
