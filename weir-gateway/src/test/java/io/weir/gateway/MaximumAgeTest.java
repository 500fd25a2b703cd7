package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaximumAgeTest {
    private static final String INITIALIZE = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}";
    private static final String LIST = "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\",\"params\":{}}";

    private final AtomicInteger issued = new AtomicInteger();
    private final List<String> deleted = new CopyOnWriteArrayList<>();
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final CountDownLatch answer = new CountDownLatch(1);

    /** A server that answers a call only when the test says so. */
    private RawServer server() throws Exception {
        return new RawServer((socket, n) -> {
            while (true) {
                RawServer.Request request = RawServer.read(socket);
                if (request.head().startsWith("DELETE")) {
                    heads.add(request.head());
                    deleted.add(request.head().replaceAll("(?is).*mcp-session-id: (\\S+).*", "$1"));
                    RawServer.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                } else if (request.is("initialize")) {
                    RawServer.answer(socket, request, "Mcp-Session-Id: s" + issued.incrementAndGet());
                } else {
                    if (request.is("tools/call")) {
                        answer.await();
                    }
                    RawServer.answer(socket, request);
                }
            }
        });
    }

    @Test
    void sessionAtItsMaximumAge_endsWithItsCalls_andNewRequestsAreAnswered404() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), "edge.session_max_age_ms=1000")) {
            rig.call(INITIALIZE).join();
            CompletableFuture<HttpResponse<String>> call =
                    rig.call(GatewayHarness.call(7, "slow"), "Mcp-Session-Id", "s1");
            GatewayHarness.await("a request is refused for the session's age", () -> {
                HttpResponse<String> list =
                        rig.call(LIST, "Mcp-Session-Id", "s1").join();
                return list.statusCode() == 404 && list.body().contains("\"reason\":\"session_age\"");
            });
            assertThat(rig.stat("requests_aged_out")).isPositive();
            rig.call(INITIALIZE).join();
            GatewayHarness.await("a later session has ended", () -> rig.stat("sessions_aged_out") > 0);
            GatewayHarness.await("its server was told", () -> !deleted.isEmpty());
            assertThat(deleted).containsExactly("s2");
            assertThat(call).isNotDone();

            answer.countDown();

            assertThat(call.join().statusCode()).isEqualTo(200);
            GatewayHarness.await("the session is ended", () -> rig.stat("sessions") == 0);
            assertThat(deleted).containsExactly("s2", "s1");
            assertThat(rig.stat("sessions_aged_out")).isEqualTo(2);
        }
    }

    /** A server that keeps the sessions of tenants apart would not find the session otherwise. */
    @Test
    void sessionThatTheGatewayEnds_isEndedInTheNameOfItsTenant(@TempDir Path folder) throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.keyed(
                        server,
                        folder,
                        "edge.session_max_age_ms=1000",
                        "tenants.header=X-Weir-Tenant",
                        "upstreams.default.headers.X-Own=own")) {
            assertThat(rig.call(INITIALIZE, "X-API-Key", GatewayHarness.KEY_B)
                            .join()
                            .statusCode())
                    .isEqualTo(200);

            GatewayHarness.await("its server was told", () -> !deleted.isEmpty());

            assertThat(heads.get(0))
                    .containsIgnoringCase("\r\nX-Weir-Tenant: b\r\n")
                    .containsIgnoringCase("\r\nX-Own: own\r\n");
        }
    }

    @Test
    void connectionAtItsMaximumAge_isClosedWhenIdle_orBehindTheAnswerUnderWay() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), "edge.connection_max_age_ms=1000");
                Socket busy = rig.send(GatewayHarness.post(GatewayHarness.call(7, "slow")));
                Socket idle = rig.send(GatewayHarness.post(LIST))) {
            String ended = new String(idle.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(ended).startsWith("HTTP/1.1 200 ").doesNotContainIgnoringCase("connection: close");

            answer.countDown();

            String last = new String(busy.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(last)
                    .startsWith("HTTP/1.1 200 ")
                    .containsIgnoringCase("connection: close")
                    .contains("\"id\":7");
            assertThat(rig.stat("connections_aged_out")).isEqualTo(2);
        }
    }

    @Test
    void tcpConnectionAtItsMaximumAge_answersWhatIsUnderWay_refusesWhatComes_andIsClosed() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(), "edge.connection_max_age_ms=1000", "tcp.listen=127.0.0.1:0");
                Socket client = new Socket(InetAddress.getLoopbackAddress(), rig.tcpPort())) {
            client.setSoTimeout((int) GatewayHarness.PATIENCE.toMillis());
            RawServer.write(client, GatewayHarness.call(7, "slow") + "\n");
            GatewayHarness.await("a request is refused for the connection's age", () -> {
                try {
                    RawServer.write(client, LIST + "\n");
                } catch (java.io.IOException e) {
                    throw new AssertionError(e);
                }
                return rig.stat("requests_aged_out") > 0;
            });
            RawServer.await(client, "\"reason\":\"connection_age\"");

            answer.countDown();

            String rest = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(rest).contains("\"id\":7");
            assertThat(rig.stat("connections_aged_out")).isEqualTo(1);
        }
    }
}
