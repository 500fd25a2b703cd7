package io.weir.sim.report;

import io.weir.sim.run.Breakdown;
import io.weir.sim.run.CircuitHistory;
import io.weir.sim.run.Result;
import io.weir.sim.run.Series;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a run left behind that can be plotted.
 *
 * @param series of everything
 * @param byTenant the same, by key
 * @param byOperation the same, by name
 * @param capacities how many messages each queue may have in flight; empty if that is not known
 * @param circuits of each queue, by its name; empty if they are not known
 */
public record Recorded(
        Series series,
        Breakdown byTenant,
        Breakdown byOperation,
        List<Plot.Line> capacities,
        Map<String, CircuitHistory> circuits) {
    /** A copy that is guaranteed not to change. */
    public Recorded {
        capacities = List.copyOf(capacities);
        circuits = new TreeMap<>(circuits);
    }

    /** The capacities of several queues, of which the breakdown has the limits. */
    public static List<Plot.Line> capacities(Breakdown byQueue) {
        return BreakdownPlots.limitLines(byQueue);
    }

    /** That of a simulation, which has one queue. */
    static Recorded of(Result result) {
        return new Recorded(
                result.series(),
                result.byTenant(),
                result.byOperation(),
                List.of(new Plot.Line("may be in flight", Columns.amounts(result.series(), "capacity", 1))),
                Map.of("circuit", result.circuit()));
    }
}
