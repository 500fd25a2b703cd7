package io.weir.verify.faults;

import io.weir.core.Count;
import io.weir.core.FlowStats;
import io.weir.core.Priority;
import io.weir.core.Reason;
import io.weir.core.Survey;
import io.weir.core.TenantStats;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Decision;
import io.weir.core.config.QueueLimitsConfig;
import io.weir.core.config.WeirConfig;
import io.weir.core.queue.CircuitState;
import io.weir.core.queue.Offer;
import io.weir.core.queue.QueueStats;
import io.weir.core.queue.QueueStats.OperationStats;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/** All that was ever sent, in one list, and every rule in the plainest words. Slow and obvious. */
final class Model {
    private static final int MAX_TIMES = 40;
    private static final long SECOND = 1_000_000_000L;

    final List<Sent> sent = new ArrayList<>();
    private final Setting setting;
    private final Map<String, List<Long>> passed = new HashMap<>();
    private final Map<String, Integer> passedOver = new HashMap<>();
    private WeirConfig config;

    Model(Setting setting) {
        this.setting = setting;
        this.config = setting.config();
    }

    WeirConfig config() {
        return config;
    }

    void configured(WeirConfig now) {
        if (now.backpressure().maxMessagesPerSec() != config.backpressure().maxMessagesPerSec()) {
            passed.clear();
        }
        config = now;
    }

    List<Sent> all(Sent.State state) {
        return sent.stream().filter(each -> each.state == state).toList();
    }

    private Count sum(Predicate<Sent> which) {
        long messages = 0;
        long bytes = 0;
        for (Sent each : sent) {
            if (which.test(each)) {
                messages += each.messages;
                bytes += each.bytes;
            }
        }
        return new Count(messages, bytes);
    }

    Count held(Sent like, Reason of) {
        return sum(each -> each.isHeld()
                && switch (of) {
                    case CONNECTION_MESSAGES, CONNECTION_BYTES ->
                        each.tenant.equals(like.tenant) && each.connection.equals(like.connection);
                    case TENANT_MESSAGES, TENANT_BYTES -> each.tenant.equals(like.tenant);
                    default -> true;
                });
    }

    /** The decision on a message, made while nothing else happened. */
    void decided(Sent message, Decision decision, boolean closed, long now) {
        Offer offer = CoreUnderTest.offerOf(message);
        if (decision.isAdmitted()) {
            require(!closed, "admitted after close");
            QueueLimitsConfig limits = config.queueLimits();
            within(message, Reason.CONNECTION_MESSAGES, limits.maxMessages(), limits.maxBytes());
            if (limits.enableTenantLimits()) {
                within(message, Reason.TENANT_MESSAGES, limits.tenantMaxMessages(), limits.tenantMaxBytes());
            }
            within(message, Reason.GLOBAL_MESSAGES, limits.globalMaxMessages(), limits.globalMaxBytes());
            withinRate(message, now);
            return;
        }
        Reason reason = Objects.requireNonNull(offer.reason(), "rejected without a reason");
        require(
                (decision == Decision.SHED)
                        == (reason == Reason.PRIORITY || reason == Reason.WAIT || reason == Reason.CIRCUIT_OPEN),
                decision + " for " + reason);
        require(reason != Reason.PRIORITY || message.priority != Priority.CALL, "a call was shed for its priority");
        Count held = held(message, reason);
        switch (reason) {
            case CONNECTION_MESSAGES, TENANT_MESSAGES, GLOBAL_MESSAGES ->
                require(held.messages() + message.messages > offer.limit(), reason + " though it would have fitted");
            case CONNECTION_BYTES, TENANT_BYTES, GLOBAL_BYTES ->
                require(held.bytes() + message.bytes > offer.limit(), reason + " though it would have fitted");
            case CLOSED -> require(closed, "closed before it was");
            default -> {}
        }
    }

    private void within(Sent message, Reason of, long messages, long bytes) {
        Count held = held(message, of);
        require(held.messages() <= messages && held.bytes() <= bytes, "over the limit of " + of + ": " + held);
    }

    /** Over any window, no more than the burst and what the rate gives. */
    private void withinRate(Sent message, long now) {
        int rate = config.backpressure().maxMessagesPerSec();
        long burst = config.backpressure().burst(rate);
        List<Long> times = passed.computeIfAbsent(message.tenant + "/" + message.connection, k -> new ArrayList<>());
        for (int i = 0; i < message.messages; i++) {
            times.add(now);
        }
        while (times.size() > MAX_TIMES) {
            times.remove(0);
        }
        for (int i = 0; i < times.size(); i++) {
            long window = now - times.get(i);
            long most = burst + window / (SECOND / rate) + 1;
            require(
                    times.size() - i <= most,
                    "over the rate of " + rate + ": " + (times.size() - i) + " in " + window + " ns");
        }
    }

    void dispatched(Sent message, long now) {
        require(message.state == Sent.State.QUEUED, "dispatched while " + message.state);
        require(now < message.deadline(), "dispatched after its time");
        for (Sent other : sent) {
            require(
                    other.state != Sent.State.QUEUED
                            || other.number >= message.number
                            || other.priority != message.priority
                            || !other.connection.equals(message.connection)
                            || !other.tenant.equals(message.tenant),
                    "overtook number " + other.number);
        }
        if (setting.uniform()) {
            notStarved(message);
        }
    }

