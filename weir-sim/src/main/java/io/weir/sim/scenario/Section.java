package io.weir.sim.scenario;

import io.weir.config.ConfigException;
import io.weir.config.Key;
import io.weir.config.Suggestions;
import io.weir.config.YamlDocument;
import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.ValueType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * The values of a section's keys. A key that the section does not have, or a value that is not valid, is noted as a
 * problem of the document.
 */
final class Section {
    private final YamlDocument document;
    private final Node node;
    private final String path;
    private final Map<String, NodeTuple> entries;

    /** A section with those keys. */
    Section(YamlDocument document, MappingNode node, String path, List<Key<?>> keys) {
        this(document, node, path, document.entries(node, path));
        List<String> names = keys.stream().<String>map(Key::name).toList();
        entries.forEach((name, entry) -> {
            if (!names.contains(name)) {
                document.problem(entry.getKeyNode(), of(name) + ": " + Suggestions.unknownKey(name, names));
            }
        });
    }

    private Section(YamlDocument document, Node node, String path, Map<String, NodeTuple> entries) {
        this.document = document;
        this.node = node;
        this.path = path;
        this.entries = entries;
    }

    private String of(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    boolean has(Key<?> key) {
        return entries.containsKey(key.name());
    }

    /** The value of a key, or its default. */
    <T> T get(Key<T> key) {
        return find(key).orElseGet(key::defaultValue);
    }

    /** The value of a key; none if there is none, or it is not valid. */
    <T> Optional<T> find(Key<T> key) {
        return find(key, key.type());
    }

    /** The value of a key whose type depends on another key; none if there is none, or it is not valid. */
    <T> Optional<T> find(Key<?> key, ValueType<T> type) {
        NodeTuple entry = entries.get(key.name());
        return entry == null ? Optional.empty() : value(type, key.name(), entry.getValueNode());
    }

    private <T> Optional<T> value(ValueType<T> type, String name, Node value) {
        if (!(value instanceof ScalarNode scalar)) {
            document.problem(value, of(name) + ": must be a single value");
            return Optional.empty();
        }
        try {
            return Optional.of(type.parse(name, scalar.getValue()));
        } catch (InvalidConfigException e) {
            document.problem(value, of(String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }

    /** The text of a key whose value is valid. */
    Optional<String> text(Key<?> key) {
        NodeTuple entry = entries.get(key.name());
        return find(key).map(valid -> entry == null ? "" : YamlDocument.text(entry.getValueNode()));
    }

    /** The section below a key, with those keys; an empty one if there is none. */
    Section section(Key<?> key, List<Key<?>> keys) {
        MappingNode mapping = mapping(key.name());
        return mapping == null
                ? new Section(document, node, of(key.name()), Map.of())
                : new Section(document, mapping, of(key.name()), keys);
    }

    /** The sections below the names that a key holds, each with those keys. */
    Map<String, Section> named(Key<?> key, List<Key<?>> keys) {
        Section names = below(key);
        Map<String, Section> sections = new LinkedHashMap<>();
        for (String name : names.entries.keySet()) {
            MappingNode mapping = names.mapping(name);
            if (mapping != null) {
                sections.put(name, new Section(document, mapping, names.of(name), keys));
            }
        }
        return sections;
    }

    /** The names that a key holds. */
    List<String> names(Key<?> key) {
        return List.copyOf(below(key).entries.keySet());
    }

    /** The values of a key that holds names with a value each. */
    <T> Map<String, T> values(Key<T> key) {
        Section names = below(key);
        Map<String, T> values = new LinkedHashMap<>();
        names.entries.forEach((name, entry) ->
                names.value(key.type(), name, entry.getValueNode()).ifPresent(value -> values.put(name, value)));
        return values;
    }

    /** Notes a problem with one of the names that a key holds. */
    void problem(Key<?> key, String name, String what) {
        Section names = below(key);
        document.problem(names.at(name), names.of(name) + ": " + what);
    }

    private Section below(Key<?> key) {
        MappingNode mapping = mapping(key.name());
        String here = of(key.name());
        return new Section(
                document,
                mapping == null ? node : mapping,
                here,
                mapping == null ? Map.of() : document.entries(mapping, here));
    }

    /** Whether a key holds names or keys rather than a single value. */
    boolean isSection(Key<?> key) {
        NodeTuple entry = entries.get(key.name());
        return entry != null && entry.getValueNode() instanceof MappingNode;
    }

    private @Nullable MappingNode mapping(String name) {
        NodeTuple entry = entries.get(name);
        if (entry == null || entry.getValueNode() instanceof MappingNode) {
            return entry == null ? null : (MappingNode) entry.getValueNode();
        }
        document.problem(entry.getValueNode(), of(name) + ": must hold keys, each on a line of its own below it");
        return null;
    }

    /** The items below a key, each with those keys; none if there is no such key. */
    List<Section> list(Key<?> key, List<Key<?>> keys) {
        NodeTuple entry = entries.get(key.name());
        String here = of(key.name());
        List<Section> items = new ArrayList<>();
        if (entry != null && entry.getValueNode() instanceof SequenceNode sequence) {
            for (Node item : sequence.getValue()) {
                if (item instanceof MappingNode mapping) {
                    items.add(new Section(document, mapping, here + "[" + items.size() + "]", keys));
                } else {
                    document.problem(item, here + ": every item must hold keys, such as '- at: 10s'");
                }
            }
        } else if (entry != null) {
            document.problem(entry.getValueNode(), here + ": must be a list, each item beginning with '- '");
        }
        return items;
    }

    private Node at(String name) {
        NodeTuple entry = entries.get(name);
        return entry == null ? node : entry.getValueNode();
    }

    /** Notes a problem with a key. */
    void problem(Key<?> key, String what) {
        document.problem(at(key.name()), of(key.name()) + ": " + what);
    }

    /** Notes a problem with this section. */
    void problem(String what) {
        document.problem(node, path + ": " + what);
    }

    /**
     * Throws if anything in the whole document is wrong.
     *
     * @param others what is wrong with other files
     */
    void throwProblems(List<String> others) throws ConfigException {
        List<String> problems = new ArrayList<>(document.problems());
        problems.addAll(others);
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
    }
}
