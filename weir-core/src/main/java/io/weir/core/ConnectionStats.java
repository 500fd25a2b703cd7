package io.weir.core;

/**
 * A snapshot of one connection. Times are nanoseconds of the monotonic clock that messages are offered by.
 *
 * @param tenant the tenant that it belongs to
 * @param key the connection's key
 * @param pending what its limits count now; control messages are not among it
 * @param control pending control messages
 * @param flow what became of the messages it offered
 * @param knownSinceNanos when it was made; one that was forgotten for idleness and came back is new
 * @param lastOfferedNanos when something was last offered
 */
public record ConnectionStats(
        String tenant,
        String key,
        Count pending,
        Count control,
        FlowStats flow,
        long knownSinceNanos,
        long lastOfferedNanos) {}