    /**
     * With weights alike, and costs alike since all work is new, no tenant is passed over more often than in a few
     * rounds.
     */
    private void notStarved(Sent message) {
        passedOver
                .keySet()
                .removeIf(tenant ->
                        sent.stream().noneMatch(each -> each.state == Sent.State.QUEUED && each.tenant.equals(tenant)));
        passedOver.remove(message.tenant);
        for (Sent each : all(Sent.State.QUEUED)) {
            if (!each.tenant.equals(message.tenant)) {
                passedOver.putIfAbsent(each.tenant, 0);
            }
        }
        passedOver.replaceAll((tenant, times) -> times + 1);
        passedOver.forEach((tenant, times) ->
                require(times <= 6 * setting.tenants(), "tenant " + tenant + " was passed over " + times + " times"));
    }

    /** What must hold after every event. */
    void compare(Admission admission, QueueStats stats, long now) {
        Count queued = sum(each -> each.state == Sent.State.QUEUED);
        Count inFlight = sum(each -> each.state == Sent.State.IN_FLIGHT);
        require(stats.queued() == queued.messages(), "the queue counts " + stats.queued() + " queued, not " + queued);
        require(
                stats.inFlight() == inFlight.messages(),
                "the queue counts " + stats.inFlight() + " in flight, not " + inFlight);
        Count abandoned = sum(each -> each.state == Sent.State.ABANDONED);
        require(
                stats.abandoned() == abandoned.messages(),
                "the queue holds " + stats.abandoned() + " slots of abandoned calls, not " + abandoned);
        Survey survey = admission.survey(0);
        FlowStats flow = survey.global().flow();
        require(flow.queued().equals(queued) && flow.inFlight().equals(inFlight), "the process's counters: " + flow);
        require(survey.global().pending().equals(queued.plus(inFlight)), "the process's pending");
        conserved(flow);
        for (TenantStats tenant : survey.tenants()) {
            Count held = sum(each -> each.isHeld() && each.tenant.equals(tenant.tenant()));
            require(
                    tenant.pending().equals(held),
                    "tenant " + tenant.tenant() + " holds " + tenant.pending() + ", not " + held);
            conserved(tenant.flow());
        }
        for (Sent each : sent) {
            if (each.isHeld()) {
                Count held = held(each, Reason.CONNECTION_MESSAGES);
                Count counted = admission
                        .connectionStats(each.tenant, each.connection)
                        .orElseThrow()
                        .pending();
                require(counted.equals(held), "connection " + each.connection + " holds " + counted + ", not " + held);
            }
        }
        working(stats, now);
    }

    private static void conserved(FlowStats flow) {
        require(
                flow.offered()
                                .equals(flow.refused()
                                        .plus(flow.dropped())
                                        .plus(flow.disconnected())
                                        .plus(flow.shed())
                                        .plus(flow.admitted()))
                        && flow.admitted()
                                .equals(flow.queued()
                                        .plus(flow.inFlight())
                                        .plus(flow.completed())
                                        .plus(flow.failed())
                                        .plus(flow.expired())
                                        .plus(flow.cancelled())
                                        .plus(flow.evicted())),
                "does not add up: " + flow);
    }

    /**
     * Nobody waits while there is room, but for the slots that are kept for tenants that hold less than their share;
     * and nobody with one message at a time, whose tenant holds nothing, waits while any slot is free. While adaptive
     * capacity limits an operation, its messages wait for that, and those behind them with them.
     */
    private void working(QueueStats stats, long now) {
        List<Sent> waiting = all(Sent.State.QUEUED);
        boolean limited = stats.operations().stream().anyMatch(OperationStats::isLimited);
        if (waiting.isEmpty() || limited || stats.circuit() != CircuitState.CLOSED) {
            return;
        }
        int capacity = stats.slots();
        int largest = waiting.stream().mapToInt(each -> each.messages).max().orElse(1);
        long taken = stats.inFlight() + stats.abandoned();
        String state = " at " + now + " while " + taken + " of " + capacity + " are in flight";
        require(taken > 0 && taken + largest + kept(capacity) > capacity, "somebody waits" + state);
        for (Sent each : waiting) {
            require(taken >= capacity || !isDueASlot(each), "number " + each.number + " waits" + state);
        }
    }

    private int kept(int capacity) {
        boolean several = sent.stream().map(each -> each.tenant).distinct().count() > 1;
        return several && capacity > 1 ? Math.max(1, capacity / 8) : 0;
    }

    private boolean isDueASlot(Sent message) {
        return sent.stream()
                .filter(each -> each.tenant.equals(message.tenant))
                .noneMatch(each -> each.state == Sent.State.IN_FLIGHT
                        || each.state == Sent.State.ABANDONED
                        || (each.state == Sent.State.QUEUED && each.messages > 1));
    }

    static void require(boolean holds, String what) {
        if (!holds) {
            throw new Violation(what);
        }
    }

    /** A rule that did not hold. */
    static final class Violation extends AssertionError {
        private static final long serialVersionUID = 1;

        Violation(String what) {
            super(what);
        }
    }
}
