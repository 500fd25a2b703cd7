package io.weir.gateway.http;

import io.weir.gateway.session.Client;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Tells all event loops that an upstream was told of a cancellation: the request may be under way on another loop than the one that
 * passed the notification on. Thread-safe.
 */
final class Cancellations {
    private final List<Listener> loops = new CopyOnWriteArrayList<>();

    /** One event loop. */
    interface Listener {
        /** The upstream of that name knows that the client no longer wants the request of that id, as it stood in the body. */
        void cancelled(String upstream, Client client, String id);
    }

    void add(Listener loop) {
        loops.add(loop);
    }

    void tell(String upstream, Client client, String id) {
        loops.forEach(loop -> loop.cancelled(upstream, client, id));
    }
}
