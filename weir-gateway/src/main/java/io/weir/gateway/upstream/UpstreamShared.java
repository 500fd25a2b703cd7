package io.weir.gateway.upstream;

import io.vertx.core.Vertx;
import io.weir.gateway.admission.Upstream;
import io.weir.gateway.http.EdgeCounters;
import java.util.Map;

/** What all event loops share of one upstream. Thread-safe. */
public interface UpstreamShared {
    /** The upstream as the current event loop sees it. */
    UpstreamServer onLoop(Vertx vertx, EdgeCounters counters);

    /** Where requests to it are offered. */
    Upstream admission();

    /** How many connections or children it has now, those included that are being opened or started. */
    int open();

    /** What it has beside connections, by name. */
    default Map<String, Long> statistics() {
        return Map.of();
    }

    /** Ends what serves no request; to be called again and again once it was removed and gets no requests any more. */
    default void endIdle() {}

    /** Begins to end what belongs to the gateway and not to its event loops. To be called when those have stopped. */
    default void stop() {}

    /**
     * Waits until that has ended; to be called after {@link #stop} of all upstreams, so that they end at the same time.
     */
    default void close() {}
}
