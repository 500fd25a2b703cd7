package io.weir.gateway.session;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.config.EdgeConfig;
import io.weir.core.Reason;
import io.weir.core.Rejection;
import io.weir.core.Scope;
import io.weir.gateway.mcp.EdgeCap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/*
 * At a cap, a new session takes the place of an idle one. Which one: of the address that holds the most sessions, so
 * that who opens many ends its own; there of the tenant that holds the most, since tenants may share an address; of the
 * same TCP connection first, then one that was opened and never used, then the one that is idle longest. It is ended
 * only when the server has issued the new one, so an initialize that fails ends nothing.
 */

/**
 * The sessions that upstreams issued through this gateway, bounded in number in all, by tenant, by address and by TCP
 * connection, and forgotten when they are idle. An upstream's {@code initialize} answer is what makes a session: an id
 * that a client invented is none. Thread-safe.
 */
public final class Sessions {
    /**
     * How long what was let in before a session was too old may not be counted yet: control messages wait for so long
     * at the most.
     */
    private static final long SETTLING_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final EdgeConfig edge;
    private final Map<Key, Session> sessions = new ConcurrentHashMap<>();
    private final LongAdder opened = new LongAdder();
    private final LongAdder evicted = new LongAdder();
    private final CapCounters refused =
            new CapCounters("sessions", EdgeCap.ALL, EdgeCap.PER_TENANT, EdgeCap.PER_ADDRESS, EdgeCap.PER_CONNECTION);

    /** Sessions, and room that is held for those to come. */
    @GuardedBy("this")
    private int taken;

    @GuardedBy("this")
    private final Map<String, SessionQuota> perTenant = new HashMap<>();

    @GuardedBy("this")
    private final Map<String, SessionQuota> perAddress = new HashMap<>();

    @GuardedBy("this")
    private final Map<TenantAtAddress, SessionQuota> perTenantAtAddress = new HashMap<>();

    @GuardedBy("this")
    private final Map<String, SessionQuota> perConnection = new HashMap<>();

    /** Sessions within the caps of that configuration. */
    public Sessions(EdgeConfig edge) {
        this.edge = edge;
    }

    private record Key(String upstream, String id) {}

    private record TenantAtAddress(String address, String tenant) {}

    /** The session of that id, if that upstream issued it. */
    public Optional<Session> find(String upstream, @Nullable String id) {
        return id == null ? Optional.empty() : Optional.ofNullable(sessions.get(new Key(upstream, id)));
    }

    /** Whether that upstream has issued that id to another tenant. */
    public boolean isOfAnotherTenant(String upstream, String id, String tenant) {
        return find(upstream, id)
                .filter(session -> !session.tenant().equals(tenant))
                .isPresent();
    }

    /** How many there are. */
    public int count() {
        return sessions.size();
    }

    /** From how many addresses those were opened that there are. */
    public synchronized int addresses() {
        return perAddress.size();
    }

    /** How many were opened since the start. */
    public long opened() {
        return opened.sum();
    }

    /** How many were ended since the start to make room for others. */
    public long evicted() {
        return evicted.sum();
    }

    /** How many clients got no session since the start, by the cap that was in the way; callers count. */
    public CapCounters refused() {
        return refused;
    }

    /** Room for one more session, or the cap that leaves none. */
    public sealed interface Availability permits Room, Full {}

    /** What became of a session that an upstream has issued. */
    public sealed interface Opening permits Opened, Full, OfAnotherTenant {}

    /** The session is open. */
    public record Opened(Session session) implements Opening {}

    /** There is no room: that cap is reached, and no session that counts towards it is idle. */
    public record Full(EdgeCap cap) implements Availability, Opening {}

    /** The id is that of another tenant's session, which stays. */
    public record OfAnotherTenant() implements Opening {}

    /** Finds room for one more session: a {@link Room} is to be closed, whether a session is opened in it or not. */
    public synchronized Availability makeRoom(String tenant, Origin origin) {
        Room room = new Room(tenant, origin);
        ReachedCap reached = reachedCap(room);
        if (reached == null) {
            take(room);
        } else if (reached.sessions().stream().noneMatch(Session::isIdle)) {
            return new Full(reached.cap());
        }
        return room;
    }

    /** A cap that is reached, and the sessions that count towards it. */
    private record ReachedCap(EdgeCap cap, Collection<Session> sessions) {}

