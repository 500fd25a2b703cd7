package io.weir.config;

import io.weir.core.config.ConfigKey;
import io.weir.core.config.InvalidConfigException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What another configuration changes in a running gateway. Immutable.
 *
 * @param changes what it changes and can be changed while running: key, old and new value, and where that came from; a
 *     line each
 * @param restarts what it changes and cannot be changed without a restart, each with its place
 */
public record ConfigChange(List<String> changes, List<String> restarts) {
    private static final String LIVE = "; that needs no restart";
    private static final String NEW_UPSTREAM = "; a new upstream then takes the place of the one that runs";
    private static final String RESTART = ": needs a restart";

    /** The difference. */
    public static ConfigChange between(LoadedConfig running, LoadedConfig next) {
        List<String> changes = new ArrayList<>(changes(running, next));
        List<String> restarts = new ArrayList<>();
        upstreams(running, next, changes, restarts);
        if (!running.config().withLive(next.config()).equals(next.config())) {
            restarts.addAll(restarts(running, next));
        }
        return new ConfigChange(changes, restarts);
    }

    /** Whether nothing differs. */
    public boolean isEmpty() {
        return changes.isEmpty() && restarts.isEmpty();
    }

    private static List<String> changes(LoadedConfig running, LoadedConfig next) {
        List<String> changes = new ArrayList<>();
        if (!running.config().profile().equals(next.config().profile())) {
            changes.add(change(
                    LoadedConfig.PROFILE,
                    running.config().profile(),
                    next.config().profile(),
                    next.profileSource()));
        }
        for (ConfigKey key : ConfigKey.values()) {
            String before = key.get(running.config().limits());
            String after = key.get(next.config().limits());
            if (!before.equals(after)) {
                changes.add(change(LoadedConfig.path(key), before, after, next.source(key)));
            }
        }
        for (String path : differing(running, next)) {
            Optional<Key<?>> key = key(path);
            boolean weight = path.contains(".tenant_weights.");
            boolean known = !path.startsWith(Keys.UPSTREAMS + ".") || isOfBoth(path, running, next);
            boolean inPlace = weight
                    || key.filter(each -> each.updatable() && !isLimit(each)).isPresent();
            if (known && inPlace) {
                changes.add(change(path, text(running, path), text(next, path), place(running, next, path)));
            }
        }
        return changes;
    }

    /** Whether a path belongs to an upstream that there is before and after. */
    private static boolean isOfBoth(String path, LoadedConfig running, LoadedConfig next) {
        TreeSet<String> both = new TreeSet<>(byName(running.config()).keySet());
        both.retainAll(byName(next.config()).keySet());
        return upstream(path, both) != null;
    }

    private static String change(String path, String before, String after, Source source) {
        return path + " " + before + " to " + after + " (" + source.describe() + ")";
    }

    private static String text(LoadedConfig config, String path) {
        Setting setting = config.settings().get(path);
        return setting == null ? "unset" : setting.text();
    }

    /** Where it is set in the other configuration, or, if it is no more, was set. */
    private static Source place(LoadedConfig running, LoadedConfig next, String path) {
        Setting setting = next.settings().getOrDefault(path, running.settings().get(path));
        return setting == null ? Source.DEFAULT : setting.source();
    }

    private static List<String> restarts(LoadedConfig running, LoadedConfig next) {
        List<String> restarts = new ArrayList<>();
        for (String path : differing(running, next)) {
            if (!path.startsWith(Keys.UPSTREAMS + ".") && !changesInPlace(path) && !path.equals(LoadedConfig.PROFILE)) {
                boolean removed = !next.settings().containsKey(path);
                restarts.add(path + RESTART + " ("
                        + (removed ? "was set at " : "")
                        + place(running, next, path).describe() + ")");
            }
        }
        return restarts.isEmpty() ? List.of("the configuration" + RESTART) : restarts;
    }

