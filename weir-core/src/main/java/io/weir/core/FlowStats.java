package io.weir.core;

import java.util.List;
import java.util.Map;

/**
 * What became of the messages offered. Exact whenever no operation is under way: {@code offered = refused + dropped +
 * disconnected + shed + admitted} and {@code admitted = queued + inFlight + completed + failed + expired + cancelled +
 * evicted}, for messages and for bytes.
 *
 * @param offered all that was offered, control lane included
 * @param refused rejected with an answer
 * @param dropped rejected and thrown away
 * @param disconnected rejected with the connection closed
 * @param shed rejected for its priority, its likely wait, or because the upstream is out of order
 * @param admitted all that was admitted, control lane included
 * @param queued admitted and waiting for the upstream's capacity
 * @param inFlight given to the upstream and not finished
 * @param completed finished with an answer of the upstream
 * @param failed finished without one
 * @param expired whose time to live passed while queued
 * @param cancelled given up by the client
 * @param evicted thrown out of the queue
 * @param byReason the messages rejected, by why; reasons that never spoke are absent
 * @param rejections the same by action, reason and scope; combinations that never occurred are absent
 */
public record FlowStats(
        Count offered,
        Count refused,
        Count dropped,
        Count disconnected,
        Count shed,
        Count admitted,
        Count queued,
        Count inFlight,
        Count completed,
        Count failed,
        Count expired,
        Count cancelled,
        Count evicted,
        Map<Reason, Count> byReason,
        List<RejectionCount> rejections) {}
