package io.weir.gateway.edge;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.weir.gateway.proxy.LoopContext;
import io.weir.gateway.proxy.UpstreamSessionCloser;

/** Another way in for clients, beside HTTP, on one event loop. Confined to it. */
public interface Front {
    /** Makes the front of an event loop. */
    interface Maker {
        /** @param loop that event loop, with its upstreams */
        Front make(Vertx vertx, LoopContext loop, UpstreamSessionCloser closer);
    }

    /** Begins to listen; succeeds with the port that was taken. */
    Future<Integer> listen();

    /** Lets time pass; to be called a few times a second. */
    void sweep(long now);

    /** Gives clients more time, since the event loop itself was late and what has arrived waits to be read. */
    void extend(long nanos);

    /** Nothing new begins; connections that hold nothing are closed, others with their last answer. */
    void beginDrain();

    /** Closes all connections, in bounded time. */
    void stop();

    /** Whether no connection is left. */
    boolean isStopped();
}
