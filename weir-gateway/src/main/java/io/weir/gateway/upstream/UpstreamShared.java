package io.weir.gateway.upstream;

import io.vertx.core.Vertx;
import io.weir.gateway.http.EdgeCounters;
import java.util.Map;

/** What all event loops share of one upstream. Thread-safe. */
public interface UpstreamShared {
    /** The upstream as the current event loop sees it. */
    UpstreamServer onLoop(Vertx vertx, EdgeCounters counters);

    /** How many connections or children it has now, those included that are being opened or started. */
    int open();

    /** What it has beside connections, by name. */
    default Map<String, Long> statistics() {
        return Map.of();
    }

    /** Begins to end what belongs to the gateway and not to its event loops. To be called when those have stopped. */
    default void stop() {}

    /** Waits until that has ended; to be called after {@link #stop} of all upstreams, so that they end at the same time. */
    default void close() {}
}
