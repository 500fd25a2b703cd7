package io.weir.cli;

import io.weir.core.Priority;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.CircuitPolicy;
import io.weir.core.queue.QueuePolicy;
import io.weir.gateway.config.CapacityConfig;
import io.weir.gateway.config.CircuitConfig;
import io.weir.gateway.config.GatewayConfig;
import io.weir.gateway.config.QueueConfig;
import io.weir.gateway.config.UpstreamConfig;
import io.weir.gateway.config.WorkConfig;
import io.weir.sim.replay.UpstreamSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a gateway's configuration means for a what-if replay, and what of it a replay has no use for. */
final class ReplaySettings {
    private static final int MAX_ADAPTIVE = 1_000;

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
        queue.methods().forEach((method, work) -> operations.put(method, operation(upstream, work, WorkConfig.NONE)));
        WorkConfig calls = queue.methods().getOrDefault("tools/call", WorkConfig.NONE);
        queue.tools().forEach((tool, work) -> operations.put(tool, operation(upstream, work, calls)));
        return new UpstreamSettings(
                policy(upstream, queue.capacity()),
                queue.ttl().toNanos(),
                queue.priority().flatMap(Priority::ofKey),
                queue.tenantWeights(),
                operations);
    }

    private static UpstreamSettings.Operation operation(UpstreamConfig upstream, WorkConfig own, WorkConfig base) {
        return new UpstreamSettings.Operation(
                own.capacity().map(capacity -> policy(upstream, capacity)).orElse(null),
                own.ttl().or(base::ttl).map(Duration::toNanos),
                own.priority().or(base::priority).flatMap(Priority::ofKey),
                own.weight().or(base::weight).orElse(1));
    }

    private static QueuePolicy policy(UpstreamConfig upstream, CapacityConfig capacity) {
        CircuitConfig circuit = upstream.queue().circuit();
        return new QueuePolicy(
                capacity.adaptive()
                        ? Capacity.adaptive(Math.min(MAX_ADAPTIVE, upstream.maxConnections()))
                        : Capacity.fixed(capacity.places()),
                new CircuitPolicy(
                        circuit.enabled(),
                        circuit.queueDelay(),
                        circuit.errorPercent(),
                        circuit.open(),
                        circuit.trial()),
                upstream.queue().abandonedHold());
    }

    /** The parts of a configuration that change nothing in a replay; sentences for a person. */
    static List<String> withoutEffect(GatewayConfig config) {
        List<String> parts = new ArrayList<>();
        if (config.apiKeys().isPresent()) {
            parts.add("tenants.api_keys_file (tenants are those of the log)");
        }
        for (UpstreamConfig upstream : config.upstreams()) {
            Optional.of(upstream.headers())
                    .filter(headers -> !headers.isEmpty())
                    .ifPresent(headers -> parts.add("upstreams." + upstream.name() + ".headers"));
        }
        return parts.isEmpty()
                ? List.of()
                : List.of(
                        "without effect on a replay: " + String.join(", ", parts) + ", edge, addresses and time-outs");
    }
}
