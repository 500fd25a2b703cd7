package io.weir.config;

import io.weir.core.Priority;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.CircuitPolicy;
import io.weir.core.queue.QueuePolicy;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How messages are queued for one upstream. Immutable.
 *
 * @param policy the queue's capacity, circuit breaker and treatment of abandoned calls
 * @param ttl how long a message may be queued, 1 ms to 1 h
 * @param priority of every message that is not on the control lane; without one it follows from the method
 * @param tenantWeights how large a share a tenant is due, 1 to 100; a tenant that is not named has 1
 * @param methods what is different for a method, by its name
 * @param tools what is different for the calls of a tool, by its name; goes before its method's
 */
public record QueueConfig(
        QueuePolicy policy,
        Duration ttl,
        Optional<Priority> priority,
        Map<String, Integer> tenantWeights,
        Map<String, OperationConfig> methods,
        Map<String, OperationConfig> tools) {
    /** {@link QueuePolicy#DEFAULT}, 30 s, priorities by method. */
    public static final QueueConfig DEFAULT = new QueueConfig(
            QueuePolicy.DEFAULT, Duration.ofSeconds(30), Optional.empty(), Map.of(), Map.of(), Map.of());

    /** A copy that is guaranteed not to change. */
    public QueueConfig {
        tenantWeights = Map.copyOf(tenantWeights);
        methods = Map.copyOf(methods);
        tools = Map.copyOf(tools);
    }

    /** These settings with another capacity. */
    public QueueConfig withCapacity(Capacity other) {
        return new QueueConfig(policy.withCapacity(other), ttl, priority, tenantWeights, methods, tools);
    }

    /** These settings with another time to live. */
    public QueueConfig withTtl(Duration other) {
        return new QueueConfig(policy, other, priority, tenantWeights, methods, tools);
    }

    /** These settings with another circuit breaker. */
    public QueueConfig withCircuit(CircuitPolicy other) {
        return new QueueConfig(policy.withCircuit(other), ttl, priority, tenantWeights, methods, tools);
    }

    /** These settings with other methods and tools that differ. */
    public QueueConfig withOperations(
            Map<String, OperationConfig> otherMethods, Map<String, OperationConfig> otherTools) {
        return new QueueConfig(policy, ttl, priority, tenantWeights, otherMethods, otherTools);
    }

    /**
     * These settings, with those parts of others that can change while a gateway runs: all but the policy, and which
     * methods and tools have a queue of their own.
     */
    QueueConfig withLive(QueueConfig other) {
        return new QueueConfig(
                policy,
                other.ttl,
                other.priority,
                other.tenantWeights,
                withQueues(methods, other.methods),
                withQueues(tools, other.tools));
    }

    /** The other settings, with these queues. */
    private static Map<String, OperationConfig> withQueues(
            Map<String, OperationConfig> own, Map<String, OperationConfig> others) {
        Map<String, OperationConfig> all = new HashMap<>();
        others.forEach((name, other) -> all.put(
                name,
                other.withCapacity(own.getOrDefault(name, OperationConfig.NONE).capacity())));
        own.forEach((name, each) -> {
            if (each.capacity().isPresent()) {
                all.putIfAbsent(name, OperationConfig.NONE.withCapacity(each.capacity()));
            }
        });
        return all;
    }
}
