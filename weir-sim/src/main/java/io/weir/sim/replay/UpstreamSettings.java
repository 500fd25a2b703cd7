package io.weir.sim.replay;

import io.weir.core.Priority;
import io.weir.core.queue.QueuePolicy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How a what-if replay treats the messages of one upstream: the counterpart of an upstream's section in {@code weir.yaml}. Immutable.
 *
 * @param policy of the upstream's own queue
 * @param ttlNanos how long a message may wait where nothing shorter applies
 * @param priority of every message, unless its operation has its own; empty to keep that of the log
 * @param tenantWeights by tenant; 1 for all others
 * @param operations what is different for a method or a tool, by its name
 */
public record UpstreamSettings(
        QueuePolicy policy,
        long ttlNanos,
        Optional<Priority> priority,
        Map<String, Integer> tenantWeights,
        Map<String, Operation> operations) {
    private static final String CALLS = "tools/call";

    /**
     * What is different for the messages of a method or a tool.
     *
     * @param policy of a queue of their own, or null to wait in the upstream's
     * @param ttlNanos how long they may wait, in nanoseconds; empty for the upstream's
     * @param priority theirs; empty for the upstream's
     * @param weight multiplies that of their tenant
     */
    public record Operation(
            @Nullable QueuePolicy policy, Optional<Long> ttlNanos, Optional<Priority> priority, int weight) {}

    /** A copy that is guaranteed not to change. */
    public UpstreamSettings {
        tenantWeights = Map.copyOf(tenantWeights);
        operations = Map.copyOf(operations);
    }

    /** The upstream that a queue of a log belongs to: queues of methods and tools are named {@code upstream/name}. */
    static String upstreamOf(String queue) {
        int slash = queue.indexOf('/');
        return slash < 0 ? queue : queue.substring(0, slash);
    }

    private @Nullable Operation operation(LoggedOffer past) {
        Operation own = operations.get(past.work);
        return own == null && isTool(past) ? operations.get(CALLS) : own;
    }

    /** A log names the tool of a call, and the method of every other message; names of methods that are queued have a slash. */
    private static boolean isTool(LoggedOffer past) {
        return past.work.indexOf('/') < 0;
    }

    /** The operation whose queue a message is in; null for the upstream's own queue. */
    private @Nullable String queueOf(LoggedOffer past) {
        Operation own = operations.get(past.work);
        if (own != null && own.policy() != null) {
            return past.work;
        }
        Operation calls = isTool(past) ? operations.get(CALLS) : null;
        return calls != null && calls.policy() != null ? CALLS : null;
    }

    /** The name of the queue that a message waits in. */
    String queue(String upstream, LoggedOffer past) {
        String own = queueOf(past);
        return own == null ? upstream : upstream + "/" + own;
    }

    /** The policy of the queue that a message waits in. */
    QueuePolicy policy(LoggedOffer past) {
        String name = queueOf(past);
        Operation operation = name == null ? null : operations.get(name);
        QueuePolicy own = operation == null ? null : operation.policy();
        return own == null ? policy : own;
    }

    /**
     * How long a message may wait: what is configured, or less where its client had asked for less.
     *
     * @param configured the longest time to live in the log, which is what was configured then
     */
    long ttlNanos(LoggedOffer past, long configured) {
        Operation operation = operation(past);
        long ttl = operation == null ? ttlNanos : operation.ttlNanos().orElse(ttlNanos);
        return past.ttl < configured ? Math.min(past.ttl, ttl) : ttl;
    }

    Priority priority(LoggedOffer past) {
        Operation operation = operation(past);
        return (operation == null ? priority : operation.priority().or(() -> priority)).orElse(past.priority);
    }

    int weight(LoggedOffer past) {
        Operation operation = operation(past);
        return tenantWeights.getOrDefault(past.tenant, 1) * (operation == null ? 1 : operation.weight());
    }

    /** The names in these settings that no message of the log has, for a person. */
    List<String> withoutEffect(String upstream, List<LoggedOffer> offers) {
        TreeSet<String> unused = new TreeSet<>();
        TreeSet<String> tenants = new TreeSet<>();
        TreeSet<String> names = new TreeSet<>();
        for (LoggedOffer past : offers) {
            tenants.add(past.tenant);
            names.add(past.work);
            if (isTool(past)) {
                names.add(CALLS);
            }
        }
        for (String tenant : tenantWeights.keySet()) {
            if (!tenants.contains(tenant)) {
                unused.add("upstreams." + upstream + ".tenant_weights." + tenant + ": the log has no such tenant");
            }
        }
        for (String name : operations.keySet()) {
            if (!names.contains(name)) {
                unused.add("upstreams." + upstream + ": the log has no message of the method or tool '" + name + "'");
            }
        }
        return List.copyOf(unused);
    }
}
