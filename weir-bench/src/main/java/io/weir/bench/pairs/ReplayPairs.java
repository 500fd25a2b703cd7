package io.weir.bench.pairs;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Prints what replays predict beside what is measured; about 20 s a pair and round. */
public final class ReplayPairs {
    private static final int ROUNDS = 2;
    private static final double HUNDRED = 100;

    private ReplayPairs() {}

    /** Takes the number of rounds, and a pattern of the pairs' names. */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : ROUNDS;
        Pattern wanted = Pattern.compile(args.length > 1 ? args[1] : "");
        System.out.println(
                "| pair | | offered | answered, % | p50, ms | p95, ms | answered of each, % | not answered, % |"
                        + " a guess |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        for (Pair pair : Pairs.all()) {
            if (wanted.matcher(pair.name()).find()) {
                List<PairRun> runs = new ArrayList<>();
                for (int round = 0; round < rounds; round++) {
                    runs.add(PairRun.of(pair));
                }
                row(pair.name(), "logged", runs, PairRun::before, run -> "");
                row(
                        "",
                        "predicted",
                        runs,
                        run -> run.predicted().replayed(),
                        run -> run.predicted().guess() ? "yes" : "no");
                row("", "measured", runs, PairRun::after, run -> "");
            }
        }
    }

    private static void row(
            String name,
            String what,
            List<PairRun> runs,
            Function<PairRun, Result> result,
            Function<PairRun, String> guess) {
        TreeSet<String> parts = new TreeSet<>();
        TreeSet<String> reasons = new TreeSet<>();
        for (PairRun run : runs) {
            parts.addAll(run.before().answeredOf().keySet());
            reasons.addAll(result.apply(run).reasons().keySet());
        }
        boolean split = runs.stream()
                .noneMatch(run -> run.predicted().replayed().answeredOf().isEmpty());
        System.out.println("| " + name + " | " + what + " | "
                + range(runs, run -> run.offered()) + " | "
                + range(runs, run -> percent(result.apply(run).answered(), run)) + " | "
                + range(runs, run -> result.apply(run).p50()) + " | "
                + range(runs, run -> result.apply(run).p95()) + " | "
                + parts.stream()
                        .filter(part -> split
                                && runs.get(0)
                                        .predicted()
                                        .replayed()
                                        .answeredOf()
                                        .containsKey(part))
                        .map(part -> part + " "
                                + range(
                                        runs,
                                        run -> percent(
                                                result.apply(run).answeredOf().getOrDefault(part, 0L), run)))
                        .collect(Collectors.joining(", "))
                + " | "
                + reasons.stream()
                        .map(reason -> reason + " "
                                + range(runs, run -> percent(result.apply(run).reason(reason), run)))
                        .collect(Collectors.joining(", "))
                + " | " + runs.stream().map(guess).distinct().collect(Collectors.joining(", ")) + " |");
    }

    private static double percent(long count, PairRun run) {
        return HUNDRED * count / run.offered();
    }

    private static String range(List<PairRun> runs, ToDoubleFunction<PairRun> figure) {
        String least = figure(runs.stream().mapToDouble(figure).min().orElse(0));
        String most = figure(runs.stream().mapToDouble(figure).max().orElse(0));
        return least.equals(most) ? least : least + " to " + most;
    }

    private static String figure(double value) {
        return String.format(Locale.ROOT, "%.0f", value);
    }
}
