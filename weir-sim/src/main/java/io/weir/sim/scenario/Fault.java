package io.weir.sim.scenario;

import java.util.Map;

/**
 * Something that is done to Weir while it runs.
 *
 * @param at nanoseconds from the beginning
 * @param kind what
 * @param clients the group that it is done to; empty for all
 * @param settings of {@link Kind#UPDATE}: values by {@code section.key}
 */
public record Fault(long at, Kind kind, String clients, Map<String, String> settings) {
    /** What can be done. */
    public enum Kind {
        /** The connections' queues are drained: every message that waits is answered. */
        RESET,
        /** The connections break and are made anew. */
        DISCONNECT,
        /** Values of the configuration are replaced. */
        UPDATE,
        /** Weir closes: nothing is admitted any more. */
        CLOSE
    }

    /** A copy that is guaranteed not to change. */
    public Fault {
        settings = Map.copyOf(settings);
    }
}
