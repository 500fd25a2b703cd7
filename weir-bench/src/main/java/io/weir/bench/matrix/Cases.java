package io.weir.bench.matrix;

import io.weir.bench.matrix.Case.Kind;
import io.weir.core.Priority;
import io.weir.core.config.Profile;
import io.weir.core.config.WeirConfig;
import io.weir.sim.scenario.Arrivals;
import io.weir.sim.scenario.ClientGroup;
import io.weir.sim.scenario.Phase;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import io.weir.sim.scenario.ServiceTime;
import io.weir.sim.scenario.UpstreamModel;
import io.weir.sim.scenario.UpstreamModel.Change;
import io.weir.sim.scenario.UpstreamModel.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The combinations of the matrix. */
final class Cases {
    static final long MS = 1_000_000L;
    static final long SECOND = 1000 * MS;

    private static final long MAX_PER_SECOND = 9_000;
    private static final int TENANTS = 5;
    private static final double UNLIMITED = 1000;

    /** Larger than any limit that is not the capacity's. */
    private static final int FAR = 1_000_000;

    private final long seed;
    private final double messages;
    private final List<Case> all = new ArrayList<>();

    private Cases(long seed, double messages) {
        this.seed = seed;
        this.messages = messages;
    }

    /**
     * All of them.
     *
     * @param messages that a case has at the most, about: fast ones are shorter then
     */
    static List<Case> all(long seed, double messages) {
        Cases cases = new Cases(seed, messages);
        cases.fifo();
        cases.otherKinds();
        cases.deadlines();
        cases.changes();
        cases.mixes();
        cases.agents();
        cases.closed();
        return cases.all;
    }

    static WeirConfig config() {
        return Profile.PRODUCTION
                .builder(Scenarios.HEAP)
                .maxMessages(FAR)
                .tenantMaxMessages(FAR)
                .globalMaxMessages(FAR)
                .maxMessagesPerSec(FAR)
                .tenantMaxMessagesPerSec(FAR)
                .build();
    }

    private static ServiceTime service(String shape, long mean) {
        return switch (shape) {
            case "const" -> ServiceTime.constant(mean);
            case "exp" -> ServiceTime.exponential(mean);
            case "ln07" -> new ServiceTime(ServiceTime.Shape.LOGNORMAL, mean, 0, 0, 0.7);
            case "ln15" -> new ServiceTime(ServiceTime.Shape.LOGNORMAL, mean, 0, 0, 1.5);
            default -> throw new IllegalArgumentException(shape);
        };
    }

    private static String time(long nanos) {
        return nanos < MS ? nanos / 1000 + "us" : nanos < SECOND ? nanos / MS + "ms" : nanos / SECOND + "s";
    }

    private static String band(double load) {
        return load <= .8 ? " up to .8x" : load < 2 ? " 1.2x" : " from 2x";
    }

    private static boolean isTooFast(int servers, long mean, double load) {
        return 1e9 * servers * load / mean > MAX_PER_SECOND;
    }

    /* What the cases of one mean service time are made of. */

    private void plain(
            UpstreamModel.Kind kind,
            int thrash,
            String name,
            int servers,
            String shape,
            long mean,
            double load,
            String arrivals,
            long deadline,
            String prefix) {
        if (isTooFast(servers, mean, load)) {
            return;
        }
        double perSecond = 1e9 * servers * load / mean;
        ClientGroup clients =
                group("c", perSecond, deadline, arrivals, (int) Math.ceil(Math.max(8, 4 * servers * load)));
        UpstreamModel upstream = upstream(kind, thrash, servers, Map.of(), service(shape, mean), List.of());
        String id = prefix + name + servers + "-" + shape + "-" + time(mean) + "-" + load + "x"
                + (arrivals.equals("burst") ? "-burst" : "");
        boolean copes = load <= .8 || kind == UpstreamModel.Kind.DELAY;
        String group = prefix + name + (kind == UpstreamModel.Kind.DELAY ? "" : band(load));
        add(
                id,
                group,
                copes ? Kind.HARMLESS : Kind.OVERLOAD,
                duration(perSecond, mean, 40),
                upstream,
                List.of(clients),
                kind == UpstreamModel.Kind.DELAY ? (int) UNLIMITED : servers,
                mean,
                deadline,
                0,
                false);
    }

    private long duration(double perSecond, long mean, int means) {
        double seconds = Math.min(60, Math.max(10, messages / perSecond));
        return Math.max(means * mean, (long) (seconds * SECOND));
    }

