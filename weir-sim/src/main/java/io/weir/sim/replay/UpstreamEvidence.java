package io.weir.sim.replay;

import io.weir.core.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a log tells about one upstream: its shape, and how long it worked on each message. Deterministic. */
final class UpstreamEvidence {
    private final UpstreamShape shape;
    private final Map<LoggedOffer, Work> own = new HashMap<>();
    private final Map<String, List<Work>> byOperation = new HashMap<>();
    private final List<Work> all = new ArrayList<>();
    private final Map<String, Integer> turns = new HashMap<>();

    /** How long a message is worked on, and with what end. */
    record Work(long nanos, Outcome outcome) {}

    /** @param offers to that upstream */
    UpstreamEvidence(List<LoggedOffer> offers) {
        List<LoggedOffer> served = offers.stream()
                .filter(past -> past.hasDuration() && past.workOutcome != null)
                .sorted(Comparator.comparingLong(past -> past.dispatchedAt))
                .toList();
        this.shape = LoadEvidence.of(served);
        learn(served);
    }

    private void learn(List<LoggedOffer> served) {
        long[] service = switch (shape.kind()) {
            case UNLIMITED -> LoadEvidence.fifoService(served, Integer.MAX_VALUE);
            case FIFO -> LoadEvidence.fifoService(served, shape.servers());
            case SHARED -> LoadEvidence.sharedService(served, shape.servers());
        };
        for (int i = 0; i < service.length; i++) {
            LoggedOffer past = served.get(i);
            Outcome outcome = past.workOutcome;
            // Of what was given up and never answered, only its client's patience is known.
            if (outcome != null && outcome != Outcome.CANCELLED) {
                Work work = new Work(Math.max(1, service[i]), outcome);
                own.put(past, work);
                byOperation
                        .computeIfAbsent(past.work, unknown -> new ArrayList<>())
                        .add(work);
                all.add(work);
            }
        }
    }

    UpstreamShape shape() {
        return shape;
    }

    /** Whether nothing is known. */
    boolean isEmpty() {
        return all.isEmpty();
    }

    /**
     * How long a message is worked on: as long as it was; one that was not served in the log gets the service times of
     * the same operation, one after the other, and those of any operation where the log has none of it.
     */
    Work of(LoggedOffer past) {
        Work known = own.get(past);
        if (known != null) {
            return known;
        }
        List<Work> same = byOperation.getOrDefault(past.work, List.of());
        List<Work> works = same.isEmpty() ? all : same;
        int turn = turns.merge(same.isEmpty() ? "" : past.work, 1, Integer::sum) - 1;
        return works.get(turn % works.size());
    }
}
