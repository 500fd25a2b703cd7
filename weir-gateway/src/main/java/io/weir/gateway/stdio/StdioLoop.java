package io.weir.gateway.stdio;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.weir.gateway.child.ChildRuntime;
import io.weir.gateway.jsonrpc.EnvelopeReader;

/**
 * What requests to children need of their event loop.
 *
 * @param lines what long messages take on their way to clients
 * @param reader reads bodies
 */
record StdioLoop(Vertx vertx, Context context, ChildRuntime.Memory lines, EnvelopeReader reader) {
    /** Runs on the event loop, later. May be called from any thread. */
    void run(Runnable work) {
        context.runOnContext(ignored -> work.run());
    }

    /** Runs on the event loop after a while. */
    void later(long millis, Runnable work) {
        vertx.setTimer(millis, timer -> work.run());
    }
}