    private static UpstreamModel upstream(
            UpstreamModel.Kind kind,
            int thrash,
            int servers,
            Map<String, ServiceTime> services,
            ServiceTime service,
            List<Change> changes) {
        return new UpstreamModel(kind, thrash, servers, services, service, 0, 3600 * SECOND, changes);
    }

    private static ClientGroup group(String work, double perSecond, long deadline, String arrivals, int burst) {
        return new ClientGroup(
                work,
                work,
                TENANTS,
                5 * TENANTS,
                Arrivals.valueOf(arrivals.toUpperCase(Locale.ROOT)),
                List.of(new Phase(0, Math.max(1, Math.round(perSecond * 1000)))),
                Math.max(1, burst),
                Long.MAX_VALUE,
                1,
                300,
                work,
                Priority.CALL,
                deadline,
                1,
                0,
                0,
                0,
                Long.MAX_VALUE);
    }

    private static ClientGroup loop(
            String work, int workers, ServiceTime think, long deadline, long patience, boolean cancels) {
        return new ClientGroup(
                work,
                work,
                2,
                Math.max(2, workers),
                Arrivals.CLOSED,
                List.of(),
                1,
                Long.MAX_VALUE,
                1,
                300,
                work,
                Priority.CALL,
                deadline,
                1,
                0,
                0,
                0,
                Long.MAX_VALUE,
                new ClientGroup.ClosedLoop(workers, think, patience, cancels));
    }

    private void add(
            String id,
            String group,
            Kind kind,
            long duration,
            UpstreamModel upstream,
            List<ClientGroup> clients,
            int capacity,
            long usual,
            long deadline,
            long changed,
            boolean breaks) {
        Scenario scenario =
                new Scenario(id, "", duration, seed, "production", config(), upstream, clients, List.of(), "");
        all.add(new Case(id, group, kind, scenario, capacity, usual, deadline, changed, breaks));
    }

    private static long tenfold(long mean) {
        return Math.max(100 * MS, 10 * mean);
    }

    private void fifo() {
        for (int servers : new int[] {1, 4, 16, 100, 1000}) {
            for (String shape : List.of("const", "exp", "ln07", "ln15")) {
                for (long mean : new long[] {MS / 2, 5 * MS, 200 * MS, 5 * SECOND, 30 * SECOND}) {
                    for (double load : new double[] {.6, .8, 1.2, 2, 10}) {
                        boolean exponential = shape.equals("exp");
                        if ((shape.equals("const") && servers > 4)
                                || (load == 1.2 && !exponential)
                                || (mean < MS && !exponential)
                                || (shape.equals("ln07") && mean < SECOND)) {
                            continue;
                        }
                        plain(
                                UpstreamModel.Kind.FIFO,
                                0,
                                "fifo",
                                servers,
                                shape,
                                mean,
                                load,
                                "poisson",
                                tenfold(mean),
                                "");
                        if (exponential && (load == .6 || load == 2)) {
                            plain(
                                    UpstreamModel.Kind.FIFO,
                                    0,
                                    "fifo",
                                    servers,
                                    shape,
                                    mean,
                                    load,
                                    "burst",
                                    tenfold(mean),
                                    "");
                        }
                    }
                }
            }
        }
    }

    private void otherKinds() {
        for (long mean : new long[] {5 * MS, 200 * MS, 5 * SECOND, 30 * SECOND}) {
            for (int servers : new int[] {1, 4, 16, 100}) {
                for (double load : new double[] {.8, 2, 10}) {
                    plain(
                            UpstreamModel.Kind.SHARING,
                            0,
                            "sharing",
                            servers,
                            "exp",
                            mean,
                            load,
                            "poisson",
                            tenfold(mean),
                            "");
                    plain(
                            UpstreamModel.Kind.SHARING,
                            2 * servers,
                            "thrash",
                            servers,
                            "exp",
                            mean,
                            load,
                            "poisson",
                            tenfold(mean),
                            "");
                }
            }
            for (int busy : new int[] {10, 300, 800}) {
                plain(UpstreamModel.Kind.DELAY, 0, "delay", busy, "exp", mean, 1, "poisson", tenfold(mean), "");
                plain(UpstreamModel.Kind.DELAY, 0, "delay", busy, "ln15", mean, 1, "poisson", tenfold(mean), "");
            }
        }
    }

