package io.weir.core.limiter;

import io.weir.core.queue.Capacity;
import io.weir.core.queue.CircuitPolicy;
import io.weir.core.queue.QueuePolicy;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;

/**
 * Builds a {@link TaskQueue}. The concurrency is adaptive unless it is set, and there is no circuit breaker unless one
 * is asked for. Not thread-safe.
 *
 * <pre>{@code
 * TaskQueue queue = limiter.queue("search", executor).concurrency(8).build();
 * }</pre>
 */
public final class TaskQueueBuilder {
    private static final CircuitPolicy NO_CIRCUIT_BREAKER = new CircuitPolicy(
            false,
            CircuitPolicy.DEFAULT.queueDelay(),
            CircuitPolicy.DEFAULT.errorPercent(),
            CircuitPolicy.DEFAULT.open(),
            CircuitPolicy.DEFAULT.trial());

    private final Limiter limiter;
    private final String server;
    private final Executor executor;
    private QueuePolicy policy = QueuePolicy.DEFAULT.withCircuit(NO_CIRCUIT_BREAKER);

    TaskQueueBuilder(Limiter limiter, String server, Executor executor) {
        this.limiter = limiter;
        this.server = Objects.requireNonNull(server, "server");
        this.executor = Objects.requireNonNull(executor, "executor");
    }

    /**
     * Always that many messages may be in flight, 1 to 1,000,000.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public TaskQueueBuilder concurrency(int messages) {
        policy = policy.withCapacity(Capacity.fixed(messages));
        return this;
    }

    /**
     * How many messages may be in flight is found from the measured throughput: at most that many, 1 to 1,000,000. The
     * default is at most 1,000.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public TaskQueueBuilder adaptiveConcurrency(int max) {
        policy = policy.withCapacity(Capacity.adaptive(max));
        return this;
    }

    /**
     * Opens a circuit breaker while the server fails or answers nothing: then tasks are rejected, reason
     * {@link io.weir.core.Reason#CIRCUIT_OPEN}. Tasks that throw count as failures.
     *
     * @param errorPercent from how many failures in a hundred on, 1 to 100
     * @param open how long the longest pause is, 1 ms to 1 h
     * @throws IllegalArgumentException if a value is out of range
     */
    public TaskQueueBuilder circuitBreaker(int errorPercent, Duration open) {
        policy = policy.withCircuit(new CircuitPolicy(
                true, CircuitPolicy.DEFAULT.queueDelay(), errorPercent, open, CircuitPolicy.DEFAULT.trial()));
        return this;
    }

    /** The queue. @throws IllegalStateException if the limiter is closed */
    public TaskQueue build() {
        TaskQueue queue = new TaskQueue(limiter, server, executor, policy);
        limiter.timer().add(queue);
        return queue;
    }
}
