package io.weir.cli;

import io.weir.config.GatewayConfig;
import io.weir.config.UpstreamConfig;
import io.weir.sim.scenario.UpstreamSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a gateway's configuration means for a what-if replay, and what of it a replay has no use for. */
final class ReplaySettings {
    private ReplaySettings() {}

    /** The settings of every upstream of a configuration, by name. */
    static Map<String, UpstreamSettings> of(GatewayConfig config) {
        Map<String, UpstreamSettings> settings = new LinkedHashMap<>();
        config.upstreams().forEach(upstream -> settings.put(upstream.name(), UpstreamSettings.of(upstream)));
        return settings;
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