    /** Deadlines that hardly leave time to wait, and such as the gateway's own, far beyond what the work takes. */
    private void deadlines() {
        for (int servers : new int[] {1, 4, 16, 100}) {
            for (String shape : List.of("exp", "ln07", "ln15")) {
                for (long mean : new long[] {200 * MS, 5 * SECOND}) {
                    for (double load : new double[] {.6, .8, 2, 10}) {
                        plain(
                                UpstreamModel.Kind.FIFO,
                                0,
                                "fifo",
                                servers,
                                shape,
                                mean,
                                load,
                                "poisson",
                                4 * mean,
                                "short-");
                    }
                }
            }
            for (long mean : new long[] {5 * MS, 200 * MS}) {
                for (double load : new double[] {.8, 2, 10}) {
                    for (UpstreamModel.Kind kind : List.of(UpstreamModel.Kind.FIFO, UpstreamModel.Kind.SHARING)) {
                        String name = kind.name().toLowerCase(Locale.ROOT);
                        plain(kind, 0, name, servers, "exp", mean, load, "poisson", 30 * SECOND, "long-");
                    }
                }
            }
        }
    }

    private void changes() {
        for (String change : List.of("halves", "doubles", "slow3", "slow3back", "hung", "down")) {
            for (int servers : new int[] {4, 100}) {
                for (long mean : new long[] {5 * MS, 200 * MS, 5 * SECOND}) {
                    for (double load : new double[] {.6, 2}) {
                        if (!isTooFast(servers, mean, load)) {
                            changed(change, servers, mean, load);
                        }
                    }
                }
            }
        }
    }

    private void changed(String change, int servers, long mean, double load) {
        double perSecond = 1e9 * servers * load / mean;
        long duration = Math.max(duration(perSecond, mean, 120), 30 * SECOND);
        long at = duration / 3;
        List<Change> changes = new ArrayList<>();
        switch (change) {
            case "halves" -> changes.add(new Change(at, servers / 2, 1000, 0, State.UP));
            case "doubles" -> changes.add(new Change(at, servers * 2, 1000, 0, State.UP));
            case "slow3" -> changes.add(new Change(at, servers, 3000, 0, State.UP));
            case "slow3back" -> {
                changes.add(new Change(at, servers, 3000, 0, State.UP));
                changes.add(new Change(2 * at, servers, 1000, 0, State.UP));
            }
            case "hung" -> {
                changes.add(new Change(at, servers, 1000, 0, State.HUNG));
                changes.add(new Change(at + 10 * SECOND, servers, 1000, 0, State.UP));
            }
            case "down" -> {
                changes.add(new Change(at, servers, 1000, 0, State.DOWN));
                changes.add(new Change(at + 5 * SECOND, servers, 1000, 0, State.UP));
            }
            default -> throw new IllegalArgumentException(change);
        }
        boolean breaks = change.equals("hung") || change.equals("down");
        add(
                "fifo" + servers + "-exp-" + time(mean) + "-" + load + "x-" + change,
                breaks ? "down, hung" : "change",
                Kind.CHANGE,
                duration,
                upstream(UpstreamModel.Kind.FIFO, 0, servers, Map.of(), service("exp", mean), changes),
                List.of(group("c", perSecond, tenfold(mean), "poisson", 1)),
                servers,
                mean,
                tenfold(mean),
                changes.get(changes.size() - 1).at(),
                breaks);
    }

    /** Quick and slow tools of one server: the same part of its time each. */
    private void mixes() {
        for (UpstreamModel.Kind kind : UpstreamModel.Kind.values()) {
            for (int servers : new int[] {4, 16, 32, 100}) {
                for (double load : new double[] {.3, .68, .8, 2, 10}) {
                    if (kind == UpstreamModel.Kind.DELAY && load > 1) {
                        continue;
                    }
                    mix("mix2", kind, servers, load, new long[] {5 * MS, 2 * SECOND}, new long[] {500 * MS, 20 * SECOND
                    });
                    mix("mix3", kind, servers, load, new long[] {MS, 300 * MS, 15 * SECOND}, new long[] {
                        30 * SECOND, 30 * SECOND, 60 * SECOND
                    });
                }
            }
        }
    }

