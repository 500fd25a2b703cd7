package io.weir.bench;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs benchmarks in rounds, a fresh JVM for each benchmark and round, and prints medians over all iterations. Rounds
 * rather than repetitions, so that a disturbance of the machine does not hit one benchmark alone.
 */
public final class BenchmarkTable {
    private static final int ITERATIONS = 5;
    private static final String ALLOCATION = "gc.alloc.rate.norm";

    /** All that was measured of one benchmark. */
    private record Measured(int threads, List<Double> nanos, List<Double> cpuNanos, List<Double> bytes) {
        Measured(int threads) {
            this(threads, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }

        void add(RunResult run) {
            run.getBenchmarkResults().forEach(fork -> {
                for (IterationResult iteration : fork.getIterationResults()) {
                    nanos.add(iteration.getPrimaryResult().getScore());
                    cpuNanos.add(second(iteration, CpuTimeProfiler.LABEL));
                    bytes.add(second(iteration, ALLOCATION));
                }
            });
        }

        private static double second(IterationResult iteration, String label) {
            return requireNonNull(iteration.getSecondaryResults().get(label)).getScore();
        }

        String row(String name) {
            List<Double> sorted = nanos.stream().sorted().toList();
            return String.format(
                    Locale.ROOT,
                    "| %s | %d | %.1f | %.1f-%.1f | %.1f | %.0f |",
                    name,
                    threads,
                    Median.of(nanos),
                    sorted.get(0),
                    sorted.get(sorted.size() - 1),
                    Median.of(cpuNanos),
                    Median.of(bytes));
        }
    }

    private BenchmarkTable() {}

    /** Takes the number of rounds and a regular expression of benchmark names. */
    public static void main(String[] args) throws RunnerException {
        int rounds = Integer.parseInt(args[0]);
        Map<String, Measured> measured = new TreeMap<>();
        for (int round = 1; round <= rounds; round++) {
            System.err.printf("round %d of %d%n", round, rounds);
            for (RunResult run : new Runner(options(args[1])).run()) {
                measured.computeIfAbsent(
                                name(run.getParams()),
                                n -> new Measured(run.getParams().getThreads()))
                        .add(run);
            }
        }
        System.out.printf(
                "JDK %s, %d processors, %d rounds of %d iterations%n%n",
                Runtime.version(), Runtime.getRuntime().availableProcessors(), rounds, ITERATIONS);
        System.out.println("| operation | threads | ns, median | ns, range | CPU ns, median | B |");
        System.out.println("|---|---|---|---|---|---|");
        measured.forEach((name, of) -> System.out.println(of.row(name)));
    }

    /** The class and the method, and the values of the parameters. */
    private static String name(BenchmarkParams params) {
        String name = params.getBenchmark();
        int method = name.lastIndexOf('.');
        String simple = name.substring(name.lastIndexOf('.', method - 1) + 1);
        return params.getParamsKeys().stream().map(params::getParam).reduce(simple, (a, b) -> a + " " + b);
    }

    private static Options options(String which) {
        return new OptionsBuilder()
                .include(which)
                .forks(1)
                .warmupIterations(4)
                .warmupTime(TimeValue.milliseconds(300))
                .measurementIterations(ITERATIONS)
                .measurementTime(TimeValue.milliseconds(300))
                .jvmArgsAppend("-Xms1g", "-Xmx1g", "-XX:+UseParallelGC")
                .addProfiler(GCProfiler.class)
                .addProfiler(CpuTimeProfiler.class)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .build();
    }
}