    /** Which upstreams come, go, or are replaced by others of their names. */
    private static void upstreams(
            LoadedConfig running, LoadedConfig next, List<String> changes, List<String> restarts) {
        Map<String, UpstreamConfig> before = byName(running.config());
        Map<String, UpstreamConfig> after = byName(next.config());
        TreeSet<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        TreeSet<String> differing = differing(running, next);
        for (String name : names) {
            UpstreamConfig old = before.get(name);
            UpstreamConfig other = after.get(name);
            if (old != null && other != null && old.canBecome(other)) {
                continue;
            }
            String path = Keys.UPSTREAMS + "." + name;
            List<String> own = differing.stream()
                    .filter(each -> name.equals(upstream(each, names)))
                    .filter(each -> old == null || other == null || !changesInPlace(each))
                    .map(each -> place(each, running, next))
                    .toList();
            boolean ofTcp = old != null
                    && running.config()
                            .tcp()
                            .filter(tcp -> tcp.upstream().equals(name))
                            .isPresent();
            if (ofTcp) {
                restarts.add(
                        path + RESTART + ", since clients over TCP are connected to it (tcp.upstream)" + text(own));
            } else {
                String what = old == null ? "is added" : other == null ? "is removed" : "is replaced";
                changes.add(path + " " + what + text(own));
            }
        }
        if (before.size() == 1 != (after.size() == 1)) {
            changes.add(
                    after.size() == 1
                            ? "the path /mcp leads to '"
                                    + after.keySet().iterator().next() + "', the only upstream"
                            : "the path /mcp leads nowhere, since there are several upstreams");
        }
    }

    /**
     * The upstream that a path belongs to: the longest of these names that it goes on from, since names may hold dots.
     */
    private static @Nullable String upstream(String path, Set<String> names) {
        return names.stream()
                .filter(name -> (path + ".").startsWith(Keys.UPSTREAMS + "." + name + "."))
                .max(Comparator.comparingInt(String::length))
                .orElse(null);
    }

    private static boolean changesInPlace(String path) {
        return path.contains(".tenant_weights.")
                || key(path).filter(Key::updatable).isPresent();
    }

    /** A path and where it is set; not the value, which may be a secret. */
    private static String place(String path, LoadedConfig running, LoadedConfig next) {
        boolean removed = !next.settings().containsKey(path);
        return path + " " + (removed ? "was set at " : "")
                + place(running, next, path).describe();
    }

    private static String text(List<String> places) {
        return places.isEmpty() ? "" : " (" + String.join(", ", places) + ")";
    }

    private static Map<String, UpstreamConfig> byName(GatewayConfig config) {
        return config.upstreams().stream().collect(Collectors.toMap(UpstreamConfig::name, each -> each));
    }

    private static TreeSet<String> differing(LoadedConfig running, LoadedConfig next) {
        TreeSet<String> paths = new TreeSet<>(running.settings().keySet());
        paths.addAll(next.settings().keySet());
        paths.removeIf(path -> value(running, path).equals(value(next, path)));
        return paths;
    }

    /**
     * What a path is set to: as its type has it, so that {@code 10s} and {@code 10000} are the same, else as it was
     * written.
     */
    private static Optional<Object> value(LoadedConfig config, String path) {
        Optional<Key<?>> key = key(path);
        Optional<String> text = Optional.ofNullable(config.settings().get(path)).map(Setting::text);
        if (key.isEmpty()) {
            return text.map(each -> each);
        }
        return text.or(() -> Optional.ofNullable(key.get().byDefault())).map(each -> parsed(key.get(), each));
    }

    private static Object parsed(Key<?> key, String text) {
        try {
            return key.type().parse(key.name(), text);
        } catch (InvalidConfigException e) {
            // A variable or a file that the text names, or a list.
            return text;
        }
    }

    /** How a change of that path in the file takes effect, as the end of a sentence; empty if there is no such key. */
    static String effect(String path) {
        if (path.contains(".tenant_weights.")) {
            return LIVE;
        }
        return key(path)
                .map(each -> each.updatable()
                        ? LIVE
                        : path.startsWith(Keys.UPSTREAMS + ".") ? NEW_UPSTREAM : ", and restart the gateway")
                .orElse("");
    }

    private static boolean isLimit(Key<?> key) {
        return ConfigKey.find(key.section(), key.name()).isPresent();
    }

    /** The key of that path, if it is one of the table: names of upstreams, methods and tools may hold dots. */
    private static Optional<Key<?>> key(String path) {
        int dot = path.indexOf('.');
        if (dot < 0) {
            return Optional.empty();
        }
        String section = path.substring(0, dot);
        if (!section.equals(Keys.UPSTREAMS)) {
            return Keys.isTenantLimit(path)
                    ? Keys.find(Keys.TENANT, path.substring(path.lastIndexOf('.') + 1))
                    : Keys.find(section, path.substring(dot + 1));
        }
        String last = path.substring(path.lastIndexOf('.') + 1);
        boolean operation = Keys.OPERATIONS.stream().anyMatch(kind -> path.contains("." + kind + "."));
        return Keys.find(operation ? Keys.OPERATION : Keys.UPSTREAMS, last);
    }
}
