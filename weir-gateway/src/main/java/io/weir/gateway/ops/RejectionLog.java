package io.weir.gateway.ops;

import io.weir.gateway.admission.RejectionCounters;
import io.weir.gateway.http.LogText;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the operator what is being rejected: one line for each upstream and reason, at once when it begins and then every
 * ten seconds while it lasts, with how many messages, the tenant that has most of them, and what to change.
 */
public final class RejectionLog {
    /** How often to look; a rejection appears in the log within this time. */
    public static final long CHECK_MILLIS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger("weir.rejections");
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** A quiet period at least this long is not part of "the last N s". */
    private static final long MAX_SHOWN_NANOS = TimeUnit.SECONDS.toNanos(15);

    private static final Map<String, String> ADVICE = Map.ofEntries(
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

    private final RejectionCounters counters;

    public RejectionLog(RejectionCounters counters) {
        this.counters = counters;
    }

    /** Writes the lines that are due. To be called by one thread at a time. */
    public void write(long now) {
        for (RejectionCounters.Report report : counters.take(now, INTERVAL_NANOS)) {
            LOG.warn(line(report));
        }
    }

    static String line(RejectionCounters.Report report) {
        StringBuilder out = new StringBuilder("upstream '")
                .append(report.upstream())
                .append("': ")
                .append(report.messages())
                .append(report.messages() == 1 ? " message" : " messages")
                .append(" rejected");
        if (report.nanos() > 0 && report.nanos() <= MAX_SHOWN_NANOS) {
            out.append(" in the last ").append(Math.max(1, TimeUnit.NANOSECONDS.toSeconds(report.nanos())));
            out.append(" s");
        }
        out.append(", reason ").append(report.reason());
        out.append("; most affected tenant '")
                .append(LogText.escape(report.tenant()))
                .append("' (");
        out.append(report.ofTenant()).append(')');
        String advice = ADVICE.get(report.reason());
        return advice == null
                ? out.toString()
                : out.append("; ")
                        .append(advice.replace("upstreams.NAME.", "upstreams." + report.upstream() + "."))
                        .toString();
    }
}
