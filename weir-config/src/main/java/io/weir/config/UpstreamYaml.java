package io.weir.config;

import io.weir.core.config.InvalidConfigException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** The upstreams of a configuration file. Problems are noted in the file, at their place. */
final class UpstreamYaml {
    /** Maps whose values may be secrets. */
    private static final Set<String> SECRETS = Set.of("headers", "env");

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
                .map(each -> YamlDocument.text(each.getKeyNode()))
                .noneMatch(key -> key.equals("url") || key.equals("command"))) {
            file.document().problem(mapping, path + ": " + UpstreamBuilder.NO_SERVER);
        }
    }

    private void key(UpstreamBuilder upstream, String path, String key, NodeTuple entry) {
        String here = path + "." + key;
        Node value = entry.getValueNode();
        if (!Keys.ofUpstream().contains(key)) {
            file.document().problem(entry.getKeyNode(), here + ": " + Suggestions.unknownKey(key, Keys.ofUpstream()));
        } else if (accept(upstream, path, key, entry.getKeyNode())) {
            if (key.equals(Keys.ARGS.name())) {
                args(upstream, path, value);
            } else if (key.equals(Keys.COMMAND.name())) {
                set(path, value, file.expanded(here, value), text -> upstream.set(key, text));
            } else if (key.equals(Keys.CWD.name())) {
                set(path, value, file.expanded(here, value).map(file::besideFile), text -> upstream.set(key, text));
            } else {
                Keys.find(Keys.UPSTREAMS, key)
                        .ifPresentOrElse(
                                found ->
                                        single(path, here, value, text -> upstream.set(key, file.valueOf(found, text))),
                                () -> entries(upstream, path, key, value));
            }
        }
    }

    private boolean accept(UpstreamBuilder upstream, String path, String key, Node node) {
        try {
            upstream.accept(key);
            return true;
        } catch (InvalidConfigException e) {
            file.document().problem(node, path + "." + e.getMessage());
            return false;
        }
    }

    private void args(UpstreamBuilder upstream, String path, Node value) {
        String here = path + "." + Keys.ARGS.name();
        if (!(value instanceof SequenceNode sequence)) {
            file.document().problem(value, here + ": must be a list of texts, such as [-y, server]");
            return;
        }
        List<String> args = new ArrayList<>();
        for (Node each : sequence.getValue()) {
            file.expanded(here + "[" + args.size() + "]", each).ifPresent(args::add);
        }
        try {
            upstream.args(args);
        } catch (InvalidConfigException e) {
            file.document().problem(value, path + "." + e.getMessage());
        }
    }

    /** The keys below one that holds others. */
    private void entries(UpstreamBuilder upstream, String path, String key, Node value) {
        String here = path + "." + key;
        if (!(value instanceof MappingNode mapping)) {
            String what = key.equals("headers") ? "headers" : key.equals("env") ? "variables" : "keys";
            file.document().problem(value, here + ": must hold " + what + ", each on a line of its own below it");
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
        Node value = entry.getValueNode();
        if (Keys.NESTED.contains(map) && !isKnown(here, name, entry, Keys.names(map))) {
            return;
        }
        if (SECRETS.contains(map)) {
            // What is wrong with an entry is told of its map: its name may be what is wrong.
            set(path, value, file.secret(here + "." + name, value), text -> upstream.set(map, name, text));
        } else {
            single(here, here + "." + name, value, text -> upstream.set(map, name, text));
        }
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
        set(path, node, file.scalar(whole, node), setting);
    }

    private void set(String path, Node node, Optional<String> value, Setting setting) {
        value.ifPresent(text -> {
            try {
                setting.set(text);
            } catch (InvalidConfigException e) {
                file.document().problem(node, path + "." + e.getMessage());
            }
        });
    }
}
