package io.weir.sim;

import io.weir.sim.goodput.Fairness;
import io.weir.sim.goodput.Goodput;
import io.weir.sim.goodput.Overloads;
import java.util.Locale;
import java.util.stream.LongStream;

/**
 * Prints what Weir as it ships does under each load of the comparison, and an unbounded queue beside it. Argument: how
 * many seeds.
 */
final class GoodputTable {
    private GoodputTable() {}

    public static void main(String[] arguments) {
        long[] seeds = LongStream.rangeClosed(1, arguments.length == 0 ? 10 : Integer.parseInt(arguments[0]))
                .toArray();
        System.out.println("load      goodput  worst   p50 ms  p99 ms  refused  expired");
        for (Overloads load : Overloads.all()) {
            print(load.title(), Goodput.ofWeir(load, seeds));
        }
        System.out.printf(
                Locale.ROOT,
                "halves, from 2 s after the return on: %.4f%n",
                LongStream.of(seeds).mapToDouble(Fairness::ofReturn).average().orElse(0));
        for (long seed : seeds) {
            System.out.println(seed + " " + Fairness.ofNoisyNeighbour(seed) + " weights " + Fairness.ofWeights(seed));
        }
        print("no limit", Goodput.of(Overloads.NINE_TENTHS, () -> now -> true, seeds));
    }

    private static void print(String title, Goodput mean) {
        System.out.printf(
                Locale.ROOT,
                "%-9s %7.4f %7.4f %7.1f %7.1f %7.2f%% %7.2f%%%n",
                title,
                mean.goodput(),
                mean.worstGoodput(),
                mean.p50(),
                mean.p99(),
                100 * mean.refusals(),
                100 * mean.expired());
    }
}
