package io.weir.sim.scenario;

import io.weir.config.OperationConfig;
import io.weir.config.QueueConfig;
import io.weir.config.UpstreamConfig;
import io.weir.core.Priority;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.CircuitPolicy;
import io.weir.core.queue.QueuePolicy;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How Weir treats the messages of one upstream, in a simulation or a what-if replay: the counterpart of an upstream's
 * section in {@code weir.yaml}. Immutable.
 *
 * @param policy of the upstream's own queue
 * @param ttlNanos how long a message may wait where nothing shorter applies; Long.MAX_VALUE for as long as its client
 *     does
 * @param priority of every message, unless its operation has its own; empty to keep the message's own
 * @param tenantWeights by tenant; all others have that of their own limits
 * @param operations what is different for a method or a tool, by its name
 */
public record UpstreamSettings(
        QueuePolicy policy,
        long ttlNanos,
        Optional<Priority> priority,
        Map<String, Integer> tenantWeights,
        Map<String, Operation> operations) {
    private static final String CALLS = "tools/call";
    private static final Duration MIN_INTERVAL = Duration.ofMillis(1);

    /** One queue of adaptive capacity with a circuit breaker. */
    public static final UpstreamSettings DEFAULT = oneQueue(Capacity.ADAPTIVE, true);

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

    /** One queue for all messages, which wait for as long as their clients do. */
    public static UpstreamSettings oneQueue(Capacity capacity, boolean circuitBreaker) {
        CircuitPolicy circuit = QueuePolicy.DEFAULT.circuit();
        QueuePolicy policy = QueuePolicy.DEFAULT.withCapacity(capacity);
        return new UpstreamSettings(
                circuitBreaker
                        ? policy
                        : policy.withCircuit(new CircuitPolicy(
                                false, circuit.queueDelay(), circuit.errorPercent(), MIN_INTERVAL, MIN_INTERVAL)),
                Long.MAX_VALUE,
                Optional.empty(),
                Map.of(),
                Map.of());
    }

    /** Those of an upstream of a gateway's configuration. */
    public static UpstreamSettings of(UpstreamConfig upstream) {
        QueueConfig queue = upstream.queue();
        Map<String, Operation> operations = new LinkedHashMap<>();
        queue.methods().forEach((method, own) -> operations.put(method, operation(upstream, own)));
        OperationConfig calls = queue.methods().getOrDefault(CALLS, OperationConfig.NONE);
        queue.tools().forEach((tool, own) -> operations.put(tool, operation(upstream, own.over(calls))));
        return new UpstreamSettings(
                upstream.policy(queue.policy().capacity()),
                queue.ttl().toNanos(),
                queue.priority(),
                queue.tenantWeights(),
                operations);
    }

    private static Operation operation(UpstreamConfig upstream, OperationConfig own) {
        return new Operation(
                own.capacity().map(upstream::policy).orElse(null),
                own.ttl().map(Duration::toNanos),
                own.priority(),
                own.weight().orElse(1));
    }

    /** The upstream that a queue belongs to: queues of methods and tools are named {@code upstream/name}. */
    public static String upstreamOf(String queue) {
        int slash = queue.indexOf('/');
        return slash < 0 ? queue : queue.substring(0, slash);
    }

    private @Nullable Operation find(String operation) {
        Operation own = operations.get(operation);
        return own == null && isTool(operation) ? operations.get(CALLS) : own;
    }

    /**
     * A message is named after the tool of a call, or else after its method; names of methods that are queued have a
     * slash.
     */
    private static boolean isTool(String operation) {
        return operation.indexOf('/') < 0;
    }

    /** The operation whose queue the messages of an operation wait in; null for the upstream's own queue. */
    private @Nullable String queueOf(String operation) {
        Operation own = operations.get(operation);
        if (own != null && own.policy() != null) {
            return operation;
        }
        Operation calls = isTool(operation) ? operations.get(CALLS) : null;
        return calls != null && calls.policy() != null ? CALLS : null;
    }

    /** The name of the queue that messages of an operation wait in. */
    public String queue(String upstream, String operation) {
        String own = queueOf(operation);
        return own == null ? upstream : upstream + "/" + own;
    }

    /** The policy of the queue that messages of an operation wait in. */
    public QueuePolicy policy(String operation) {
        String name = queueOf(operation);
        Operation found = name == null ? null : operations.get(name);
        QueuePolicy own = found == null ? null : found.policy();
        return own == null ? policy : own;
    }

    /** The policies of all queues, by name. */
    public SortedMap<String, QueuePolicy> queues(String upstream) {
        SortedMap<String, QueuePolicy> queues = new TreeMap<>();
        queues.put(upstream, policy);
        operations.forEach((name, operation) -> {
            if (operation.policy() != null) {
                queues.put(upstream + "/" + name, operation.policy());
            }
        });
        return queues;
    }

    /** How long messages of an operation may wait, in nanoseconds. */
    public long ttlNanos(String operation) {
        Operation own = find(operation);
        return own == null ? ttlNanos : own.ttlNanos().orElse(ttlNanos);
    }

    /** The priority that messages of an operation are given; empty to keep their own. */
    public Optional<Priority> priority(String operation) {
        Operation own = find(operation);
        return own == null ? priority : own.priority().or(() -> priority);
    }

    /**
     * The weight of a tenant's messages of an operation.
     *
     * @param byDefault that of the tenant at upstreams that give it none of their own
     */
    public int weight(String tenant, String operation, int byDefault) {
        Operation own = find(operation);
        return tenantWeights.getOrDefault(tenant, byDefault) * (own == null ? 1 : own.weight());
    }

    /**
     * The names in these settings that no message has, for a person.
     *
     * @param where the messages are, such as "the log"
     */
    public List<String> withoutEffect(
            String upstream, String where, Collection<String> tenants, Collection<String> sent) {
        Set<String> names = new HashSet<>(sent);
        if (sent.stream().anyMatch(UpstreamSettings::isTool)) {
            names.add(CALLS);
        }
        TreeSet<String> unused = new TreeSet<>();
        for (String tenant : tenantWeights.keySet()) {
            if (!tenants.contains(tenant)) {
                unused.add(
                        "upstreams." + upstream + ".tenant_weights." + tenant + ": " + where + " has no such tenant");
            }
        }
        for (String name : operations.keySet()) {
            if (!names.contains(name)) {
                unused.add("upstreams." + upstream + ": " + where + " has no message of the method or tool '" + name
                        + "'");
            }
        }
        return List.copyOf(unused);
    }
}
