package io.weir.core.queue;

/**
 * How the queue in front of one upstream behaves. Immutable.
 *
 * @param capacity how many messages the upstream may have in flight
 * @param circuit when it is left alone
 */
public record QueuePolicy(Capacity capacity, CircuitPolicy circuit) {
    /** Finds the capacity by measuring, up to 1,000; the circuit breaker as {@link CircuitPolicy#DEFAULT}. */
    public static final QueuePolicy DEFAULT = new QueuePolicy(Capacity.adaptive(1000), CircuitPolicy.DEFAULT);

    /** This policy with another capacity. */
    public QueuePolicy withCapacity(Capacity other) {
        return new QueuePolicy(other, circuit);
    }

    /** This policy with another circuit breaker. */
    public QueuePolicy withCircuit(CircuitPolicy other) {
        return new QueuePolicy(capacity, other);
    }
}
