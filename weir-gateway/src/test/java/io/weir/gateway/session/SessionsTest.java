package io.weir.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.EdgeConfig;
import io.weir.config.GatewayConfigLoader;
import io.weir.gateway.mcp.EdgeCap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionsTest {
    private static final Origin HERE = new Origin("here", "tcp-1");

    static EdgeConfig edge(String... settings) throws Exception {
        GatewayConfigLoader loader = new GatewayConfigLoader(1 << 30, name -> null)
                .withoutUpstream()
                .set("edge.session_idle_timeout_ms=1000");
        for (String setting : settings) {
            loader.set("edge." + setting);
        }
        return loader.load().edge();
    }

    private static Sessions two() throws Exception {
        return new Sessions(edge("max_sessions=3", "max_sessions_per_tenant=2"));
    }

    private static Session open(Sessions sessions, String tenant, Origin origin, String id, long now) {
        Sessions.Room room = room(sessions, tenant, origin);
        Sessions.Opened opened = (Sessions.Opened) room.open("u", id, now);
        room.close();
        return opened.session();
    }

    /** Room that there is. */
    static Sessions.Room room(Sessions sessions, String tenant, Origin origin) {
        return (Sessions.Room) sessions.makeRoom(tenant, origin);
    }

    private static Session open(Sessions sessions, String tenant, String id, long now) {
        return open(sessions, tenant, HERE, id, now);
    }

    private static Origin from(String address, @Nullable String connection) {
        return new Origin(address, connection);
    }

    private static void use(Session session, long now) {
        for (int i = 0; i < 3; i++) {
            session.begin(now);
            session.end(now);
        }
    }

    @Test
    void open_withTheIdOfAnotherTenant_isRefusedAndTheFirstStays() throws Exception {
        Sessions sessions = two();
        Session first = open(sessions, "t", "1", 0);
        Sessions.Room room = room(sessions, "other", HERE);

        assertThat(room.open("u", "1", 1)).isEqualTo(new Sessions.OfAnotherTenant());
        assertThat(sessions.find("u", "1")).contains(first);
        room.close();
        assertThat(open(sessions, "t", "1", 2).tenant()).isEqualTo("t");
    }

    @Test
    void find_knowsWhatAnUpstreamIssued() throws Exception {
        Sessions sessions = two();
        open(sessions, "t", "1", 0);

        assertThat(sessions.find("u", "1")).isPresent();
        assertThat(sessions.find("v", "1")).isEmpty();
        assertThat(sessions.find("u", "2")).isEmpty();
        assertThat(sessions.find("u", null)).isEmpty();
    }

    @Test
    void open_inAFullTenant_takesThePlaceOfItsLongestIdleSession() throws Exception {
        Sessions sessions = two();
        open(sessions, "other", "0", 0);
        Session oldest = open(sessions, "t", "1", 1);
        open(sessions, "t", "2", 2);
        Sessions.Room room = room(sessions, "t", HERE);
        assertThat(sessions.find("u", "1")).isPresent();

        assertThat(room.open("u", "3", 3)).isInstanceOf(Sessions.Opened.class);

        assertThat(room.evicted()).containsExactly(oldest);
        assertThat(sessions.find("u", "1")).isEmpty();
        assertThat(sessions.find("u", "0")).isPresent();
        assertThat(sessions.count()).isEqualTo(3);
        assertThat(sessions.evicted()).isEqualTo(1);
    }

    @Test
    void roomThatIsClosed_endsNobody() throws Exception {
        Sessions sessions = two();
        open(sessions, "t", "1", 1);
        open(sessions, "t", "2", 2);

        Sessions.Room room = room(sessions, "t", HERE);
        room.close();

        assertThat(sessions.count()).isEqualTo(2);
        assertThat(room.evicted()).isEmpty();
        assertThat(sessions.evicted()).isZero();
    }

    @Test
    void makeRoom_whereAllAreBusy_isRefused() throws Exception {
        Sessions sessions = two();
        open(sessions, "t", "1", 0).begin(0);
        Session second = open(sessions, "t", "2", 0);
        second.begin(0);
        assertThat(sessions.makeRoom("t", HERE)).isEqualTo(new Sessions.Full(EdgeCap.PER_TENANT));

        second.end(5);

        assertThat(sessions.makeRoom("t", HERE)).isInstanceOf(Sessions.Room.class);
    }

    @ParameterizedTest
    @CsvSource({
        "max_sessions, ALL",
        "max_sessions_per_tenant, PER_TENANT",
        "max_sessions_per_address, PER_ADDRESS",
        "max_sessions_per_connection, PER_CONNECTION"
    })
    void makeRoom_namesTheCapThatIsReached(String key, EdgeCap cap) throws Exception {
        Sessions sessions = new Sessions(edge(key + "=1"));
        Origin origin = from("here", "tcp-1");
        room(sessions, "t", origin);

        Sessions.Availability second = sessions.makeRoom("t", origin);

        assertThat(second).isEqualTo(new Sessions.Full(cap));
        assertThat(cap.key("sessions")).isEqualTo("edge." + key);
    }

    @Test
    void open_whereNothingIsIdleAnyMore_isRefusedAndTakesNothing() throws Exception {
        Sessions sessions = two();
        open(sessions, "t", "1", 0).begin(0);
        Session second = open(sessions, "t", "2", 0);
        Sessions.Room room = room(sessions, "t", HERE);
        second.begin(1);

        assertThat(room.open("u", "3", 2)).isEqualTo(new Sessions.Full(EdgeCap.PER_TENANT));

        room.close();
        assertThat(sessions.count()).isEqualTo(2);
        assertThat(sessions.find("u", "3")).isEmpty();
        second.end(3);
        open(sessions, "t", "4", 4);
        assertThat(sessions.count()).isEqualTo(2);
    }

    @Test
    void makeRoom_atTheCapOfAnAddress_leavesOtherAddressesAlone() throws Exception {
        Sessions sessions = new Sessions(edge("max_sessions_per_address=2"));
        open(sessions, "t", from("other", "tcp-9"), "0", 0);
        Session first = open(sessions, "t", from("flood", "tcp-1"), "1", 5);
        open(sessions, "t", from("flood", "tcp-2"), "2", 6);
        Sessions.Room room = room(sessions, "t", from("flood", "tcp-3"));

        room.open("u", "3", 7);

        assertThat(room.evicted()).containsExactly(first);
        assertThat(sessions.addresses()).isEqualTo(2);
    }

    @Test
    void makeRoom_atTheCapOfAConnection_endsThatConnectionsSessions() throws Exception {
        Sessions sessions = new Sessions(edge("max_sessions_per_connection=1"));
        open(sessions, "t", from("here", "tcp-1"), "1", 0);
        Session second = open(sessions, "t", from("here", "tcp-2"), "2", 1);
        Sessions.Room room = room(sessions, "t", from("here", "tcp-2"));

        room.open("u", "3", 2);

        assertThat(room.evicted()).containsExactly(second);
    }

    @Test
    void open_atTheCapOfAll_endsASessionOfTheAddressThatHoldsMost() throws Exception {
        Sessions sessions = new Sessions(edge("max_sessions=4"));
        Session honest = open(sessions, "t", from("honest", "tcp-1"), "1", 0);
        open(sessions, "t", from("flood", "tcp-2"), "2", 5);
        open(sessions, "t", from("flood", "tcp-3"), "3", 6);
        open(sessions, "t", from("flood", "tcp-4"), "4", 7);

        for (int i = 5; i < 50; i++) {
            open(sessions, "t", from("flood", "tcp-" + i), String.valueOf(i), 2 + i);
        }
        open(sessions, "t", from("new", "tcp-99"), "new", 100);

        assertThat(sessions.find("u", "1")).contains(honest);
        assertThat(sessions.find("u", "new")).isPresent();
    }

    @Test
    void open_amongSessionsOfOneAddress_endsThoseOfItsConnectionAndThoseNeverUsedFirst() throws Exception {
        Sessions sessions = new Sessions(edge("max_sessions_per_address=4"));
        Session honest = open(sessions, "t", from("here", "tcp-1"), "1", 0);
        use(honest, 1);
        open(sessions, "t", from("here", "tcp-2"), "2", 2);
        Session own = open(sessions, "t", from("here", "tcp-3"), "3", 3);
        open(sessions, "t", from("here", "tcp-4"), "4", 4);

        Sessions.Room same = room(sessions, "t", from("here", "tcp-3"));
        same.open("u", "5", 5);
        Sessions.Room fresh = room(sessions, "t", from("here", "tcp-6"));
        fresh.open("u", "6", 6);

        assertThat(same.evicted()).containsExactly(own);
        assertThat(fresh.evicted()).extracting(Session::id).containsExactly("2");
        assertThat(sessions.find("u", "1")).contains(honest);
    }

    @Test
    void open_whereTenantsShareAnAddress_endsASessionOfTheTenantThatHoldsMost() throws Exception {
        Sessions sessions = new Sessions(edge("max_sessions_per_address=5"));
        Session first = open(sessions, "quiet", from("here", "tcp-1"), "1", 0);
        Session second = open(sessions, "quiet", from("here", "tcp-1"), "2", 1);

        for (int i = 3; i < 40; i++) {
            use(open(sessions, "flood", from("here", "tcp-1"), String.valueOf(i), i), i);
        }
        assertThat(sessions.find("u", "1")).contains(first);
        assertThat(sessions.find("u", "2")).contains(second);

        open(sessions, "quiet", from("here", "tcp-1"), "third", 41);
        assertThat(sessions.find("u", "1")).contains(first);
    }

    @Test
    void open_whereTenantsHoldAlikeOfAnAddress_endsASessionOfItsOwn() throws Exception {
        Sessions sessions = new Sessions(edge("max_sessions_per_address=2"));
        open(sessions, "other", from("here", "tcp-1"), "1", 0);
        Session own = open(sessions, "own", from("here", "tcp-1"), "2", 1);
        use(own, 2);
        Sessions.Room room = room(sessions, "own", from("here", "tcp-1"));

        room.open("u", "3", 3);

        assertThat(room.evicted()).containsExactly(own);
    }

    @Test
    void open_withAnIdThatWasIssuedBefore_isTheNewSession() throws Exception {
        Sessions sessions = two();
        Session former = open(sessions, "a", "1", 0);

        Session latter = open(sessions, "a", "1", 1);

        assertThat(sessions.find("u", "1").orElseThrow()).isSameAs(latter).isNotSameAs(former);
        assertThat(sessions.count()).isEqualTo(1);
        sessions.forget(former);
        assertThat(sessions.count()).isEqualTo(1);
        open(sessions, "a", "2", 2);
        assertThat(sessions.evicted()).isZero();
    }

    @Test
    void room_thatIsHeld_countsUntilItIsClosed() throws Exception {
        Sessions sessions = two();
        Sessions.Room first = room(sessions, "t", HERE);
        Sessions.Room second = room(sessions, "t", HERE);
        assertThat(sessions.makeRoom("t", HERE)).isEqualTo(new Sessions.Full(EdgeCap.PER_TENANT));

        first.close();
        first.close();

        assertThat(sessions.makeRoom("t", HERE)).isInstanceOf(Sessions.Room.class);
        assertThat(sessions.makeRoom("t", HERE)).isEqualTo(new Sessions.Full(EdgeCap.PER_TENANT));
        second.close();
        assertThat(sessions.count()).isZero();
    }

    @Test
    void forgetIdle_takesThoseThatDidNothingForTheTime() throws Exception {
        Sessions sessions = two();
        Session idle = open(sessions, "t", "1", 0);
        Session busy = open(sessions, "t", "2", 0);
        busy.begin(0);
        long second = TimeUnit.SECONDS.toNanos(1);

        assertThat(sessions.forgetIdle(second - 1)).isEmpty();
        assertThat(sessions.forgetIdle(second)).containsExactly(idle);

        assertThat(sessions.count()).isEqualTo(1);
        sessions.forget(idle);
        open(sessions, "t", "3", 4);
        assertThat(sessions.evicted()).isZero();
    }

    @Test
    void open_keepsNothingOfWhatTheClientClaimed() throws Exception {
        Sessions sessions = two();

        Session session = open(sessions, "t", new Origin("here", "tcp-1", "x".repeat(14_000)), "1", 0);

        assertThat(session.opener().claim()).isNull();
    }

    @Test
    void forgetIdle_sessionWhoseStreamHasJustEnded_isKept() throws Exception {
        EdgeConfig edge = edge();
        Sessions sessions = new Sessions(edge);
        Session session = open(sessions, "t", "1", 0);
        Streams.Stream stream = (Streams.Stream) new Streams(edge).open(session.client(), session, 0);

        stream.close(TimeUnit.SECONDS.toNanos(10));

        assertThat(sessions.forgetIdle(TimeUnit.SECONDS.toNanos(10) + 1)).isEmpty();
        assertThat(sessions.forgetIdle(TimeUnit.SECONDS.toNanos(12))).containsExactly(session);
    }

    /** Every session that is ended for another is the one that a look at all of them says. */
    @Test
    void open_amongRandomSessions_endsTheOneThatComesFirst() throws Exception {
        Sessions sessions = new Sessions(edge(
                "max_sessions=20",
                "max_sessions_per_tenant=12",
                "max_sessions_per_address=8",
                "max_sessions_per_connection=3"));
        Random random = new Random(3);
        List<Session> open = new ArrayList<>();
        int evicted = 0;
        for (int now = 1; now < 5_000; now++) {
            Session any = open.isEmpty() ? null : open.get(random.nextInt(open.size()));
            int what = random.nextInt(10);
            if (any != null && what == 0) {
                sessions.forget(any);
                open.remove(any);
            } else if (any != null && what < 4) {
                use(any, now);
            } else if (any != null && what == 4) {
                any.begin(now);
            } else {
                String tenant = "t" + random.nextInt(3);
                String address = "a" + random.nextInt(6);
                Origin from = from(address, random.nextInt(4) == 0 ? null : address + random.nextInt(4));
                List<Session> expected = new ArrayList<>();
                Optional<Session> first = first(open, tenant, from);
                first.ifPresent(expected::add);
                Sessions.Availability found = sessions.makeRoom(tenant, from);
                boolean full = first.isPresent() || cap(open, tenant, from) != null;

                assertThat(found instanceof Sessions.Room).isEqualTo(!full || first.isPresent());
                if (found instanceof Sessions.Room room) {
                    Sessions.Opened opened = (Sessions.Opened) room.open("u", String.valueOf(now), now);
                    assertThat(room.evicted()).startsWith(expected.toArray(Session[]::new));
                    evicted += room.evicted().size();
                    open.removeAll(room.evicted());
                    open.add(opened.session());
                }
            }
            assertThat(sessions.count()).isEqualTo(open.size()).isLessThanOrEqualTo(20);
        }
        assertThat(evicted).isGreaterThan(500);
    }

    private static @Nullable Predicate<Session> cap(List<Session> open, String tenant, Origin from) {
        String connection = from.connection();
        List<Predicate<Session>> candidates = List.of(
                session ->
                        connection != null && connection.equals(session.opener().connection()),
                session -> from.address().equals(session.opener().address()),
                session -> tenant.equals(session.tenant()),
                session -> true);
        int[] most = {3, 8, 12, 20};
        for (int i = 0; i < most.length; i++) {
            if (open.stream().filter(candidates.get(i)).count() >= most[i]) {
                return candidates.get(i);
            }
        }
        return null;
    }

    private static Optional<Session> first(List<Session> open, String tenant, Origin from) {
        Predicate<Session> cap = cap(open, tenant, from);
        Map<String, Long> held = open.stream()
                .collect(Collectors.groupingBy(each -> each.opener().address(), Collectors.counting()));
        Map<String, Long> heldByTenant = open.stream()
                .collect(Collectors.groupingBy(
                        each -> each.opener().address() + "/" + each.tenant(), Collectors.counting()));
        return open.stream()
                .filter(each -> cap != null && cap.test(each) && each.isIdle())
                .min(Comparator.comparing((Session each) ->
                                -held.getOrDefault(each.opener().address(), 0L))
                        .thenComparing(each -> !each.opener().address().equals(from.address()))
                        .thenComparing(
                                each -> -heldByTenant.getOrDefault(each.opener().address() + "/" + each.tenant(), 0L))
                        .thenComparing(each -> !each.opener().address().equals(from.address())
                                || !each.tenant().equals(tenant))
                        .thenComparing(each -> from.connection() == null
                                || !from.connection().equals(each.opener().connection()))
                        .thenComparing(Session::isUsed)
                        .thenComparingLong(Session::lastUsed));
    }
}