    /** The narrowest cap that is reached; null if none is. */
    @GuardedBy("this")
    private @Nullable ReachedCap reachedCap(Room room) {
        SessionQuota ofConnection = perConnection.get(room.origin.connection());
        if (ofConnection != null && ofConnection.taken() >= edge.maxSessionsPerConnection()) {
            return new ReachedCap(EdgeCap.PER_CONNECTION, ofConnection.sessions());
        }
        SessionQuota ofAddress = perAddress.get(room.origin.address());
        if (ofAddress != null && ofAddress.taken() >= edge.maxSessionsPerAddress()) {
            return new ReachedCap(EdgeCap.PER_ADDRESS, ofAddress.sessions());
        }
        SessionQuota ofTenant = perTenant.get(room.tenant);
        if (ofTenant != null && ofTenant.taken() >= edge.maxSessionsPerTenant()) {
            return new ReachedCap(EdgeCap.PER_TENANT, ofTenant.sessions());
        }
        return taken >= edge.maxSessions() ? new ReachedCap(EdgeCap.ALL, sessions.values()) : null;
    }

    /*
     * A scan: an order that is kept would have to be mended with every exchange of a session. At the cap of all it
     * looks at 10,000 sessions by default, at the others at a tenth of that, and most are passed by with their
     * address's number alone.
     */
    @GuardedBy("this")
    private @Nullable Session victim(Collection<Session> candidates, Room room) {
        SessionQuota own = perAddress.get(room.origin.address());
        SessionQuota ownOfTenant = perTenantAtAddress.get(new TenantAtAddress(room.origin.address(), room.tenant));
        Session first = null;
        for (Session each : candidates) {
            if ((first == null || goesBefore(each, first, own, ownOfTenant, room.origin.connection()))
                    && each.isIdle()) {
                first = each;
            }
        }
        return first;
    }

    /**
     * Whether a session gives its place before another.
     *
     * @param own what the new session's address has
     * @param ownOfTenant what of that is the new session's tenant's
     * @param connection on which it is opened
     */
    private static boolean goesBefore(
            Session one,
            Session other,
            @Nullable SessionQuota own,
            @Nullable SessionQuota ownOfTenant,
            @Nullable String connection) {
        SessionQuota ofOne = one.ofAddress();
        SessionQuota ofOther = other.ofAddress();
        if (ofOne.taken() != ofOther.taken()) {
            return ofOne.taken() > ofOther.taken();
        }
        if (ofOne != ofOther && (ofOne == own || ofOther == own)) {
            return ofOne == own;
        }
        SessionQuota tenantOfOne = one.ofTenantAtAddress();
        SessionQuota tenantOfOther = other.ofTenantAtAddress();
        if (tenantOfOne.taken() != tenantOfOther.taken()) {
            return tenantOfOne.taken() > tenantOfOther.taken();
        }
        if (tenantOfOne != tenantOfOther && (tenantOfOne == ownOfTenant || tenantOfOther == ownOfTenant)) {
            return tenantOfOne == ownOfTenant;
        }
        if (ofOne == own && connection != null) {
            boolean same = connection.equals(one.opener().connection());
            if (same != connection.equals(other.opener().connection())) {
                return same;
            }
        }
        return one.isUsed() == other.isUsed() ? one.lastUsed() < other.lastUsed() : other.isUsed();
    }

    @GuardedBy("this")
    private void take(Room room) {
        count(room.tenant, room.origin, 1);
        room.held = true;
    }

    private synchronized void giveBack(String tenant, Origin origin) {
        count(tenant, origin, -1);
    }

    @GuardedBy("this")
    private void count(String tenant, Origin origin, int change) {
        taken += change;
        add(perTenant, tenant, change);
        add(perAddress, origin.address(), change);
        add(perTenantAtAddress, new TenantAtAddress(origin.address(), tenant), change);
        if (origin.connection() != null) {
            add(perConnection, origin.connection(), change);
        }
    }

    private static <K> void add(Map<K, SessionQuota> holdings, K key, int change) {
        SessionQuota holding = holdings.computeIfAbsent(key, k -> new SessionQuota());
        holding.take(change);
        if (holding.taken() == 0) {
            holdings.remove(key);
        }
    }

    /** The holdings that a session belongs to, which count it. */
    @GuardedBy("this")
    private List<SessionQuota> holdings(Session session) {
        String connection = session.opener().connection();
        return Stream.of(
                        perTenant.get(session.tenant()),
                        session.ofAddress(),
                        connection == null ? null : perConnection.get(connection))
                .filter(Objects::nonNull)
                .toList();
    }

