package io.weir.bench.matrix;

import io.weir.core.queue.Capacity;
import io.weir.sim.goodput.Goodput;
import io.weir.sim.run.WeirPolicy;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.UpstreamSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Plays the matrix with Weir as it ships, with the true capacity set by hand, with no limiter and with other limiters,
 * and prints a table for each. Arguments: how many seeds (1), a pattern of case names (all), and how many messages a
 * case has at the most (100000). {@code -Dweir.matrix.references=FILE} keeps what was played without adaptive control
 * there, and takes it from there the next time; {@code -Dweir.matrix.cases=true} prints every case as it ends;
 * {@code -Dweir.matrix.peers=true} plays the other limiters as well.
 */
public final class Matrix {
    private static final String SEPARATOR = "\t";

    private final Map<String, CaseOutcome> references = new ConcurrentHashMap<>();
    private final @Nullable Path file;

    private record Line(Case played, CaseOutcome outcome, CaseVerdict verdict, CaseOutcome known, CaseOutcome none) {}

    private Matrix(@Nullable Path file) throws IOException {
        this.file = file;
        if (file != null && Files.exists(file)) {
            for (String line : Files.readAllLines(file)) {
                String[] parts = line.split(SEPARATOR, 2);
                references.put(parts[0], CaseOutcome.parse(parts[1]));
            }
        }
    }

    /** Prints the tables. */
    public static void main(String[] arguments) throws IOException {
        int seeds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1;
        String pattern = arguments.length > 1 ? arguments[1] : ".*";
        double messages = arguments.length > 2 ? Double.parseDouble(arguments[2]) : 100_000;
        String references = System.getProperty("weir.matrix.references");
        Matrix matrix = new Matrix(references == null ? null : Path.of(references));
        List<Case> cases = LongStream.rangeClosed(1, seeds)
                .boxed()
                .flatMap(seed -> Cases.all(seed, messages).stream())
                .filter(each -> each.id().matches(pattern))
                .toList();
        matrix.print("Weir", cases, Matrix::weir);
        if (Boolean.getBoolean("weir.matrix.peers")) {
            matrix.print("no limiter", cases, matrix::none);
            Limits.all()
                    .forEach((name, policy) -> matrix.print(
                            name,
                            cases,
                            played -> CaseOutcome.of(played, Goodput.gate(policy.apply(played)), played.scenario())));
        }
    }

    /** How Weir does in one case, as it ships. */
    static CaseVerdict verdict(Case played) throws IOException {
        Matrix matrix = new Matrix(null);
        return CaseVerdict.of(played, weir(played), matrix.known(played), matrix.none(played));
    }

    private static CaseOutcome weir(Case played) {
        return CaseOutcome.of(played, new WeirPolicy(played.scenario(), null), played.scenario());
    }

    private CaseOutcome known(Case played) {
        return reference("known", played, () -> {
            Scenario scenario =
                    played.scenario().withSettings(UpstreamSettings.oneQueue(Capacity.fixed(played.capacity()), false));
            return CaseOutcome.of(played, new WeirPolicy(scenario, null), scenario);
        });
    }

    private CaseOutcome none(Case played) {
        return reference("none", played, () -> CaseOutcome.of(played, Goodput.gate(now -> true), played.scenario()));
    }

    private CaseOutcome reference(String what, Case played, Supplier<CaseOutcome> play) {
        String key =
                what + " " + played.scenario().seed() + " " + played.scenario().duration() + " " + played.id();
        CaseOutcome outcome = references.get(key);
        if (outcome == null) {
            outcome = play.get();
            references.put(key, outcome);
            keep(key + SEPARATOR + outcome + "\n");
        }
        return outcome;
    }

    private synchronized void keep(String line) {
        try {
            if (file != null) {
                Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void print(String name, Collection<Case> cases, Function<Case, CaseOutcome> play) {
        List<Line> lines = cases.parallelStream()
                .map(played -> {
                    CaseOutcome outcome = play.apply(played);
                    CaseOutcome known = known(played);
                    CaseOutcome none = none(played);
                    Line line = new Line(played, outcome, CaseVerdict.of(played, outcome, known, none), known, none);
                    if (Boolean.getBoolean("weir.matrix.cases")) {
                        print(line);
                    }
                    return line;
                })
                .sorted(Comparator.comparing((Line line) -> line.played().id()))
                .toList();
        System.out.printf(
                Locale.ROOT,
                "%n%s: %d of %d pass%n%n",
                name,
                lines.stream().filter(line -> line.verdict().faults().isEmpty()).count(),
                lines.size());
        System.out.println("| cases | number | pass | goodput, mean | worst | most refused | fail at |");
        System.out.println("| --- | --- | --- | --- | --- | --- | --- |");
        lines.stream()
                .collect(Collectors.groupingBy(line -> line.played().group(), TreeMap::new, Collectors.toList()))
                .forEach(Matrix::row);
    }

    private static void row(String group, List<Line> lines) {
        Map<String, Long> faults = lines.stream()
                .flatMap(line -> line.verdict().faults().stream())
                .collect(Collectors.groupingBy(fault -> fault, TreeMap::new, Collectors.counting()));
        System.out.printf(
                Locale.ROOT,
                "| %s | %d | %d | %.3f | %.3f | %.1f %% | %s |%n",
                group,
                lines.size(),
                lines.stream().filter(line -> line.verdict().faults().isEmpty()).count(),
                lines.stream()
                        .mapToDouble(line -> line.verdict().ratio())
                        .average()
                        .orElse(0),
                lines.stream().mapToDouble(line -> line.verdict().ratio()).min().orElse(0),
                100
                        * lines.stream()
                                .mapToDouble(line -> line.outcome().refused())
                                .max()
                                .orElse(0),
                faults.isEmpty() ? "" : new ArrayList<>(faults.entrySet()).toString());
    }

    private static void print(Line line) {
        CaseOutcome weir = line.outcome();
        CaseOutcome known = line.known();
        CaseOutcome none = line.none();
        System.out.printf(
                Locale.ROOT,
                "%s seed %d: %s ratio %.3f after %.3f refused %.3f (%.3f) mean %.0f (%.0f, %.0f) ms p99/deadline %.2f (%.2f) opened %d%n",
                line.played().id(),
                line.played().scenario().seed(),
                line.verdict().faults(),
                line.verdict().ratio(),
                weir.recovered() / Math.max(1, known.recovered()),
                weir.refused(),
                known.refused(),
                weir.mean() / 1e6,
                known.mean() / 1e6,
                none.mean() / 1e6,
                weir.p99() / line.played().deadline(),
                known.p99() / line.played().deadline(),
                weir.opened());
    }
}
