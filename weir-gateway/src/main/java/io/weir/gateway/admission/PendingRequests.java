package io.weir.gateway.admission;

import io.weir.gateway.session.Client;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/*
 * Without a session, a cancellation comes on another TCP connection than its request, from a client that is not known for sure to be the
 * same, and clients begin to count at the same ids. So it counts only where it can mean one pending request and no other. A wrong
 * cancellation would be far worse than a missed one.
 */

/** The requests queued or in flight, by client and JSON-RPC id, so that a cancellation finds its request in O(1). Thread-safe. */
final class PendingRequests {
    /** The newest of each key, with the older ones behind it ({@link QueuedExchange#older}). */
    private final Map<Key, QueuedExchange> newest = new ConcurrentHashMap<>();

    private record Key(String upstream, Client client, String id) {}

    /** The place of a request with that id, as it stands in the body. */
    Place place(String upstream, Client client, String id) {
        return new Place(new Key(upstream, client, id));
    }

    /** The newest request of that id in a session. */
    @Nullable
    QueuedExchange find(String upstream, Client client, String id) {
        return newest.isEmpty() ? null : newest.get(new Key(upstream, client, id));
    }

    /** The request of that id, if there is one and no more. */
    @Nullable
    QueuedExchange findOnly(String upstream, Client client, String id) {
        QueuedExchange found = find(upstream, client, id);
        return found == null || found.older != null ? null : found;
    }

    private static @Nullable QueuedExchange without(QueuedExchange first, QueuedExchange gone) {
        if (first == gone) {
            return first.older;
        }
        for (QueuedExchange each = first; each != null; each = each.older) {
            if (each.older == gone) {
                each.older = gone.older;
                break;
            }
        }
        return first;
    }

    /** Where one request can be found. */
    final class Place {
        private final Key key;
        private volatile boolean first;

        private Place(Key key) {
            this.key = key;
        }

        void enter(QueuedExchange exchange) {
            first = newest.putIfAbsent(key, exchange) == null;
            if (!first) {
                newest.compute(key, (k, before) -> {
                    exchange.older = before;
                    return exchange;
                });
            }
        }

        /** Again changes nothing. */
        void leave(QueuedExchange exchange) {
            // What had none before it when it came has none behind it.
            if (!first || !newest.remove(key, exchange)) {
                newest.computeIfPresent(key, (k, newer) -> without(newer, exchange));
            }
        }
    }
}
