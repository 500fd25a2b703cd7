package io.weir.gateway.proxy;

import io.weir.gateway.upstream.UpstreamServer;
import io.weir.gateway.upstream.UpstreamShared;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The upstreams of one event loop: those that requests are sent to, and those that were removed and still have some.
 * Confined to its event loop.
 */
public final class LoopUpstreams {
    private Map<UpstreamShared, UpstreamServer> servers = Map.of();
    private Map<String, UpstreamServer> byName = Map.of();
    private Map<String, UpstreamServer> byPath = Map.of();
    private final Map<UpstreamShared, UpstreamServer> removed = new LinkedHashMap<>();

    /** No upstreams. */
    public LoopUpstreams() {}

    /**
     * From now on, requests are sent to these.
     *
     * @param make one of them as this event loop sees it, where it is new
     * @return those that were removed
     */
    public List<UpstreamServer> use(List<UpstreamShared> upstreams, Function<UpstreamShared, UpstreamServer> make) {
        Map<UpstreamShared, UpstreamServer> next = new LinkedHashMap<>();
        Map<String, UpstreamServer> names = new LinkedHashMap<>();
        Map<String, UpstreamServer> paths = new LinkedHashMap<>();
        for (UpstreamShared each : upstreams) {
            UpstreamServer known = servers.get(each);
            UpstreamServer server = known == null ? make.apply(each) : known;
            String name = server.config().name();
            next.put(each, server);
            names.put(name, server);
            paths.put("/" + name + "/mcp", server);
            if (upstreams.size() == 1) {
                paths.put("/mcp", server);
            }
        }
        List<UpstreamServer> gone = new ArrayList<>();
        servers.forEach((shared, server) -> {
            if (!next.containsKey(shared)) {
                removed.put(shared, server);
                server.retire();
                gone.add(server);
            }
        });
        servers = next;
        byName = names;
        byPath = paths;
        return gone;
    }

    /** The upstream at that path, with or without a slash at its end; null if there is none. */
    public @Nullable UpstreamServer at(String path) {
        return byPath.get(path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
    }

    /** All paths, in order. */
    public List<String> paths() {
        return byPath.keySet().stream().sorted().toList();
    }

    /** The upstream that has that name; null if none has. */
    public @Nullable UpstreamServer named(String name) {
        return byName.get(name);
    }

    /** What has the name of that upstream now: itself, or what has taken its place; null if it was removed. */
    public @Nullable UpstreamServer current(UpstreamServer upstream) {
        return byName.get(upstream.config().name());
    }

    /** One that was removed and is not forgotten; null if it is none of those. */
    public @Nullable UpstreamServer removed(UpstreamShared upstream) {
        return removed.get(upstream);
    }

    /** Forgets one that was removed, of which nothing is left. */
    public void forget(UpstreamShared upstream) {
        UpstreamServer server = removed.remove(upstream);
        if (server != null) {
            server.end();
        }
    }

    /** All of them, the removed ones too. */
    public List<UpstreamServer> all() {
        List<UpstreamServer> all = new ArrayList<>(servers.values());
        all.addAll(removed.values());
        return all;
    }
}
