package io.weir.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.config.TenantConfig;
import io.weir.core.config.WeirConfig;
import io.weir.core.config.WeirConfigBuilder;
import io.weir.gateway.admission.RejectionCounters;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RejectionLogTest {
    private static final WeirConfig CONFIG = new WeirConfigBuilder(1 << 30)
            .maxMessages(50)
            .maxMessagesPerSec(500)
            .tenant("free", TenantConfig.COMMON.withTenantMaxMessagesPerSec(5).withMaxMessages(3))
            .build();

    private static RejectionCounters.Report report(
            String upstream, String reason, long messages, long nanos, String tenant, long ofTenant) {
        return new RejectionCounters.Report(
                upstream, reason, messages, nanos, List.of(new RejectionCounters.TenantRejections(tenant, ofTenant)));
    }

    private static String line(RejectionCounters.Report report) {
        return RejectionLog.line(report, CONFIG);
    }

    @Test
    void line_ofFirstReport_namesUpstreamReasonTenantAndWhatToChange() {
        assertThat(line(report("files", "connection_messages", 1, 0, "acme", 1)))
                .isEqualTo("upstream 'files': 1 message rejected, reason connection_messages; most affected tenant"
                        + " 'acme' (1); a client has more pending than queue_limits.max_messages (now 50) allows;"
                        + " raise it, or let clients send fewer calls at once");
    }

    @Test
    void line_ofLaterReport_saysOverHowLong() {
        assertThat(line(report("files", "wait", 134, TimeUnit.MILLISECONDS.toNanos(10_900), "acme", 120)))
                .startsWith("upstream 'files': 134 messages rejected in the last 10 s, reason wait;");
    }

    @Test
    void line_ofAFullQueue_namesTheKeysOfItsUpstream() {
        assertThat(line(report("files", "wait", 2, 0, "acme", 2)))
                .contains("raise upstreams.files.capacity", "shed_by_wait in /stats");
        assertThat(line(report("files", "expired", 2, 0, "acme", 2)))
                .contains("upstreams.files.capacity", "upstreams.files.ttl_ms");
    }

    @Test
    void line_ofATenantWithALimitOfItsOwn_namesThatLimit() {
        assertThat(line(report("files", "tenant_rate", 9, 0, "free", 9)))
                .endsWith(
                        "most affected tenant 'free' (9); raise tenants.free.tenant_max_messages_per_sec (now 5), or let"
                                + " clients obey retryAfterMs");
        assertThat(line(report("files", "connection_messages", 9, 0, "free", 9)))
                .contains("than tenants.free.max_messages (now 3) allows");
        assertThat(line(report("files", "rate", 9, 0, "free", 9)))
                .contains("raise backpressure.max_messages_per_sec (now 500),");
    }

    @Test
    void line_ofTenantsWithAndWithoutLimitsOfTheirOwn_namesBoth() {
        assertThat(line(new RejectionCounters.Report(
                        "files",
                        "tenant_rate",
                        9,
                        0,
                        List.of(
                                new RejectionCounters.TenantRejections("free", 5),
                                new RejectionCounters.TenantRejections("acme", 3),
                                new RejectionCounters.TenantRejections("globex", 1)))))
                .contains("raise tenants.free.tenant_max_messages_per_sec (now 5) or"
                        + " backpressure.tenant_max_messages_per_sec (now 5000), or let");
    }

    @Test
    void line_ofAFullQueue_namesTheServerInPlainSentences() {
        assertThat(line(report("files", "wait", 2, 0, "acme", 2)))
                .endsWith("; the server 'files' gets more calls than it finishes, or it does not answer. If it does not"
                        + " answer, the log has lines of weir.circuit or weir.upstream. If it can do more calls at once,"
                        + " raise upstreams.files.capacity in the file. If a method or tool has a queue"
                        + " of its own with shed_by_wait in /stats, raise the capacity there");
    }

    @Test
    void line_afterQuietTime_doesNotSpreadTheRejectionsOverIt() {
        assertThat(line(report("files", "wait", 2, TimeUnit.HOURS.toNanos(1), "acme", 2)))
                .startsWith("upstream 'files': 2 messages rejected, reason wait;");
    }

    @Test
    void line_ofTenantWithControlCharacters_isOneLine() {
        assertThat(line(report("files", "rate", 2, 0, "a\nb", 2))).contains("'a?b'");
    }
}
