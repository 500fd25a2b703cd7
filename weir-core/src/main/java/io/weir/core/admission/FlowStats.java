package io.weir.core.admission;

import java.util.Map;

/**
 * What became of the messages offered. Exact whenever no operation is under way:
 * {@code offered = refused + dropped + disconnected + admitted} and {@code admitted = inFlight + completed + failed + cancelled}, for messages and for bytes.
 *
 * @param offered all that was offered, control lane included
 * @param refused turned away with an answer
 * @param dropped turned away and thrown away
 * @param disconnected turned away with the connection closed
 * @param admitted all that was admitted, control lane included
 * @param inFlight admitted and not finished
 * @param completed finished with an answer of the upstream
 * @param failed finished without one
 * @param cancelled given up by the client
 * @param byReason the messages turned away, by the limit that spoke; reasons that never spoke are absent
 */
public record FlowStats(
        Count offered,
        Count refused,
        Count dropped,
        Count disconnected,
        Count admitted,
        Count inFlight,
        Count completed,
        Count failed,
        Count cancelled,
        Map<Reason, Count> byReason) {}
