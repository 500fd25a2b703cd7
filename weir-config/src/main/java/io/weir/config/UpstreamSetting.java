package io.weir.config;

import io.weir.core.config.InvalidConfigException;

/** One setting of an upstream on the command line: {@code NAME.capacity}, or {@code NAME.tools.TOOL.capacity}. */
final class UpstreamSetting {
    private UpstreamSetting() {}

    /**
     * Sets it.
     *
     * @param path what follows {@code upstreams.}; names may hold dots themselves
     * @throws InvalidConfigException if there is no such upstream or key, or the text is no value for it
     */
    static void apply(ConfigBuilder draft, String path, String text) {
        UpstreamBuilder upstream = draft.upstreams().values().stream()
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

    private static void apply(UpstreamBuilder upstream, String path, String text) {
        int dot = path.indexOf('.');
        String key = dot < 0 ? path : path.substring(0, dot);
        String rest = dot < 0 ? "" : path.substring(dot + 1);
        int last = rest.lastIndexOf('.');
        if (Keys.OPERATIONS.contains(key) && last > 0) {
            upstream.set(key, rest.substring(0, last), rest.substring(last + 1), text);
        } else if ((Keys.MAPS.contains(key) || Keys.NESTED.contains(key)) && !rest.isEmpty()) {
            upstream.set(key, rest, text);
        } else if (Keys.ofUpstream().contains(path)
                && Keys.find(Keys.UPSTREAMS, path).isEmpty()) {
            throw new InvalidConfigException(key, "holds keys: name one of them after a dot");
        } else {
            upstream.set(path, text);
        }
    }
}
