package io.weir.cli;

import io.weir.config.GatewayConfig;
import io.weir.config.HttpTransport;
import io.weir.config.IdentityConfig;
import io.weir.config.LineTransport;
import io.weir.config.MemoryPlan;
import io.weir.config.OperationConfig;
import io.weir.config.Redaction;
import io.weir.config.ServerTls;
import io.weir.config.UpstreamConfig;
import io.weir.core.config.BackpressureConfig;
import io.weir.core.config.QueueLimitsConfig;
import io.weir.core.queue.Capacity;
import io.weir.gateway.Gateway;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What a gateway prints when it has started: where it listens, and the configuration in force. */
final class Banner {
    /** The longest line, in characters; a URL alone may be longer. */
    static final int WIDTH = 100;

    private static final int LABEL = 10;
    private static final int MAX_NAME = 40;

    private final StringBuilder out = new StringBuilder();

    private Banner() {}

    /**
     * The print of a gateway that has started.
     *
     * @param ready how long the process took until clients could connect
     */
    static String of(GatewayConfig config, MemoryPlan plan, Gateway gateway, Duration ready) {
        Banner banner = new Banner();
        banner.line("weir", Version.weir() + ", ready in " + count(ready.toMillis()) + " ms");
        banner.addresses(config, gateway);
        banner.tenants(config, gateway);
        banner.limits(config);
        banner.memory(plan);
        config.upstreams().forEach(banner::queue);
        config.decisionLog()
                .ifPresent(log -> banner.line("decisions", log.file().toString()));
        config.accessLog().ifPresent(log -> banner.line("access", log.file().toString()));
        return banner.out.toString();
    }

    private void addresses(GatewayConfig config, Gateway gateway) {
        boolean only = config.upstreams().size() == 1;
        for (UpstreamConfig upstream : config.upstreams()) {
            String clients =
                    scheme(config.tls().http()) + gateway.http() + (only ? "/mcp" : "/" + upstream.name() + "/mcp");
            List<String> parts = new ArrayList<>(List.of(clients + " ", "-> " + describe(upstream) + " "));
            if (upstream.transport() instanceof LineTransport lines) {
                parts.add("(" + lines.describePolicy() + ")");
            }
            line("clients", parts);
        }
        config.tcp()
                .ifPresent(tcp -> line(
                        "clients",
                        List.of(
                                (config.tls().tcp().isPresent() ? "tls://" : "tcp://")
                                        + gateway.tcp().orElse(tcp.listen()) + " ",
                                "-> upstream '" + tcp.upstream() + "', a JSON-RPC message a line")));
        line(
                "operator",
                scheme(config.tls().admin()) + gateway.admin() + "/  (a page)  /stats  /limits  /healthz  /readyz");
        gateway.tokenFile().ifPresent(file -> line("token", List.of(file + " ", "(what 'weir limits set' needs)")));
    }

    private static String scheme(Optional<ServerTls> tls) {
        return tls.isPresent() ? "https://" : "http://";
    }

    private static String describe(UpstreamConfig upstream) {
        return upstream.transport() instanceof HttpTransport http
                ? Redaction.of(http.url())
                : upstream.transport().describe();
    }

    private void tenants(GatewayConfig config, Gateway gateway) {
        IdentityConfig identity = config.identity();
        List<String> by = new ArrayList<>();
        gateway.apiKeys()
                .ifPresent(keys -> by.add(
                        "API keys: on; " + counted(keys.size(), "key") + " of " + counted(keys.tenants(), "tenant")));
        identity.jwt()
                .ifPresent(jwt -> by.add("access tokens: claim " + jwt.claim() + " of tokens of " + jwt.issuer()));
        if (identity.certificate()) {
            by.add("certificates: their common names");
        }
        identity.proxyHeader().ifPresent(header -> by.add("trusted proxies: header " + header));
        by.forEach(each -> line("tenants", each));
        int own = config.limits().tenants().size();
        if (own > 0) {
            line("tenants", "limits of their own: " + counted(own, "tenant"));
        }
        if (config.requiresCredentials() || identity.certificate()) {
            return;
        }
        line(
                "tenants",
                by.isEmpty()
                        ? "API keys: off; every client is tenant 'default'"
                        : "clients that prove nothing are tenant 'default'");
        if (!isLoopback(config.http().host())) {
            line(
                    "warning",
                    List.of(
                            "anyone who can reach " + gateway.http() + " may send requests; ",
                            "--api-keys FILE requires API keys"));
        }
    }

