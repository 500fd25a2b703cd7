package io.weir.sim.run;

import io.weir.core.Outcome;
import io.weir.core.admission.Decision;
import io.weir.sim.engine.Bins;
import io.weir.sim.engine.Samples;
import io.weir.sim.run.MessageCounters.Fate;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The books of a run: everything, each group of clients, each tenant; and how much was ever pending at once. Not
 * thread-safe.
 */
final class RunMetrics {
    final MessageCounters total = new MessageCounters();
    final SortedMap<String, MessageCounters> groups = new TreeMap<>();
    final SortedMap<String, MessageCounters> tenants = new TreeMap<>();

    final Breakdown byTenant;
    final Breakdown byOperation;

    /** Latencies of what was answered since the last sample. */
    final Samples recent = new Samples();

    private long pendingMessages;
    private long pendingBytes;
    private long maxMessages;
    private long maxBytes;
    private long maxOfConnection;
    private long maxBytesOfConnection;
    private long maxOfTenant;
    private long maxBytesOfTenant;
    private long maxInBin;
    private long maxBytesInBin;

    RunMetrics(Bins bins) {
        this.byTenant = new Breakdown(bins);
        this.byOperation = new Breakdown(bins);
    }

    /** Where the messages of one connection are counted, beside the total. */
    record Counters(
            MessageCounters group, MessageCounters tenant, Breakdown.Line tenantBins, Breakdown.Line operationBins) {}

    private Counters counters(SimMessage message) {
        Counters counters = message.peer.counters;
        if (counters == null) {
            String tenant = message.peer.tenant();
            counters = new Counters(
                    groups.computeIfAbsent(message.group.name(), name -> new MessageCounters()),
                    tenants.computeIfAbsent(tenant, name -> new MessageCounters()),
                    byTenant.of(tenant),
                    byOperation.of(message.group.operation()));
            message.peer.counters = counters;
        }
        return counters;
    }

    private void add(Fate fate, SimMessage message, int sign) {
        Counters counters = counters(message);
        total.add(fate, message, sign);
        counters.group().add(fate, message, sign);
        counters.tenant().add(fate, message, sign);
    }

    private void reason(Fate fate, String reason, SimMessage message) {
        Counters counters = counters(message);
        total.reason(fate, reason, message);
        counters.group().reason(fate, reason, message);
        counters.tenant().reason(fate, reason, message);
    }

    void rejected(SimMessage message, Decision decision, String reason) {
        if (decision == Decision.PAUSED) {
            add(Fate.PAUSED, message, 1);
            return;
        }
        Fate fate = switch (decision) {
            case REFUSED -> Fate.REFUSED;
            case DROPPED -> Fate.DROPPED;
            case DISCONNECTED -> Fate.DISCONNECTED;
            case SHED -> Fate.SHED;
            case ADMITTED, DISPATCHED, QUEUED, PAUSED -> throw new IllegalArgumentException(decision.name());
        };
        offered(message);
        add(fate, message, 1);
        reason(fate, reason, message);
        counters(message).tenantBins().rejected(message.group.messages());
        counters(message).operationBins().rejected(message.group.messages());
        if (message.attempts > 0) {
            add(Fate.RETRIED, message, 1);
        }
    }

    private void offered(SimMessage message) {
        add(Fate.OFFERED, message, 1);
        counters(message).tenantBins().offered(message.group.messages());
        counters(message).operationBins().offered(message.group.messages());
    }

    void admitted(SimMessage message) {
        offered(message);
        add(Fate.ADMITTED, message, 1);
        add(Fate.QUEUED, message, 1);
        if (message.attempts > 0) {
            add(Fate.RETRIED, message, 1);
            add(Fate.RETRIED_ADMITTED, message, 1);
        }
        SimConnection peer = message.peer;
        peer.pending.add(message);
        peer.pendingMessages += message.group.messages();
        peer.pendingBytes += message.group.bytes();
        pendingMessages += message.group.messages();
        pendingBytes += message.group.bytes();
        maxMessages = Math.max(maxMessages, pendingMessages);
        maxBytes = Math.max(maxBytes, pendingBytes);
        maxInBin = Math.max(maxInBin, pendingMessages);
        maxBytesInBin = Math.max(maxBytesInBin, pendingBytes);
        maxOfConnection = Math.max(maxOfConnection, peer.pendingMessages);
        maxBytesOfConnection = Math.max(maxBytesOfConnection, peer.pendingBytes);
        MessageCounters tenant = counters(message).tenant();
        maxOfTenant = Math.max(maxOfTenant, pending(tenant));
        maxBytesOfTenant = Math.max(
                maxBytesOfTenant,
                tenant.count(Fate.QUEUED).bytes() + tenant.count(Fate.IN_FLIGHT).bytes());
    }

