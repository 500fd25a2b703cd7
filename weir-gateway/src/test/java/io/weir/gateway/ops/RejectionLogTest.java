package io.weir.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.admission.RejectionCounters;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RejectionLogTest {
    private static RejectionCounters.Report report(
            String upstream, String reason, long messages, long nanos, String tenant, long ofTenant) {
        return new RejectionCounters.Report(
                upstream, reason, messages, nanos, List.of(new RejectionCounters.TenantRejections(tenant, ofTenant)));
    }

    @Test
    void line_ofFirstReport_namesUpstreamReasonTenantAndWhatToChange() {
        assertThat(RejectionLog.line(report("files", "connection_messages", 1, 0, "acme", 1)))
                .isEqualTo("upstream 'files': 1 message rejected, reason connection_messages; most affected tenant"
                        + " 'acme' (1); a client has more pending than queue_limits.max_messages allows; raise it, or"
                        + " let clients send fewer calls at once");
    }

    @Test
    void line_ofLaterReport_saysOverHowLong() {
        assertThat(RejectionLog.line(report("files", "wait", 134, TimeUnit.MILLISECONDS.toNanos(10_900), "acme", 120)))
                .startsWith("upstream 'files': 134 messages rejected in the last 10 s, reason wait;");
    }

    @Test
    void line_ofAFullQueue_namesTheKeysOfItsUpstream() {
        assertThat(RejectionLog.line(report("files", "wait", 2, 0, "acme", 2)))
                .contains("raise upstreams.files.capacity", "shed_by_wait in /stats");
        assertThat(RejectionLog.line(report("files", "expired", 2, 0, "acme", 2)))
                .contains("upstreams.files.capacity", "upstreams.files.ttl_ms");
    }

    @Test
    void line_afterQuietTime_doesNotSpreadTheRejectionsOverIt() {
        assertThat(RejectionLog.line(report("files", "wait", 2, TimeUnit.HOURS.toNanos(1), "acme", 2)))
                .startsWith("upstream 'files': 2 messages rejected, reason wait;");
    }

    @Test
    void line_ofTenantWithControlCharacters_isOneLine() {
        assertThat(RejectionLog.line(report("files", "rate", 2, 0, "a\nb", 2))).contains("'a?b'");
    }
}
