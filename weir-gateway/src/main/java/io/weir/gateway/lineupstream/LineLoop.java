package io.weir.gateway.lineupstream;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.weir.gateway.jsonrpc.EnvelopeReader;
import io.weir.gateway.line.LineMemory;
import java.util.concurrent.RejectedExecutionException;

/**
 * What requests to servers need of their event loop.
 *
 * @param servers makes servers; those that are connected to belong to this event loop
 * @param lines what long messages take on their way to clients
 * @param reader reads bodies
 */
record LineLoop(Vertx vertx, Context context, LineServers servers, LineMemory lines, EnvelopeReader reader) {
    /** Runs on the event loop, later; not at all if that has ended. May be called from any thread. */
    void run(Runnable work) {
        try {
            context.runOnContext(ignored -> work.run());
        } catch (RejectedExecutionException e) {
            // The event loop has ended, and the connections of its clients with it.
        }
    }

    /** Runs on the event loop after a while. */
    void later(long millis, Runnable work) {
        vertx.setTimer(millis, timer -> work.run());
    }
}
