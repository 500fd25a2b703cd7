package io.weir.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.config.EdgeConfig;
import io.weir.gateway.config.GatewayConfigLoader;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SessionsTest {
    private static EdgeConfig edge() throws Exception {
        return new GatewayConfigLoader(1 << 30, name -> null)
                .withoutUpstream()
                .set("edge.max_sessions=3")
                .set("edge.max_sessions_per_tenant=2")
                .set("edge.session_idle_timeout_ms=1000")
                .load()
                .edge();
    }

    private static Session open(Sessions sessions, String tenant, String id, long now) {
        Sessions.Room room = sessions.makeRoom(tenant).orElseThrow();
        room.open("u", id, now);
        room.close();
        return sessions.find("u", id).orElseThrow();
    }

    @Test
    void find_knowsWhatAnUpstreamIssued() throws Exception {
        Sessions sessions = new Sessions(edge());
        open(sessions, "t", "1", 0);

        assertThat(sessions.find("u", "1")).isPresent();
        assertThat(sessions.find("v", "1")).isEmpty();
        assertThat(sessions.find("u", "2")).isEmpty();
        assertThat(sessions.find("u", null)).isEmpty();
    }

    @Test
    void makeRoom_ofAFullTenant_givesUpItsLongestIdleSession() throws Exception {
        Sessions sessions = new Sessions(edge());
        open(sessions, "other", "0", 0);
        Session oldest = open(sessions, "t", "1", 1);
        open(sessions, "t", "2", 2);

        Sessions.Room room = sessions.makeRoom("t").orElseThrow();

        assertThat(room.given()).isSameAs(oldest);
        assertThat(sessions.find("u", "1")).isEmpty();
        assertThat(sessions.find("u", "0")).isPresent();
    }

    @Test
    void makeRoom_whereAllAreBusy_isRefused() throws Exception {
        Sessions sessions = new Sessions(edge());
        open(sessions, "t", "1", 0).begin(0);
        Session second = open(sessions, "t", "2", 0);
        second.begin(0);
        assertThat(sessions.makeRoom("t")).isEmpty();

        second.end(5);

        assertThat(sessions.makeRoom("t").orElseThrow().given()).isSameAs(second);
    }

    @Test
    void room_thatIsHeld_countsUntilItIsClosed() throws Exception {
        Sessions sessions = new Sessions(edge());
        Sessions.Room first = sessions.makeRoom("t").orElseThrow();
        Sessions.Room second = sessions.makeRoom("t").orElseThrow();
        assertThat(sessions.makeRoom("t")).isEmpty();

        first.close();
        first.close();

        assertThat(sessions.makeRoom("t")).isPresent();
        assertThat(sessions.makeRoom("t")).isEmpty();
        second.close();
        assertThat(sessions.count()).isZero();
    }

    @Test
    void forgetIdle_takesThoseThatDidNothingForTheTime() throws Exception {
        Sessions sessions = new Sessions(edge());
        Session idle = open(sessions, "t", "1", 0);
        Session busy = open(sessions, "t", "2", 0);
        busy.begin(0);
        long second = TimeUnit.SECONDS.toNanos(1);

        assertThat(sessions.forgetIdle(second - 1)).isEmpty();
        assertThat(sessions.forgetIdle(second)).containsExactly(idle);

        assertThat(sessions.count()).isEqualTo(1);
        sessions.forget(idle);
        assertThat(sessions.makeRoom("t").orElseThrow().given()).isNull();
    }
}
