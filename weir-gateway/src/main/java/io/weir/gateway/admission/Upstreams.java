package io.weir.gateway.admission;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.config.UpstreamConfig;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.queue.DecisionLog;
import io.weir.core.queue.DirectReservations;
import io.weir.core.queue.QueueStats;
import io.weir.core.queue.UpstreamListener;
import io.weir.core.queue.UpstreamQueue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/*
 * Whoever has an upstream may offer to it, also when it was removed meanwhile: its queues work until they hold nothing
 * and everyone has seen that it is gone. They have other names by then, so that those of a successor's can be the usual
 * ones.
 */

/** The queues of all upstreams. Thread-safe. */
public final class Upstreams {
    /** Separates the name of an upstream from the number of its removal; no name holds it. */
    private static final char REMOVED = '~';

    private final Admission admission;
    private final UpstreamListener listener;
    private final @Nullable DecisionLog decisionLog;
    private final DirectReservations holds;
    private final UntriedUpstreams untried = new UntriedUpstreams();
    private volatile Map<String, Upstream> byName = Map.of();
    private volatile List<UpstreamQueue> queues = List.of();
    private volatile List<UpstreamQueue> withRemoved = List.of();

    @GuardedBy("this")
    private final List<Upstream> removed = new ArrayList<>();

    @GuardedBy("this")
    private long removals;

    /**
     * Queues for those upstreams.
     *
     * @param decisionLog writes down what they decide, or null
     * @param now nanoseconds of the monotonic clock
     */
    public Upstreams(
            List<UpstreamConfig> upstreams,
            Admission admission,
            UpstreamListener listener,
            @Nullable DecisionLog decisionLog,
            long now) {
        this.admission = admission;
        this.listener = listener;
        this.decisionLog = decisionLog;
        this.holds = new DirectReservations(admission, decisionLog);
        update(upstreams, now);
    }

    /**
     * Has these upstreams from now on. Of one that was there before and {@linkplain UpstreamConfig#canBecome can
     * become} what is configured, the times to live, priorities and weights are replaced; what was offered before keeps
     * those of then. Others are new.
     *
     * @return those that are no more, or in whose place a new one of the same name is now: they keep what they hold
     */
    public synchronized List<Upstream> update(List<UpstreamConfig> configured, long now) {
        Map<String, Upstream> before = byName;
        Map<String, Upstream> after = new LinkedHashMap<>();
        List<Upstream> gone = new ArrayList<>(before.values());
        for (UpstreamConfig each : configured) {
            Upstream known = before.get(each.name());
            if (known != null && known.canBecome(each)) {
                known.become(each);
                gone.remove(known);
            }
        }
        gone.forEach(each -> rename(each, now));
        for (UpstreamConfig each : configured) {
            Upstream known = before.get(each.name());
            after.put(each.name(), known == null || gone.contains(known) ? made(each, now) : known);
        }
        removed.addAll(gone);
        byName = after;
        list();
        return gone;
    }

    private Upstream made(UpstreamConfig upstream, long now) {
        return new Upstream(
                upstream,
                new UpstreamQueues(
                        upstream,
                        (name, policy) -> new UpstreamQueue(name, admission, policy, listener, decisionLog, now)));
    }

    @GuardedBy("this")
    private void rename(Upstream gone, long now) {
        String name = gone.name() + REMOVED + ++removals;
        gone.all()
                .forEach(queue ->
                        queue.rename(name + queue.name().substring(gone.name().length()), now));
        untried.forget(gone.name());
    }

    @GuardedBy("this")
    private void list() {
        List<UpstreamQueue> all = new ArrayList<>();
        byName.values().forEach(each -> all.addAll(each.all()));
        queues = List.copyOf(all);
        removed.forEach(each -> all.addAll(each.all()));
        withRemoved = List.copyOf(all);
    }

    /**
     * Forgets an upstream that {@link #update} has removed, if its queues hold nothing. To be called when nothing more
     * is offered to it.
     *
     * @return false if they hold something, and it stays
     */
    public synchronized boolean forget(Upstream gone, long now) {
        boolean empty = true;
        for (UpstreamQueue queue : gone.all()) {
            empty &= queue.remove(now);
        }
        if (empty && removed.remove(gone)) {
            list();
        }
        return empty;
    }

    /** Whether the queues of an upstream hold nothing. */
    public static boolean isEmpty(Upstream upstream, long now) {
        return upstream.all().stream()
                .map(queue -> queue.stats(now))
                .allMatch(queue -> queue.queued() + queue.inFlight() + queue.abandoned() == 0);
    }

    /** The upstream that has that name now; null if none has. */
    public @Nullable Upstream find(String name) {
        return byName.get(name);
    }

    /** For what waits in no queue. */
    DirectReservations directReservations() {
        return holds;
    }

    /** Lets time pass; to be called every 10 to 50 ms. */
    public void tick(long now) {
        for (UpstreamQueue queue : withRemoved) {
            queue.tick(now);
        }
    }

    /** Abandons all that waits; what comes after is refused. The admission must have been closed before. */
    public void close(long now) {
        for (UpstreamQueue queue : withRemoved) {
            queue.close(now);
        }
    }

    /** Whether an upstream is sent messages, as its own circuit has it. */
    public enum State {
        /** The circuit is closed. */
        IN_ORDER,
        /** It is open. */
        LEFT_ALONE,
        /** It is half open: the upstream gets few messages until it is known to answer. */
        TRIED,
        /** It is half open, and stays so until a message comes. */
        UNTRIED
    }

    /** The state of an upstream, as far as messages have shown it; of one that was removed, that it is left alone. */
    public State state(String upstream, long now) {
        Upstream found = find(upstream);
        if (found == null) {
            return State.LEFT_ALONE;
        }
        QueueStats queue = found.all().get(0).stats(now);
        boolean needsCall = untried.needsCall(queue, now);
        return switch (queue.circuit()) {
            case CLOSED -> State.IN_ORDER;
            case OPEN -> State.LEFT_ALONE;
            case HALF_OPEN -> needsCall ? State.UNTRIED : State.TRIED;
        };
    }

    /** The queues of the upstreams that there are, without those that were removed and still hold something. */
    public List<UpstreamQueue> queues() {
        return queues;
    }

    /**
     * Snapshots of one upstream's queues: its own first, then those of its methods and tools; none if there is no such
     * upstream.
     */
    public List<QueueStats> stats(String upstream, long now) {
        Upstream found = find(upstream);
        return found == null
                ? List.of()
                : found.all().stream().map(queue -> queue.stats(now)).toList();
    }

    /**
     * Throws out all that waits of a connection, in every queue, and lets its counters start again from what is in
     * flight. Each request that waited is answered.
     *
     * @return how many requests and other bodies that waited were thrown out
     */
    public int reset(Connection connection, long now) {
        return withRemoved.stream()
                .mapToInt(queue -> queue.reset(connection, now))
                .sum();
    }

    /**
     * A snapshot of each queue: an upstream's own first, then those of its methods and tools; last those of removed
     * upstreams.
     */
    public List<QueueStats> stats(long now) {
        return withRemoved.stream().map(queue -> queue.stats(now)).toList();
    }
}
