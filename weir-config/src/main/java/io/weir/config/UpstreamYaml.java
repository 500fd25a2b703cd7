package io.weir.config;

import io.weir.core.config.InvalidConfigException;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;

/** The upstreams of a configuration file. Problems are noted in the file, at their place. */
final class UpstreamYaml {
    private final YamlFile file;
    private final ConfigBuilder builder;

    UpstreamYaml(YamlFile file, ConfigBuilder builder) {
        this.file = file;
        this.builder = builder;
    }

    private interface Setting {
        void set(String text);
    }

    /** Adds one upstream. */
    void upstream(String name, NodeTuple entry) {
        UpstreamBuilder upstream;
        try {
            upstream = new UpstreamBuilder(name);
            builder.add(upstream);
        } catch (InvalidConfigException e) {
            file.document().problem(entry.getKeyNode(), "upstreams." + e.getMessage());
            return;
        }
        String path = "upstreams." + name;
        if (!(entry.getValueNode() instanceof MappingNode mapping)) {
            single(path, path, entry.getValueNode(), text -> upstream.set("url", text));
            return;
        }
        file.document().entries(mapping, path).forEach((key, each) -> key(upstream, path, key, each));
        if (mapping.getValue().stream()
                .noneMatch(each -> YamlDocument.text(each.getKeyNode()).equals("url"))) {
            file.document().problem(mapping, path + ".url: is missing: where does the MCP server answer?");
        }
    }

    private void key(UpstreamBuilder upstream, String path, String key, NodeTuple entry) {
        String here = path + "." + key;
        Optional<Key<?>> found = Keys.find(Keys.UPSTREAMS, key);
        if (found.isPresent()) {
            single(path, here, entry.getValueNode(), text -> upstream.set(key, file.valueOf(found.get(), text)));
        } else if (!Keys.ofUpstream().contains(key)) {
            file.document().problem(entry.getKeyNode(), here + ": " + Suggestions.unknownKey(key, Keys.ofUpstream()));
        } else if (!(entry.getValueNode() instanceof MappingNode mapping)) {
            file.document()
                    .problem(
                            entry.getValueNode(),
                            here + ": must hold " + (key.equals("headers") ? "headers" : "keys")
                                    + ", each on a line of its own below it");
        } else if (Keys.OPERATIONS.contains(key)) {
            file.document()
                    .entries(mapping, here)
                    .forEach((operation, each) -> operation(upstream, here, key, operation, each));
        } else {
            file.document().entries(mapping, here).forEach((name, each) -> entry(upstream, path, key, name, each));
        }
    }

    private void entry(UpstreamBuilder upstream, String path, String map, String name, NodeTuple entry) {
        String here = path + "." + map;
        if (map.equals("circuit_breaker") && !isKnown(here, name, entry, Keys.names(Keys.CIRCUIT))) {
            return;
        }
        // What is wrong with a header is told of the headers: its name may be what is wrong.
        String told = map.equals("headers") ? path : here;
        single(told, here + "." + name, entry.getValueNode(), text -> upstream.set(map, name, text));
    }

    private void operation(UpstreamBuilder upstream, String path, String kind, String operation, NodeTuple entry) {
        String here = path + "." + operation;
        try {
            UpstreamBuilder.checkOperation(kind, operation);
        } catch (InvalidConfigException e) {
            file.document().problem(entry.getKeyNode(), path + "." + e.getMessage());
            return;
        }
        if (entry.getValueNode() instanceof MappingNode mapping) {
            file.document().entries(mapping, here).forEach((key, each) -> {
                if (isKnown(here, key, each, Keys.names(Keys.OPERATION))) {
                    single(
                            here,
                            here + "." + key,
                            each.getValueNode(),
                            text -> upstream.set(kind, operation, key, text));
                }
            });
        } else {
            file.document()
                    .problem(entry.getValueNode(), here + ": must hold keys, each on a line of its own below it");
        }
    }

    private boolean isKnown(String path, String key, NodeTuple entry, List<String> keys) {
        if (keys.contains(key)) {
            return true;
        }
        file.document().problem(entry.getKeyNode(), path + "." + key + ": " + Suggestions.unknownKey(key, keys));
        return false;
    }

    private void single(String path, String whole, Node node, Setting setting) {
        file.scalar(whole, node).ifPresent(text -> {
            try {
                setting.set(text);
            } catch (InvalidConfigException e) {
                file.document().problem(node, path + "." + e.getMessage());
            }
        });
    }
}
