package io.weir.sim.run;

import io.weir.core.Count;
import io.weir.sim.engine.Samples;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What became of messages, counted beside the core, not by it. Not thread-safe. */
public final class MessageCounters {
    /** What can become of a message; one may have several of these. */
    public enum Fate {
        /** Offered to the gate, each retry anew. */
        OFFERED,
        REFUSED,
        DROPPED,
        DISCONNECTED,
        SHED,
        ADMITTED,
        QUEUED,
        IN_FLIGHT,
        COMPLETED,
        FAILED,
        EXPIRED,
        CANCELLED,
        EVICTED,
        /** Completed within the deadline, for a client that still wanted it. */
        GOOD,
        /** Offered again after a refusal, when the refusal said. */
        RETRIED,
        /** Of those, let in. */
        RETRIED_ADMITTED,
        /** Not read for the time being; offered later. */
        PAUSED
    }

    private static final List<Fate> REJECTED = List.of(Fate.REFUSED, Fate.DROPPED, Fate.DISCONNECTED, Fate.SHED);

    private final long[] messages = new long[Fate.values().length];
    private final long[] bytes = new long[Fate.values().length];
    private final Map<Fate, SortedMap<String, Long>> byReason = new EnumMap<>(Fate.class);
    private final Samples latency = new Samples();
    private final Samples wait = new Samples();
    private final Samples delay = new Samples();

    @SuppressWarnings("EnumOrdinal") // an index that never leaves this class
    void add(Fate fate, SimMessage message, int sign) {
        messages[fate.ordinal()] += (long) sign * message.group.messages();
        bytes[fate.ordinal()] += sign * message.group.bytes();
    }

    void reason(Fate fate, String reason, SimMessage message) {
        byReason.computeIfAbsent(fate, unknown -> new TreeMap<>())
                .merge(reason, (long) message.group.messages(), Long::sum);
    }

    void dispatched(long waited) {
        wait.add(waited);
    }

    void answered(long taken, long service) {
        latency.add(taken);
        delay.add(Math.max(0, taken - service));
    }

    /** How many messages, and how many bytes. */
    @SuppressWarnings("EnumOrdinal")
    public Count count(Fate fate) {
        return new Count(messages[fate.ordinal()], bytes[fate.ordinal()]);
    }

    /** How many messages. */
    @SuppressWarnings("EnumOrdinal")
    public long messages(Fate fate) {
        return messages[fate.ordinal()];
    }

    /** Messages that were not let in, by the reason given. */
    public SortedMap<String, Long> byReason() {
        SortedMap<String, Long> all = new TreeMap<>();
        for (Fate fate : REJECTED) {
            byReason(fate).forEach((reason, count) -> all.merge(reason, count, Long::sum));
        }
        return all;
    }

    /** Messages that had a fate, by the reason given; empty for a fate that needs no reason. */
    public SortedMap<String, Long> byReason(Fate fate) {
        return new TreeMap<>(byReason.getOrDefault(fate, new TreeMap<>()));
    }

    /** Nanoseconds from a message's first offering to its answer. */
    public Samples latency() {
        return latency;
    }

    /** Nanoseconds from a message's first offering to its dispatch. */
    public Samples waits() {
        return wait;
    }

    /**
     * Nanoseconds from a message's first offering to its answer, less what the work itself takes: the wait in both
     * queues.
     */
    public Samples delays() {
        return delay;
    }

    /** Messages that were not let in. */
    public long rejected() {
        return messages(Fate.REFUSED) + messages(Fate.DROPPED) + messages(Fate.DISCONNECTED) + messages(Fate.SHED);
    }

    /** Whether everything that was offered is accounted for, in messages and in bytes. */
    public boolean isConserved() {
        Count away = count(Fate.REFUSED)
                .plus(count(Fate.DROPPED))
                .plus(count(Fate.DISCONNECTED))
                .plus(count(Fate.SHED));
        Count inside = count(Fate.QUEUED)
                .plus(count(Fate.IN_FLIGHT))
                .plus(count(Fate.COMPLETED))
                .plus(count(Fate.FAILED))
                .plus(count(Fate.EXPIRED))
                .plus(count(Fate.CANCELLED))
                .plus(count(Fate.EVICTED));
        return count(Fate.OFFERED).equals(away.plus(count(Fate.ADMITTED)))
                && count(Fate.ADMITTED).equals(inside);
    }
}
