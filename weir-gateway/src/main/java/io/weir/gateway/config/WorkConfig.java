package io.weir.gateway.config;

import java.time.Duration;
import java.util.Optional;

/**
 * How the messages of one method, or the calls of one tool, differ from the others of their upstream.
 *
 * @param capacity its own; with one it waits in a queue of its own
 * @param ttl how long they may wait
 * @param priority {@code call}, {@code list} or {@code background}
 * @param weight how large a share they are due, 1 to 100
 */
public record WorkConfig(
        Optional<CapacityConfig> capacity,
        Optional<Duration> ttl,
        Optional<String> priority,
        Optional<Integer> weight) {
    /** As all others. */
    public static final WorkConfig NONE =
            new WorkConfig(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
}
