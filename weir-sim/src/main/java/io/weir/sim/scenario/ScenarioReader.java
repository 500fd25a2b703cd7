package io.weir.sim.scenario;

import io.weir.config.ConfigException;
import io.weir.config.Suggestions;
import io.weir.core.config.ConfigKey;
import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.Profile;
import io.weir.core.config.WeirConfig;
import io.weir.core.config.WeirConfigBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns a scenario file into a {@link Scenario}. */
final class ScenarioReader {
    private static final long HEAP = Scenarios.HEAP;

    private static final long SECOND = 1_000_000_000L;

    private static final long MAX_DURATION = 7 * 24 * 3_600 * SECOND;

    private final Section root;
    private final String name;
    private final String source;

    private ScenarioReader(String name, String source, Section root) {
        this.name = name;
        this.source = source;
        this.root = root;
    }

    /**
     * Reads a scenario.
     *
     * @param file what problems are told of
     * @param name unless the file says another
     * @throws ConfigException with everything that is wrong
     */
    static Scenario read(String file, String name, String text) throws ConfigException {
        return new ScenarioReader(name, text, Section.parse(file, text)).scenario();
    }

    private Scenario scenario() throws ConfigException {
        String given = root.read("name", name, (key, text) -> {
            if (!text.matches("[A-Za-z0-9._-]{1,100}")) {
                throw new InvalidConfigException(
                        key, "is made of letters, digits, '-', '_' and '.', but is '" + text + "'");
            }
            return text;
        });
        String description = root.text("description", "");
        long duration = root.duration("duration", 60 * SECOND);
        if (duration < 1_000_000 || duration > MAX_DURATION) {
            root.problem("duration", "must be from 1ms to 168h");
        }
        long seed = root.whole("seed", 1, Long.MIN_VALUE, Long.MAX_VALUE);
        Profile profile = root.read(
                "profile",
                Profile.PRODUCTION,
                (key, text) -> Profile.ofKey(text)
                        .orElseThrow(() -> new InvalidConfigException(
                                key,
                                "there is no profile '" + text
                                        + "'; there are development, staging, production and high_throughput")));
        WeirConfig config = config(profile);
        UpstreamReader upstreamReader = new UpstreamReader(root.section("upstream"));
        UpstreamModel upstream = upstreamReader.read();
        List<ClientGroup> clients = clients();
        upstreamReader.checkOperations(clients);
        List<Fault> faults = faults(clients, profile, duration);
        root.done();
        root.throwProblems();
        return new Scenario(
                given, description, duration, seed, profile.key(), config, upstream, clients, faults, source);
    }

    private WeirConfig config(Profile profile) {
        WeirConfigBuilder builder = profile.builder(HEAP);
        for (String each : List.of(ConfigKey.QUEUE_LIMITS, ConfigKey.BACKPRESSURE)) {
            Section section = root.section(each);
            if (section != null) {
                keys(each)
                        .forEach(key -> section.read(key, "", (k, text) -> {
                            profile.builder(HEAP).set(each, k, text).build(); // tells here if it is out of range
                            builder.set(each, k, text);
                            return text;
                        }));
                section.done();
            }
        }
        return builder.build();
    }

    private static List<String> keys(String section) {
        return Arrays.stream(ConfigKey.values())
                .filter(key -> key.section().equals(section))
                .map(ConfigKey::key)
                .toList();
    }

    private List<ClientGroup> clients() {
        List<ClientGroup> groups = new ArrayList<>();
        Section section = root.section("clients");
        if (section != null) {
            for (String group : section.keys()) {
                Section keys = section.section(group);
                if (keys != null) {
                    groups.add(new ClientReader(group, keys).read());
                }
            }
        }
        if (groups.isEmpty()) {
            root.problem("clients", "there must be clients: a name of your choice, and below it at least a rate");
        }
        return groups;
    }

    private List<Fault> faults(List<ClientGroup> clients, Profile profile, long duration) {
        List<Fault> faults = new ArrayList<>();
        for (Section item : root.list("faults")) {
            long at = item.duration("at", 0);
            if (at > duration) {
                item.problem("at", "is after the end of the scenario");
            }
            Fault.Kind kind = item.choice("do", Fault.Kind.RESET);
            if (!item.has("do")) {
                item.problem("", "needs do: reset, disconnect, update or close");
            }
            String group = item.read("clients", "", (key, text) -> {
                if (clients.stream().noneMatch(each -> each.name().equals(text))) {
                    throw new InvalidConfigException(
                            key,
                            "there are no clients '" + text + "'"
                                    + Suggestions.hint(
                                            text,
                                            clients.stream()
                                                    .map(ClientGroup::name)
                                                    .toList()));
                }
                return text;
            });
            faults.add(new Fault(at, kind, group, settings(item.section("set"), profile)));
            item.done();
        }
        faults.sort(Comparator.comparingLong(Fault::at));
        return faults;
    }

    private static Map<String, String> settings(@org.jspecify.annotations.Nullable Section section, Profile profile) {
        Map<String, String> settings = new HashMap<>();
        if (section != null) {
            for (ConfigKey each : ConfigKey.values()) {
                String path = each.section() + "." + each.key();
                section.read(path, "", (k, text) -> {
                    profile.builder(HEAP).set(each.section(), each.key(), text).build();
                    settings.put(path, text);
                    return text;
                });
            }
            section.done();
        }
        return new LinkedHashMap<>(settings);
    }
}
