package io.weir.bench.retry;

import io.weir.config.ConfigException;
import io.weir.sim.run.Simulation;
import io.weir.sim.run.WeirPolicy;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * How good the advice of refusals is, in virtual time, for each kind of limit: what share of the refused would be
 * admitted if each came back alone at the time that it was told, and what share is admitted if all obey. Arguments: how
 * many refusals of each case are tried alone (40), and how many seeds (3).
 */
public final class RetryHints {
    private static final int TRIED = 40;
    private static final int SEEDS = 3;
    private static final double SECOND = 1e9;

    private RetryHints() {}

    /**
     * What became of one case.
     *
     * @param median hint, nanoseconds, of the seed where it is longest
     * @param longest hint, nanoseconds
     * @param triedAlone those that came back alone, of which so many were admitted
     * @param returned those that came back when all did, of which so many were admitted
     */
    record Share(
            int refused, long median, long longest, int triedAlone, int admittedAlone, int returned, int admitted) {
        Share and(Share other) {
            return new Share(
                    refused + other.refused,
                    Math.max(median, other.median),
                    Math.max(longest, other.longest),
                    triedAlone + other.triedAlone,
                    admittedAlone + other.admittedAlone,
                    returned + other.returned,
                    admitted + other.admitted);
        }
    }

    /** Prints the table. */
    public static void main(String[] arguments) throws ConfigException {
        int tried = arguments.length > 0 ? Integer.parseInt(arguments[0]) : TRIED;
        int seeds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : SEEDS;
        System.out.println("Service times: constant / exponential / lognormal 1.0\n");
        System.out.println(
                "| refused for | refused | told: median, longest; s | admitted alone, % | admitted if all obey, % |");
        System.out.println("| --- | --- | --- | --- | --- |");
        Map<String, List<RetryCase>> cases = new LinkedHashMap<>();
        RetryCase.all()
                .forEach(each -> cases.computeIfAbsent(each.title(), title -> new ArrayList<>())
                        .add(each));
        for (Map.Entry<String, List<RetryCase>> each : cases.entrySet()) {
            List<Share> shares = new ArrayList<>();
            for (RetryCase played : each.getValue()) {
                shares.add(shares(played, seeds, tried));
            }
            print(each.getKey(), shares);
        }
    }

    /** The sum over seeds. */
    static Share shares(RetryCase played, int seeds, int tried) throws ConfigException {
        Share sum = new Share(0, 0, 0, 0, 0, 0, 0);
        for (int seed = 1; seed <= seeds; seed++) {
            sum = sum.and(share(played, seed, tried));
        }
        return sum;
    }

    private static Share share(RetryCase played, int seed, int tried) throws ConfigException {
        Scenario scenario = Scenarios.parse(played.title(), played.yaml(seed));
        ReturnWatch none = play(scenario, played.reason(), ReturnWatch.NONE);
        ReturnWatch all = play(scenario, played.reason(), ReturnWatch.ALL);
        int returned = 0;
        int admitted = 0;
        for (int number : evenly(none.refused(), tried)) {
            ReturnWatch alone = play(scenario, played.reason(), number);
            returned += alone.returned();
            admitted += alone.admitted();
        }
        return new Share(
                none.refused(), none.medianHint(), none.maxHint(), returned, admitted, all.returned(), all.admitted());
    }

    private static ReturnWatch play(Scenario scenario, String reason, int only) {
        ReturnWatch watch = new ReturnWatch(new WeirPolicy(scenario, null), reason, only);
        Simulation.play(scenario, watch);
        return watch;
    }

    /** So many numbers below {@code size}, evenly spread; all if there are no more. */
    static List<Integer> evenly(int size, int most) {
        List<Integer> numbers = new ArrayList<>();
        int count = Math.min(size, most);
        for (int i = 0; i < count; i++) {
            numbers.add((int) ((long) i * size / count));
        }
        return numbers;
    }

    private static void print(String title, List<Share> shares) {
        Share sum = shares.stream().reduce(Share::and).orElseThrow();
        System.out.printf(
                Locale.ROOT,
                "| %s | %d | %.2f, %.1f | %s | %s |%n",
                title,
                sum.refused(),
                sum.median() / SECOND,
                sum.longest() / SECOND,
                percents(shares, Share::admittedAlone, Share::triedAlone),
                percents(shares, Share::admitted, Share::returned));
    }

    private static String percents(List<Share> shares, ToIntFunction<Share> part, ToIntFunction<Share> whole) {
        return shares.stream()
                .map(each -> String.format(
                        Locale.ROOT, "%.0f", 100.0 * part.applyAsInt(each) / Math.max(1, whole.applyAsInt(each))))
                .collect(Collectors.joining(" / "));
    }
}
