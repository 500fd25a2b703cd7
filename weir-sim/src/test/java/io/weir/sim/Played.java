package io.weir.sim;

import io.weir.sim.run.HashedDecisionLog;
import io.weir.sim.run.Result;
import io.weir.sim.run.Simulation;
import io.weir.sim.run.WeirPolicy;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import java.util.List;

/** A scenario that was played, with the hash of its decisions. */
record Played(Result result, String sha256) {
    private static final double SECOND = 1e9;

    static Played of(String name) {
        return of(Scenarios.named(name));
    }

    static Played of(Scenario scenario) {
        HashedDecisionLog log = new HashedDecisionLog(null);
        Result result = Simulation.play(scenario, new WeirPolicy(scenario, log));
        return new Played(result, log.sha256());
    }

    /** The sum of a column of counts between two seconds. */
    double sum(String column, double from, double to) {
        List<Long> values = result.series().column(column);
        double step = result.series().step() / SECOND;
        double sum = 0;
        for (int row = 0; row < values.size(); row++) {
            double end = (row + 1) * step;
            if (end > from + step / 2 && end < to + step / 2) {
                sum += values.get(row);
            }
        }
        return sum;
    }

    /** The share that was rejected of what was offered between two seconds. */
    double refusals(double from, double to) {
        return 1 - sum("admitted", from, to) / sum("offered", from, to);
    }

    /** The largest value that a column has between two seconds. */
    long most(String column, double from, double to) {
        List<Long> values = result.series().column(column);
        double step = result.series().step() / SECOND;
        long most = 0;
        for (int row = 0; row < values.size(); row++) {
            double end = (row + 1) * step;
            if (end > from && end <= to) {
                most = Math.max(most, values.get(row));
            }
        }
        return most;
    }
}
