package io.weir.gateway.upstream;

import io.vertx.core.Vertx;
import io.weir.gateway.http.EdgeCounters;

/** What all event loops share of one upstream. Thread-safe. */
public interface UpstreamShared {
    /** The upstream as the current event loop sees it. */
    UpstreamServer onLoop(Vertx vertx, EdgeCounters counters);
}
