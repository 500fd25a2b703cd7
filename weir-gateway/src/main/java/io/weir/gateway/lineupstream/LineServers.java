package io.weir.gateway.lineupstream;

import io.weir.gateway.line.LineServer;

/**
 * Makes servers of one upstream: child processes, or connections over TCP. Confined to an event loop if it connects.
 */
interface LineServers {
    /** A server that is not started yet. */
    LineServer make(LineServer.Listener listener);

    /** Makes no more; not before all of them are gone. */
    default void close() {}
}
