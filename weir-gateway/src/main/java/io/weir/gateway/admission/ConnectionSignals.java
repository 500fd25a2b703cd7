package io.weir.gateway.admission;

import io.weir.core.Scope;
import io.weir.core.admission.PressureListener;
import io.weir.gateway.session.Client;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the limits of connections tell the transports of their clients: that one that was paused is to be read again,
 * and that one has crossed the threshold of its limit. Thread-safe.
 */
public final class ConnectionSignals implements PressureListener {
    private final PressureListener log;
    private final PausedConnections paused = new PausedConnections();
    private final Map<PausedConnections.Key, Set<Runnable>> subscribers = new ConcurrentHashMap<>();

    /** @param log is told of all pressure as well */
    public ConnectionSignals(PressureListener log) {
        this.log = log;
    }

    @Override
    public void onPressure(Pressure pressure) {
        log.onPressure(pressure);
        if (pressure.scope() == Scope.CONNECTION && !subscribers.isEmpty()) {
            Set<Runnable> known = subscribers.get(new PausedConnections.Key(pressure.tenant(), pressure.name()));
            if (known != null) {
                known.forEach(Runnable::run);
            }
        }
    }

    @Override
    public void onDrained(String tenant, String connection) {
        paused.drained(new PausedConnections.Key(tenant, connection));
    }

    /**
     * Has that run each time that the connection limits of a client cross their threshold, in either direction: on the
     * thread that brings it about, so that it must not block. {@link RequestAdmission#pressure} says how full the
     * connection is.
     */
    public void subscribe(Client client, Runnable onCrossing) {
        subscribers.compute(key(client), (key, known) -> {
            Set<Runnable> all = known == null ? ConcurrentHashMap.newKeySet(1) : known;
            all.add(onCrossing);
            return all;
        });
    }

    /** Ends a subscription. */
    public void unsubscribe(Client client, Runnable onCrossing) {
        subscribers.computeIfPresent(key(client), (key, all) -> {
            all.remove(onCrossing);
            return all.isEmpty() ? null : all;
        });
    }

    /** How many transports are not read now, since what they have sent does not fit. */
    public int paused() {
        return paused.count();
    }

    /** How often a transport was no longer read for that, since the start. */
    public long pauses() {
        return paused.total();
    }

    PausedConnections pausedConnections() {
        return paused;
    }

    static PausedConnections.Key key(Client client) {
        return new PausedConnections.Key(client.tenant(), client.connection());
    }
}
