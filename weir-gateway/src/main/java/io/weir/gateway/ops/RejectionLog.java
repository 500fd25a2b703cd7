package io.weir.gateway.ops;

import io.weir.core.config.WeirConfig;
import io.weir.gateway.admission.RejectionCounters;
import io.weir.gateway.http.LogText;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the operator what is being rejected: one line for each upstream and reason, at once when it begins and then
 * every ten seconds while it lasts, with how many messages, the tenant that has most of them, and what to change.
 */
public final class RejectionLog {
    /** How often to look; a rejection appears in the log within this time. */
    public static final long CHECK_MILLIS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger("weir.rejections");
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** A quiet period at least this long is not part of "the last N s". */
    private static final long MAX_SHOWN_NANOS = TimeUnit.SECONDS.toNanos(15);

    private final RejectionCounters.Reader rejections;
    private final Supplier<WeirConfig> config;

    /** @param config the limits in force */
    public RejectionLog(RejectionCounters counters, Supplier<WeirConfig> config) {
        this.rejections = counters.reader();
        this.config = config;
    }

    /** Writes the lines that are due. To be called by one thread at a time. */
    public void write(long now) {
        for (RejectionCounters.Report report : rejections.take(now, INTERVAL_NANOS)) {
            LOG.warn(line(report, config.get()));
        }
    }

    static String line(RejectionCounters.Report report, WeirConfig config) {
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
        String advice = Advice.of(report.reason(), report.upstream(), report.tenants(), config);
        return advice.isEmpty()
                ? out.toString()
                : out.append("; ").append(advice).toString();
    }
}
