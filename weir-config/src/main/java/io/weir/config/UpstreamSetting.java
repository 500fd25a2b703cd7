package io.weir.config;

import io.weir.core.config.InvalidConfigException;
import java.util.List;

/** One setting of an upstream on the command line: {@code NAME.capacity}, or {@code NAME.tools.TOOL.capacity}. */
final class UpstreamSetting {
    private UpstreamSetting() {}

    /**
     * Sets it.
     *
     * @param path what follows {@code upstreams.}; names may hold dots themselves
     * @throws InvalidConfigException if there is no such upstream or key, or the text is no value for it
     */
    static void apply(ConfigDraft draft, String path, String text) {
        UpstreamDraft upstream = draft.upstreams().values().stream()
                .filter(each -> path.startsWith(each.name() + "."))
                .max((a, b) -> a.name().length() - b.name().length())
                .orElseThrow(() -> new InvalidConfigException(
                        "upstreams." + path,
                        draft.upstreams().isEmpty()
                                ? "there are no upstreams"
                                : "there is no such upstream; there are "
                                        + String.join(", ", draft.upstreams().keySet())));
        apply(upstream, path.substring(upstream.name().length() + 1), text);
    }

    private static void apply(UpstreamDraft upstream, String path, String text) {
        int dot = path.indexOf('.');
        String key = dot < 0 ? path : path.substring(0, dot);
        String rest = dot < 0 ? "" : path.substring(dot + 1);
        if (UpstreamDraft.SINGLE.contains(key) && dot < 0) {
            upstream.set(key, text);
        } else if (UpstreamDraft.MAPS.contains(key) && !rest.isEmpty()) {
            if (key.equals("circuit_breaker")) {
                check(rest, UpstreamDraft.CIRCUIT_KEYS);
            }
            upstream.set(key, rest, text);
        } else if (UpstreamDraft.WORKS.contains(key) && rest.lastIndexOf('.') > 0) {
            int last = rest.lastIndexOf('.');
            check(rest.substring(last + 1), WorkDraft.KEYS);
            upstream.set(key, rest.substring(0, last), rest.substring(last + 1), text);
        } else {
            check(path, UpstreamDraft.keys());
            throw new InvalidConfigException(key, "holds keys: name one of them after a dot");
        }
    }

    private static void check(String key, List<String> keys) {
        if (!keys.contains(key)) {
            throw new InvalidConfigException(key, "is no key here" + YamlFile.nearest(key, keys));
        }
    }
}
