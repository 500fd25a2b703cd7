package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers that do not read are disconnected, and nothing of theirs stays. */
class ConnectionResetTest {
    private static final int SMALL = 4_096;
    private static final String STATELESS = "MCP-Protocol-Version: 2026-07-28";

    private static final int BIG = 20_000_000;

    /**
     * ErrorResponses "big" with more than a client that does not read has taken off its hands, and all else at once.
     */
    private static void serve(Socket socket) throws IOException {
        byte[] chunk = "x".repeat(20_000).getBytes(StandardCharsets.US_ASCII);
        while (true) {
            RawServer.Request request = RawServer.read(socket);
            if (!request.is("big")) {
                RawServer.answer(socket, request);
                continue;
            }
            RawServer.write(
                    socket, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + BIG + "\r\n\r\n");
            for (int sent = 0; sent < BIG; sent += chunk.length) {
                socket.getOutputStream().write(chunk);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Era: session", STATELESS})
    void clientThatReadsNothing_isResetOnceAndGivesItsPlaceBack(String era) throws Exception {
        try (RawServer server = new RawServer((socket, n) -> serve(socket));
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "edge.write_stall_timeout_ms=500",
                        "upstreams.default.circuit_breaker.enabled=false",
                        "upstreams.default.abandoned_hold_ms=500",
                        "upstreams.default.capacity=8")) {
            List<Socket> clients = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                clients.add(rig.send(GatewayHarness.post(GatewayHarness.call(i, "big"), era), SMALL));
            }

            GatewayHarness.await("all are reset", () -> rig.stat("slow_readers") == 8);
            GatewayHarness.await(
                    "one place is free",
                    () -> rig.call(GatewayHarness.call(99, "echo"))
                            .join()
                            .body()
                            .contains("result"));

            for (Socket client : clients) {
                assertThatThrownBy(() -> client.getInputStream().readAllBytes()).hasMessageContaining("reset");
                client.close();
            }
            assertThat(rig.stat("slow_readers")).isEqualTo(8);
        }
    }

    @Test
    void eventStreamThatIsNotRead_isReset() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> {
                    RawServer.read(socket);
                    RawServer.write(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
                    while (true) {
                        RawServer.write(socket, "data: " + "x".repeat(8_000) + "\n\n");
                    }
                });
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), "edge.write_stall_timeout_ms=500");
                Socket client = rig.send("GET /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n", SMALL)) {
            GatewayHarness.await(
                    "the server's connection is closed", () -> server.accepted() == 1 && server.open() == 0);

            assertThatThrownBy(() -> client.getInputStream().readAllBytes()).hasMessageContaining("reset");
            assertThat(rig.stat("slow_readers")).isEqualTo(1);
        }
    }

    /** The first four connections are accepted and never read. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void upstreamThatReadsNothing_losesItsConnectionsAndHoldsNoPermit(boolean stateless) throws Exception {
        List<Socket> unread = new ArrayList<>();
        RawServer.Script script = (socket, n) -> {
            if (n > 4) {
                RawServer.serveAll(socket);
            }
            synchronized (unread) {
                unread.add(socket);
            }
            Thread.sleep(GatewayHarness.PATIENCE.toMillis());
        };
        try (RawServer server = new RawServer(script, SMALL);
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "upstreams.default.request_timeout_ms=1000",
                        "upstreams.default.circuit_breaker.enabled=false",
                        "upstreams.default.abandoned_hold_ms=60000",
                        "edge.max_body_bytes=20000000",
                        "upstreams.default.capacity=4")) {
            String large = GatewayHarness.call(1, "x".repeat(200))
                    .replace("{}", "{\"pad\":\"" + "p".repeat(12_000_000) + "\"}");
            List<Socket> clients = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                clients.add(rig.send(GatewayHarness.post(large, stateless ? STATELESS : "X-Era: session")));
            }
            GatewayHarness.await("the server has four connections", () -> server.accepted() == 4);
            if (stateless) {
                for (Socket client : clients) {
                    client.close();
                }
            }

            // It never had a whole request to go on with, so no slot is held either.
            GatewayHarness.await("nothing is in flight", () -> rig.stats().contains("\"in_flight\":0"));
            assertThat(rig.call(GatewayHarness.call(99, "echo")).join().body()).contains("result");
            for (Socket socket : unread) {
                GatewayHarness.await("the gateway's end is gone", () -> isReset(socket));
            }
        }
    }

    private static boolean isReset(Socket socket) {
        try {
            byte[] bytes = new byte[1 << 20];
            while (socket.getInputStream().read(bytes) >= 0) {
                // What the kernel had taken.
            }
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
