package io.weir.cli;

import io.weir.config.GatewayConfig;
import io.weir.config.MemoryPlan;
import io.weir.config.Redaction;
import io.weir.config.UpstreamConfig;
import io.weir.core.config.BackpressureConfig;
import io.weir.core.config.QueueLimitsConfig;
import io.weir.gateway.Gateway;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;

/** What a gateway prints when it has started: where it listens, and the limits in force. */
final class Banner {
    private Banner() {}

    static String of(GatewayConfig config, MemoryPlan plan, Gateway gateway) {
        StringBuilder out = new StringBuilder();
        String base = "http://" + gateway.http();
        for (UpstreamConfig upstream : config.upstreams()) {
            boolean only = config.upstreams().size() == 1;
            out.append(String.format(
                    Locale.ROOT,
                    "clients   %s%s -> %s%n",
                    base,
                    only ? "/mcp" : "/" + upstream.name() + "/mcp",
                    Redaction.of(upstream.url())));
        }
        out.append(
                String.format(Locale.ROOT, "operator  http://%s/stats  /limits  /healthz  /readyz%n", gateway.admin()));
        limits(out, config);
        memory(out, plan);
        for (UpstreamConfig upstream : config.upstreams()) {
            out.append(String.format(
                    Locale.ROOT,
                    "queue     %s: %s, waits %,d ms at most%s%n",
                    upstream.name(),
                    capacity(upstream),
                    upstream.queue().ttl().toMillis(),
                    upstream.queue().policy().circuit().enabled() ? "" : ", no circuit breaker"));
        }
        config.decisionLog()
                .ifPresent(log -> out.append("decisions ").append(log.file()).append('\n'));
        if (!isLoopback(config.http().host()) && config.apiKeys().isEmpty()) {
            out.append(
                    "warning   anyone who reaches this address is served: no API keys are configured (--api-keys FILE)\n");
        }
        return out.toString();
    }

    private static String capacity(UpstreamConfig upstream) {
        return upstream.queue().policy().capacity().adaptive()
                ? "capacity adaptive (fewer of a tool at once when its calls stay too long)"
                : "capacity " + upstream.queue().policy().capacity();
    }

    private static void limits(StringBuilder out, GatewayConfig config) {
        QueueLimitsConfig q = config.limits().queueLimits();
        BackpressureConfig b = config.limits().backpressure();
        out.append(String.format(
                Locale.ROOT,
                "limits    profile %s, action %s%n",
                config.profile(),
                q.backpressureAction().key()));
        row(out, "connection", q.maxMessages(), q.maxBytes(), b.maxMessagesPerSec(), b);
        if (q.enableTenantLimits()) {
            row(out, "tenant", q.tenantMaxMessages(), q.tenantMaxBytes(), b.tenantMaxMessagesPerSec(), b);
        }
        out.append(String.format(
                Locale.ROOT,
                "  %-10s %,11d messages %,18d bytes pending%n",
                "process",
                q.globalMaxMessages(),
                q.globalMaxBytes()));
    }

    /** What the gateway can take at the most, by kind, beside what there is. */
    private static void memory(StringBuilder out, MemoryPlan plan) {
        row(out, "memory", "heap", plan.heapMost(), plan.jvm().heapBytes(), plan.heap());
        row(out, "", "direct", plan.directMost(), plan.jvm().directBytes(), plan.direct());
        out.append(String.format(
                Locale.ROOT,
                "%-10skernel at most %s: %s%n",
                "",
                MemoryPlan.text(plan.kernelMost()),
                MemoryPlan.describe(plan.kernel())));
    }

    private static void row(
            StringBuilder out, String title, String kind, long most, long given, List<MemoryPlan.Share> shares) {
        out.append(String.format(
                Locale.ROOT,
                "%-10s%-6s at most %s of %s: %s%n",
                title,
                kind,
                MemoryPlan.text(most),
                MemoryPlan.text(given),
                MemoryPlan.describe(shares)));
    }

    private static void row(StringBuilder out, String scope, int messages, long bytes, int rate, BackpressureConfig b) {
        out.append(String.format(
                Locale.ROOT,
                "  %-10s %,11d messages %,18d bytes pending, %,9d messages a second, burst %,d%n",
                scope,
                messages,
                bytes,
                rate,
                b.burst(rate)));
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
