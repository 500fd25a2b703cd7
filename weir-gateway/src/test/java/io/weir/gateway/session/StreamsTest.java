package io.weir.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.EdgeConfig;
import io.weir.config.GatewayConfigLoader;
import io.weir.core.Reason;
import io.weir.core.Rejection;
import io.weir.core.Scope;
import java.util.Objects;
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
        Streams.Stream first = Objects.requireNonNull(streams.open(client("t"), session, 0));

        assertThat(streams.open(client("t"), session, 0)).isNull();

        assertThat(streams.count()).isEqualTo(1);
        assertThat(streams.open(client("t"), session("2"), 0)).isNotNull();
        first.close(0);
        first.close(0);
        assertThat(streams.count()).isEqualTo(1);
        assertThat(streams.open(client("t"), session, 0)).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({"1, 9, 9, GLOBAL", "9, 1, 9, TENANT", "9, 9, 1, CONNECTION"})
    void rejection_namesTheCapThatIsReached(int all, int perTenant, int perSession, Scope scope) throws Exception {
        Streams streams = new Streams(edge(all, perTenant, perSession));
        Session session = session("1");
        assertThat(streams.open(client("t"), session, 0)).isNotNull();
        assertThat(streams.open(client("t"), session, 0)).isNull();

        Rejection rejection = streams.rejection(client("t"), session);

        assertThat(rejection).isEqualTo(new Rejection(Reason.STREAMS, scope, 1, 1, 0));
    }

    @Test
    void open_beyondTheCapOfATenant_isRefusedForItAlone() throws Exception {
        Streams streams = new Streams(edge(10, 1, 10));
        assertThat(streams.open(client("t"), null, 0)).isNotNull();

        assertThat(streams.open(client("t"), null, 0)).isNull();

        assertThat(streams.open(client("other"), null, 0)).isNotNull();
        assertThat(streams.count()).isEqualTo(2);
    }

    @Test
    void open_beyondTheCapOfAll_isRefusedForEveryone() throws Exception {
        Streams streams = new Streams(edge(1, 10, 10));
        Streams.Stream only = Objects.requireNonNull(streams.open(client("t"), null, 0));

        assertThat(streams.open(client("other"), null, 0)).isNull();

        only.close(0);
        assertThat(streams.open(client("other"), null, 0)).isNotNull();
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
        Streams.Stream first = Objects.requireNonNull(streams.open(client("t"), null, 0));

        assertThat(streams.open(client("other"), session, 0)).isNull();

        assertThat(session.isIdle()).isTrue();
        assertThat(streams.count()).isEqualTo(1);
        assertThat(streams.open(Client.ofAddress("t", "b", ""), null, 0)).isNotNull();
        first.close(0);
        assertThat(streams.open(client("other"), session, 0)).isNotNull();
    }

    @Test
    void open_keepsASessionFromBeingIdle() throws Exception {
        Streams streams = new Streams(edge(1, 1, 1));
        Session session = session("1");
        Streams.Stream stream = Objects.requireNonNull(streams.open(client("t"), session, 0));
        assertThat(session.isIdle()).isFalse();

        stream.close(0);

        assertThat(session.isIdle()).isTrue();
    }
}
