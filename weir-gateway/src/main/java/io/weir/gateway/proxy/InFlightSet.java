package io.weir.gateway.proxy;

import io.vertx.core.http.HttpConnection;
import io.weir.gateway.upstream.UpstreamServer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one event loop receives and has in flight, with deadlines that one sweep looks after. Confined to its event
 * loop.
 */
public final class InFlightSet {
    /** Requests whose bodies have not come whole, by connection: a connection serves one request at a time. */
    private final Map<HttpConnection, Receiving> receiving = new LinkedHashMap<>();

    private final Set<HasDeadline> inFlight = new LinkedHashSet<>();
    private boolean aborted;

    void add(HasDeadline exchange) {
        inFlight.add(exchange);
    }

    void remove(HasDeadline exchange) {
        inFlight.remove(exchange);
    }

    /** Adds the request whose body is received on that connection, which enforces its deadline. */
    public void addReceiving(HttpConnection connection, Receiving request) {
        receiving.put(connection, request);
    }

    /** Removes the request whose body was received on that connection; false if it was removed before. */
    public boolean removeReceiving(HttpConnection connection, Receiving request) {
        return receiving.remove(connection, request);
    }

    /** Ends the request whose body is received on that connection, which takes too long; false if there is none. */
    public boolean timeOutReceiving(HttpConnection connection) {
        Receiving request = receiving.get(connection);
        if (request == null) {
            return false;
        }
        request.timeOut();
        return true;
    }

    /** How many there are that a shutdown waits for. */
    public int holdingShutdown() {
        int count = 0;
        for (HasDeadline exchange : inFlight) {
            count += exchange.holdsShutdown() ? 1 : 0;
        }
        return count;
    }

    /** Ends those whose time has passed. */
    public void sweep(long now) {
        for (HasDeadline exchange : new ArrayList<>(inFlight)) {
            if (now - exchange.deadline() >= 0) {
                exchange.timeOut(now);
            }
        }
    }

    /** Ends the streams of an upstream that was removed, as if it had ended them. */
    public void endStreams(UpstreamServer upstream, long now) {
        for (HasDeadline exchange : new ArrayList<>(inFlight)) {
            if (exchange.isStreamOf(upstream)) {
                exchange.timeOut(now);
            }
        }
    }

    /** Ends all; their clients get a response. Returns how many requests had not arrived whole. */
    public int abortAll(long now) {
        aborted = true;
        new ArrayList<>(inFlight).forEach(exchange -> exchange.abort(now));
        List<Receiving> notWhole = new ArrayList<>(receiving.values());
        notWhole.forEach(request -> request.abort(now));
        return notWhole.size();
    }

    /** Whether all was ended: nobody would end what begins now, so that it is to be refused. */
    public boolean isAborted() {
        return aborted;
    }
}
