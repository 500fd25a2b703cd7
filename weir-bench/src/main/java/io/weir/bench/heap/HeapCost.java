package io.weir.bench.heap;

import com.alibaba.csp.sentinel.slots.block.BlockException;
import io.weir.bench.decision.SentinelResources;
import io.weir.bench.decision.Subjects;
import io.weir.core.admission.Admission;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** Prints what an instance of Weir's and of each peer's adds to the heap, and what a million connections do. */
public final class HeapCost {
    private static final int MILLION = 1_000_000;
    private static final int RESOURCES = 4000;

    private HeapCost() {}

    /** Takes no arguments. */
    public static void main(String[] args) throws BlockException {
        System.out.printf("JDK %s%n%n| instance | B |%n|---|---|%n", Runtime.version());
        PerInstance weir = PerInstance.of(connections -> {
            Admission admission = Subjects.admission();
            Subjects.connections(admission, connections);
            return admission;
        });
        row("Weir connection, limits and rate", weir.ownBytes());
        row("Weir connection, with its key and its place in the tables", weir.bytes());
        double place = weir.bytes() - weir.ownBytes();
        PerInstance refused = PerInstance.of(Subjects::refusedConnections);
        row("Weir connection that was refused once", refused.bytes() - place);
        PerInstance controlled = PerInstance.of(Subjects::controlledConnections);
        row("Weir connection that used the control lane", controlled.bytes() - place);
        Subjects.PEERS.forEach(
                (name, make) -> row(name, PerInstance.of(array(make)).bytes()));
        row("Sentinel resource, by retained heap", sentinel());
        System.out.println("\nWeir connection by class: " + weir.byClass());
        million();
    }

    private static void row(String name, double bytes) {
        System.out.printf(Locale.ROOT, "| %s | %.0f |%n", name, bytes);
    }

    private static IntFunction<Object> array(Supplier<Object> make) {
        return instances -> {
            Object[] all = new Object[2048];
            for (int i = 0; i < instances; i++) {
                all[i] = make.get();
            }
            return all;
        };
    }

    private static double sentinel() throws BlockException {
        SentinelResources.enter(SentinelResources.limitedTo(1000, 1));
        long before = retained();
        SentinelResources.enter(SentinelResources.limitedTo(1000, RESOURCES));
        return (double) (retained() - before) / (RESOURCES - 1);
    }

    private static void million() {
        Admission admission = Subjects.admission();
        long before = retained();
        Subjects.connections(admission, MILLION);
        long after = retained();
        System.out.printf(
                Locale.ROOT,
                "%n%,d connections in one process: %d MB retained, %.0f B each with key and tables%n",
                admission.globalStats().connections(),
                (after - before) >> 20,
                (double) (after - before) / MILLION);
    }

    /** The heap in use when a full collection has nothing more to free. */
    private static long retained() {
        Runtime runtime = Runtime.getRuntime();
        long used = Long.MAX_VALUE;
        for (; ; ) {
            System.gc();
            long now = runtime.totalMemory() - runtime.freeMemory();
            if (now >= used) {
                return now;
            }
            used = now;
        }
    }
}
