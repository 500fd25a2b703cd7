package io.weir.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.EdgeConfig;
import io.weir.gateway.schedule.Schedules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Sessions that open, are used, left, evicted and forgotten, with rooms that are held for those to come and given back.
 */
class SessionSchedulesTest {
    /** Configurations by their caps: in all, of a tenant, of an address. */
    private static final Map<List<Integer>, EdgeConfig> CAPS = new HashMap<>();

    private static EdgeConfig edge(List<Integer> caps) {
        try {
            return SessionsTest.edge(
                    "max_sessions=" + caps.get(0),
                    "max_sessions_per_tenant=" + caps.get(1),
                    "max_sessions_per_address=" + caps.get(2));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private record Held(Sessions.Room room, String tenant, String address) {}

    private record Open(Session session, String tenant, String address) {}

    @Test
    void sessions_areNeverMoreThanTheirCaps_andNoneInUseIsEvicted() {
        Schedules.run("sessions", random -> sessions(random, false));
    }

    @Test
    void roomThatIsNotGivenBack_isFound() {
        Schedules.requireFound("a room that is not given back", random -> sessions(random, true));
    }

    private static void sessions(SplittableRandom random, boolean leaks) {
        int max = 1 + random.nextInt(8);
        EdgeConfig edge = CAPS.computeIfAbsent(
                List.of(max, 1 + random.nextInt(max), 1 + random.nextInt(max)), SessionSchedulesTest::edge);
        Sessions sessions = new Sessions(edge);
        List<Held> rooms = new ArrayList<>();
        List<Open> open = new ArrayList<>();
        Map<Session, Integer> exchanges = new HashMap<>();
        long now = 0;
        int id = 0;
        for (int i = 0; i < 80; i++) {
            now += random.nextInt(1_000);
            switch (random.nextInt(7)) {
                case 0, 1 -> {
                    String tenant = "t" + random.nextInt(3);
                    String address = "a" + random.nextInt(3);
                    if (sessions.makeRoom(tenant, new Origin(address, null)) instanceof Sessions.Room room) {
                        rooms.add(new Held(room, tenant, address));
                    }
                }
                case 2, 3 -> {
                    if (!rooms.isEmpty()) {
                        Held held = rooms.remove(random.nextInt(rooms.size()));
                        if (random.nextInt(4) > 0
                                && held.room.open("up", "s" + id, now) instanceof Sessions.Opened opened) {
                            open.add(new Open(opened.session(), held.tenant, held.address));
                        }
                        id++;
                        for (Session evicted : held.room.evicted()) {
                            assertThat(exchanges.getOrDefault(evicted, 0))
                                    .as("exchanges of an evicted session")
                                    .isZero();
                            assertThat(open.removeIf(each -> each.session == evicted))
                                    .isTrue();
                        }
                        if (!leaks) {
                            held.room.close();
                            held.room.close();
                        }
                    }
                }
                case 4 -> {
                    if (!open.isEmpty()) {
                        Session used = open.get(random.nextInt(open.size())).session;
                        used.begin(now);
                        exchanges.merge(used, 1, Integer::sum);
                    }
                }
                case 5 -> {
                    for (Session each : List.copyOf(exchanges.keySet())) {
                        each.end(now);
                        exchanges.computeIfPresent(each, (key, count) -> count == 1 ? null : count - 1);
                    }
                }
                default -> {
                    if (random.nextInt(3) == 0) {
                        now += edge.sessionIdleTimeout().toNanos();
                        for (Session idle : sessions.forgetIdle(now)) {
                            assertThat(exchanges.getOrDefault(idle, 0)).isZero();
                            assertThat(open.removeIf(each -> each.session == idle))
                                    .isTrue();
                        }
                    } else if (!open.isEmpty()) {
                        Open ended = open.remove(random.nextInt(open.size()));
                        sessions.forget(ended.session);
                        sessions.forget(ended.session);
                    }
                }
            }
            assertThat(sessions.count()).isEqualTo(open.size()).isLessThanOrEqualTo(edge.maxSessions());
            for (Open each : open) {
                Optional<Session> found = sessions.find("up", each.session.id());
                assertThat(found).containsSame(each.session);
                assertThat(sessions.isOfAnotherTenant("up", each.session.id(), each.tenant))
                        .isFalse();
                assertThat(open.stream()
                                .filter(other -> other.tenant.equals(each.tenant))
                                .count())
                        .isLessThanOrEqualTo(edge.maxSessionsPerTenant());
                assertThat(open.stream()
                                .filter(other -> other.address.equals(each.address))
                                .count())
                        .isLessThanOrEqualTo(edge.maxSessionsPerAddress());
            }
        }
        rooms.forEach(each -> each.room.close());
        open.forEach(each -> sessions.forget(each.session));
        assertThat(sessions.count()).isZero();
        assertThat(sessions.addresses()).as("addresses that hold anything").isZero();
    }
}
