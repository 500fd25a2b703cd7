package io.weir.config;

import io.weir.core.Priority;
import io.weir.core.queue.Capacity;
import java.time.Duration;
import java.util.Optional;

/**
 * How the messages of one method, or the calls of one tool, differ from the others of their upstream. Immutable.
 *
 * @param capacity its own; with one it is queued in a queue of its own
 * @param ttl how long its messages may be queued, 1 ms to 1 h
 * @param priority call, list or background
 * @param weight how large a share they are due, 1 to 100
 */
public record OperationConfig(
        Optional<Capacity> capacity, Optional<Duration> ttl, Optional<Priority> priority, Optional<Integer> weight) {
    /** Nothing is different. */
    public static final OperationConfig NONE =
            new OperationConfig(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /**
     * These settings; those that are not set are taken from {@code base}. The capacity is not: queues are not
     * inherited.
     */
    public OperationConfig over(OperationConfig base) {
        return new OperationConfig(capacity, ttl.or(base::ttl), priority.or(base::priority), weight.or(base::weight));
    }

    OperationConfig withCapacity(Optional<Capacity> other) {
        return new OperationConfig(other, ttl, priority, weight);
    }
}