    private void limits(GatewayConfig config) {
        QueueLimitsConfig q = config.limits().queueLimits();
        BackpressureConfig b = config.limits().backpressure();
        line(
                "limits",
                "profile " + config.profile() + ", action "
                        + q.backpressureAction().key());
        limit("connection", q.maxMessages(), q.maxBytes(), rate(b, b.maxMessagesPerSec()));
        if (q.enableTenantLimits()) {
            limit("tenant", q.tenantMaxMessages(), q.tenantMaxBytes(), rate(b, b.tenantMaxMessagesPerSec()));
        }
        limit("process", q.globalMaxMessages(), q.globalMaxBytes(), "");
    }

    private static String rate(BackpressureConfig b, int rate) {
        return String.format(Locale.ROOT, "; %,6d messages/s, burst %,d", rate, b.burst(rate));
    }

    private void limit(String scope, int messages, long bytes, String rate) {
        out.append(String.format(
                Locale.ROOT, "  %-10s  %,9d messages, %9s pending%s%n", scope, messages, Sizes.text(bytes), rate));
    }

    /** The most memory that each kind of thing can take, beside what the JVM was given. */
    private void memory(MemoryPlan plan) {
        memory("memory", "heap", plan.heapMost(), " of " + Sizes.text(plan.jvm().heapBytes()), plan.heap());
        memory("", "direct", plan.directMost(), " of " + Sizes.text(plan.jvm().directBytes()), plan.direct());
        memory("", "kernel", plan.kernelMost(), "", plan.kernel());
        memory("", "resident", plan.residentMost(), "", plan.process());
    }

    private void memory(String label, String kind, long most, String given, List<MemoryPlan.Share> shares) {
        List<String> parts = new ArrayList<>();
        parts.add(String.format(Locale.ROOT, "%-8s at most %s%s: ", kind, Sizes.text(most), given));
        for (int i = 0; i < shares.size(); i++) {
            MemoryPlan.Share share = shares.get(i);
            parts.add(Sizes.text(share.bytes()) + " " + share.what() + (i < shares.size() - 1 ? ", " : ""));
        }
        line(label, parts);
    }

    private void queue(UpstreamConfig upstream) {
        String circuit = upstream.queue().policy().circuit().enabled() ? "" : ", no circuit breaker";
        line(
                "queue",
                List.of(
                        upstream.name() + ": ",
                        "capacity " + text(upstream.queue().policy().capacity()) + ", max wait "
                                + seconds(upstream.queue().ttl()) + circuit));
        settings("method", upstream.queue().methods());
        settings("tool", upstream.queue().tools());
        Map<String, Integer> weights = new TreeMap<>(upstream.queue().tenantWeights());
        if (!weights.isEmpty()) {
            List<String> parts = new ArrayList<>(List.of("  tenant weights "));
            weights.forEach((tenant, weight) -> parts.add(cut(tenant) + " " + weight + " "));
            line("", parts);
        }
    }

    private void settings(String kind, Map<String, OperationConfig> settings) {
        new TreeMap<>(settings).forEach((name, work) -> {
            List<String> parts = new ArrayList<>();
            work.capacity().ifPresent(capacity -> parts.add("capacity " + text(capacity)));
            work.ttl().ifPresent(ttl -> parts.add("max wait " + seconds(ttl)));
            work.priority().ifPresent(priority -> parts.add("priority " + priority.key()));
            work.weight().ifPresent(weight -> parts.add("weight " + weight));
            line("", "  " + kind + " " + cut(name) + ": " + String.join(", ", parts));
        });
    }

    private void line(String label, String text) {
        line(label, List.of(text));
    }

    /** A line with its label, broken between parts where it would be too long. */
    private void line(String label, List<String> parts) {
        StringBuilder line = new StringBuilder(String.format("%-" + LABEL + "s", label));
        int filled = LABEL;
        for (String part : parts) {
            if (filled > LABEL && filled + part.stripTrailing().length() > WIDTH) {
                end(line);
                line = new StringBuilder(" ".repeat(LABEL + 2));
                filled = LABEL + 2;
            }
            line.append(part);
            filled += part.length();
        }
        end(line);
    }

    private void end(StringBuilder line) {
        out.append(line.toString().stripTrailing()).append(System.lineSeparator());
    }

    private static String cut(String name) {
        return name.length() <= MAX_NAME ? name : name.substring(0, MAX_NAME - 1) + "…";
    }

    private static String text(Capacity capacity) {
        return capacity.adaptive() ? "adaptive" : String.valueOf(capacity.limit());
    }

    private static String seconds(Duration time) {
        long millis = time.toMillis();
        return millis % 1_000 == 0 ? count(millis / 1_000) + " s" : count(millis) + " ms";
    }

    private static String counted(int count, String what) {
        return count(count) + " " + what + (count == 1 ? "" : "s");
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
