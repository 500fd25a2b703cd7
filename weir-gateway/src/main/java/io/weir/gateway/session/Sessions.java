package io.weir.gateway.session;

import io.weir.gateway.config.EdgeConfig;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that upstreams issued through this gateway, bounded in number, and forgotten when they are idle. An
 * upstream's {@code initialize} answer is what makes a session: an id that a client invented is none. Thread-safe.
 */
public final class Sessions {
    private final EdgeConfig edge;
    private final Map<Key, Session> sessions = new ConcurrentHashMap<>();
    private final Map<String, Integer> perTenant = new ConcurrentHashMap<>();

    /** Sessions within the caps of that configuration. */
    public Sessions(EdgeConfig edge) {
        this.edge = edge;
    }

    private record Key(String upstream, String id) {}

    /** The session of that id, if that upstream issued it. */
    public Optional<Session> find(String upstream, @Nullable String id) {
        return id == null ? Optional.empty() : Optional.ofNullable(sessions.get(new Key(upstream, id)));
    }

    /** How many there are. */
    public int count() {
        return sessions.size();
    }

    /**
     * Whether a tenant may open one more session, now or after its longest idle one was given up.
     *
     * @return nothing if there is no room; else the session that has to be ended first, which is forgotten already, or null
     */
    public Optional<Room> makeRoom(String tenant) {
        boolean tenantFull = perTenant.getOrDefault(tenant, 0) >= edge.maxSessionsPerTenant();
        if (!tenantFull && sessions.size() < edge.maxSessions()) {
            return Optional.of(new Room(null));
        }
        Optional<Session> longestIdle = sessions.values().stream()
                .filter(session ->
                        session.isIdle() && (!tenantFull || session.tenant().equals(tenant)))
                .min(Comparator.comparingLong(Session::lastUsed));
        longestIdle.ifPresent(this::forget);
        return longestIdle.map(Room::new);
    }

    /**
     * Room for a session.
     *
     * @param given the session that was given up for it, and is to be ended at its upstream; null if none was
     */
    public record Room(@Nullable Session given) {}

    /** Remembers a session that an upstream has issued. */
    public Session open(String upstream, String id, String tenant, long now) {
        return sessions.computeIfAbsent(new Key(upstream, id), key -> {
            perTenant.merge(tenant, 1, Integer::sum);
            return new Session(upstream, id, tenant, now);
        });
    }

    /** Forgets a session that has ended; again changes nothing. */
    public void forget(Session session) {
        if (sessions.remove(new Key(session.upstream(), session.id()), session)) {
            perTenant.computeIfPresent(session.tenant(), (tenant, count) -> count == 1 ? null : count - 1);
        }
    }

    /** Forgets the sessions that did nothing for the idle time; they are to be ended at their upstreams. */
    public List<Session> forgetIdle(long now) {
        long idleNanos = edge.sessionIdleTimeout().toNanos();
        List<Session> idle = new ArrayList<>();
        for (Session session : sessions.values()) {
            if (session.isIdle() && now - session.lastUsed() >= idleNanos) {
                forget(session);
                idle.add(session);
            }
        }
        return idle;
    }
}
