package io.weir.sim.scenario;

import io.weir.config.ConfigException;
import io.weir.config.GatewayConfig;
import io.weir.config.GatewayConfigLoader;
import io.weir.config.Key;
import io.weir.config.Keys;
import io.weir.config.Suggestions;
import io.weir.config.UpstreamConfig;
import io.weir.core.config.Profile;
import io.weir.core.config.WeirConfig;
import io.weir.core.config.WeirConfigBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads how Weir is configured: by keys of the scenario itself, or by the configuration file of a gateway that it
 * names.
 */
final class WeirReader {
    private final Path scenario;
    private final Section root;
    private final Section upstream;
    private final List<String> problems = new ArrayList<>();
    private boolean isChosen;

    /**
     * How Weir is configured.
     *
     * @param requestTimeout nanoseconds after which it gives a dispatched message up
     */
    record Weir(String profile, WeirConfig config, String queue, UpstreamSettings settings, long requestTimeout) {}

    /** @param scenario its file; the path of a configuration is relative to it */
    WeirReader(Path scenario, Section root, Section upstream) {
        this.scenario = scenario;
        this.root = root;
        this.upstream = upstream;
    }

    /** What is wrong with the configuration file. */
    List<String> problems() {
        return problems;
    }

    Weir read() {
        Optional<GatewayConfig> gateway = root.find(ScenarioKeys.CONFIG).flatMap(this::load);
        Optional<UpstreamConfig> chosen = gateway.flatMap(this::choose);
        if (root.has(ScenarioKeys.CONFIG)) {
            forbid(root, List.of(ScenarioKeys.PROFILE, ScenarioKeys.QUEUE_LIMITS, ScenarioKeys.BACKPRESSURE));
        } else if (root.has(ScenarioKeys.CONFIG_UPSTREAM)) {
            root.problem(ScenarioKeys.CONFIG_UPSTREAM, "needs config: the file that has the upstream");
        }
        isChosen = chosen.isPresent();
        forbidBesideUpstream(
                upstream, List.of(ScenarioKeys.CAPACITY, ScenarioKeys.CIRCUIT_BREAKER, ScenarioKeys.REQUEST_TIMEOUT));
        Profile profile = root.get(ScenarioKeys.PROFILE);
        return new Weir(
                gateway.map(GatewayConfig::profile).orElse(profile.key()),
                gateway.map(GatewayConfig::limits).orElseGet(() -> limits(profile)),
                chosen.map(UpstreamConfig::name).orElse(Scenario.QUEUE),
                chosen.map(UpstreamSettings::of).orElseGet(this::settings),
                chosen.map(each -> each.requestTimeout().toNanos())
                        .orElseGet(() -> upstream.get(ScenarioKeys.REQUEST_TIMEOUT)));
    }

    /** Reports keys that an upstream of the configuration file, if there is one, sets already; after {@link #read}. */
    void forbidBesideUpstream(Section section, List<Key<?>> keys) {
        if (isChosen) {
            forbid(section, keys);
        }
    }

    private static void forbid(Section section, List<Key<?>> keys) {
        keys.stream()
                .filter(section::has)
                .forEach(key -> section.problem(key, "is set by the file of 'config': remove one of the two"));
    }

    private Optional<GatewayConfig> load(Path config) {
        Path file = scenario.resolveSibling(config);
        if (!Files.isRegularFile(file)) {
            root.problem(ScenarioKeys.CONFIG, "there is no such file: " + file);
            return Optional.empty();
        }
        try {
            return Optional.of(new GatewayConfigLoader(Scenarios.HEAP, name -> null)
                    .file(file)
                    .withoutUpstream()
                    .withoutMemory()
                    .load());
        } catch (ConfigException e) {
            problems.addAll(e.problems());
            return Optional.empty();
        }
    }

    /** The upstream that the scenario is about; none if the file has none. */
    private Optional<UpstreamConfig> choose(GatewayConfig gateway) {
        List<String> names =
                gateway.upstreams().stream().map(UpstreamConfig::name).toList();
        Optional<String> wanted = root.find(ScenarioKeys.CONFIG_UPSTREAM);
        if (wanted.isPresent() && !names.contains(wanted.get())) {
            root.problem(
                    ScenarioKeys.CONFIG_UPSTREAM,
                    "the file of 'config' has no upstream '" + wanted.get() + "'"
                            + (names.isEmpty() ? "" : Suggestions.hint(wanted.get(), names)));
        } else if (wanted.isEmpty() && names.size() > 1) {
            root.problem(
                    ScenarioKeys.CONFIG,
                    "has several upstreams; choose one with config_upstream: " + String.join(", ", names));
        }
        String name = wanted.orElse(names.isEmpty() ? "" : names.get(0));
        return gateway.upstreams().stream()
                .filter(each -> each.name().equals(name))
                .findFirst();
    }

    private UpstreamSettings settings() {
        return UpstreamSettings.oneQueue(
                upstream.get(ScenarioKeys.CAPACITY), upstream.get(ScenarioKeys.CIRCUIT_BREAKER));
    }

    private WeirConfig limits(Profile profile) {
        WeirConfigBuilder builder = profile.builder(Scenarios.HEAP);
        for (Key<Void> each : List.of(ScenarioKeys.QUEUE_LIMITS, ScenarioKeys.BACKPRESSURE)) {
            List<Key<?>> keys = Keys.of(each.name());
            Section section = root.section(each, keys);
            keys.forEach(key -> section.text(key).ifPresent(text -> builder.set(key.section(), key.name(), text)));
        }
        return builder.build();
    }
}
