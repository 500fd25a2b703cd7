package io.weir.sim.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;

/*
 * A log tells when a message was given to an upstream and when it was answered, but not what the upstream did in
 * between. Every assumption about the upstream turns these two times into a service time. Under the right assumption
 * the service times of an operation do not depend on how many other messages were in flight; under a wrong one they do:
 * too few servers make those of busy times too short, too many make them too long. So the shape is chosen under which
 * service times depend least on load, and the fewest servers of those that do equally well.
 */

/** Finds the {@link UpstreamShape} that explains best how latency depends on load in a log. Deterministic. */
final class LoadEvidence {
    private static final int PERMILLE = 1000;
    /** Operations with fewer messages say nothing about load. */
    private static final int MIN_SAMPLES = 24;
    /** Latency that is at most a fifth longer under the higher load is taken not to depend on it. */
    private static final long INDEPENDENT_PERMILLE = 200;
    /**
     * By how much sharing must explain more than first in, first out to be preferred, at least, if not by chance; half
     * of it makes up for a server more.
     */
    private static final long MARGIN_PERMILLE = 100;

    /**
     * The ratio of two medians of exponential times hardly ever differs more from 1 by chance, times the root of their
     * number: 3.4 deviations.
     */
    private static final double CHANCE_PERMILLE = 7000;

    /** Messages overtake each other by milliseconds on their way there and back. */
    private static final long TOLERATED_MISSING_PERMILLE = 10;

    private static final int MAX_EVERY_COUNT = 32;
    private static final long NO_EVIDENCE = -1;

    private final List<LoggedOffer> served;
    private final long[] begins;
    private final long[] ends;
    private final long[] inFlight;
    private final List<int[]> operations = new ArrayList<>();
    private long maxInFlight;

    /** @param served finished messages of one upstream, in the order of their dispatch */
    private LoadEvidence(List<LoggedOffer> served) {
        this.served = served;
        this.begins = served.stream().mapToLong(past -> past.dispatchedAt).toArray();
        this.ends = served.stream().mapToLong(past -> past.workEndedAt).toArray();
        this.inFlight = new long[served.size()];
        countInFlight();
        Map<String, List<Integer>> byOperation = new TreeMap<>();
        for (int i = 0; i < served.size(); i++) {
            byOperation
                    .computeIfAbsent(served.get(i).work, name -> new ArrayList<>())
                    .add(i);
        }
        for (List<Integer> each : byOperation.values()) {
            int[] byLoad = each.stream()
                    .sorted(Comparator.comparingLong((Integer i) -> inFlight[i]).thenComparing(i -> i))
                    .mapToInt(i -> i)
                    .toArray();
            operations.add(byLoad);
        }
    }

    /** The shape of an upstream whose finished messages are given in the order of their dispatch. */
    static UpstreamShape of(List<LoggedOffer> served) {
        return new LoadEvidence(served).shape();
    }

    private void countInFlight() {
        long[] sorted = ends.clone();
        Arrays.sort(sorted);
        int ended = 0;
        for (int i = 0; i < begins.length; i++) {
            while (ended < sorted.length && sorted[ended] <= begins[i]) {
                ended++;
            }
            inFlight[i] = i + 1L - ended;
            maxInFlight = Math.max(maxInFlight, inFlight[i]);
        }
    }

    private UpstreamShape shape() {
        long[] sorted = inFlight.clone();
        Arrays.sort(sorted);
        long low = sorted.length == 0 ? 0 : sorted[sorted.length / 10];
        long unlimited = dependence(latencies());
        if (unlimited == NO_EVIDENCE) {
            return new UpstreamShape(
                    UpstreamShape.Kind.FIFO,
                    fewestServers(),
                    UpstreamShape.Support.LOAD_DOES_NOT_VARY,
                    low,
                    maxInFlight);
        }
        if (unlimited <= INDEPENDENT_PERMILLE) {
            return new UpstreamShape(
                    UpstreamShape.Kind.UNLIMITED, 0, UpstreamShape.Support.NEVER_AT_ITS_LIMIT, low, maxInFlight);
        }
        int fewest = fewestServers();
        Candidate fifo = fewestWithin(fewest, servers -> dependence(fifoService(served, servers)));
        Candidate shared = fewestWithin(1, servers -> dependence(sharedService(served, servers)));
        boolean sharing = shared.dependence() + sharingMargin() < fifo.dependence();
        return new UpstreamShape(
                sharing ? UpstreamShape.Kind.SHARED : UpstreamShape.Kind.FIFO,
                sharing ? shared.servers() : fifo.servers(),
                UpstreamShape.Support.LATENCY_BY_LOAD,
                low,
                maxInFlight);
    }

    private long sharingMargin() {
        return Math.max(MARGIN_PERMILLE, (long) (CHANCE_PERMILLE / Math.sqrt(served.size() / 3.0)));
    }

    private record Candidate(int servers, long dependence) {}

