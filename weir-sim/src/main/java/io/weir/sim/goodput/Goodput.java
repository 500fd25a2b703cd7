package io.weir.sim.goodput;

import io.weir.sim.run.AdmissionPolicy;
import io.weir.sim.run.HashedDecisionLog;
import io.weir.sim.run.MessageCounters.Fate;
import io.weir.sim.run.Result;
import io.weir.sim.run.Simulation;
import io.weir.sim.run.WeirPolicy;
import io.weir.sim.scenario.Scenario;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/**
 * What came of one policy under one load, as means over seeds.
 *
 * @param goodput completed in time, as a share of what the servers can do
 * @param p50 of the latency of what was answered, milliseconds
 * @param p99 of the latency of what was answered, milliseconds
 * @param refusals share of what was offered that was not let in
 * @param expired share of what was let in that was thrown out of the queue
 * @param worstGoodput of any one seed
 */
public record Goodput(double goodput, double p50, double p99, double refusals, double expired, double worstGoodput) {
    private static final double MILLI = 1e6;
    private static final int MEDIAN = 500;
    private static final int P99 = 990;

    /** Weir as it ships. */
    public static Goodput ofWeir(Overloads load, long... seeds) {
        return of(load::scenario, scenario -> new WeirPolicy(scenario, null), seeds);
    }

    /** Another policy, anew for each seed. */
    public static Goodput of(Overloads load, Supplier<Policy> policy, long... seeds) {
        return of(load::scenario, scenario -> new PolicyAdapter(policy.get()), seeds);
    }

    /** A gate that lets that policy decide. */
    public static AdmissionPolicy gate(Policy policy) {
        return new PolicyAdapter(policy);
    }

    /** Any gate under any load. */
    public static Goodput of(Function<Long, Scenario> load, Function<Scenario, AdmissionPolicy> gate, long... seeds) {
        Goodput[] each = LongStream.of(seeds)
                .mapToObj(seed -> {
                    Scenario scenario = load.apply(seed);
                    return of(Simulation.play(scenario, gate.apply(scenario)));
                })
                .toArray(Goodput[]::new);
        double n = each.length;
        double goodput = 0;
        double p50 = 0;
        double p99 = 0;
        double refusals = 0;
        double expired = 0;
        double worst = Double.MAX_VALUE;
        for (Goodput one : each) {
            goodput += one.goodput / n;
            p50 += one.p50 / n;
            p99 += one.p99 / n;
            refusals += one.refusals / n;
            expired += one.expired / n;
            worst = Math.min(worst, one.goodput);
        }
        return new Goodput(goodput, p50, p99, refusals, expired, worst);
    }

    /** What came of one run. @throws IllegalStateException if not everything is accounted for */
    public static Goodput of(Result result) {
        if (!result.isConserved()) {
            throw new IllegalStateException(String.join("\n", result.wrong()));
        }
        long admitted = Math.max(1, result.total().messages(Fate.ADMITTED));
        double goodput = result.goodput();
        return new Goodput(
                goodput,
                result.total().latency().percentile(MEDIAN) / MILLI,
                result.total().latency().percentile(P99) / MILLI,
                result.refusals(),
                (double) result.total().messages(Fate.EXPIRED) / admitted,
                goodput);
    }

    /** The hash of the decision log of one run of Weir. */
    public static String decisions(Scenario scenario) {
        HashedDecisionLog log = new HashedDecisionLog(null);
        Simulation.play(scenario, new WeirPolicy(scenario, log));
        return log.sha256();
    }
}
