package io.weir.gateway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.GatewayConfigLoader;
import io.weir.gateway.http.LineLimit;
import io.weir.gateway.mcp.EdgeCap;
import io.weir.gateway.ops.LoggedLines;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Origin;
import io.weir.gateway.session.Session;
import io.weir.gateway.session.Sessions;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SessionLogTest {
    private final long start = System.nanoTime();
    private final SessionLog log = new SessionLog();

    private static List<Session> sessions(int count) throws Exception {
        Sessions sessions = new Sessions(new GatewayConfigLoader(1 << 30, name -> null)
                .withoutUpstream()
                .load()
                .edge());
        for (int i = 0; i < count; i++) {
            Sessions.Room room = (Sessions.Room) sessions.makeRoom("t", new Origin("10.0.0.1", null));
            room.open("u", "s" + i, 0);
        }
        return IntStream.range(0, count)
                .mapToObj(i -> sessions.find("u", "s" + i).orElseThrow())
                .toList();
    }

    @Test
    void note_isLoggedOnceInTenSecondsWithWhatWasLeftOut() throws Exception {
        try (LoggedLines lines = new LoggedLines("weir.sessions")) {
            log.note(sessions(3), start + LineLimit.WINDOW_NANOS);
            log.note(sessions(2), start + LineLimit.WINDOW_NANOS + 1);
            log.note(sessions(1), start + 3 * LineLimit.WINDOW_NANOS);

            assertThat(lines.lines()).hasSize(2);
            assertThat(lines.lines().get(0))
                    .isEqualTo("WARN an idle session of tenant 't', opened from 10.0.0.1, was ended to make room for a"
                            + " new one; the caps are edge.max_sessions and edge.max_sessions_per_tenant, _per_address"
                            + " and _per_connection");
            assertThat(lines.lines().get(1)).endsWith("_per_connection; 4 more of these were not logged");
        }
    }

    @Test
    void refused_hasALineForEachCap() {
        try (LoggedLines lines = new LoggedLines("weir.sessions")) {
            Client client = Client.ofAddress("t", "10.0.0.1", "c");
            for (int i = 0; i < 3; i++) {
                log.refused(EdgeCap.PER_TENANT, client, start);
                log.refused(EdgeCap.ALL, client, start);
            }
            log.refused(EdgeCap.ALL, client, start + 2 * LineLimit.WINDOW_NANOS);

            assertThat(lines.lines()).hasSize(3);
            assertThat(lines.lines().get(2)).endsWith("; 2 more of these were not logged");
        }
    }
}
