package io.weir.core.admission;

import io.weir.core.Count;
import io.weir.core.FlowStats;
import io.weir.core.Reason;
import io.weir.core.RejectionAction;
import io.weir.core.RejectionCount;
import io.weir.core.Scope;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Sums of what became of messages, as snapshots add them up. Not thread-safe. */
final class Totals {
    private static final int ADMITTED = CountedEvent.COUNT;
    private static final int RELEASED = ADMITTED + 1;
    private static final int QUEUED = RELEASED + 1;

    private final long[] messages = new long[QUEUED + 1];
    private final long[] bytes = new long[QUEUED + 1];

    void admitted(Count count) {
        event(ADMITTED, count.messages(), count.bytes());
    }

    void released(Count count) {
        event(RELEASED, count.messages(), count.bytes());
    }

    void queued(Count count) {
        event(QUEUED, count.messages(), count.bytes());
    }

    void event(int event, long moreMessages, long moreBytes) {
        messages[event] += moreMessages;
        bytes[event] += moreBytes;
    }

    long rejectedMessages() {
        long rejected = 0;
        for (int event = 0; event < CountedEvent.COUNT; event++) {
            rejected += CountedEvent.isRejection(event) ? messages[event] : 0;
        }
        return rejected;
    }

    void add(Totals other) {
        for (int i = 0; i < messages.length; i++) {
            event(i, other.messages[i], other.bytes[i]);
        }
    }

    private Count count(int event) {
        return new Count(messages[event], bytes[event]);
    }

    /** What has happened since {@code baseline}; what was in flight then counts as admitted since. */
    Totals since(Totals baseline) {
        Totals since = new Totals();
        since.add(this);
        for (int event = 0; event < CountedEvent.COUNT; event++) {
            since.event(event, -baseline.messages[event], -baseline.bytes[event]);
        }
        since.event(ADMITTED, -baseline.messages[RELEASED], -baseline.bytes[RELEASED]);
        since.event(RELEASED, -baseline.messages[RELEASED], -baseline.bytes[RELEASED]);
        return since;
    }

    FlowStats toFlow() {
        List<RejectionCount> rejections = rejections();
        Count refused = sum(rejections, RejectionAction.REFUSED);
        Count dropped = sum(rejections, RejectionAction.DROPPED);
        Count disconnected = sum(rejections, RejectionAction.DISCONNECTED);
        Count shed = sum(rejections, RejectionAction.SHED);
        Count shedAfterLimits = count(CountedEvent.SHED_BY_WAIT).plus(count(CountedEvent.SHED_BY_CIRCUIT));
        Count queued = count(QUEUED);
        Count passed = notNegative(count(ADMITTED).minus(shedAfterLimits));
        Count ended = notNegative(count(RELEASED).minus(shedAfterLimits));
        Count failed = count(CountedEvent.FAILED);
        Count cancelled = count(CountedEvent.CANCELLED);
        Count expired = count(CountedEvent.EXPIRED);
        Count evicted = count(CountedEvent.EVICTED);
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
                byReason(rejections),
                rejections);
    }

    private static Count sum(List<RejectionCount> rejections, RejectionAction action) {
        Count sum = Count.ZERO;
        for (RejectionCount each : rejections) {
            if (each.action() == action) {
                sum = sum.plus(each.count());
            }
        }
        return sum;
    }

    private static Map<Reason, Count> byReason(List<RejectionCount> rejections) {
        Map<Reason, Count> byReason = new EnumMap<>(Reason.class);
        rejections.forEach(each -> byReason.merge(each.reason(), each.count(), Count::plus));
        return Map.copyOf(byReason);
    }

    private List<RejectionCount> rejections() {
        List<RejectionCount> rejections = new ArrayList<>();
        rejected(Decision.REFUSED, RejectionAction.REFUSED, rejections);
        rejected(Decision.DROPPED, RejectionAction.DROPPED, rejections);
        rejected(Decision.DISCONNECTED, RejectionAction.DISCONNECTED, rejections);
        rejected(Decision.SHED, RejectionAction.SHED, rejections);
        return List.copyOf(rejections);
    }

    private void rejected(Decision decision, RejectionAction action, List<RejectionCount> rejections) {
        for (Reason reason : Reason.values()) {
            if (CountedEvent.isPossible(decision, reason)) {
                add(action, reason, reason.scope(), CountedEvent.rejected(decision, reason), rejections);
                if (reason == Reason.PRIORITY) {
                    add(action, reason, Scope.CONNECTION, CountedEvent.SHED_BY_CONNECTION, rejections);
                    add(action, reason, Scope.TENANT, CountedEvent.SHED_BY_TENANT, rejections);
                }
            }
        }
    }

    private void add(RejectionAction action, Reason reason, Scope scope, int event, List<RejectionCount> rejections) {
        if (messages[event] > 0) {
            rejections.add(new RejectionCount(action, reason, scope, count(event)));
        }
    }

    /**
     * An outcome is counted just before its release, so a snapshot between the two would show one completion less than
     * none.
     */
    private static Count notNegative(Count count) {
        return new Count(Math.max(0, count.messages()), Math.max(0, count.bytes()));
    }
}
