package io.weir.config;

import io.weir.core.config.InvalidConfigException;
import java.util.List;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;

/** The upstreams of a configuration file. Problems are noted in the file, at their place. */
final class UpstreamNodes {
    private final YamlFile file;
    private final ConfigDraft draft;

    UpstreamNodes(YamlFile file, ConfigDraft draft) {
        this.file = file;
        this.draft = draft;
    }

    private interface Setting {
        void set(String text);
    }

    /** Adds one upstream. */
    void upstream(String name, NodeTuple entry) {
        UpstreamDraft upstream;
        try {
            upstream = new UpstreamDraft(name);
            draft.add(upstream);
        } catch (InvalidConfigException e) {
            file.problem(entry.getKeyNode(), "upstreams." + e.getMessage());
            return;
        }
        String path = "upstreams." + name;
        if (!(entry.getValueNode() instanceof MappingNode mapping)) {
            single(path, path, entry.getValueNode(), text -> upstream.set("url", text));
            return;
        }
        file.entries(mapping, path).forEach((key, each) -> key(upstream, path, key, each));
        if (mapping.getValue().stream()
                .noneMatch(each -> YamlFile.text(each.getKeyNode()).equals("url"))) {
            file.problem(mapping, path + ".url: is missing: where does the MCP server answer?");
        }
    }

    private void key(UpstreamDraft upstream, String path, String key, NodeTuple entry) {
        String here = path + "." + key;
        if (UpstreamDraft.SINGLE.contains(key)) {
            single(path, here, entry.getValueNode(), text -> upstream.set(key, text));
        } else if (!UpstreamDraft.keys().contains(key)) {
            file.problem(
                    entry.getKeyNode(),
                    here + ": is no key of an upstream" + YamlFile.nearest(key, UpstreamDraft.keys()));
        } else if (!(entry.getValueNode() instanceof MappingNode mapping)) {
            file.problem(
                    entry.getValueNode(),
                    here + ": must hold " + (key.equals("headers") ? "headers" : "keys")
                            + ", each on a line of its own below it");
        } else if (UpstreamDraft.WORKS.contains(key)) {
            file.entries(mapping, here).forEach((work, each) -> work(upstream, here, key, work, each));
        } else {
            file.entries(mapping, here).forEach((name, each) -> entry(upstream, path, key, name, each));
        }
    }

    private void entry(UpstreamDraft upstream, String path, String map, String name, NodeTuple entry) {
        String here = path + "." + map;
        if (map.equals("circuit_breaker") && !isKnown(here, name, entry, UpstreamDraft.CIRCUIT_KEYS)) {
            return;
        }
        // What is wrong with a header is told of the headers: its name may be what is wrong.
        String told = map.equals("headers") ? path : here;
        single(told, here + "." + name, entry.getValueNode(), text -> upstream.set(map, name, text));
    }

    private void work(UpstreamDraft upstream, String path, String works, String work, NodeTuple entry) {
        String here = path + "." + work;
        try {
            UpstreamDraft.checkWork(works, work);
        } catch (InvalidConfigException e) {
            file.problem(entry.getKeyNode(), path + "." + e.getMessage());
            return;
        }
        if (entry.getValueNode() instanceof MappingNode mapping) {
            file.entries(mapping, here).forEach((key, each) -> {
                if (isKnown(here, key, each, WorkDraft.KEYS)) {
                    single(here, here + "." + key, each.getValueNode(), text -> upstream.set(works, work, key, text));
                }
            });
        } else {
            file.problem(entry.getValueNode(), here + ": must hold keys, each on a line of its own below it");
        }
    }

    private boolean isKnown(String path, String key, NodeTuple entry, List<String> keys) {
        if (keys.contains(key)) {
            return true;
        }
        file.problem(entry.getKeyNode(), path + "." + key + ": is no key here" + YamlFile.nearest(key, keys));
        return false;
    }

    private void single(String path, String whole, Node node, Setting setting) {
        file.scalar(whole, node).ifPresent(text -> {
            try {
                setting.set(text);
            } catch (InvalidConfigException e) {
                file.problem(node, path + "." + e.getMessage());
            }
        });
    }
}
