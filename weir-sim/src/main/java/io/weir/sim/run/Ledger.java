package io.weir.sim.run;

import io.weir.core.admission.Decision;
import io.weir.core.admission.Outcome;
import io.weir.sim.engine.Samples;
import io.weir.sim.run.Account.Fate;
import java.util.SortedMap;
import java.util.TreeMap;

/** The books of a run: everything, each group of clients, each tenant; and how much was ever pending at once. Not thread-safe. */
final class Ledger {
    final Account total = new Account();
    final SortedMap<String, Account> groups = new TreeMap<>();
    final SortedMap<String, Account> tenants = new TreeMap<>();

    /** Of what was answered since the last sample. */
    final Samples recent = new Samples();

    private long pendingMessages;
    private long pendingBytes;
    private long mostMessages;
    private long mostBytes;
    private long mostOfConnection;
    private long mostBytesOfConnection;
    private long mostOfTenant;
    private long mostBytesOfTenant;

    private void add(Fate fate, Message message, int sign) {
        total.add(fate, message, sign);
        group(message).add(fate, message, sign);
        tenant(message).add(fate, message, sign);
    }

    private Account group(Message message) {
        return groups.computeIfAbsent(message.group.name(), name -> new Account());
    }

    private Account tenant(Message message) {
        return tenants.computeIfAbsent(message.peer.tenant(), name -> new Account());
    }

    void turnedAway(Message message, Decision decision, String reason) {
        if (decision == Decision.PAUSED) {
            add(Fate.PAUSED, message, 1);
            return;
        }
        add(Fate.OFFERED, message, 1);
        add(
                switch (decision) {
                    case REFUSED -> Fate.REFUSED;
                    case DROPPED -> Fate.DROPPED;
                    case DISCONNECTED -> Fate.DISCONNECTED;
                    case SHED -> Fate.SHED;
                    case ADMITTED, PAUSED -> throw new IllegalArgumentException(decision.name());
                },
                message,
                1);
        total.reason(reason, message);
        group(message).reason(reason, message);
        tenant(message).reason(reason, message);
        if (message.attempts > 0) {
            add(Fate.RETRIED, message, 1);
        }
    }

    void admitted(Message message) {
        add(Fate.OFFERED, message, 1);
        add(Fate.ADMITTED, message, 1);
        add(Fate.QUEUED, message, 1);
        if (message.attempts > 0) {
            add(Fate.RETRIED, message, 1);
            add(Fate.RETRIED_ADMITTED, message, 1);
        }
        Peer peer = message.peer;
        peer.pending.add(message);
        peer.pendingMessages += message.group.messages();
        peer.pendingBytes += message.group.bytes();
        pendingMessages += message.group.messages();
        pendingBytes += message.group.bytes();
        mostMessages = Math.max(mostMessages, pendingMessages);
        mostBytes = Math.max(mostBytes, pendingBytes);
        mostOfConnection = Math.max(mostOfConnection, peer.pendingMessages);
        mostBytesOfConnection = Math.max(mostBytesOfConnection, peer.pendingBytes);
        Account tenant = tenant(message);
        mostOfTenant = Math.max(mostOfTenant, pending(tenant));
        mostBytesOfTenant = Math.max(
                mostBytesOfTenant,
                tenant.count(Fate.QUEUED).bytes() + tenant.count(Fate.IN_FLIGHT).bytes());
    }

    private static long pending(Account account) {
        return account.messages(Fate.QUEUED) + account.messages(Fate.IN_FLIGHT);
    }

    void dispatched(Message message, long now) {
        add(Fate.QUEUED, message, -1);
        add(Fate.IN_FLIGHT, message, 1);
        long waited = now - message.arrived();
        total.dispatched(waited);
        group(message).dispatched(waited);
        tenant(message).dispatched(waited);
    }

    /** A message ended that was admitted. */
    void ended(Message message, Outcome outcome, boolean wasInFlight, long now) {
        add(wasInFlight ? Fate.IN_FLIGHT : Fate.QUEUED, message, -1);
        add(
                switch (outcome) {
                    case COMPLETED -> Fate.COMPLETED;
                    case FAILED -> Fate.FAILED;
                    case CANCELLED -> Fate.CANCELLED;
                    case EXPIRED -> Fate.EXPIRED;
                    case EVICTED -> Fate.EVICTED;
                },
                message,
                1);
        pendingMessages -= message.group.messages();
        pendingBytes -= message.group.bytes();
        if (message.peer.pending.remove(message)) {
            message.peer.pendingMessages -= message.group.messages();
            message.peer.pendingBytes -= message.group.bytes();
        }
        if (outcome == Outcome.COMPLETED) {
            long taken = now - message.arrived();
            total.answered(taken, message.service());
            group(message).answered(taken, message.service());
            tenant(message).answered(taken, message.service());
            recent.add(taken);
            if (now <= message.deadline() && !message.givenUp && !message.unwanted) {
                add(Fate.GOOD, message, 1);
            }
        }
    }

    boolean isEmpty() {
        return pendingMessages == 0;
    }

    long pendingBytes() {
        return pendingBytes;
    }

    Peaks peaks() {
        return new Peaks(
                mostMessages, mostBytes, mostOfConnection, mostBytesOfConnection, mostOfTenant, mostBytesOfTenant);
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
                && groups.values().stream().allMatch(Account::isConserved)
                && tenants.values().stream().allMatch(Account::isConserved)
                && pendingMessages == pending(total);
        return adds ? "" : "the books of groups and tenants do not add up";
    }
}
