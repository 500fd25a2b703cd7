package io.weir.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.EdgeConfig;
import io.weir.config.GatewayConfigLoader;
import io.weir.core.Reason;
import io.weir.core.Rejection;
import io.weir.core.Scope;
import io.weir.gateway.mcp.EdgeCap;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamsTest {
    private static EdgeConfig edge(int all, int perTenant, int perSession) throws Exception {
        return new GatewayConfigLoader(1 << 30, name -> null)
                .withoutUpstream()
                .set("edge.max_streams=" + all)
                .set("edge.max_streams_per_tenant=" + perTenant)
                .set("edge.max_streams_per_session=" + perSession)
                .load()
                .edge();
    }

    private static Client client(String tenant) {
        return Client.ofAddress(tenant, "a", "");
    }

    private static Session session(String id) {
        return new Session("u", "u", id, "t", new Origin("a", null), new SessionQuota(), new SessionQuota(), 0);
    }

    @Test
    void open_beyondTheCapOfASession_isRefusedAndTakesNothing() throws Exception {
        Streams streams = new Streams(edge(10, 10, 1));
        Session session = session("1");
        Streams.Stream first = (Streams.Stream) streams.open(client("t"), session, 0);

        assertThat(streams.open(client("t"), session, 0)).isInstanceOf(Streams.Refused.class);

        assertThat(streams.count()).isEqualTo(1);
        assertThat(streams.open(client("t"), session("2"), 0)).isInstanceOf(Streams.Stream.class);
        first.close(0);
        first.close(0);
        assertThat(streams.count()).isEqualTo(1);
        assertThat(streams.open(client("t"), session, 0)).isInstanceOf(Streams.Stream.class);
    }

    @ParameterizedTest
    @CsvSource({
        "max_streams, ALL, GLOBAL",
        "max_streams_per_tenant, PER_TENANT, TENANT",
        "max_streams_per_session, PER_SESSION, CONNECTION",
        "max_streams_per_address, PER_ADDRESS, ADDRESS"
    })
    void open_beyondACap_namesAndCountsIt(String key, EdgeCap cap, Scope scope) throws Exception {
        Streams streams = new Streams(new GatewayConfigLoader(1 << 30, name -> null)
                .withoutUpstream()
                .set("edge." + key + "=2")
                .load()
                .edge());
        Session session = session("1");
        streams.open(client("t"), session, 0);
        streams.open(client("t"), session, 0);
        assertThat(streams.refused().total()).isZero();

        Streams.Opening third = streams.open(client("t"), session, 0);

        assertThat(third).isEqualTo(new Streams.Refused(new Rejection(Reason.STREAMS, scope, 2, 2, 0)));
        assertThat(cap.key("streams")).isEqualTo("edge." + key);
        Map<String, Long> counts = new HashMap<>();
        streams.refused().addTo(counts);
        assertThat(counts)
                .hasSize(5)
                .containsEntry("streams_refused", 1L)
                .containsEntry("streams_refused_" + key.replace("_streams", ""), 1L);
        assertThat(counts.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(2);
    }

    @Test
    void open_beyondTheCapOfATenant_isRefusedForItAlone() throws Exception {
        Streams streams = new Streams(edge(10, 1, 10));
        assertThat(streams.open(client("t"), null, 0)).isInstanceOf(Streams.Stream.class);

        assertThat(streams.open(client("t"), null, 0)).isInstanceOf(Streams.Refused.class);

        assertThat(streams.open(client("other"), null, 0)).isInstanceOf(Streams.Stream.class);
        assertThat(streams.count()).isEqualTo(2);
    }

    @Test
    void open_beyondTheCapOfAll_isRefusedForEveryone() throws Exception {
        Streams streams = new Streams(edge(1, 10, 10));
        Streams.Stream only = (Streams.Stream) streams.open(client("t"), null, 0);

        assertThat(streams.open(client("other"), null, 0)).isInstanceOf(Streams.Refused.class);

        only.close(0);
        assertThat(streams.open(client("other"), null, 0)).isInstanceOf(Streams.Stream.class);
    }

    @Test
    void open_beyondTheCapOfAnAddress_isRefusedForItAlone() throws Exception {
        EdgeConfig edge = new GatewayConfigLoader(1 << 30, name -> null)
                .withoutUpstream()
                .set("edge.max_streams_per_address=1")
                .load()
                .edge();
        Streams streams = new Streams(edge);
        Session session = session("1");
        Streams.Stream first = (Streams.Stream) streams.open(client("t"), null, 0);

        assertThat(streams.open(client("other"), session, 0)).isInstanceOf(Streams.Refused.class);

        assertThat(session.isIdle()).isTrue();
        assertThat(streams.count()).isEqualTo(1);
        assertThat(streams.open(Client.ofAddress("t", "b", ""), null, 0)).isInstanceOf(Streams.Stream.class);
        first.close(0);
        assertThat(streams.open(client("other"), session, 0)).isInstanceOf(Streams.Stream.class);
    }

    @Test
    void open_keepsASessionFromBeingIdle() throws Exception {
        Streams streams = new Streams(edge(1, 1, 1));
        Session session = session("1");
        Streams.Stream stream = (Streams.Stream) streams.open(client("t"), session, 0);
        assertThat(session.isIdle()).isFalse();

        stream.close(0);

        assertThat(session.isIdle()).isTrue();
    }
}
