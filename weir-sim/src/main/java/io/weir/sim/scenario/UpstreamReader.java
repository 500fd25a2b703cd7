package io.weir.sim.scenario;

import io.weir.config.Suggestions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns the keys of {@code upstream} into an {@link UpstreamModel}. */
final class UpstreamReader {
    private static final int UNCHANGED = 1000;
    private static final String OTHERWISE = "default";

    private final Section keys;

    UpstreamReader(Section keys) {
        this.keys = keys;
    }

    /** @param requestTimeout nanoseconds after which Weir gives a dispatched message up */
    UpstreamModel read(long requestTimeout) {
        UpstreamModel.Kind kind = keys.get(ScenarioKeys.KIND);
        if (keys.has(ScenarioKeys.THRASH_BEYOND) && kind != UpstreamModel.Kind.SHARING) {
            keys.problem(ScenarioKeys.THRASH_BEYOND, "has a meaning with 'kind: sharing' alone");
        }
        boolean several = keys.isSection(ScenarioKeys.SERVICE_TIME);
        Map<String, ServiceTime> services =
                several ? new LinkedHashMap<>(keys.values(ScenarioKeys.SERVICE_TIME)) : new LinkedHashMap<>();
        ServiceTime service = several
                ? services.getOrDefault(OTHERWISE, ScenarioKeys.SERVICE_TIME.defaultValue())
                : keys.get(ScenarioKeys.SERVICE_TIME);
        services.remove(OTHERWISE);
        int servers = keys.get(ScenarioKeys.SERVERS);
        int failures = keys.get(ScenarioKeys.FAILURES).intValue();
        return new UpstreamModel(
                kind,
                keys.find(ScenarioKeys.THRASH_BEYOND).orElse(0),
                servers,
                services,
                service,
                failures,
                requestTimeout,
                changes(servers, failures));
    }

    /** Reports service times of operations that no clients send: the name is probably mistyped. */
    void checkOperations(List<ClientGroup> clients) {
        List<String> sent =
                clients.stream().map(ClientGroup::operation).distinct().toList();
        if (!sent.isEmpty() && keys.isSection(ScenarioKeys.SERVICE_TIME)) {
            keys.names(ScenarioKeys.SERVICE_TIME).stream()
                    .filter(operation -> !operation.equals(OTHERWISE) && !sent.contains(operation))
                    .forEach(operation -> keys.problem(
                            ScenarioKeys.SERVICE_TIME,
                            operation,
                            "no clients send this operation" + Suggestions.hint(operation, sent)));
        }
    }

    /** What a change does not name stays as it was. */
    private List<UpstreamModel.Change> changes(int servers, int failures) {
        List<Section> items = new ArrayList<>(keys.list(ScenarioKeys.CHANGE_LIST, ScenarioKeys.OF_CHANGE));
        Map<Section, Long> at = new LinkedHashMap<>();
        items.forEach(item -> at.put(item, item.get(ScenarioKeys.CHANGE_AT)));
        items.sort(Comparator.comparing(at::get));
        List<UpstreamModel.Change> changes = new ArrayList<>();
        UpstreamModel.Change last = new UpstreamModel.Change(0, servers, UNCHANGED, failures, UpstreamModel.State.UP);
        for (Section item : items) {
            last = new UpstreamModel.Change(
                    at.getOrDefault(item, 0L),
                    item.find(ScenarioKeys.CHANGED_SERVERS).orElse(last.servers()),
                    item.find(ScenarioKeys.SLOWDOWN).map(Long::intValue).orElse(last.slowdown()),
                    item.find(ScenarioKeys.CHANGED_FAILURES).map(Long::intValue).orElse(last.failures()),
                    item.find(ScenarioKeys.STATE).orElse(last.state()));
            changes.add(last);
        }
        return changes;
    }
}
