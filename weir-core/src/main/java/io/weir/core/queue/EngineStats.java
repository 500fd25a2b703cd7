package io.weir.core.queue;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.core.ConnectionPending;
import io.weir.core.GlobalStats;
import io.weir.core.Survey;
import io.weir.core.TenantBreakdown;
import io.weir.core.admission.Admission;
import io.weir.core.config.WeirConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Snapshots of an admission and its queues: what {@code weir-metrics} makes metrics of. Thread-safe; takes time in
 * proportion to the number of connections, and no lock that a decision on a known connection waits for but that of a
 * queue, briefly.
 */
public final class EngineStats {
    private final Admission admission;
    private final Supplier<List<UpstreamQueue>> queues;
    private final LongSupplier clock;

    /** What each reader has not been given yet, by queue. */
    @GuardedBy("this")
    private final Map<DurationReader, Map<String, QueueDurations>> counted = new LinkedHashMap<>();

    /**
     * Of that admission and those queues.
     *
     * @param queues all that there are now
     * @param clock the one that the queues are offered messages by
     */
    public EngineStats(Admission admission, Supplier<List<UpstreamQueue>> queues, LongSupplier clock) {
        this.admission = admission;
        this.queues = queues;
        this.clock = clock;
    }

    /** The configuration in force. */
    public WeirConfig config() {
        return admission.config();
    }

    /** The process. */
    public GlobalStats global() {
        return admission.globalStats();
    }

    /**
     * Tenants, as far as they are told apart.
     *
     * @param most how many of them, 0 to 1,000
     */
    public TenantBreakdown tenants(int most) {
        return admission.tenantBreakdown(most);
    }

    /**
     * The process, all tenants and the fullest connections, at the cost of one pass over the connections.
     *
     * @param most how many connections at most
     */
    public Survey survey(int most) {
        return admission.survey(most);
    }

    /**
     * Connections.
     *
     * @param top how many of those with the most pending messages to name
     */
    public ConnectionPending connections(int top) {
        return admission.connectionPending(top);
    }

    /** Each queue. */
    public List<QueueStats> queues() {
        long now = clock.getAsLong();
        return queues.get().stream().map(queue -> queue.stats(now)).toList();
    }

    /**
     * Another reader of how long messages take. The first gets all that is counted: from when the queues were told to
     * count, else from its first call on. Each other gets what is counted from now on.
     */
    public synchronized DurationReader durationReader() {
        if (!counted.isEmpty()) {
            distribute();
        }
        DurationReader reader = new DurationReader();
        counted.put(reader, new LinkedHashMap<>());
        return reader;
    }

    private synchronized void distribute() {
        for (UpstreamQueue queue : queues.get()) {
            QueueDurations taken = queue.takeDurations();
            for (Map<String, QueueDurations> own : counted.values()) {
                own.computeIfAbsent(queue.name(), name -> new QueueDurations()).add(taken);
            }
        }
    }

    private synchronized Map<String, QueueDurations> take(DurationReader reader) {
        distribute();
        return Objects.requireNonNull(counted.put(reader, new LinkedHashMap<>()));
    }

    /** Gets each duration once, whatever other readers do. Thread-safe. */
    public final class DurationReader {
        private DurationReader() {}

        /** How long messages took since the last call, by the name of the queue; each queue is there. */
        public Map<String, QueueDurations> take() {
            return EngineStats.this.take(this);
        }
    }
}
