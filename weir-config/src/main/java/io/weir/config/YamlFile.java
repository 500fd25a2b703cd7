package io.weir.config;

import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.Profile;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** A configuration file in YAML. Every problem says at which line and column, and all are told at once. */
final class YamlFile {
    private static final int MAX_FILE_BYTES = 1 << 20;

    private final String name;
    private final @Nullable MappingNode root;
    private final List<String> problems = new ArrayList<>();

    private YamlFile(String name, @Nullable MappingNode root) {
        this.name = name;
        this.root = root;
    }

    /** Reads a file. @throws ConfigException if it cannot be read or is not YAML */
    static YamlFile read(Path file) throws ConfigException {
        String text;
        try {
            if (Files.isDirectory(file)) {
                throw problem(file + ": is a directory; name a file");
            }
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw problem(file + ": is larger than " + MAX_FILE_BYTES + " bytes; that is no configuration");
            }
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            throw problem(file + ": there is no such file");
        } catch (AccessDeniedException e) {
            throw problem(file + ": this user may not read it");
        } catch (CharacterCodingException e) {
            throw problem(file + ": is not text in UTF-8");
        } catch (IOException e) {
            throw problem(file + ": cannot be read: " + e.getMessage());
        }
        return parse(file.toString(), text);
    }

    /** Parses text. @throws ConfigException if it is not YAML */
    static YamlFile parse(String name, String text) throws ConfigException {
        try {
            Optional<Node> node =
                    new Compose(LoadSettings.builder().setUseMarks(true).build()).composeString(text);
            if (node.isEmpty()) {
                return new YamlFile(name, null);
            }
            if (!(node.get() instanceof MappingNode mapping)) {
                throw problem(name + ":1:1: must begin with sections, such as queue_limits:");
            }
            return new YamlFile(name, mapping);
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

    /** The profile that the file names. */
    Optional<Profile> profile() throws ConfigException {
        for (NodeTuple entry : root == null ? List.<NodeTuple>of() : root.getValue()) {
            if (text(entry.getKeyNode()).equals("profile")) {
                String named = text(entry.getValueNode());
                Optional<Profile> profile = Profile.ofKey(named);
                if (profile.isEmpty()) {
                    throw problem(at(entry.getValueNode()) + "profile: there is no profile '" + named
                            + "'; there are development, staging, production and high_throughput");
                }
                return profile;
            }
        }
        return Optional.empty();
    }

    /** Sets all that the file says, and returns everything that is wrong with it. */
    List<String> applyTo(ConfigDraft draft) {
        if (root != null) {
            for (Map.Entry<String, NodeTuple> entry : entries(root, "").entrySet()) {
                section(draft, entry.getKey(), entry.getValue());
            }
        }
        return problems;
    }

    private void section(ConfigDraft draft, String section, NodeTuple entry) {
        if (section.equals("profile")) {
            return;
        }
        boolean upstreams = section.equals("upstreams");
        if (!upstreams && !ConfigDraft.sections().contains(section)) {
            problems.add(at(entry.getKeyNode()) + unknownSection(section));
        } else if (!(entry.getValueNode() instanceof MappingNode mapping)) {
            problems.add(at(entry.getValueNode()) + section + ": must hold keys, each on a line of its own below it");
        } else if (upstreams) {
            UpstreamNodes upstreamNodes = new UpstreamNodes(this, draft);
            entries(mapping, "upstreams").forEach(upstreamNodes::upstream);
        } else {
            entries(mapping, section).forEach((key, value) -> key(draft, section, key, value));
        }
    }

    private void key(ConfigDraft draft, String section, String key, NodeTuple entry) {
        if (!ConfigDraft.keys(section).contains(key)) {
            problems.add(at(entry.getKeyNode()) + section + "." + key + ": " + unknownKey(section, key));
            return;
        }
        scalar(section + "." + key, entry.getValueNode()).ifPresent(text -> {
            try {
                draft.set(section, key, text);
            } catch (InvalidConfigException e) {
                problems.add(at(entry.getValueNode()) + section + "." + e.getMessage());
            }
        });
    }

    /** Notes what is wrong at a place. */
    void problem(Node where, String what) {
        problems.add(at(where) + what);
    }

    /** The entries of a mapping by key; one that stands there twice is a problem. */
    Map<String, NodeTuple> entries(MappingNode mapping, String path) {
        Map<String, NodeTuple> entries = new LinkedHashMap<>();
        Set<String> seen = new HashSet<>();
        for (NodeTuple entry : mapping.getValue()) {
            String key = text(entry.getKeyNode());
            if (seen.add(key)) {
                entries.put(key, entry);
            } else {
                problems.add(at(entry.getKeyNode()) + (path.isEmpty() ? "" : path + ".") + key + ": stands here twice");
            }
        }
        return entries;
    }

    /** The single value that a node is; anything else is a problem. */
    Optional<String> scalar(String path, Node node) {
        if (node instanceof ScalarNode scalar) {
            return Optional.of(scalar.getValue());
        }
        if (ConfigDraft.LISTS.contains(path)
                && node instanceof SequenceNode sequence
                && sequence.getValue().stream().allMatch(ScalarNode.class::isInstance)) {
            return Optional.of(String.join(
                    ",", sequence.getValue().stream().map(YamlFile::text).toList()));
        }
        problems.add(at(node) + path + ": must be a single value");
        return Optional.empty();
    }

    static String text(Node node) {
        return node instanceof ScalarNode scalar ? scalar.getValue() : "";
    }

    private String at(Node node) {
        return name
                + node.getStartMark()
                        .map(mark -> ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1))
                        .orElse("")
                + ": ";
    }

    private static String unknownSection(String section) {
        for (String other : ConfigDraft.sections()) {
            if (ConfigDraft.keys(other).contains(section)) {
                return section + ": stands outside its section; put it below " + other + ":";
            }
        }
        List<String> sections = new ArrayList<>(ConfigDraft.sections());
        sections.add("upstreams");
        sections.add("profile");
        return section + ": is no section" + nearest(section, sections);
    }

    /** Why a key is unknown in its section. */
    static String unknownKey(String section, String key) {
        for (String other : ConfigDraft.sections()) {
            if (ConfigDraft.keys(other).contains(key)) {
                return "belongs to section " + other;
            }
        }
        return "is no key of this section" + nearest(key, ConfigDraft.keys(section));
    }

    /** Which of the candidates may have been meant, or all of them. */
    static String nearest(String word, List<String> candidates) {
        return Suggestions.to(word, candidates)
                .map(found -> "; the nearest is " + found)
                .orElse("; there are " + String.join(", ", candidates));
    }
}
