package io.weir.cli;

import io.weir.config.GatewayConfig;
import io.weir.config.HttpTransport;
import io.weir.config.OperationConfig;
import io.weir.config.QueueConfig;
import io.weir.config.StdioTransport;
import io.weir.config.UpstreamConfig;
import io.weir.sim.replay.UpstreamSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a gateway's configuration means for a what-if replay, and what of it a replay has no use for. */
final class ReplaySettings {
    private ReplaySettings() {}

    /** The settings of every upstream of a configuration, by name. */
    static Map<String, UpstreamSettings> of(GatewayConfig config) {
        Map<String, UpstreamSettings> settings = new LinkedHashMap<>();
        config.upstreams().forEach(upstream -> settings.put(upstream.name(), of(upstream)));
        return settings;
    }

    private static UpstreamSettings of(UpstreamConfig upstream) {
        QueueConfig queue = upstream.queue();
        Map<String, UpstreamSettings.Operation> operations = new LinkedHashMap<>();
        queue.methods().forEach((method, own) -> operations.put(method, operation(upstream, own)));
        OperationConfig calls = queue.methods().getOrDefault("tools/call", OperationConfig.NONE);
        queue.tools().forEach((tool, own) -> operations.put(tool, operation(upstream, own.over(calls))));
        return new UpstreamSettings(
                upstream.policy(queue.policy().capacity()),
                queue.ttl().toNanos(),
                queue.priority(),
                queue.tenantWeights(),
                operations);
    }

    private static UpstreamSettings.Operation operation(UpstreamConfig upstream, OperationConfig own) {
        return new UpstreamSettings.Operation(
                own.capacity().map(upstream::policy).orElse(null),
                own.ttl().map(Duration::toNanos),
                own.priority(),
                own.weight().orElse(1));
    }

    /** The parts of a configuration that change nothing in a replay; sentences for a person. */
    static List<String> withoutEffect(GatewayConfig config) {
        List<String> parts = new ArrayList<>();
        if (config.apiKeys().isPresent()) {
            parts.add("tenants.api_keys_file (tenants are those of the log)");
        }
        for (UpstreamConfig upstream : config.upstreams()) {
            if (upstream.transport() instanceof HttpTransport http
                    && !http.headers().isEmpty()) {
                parts.add("upstreams." + upstream.name() + ".headers");
            }
            if (upstream.transport() instanceof StdioTransport) {
                parts.add("upstreams." + upstream.name() + ".command");
                parts.add("upstreams." + upstream.name() + ".children");
            }
        }
        return parts.isEmpty()
                ? List.of()
                : List.of(
                        "without effect on a replay: " + String.join(", ", parts) + ", edge, addresses and time-outs");
    }
}
