package io.weir.sim.scenario;

import io.weir.config.ConfigException;
import io.weir.config.Suggestions;
import io.weir.config.YamlDocument;
import io.weir.core.config.InvalidConfigException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Keys with their values. A key is known once it was asked for; {@link #done} tells of all others. A value that cannot be used is noted as a
 * problem, and its default given.
 */
final class Section {
    private final YamlDocument document;
    private final MappingNode node;
    private final String path;
    private final Map<String, NodeTuple> entries;
    private final Set<String> known = new LinkedHashSet<>();

    /** Reads text. */
    interface Reading<T> {
        /** @throws InvalidConfigException if the text is no such value */
        T read(String key, String text);
    }

    Section(YamlDocument document, MappingNode node, String path) {
        this.document = document;
        this.node = node;
        this.path = path;
        this.entries = document.entries(node, path);
    }

    /** The keys of a scenario. @throws ConfigException if it is not YAML */
    static Section parse(String name, String text) throws ConfigException {
        YamlDocument document = YamlDocument.parse(name, text, "keys, such as duration: 60s");
        return new Section(
                document,
                document.root()
                        .orElseThrow(() -> new ConfigException(
                                List.of(name + ":1:1: must begin with keys, such as duration: 60s"))),
                "");
    }

    private String of(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    boolean has(String key) {
        known.add(key);
        return entries.containsKey(key);
    }

    /** The keys that there are, whether known or not. */
    List<String> keys() {
        return List.copyOf(entries.keySet());
    }

    <T> T read(String key, T byDefault, Reading<T> reading) {
        Node value = value(key);
        if (value == null) {
            return byDefault;
        }
        if (!(value instanceof ScalarNode scalar)) {
            document.problem(value, of(key) + ": must be a single value");
            return byDefault;
        }
        try {
            return reading.read(key, scalar.getValue());
        } catch (InvalidConfigException e) {
            String told = String.valueOf(e.getMessage());
            document.problem(
                    value, (path.isEmpty() ? "" : path + ".") + (told.startsWith(key) ? told : key + ": " + told));
            return byDefault;
        }
    }

    String text(String key, String byDefault) {
        return read(key, byDefault, (k, text) -> text.strip());
    }

    long duration(String key, long byDefault) {
        return read(key, byDefault, Quantities::duration);
    }

    long whole(String key, long byDefault, long least, long most) {
        return read(key, byDefault, (k, text) -> {
            try {
                long value = Long.parseLong(text.strip().replace("_", ""));
                if (value >= least && value <= most) {
                    return value;
                }
            } catch (NumberFormatException e) {
                // Told below, as a number out of range is.
            }
            throw new InvalidConfigException(
                    k, "must be a whole number from " + least + " to " + most + ", but is '" + text + "'");
        });
    }

    boolean flag(String key, boolean byDefault) {
        return read(key, byDefault, (k, text) -> {
            if (!text.equals("true") && !text.equals("false")) {
                throw new InvalidConfigException(k, "must be true or false, but is '" + text + "'");
            }
            return text.equals("true");
        });
    }

    <E extends Enum<E>> E choice(String key, E byDefault) {
        return read(key, byDefault, (k, text) -> {
            List<String> names = new ArrayList<>();
            for (E each : byDefault.getDeclaringClass().getEnumConstants()) {
                names.add(each.name().toLowerCase(Locale.ROOT));
                if (names.get(names.size() - 1).equals(text)) {
                    return each;
                }
            }
            throw new InvalidConfigException(
                    k, "must be one of " + String.join(", ", names) + ", but is '" + text + "'");
        });
    }

    /** The keys below a key; null if there is no such key. */
    @Nullable
    Section section(String key) {
        Node value = value(key);
        if (value == null) {
            return null;
        }
        if (value instanceof MappingNode mapping) {
            return new Section(document, mapping, of(key));
        }
        document.problem(value, of(key) + ": must hold keys, each on a line of its own below it");
        return null;
    }

    /** Whether the value of a key is keys of its own rather than a single value. */
    boolean isSection(String key) {
        return value(key) instanceof MappingNode;
    }

    /** The items below a key, each of which has keys; empty if there is no such key. */
    List<Section> list(String key) {
        Node value = value(key);
        List<Section> items = new ArrayList<>();
        if (value instanceof SequenceNode sequence) {
            for (Node item : sequence.getValue()) {
                if (item instanceof MappingNode mapping) {
                    items.add(new Section(document, mapping, of(key) + "[" + items.size() + "]"));
                } else {
                    document.problem(item, of(key) + ": every item must hold keys, such as '- at: 10s'");
                }
            }
        } else if (value != null) {
            document.problem(value, of(key) + ": must be a list, each item beginning with '- '");
        }
        return items;
    }

    private @Nullable Node value(String key) {
        known.add(key);
        NodeTuple entry = entries.get(key);
        return entry == null ? null : entry.getValueNode();
    }

    /** Notes a problem with this section, or with one of its keys. */
    void problem(String key, String what) {
        NodeTuple entry = entries.get(key);
        document.problem(entry == null ? node : entry.getValueNode(), (key.isEmpty() ? path : of(key)) + ": " + what);
    }

    /** Tells of the keys that nobody asked for. */
    void done() {
        entries.forEach((key, entry) -> {
            if (!known.contains(key)) {
                document.problem(entry.getKeyNode(), of(key) + ": " + Suggestions.unknownKey(key, known));
            }
        });
    }

    /** @throws ConfigException if anything in the whole document is wrong */
    void throwProblems() throws ConfigException {
        if (!document.problems().isEmpty()) {
            throw new ConfigException(document.problems());
        }
    }
}
