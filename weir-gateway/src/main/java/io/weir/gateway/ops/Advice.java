package io.weir.gateway.ops;

import java.util.Map;

/** What an operator can do about messages that are rejected, by the reason. The keys of the configuration stand in it by their paths. */
final class Advice {
    private static final Map<String, String> BY_REASON = Map.ofEntries(
            Map.entry(
                    "connection_messages",
                    "a client has more pending than queue_limits.max_messages allows; raise it, or let clients send"
                            + " fewer calls at once"),
            Map.entry(
                    "connection_bytes",
                    "a client has more bytes pending than queue_limits.max_bytes allows; raise it, or let clients send"
                            + " fewer or smaller calls at once"),
            Map.entry("tenant_messages", "raise queue_limits.tenant_max_messages if the upstream can take more"),
            Map.entry("tenant_bytes", "raise queue_limits.tenant_max_bytes if memory allows"),
            Map.entry("global_messages", "the whole gateway is full; raise queue_limits.global_max_messages"),
            Map.entry("global_bytes", "the whole gateway is full; raise queue_limits.global_max_bytes and the heap"),
            Map.entry("rate", "raise backpressure.max_messages_per_sec, or let clients obey retryAfterMs"),
            Map.entry(
                    "tenant_rate", "raise backpressure.tenant_max_messages_per_sec, or let clients obey retryAfterMs"),
            Map.entry("control", "a client floods control messages (ping, initialize, ...); its connection is closed"),
            Map.entry("global_control", "control messages flood the gateway; connections are closed"),
            Map.entry(
                    "priority",
                    "low-priority messages are shed under pressure; see backpressure.queue_depth_threshold_percent"),
            Map.entry(
                    "wait",
                    "more is asked of it than it finishes, or it does not answer (then weir.circuit or weir.upstream"
                            + " says so); if it can do more at once, raise upstreams.NAME.capacity, or that of the"
                            + " method or tool whose queue has shed_by_wait in /stats"),
            Map.entry("circuit_open", "the upstream is failing; see the lines of weir.circuit and weir.upstream"),
            Map.entry(
                    "expired",
                    "calls waited longer than their time to live; raise upstreams.NAME.capacity or"
                            + " upstreams.NAME.ttl_ms, or those of the method or tool whose queue has expired in"
                            + " /stats"),
            Map.entry("dropped_oldest", "later messages replaced older ones (backpressure_action drop_oldest)"),
            Map.entry("reset", "their session ended, or their connection was reset, while they were queued"));

    private Advice() {}

    /** What can be done about it; empty where nothing has to be. */
    static String of(String reason, String upstream) {
        return BY_REASON.getOrDefault(reason, "").replace("upstreams.NAME.", "upstreams." + upstream + ".");
    }
}
