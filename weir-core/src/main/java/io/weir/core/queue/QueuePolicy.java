package io.weir.core.queue;

import io.weir.core.state.State;
import java.time.Duration;
import java.util.Objects;

/**
 * How the queue in front of one upstream behaves. Immutable.
 *
 * @param capacity how many messages the upstream may have in flight
 * @param circuit when it is left alone
 * @param abandonedHold how long the slot of a call that was given up is held, counted from its dispatch, while nothing
 *     is known of how long its operation takes; 0 to 1 h
 */
public record QueuePolicy(Capacity capacity, CircuitPolicy circuit, Duration abandonedHold) {
    /** How long a slot is held by default: 30 s. */
    public static final Duration DEFAULT_ABANDONED_HOLD = Duration.ofSeconds(30);

    private static final Duration MAX_ABANDONED_HOLD = Duration.ofHours(1);

    /** Finds the capacity by measuring, up to 1,000; the circuit breaker as {@link CircuitPolicy#DEFAULT}. */
    public static final QueuePolicy DEFAULT = new QueuePolicy(Capacity.ADAPTIVE, CircuitPolicy.DEFAULT);

    public QueuePolicy {
        Objects.requireNonNull(capacity, "capacity");
        Objects.requireNonNull(circuit, "circuit");
        if (abandonedHold.isNegative() || abandonedHold.compareTo(MAX_ABANDONED_HOLD) > 0) {
            throw new IllegalArgumentException("abandonedHold must be from 0 to 1 h, but is " + abandonedHold);
        }
    }

    /** A policy that holds the slots of calls that were given up for {@link #DEFAULT_ABANDONED_HOLD}. */
    public QueuePolicy(Capacity capacity, CircuitPolicy circuit) {
        this(capacity, circuit, DEFAULT_ABANDONED_HOLD);
    }

    /** This policy with another capacity. */
    public QueuePolicy withCapacity(Capacity other) {
        return new QueuePolicy(other, circuit, abandonedHold);
    }

    /** This policy with another circuit breaker. */
    public QueuePolicy withCircuit(CircuitPolicy other) {
        return new QueuePolicy(capacity, other, abandonedHold);
    }

    /** This policy with another time for which slots are held. */
    public QueuePolicy withAbandonedHold(Duration other) {
        return new QueuePolicy(capacity, circuit, other);
    }

    /** Names all fields, as the decision log has them. */
    QueuePolicy state(State state) {
        CircuitPolicy[] read = new CircuitPolicy[1];
        String limit = state.text("capacity", capacity.toString());
        state.part("circuit", each -> read[0] = circuit.state(each));
        long held = state.number("abandoned_hold_ms", abandonedHold.toMillis());
        return new QueuePolicy(Capacity.parse(Objects.requireNonNull(limit)), read[0], Duration.ofMillis(held));
    }

    /** The policy that a line of a decision log names. @throws IllegalArgumentException if it names none */
    public static QueuePolicy read(State state) {
        return DEFAULT.state(state);
    }
}
