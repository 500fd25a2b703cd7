package io.weir.sim.goodput;

import io.weir.sim.run.AdmissionPolicy;
import io.weir.sim.run.MessageCounters;
import io.weir.sim.run.MessageCounters.Fate;
import io.weir.sim.run.Result;
import io.weir.sim.run.Simulation;
import io.weir.sim.run.WeirPolicy;
import io.weir.sim.scenario.ClientGroup;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What one noisy tenant leaves to nine quiet ones, at ten times what the upstream can do.
 *
 * @param quietSuccess what share of its messages the worst quiet tenant had answered in time
 * @param jain Jain's index of what the tenants got, each divided by its max-min share: 1 if all got the same share of
 *     what they are due
 * @param quietWait 99th percentile of the quiet tenants' wait, in Weir and in front of the servers, nanoseconds
 * @param quietWaitAlone the same when the noisy tenant is not there
 */
public record Fairness(double quietSuccess, double jain, long quietWait, long quietWaitAlone) {
    private static final String NOISY = "noisy";
    private static final String QUIET = "quiet";
    private static final int P99 = 990;
    private static final double SECOND = 1e9;

    /** Weir as it ships, between one noisy and nine quiet tenants. */
    public static Fairness ofNoisyNeighbour(long seed) {
        return ofNoisyNeighbour(seed, scenario -> new WeirPolicy(scenario, null));
    }

    /** Another policy, between one noisy and nine quiet tenants. */
    public static Fairness ofNoisyNeighbour(long seed, Supplier<Policy> policy) {
        return ofNoisyNeighbour(seed, scenario -> new PolicyAdapter(policy.get()));
    }

    private static Fairness ofNoisyNeighbour(long seed, Function<Scenario, AdmissionPolicy> gate) {
        Scenario scenario = Scenarios.named("fairness-noisy-neighbour").withSeed(seed);
        Result together = play(scenario, gate);
        List<ClientGroup> without = scenario.clients().stream()
                .filter(group -> !group.name().equals(NOISY))
                .toList();
        Result alone = play(scenario.withClients(without), gate);
        double worst = together.tenants().entrySet().stream()
                .filter(tenant -> tenant.getKey().startsWith(QUIET))
                .mapToDouble(tenant -> success(tenant.getValue()))
                .min()
                .orElse(0);
        return new Fairness(worst, jain(together), quietWait(together), quietWait(alone));
    }

    private static Result play(Scenario scenario) {
        return play(scenario, played -> new WeirPolicy(played, null));
    }

    private static Result play(Scenario scenario, Function<Scenario, AdmissionPolicy> gate) {
        Result result = Simulation.play(scenario, gate.apply(scenario));
        if (!result.isConserved()) {
            throw new IllegalStateException(String.join("\n", result.wrong()));
        }
        return result;
    }

    private static long quietWait(Result result) {
        return result.group(QUIET).delays().percentile(P99);
    }

    private static double success(MessageCounters account) {
        return (double) account.messages(Fate.GOOD) / Math.max(1, account.messages(Fate.OFFERED));
    }

    /** Jain's index over the tenants of a result, against the max-min share of what the upstream can do. */
    static double jain(Result result) {
        List<MessageCounters> tenants = new ArrayList<>(result.tenants().values());
        List<Double> demands = tenants.stream()
                .map(account -> (double) account.messages(Fate.OFFERED))
                .toList();
        List<Double> shares = maxMin(demands, result.capacity());
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < tenants.size(); i++) {
            double share = tenants.get(i).messages(Fate.GOOD) / shares.get(i);
            sum += share;
            squares += share * share;
        }
        return sum * sum / (tenants.size() * squares);
    }

    /** Nobody gets more than it asks for, and nobody could get more without one that gets less getting still less. */
    static List<Double> maxMin(List<Double> demands, double capacity) {
        List<Double> ascending = demands.stream().sorted().toList();
        double left = capacity;
        double level = 0;
        for (int i = 0; i < ascending.size(); i++) {
            double even = left / (ascending.size() - i);
            level = Math.max(level, Math.min(ascending.get(i), even));
            left -= Math.min(ascending.get(i), even);
        }
        double most = level;
        return demands.stream().map(demand -> Math.min(demand, most)).toList();
    }

    /**
     * What share of all that was answered in time each group of clients got, when all ask for more than there is.
     *
     * @return by name: 1 if it got what its weight is due, 1.02 if two hundredths more
     */
    public static Map<String, Double> ofWeights(long seed) {
        Result result = play(Scenarios.named("fairness-weights").withSeed(seed));
        double weights = result.scenario().clients().stream()
                .mapToDouble(ClientGroup::weight)
                .sum();
        double good = result.total().messages(Fate.GOOD);
        return result.scenario().clients().stream()
                .collect(Collectors.toMap(
                        ClientGroup::name,
                        group -> result.group(group.name()).messages(Fate.GOOD) * weights / good / group.weight(),
                        (a, b) -> a,
                        TreeMap::new));
    }

    /** How the goodput of the load that halves is from two seconds after the return of the servers until the end. */
    public static double ofReturn(long seed) {
        Scenario scenario = Overloads.HALVES.scenario(seed);
        Result result = play(scenario);
        double from = 47 * SECOND;
        double step = result.series().step();
        double good = 0;
        List<Long> inTime = result.series().column("in time");
        for (int row = (int) (from / step); row < inTime.size(); row++) {
            good += inTime.get(row);
        }
        double perSecond = scenario.upstream().servers()
                * SECOND
                / scenario.upstream().service().mean();
        return good / (perSecond * (scenario.duration() - from) / SECOND);
    }
}