    private void mix(String name, UpstreamModel.Kind kind, int servers, double load, long[] means, long[] deadlines) {
        Map<String, ServiceTime> services = new HashMap<>();
        List<ClientGroup> clients = new ArrayList<>();
        double perSecond = 0;
        double work = 0;
        for (int i = 0; i < means.length; i++) {
            double each = Math.min(1500, 1e9 * servers * load / means.length / means[i]);
            services.put("w" + i, ServiceTime.exponential(means[i]));
            clients.add(group("w" + i, each, deadlines[i], "poisson", 1));
            perSecond += each;
            work += each * means[i];
        }
        // What the fast ones cannot ask for, the slowest do.
        int last = means.length - 1;
        double missing = Math.max(0, 1e9 * servers * load - work) / means[last];
        double slow = clients.get(last).phases().get(0).perThousandSeconds() / 1000.0 + missing;
        clients.set(last, group("w" + last, slow, deadlines[last], "poisson", 1));
        boolean copes = load <= .8;
        add(
                name + "-" + kind.name().toLowerCase(Locale.ROOT) + servers + "-" + load + "x",
                "mix" + band(load),
                copes ? Kind.HARMLESS : Kind.OVERLOAD,
                Math.max(8 * means[last], (long) (Math.min(120, messages / perSecond) * SECOND)),
                upstream(kind, 0, servers, services, ServiceTime.exponential(MS), List.of()),
                clients,
                kind == UpstreamModel.Kind.DELAY ? (int) UNLIMITED : servers,
                means[last],
                deadlines[last],
                0,
                false);
    }

    /** An agent's burst of long calls beside somebody's quick ones. */
    private void agents() {
        for (int burst : new int[] {20, 64}) {
            for (long takes : new long[] {15 * SECOND, 45 * SECOND}) {
                agent(UpstreamModel.Kind.DELAY, 1000, burst, takes);
                agent(UpstreamModel.Kind.FIFO, 100, burst, takes);
            }
        }
    }

    private void agent(UpstreamModel.Kind kind, int servers, int burst, long takes) {
        Map<String, ServiceTime> services =
                Map.of("quick", ServiceTime.exponential(20 * MS), "long", ServiceTime.constant(takes));
        ClientGroup quick = group("quick", 50, 30 * SECOND, "poisson", 1);
        ClientGroup agent = group("long", burst / 90.0, 3 * takes, "burst", burst);
        add(
                "agent" + burst + "-" + kind.name().toLowerCase(Locale.ROOT) + servers + "-" + time(takes),
                "agent",
                Kind.HARMLESS,
                300 * SECOND,
                upstream(kind, 0, servers, services, ServiceTime.exponential(20 * MS), List.of()),
                List.of(quick, agent),
                servers,
                takes,
                3 * takes,
                0,
                false);
    }

    /** Workers that wait for their answers, from a cold start: all at once. */
    private void closed() {
        for (long mean : new long[] {5 * SECOND, 30 * SECOND}) {
            for (String shape : List.of("const", "ln07")) {
                for (int workers : new int[] {64, 200}) {
                    closed(UpstreamModel.Kind.DELAY, 1000, shape, mean, workers, Long.MAX_VALUE, false);
                }
            }
        }
        for (boolean cancels : new boolean[] {false, true}) {
            closed(UpstreamModel.Kind.FIFO, 4, "exp", 5 * SECOND, 64, 60 * SECOND, cancels);
            closed(UpstreamModel.Kind.SHARING, 4, "exp", 200 * MS, 64, 2 * SECOND, cancels);
            closed(UpstreamModel.Kind.FIFO, 1, "exp", 200 * MS, 32, 2 * SECOND, cancels);
        }
    }

    private void closed(
            UpstreamModel.Kind kind,
            int servers,
            String shape,
            long mean,
            int workers,
            long patience,
            boolean cancels) {
        boolean copes = kind == UpstreamModel.Kind.DELAY;
        long deadline = copes ? 4 * mean : patience;
        String id = "closed" + workers + "-" + kind.name().toLowerCase(Locale.ROOT) + servers + "-" + shape + "-"
                + time(mean) + (patience == Long.MAX_VALUE ? "" : cancels ? "-cancel" : "-leave");
        add(
                id,
                copes ? "closed, copes" : "closed, overload",
                copes ? Kind.HARMLESS : Kind.OVERLOAD,
                Math.max(60 * SECOND, 20 * mean),
                upstream(kind, 0, servers, Map.of(), service(shape, mean), List.of()),
                List.of(loop("c", workers, ServiceTime.constant(100 * MS), deadline, patience, cancels)),
                servers,
                mean,
                deadline,
                0,
                false);
    }
}
