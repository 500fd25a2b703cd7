package io.weir.sim.report;

import io.weir.core.config.ConfigKey;
import io.weir.core.config.Profile;
import io.weir.core.config.WeirConfig;
import io.weir.sim.scenario.ClientGroup;
import io.weir.sim.scenario.Phase;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import io.weir.sim.scenario.ServiceTime;
import io.weir.sim.scenario.UpstreamModel;
import io.weir.sim.scenario.UpstreamSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What was played, as a grid of one column. */
public final class ScenarioTable {
    private static final double THOUSAND = 1000;
    private static final double PER_MILLION = 1e6;

    private ScenarioTable() {}

    /** The grid of a scenario: its upstream, its clients, what changes, and its configuration. */
    public static Table of(Scenario scenario) {
        List<Table.Row> rows = new ArrayList<>();
        add(rows, "duration", Formats.seconds(scenario.duration()));
        add(rows, "seed", String.valueOf(scenario.seed()));
        UpstreamModel upstream = scenario.upstream();
        add(
                rows,
                "upstream",
                Formats.count(upstream.servers(), "server", "servers") + ", " + service(upstream.service()));
        new TreeMap<>(upstream.services()).forEach((work, time) -> add(rows, "  " + work, service(time)));
        if (upstream.failures() > 0) {
            add(rows, "  failures", Formats.percent(upstream.failures() / PER_MILLION));
        }
        UpstreamSettings settings = scenario.settings();
        settings.queues(scenario.queue())
                .forEach((queue, policy) -> add(
                        rows,
                        queue.equals(scenario.queue())
                                ? "capacity"
                                : "  of " + queue.substring(scenario.queue().length() + 1),
                        policy.capacity().toString()));
        for (ClientGroup group : scenario.clients()) {
            add(rows, "clients " + group.name(), clients(group));
        }
        for (Mark mark : ScenarioMarks.ofUpstreamAndFaults(scenario)) {
            add(
                    rows,
                    "at " + Formats.seconds(mark.at()),
                    mark.what() + (mark.detail().isEmpty() ? "" : ": " + mark.detail()));
        }
        settings.withoutEffect(
                        scenario.queue(),
                        "the scenario",
                        scenario.clients().stream()
                                .flatMap(ScenarioTable::tenants)
                                .toList(),
                        scenario.clients().stream().map(ClientGroup::operation).toList())
                .forEach(remark -> add(rows, "remark", remark));
        rows.addAll(settings(scenario.profile(), scenario.config()));
        return new Table(List.of(""), rows);
    }

    /** The profile, and the values that differ from it. */
    public static List<Table.Row> settings(String profile, WeirConfig config) {
        List<Table.Row> rows = new ArrayList<>();
        add(rows, "profile", profile);
        WeirConfig plain = Profile.ofKey(profile)
                .orElse(Profile.PRODUCTION)
                .builder(Scenarios.HEAP)
                .build();
        for (ConfigKey key : ConfigKey.values()) {
            if (!key.get(config).equals(key.get(plain))) {
                add(rows, key.section() + "." + key.key(), key.get(config));
            }
        }
        return rows;
    }

    private static void add(List<Table.Row> rows, String label, String text) {
        rows.add(new Table.Row(label, List.of(text)));
    }

    private static Stream<String> tenants(ClientGroup group) {
        return IntStream.range(0, group.tenants()).mapToObj(group::tenant);
    }

    private static String service(ServiceTime service) {
        return service.shape().name().toLowerCase(Locale.ROOT) + " " + Formats.millis(service.mean());
    }

    private static String clients(ClientGroup group) {
        String rates = group.phases().stream().map(ScenarioTable::rate).collect(Collectors.joining(", "));
        return group.connections() + (group.connections() == 1 ? " connection, " : " connections, ")
                + group.tenants() + (group.tenants() == 1 ? " tenant, " : " tenants, ")
                + group.arrivals().name().toLowerCase(Locale.ROOT) + " " + rates;
    }

    /** The rate of a phase. */
    static String perSecond(Phase phase) {
        return trimmed(phase.perThousandSeconds() / THOUSAND) + "/s";
    }

    private static String rate(Phase phase) {
        String rate = perSecond(phase);
        return phase.at() == 0 ? rate : rate + " from " + Formats.seconds(phase.at());
    }

    private static String trimmed(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
    }
}