    /**
     * The fewest servers that explain the log nearly as well as the number that does so best. While more messages are
     * in flight than there are servers, twice as many that take twice as long explain the same.
     */
    private Candidate fewestWithin(int from, IntToLongFunction dependence) {
        List<Candidate> candidates = new ArrayList<>();
        long best = Long.MAX_VALUE;
        for (int servers = from; servers <= Math.max(from, maxInFlight); servers += step(servers)) {
            Candidate candidate = new Candidate(servers, dependence.applyAsLong(servers));
            candidates.add(candidate);
            best = Math.min(best, candidate.dependence());
        }
        long enough = best + MARGIN_PERMILLE / 2;
        return candidates.stream()
                .filter(candidate -> candidate.dependence() <= enough)
                .findFirst()
                .orElseThrow();
    }

    private static int step(int servers) {
        return servers < MAX_EVERY_COUNT ? 1 : servers / 16;
    }

    private long[] latencies() {
        long[] latencies = new long[begins.length];
        for (int i = 0; i < latencies.length; i++) {
            latencies[i] = ends[i] - begins[i];
        }
        return latencies;
    }

    /**
     * By how many thousandths the median service time of an operation differs between the third of its messages with
     * the highest load and that with the lowest, in the mean of all operations.
     */
    private long dependence(long[] service) {
        long sum = 0;
        long samples = 0;
        for (int[] byLoad : operations) {
            int third = byLoad.length / 3;
            if (byLoad.length < MIN_SAMPLES || !differs(byLoad, third)) {
                continue;
            }
            long low = Math.max(1, median(service, byLoad, 0, third));
            long high = Math.max(1, median(service, byLoad, byLoad.length - third, byLoad.length));
            long ratio = Math.max(low, high) * PERMILLE / Math.min(low, high);
            sum += (ratio - PERMILLE) * byLoad.length;
            samples += byLoad.length;
        }
        return samples == 0 ? NO_EVIDENCE : sum / samples;
    }

    /** Whether the loads of the two outer thirds differ by half at the least. */
    private boolean differs(int[] byLoad, int third) {
        long low = inFlight[byLoad[third / 2]];
        long high = inFlight[byLoad[byLoad.length - 1 - third / 2]];
        return 2 * high >= 3 * low && high > low;
    }

    private static long median(long[] values, int[] which, int from, int to) {
        long[] some = new long[to - from];
        for (int i = from; i < to; i++) {
            some[i - from] = values[which[i]];
        }
        Arrays.sort(some);
        return some[some.length / 2];
    }

    private int fewestServers() {
        int least = 1;
        int most = (int) Math.max(1, maxInFlight);
        while (least < most) {
            int middle = least + (most - least) / 2;
            if (explainedBy(middle)) {
                most = middle;
            } else {
                least = middle + 1;
            }
        }
        return least;
    }

    /**
     * Whether hardly any service time is missing where a message was answered before so many servers could have begun
     * it.
     */
    private boolean explainedBy(int servers) {
        double missing = 0;
        double all = 0;
        for (long each : fifoService(served, servers)) {
            missing += Math.max(0, -each);
            all += Math.abs(each);
        }
        return missing * PERMILLE <= TOLERATED_MISSING_PERMILLE * all;
    }

    /** How long each was worked on by so many servers, first in, first out; 0 or less contradicts the log. */
    static long[] fifoService(List<LoggedOffer> served, int servers) {
        PriorityQueue<Long> free = new PriorityQueue<>();
        long[] service = new long[served.size()];
        for (int i = 0; i < service.length; i++) {
            LoggedOffer past = served.get(i);
            long begins = past.dispatchedAt;
            if (free.size() == servers) {
                begins = Math.max(begins, free.remove());
            }
            free.add(past.workEndedAt);
            service[i] = past.workEndedAt - begins;
        }
        return service;
    }

    /** How much of a server's time each was given where all that were in flight shared so many. */
    static long[] sharedService(List<LoggedOffer> served, int servers) {
        int n = served.size();
        long[] ends =
                served.stream().mapToLong(past -> past.workEndedAt).sorted().toArray();
        long[] given = new long[n];
        Map<Long, Double> atEnd = new TreeMap<>();
        double sum = 0;
        long last = n == 0 ? 0 : served.get(0).dispatchedAt;
        long active = 0;
        int begun = 0;
        int ended = 0;
        double[] atBegin = new double[n];
        while (ended < n) {
            boolean begins = begun < n && served.get(begun).dispatchedAt <= ends[ended];
            long at = begins ? served.get(begun).dispatchedAt : ends[ended];
            sum += (at - last) * (active <= servers ? 1.0 : (double) servers / active);
            last = at;
            if (begins) {
                atBegin[begun++] = sum;
                active++;
            } else {
                atEnd.put(ends[ended++], sum);
                active--;
            }
        }
        for (int i = 0; i < n; i++) {
            Double end = atEnd.get(served.get(i).workEndedAt);
            given[i] = end == null ? 1 : Math.max(1, (long) (end - atBegin[i]));
        }
        return given;
    }
}
