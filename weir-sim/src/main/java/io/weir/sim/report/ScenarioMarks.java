package io.weir.sim.report;

import io.weir.sim.scenario.ClientGroup;
import io.weir.sim.scenario.Fault;
import io.weir.sim.scenario.Phase;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.UpstreamModel;
import io.weir.sim.scenario.UpstreamModel.Change;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a scenario changes while it is played: its upstream, its clients' rates, and its faults. */
final class ScenarioMarks {
    private static final int UNCHANGED = 1000;
    private static final double PER_MILLION = 1e6;

    private ScenarioMarks() {}

    static List<Mark> of(Scenario scenario) {
        List<Mark> marks = ofUpstreamAndFaults(scenario);
        for (ClientGroup group : scenario.clients()) {
            for (Phase phase : group.phases()) {
                if (phase.at() > 0) {
                    marks.add(new Mark(
                            phase.at(),
                            "clients " + group.name() + " change their rate",
                            ScenarioTable.perSecond(phase)));
                }
            }
        }
        marks.sort(Comparator.comparingLong(Mark::at));
        return marks;
    }

    /** Without the rates of clients; in order of time. */
    static List<Mark> ofUpstreamAndFaults(Scenario scenario) {
        List<Mark> marks = new ArrayList<>();
        UpstreamModel upstream = scenario.upstream();
        Change before = new Change(0, upstream.servers(), UNCHANGED, upstream.failures(), UpstreamModel.State.UP);
        for (Change change : upstream.changes()) {
            marks.add(new Mark(change.at(), "upstream changes", change(before, change)));
            before = change;
        }
        scenario.faults().forEach(fault -> marks.add(fault(fault)));
        marks.sort(Comparator.comparingLong(Mark::at));
        return marks;
    }

    private static String change(Change before, Change after) {
        List<String> parts = new ArrayList<>();
        if (after.servers() != before.servers()) {
            parts.add(before.servers() + " to " + Formats.count(after.servers(), "server", "servers"));
        }
        if (after.slowdown() != before.slowdown()) {
            parts.add("service time times " + Scale.text(after.slowdown() / (double) UNCHANGED));
        }
        if (after.failures() != before.failures()) {
            parts.add("failures " + Formats.percent(after.failures() / PER_MILLION));
        }
        if (after.state() != before.state()) {
            parts.add(after.state().name().toLowerCase(Locale.ROOT));
        }
        return parts.isEmpty() ? "to what it was" : String.join(", ", parts);
    }

    private static Mark fault(Fault fault) {
        String whose = fault.clients().isEmpty() ? "of all clients" : "of clients " + fault.clients();
        return switch (fault.kind()) {
            case RESET -> new Mark(fault.at(), "queues reset", whose);
            case DISCONNECT -> new Mark(fault.at(), "connections broken", whose);
            case UPDATE ->
                new Mark(
                        fault.at(),
                        "configuration updated",
                        new TreeMap<>(fault.settings())
                                .entrySet().stream()
                                        .map(each -> each.getKey() + " = " + each.getValue())
                                        .collect(Collectors.joining(", ")));
            case CLOSE -> new Mark(fault.at(), "Weir closes", "");
        };
    }
}
