package io.weir.bench.goodput;

import io.weir.sim.goodput.Fairness;
import io.weir.sim.goodput.Goodput;
import io.weir.sim.goodput.Overloads;
import io.weir.sim.goodput.Policy;
import io.weir.sim.run.WeirPolicy;
import io.weir.sim.scenario.ClientGroup;
import io.weir.sim.scenario.Scenario;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/**
 * Goodput over capacity, and the 99th percentile of latency, of Weir's production profile as it ships and of other
 * policies, on the same arrivals and service times: 4 servers of 5 ms, 100 ms deadline, 60 s a run. Argument: how many
 * seeds (10).
 */
public final class Comparison {
    private static final int SEEDS = 10;

    private Comparison() {}

    /** Prints the table. */
    public static void main(String[] arguments) {
        int count = arguments.length == 0 ? SEEDS : Integer.parseInt(arguments[0]);
        print(LongStream.rangeClosed(1, count).toArray());
    }

    static void print(long... seeds) {
        System.out.print("| policy |");
        Overloads.all().forEach(load -> System.out.print(" " + load.title() + " |"));
        System.out.println("\n| --- | --- | --- | --- | --- | --- |");
        peers().forEach((name, policy) -> {
            System.out.print("| " + name + " |");
            Overloads.all().forEach(load -> cell(Goodput.of(load, policy, seeds)));
            System.out.println();
        });
        System.out.print("| **Weir, production, one tenant** |");
        Overloads.all()
                .forEach(load -> cell(Goodput.of(
                        seed -> oneTenant(load.scenario(seed)), scenario -> new WeirPolicy(scenario, null), seeds)));
        System.out.print("\n| **Weir, production, ten tenants** |");
        Overloads.all().forEach(load -> cell(Goodput.ofWeir(load, seeds)));
        System.out.printf(
                Locale.ROOT,
                "%n%nWeir, halves: goodput from 2 s after the return on: %.3f%n",
                LongStream.of(seeds).mapToDouble(Fairness::ofReturn).average().orElse(0));
    }

    private static Scenario oneTenant(Scenario scenario) {
        List<ClientGroup> clients =
                scenario.clients().stream().map(group -> group.withTenants(1)).toList();
        return scenario.withClients(clients);
    }

    private static void cell(Goodput mean) {
        System.out.printf(Locale.ROOT, " %.3f (%.0f) |", mean.goodput(), mean.p99());
    }

    private static Map<String, Supplier<Policy>> peers() {
        Map<String, Supplier<Policy>> peers = new LinkedHashMap<>();
        peers.put("unbounded", () -> now -> true);
        peers.put("FIFO of 1000", () -> new Fifo(1000, false));
        peers.put("FIFO of 1000, expired when dequeued", () -> new Fifo(1000, true));
        peers.put("token bucket of the capacity", TokenBucketPolicy::new);
        peers.put("fixed 16 in the system", () -> Concurrency.fixed(16));
        peers.put("Netflix Vegas", Concurrency::vegas);
        peers.put("Netflix Gradient2, windowed", Concurrency::gradient2);
        peers.put("CoDel and adaptive LIFO", CodelLifo::new);
        return peers;
    }
}
