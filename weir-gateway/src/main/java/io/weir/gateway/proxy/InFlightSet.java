package io.weir.gateway.proxy;

import io.weir.gateway.upstream.UpstreamServer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What one event loop receives and has in flight, with deadlines that one sweep looks after. Confined to its event
 * loop.
 */
public final class InFlightSet {
    private final Set<Abortable> receiving = new LinkedHashSet<>();
    private final Set<HasDeadline> inFlight = new LinkedHashSet<>();
    private boolean aborted;

    void add(HasDeadline exchange) {
        inFlight.add(exchange);
    }

    void remove(HasDeadline exchange) {
        inFlight.remove(exchange);
    }

    /** Adds a request whose body is being received; its connection looks after its deadline. */
    public void addReceiving(Abortable request) {
        receiving.add(request);
    }

    /** False if it was not, or no longer, being received. */
    public boolean removeReceiving(Abortable request) {
        return receiving.remove(request);
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
        int unread = receiving.size();
        List.copyOf(receiving).forEach(request -> request.abort(now));
        return unread;
    }

    /** Whether all was ended: nobody would end what begins now, so that it is to be refused. */
    public boolean isAborted() {
        return aborted;
    }
}