    private static long pending(MessageCounters account) {
        return account.messages(Fate.QUEUED) + account.messages(Fate.IN_FLIGHT);
    }

    void dispatched(SimMessage message, long now) {
        add(Fate.QUEUED, message, -1);
        add(Fate.IN_FLIGHT, message, 1);
        long waited = now - message.arrived();
        total.dispatched(waited);
        counters(message).group().dispatched(waited);
        counters(message).tenant().dispatched(waited);
    }

    /** A message ended that was admitted. */
    void ended(SimMessage message, Outcome outcome, boolean wasInFlight, long now) {
        add(wasInFlight ? Fate.IN_FLIGHT : Fate.QUEUED, message, -1);
        add(fate(outcome), message, 1);
        pendingMessages -= message.group.messages();
        pendingBytes -= message.group.bytes();
        if (message.peer.pending.remove(message)) {
            message.peer.pendingMessages -= message.group.messages();
            message.peer.pendingBytes -= message.group.bytes();
        }
        if (outcome == Outcome.COMPLETED) {
            answered(message, now);
        }
    }

    /** Why a message left the queue that ended; called after {@link #ended}. */
    void abandoned(SimMessage message, Outcome outcome, String reason) {
        reason(fate(outcome), reason, message);
    }

    private static Fate fate(Outcome outcome) {
        return switch (outcome) {
            case COMPLETED -> Fate.COMPLETED;
            case FAILED -> Fate.FAILED;
            case CANCELLED -> Fate.CANCELLED;
            case EXPIRED -> Fate.EXPIRED;
            case EVICTED -> Fate.EVICTED;
        };
    }

    private void answered(SimMessage message, long now) {
        long taken = now - message.arrived();
        Counters counters = counters(message);
        total.answered(taken, message.service());
        counters.group().answered(taken, message.service());
        counters.tenant().answered(taken, message.service());
        counters.tenantBins().answered(taken);
        counters.operationBins().answered(taken);
        recent.add(taken);
        if (now <= message.deadline() && !message.givenUp && !message.unwanted) {
            add(Fate.GOOD, message, 1);
            counters.tenantBins().inTime(message.group.messages());
            counters.operationBins().inTime(message.group.messages());
        }
    }

    /** The most messages that were pending at once in the current bin. */
    long maxInBin() {
        return maxInBin;
    }

    /** The most bytes that were pending at once in the current bin. */
    long maxBytesInBin() {
        return maxBytesInBin;
    }

    /** Begins another bin. */
    void nextBin() {
        byTenant.next();
        byOperation.next();
        recent.clear();
        maxInBin = pendingMessages;
        maxBytesInBin = pendingBytes;
    }

    boolean isEmpty() {
        return pendingMessages == 0;
    }

    long pendingBytes() {
        return pendingBytes;
    }

    Peaks peaks() {
        return new Peaks(maxMessages, maxBytes, maxOfConnection, maxBytesOfConnection, maxOfTenant, maxBytesOfTenant);
    }

    /** What is wrong with the books, or an empty text. */
    String check() {
        if (!total.isConserved()) {
            return "the simulation's own books do not balance";
        }
        long sum = groups.values().stream()
                .mapToLong(each -> each.messages(Fate.OFFERED))
                .sum();
        boolean adds = sum == total.messages(Fate.OFFERED)
                && groups.values().stream().allMatch(MessageCounters::isConserved)
                && tenants.values().stream().allMatch(MessageCounters::isConserved)
                && pendingMessages == pending(total);
        return adds ? "" : "the books of groups and tenants do not add up";
    }
}
