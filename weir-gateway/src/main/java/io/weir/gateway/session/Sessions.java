package io.weir.gateway.session;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.gateway.config.EdgeConfig;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
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

    /** Sessions, and room that is held for those to come. */
    @GuardedBy("this")
    private final Map<String, Integer> takenPerTenant = new HashMap<>();

    @GuardedBy("this")
    private int taken;

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
     * Holds room for one more session of a tenant, giving up the one that has been idle longest where a cap is reached.
     *
     * @return nothing if no session is idle; else the room, to be opened or closed
     */
    public synchronized Optional<Room> makeRoom(String tenant) {
        boolean tenantFull = takenPerTenant.getOrDefault(tenant, 0) >= edge.maxSessionsPerTenant();
        Session given = null;
        if (tenantFull || taken >= edge.maxSessions()) {
            given = longestIdle(tenantFull ? tenant : null);
            if (given == null) {
                return Optional.empty();
            }
            forget(given);
        }
        taken++;
        takenPerTenant.merge(tenant, 1, Integer::sum);
        return Optional.of(new Room(tenant, given));
    }

    private @Nullable Session longestIdle(@Nullable String tenant) {
        return sessions.values().stream()
                .filter(session ->
                        session.isIdle() && (tenant == null || session.tenant().equals(tenant)))
                .min(Comparator.comparingLong(Session::lastUsed))
                .orElse(null);
    }

    private synchronized void giveBack(String tenant) {
        taken--;
        takenPerTenant.computeIfPresent(tenant, (t, count) -> count == 1 ? null : count - 1);
    }

    /** Forgets a session that has ended; again changes nothing. */
    public void forget(Session session) {
        if (sessions.remove(new Key(session.upstream(), session.id()), session)) {
            giveBack(session.tenant());
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

    /** Room that is held for a session, until its upstream has answered. Not thread-safe. */
    public final class Room {
        private final String tenant;
        private final @Nullable Session given;
        private boolean held = true;

        private Room(String tenant, @Nullable Session given) {
            this.tenant = tenant;
            this.given = given;
        }

        /** The session that was given up for this one, and is to be ended at its upstream; null if none was. */
        public @Nullable Session given() {
            return given;
        }

        /** Remembers the session that the upstream has issued. If it has issued that id before, the former session is over. */
        public void open(String upstream, String id, long now) {
            if (!held) {
                return;
            }
            held = false;
            Session former = sessions.put(new Key(upstream, id), new Session(upstream, id, tenant, now));
            if (former != null) {
                giveBack(former.tenant());
            }
        }

        /** Gives the room back if no session was opened in it; again changes nothing. */
        public void close() {
            if (held) {
                held = false;
                giveBack(tenant);
            }
        }
    }
}
