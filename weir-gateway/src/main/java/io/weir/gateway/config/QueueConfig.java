package io.weir.gateway.config;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * How messages wait for one upstream.
 *
 * @param capacity how many it may have in flight
 * @param ttl how long a message may wait, 1 ms to 1 h
 * @param priority that of everything that is not of the control lane; without one it goes by the method
 * @param circuit when it is left alone
 * @param abandonedHold how long the slot of a call that was given up is held, from its dispatch, while it is not known how long such
 *     calls take; up to 1 h
 * @param tenantWeights how large a share a tenant is due, 1 to 100; a tenant that is not named has 1
 * @param methods what is different for a method, by its name
 * @param tools what is different for the calls of a tool, by its name; goes before its method's
 */
public record QueueConfig(
        CapacityConfig capacity,
        Duration ttl,
        Optional<String> priority,
        CircuitConfig circuit,
        Duration abandonedHold,
        Map<String, Integer> tenantWeights,
        Map<String, WorkConfig> methods,
        Map<String, WorkConfig> tools) {
    /** Adaptive capacity, 30 s, priorities by method, the circuit breaker on. */
    public static final QueueConfig DEFAULT = new QueueConfig(
            CapacityConfig.ADAPTIVE,
            Duration.ofSeconds(30),
            Optional.empty(),
            CircuitConfig.DEFAULT,
            Duration.ofSeconds(30),
            Map.of(),
            Map.of(),
            Map.of());

    /** These settings with another capacity. */
    public QueueConfig withCapacity(CapacityConfig other) {
        return new QueueConfig(other, ttl, priority, circuit, abandonedHold, tenantWeights, methods, tools);
    }

    /** These settings with another time to live. */
    public QueueConfig withTtl(Duration other) {
        return new QueueConfig(capacity, other, priority, circuit, abandonedHold, tenantWeights, methods, tools);
    }

    /** These settings with another circuit breaker. */
    public QueueConfig withCircuit(CircuitConfig other) {
        return new QueueConfig(capacity, ttl, priority, other, abandonedHold, tenantWeights, methods, tools);
    }

    /** These settings with other weights of tenants. */
    public QueueConfig withTenantWeights(Map<String, Integer> other) {
        return new QueueConfig(capacity, ttl, priority, circuit, abandonedHold, Map.copyOf(other), methods, tools);
    }

    /** These settings with other methods and tools that differ. */
    public QueueConfig withWorks(Map<String, WorkConfig> otherMethods, Map<String, WorkConfig> otherTools) {
        return new QueueConfig(
                capacity,
                ttl,
                priority,
                circuit,
                abandonedHold,
                tenantWeights,
                Map.copyOf(otherMethods),
                Map.copyOf(otherTools));
    }
}
