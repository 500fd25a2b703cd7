package io.weir.sim.scenario;

import io.weir.config.Suggestions;
import io.weir.core.config.InvalidConfigException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns the keys of {@code upstream} into an {@link UpstreamModel}. */
final class UpstreamReader {
    private static final long DEFAULT_TIMEOUT = 300_000_000_000L;
    private static final int MAX_SERVERS = 100_000;
    private static final int UNCHANGED = 1000;
    private static final String OTHERWISE = "default";

    private final @Nullable Section keys;

    UpstreamReader(@Nullable Section keys) {
        this.keys = keys;
    }

    UpstreamModel read() {
        ServiceTime service = ServiceTime.exponential(5_000_000);
        if (keys == null) {
            return new UpstreamModel(4, Map.of(), service, 0, DEFAULT_TIMEOUT, 0, true, List.of());
        }
        int servers = (int) keys.whole("servers", 4, 1, MAX_SERVERS);
        Map<String, ServiceTime> services = new LinkedHashMap<>();
        if (keys.isSection("service")) {
            Section works = keys.section("service");
            if (works != null) {
                for (String work : works.keys()) {
                    services.put(work, works.read(work, service, Quantities::service));
                }
            }
            service = services.getOrDefault(OTHERWISE, service);
            services.remove(OTHERWISE);
        } else {
            service = keys.read("service", service, Quantities::service);
        }
        int failures = keys.read("failures", 0, Quantities::share);
        UpstreamModel.Kind kind = keys.choice("kind", UpstreamModel.Kind.FIFO);
        int thrashBeyond = (int) keys.whole("thrash_beyond", 0, 0, MAX_SERVERS);
        if (thrashBeyond > 0 && kind != UpstreamModel.Kind.SHARING) {
            keys.problem("thrash_beyond", "has a meaning with 'kind: sharing' alone");
        }
        UpstreamModel model = new UpstreamModel(
                kind,
                thrashBeyond,
                servers,
                services,
                service,
                failures,
                keys.duration("timeout", DEFAULT_TIMEOUT),
                keys.read("capacity", 0, UpstreamReader::capacity),
                keys.flag("circuit", true),
                changes(keys, servers, failures));
        keys.done();
        return model;
    }

    /** Reports service times of operations that no clients send: the name is probably mistyped. */
    void checkOperations(List<ClientGroup> clients) {
        if (keys == null || !keys.isSection("service")) {
            return;
        }
        Section service = keys.section("service");
        if (service == null || clients.isEmpty()) {
            return;
        }
        List<String> sent = clients.stream().map(ClientGroup::work).distinct().toList();
        for (String operation : service.keys()) {
            if (!operation.equals(OTHERWISE) && !sent.contains(operation)) {
                service.problem(operation, "no clients send this operation" + Suggestions.hint(operation, sent));
            }
        }
    }

    private static int capacity(String key, String text) {
        if (text.equals("adaptive")) {
            return 0;
        }
        try {
            int capacity = Integer.parseInt(text.strip());
            if (capacity >= 1 && capacity <= MAX_SERVERS) {
                return capacity;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new InvalidConfigException(
                key, "must be adaptive or a whole number from 1 to " + MAX_SERVERS + ", but is '" + text + "'");
    }

    /** What a change does not name stays as it was. */
    private static List<UpstreamModel.Change> changes(Section keys, int servers, int failures) {
        List<Section> items = new ArrayList<>(keys.list("changes"));
        items.sort(Comparator.comparingLong(item -> item.duration("at", 0)));
        List<UpstreamModel.Change> changes = new ArrayList<>();
        UpstreamModel.Change last = new UpstreamModel.Change(0, servers, UNCHANGED, failures, UpstreamModel.State.UP);
        for (Section item : items) {
            last = new UpstreamModel.Change(
                    item.duration("at", 0),
                    (int) item.whole("servers", last.servers(), 1, MAX_SERVERS),
                    item.read("slowdown", last.slowdown(), Quantities::factor),
                    item.read("failures", last.failures(), Quantities::share),
                    item.choice("state", last.state()));
            changes.add(last);
            item.done();
        }
        return changes;
    }
}
