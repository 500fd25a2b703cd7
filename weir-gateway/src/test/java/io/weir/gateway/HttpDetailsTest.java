package io.weir.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Details of HTTP on both sides, byte by byte. */
class HttpDetailsTest {
    private static String all(Socket socket) throws Exception {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    private static GatewayHarness once(RawServer server, String... settings) throws Exception {
        return GatewayHarness.start(server.url().toString(), settings);
    }

    @Test
    void informationalAnswers_areNotTakenForTheFinalOne() throws Exception {
        RawServer.Script script = (socket, n) -> {
            RawServer.Request request = RawServer.read(socket);
            RawServer.write(socket, "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
            RawServer.answer(socket, request);
            RawServer.serveAll(socket);
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = once(server)) {
            assertThat(rig.call(GatewayHarness.call(1, "echo")).join().body()).contains("\"id\":1,");
            assertThat(rig.call(GatewayHarness.call(2, "echo")).join().body()).contains("\"id\":2,");
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @Test
    void switchedProtocol_isAFailureOfTheServer() throws Exception {
        RawServer.Script script = (socket, n) -> {
            RawServer.read(socket);
            RawServer.write(socket, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nxxxx");
            socket.getInputStream().read();
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = once(server)) {
            assertThat(rig.call(GatewayHarness.call(1, "echo")).join().body())
                    .contains("\"id\":1,")
                    .contains("sent no valid HTTP response");
            GatewayHarness.await("nothing is in flight", () -> rig.stats().contains("\"in_flight\":0"));
        }
    }

    @Test
    void clientOfHttp10_getsNoChunks() throws Exception {
        RawServer.Script script = (socket, n) -> {
            RawServer.read(socket);
            RawServer.write(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
            socket.getInputStream().read();
        };
        String post = GatewayHarness.post(GatewayHarness.call(1, "echo"), "Connection: keep-alive")
                .replace("HTTP/1.1", "HTTP/1.0");
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = once(server);
                Socket client = rig.send(post)) {
            assertThat(all(client))
                    .doesNotContainIgnoringCase("transfer-encoding")
                    .endsWith("\r\n\r\nabc");
        }
    }

    @Test
    void expectedContinue_isSaidOnlyToABodyThatIsWanted() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket));
                GatewayHarness rig = once(server, "edge.max_body_bytes=1000")) {
            String wanted =
                    GatewayHarness.post(GatewayHarness.call(1, "echo"), "Expect: 100-continue", "Connection: close");
            try (Socket client = rig.send(wanted)) {
                assertThat(all(client)).startsWith("HTTP/1.1 100 Continue\r\n").contains("HTTP/1.1 200 OK");
            }
            String head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n";
            try (Socket client = rig.send(head + "Content-Type: application/json\r\nContent-Length: 2000\r\n\r\n")) {
                assertThat(all(client)).startsWith("HTTP/1.1 413 ").doesNotContain("100 Continue");
            }
            try (Socket client = rig.send(head + "Content-Type: text/plain\r\nContent-Length: 10\r\n\r\n")) {
                assertThat(all(client)).startsWith("HTTP/1.1 415 ").doesNotContain("100 Continue");
            }
        }
    }

    @Test
    void compressedEventStreamThatBreaks_getsNoEventInClear() throws Exception {
        RawServer.Script script = (socket, n) -> {
            RawServer.read(socket);
            RawServer.write(
                    socket,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\n");
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = once(server);
                Socket client = rig.send(GatewayHarness.post(GatewayHarness.call(1, "echo")))) {
            // A client that looks for the end of the stream finds none.
            assertThat(all(client))
                    .contains("text/event-stream")
                    .doesNotContain("jsonrpc")
                    .doesNotEndWith("0\r\n\r\n");
        }
    }

    @Test
    void connections_areProbedByTheKernel() throws Exception {
        Path table = Path.of("/proc/net/tcp");
        assumeTrue(Files.exists(table), "there is such a table on Linux");
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket));
                GatewayHarness rig = once(server, "upstreams.default.keep_alive_ms=3600000");
                Socket client = rig.send(GatewayHarness.post(GatewayHarness.call(1, "echo")))) {
            assertThat(client.getInputStream().read()).isEqualTo('H');
            String fromClient =
                    String.format(":%04X 0100007F:%04X 01", rig.gateway.http().port(), client.getLocalPort());
            String toServer = String.format(" 0100007F:%04X 01", server.port());

            GatewayHarness.await("both connections have a timer of TCP keep-alive", () -> {
                String lines = connections();
                return lines.lines().anyMatch(line -> line.contains(fromClient) && line.contains(" 02:"))
                        && lines.lines().anyMatch(line -> line.contains(toServer) && line.contains(" 02:"));
            });
        }
    }

    /** The kernel's tables, with IPv4 addresses of the one for IPv6 written as in the other. */
    private static String connections() {
        try {
            return Files.readString(Path.of("/proc/net/tcp"))
                    + Files.readString(Path.of("/proc/net/tcp6")).replace("0000000000000000FFFF0000", "");
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void faultyRequestBehindAnUnansweredOne_isNotAnsweredInItsPlace() throws Exception {
        CountDownLatch latch = new CountDownLatch(1);
        RawServer.Script script = (socket, n) -> {
            RawServer.Request request = RawServer.read(socket);
            latch.await();
            RawServer.answer(socket, request);
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = once(server);
                Socket client = rig.send(GatewayHarness.post(GatewayHarness.call(7, "slow")))) {
            GatewayHarness.await("the server has it", () -> server.open() == 1);

            client.getOutputStream().write("POST /mcp HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".getBytes(US_ASCII));

            assertThat(all(client)).isEmpty();
            latch.countDown();
        }
    }

    @Test
    void requestBehindARefusedOne_isNotServed() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket));
                GatewayHarness rig = once(server)) {
            String refused = GatewayHarness.post(GatewayHarness.call(1, "x")).replace("/mcp", "/nowhere");
            try (Socket client = rig.send(refused + refused + GatewayHarness.post(GatewayHarness.call(2, "x")))) {
                assertThat(all(client)).startsWith("HTTP/1.1 404 ").containsOnlyOnce("HTTP/1.1 ");
            }

            assertThat(server.accepted()).isZero();
        }
    }

    @Test
    void boundedEventStreamThatBreaksOff_endsWithItsConnection() throws Exception {
        RawServer.Script script = (socket, n) -> {
            RawServer.read(socket);
            RawServer.write(
                    socket,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 5000\r\n\r\ndata: 1\n\n");
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = once(server);
                Socket client = rig.send(GatewayHarness.post(GatewayHarness.call(1, "x")))) {
            assertThat(all(client)).endsWith("data: 1\n\n");
        }
    }

    @Test
    void partOfAHeadBehindAnOpenStream_isNotKept() throws Exception {
        RawServer.Script script = (socket, n) -> {
            RawServer.read(socket);
            RawServer.write(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hi\n\n");
            socket.getInputStream().read();
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = once(server, "edge.header_timeout_ms=300");
                Socket client = rig.send("GET /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
            GatewayHarness.await("the stream is open", () -> server.open() == 1);

            client.getOutputStream().write("POST /mcp HTTP/1.1\r\nHo".getBytes(US_ASCII));

            GatewayHarness.await("the stream is closed", () -> server.open() == 0);
            assertThat(rig.stat("client_timeouts")).isEqualTo(1);
        }
    }

    @Test
    void bodyThatIsLate_isRefused() throws Exception {
        String request = GatewayHarness.post(GatewayHarness.call(1, "x"));
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket));
                GatewayHarness rig = once(server, "edge.body_timeout_ms=300");
                Socket client = rig.send(request.substring(0, request.length() - 5))) {
            assertThat(all(client))
                    .startsWith("HTTP/1.1 408 ")
                    .containsIgnoringCase("connection: close\r\n")
                    .contains("edge.body_timeout_ms")
                    .containsOnlyOnce("HTTP/1.1 ");

            assertThat(server.accepted()).isZero();
            assertThat(rig.stat("client_timeouts")).isEqualTo(1);
            assertThat(rig.stat("buffered_body_bytes")).isZero();
        }
    }

    @Test
    void bodyBehindASlowCall_isNotLateForThat() throws Exception {
        RawServer.Script script = (socket, n) -> {
            while (true) {
                RawServer.Request request = RawServer.read(socket);
                if (request.is("slow")) {
                    Thread.sleep(2_500);
                }
                RawServer.answer(socket, request);
            }
        };
        String second = GatewayHarness.post(GatewayHarness.call(2, "x"));
        int head = second.indexOf("\r\n\r\n") + 4;
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = once(server, "edge.body_timeout_ms=2000");
                Socket client =
                        rig.send(GatewayHarness.post(GatewayHarness.call(1, "slow")) + second.substring(0, head))) {
            assertThat(client.getInputStream().read()).isEqualTo('H');
            // Longer than from one look at the deadlines to the next.
            Thread.sleep(500);
            client.getOutputStream().write(second.substring(head).getBytes(US_ASCII));

            GatewayHarness.await("the server has both", () -> rig.stats().contains("\"completed\":{\"messages\":2,"));
        }
    }

    @Test
    void sessionIdThatIsTooLong_isAFailureOfTheServer() throws Exception {
        RawServer.Script script = (socket, n) -> {
            while (true) {
                RawServer.answer(socket, RawServer.read(socket), "Mcp-Session-Id: " + "s".repeat(1_025));
            }
        };
        String initialize = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}";
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = once(server)) {
            assertThat(rig.call(initialize).join().body()).contains("Mcp-Session-Id of more than 1024 characters");
            assertThat(rig.stat("sessions")).isZero();
        }
    }

    /** The head that was copied from the server says how long another body would have been. */
    @ParameterizedTest
    @ValueSource(strings = {"GET", "DELETE"})
    void answerThatBreaksOffBehindItsHead_isReplacedWhole(String method) throws Exception {
        RawServer.Script script = (socket, n) -> {
            RawServer.read(socket);
            RawServer.write(
                    socket, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n");
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = once(server)) {
            HttpResponse<String> response = rig.request(method, "").join();

            assertThat(response.statusCode()).isEqualTo(502);
            assertThat(response.body()).startsWith("{\"jsonrpc\":\"2.0\"").endsWith("}}");
        }
    }
}
