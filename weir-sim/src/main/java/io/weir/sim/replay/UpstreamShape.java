package io.weir.sim.replay;

/**
 * How an upstream works on several messages at once, as far as a log shows it.
 *
 * @param kind how messages share the upstream
 * @param servers how many messages it works on at full speed; without meaning for {@link Kind#UNLIMITED}
 * @param support how far the log supports this
 * @param minInFlight the least load that was seen: a tenth of the messages were dispatched beside at most so many
 *     others
 * @param maxInFlight the most messages that were ever in flight at once
 */
public record UpstreamShape(Kind kind, int servers, Support support, long minInFlight, long maxInFlight) {
    /** How messages share an upstream. */
    public enum Kind {
        /** Every message takes its own time, however many are in flight. */
        UNLIMITED,
        /** Each server works on one message; the others wait in the upstream, first in, first out. */
        FIFO,
        /** All messages in flight get the same part of the servers' time, and at most one server's. */
        SHARED
    }

    /** How far a log supports a shape. */
    public enum Support {
        /** The shape explains how latency changed with the load that the log shows. */
        LATENCY_BY_LOAD,
        /** The log never shows the upstream at its limit. */
        NEVER_AT_ITS_LIMIT,
        /** The load in the log hardly varies, so it does not show how latency depends on it. */
        LOAD_DOES_NOT_VARY
    }

    /** One sentence for a person: the shape, and how far answers can be trusted. */
    public String describe() {
        String range = minInFlight >= maxInFlight
                ? maxInFlight + " in flight"
                : Math.max(1, minInFlight) + " to " + maxInFlight + " in flight";
        return switch (support) {
            case NEVER_AT_ITS_LIMIT ->
                "never at its limit in this log: latency does not rise at " + range
                        + "; answers about more load are guesses";
            case LOAD_DOES_NOT_VARY ->
                servers() + (servers == 1 ? " server" : " servers")
                        + ", the fewest that explain the log; the load hardly" + " varies (" + range
                        + "), so answers about another capacity are guesses";
            case LATENCY_BY_LOAD ->
                (kind == Kind.FIFO
                                ? servers + (servers == 1 ? " server" : " servers") + ", first in, first out"
                                : "time shared by " + servers + (servers == 1 ? " core" : " cores"))
                        + ": explains the latency at " + range;
        };
    }
}
