package io.weir.sim.scenario;

import io.weir.config.ConfigException;
import io.weir.config.Key;
import io.weir.config.Suggestions;
import io.weir.config.YamlDocument;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns a scenario file into a {@link Scenario}. */
final class ScenarioReader {
    private static final String EXAMPLE = "keys, such as duration: 60s";

    private final Path file;
    private final Section root;
    private final String name;
    private final String source;

    private ScenarioReader(Path file, String name, String source, Section root) {
        this.file = file;
        this.name = name;
        this.source = source;
        this.root = root;
    }

    /**
     * Reads a scenario.
     *
     * @param file what problems are told of, and what the path of a configuration is relative to
     * @param name unless the file says another
     * @throws ConfigException with everything that is wrong
     */
    static Scenario read(String file, String name, String text) throws ConfigException {
        return new ScenarioReader(Path.of(file), name, text, root(file, text)).scenario();
    }

    private static Section root(String file, String text) throws ConfigException {
        YamlDocument document = YamlDocument.parse(file, text, EXAMPLE);
        return new Section(
                document,
                document.root()
                        .orElseThrow(() -> new ConfigException(List.of(file + ":1:1: must begin with " + EXAMPLE))),
                "",
                ScenarioKeys.OF_SCENARIO);
    }

    private Scenario scenario() throws ConfigException {
        Section upstreamKeys = root.section(ScenarioKeys.UPSTREAM_KEYS, ScenarioKeys.OF_UPSTREAM);
        WeirReader weirReader = new WeirReader(file, root, upstreamKeys);
        WeirReader.Weir weir = weirReader.read();
        UpstreamReader upstreamReader = new UpstreamReader(upstreamKeys);
        UpstreamModel upstream = upstreamReader.read(weir.requestTimeout());
        List<ClientGroup> clients = clients(weirReader);
        upstreamReader.checkOperations(clients);
        long duration = root.get(ScenarioKeys.DURATION);
        Scenario scenario = new Scenario(
                root.find(ScenarioKeys.NAME).orElse(name),
                root.get(ScenarioKeys.DESCRIPTION),
                duration,
                root.get(ScenarioKeys.SEED),
                weir.profile(),
                weir.config(),
                weir.queue(),
                weir.settings(),
                upstream,
                clients,
                faults(clients, duration),
                expectations(clients),
                source);
        root.throwProblems(weirReader.problems());
        return scenario;
    }

    private List<ClientGroup> clients(WeirReader weir) {
        List<ClientGroup> groups = new ArrayList<>();
        root.named(ScenarioKeys.CLIENT_GROUPS, ScenarioKeys.OF_CLIENTS).forEach((group, keys) -> {
            weir.forbidBesideUpstream(keys, List.of(ScenarioKeys.WEIGHT));
            groups.add(new ClientReader(group, keys).read());
        });
        if (groups.isEmpty()) {
            root.problem(
                    ScenarioKeys.CLIENT_GROUPS,
                    "there must be clients: a name of your choice, and below it at least a rate");
        }
        return groups;
    }

    private List<Fault> faults(List<ClientGroup> clients, long duration) {
        List<String> groups = clients.stream().map(ClientGroup::name).toList();
        return root.list(ScenarioKeys.FAULT_LIST, ScenarioKeys.OF_FAULT).stream()
                .map(item -> fault(item, groups, duration))
                .sorted(Comparator.comparingLong(Fault::at))
                .toList();
    }

    private static Fault fault(Section item, List<String> groups, long duration) {
        long at = item.get(ScenarioKeys.FAULT_AT);
        if (at > duration) {
            item.problem(ScenarioKeys.FAULT_AT, "is after the end of the scenario");
        }
        if (!item.has(ScenarioKeys.ACTION)) {
            item.problem("needs action: " + ScenarioKeys.ACTION.type().valid());
        }
        String group = group(item, ScenarioKeys.FAULT_CLIENTS, groups);
        Section set = item.section(ScenarioKeys.SET, ScenarioKeys.OF_SET);
        Map<String, String> settings = new HashMap<>();
        ScenarioKeys.OF_SET.forEach(key -> set.text(key).ifPresent(text -> settings.put(key.name(), text)));
        return new Fault(at, item.find(ScenarioKeys.ACTION).orElse(Fault.Kind.RESET), group, settings);
    }

    /** The group that a key names; empty for all. */
    private static String group(Section item, Key<String> key, List<String> groups) {
        String group = item.find(key).orElse("");
        if (!group.isEmpty() && !groups.contains(group)) {
            item.problem(key, "there are no clients '" + group + "'" + Suggestions.hint(group, groups));
        }
        return group;
    }

    private List<Expectation> expectations(List<ClientGroup> clients) {
        List<String> groups = clients.stream().map(ClientGroup::name).toList();
        return root.list(ScenarioKeys.EXPECT_LIST, ScenarioKeys.OF_EXPECT).stream()
                .flatMap(item -> expectation(item, groups).stream())
                .toList();
    }

    private static Optional<Expectation> expectation(Section item, List<String> groups) {
        Optional<Figure> figure = item.find(ScenarioKeys.FIGURE);
        String group = group(item, ScenarioKeys.EXPECT_CLIENTS, groups);
        if (!item.has(ScenarioKeys.FIGURE)) {
            item.problem("needs figure: " + ScenarioKeys.FIGURE.type().valid());
        } else if (!item.has(ScenarioKeys.MIN) && !item.has(ScenarioKeys.MAX)) {
            item.problem("needs min or max, or both");
        }
        figure.filter(each -> !group.isEmpty() && !each.isOfClients())
                .ifPresent(
                        each -> item.problem(ScenarioKeys.EXPECT_CLIENTS, "has no meaning with figure: " + each.key()));
        return figure.map(each -> new Expectation(
                each,
                group,
                item.find(ScenarioKeys.MIN, each.type()).orElse(0L),
                item.find(ScenarioKeys.MAX, each.type()).orElse(Long.MAX_VALUE)));
    }
}
