package io.weir.sim;

import io.weir.sim.goodput.Goodput;
import io.weir.sim.goodput.Load;
import java.util.Locale;
import java.util.stream.LongStream;

/** Prints what Weir as it ships does under each load of the comparison. Argument: how many seeds. */
final class GoodputTable {
    private GoodputTable() {}

    public static void main(String[] arguments) {
        int seeds = arguments.length == 0 ? 10 : Integer.parseInt(arguments[0]);
        System.out.println("load    goodput  worst   p50 ms  p99 ms  refused  expired");
        for (Load load : Load.all()) {
            Goodput mean = Goodput.ofWeir(load, LongStream.rangeClosed(1, seeds).toArray());
            System.out.printf(
                    Locale.ROOT,
                    "%-7s %7.4f %7.4f %7.1f %7.1f %7.2f%% %7.2f%%%n",
                    load.title(),
                    mean.goodput(),
                    mean.worstGoodput(),
                    mean.p50(),
                    mean.p99(),
                    100 * mean.refusals(),
                    100 * mean.expired());
        }
    }
}
