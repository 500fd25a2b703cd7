package io.weir.sim.replay;

import io.weir.core.admission.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/*
 * A log tells when a message was given to an upstream and when it was answered, and not how long it waited there behind others. With k
 * servers that work first in, first out, a message begins when it is given or when a server falls free, whichever is later. If k is taken too small,
 * messages would have to begin after they were answered. The fewest servers for which that does not happen explain all that was seen, and
 * promise nothing that was not.
 */

/** What a log tells about one upstream: how many servers it has at least, and how long each message was worked on. Deterministic. */
final class UpstreamEvidence {
    private static final int TOLERATED_PERCENT = 1;

    /** How long a message is worked on, and with what end. */
    record Work(long nanos, Outcome outcome) {}

    private final int servers;
    private final Map<Past, Work> own = new HashMap<>();
    private final Map<String, List<Work>> byWork = new HashMap<>();
    private final List<Work> all = new ArrayList<>();
    private final Map<String, Integer> turns = new HashMap<>();

    /** @param offers to that upstream */
    UpstreamEvidence(List<Past> offers) {
        List<Past> served = offers.stream()
                .filter(past -> past.hasDuration() && past.outcome != null)
                .sorted(Comparator.comparingLong(past -> past.dispatchedAt))
                .toList();
        int least = 1;
        int most = Math.max(1, served.size());
        while (least < most) {
            int middle = least + (most - least) / 2;
            if (contradictions(served, middle) * 100 <= (long) TOLERATED_PERCENT * served.size()) {
                most = middle;
            } else {
                least = middle + 1;
            }
        }
        this.servers = least;
        learn(served);
    }

    /** How many messages would have to begin after they were answered. */
    private static long contradictions(List<Past> served, int servers) {
        PriorityQueue<Long> free = new PriorityQueue<>();
        long contradictions = 0;
        for (Past past : served) {
            if (begins(free, servers, past) >= past.endedAt) {
                contradictions++;
            }
        }
        return contradictions;
    }

    private static long begins(PriorityQueue<Long> free, int servers, Past past) {
        long begins = past.dispatchedAt;
        if (free.size() == servers) {
            begins = Math.max(begins, free.remove());
        }
        free.add(past.endedAt);
        return begins;
    }

    private void learn(List<Past> served) {
        PriorityQueue<Long> free = new PriorityQueue<>();
        for (Past past : served) {
            Outcome outcome = past.outcome;
            if (outcome != null) {
                Work work = new Work(Math.max(1, past.endedAt - begins(free, servers, past)), outcome);
                own.put(past, work);
                if (outcome != Outcome.CANCELLED) {
                    byWork.computeIfAbsent(past.work, unknown -> new ArrayList<>())
                            .add(work);
                    all.add(work);
                }
            }
        }
    }

    /** How many messages it works on at once. */
    int servers() {
        return servers;
    }

    /** Whether anything is known. */
    boolean isEmpty() {
        return all.isEmpty();
    }

    /**
     * How long a message takes: as long as it did; if it was not served then, as long as those of the same work did, one after the other; if
     * none was, as any did.
     */
    Work of(Past past) {
        Work known = own.get(past);
        if (known != null) {
            return known;
        }
        List<Work> same = byWork.getOrDefault(past.work, List.of());
        List<Work> works = same.isEmpty() ? all : same;
        int turn = turns.merge(same.isEmpty() ? "" : past.work, 1, Integer::sum) - 1;
        return works.get(turn % works.size());
    }
}
