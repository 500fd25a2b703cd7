package io.weir.bench.matrix;

import io.weir.sim.run.AdmissionPolicy;
import io.weir.sim.run.MessageCounters;
import io.weir.sim.run.MessageCounters.Fate;
import io.weir.sim.run.Result;
import io.weir.sim.run.Simulation;
import io.weir.sim.scenario.Scenario;
import java.util.List;

/**
 * What came of one case with one gate.
 *
 * @param good messages that were answered in time
 * @param recovered the same from the first bin that begins after the last change
 * @param refused the share of what was offered that was not let in, or let in in vain
 * @param mean latency of what was answered, nanoseconds
 * @param p99 the same, 99th percentile, once the first ten latencies have passed
 * @param opened how often the circuit opened
 */
record CaseOutcome(double good, double recovered, double refused, double mean, double p99, long opened) {
    private static final int P99 = 990;

    static CaseOutcome of(Case played, AdmissionPolicy gate, Scenario scenario) {
        SettledLatency watched = new SettledLatency(gate, played.settled());
        Result result = Simulation.play(scenario, watched);
        if (!result.isConserved()) {
            throw new IllegalStateException(played.id() + ": " + String.join("\n", result.wrong()));
        }
        MessageCounters total = result.total();
        double offered = Math.max(1, total.messages(Fate.OFFERED));
        double away = total.rejected() + total.messages(Fate.EXPIRED) + total.messages(Fate.EVICTED);
        List<Long> inTime = result.series().column("in time");
        long step = result.series().step();
        int from = (int) ((played.recovered() + step - 1) / step);
        double recovered = 0;
        for (int row = from; row < inTime.size(); row++) {
            recovered += inTime.get(row);
        }
        return new CaseOutcome(
                total.messages(Fate.GOOD),
                recovered,
                away / offered,
                total.latency().mean(),
                watched.latencies().percentile(P99),
                result.circuit().opened());
    }

    @Override
    public String toString() {
        return good + " " + recovered + " " + refused + " " + mean + " " + p99 + " " + opened;
    }

    /** What {@link #toString} wrote. */
    static CaseOutcome parse(String text) {
        String[] words = text.split(" ", -1);
        return new CaseOutcome(
                Double.parseDouble(words[0]),
                Double.parseDouble(words[1]),
                Double.parseDouble(words[2]),
                Double.parseDouble(words[3]),
                Double.parseDouble(words[4]),
                Long.parseLong(words[5]));
    }
}
