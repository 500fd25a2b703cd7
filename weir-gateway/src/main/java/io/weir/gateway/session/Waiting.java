package io.weir.gateway.session;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The requests that wait, by who sent them and under which id: so that a cancellation finds them at once. Thread-safe. */
final class Waiting {
    private final Map<Key, QueuedExchange> exchanges = new ConcurrentHashMap<>();

    private record Key(String upstream, Client client, String id) {}

    /** The place of a request with that id, as it stands in the body. */
    Place place(String upstream, Client client, String id) {
        return new Place(new Key(upstream, client, id));
    }

    /** The request of that id, if it waits. */
    @Nullable
    QueuedExchange find(String upstream, Client client, String id) {
        return exchanges.isEmpty() ? null : exchanges.get(new Key(upstream, client, id));
    }

    int count() {
        return exchanges.size();
    }

    /** Where one request can be found. Of several of one id, which is the client's fault, it is the first. */
    final class Place {
        private final Key key;

        private Place(Key key) {
            this.key = key;
        }

        void enter(QueuedExchange exchange) {
            exchanges.putIfAbsent(key, exchange);
        }

        void leave(QueuedExchange exchange) {
            exchanges.remove(key, exchange);
        }
    }
}
