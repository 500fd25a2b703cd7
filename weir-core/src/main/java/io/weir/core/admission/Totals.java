package io.weir.core.admission;

import io.weir.core.Count;
import io.weir.core.FlowStats;
import io.weir.core.Reason;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/** Sums of what became of messages, as snapshots add them up. Not thread-safe. */
final class Totals {
    private Count admitted = Count.ZERO;
    private Count released = Count.ZERO;
    private Count queued = Count.ZERO;
    private final Count[] byEvent = new Count[CountedEvent.COUNT];

    Totals() {
        Arrays.fill(byEvent, Count.ZERO);
    }

    void admitted(Count count) {
        admitted = admitted.plus(count);
    }

    void released(Count count) {
        released = released.plus(count);
    }

    void queued(Count count) {
        queued = queued.plus(count);
    }

    void event(int event, Count count) {
        byEvent[event] = byEvent[event].plus(count);
    }

    void add(Totals other) {
        admitted(other.admitted);
        released(other.released);
        queued(other.queued);
        for (int event = 0; event < byEvent.length; event++) {
            event(event, other.byEvent[event]);
        }
    }

    /** What has happened since {@code baseline}; what was in flight then counts as admitted since. */
    Totals since(Totals baseline) {
        Totals since = new Totals();
        since.admitted = admitted.minus(baseline.released);
        since.released = released.minus(baseline.released);
        since.queued = queued;
        for (int event = 0; event < byEvent.length; event++) {
            since.byEvent[event] = byEvent[event].minus(baseline.byEvent[event]);
        }
        return since;
    }

    FlowStats toFlow() {
        Map<Reason, Count> byReason = new EnumMap<>(Reason.class);
        Count refused = rejected(Decision.REFUSED, byReason);
        Count dropped = rejected(Decision.DROPPED, byReason);
        Count disconnected = rejected(Decision.DISCONNECTED, byReason);
        Count shed = rejected(Decision.SHED, byReason);
        Count shedAfterLimits = byEvent[CountedEvent.SHED_BY_WAIT].plus(byEvent[CountedEvent.SHED_BY_CIRCUIT]);
        Count passed = notNegative(admitted.minus(shedAfterLimits));
        Count ended = notNegative(released.minus(shedAfterLimits));
        Count failed = byEvent[CountedEvent.FAILED];
        Count cancelled = byEvent[CountedEvent.CANCELLED];
        Count expired = byEvent[CountedEvent.EXPIRED];
        Count evicted = byEvent[CountedEvent.EVICTED];
        Count notCompleted = failed.plus(cancelled).plus(expired).plus(evicted);
        return new FlowStats(
                refused.plus(dropped).plus(disconnected).plus(shed).plus(passed),
                refused,
                dropped,
                disconnected,
                shed,
                passed,
                queued,
                notNegative(passed.minus(ended).minus(queued)),
                notNegative(ended.minus(notCompleted)),
                failed,
                expired,
                cancelled,
                evicted,
                Map.copyOf(byReason));
    }

    private Count rejected(Decision decision, Map<Reason, Count> byReason) {
        Count sum = Count.ZERO;
        for (Reason reason : Reason.values()) {
            if (CountedEvent.isPossible(decision, reason)) {
                Count count = byEvent[CountedEvent.rejected(decision, reason)];
                if (count.messages() > 0) {
                    sum = sum.plus(count);
                    byReason.merge(reason, count, Count::plus);
                }
            }
        }
        return sum;
    }

    /** An outcome is counted just before its release, so a snapshot between the two would show one completion less than none. */
    private static Count notNegative(Count count) {
        return new Count(Math.max(0, count.messages()), Math.max(0, count.bytes()));
    }
}
