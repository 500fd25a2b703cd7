package io.weir.gateway.admission;

import io.weir.config.UpstreamConfig;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.queue.DecisionLog;
import io.weir.core.queue.DirectReservations;
import io.weir.core.queue.QueueStats;
import io.weir.core.queue.UpstreamListener;
import io.weir.core.queue.UpstreamQueue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The queues of all upstreams. Thread-safe. */
public final class Upstreams {
    private volatile Map<String, UpstreamQueues> byName;
    private final List<UpstreamQueue> queues = new ArrayList<>();
    private final DirectReservations holds;
    private final UntriedUpstreams untried = new UntriedUpstreams();

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
        this.holds = new DirectReservations(admission, decisionLog);
        Map<String, UpstreamQueues> all = new HashMap<>();
        for (UpstreamConfig upstream : upstreams) {
            UpstreamQueues made = new UpstreamQueues(
                    upstream, (name, policy) -> new UpstreamQueue(name, admission, policy, listener, decisionLog, now));
            all.put(upstream.name(), made);
            queues.addAll(made.all());
        }
        byName = all;
    }

    /**
     * Replaces times to live, priorities and weights, of all upstreams in one step; what was offered before keeps those of then.
     *
     * @param others the same upstreams, with the same queues
     */
    public void update(List<UpstreamConfig> others) {
        Map<String, UpstreamQueues> all = new HashMap<>();
        others.forEach(other -> all.put(other.name(), of(other.name()).with(other)));
        byName = all;
    }

    UpstreamQueues of(String upstream) {
        return Objects.requireNonNull(byName.get(upstream));
    }

    /** For what waits in no queue. */
    DirectReservations directReservations() {
        return holds;
    }

    /** Lets time pass; to be called every 10 to 50 ms. */
    public void tick(long now) {
        for (UpstreamQueue queue : queues) {
            queue.tick(now);
        }
    }

    /** Abandons all that waits; what comes after is refused. The admission must have been closed before. */
    public void close(long now) {
        for (UpstreamQueue queue : queues) {
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

    /** The state of an upstream, as far as messages have shown it. */
    public State state(String upstream, long now) {
        QueueStats queue = of(upstream).all().get(0).stats(now);
        boolean needsCall = untried.needsCall(queue, now);
        return switch (queue.circuit()) {
            case CLOSED -> State.IN_ORDER;
            case OPEN -> State.LEFT_ALONE;
            case HALF_OPEN -> needsCall ? State.UNTRIED : State.TRIED;
        };
    }

    /** All queues, in the order of {@link #stats}. */
    public List<UpstreamQueue> queues() {
        return List.copyOf(queues);
    }

    /** Snapshots of one upstream's queues: its own first, then those of its methods and tools. */
    public List<QueueStats> stats(String upstream, long now) {
        return of(upstream).all().stream().map(queue -> queue.stats(now)).toList();
    }

    /**
     * Throws out all that waits of a connection, in every queue, and lets its counters start again from what is in flight. Each request
     * that waited is answered.
     *
     * @return how many requests and other bodies that waited were thrown out
     */
    public int reset(Connection connection, long now) {
        return queues.stream().mapToInt(queue -> queue.reset(connection, now)).sum();
    }

    /** A snapshot of each queue: an upstream's own first, then those of its methods and tools. */
    public List<QueueStats> stats(long now) {
        return queues.stream().map(queue -> queue.stats(now)).toList();
    }
}
