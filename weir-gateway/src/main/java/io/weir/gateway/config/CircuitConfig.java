package io.weir.gateway.config;

import java.time.Duration;

/**
 * When an upstream is left alone, and for how long.
 *
 * @param enabled whether it ever is
 * @param queueDelay by how much a call may be older than eight times the longest of its kind while nothing is answered, 1 ms to 1 h
 * @param errorPercent how many of a hundred may fail, 1 to 100; 100: any number
 * @param open how long nothing is sent at most, 1 ms to 1 h
 * @param trial how long it must then do well, 1 ms to 1 h
 */
public record CircuitConfig(boolean enabled, Duration queueDelay, int errorPercent, Duration open, Duration trial) {
    /** 200 ms, 1 %, 60 s and 30 s. */
    public static final CircuitConfig DEFAULT =
            new CircuitConfig(true, Duration.ofMillis(200), 1, Duration.ofSeconds(60), Duration.ofSeconds(30));
}
