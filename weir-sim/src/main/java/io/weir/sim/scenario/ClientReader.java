package io.weir.sim.scenario;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Turns the keys of one group of clients into a {@link ClientGroup}. */
final class ClientReader {
    private final String name;
    private final Section keys;

    ClientReader(String name, Section keys) {
        this.name = name;
        this.keys = keys;
    }

    ClientGroup read() {
        if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
            keys.problem("the name of clients is made of letters, digits, '-', '_' and '.'");
        }
        int connections = keys.get(ScenarioKeys.CONNECTIONS);
        int tenants = keys.get(ScenarioKeys.TENANTS);
        if (tenants > connections) {
            keys.problem(ScenarioKeys.TENANTS, "must not be more than there are connections");
        }
        Section cancel = keys.section(ScenarioKeys.CANCEL_KEYS, ScenarioKeys.OF_CANCEL);
        Arrivals arrivals = keys.get(ScenarioKeys.ARRIVALS);
        return new ClientGroup(
                name,
                keys.find(ScenarioKeys.TENANT).orElse(name),
                Math.min(tenants, connections),
                connections,
                arrivals,
                phases(arrivals),
                keys.get(ScenarioKeys.BURST_SIZE),
                keys.find(ScenarioKeys.MAX_MESSAGES).orElse(Long.MAX_VALUE),
                keys.get(ScenarioKeys.BATCH_SIZE),
                keys.get(ScenarioKeys.REQUEST_SIZE),
                keys.get(ScenarioKeys.OPERATION),
                keys.get(ScenarioKeys.PRIORITY),
                keys.get(ScenarioKeys.DEADLINE),
                keys.get(ScenarioKeys.WEIGHT),
                keys.get(ScenarioKeys.RETRIES),
                cancel.get(ScenarioKeys.CANCEL_SHARE).intValue(),
                cancel.get(ScenarioKeys.CANCEL_AFTER),
                keys.find(ScenarioKeys.DISCONNECT_EVERY).orElse(Long.MAX_VALUE),
                loop(arrivals));
    }

    private ClientGroup.@Nullable ClosedLoop loop(Arrivals arrivals) {
        Section timeout = keys.section(ScenarioKeys.TIMEOUT_KEYS, ScenarioKeys.OF_TIMEOUT);
        return arrivals != Arrivals.CLOSED
                ? null
                : new ClientGroup.ClosedLoop(
                        keys.get(ScenarioKeys.WORKERS),
                        keys.get(ScenarioKeys.THINK_TIME),
                        timeout.find(ScenarioKeys.TIMEOUT_AFTER).orElse(Long.MAX_VALUE),
                        timeout.get(ScenarioKeys.TIMEOUT_CANCEL));
    }

    private List<Phase> phases(Arrivals arrivals) {
        if (arrivals == Arrivals.CLOSED) {
            return List.of();
        }
        Optional<Phase> only = keys.find(ScenarioKeys.RATE).map(rate -> new Phase(0, rate));
        if (!keys.has(ScenarioKeys.RATE) && !keys.has(ScenarioKeys.PHASE_LIST)) {
            keys.problem("needs a rate, such as 100/s, or phases with one each");
        }
        Stream<Phase> phases = keys.list(ScenarioKeys.PHASE_LIST, ScenarioKeys.OF_PHASE).stream()
                .map(item -> new Phase(item.get(ScenarioKeys.PHASE_AT), item.get(ScenarioKeys.PHASE_RATE)));
        return Stream.concat(phases, only.stream())
                .sorted(Comparator.comparingLong(Phase::at))
                .collect(Collectors.toList());
    }
}
