package io.weir.gateway.admission;

import io.weir.gateway.session.Client;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/*
 * Without a session, a cancellation comes on another TCP connection than its request, from a client that is not known
 * for sure to be the same, and clients begin to count at the same ids. So it counts only where it can mean one pending
 * request and no other. A wrong cancellation would be far worse than a missed one.
 */

/**
 * The requests queued or in flight, by client and JSON-RPC id, so that a cancellation finds its request in O(1).
 * Thread-safe.
 */
final class PendingRequests<E extends PendingRequests.Entry<E>> {
    /** What can be found here: it keeps the one before it of the same id, changed inside the map's entry alone. */
    interface Entry<E> {
        /** The one before it. */
        @Nullable
        E older();

        /** Notes the one before it. */
        void older(@Nullable E before);
    }

    /** The newest of each key, with the older ones behind it ({@link Entry#older}). */
    private final Map<Key, E> newest = new ConcurrentHashMap<>();

    private record Key(String upstream, Client client, String id) {}

    /** The place of a request with that id, as it stands in the body. */
    Place place(String upstream, Client client, String id) {
        return new Place(new Key(upstream, client, id));
    }

    /** The newest request of that id in a session. */
    @Nullable
    E find(String upstream, Client client, String id) {
        return newest.isEmpty() ? null : newest.get(new Key(upstream, client, id));
    }

    /** The request of that id, if there is one and no more. */
    @Nullable
    E findOnly(String upstream, Client client, String id) {
        E found = find(upstream, client, id);
        return found == null || found.older() != null ? null : found;
    }

    private @Nullable E without(E first, E gone) {
        E before = gone.older();
        if (first == gone) {
            gone.older(null);
            return before;
        }
        for (E each = first; each != null; each = each.older()) {
            if (each.older() == gone) {
                each.older(before);
                gone.older(null);
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

        void enter(E exchange) {
            first = newest.putIfAbsent(key, exchange) == null;
            if (!first) {
                newest.compute(key, (k, before) -> {
                    exchange.older(before);
                    return exchange;
                });
            }
        }

        /** Again changes nothing. */
        void leave(E exchange) {
            // What had none before it when it came has none behind it.
            if (!first || !newest.remove(key, exchange)) {
                newest.computeIfPresent(key, (k, newer) -> without(newer, exchange));
            }
        }
    }
}
