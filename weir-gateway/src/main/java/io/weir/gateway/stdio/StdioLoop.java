package io.weir.gateway.stdio;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.jsonrpc.EnvelopeReader;

/**
 * What requests to children need of their event loop.
 *
 * @param answers bytes that may be on the way to all clients
 * @param reader reads bodies
 */
record StdioLoop(Vertx vertx, Context context, MemoryBudget answers, EnvelopeReader reader) {
    /** Runs on the event loop, later. May be called from any thread. */
    void run(Runnable work) {
        context.runOnContext(ignored -> work.run());
    }

    /** Runs on the event loop after a while. */
    void later(long millis, Runnable work) {
        vertx.setTimer(millis, timer -> work.run());
    }
}
