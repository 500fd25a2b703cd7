package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which sessions there are, and whose they are. */
class SessionIdentityTest {
    private static final String KEY_A = GatewayHarness.KEY_A;
    private static final String KEY_B = GatewayHarness.KEY_B;
    private static final String LIST = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}";
    private static final String INITIALIZE =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\","
                    + "\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}";

    @TempDir
    Path folder;

    private final AtomicInteger issued = new AtomicInteger();
    private final CountDownLatch left = new CountDownLatch(1);
    private final List<String> seen = new CopyOnWriteArrayList<>();

    /** A server whose session ids are a counter. */
    private RawServer server() throws Exception {
        return new RawServer((socket, n) -> {
            while (true) {
                RawServer.Request request = RawServer.read(socket);
                seen.add(request.head() + request.body());
                if (request.is("initialize")) {
                    RawServer.answer(socket, request, "Mcp-Session-Id: s" + issued.incrementAndGet());
                } else {
                    RawServer.answer(socket, request);
                }
            }
        });
    }

    private GatewayHarness keyed(RawServer server) throws Exception {
        return GatewayHarness.keyed(server, folder);
    }

    private static String initialize(GatewayHarness rig, String... headers) {
        return rig.call(INITIALIZE, headers)
                .join()
                .headers()
                .firstValue("mcp-session-id")
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[%s]", "[%s,%s]"})
    void initializeInABatch_isRefusedWithBadRequest(String form) throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            HttpResponse<String> answer =
                    rig.call(form.formatted(INITIALIZE, LIST)).join();

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("\"error\"", "-32600", "initialize");
            assertThat(seen).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Mcp-Session-Id: s1", "MCP-Protocol-Version: 2025-06-18", "Content-Type: application/json"})
    void headerThatStandsTwice_isRefusedWithBadRequest(String header) throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(server.url().toString());
                Socket client = rig.send(GatewayHarness.post(LIST, header, header))) {
            String answer = new String(client.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);

            assertThat(answer).isEqualTo("HTTP/1.1 400");
            assertThat(seen).isEmpty();
        }
    }

    @Test
    void unknownSession_withApiKeys_isNotFound() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = keyed(server)) {
            HttpResponse<String> answer = rig.call(LIST, "X-API-Key", KEY_A, "Mcp-Session-Id", "of-somebody-else")
                    .join();

            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(seen).isEmpty();
        }
    }

    @Test
    void unknownSession_withoutApiKeys_isPassedOn() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            assertThat(rig.call(LIST, "Mcp-Session-Id", "from-before").join().statusCode())
                    .isEqualTo(200);

            assertThat(seen).hasSize(1);
        }
    }

    @Test
    void idOfAnotherTenantThatTheServerIssuesAgain_isRefusedAndTheFirstStays() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = keyed(server)) {
            String ofA = initialize(rig, "X-API-Key", KEY_A);
            issued.set(0);

            HttpResponse<String> refused = rig.call(
                            "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{}}",
                            "X-API-Key",
                            KEY_B)
                    .join();
            assertThat(refused.body()).contains("-31502", "in use by another tenant");
            assertThat(refused.headers().firstValue("Mcp-Session-Id")).isEmpty();
            assertThat(list(rig, KEY_B, ofA)).isEqualTo(404);
            assertThat(list(rig, KEY_A, ofA)).isEqualTo(200);
        }
    }

    @Test
    void sessionWhoseRequestIsBeingReceived_doesNotExpire() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.keyed(
                        server, folder, "edge.session_idle_timeout_ms=1000", "queue_limits.cleanup_interval_ms=1000")) {
            String id = initialize(rig, "X-API-Key", KEY_A);
            String post = GatewayHarness.post(LIST, "X-API-Key: " + KEY_A, "Mcp-Session-Id: " + id);
            try (Socket client = rig.send(post.substring(0, post.length() - 5))) {
                GatewayHarness.await("it is being received", () -> rig.stat("buffered_body_bytes") > 0);
                initialize(rig, "X-API-Key", KEY_A);
                GatewayHarness.await("a later session has expired", () -> rig.stat("sessions_expired") >= 1);

                client.getOutputStream().write(post.substring(post.length() - 5).getBytes(StandardCharsets.US_ASCII));

                byte[] status = client.getInputStream().readNBytes("HTTP/1.1 200".length());
                assertThat(new String(status, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
            }
            GatewayHarness.await("it expires when nothing more comes", () -> rig.stat("sessions_expired") == 2);
        }
    }

    @ParameterizedTest
    @CsvSource({"GET, 200", "POST, 404", "DELETE, 404"})
    void serverDoesNotFindAMethodOfASession_aPostAndADeleteEndIt(String method, int after) throws Exception {
        RawServer.Script script = (socket, n) -> {
            while (true) {
                RawServer.Request request = RawServer.read(socket);
                if (request.head().startsWith(method)
                        && !request.head().contains("Other: ")
                        && !request.is("initialize")) {
                    RawServer.write(socket, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
                } else {
                    RawServer.answer(socket, request, "Mcp-Session-Id: s1");
                }
            }
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = keyed(server)) {
            String id = initialize(rig, "X-API-Key", KEY_A);

            assertThat(rig.request(method, LIST, "X-API-Key", KEY_A, "Mcp-Session-Id", id)
                            .join()
                            .statusCode())
                    .isEqualTo(404);

            assertThat(rig.stat("sessions")).isEqualTo(after == 200 ? 1 : 0);
            assertThat(rig.call(LIST, "X-API-Key", KEY_A, "Mcp-Session-Id", id, "Other", "1")
                            .join()
                            .statusCode())
                    .isEqualTo(after);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "text/event-stream"})
    void answerToAnotherRequest_opensNoSessionAndEndsNone(String type) throws Exception {
        RawServer.Script script = (socket, n) -> {
            RawServer.Request first = RawServer.read(socket);
            if (n == 1) {
                RawServer.answer(socket, first, "Mcp-Session-Id: s1");
                first = RawServer.read(socket);
            }
            while (true) {
                String wrong = "{\"result\":{},\"id\":99}";
                String body = type.startsWith("text") ? "data: " + wrong + "\n\n" : wrong;
                RawServer.write(
                        socket,
                        "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nMcp-Session-Id: " + (n == 1 ? "s1" : "s2")
                                + "\r\nContent-Length: " + body.length() + "\r\n\r\n");
                Thread.sleep(50);
                RawServer.write(socket, body);
                RawServer.read(socket);
            }
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), "edge.max_sessions_per_address=1")) {
            assertThat(initialize(rig)).isEqualTo("s1");

            // The second answer has the id of the session that is open, the third a new one for which that would have
            // to go.
            for (int i = 0; i < 2; i++) {
                rig.call(INITIALIZE).handle((answer, failure) -> true).join();
                assertThat(rig.stat("sessions")).isEqualTo(1);
                assertThat(rig.stat("sessions_opened")).isEqualTo(1);
                assertThat(rig.stat("sessions_evicted")).isZero();
            }
        }
    }

    @Test
    void answerInAnEvent_opensTheSessionBeforeItsStreamEnds() throws Exception {
        RawServer.Script script = (socket, n) -> {
            RawServer.Request request = RawServer.read(socket);
            if (request.is("initialize")) {
                RawServer.write(
                        socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nMcp-Session-Id: s1\r\n\r\n");
                RawServer.write(socket, "data: {\"id\":1,\"result\":{}}\n\n");
                RawServer.read(socket);
            }
            RawServer.answer(socket, request);
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = keyed(server);
                Socket client = rig.send(GatewayHarness.post(INITIALIZE, "X-API-Key: " + KEY_A))) {
            RawServer.await(client, "result");

            assertThat(list(rig, KEY_A, "s1")).isEqualTo(200);
        }
    }

    @Test
    void clientLeavesBeforeTheEventThatOpensItsSession_sessionOpens() throws Exception {
        RawServer.Script script = (socket, n) -> {
            RawServer.Request request = RawServer.read(socket);
            if (request.is("initialize")) {
                RawServer.write(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nMcp-Session-Id: s1\r\n");
                RawServer.write(socket, "Content-Type: text/event-stream\r\n\r\n");
                RawServer.write(socket, "e\r\nid: 1\ndata: \n\n\r\n");
                left.await();
                RawServer.write(socket, "1e\r\ndata: {\"id\":1,\"result\":{} } \n\n\r\n0\r\n\r\n");
                RawServer.read(socket);
            }
            RawServer.answer(socket, request);
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = keyed(server)) {
            try (Socket client = rig.send(GatewayHarness.post(INITIALIZE, "X-API-Key: " + KEY_A))) {
                StringBuilder got = new StringBuilder();
                while (got.indexOf("id: 1") < 0) {
                    got.append((char) client.getInputStream().read());
                }
            }
            GatewayHarness.await("it is known that the client left", () -> rig.stat("clients_gone") == 1);
            left.countDown();

            GatewayHarness.await("the session is open", () -> rig.stat("sessions") == 1);
            assertThat(list(rig, KEY_A, "s1")).isEqualTo(200);
        }
    }

    @Test
    void wrongAnswerOnAStreamWithIdsThatEndsWithItsConnection_opensNoSession() throws Exception {
        RawServer.Script script = (socket, n) -> {
            RawServer.read(socket);
            RawServer.write(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nMcp-Session-Id: s1\r\n\r\n");
            RawServer.write(socket, "id: 1\ndata: {\"id\":99,\"result\":{}}\n\n");
            RawServer.read(socket);
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = keyed(server)) {
            assertThat(rig.call(INITIALIZE, "X-API-Key", KEY_A)
                            .handle((answer, failure) -> true)
                            .join())
                    .isTrue();
            GatewayHarness.await("the connection is closed", () -> server.open() == 0);

            assertThat(rig.stat("sessions_opened")).isZero();
        }
    }

    private static int list(GatewayHarness rig, String key, String id) {
        return rig.call(LIST, "X-API-Key", key, "Mcp-Session-Id", id).join().statusCode();
    }
}
