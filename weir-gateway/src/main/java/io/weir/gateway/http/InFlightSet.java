package io.weir.gateway.http;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;

/** What one event loop has under way, with deadlines that one sweep looks after. Confined to its event loop. */
final class InFlightSet {
    private final Set<HasDeadline> underWay = new LinkedHashSet<>();

    /** Something that must end by a time. */
    interface HasDeadline {
        /** By when, in nanoseconds of the monotonic clock. */
        long deadline();

        /** Ends it because its time has passed. */
        void timeOut(long now);

        /** Ends it because the gateway stops; whoever waits is answered. */
        void abort(long now);

        /** Whether a shutdown waits for it. */
        boolean holdsShutdown();
    }

    void add(HasDeadline exchange) {
        underWay.add(exchange);
    }

    void remove(HasDeadline exchange) {
        underWay.remove(exchange);
    }

    /** How many there are that a shutdown waits for. */
    int holdingShutdown() {
        int count = 0;
        for (HasDeadline exchange : underWay) {
            count += exchange.holdsShutdown() ? 1 : 0;
        }
        return count;
    }

    void sweep(long now) {
        for (HasDeadline exchange : new ArrayList<>(underWay)) {
            if (now - exchange.deadline() >= 0) {
                exchange.timeOut(now);
            }
        }
    }

    void abortAll(long now) {
        new ArrayList<>(underWay).forEach(exchange -> exchange.abort(now));
    }
}
