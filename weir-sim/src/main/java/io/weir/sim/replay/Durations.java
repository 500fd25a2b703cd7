package io.weir.sim.replay;

import io.weir.core.admission.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How long the upstream works on an offer: as long as it did, if it had it then; else one after the other of what was seen of the same work, and
 * if that was never seen, of any.
 */
final class Durations {
    /** How long, and with what end. */
    record Work(long nanos, Outcome outcome) {}

    private static final String ANY = "";

    private final Map<String, List<Work>> seen = new HashMap<>();
    private final Map<String, Integer> turns = new HashMap<>();

    Durations(History history) throws ReplayException {
        for (Past past : history.offers()) {
            Outcome outcome = past.outcome;
            if (past.hasDuration() && outcome != null && outcome != Outcome.CANCELLED) {
                Work work = new Work(past.endedAt - past.dispatchedAt, outcome);
                seen.computeIfAbsent(past.queue + ANY + '\n' + past.work, key -> new ArrayList<>())
                        .add(work);
                seen.computeIfAbsent(ANY, key -> new ArrayList<>()).add(work);
            }
        }
        if (seen.isEmpty()) {
            throw new ReplayException(
                    "the log tells of no message that the upstream has finished, so nothing is known of how long"
                            + " it would have taken");
        }
    }

    Work of(Past past) {
        Outcome outcome = past.outcome;
        if (past.hasDuration() && outcome != null) {
            return new Work(past.endedAt - past.dispatchedAt, outcome);
        }
        String key = past.queue + ANY + '\n' + past.work;
        String known = seen.containsKey(key) ? key : ANY;
        List<Work> works = seen.getOrDefault(known, List.of());
        int turn = turns.merge(known, 1, Integer::sum) - 1;
        return works.get(turn % works.size());
    }
}