    /** Forgets a session that has ended; again changes nothing. */
    public synchronized void forget(Session session) {
        if (sessions.remove(new Key(session.upstream(), session.id()), session)) {
            holdings(session).forEach(holding -> holding.sessions().remove(session));
            giveBack(session.tenant(), session.opener());
        }
    }

    /** Forgets the sessions that this has issued, an upstream that was removed; they are to be ended there. */
    public List<Session> forgetOf(Object issuer) {
        List<Session> found = sessions.values().stream()
                .filter(session -> session.issuer() == issuer)
                .toList();
        found.forEach(this::forget);
        return found;
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

    /** Whether a session has reached its maximum age: it gets no more requests. */
    public boolean isAgedOut(Session session, long now) {
        return session.age(now) >= edge.sessionMaxAgeNanos();
    }

    /** Why a session that {@link #isAgedOut} gets no more requests. */
    public Rejection ageRejection(Session session, long now) {
        return new Rejection(Reason.SESSION_AGE, Scope.CONNECTION, session.age(now), edge.sessionMaxAgeNanos(), 0);
    }

    /**
     * Ends the sessions that have reached their maximum age and have nothing in flight: first their streams, then they
     * themselves. They are known until they are forgotten, so that nothing more of them reaches the server. To be
     * called by one thread at a time.
     *
     * @param end begins to end a session at its upstream, which is to be forgotten then; false if that cannot be begun
     *     now
     */
    public void endAgedOut(long now, Predicate<Session> end) {
        for (Session session : sessions.values()) {
            boolean due = session.age(now) >= edge.sessionMaxAgeNanos() + SETTLING_NANOS;
            if (!due || session.hasExchanges() || session.isLeaving()) {
                continue;
            }
            session.endStreams(now);
            if (session.isIdle() && end.test(session)) {
                session.leave();
            }
        }
    }

    private synchronized Opening open(Room room, String upstream, Object issuer, String id, long now) {
        Session former = sessions.get(new Key(upstream, id));
        if (former != null && !former.tenant().equals(room.tenant)) {
            return new OfAnotherTenant();
        }
        if (former != null) {
            forget(former);
        }
        for (ReachedCap reached = room.held ? null : reachedCap(room); reached != null; reached = reachedCap(room)) {
            Session idle = victim(reached.sessions(), room);
            if (idle == null) {
                return new Full(reached.cap());
            }
            forget(idle);
            evicted.increment();
            room.evicted.add(idle);
        }
        if (!room.held) {
            take(room);
        }
        room.held = false;
        opened.increment();
        SessionQuota ofAddress = Objects.requireNonNull(perAddress.get(room.origin.address()));
        SessionQuota ofTenant =
                Objects.requireNonNull(perTenantAtAddress.get(new TenantAtAddress(room.origin.address(), room.tenant)));
        Session session = new Session(upstream, issuer, id, room.tenant, room.origin, ofAddress, ofTenant, now);
        holdings(session).forEach(holding -> holding.sessions().add(session));
        sessions.put(new Key(upstream, id), session);
        return new Opened(session);
    }

    /** Room for a session, until its upstream has answered. Not thread-safe. */
    public final class Room implements Availability {
        private final String tenant;
        private final Origin origin;
        private final List<Session> evicted = new ArrayList<>();

        /** Whether it is counted. If not, an idle session gives its place when this one opens. */
        private boolean held;

        private Room(String tenant, Origin origin) {
            this.tenant = tenant;
            this.origin = origin;
        }

        /**
         * Remembers the session that the upstream has issued. If it has issued that id before, the former session is
         * over, unless it is another tenant's.
         *
         * @return {@link Full} if there is no room after all, because the sessions that were idle are in use again:
         *     then the session is to be ended at its upstream
         */
        public Opening open(String upstream, String id, long now) {
            return open(upstream, upstream, id, now);
        }

        /**
         * As {@link #open(String, String, long)}.
         *
         * @param issuer what {@link #forgetOf} finds it by: another upstream may get the name of this one
         */
        public Opening open(String upstream, Object issuer, String id, long now) {
            return Sessions.this.open(this, upstream, issuer, id, now);
        }

        /** The sessions that were ended to make room; they are to be ended at their upstreams. */
        public List<Session> evicted() {
            return evicted;
        }

        /** Gives the room back if no session was opened in it; again changes nothing. */
        public void close() {
            if (held) {
                held = false;
                giveBack(tenant, origin);
            }
        }
    }
}
