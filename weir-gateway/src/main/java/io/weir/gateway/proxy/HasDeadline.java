package io.weir.gateway.proxy;

import io.weir.config.EdgeConfig;
import io.weir.gateway.upstream.UpstreamServer;

/** Something that must end by a time. Confined to its event loop. */
interface HasDeadline extends Abortable {
    /** When a stream ends that opens now: at its maximum age, or that of its client's connection. */
    static long ofStream(EdgeConfig edge, ClientResponse response, long now) {
        long end = now + edge.streamMaxAge().toNanos();
        long connectionEnd = response.connectionEnd();
        return connectionEnd - end < 0 ? connectionEnd : end;
    }

    /** By when, in nanoseconds of the monotonic clock. */
    long deadline();

    /** Ends it because its time has passed. */
    void timeOut(long now);

    /** What has no answer of its own for a shutdown ends as if its time had passed. */
    @Override
    default void abort(long now) {
        timeOut(now);
    }

    /** Whether it is a stream of that upstream, which has no end of its own. */
    default boolean isStreamOf(UpstreamServer upstream) {
        return false;
    }

    /** Whether a shutdown waits for it. */
    default boolean holdsShutdown() {
        return false;
    }
}
