package io.weir.sim.report;

import io.weir.core.config.QueueLimitsConfig;
import io.weir.sim.engine.Samples;
import io.weir.sim.run.CircuitHistory;
import io.weir.sim.run.MessageCounters.Fate;
import io.weir.sim.run.Peaks;
import io.weir.sim.run.Result;
import io.weir.sim.run.Series;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The totals of a run that its headlines are made of.
 *
 * @param duration in which clients sent; nanoseconds
 * @param offered messages
 * @param inTime messages that were answered within their deadline
 * @param goodput those as a share of what the upstream can do; empty if that is not known
 * @param rejected messages
 * @param reasons of those
 * @param latency of what was answered
 * @param peaks how much was pending at the most
 * @param limits what may be pending; empty if that is not known
 * @param circuits their states; empty if they are not known
 * @param openOperations the most operations of tenants whose own circuit was open at the end of a bin
 */
public record Totals(
        long duration,
        long offered,
        long inTime,
        Optional<Double> goodput,
        long rejected,
        SortedMap<String, Long> reasons,
        Samples latency,
        Peaks peaks,
        Optional<QueueLimitsConfig> limits,
        Optional<Collection<CircuitHistory>> circuits,
        long openOperations) {
    /** A copy that is guaranteed not to change. */
    public Totals {
        reasons = new TreeMap<>(reasons);
        circuits = circuits.map(List::copyOf);
    }

    /** Those of a simulation. */
    static Totals of(Result result) {
        return new Totals(
                result.scenario().duration(),
                result.total().messages(Fate.OFFERED),
                result.total().messages(Fate.GOOD),
                result.capacity() == 0 ? Optional.empty() : Optional.of(result.goodput()),
                result.total().rejected(),
                result.total().byReason(),
                result.total().latency(),
                result.peaks(),
                Optional.of(result.scenario().config().queueLimits()),
                Optional.of(List.of(result.circuit())),
                openOperations(result.series()));
    }

    /** The most in a series. */
    public static long openOperations(Series series) {
        return series.column("open operations").stream()
                .mapToLong(Long::longValue)
                .max()
                .orElse(0);
    }

    /** The reason that most messages were rejected for; empty if none was. */
    Optional<Map.Entry<String, Long>> commonestReason() {
        return reasons.entrySet().stream().max(Map.Entry.comparingByValue());
    }
}
