package io.weir.core.queue;

import io.weir.core.state.State;
import java.time.Duration;

/**
 * When an upstream is left alone, and for how long. Immutable.
 *
 * @param enabled whether it ever is
 * @param queueDelay by how much a call may be older than eight times the longest of its operation, while the upstream
 *     answers nothing
 * @param errorPercent how many of a hundred may fail; 100: any number
 * @param open how long nothing is sent at most: the pause begins with a second and doubles each time a trial fails
 * @param trial how long it must then do well, at growing load
 */
public record CircuitPolicy(boolean enabled, Duration queueDelay, int errorPercent, Duration open, Duration trial) {
    private static final Duration MAX_DURATION = Duration.ofHours(1);

    /** 200 ms, 1 %, 60 s and 30 s. */
    public static final CircuitPolicy DEFAULT =
            new CircuitPolicy(true, Duration.ofMillis(200), 1, Duration.ofSeconds(60), Duration.ofSeconds(30));

    public CircuitPolicy {
        check("queueDelay", queueDelay);
        check("open", open);
        check("trial", trial);
        if (errorPercent < 1 || errorPercent > 100) {
            throw new IllegalArgumentException("errorPercent must be from 1 to 100, but is " + errorPercent);
        }
    }

    private static void check(String name, Duration value) {
        if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(MAX_DURATION) > 0) {
            throw new IllegalArgumentException(name + " must be from 1 ms to 1 h, but is " + value);
        }
    }

    CircuitPolicy state(State state) {
        return new CircuitPolicy(
                state.flag("enabled", enabled),
                Duration.ofMillis(state.number("queue_delay_ms", queueDelay.toMillis())),
                state.number("error_percent", errorPercent),
                Duration.ofMillis(state.number("open_ms", open.toMillis())),
                Duration.ofMillis(state.number("half_open_ms", trial.toMillis())));
    }
}
