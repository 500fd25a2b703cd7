package io.weir.core.queue;

import io.weir.core.ConnectionPending;
import io.weir.core.GlobalStats;
import io.weir.core.TenantBreakdown;
import io.weir.core.admission.Admission;
import io.weir.core.config.WeirConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
     * How long messages took since the last call, by the name of the queue. They are counted from the first call on, so one
     * caller alone may ask.
     */
    public Map<String, QueueDurations> takeDurations() {
        Map<String, QueueDurations> taken = new LinkedHashMap<>();
        queues.get().forEach(queue -> taken.put(queue.name(), queue.takeDurations()));
        return taken;
    }
}
