package io.weir.gateway.session;

import io.weir.core.admission.Connection;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Who is told when a connection that is not read any further has drained, in the order they came. Thread-safe. */
public final class Paused {
    private final Map<Connection, Deque<Place>> places = new ConcurrentHashMap<>();

    /** One that waits. */
    public final class Place {
        private final Connection connection;
        private final Sender sender;

        private Place(Connection connection, Sender sender) {
            this.connection = connection;
            this.sender = sender;
        }

        /** Waits no longer; again changes nothing. */
        public void leave() {
            places.computeIfPresent(connection, (c, queue) -> {
                queue.remove(this);
                return queue.isEmpty() ? null : queue;
            });
        }
    }

    Place enter(Connection connection, Sender sender) {
        Place place = new Place(connection, sender);
        places.compute(connection, (c, queue) -> {
            Deque<Place> those = queue == null ? new ArrayDeque<>() : queue;
            those.add(place);
            return those;
        });
        return place;
    }

    /** Tells all that wait for that connection. */
    public void drained(Connection connection) {
        Deque<Place> those = places.remove(connection);
        if (those != null) {
            those.forEach(place -> place.sender.drained());
        }
    }

    /** Tells everyone: the gateway closes, and there is an answer for all. */
    public void drainedAll() {
        List<Connection> all = new ArrayList<>(places.keySet());
        all.forEach(this::drained);
    }
}
