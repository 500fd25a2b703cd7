package io.weir.config;

import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.Profile;
import io.weir.core.config.TenantKey;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** A configuration file in YAML. */
final class YamlFile {
    private final Path file;
    private final YamlDocument document;
    private final References references;

    private YamlFile(Path file, YamlDocument document, References references) {
        this.file = file;
        this.document = document;
        this.references = references;
    }

    /** The file with that text. @throws ConfigException if it is not YAML */
    static YamlFile parse(Path file, String text, References references) throws ConfigException {
        return new YamlFile(
                file, YamlDocument.parse(file.toString(), text, "sections, such as queue_limits:"), references);
    }

    /** The profile that the file names; one that does not exist is a problem. */
    Optional<Profile> profile() {
        return document.root().stream()
                .flatMap(root -> root.getValue().stream())
                .filter(entry -> YamlDocument.text(entry.getKeyNode()).equals("profile"))
                .findFirst()
                .flatMap(entry -> {
                    String named = YamlDocument.text(entry.getValueNode());
                    Optional<Profile> profile = Profile.ofKey(named);
                    if (profile.isEmpty()) {
                        document.problem(entry.getValueNode(), "profile: " + unknownProfile(named));
                    }
                    return profile;
                });
    }

    /** What is wrong with the name of a profile. */
    static String unknownProfile(String name) {
        List<String> names = Arrays.stream(Profile.values()).map(Profile::key).toList();
        return "there is no profile '" + name + "'; there are " + String.join(", ", names.subList(0, names.size() - 1))
                + " and " + names.get(names.size() - 1);
    }

    /** Sets all that the file says, and returns everything that is wrong with it. */
    List<String> applyTo(ConfigBuilder builder) {
        document.root()
                .ifPresent(root ->
                        document.entries(root, "").forEach((section, entry) -> section(builder, section, entry)));
        return document.problems();
    }

    private void section(ConfigBuilder builder, String section, NodeTuple entry) {
        if (section.equals("profile")) {
            return;
        }
        boolean upstreams = section.equals("upstreams");
        if (!upstreams && !Keys.SECTIONS.contains(section)) {
            document.problem(entry.getKeyNode(), unknownSection(section));
        } else if (!(entry.getValueNode() instanceof MappingNode mapping)) {
            document.problem(entry.getValueNode(), section + ": must hold keys, each on a line of its own below it");
        } else if (upstreams) {
            UpstreamYaml upstreamYaml = new UpstreamYaml(this, builder);
            document.entries(mapping, "upstreams").forEach(upstreamYaml::upstream);
        } else {
            document.entries(mapping, section).forEach((key, value) -> entry(builder, section, key, value));
        }
    }

    private void entry(ConfigBuilder builder, String section, String key, NodeTuple entry) {
        if (section.equals(Keys.TENANTS)
                && Keys.find(section, key).isEmpty()
                && entry.getValueNode() instanceof MappingNode mapping) {
            tenant(builder, key, entry.getKeyNode(), mapping);
        } else {
            key(builder, section, key, entry);
        }
    }

    private void tenant(ConfigBuilder builder, String tenant, Node name, MappingNode limits) {
        String path = Keys.TENANTS + "." + tenant;
        if (!TenantName.isValid(tenant)) {
            document.problem(name, path + ": a tenant's name is " + TenantName.RULE);
            return;
        }
        document.entries(limits, path).forEach((key, value) -> {
            Node node = value.getValueNode();
            if (TenantKey.find(key).isEmpty()) {
                document.problem(
                        value.getKeyNode(),
                        path + "." + key + ": " + Suggestions.unknownKey(key, Keys.names(Keys.TENANT)));
            } else {
                scalar(path + "." + key, node).ifPresent(text -> {
                    try {
                        builder.tenant(tenant, key, text);
                    } catch (InvalidConfigException e) {
                        document.problem(node, path + "." + e.getMessage());
                    }
                });
            }
        });
    }

    private void key(ConfigBuilder builder, String section, String key, NodeTuple entry) {
        Optional<Key<?>> found = Keys.find(section, key);
        if (found.isEmpty()) {
            document.problem(entry.getKeyNode(), section + "." + key + ": " + Suggestions.unknownKey(section, key));
            return;
        }
        String path = section + "." + key;
        Optional<String> value =
                Keys.isSecret(found.get()) ? secret(path, entry.getValueNode()) : scalar(path, entry.getValueNode());
        value.ifPresent(text -> {
            try {
                builder.set(section, key, valueOf(found.get(), text));
            } catch (InvalidConfigException e) {
                document.problem(entry.getValueNode(), section + "." + e.getMessage());
            }
        });
    }

    /** The value of a key: as it stands in the file, but that a path is relative to the file. */
    String valueOf(Key<?> key, String text) {
        return key.type() == ValueTypes.PATH && !text.isBlank() ? besideFile(text.strip()) : text;
    }

    /** A path that is relative to the file; what is no path at all is left for the key's own check. */
    String besideFile(String path) {
        try {
            return file.resolveSibling(path).toString();
        } catch (InvalidPathException e) {
            return path;
        }
    }

    /** The document, for problems. */
    YamlDocument document() {
        return document;
    }

    /** The single value that a node is; anything else is a problem. */
    Optional<String> scalar(String path, Node node) {
        if (node instanceof ScalarNode scalar) {
            return Optional.of(scalar.getValue());
        }
        Optional<List<String>> texts = isList(path) ? YamlDocument.texts(node) : Optional.empty();
        if (texts.isPresent()) {
            return texts.map(each -> String.join(",", each));
        }
        document.problem(node, path + ": must be a single value");
        return Optional.empty();
    }

    /** The single value that a node is, with the environment variables that it names. */
    Optional<String> expanded(String path, Node node) {
        return scalar(path, node)
                .flatMap(text -> references.expand(text, what -> document.problem(node, path + ": " + what)));
    }

    /** The single value that a node is, with what it names: environment variables, or a file. */
    Optional<String> secret(String path, Node node) {
        return scalar(path, node)
                .flatMap(text -> references.secret(text, file, what -> document.problem(node, path + ": " + what)));
    }

    private static String unknownSection(String section) {
        if (section.equals("mcpServers")) {
            return section + ": is the section of a client's own file, which weir gateway --mcp-config FILE reads; here"
                    + " servers go below upstreams:";
        }
        String other = Keys.sectionOf(section);
        if (other != null) {
            return section + ": is outside its section; put it below " + other + ":";
        }
        List<String> sections = new ArrayList<>(Keys.SECTIONS);
        sections.add(Keys.UPSTREAMS);
        sections.add("profile");
        return section + ": unknown section" + Suggestions.hint(section, sections);
    }

    private static boolean isList(String path) {
        int dot = path.indexOf('.');
        return dot > 0
                && Keys.find(path.substring(0, dot), path.substring(dot + 1))
                        .filter(key -> key.type() == ValueTypes.LIST
                                || key.type() == ValueTypes.BLOCKS
                                || key.type() == ValueTypes.ALGORITHMS)
                        .isPresent();
    }
}
