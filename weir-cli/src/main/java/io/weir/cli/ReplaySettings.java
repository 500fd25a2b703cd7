package io.weir.cli;

import io.weir.config.GatewayConfig;
import io.weir.config.HttpTransport;
import io.weir.config.StdioTransport;
import io.weir.config.UpstreamConfig;
import io.weir.sim.scenario.UpstreamSettings;
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
        config.upstreams().forEach(upstream -> settings.put(upstream.name(), UpstreamSettings.of(upstream)));
        return settings;
    }

    /** The parts of a configuration that change nothing in a replay; sentences for a person. */
    static List<String> withoutEffect(GatewayConfig config) {
        List<String> parts = new ArrayList<>();
        if (config.apiKeys().isPresent()) {
            parts.add("tenants.api_keys_file (tenants are those of the log)");
        }
        if (config.identity().jwt().isPresent()) {
            parts.add("tenants.jwt_jwks_file, tenants.jwt_jwks_url (tenants are those of the log)");
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
