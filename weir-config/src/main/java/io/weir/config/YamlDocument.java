package io.weir.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A document in YAML that holds keys. Problems are collected, each with its line and column, and reported all at once.
 * Not thread-safe.
 */
public final class YamlDocument {
    private static final int MAX_FILE_BYTES = 1 << 20;

    /** Upstreams, a name, tools, a name, a key: no value is further down. An alias can make a document endless. */
    private static final int MAX_DEPTH = 6;

    private final String name;
    private final @Nullable MappingNode root;
    private final Set<Problem> problems = new LinkedHashSet<>();

    private record Problem(int line, int column, String text) {}

    private YamlDocument(String name, @Nullable MappingNode root) {
        this.name = name;
        this.root = root;
    }

    /** The text of a file. @throws ConfigException if it cannot be read, or is larger than 1 MiB */
    public static String text(Path file) throws ConfigException {
        try {
            if (Files.isDirectory(file)) {
                throw problem(file + ": is a directory; name a file");
            }
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw problem(file + ": is larger than " + MAX_FILE_BYTES + " bytes; that is no configuration");
            }
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw problem(file + ": there is no such file");
        } catch (AccessDeniedException e) {
            throw problem(file + ": this user may not read it");
        } catch (CharacterCodingException e) {
            throw problem(file + ": is not text in UTF-8");
        } catch (IOException e) {
            throw problem(file + ": cannot be read: " + e.getMessage());
        }
    }

    /**
     * Parses text.
     *
     * @param name of the file, for problems
     * @param example what a document begins with, for a person
     * @throws ConfigException if it is not YAML, or not keys
     */
    public static YamlDocument parse(String name, String text, String example) throws ConfigException {
        try {
            Optional<Node> node =
                    new Compose(LoadSettings.builder().setUseMarks(true).build()).composeString(text);
            if (node.isEmpty()) {
                return new YamlDocument(name, null);
            }
            if (!(node.get() instanceof MappingNode mapping)) {
                throw problem(name + ":1:1: must begin with " + example);
            }
            return new YamlDocument(name, mapping);
        } catch (MarkedYamlEngineException e) {
            String at = e.getProblemMark()
                    .map(mark -> ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1))
                    .orElse("");
            throw problem(name + at + ": is not YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            throw problem(name + ": is not YAML: " + e.getMessage());
        } catch (StackOverflowError e) {
            // The parser goes one call deeper for each level, and has no limit of its own.
            throw problem(name + ": is nested too deeply");
        }
    }

    private static ConfigException problem(String text) {
        return new ConfigException(List.of(text));
    }

    /** The keys of the document; empty if there is nothing in it. */
    public Optional<MappingNode> root() {
        return Optional.ofNullable(root);
    }

    /** Reports a problem with a node; the same one only once. */
    public void problem(Node node, String what) {
        Optional<Mark> mark = node.getStartMark();
        int line = mark.map(Mark::getLine).orElse(-1) + 1;
        int column = mark.map(Mark::getColumn).orElse(-1) + 1;
        String place = mark.isEmpty() ? name : name + ":" + line + ":" + column;
        problems.add(new Problem(line, column, place + ": " + what));
    }

    /** All problems so far, in the order of their places. */
    public List<String> problems() {
        return problems.stream()
                .sorted(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column))
                .map(Problem::text)
                .toList();
    }

    /** The entries of a mapping by key; a duplicate is a problem. */
    public Map<String, NodeTuple> entries(MappingNode mapping, String path) {
        Map<String, NodeTuple> entries = new LinkedHashMap<>();
        for (NodeTuple entry : mapping.getValue()) {
            String key = text(entry.getKeyNode());
            NodeTuple first = entries.putIfAbsent(key, entry);
            if (first != null) {
                problem(
                        entry.getKeyNode(),
                        (path.isEmpty() ? "" : path + ".") + key + ": duplicate key (first on line "
                                + line(first.getKeyNode()) + ")");
            }
        }
        return entries;
    }

    /** The text of a single value; empty for any other node. */
    public static String text(Node node) {
        return node instanceof ScalarNode scalar ? scalar.getValue() : "";
    }

    /** The texts of a list of single values; empty for any other node. */
    public static Optional<List<String>> texts(Node node) {
        return node instanceof SequenceNode sequence
                        && sequence.getValue().stream().allMatch(ScalarNode.class::isInstance)
                ? Optional.of(
                        sequence.getValue().stream().map(YamlDocument::text).toList())
                : Optional.empty();
    }

    /** The texts of a list of single values in YAML, such as {@code [a, b]}; empty if a text is none. */
    static Optional<List<String>> list(String text) {
        try {
            return new Compose(LoadSettings.builder().build())
                    .composeString(text)
                    .flatMap(YamlDocument::texts);
        } catch (YamlEngineException | StackOverflowError e) {
            return Optional.empty();
        }
    }

    /** Every value of the document by its path, keys separated by dots, with its line. */
    Map<String, Setting> settings() {
        Map<String, Setting> settings = new LinkedHashMap<>();
        if (root != null) {
            settings(root, "", MAX_DEPTH, settings);
        }
        return settings;
    }

    private void settings(Node node, String path, int depth, Map<String, Setting> settings) {
        if (node instanceof MappingNode mapping && depth > 0) {
            for (NodeTuple entry : mapping.getValue()) {
                String key = text(entry.getKeyNode());
                settings(entry.getValueNode(), path.isEmpty() ? key : path + "." + key, depth - 1, settings);
            }
        } else {
            String text = node instanceof ScalarNode scalar
                    ? scalar.getValue()
                    : texts(node).map(Object::toString).orElse("");
            settings.put(path, new Setting(text, new Source(Source.Kind.FILE, name + ":" + line(node))));
        }
    }

    private static int line(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    }
}
