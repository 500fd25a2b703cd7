package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.weir.gateway.ops.LoggedLines;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each finished request of a client leaves one line, whatever became of it. */
class AccessLogTest {
    private static final String STATELESS = "2026-07-28";
    private static final String ONE_AT_A_TIME = "upstreams.default.capacity=1";

    @TempDir
    Path folder;

    private final CountDownLatch released = new CountDownLatch(1);
    private final CountDownLatch slowSeen = new CountDownLatch(1);

    /** Holds calls of "slow" until they are released, breaks off at "broken", and has no streams. */
    private RawServer server() throws IOException {
        return new RawServer((socket, n) -> {
            while (true) {
                RawServer.Request request = RawServer.read(socket);
                if (request.is("slow")) {
                    slowSeen.countDown();
                    released.await();
                }
                if (request.is("broken")) {
                    return;
                }
                if (request.is("notifications/cancelled")) {
                    RawServer.write(socket, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
                } else if (request.head().startsWith("GET")) {
                    RawServer.write(socket, "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n");
                } else {
                    RawServer.answer(socket, request);
                }
            }
        });
    }

    private GatewayHarness gateway(RawServer server, String... settings) throws Exception {
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("access_log.file=" + folder.resolve("access"));
        return GatewayHarness.start(server.url().toString(), all.toArray(String[]::new));
    }

    private String text() throws IOException {
        return Files.readString(folder.resolve("access"));
    }

    private List<JsonObject> lines() throws IOException {
        return text().lines().map(JsonObject::new).toList();
    }

    private static String call(String tool) {
        return GatewayHarness.call(7, tool);
    }

    private CompletableFuture<HttpResponse<String>> occupy(GatewayHarness rig) throws InterruptedException {
        CompletableFuture<HttpResponse<String>> slow = rig.call(GatewayHarness.call(1, "slow"), "User-Agent", "x");
        assertThat(slowSeen.await(30, TimeUnit.SECONDS)).isTrue();
        return slow;
    }

    private static void awaitQueued(GatewayHarness rig) throws InterruptedException {
        GatewayHarness.await("one waits", () -> rig.stats().contains("\"queued\":1,\"in_flight\":1"));
    }

    private static String cancel(int id) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":" + id + "}}";
    }

    /**
     * A way to end, and what the line says of it: of the operation {@code victim}, or of a line without an operation.
     */
    private enum Case {
        COMPLETED("{'outcome':'completed','status':200,'queue_ms':0.0,'client':'127.0.0.1','tenant':'default',"
                + "'front':'http','http_method':'POST','method':'tools/call','upstream':'default'}") {
            @Override
            void play(AccessLogTest test, GatewayHarness rig) {
                rig.call(call("victim")).join();
            }
        },
        RATE(
                "{'outcome':'rejected','reason':'rate','scope':'connection','limit':1,'status':200,'error_code':-31429,"
                        + "'upstream_ms':0.0}",
                "backpressure.max_messages_per_sec=1",
                "backpressure.burst_multiplier=1") {
            @Override
            void play(AccessLogTest test, GatewayHarness rig) {
                rig.call(call("first")).join();
                rig.call(call("victim")).join();
            }
        },
        CONNECTION_MESSAGES(
                "{'outcome':'rejected','reason':'connection_messages','scope':'connection','current':1,'limit':1,"
                        + "'status':200}",
                "queue_limits.max_messages=1") {
            @Override
            void play(AccessLogTest test, GatewayHarness rig) throws Exception {
                var unused = test.occupy(rig);
                rig.call(call("victim")).join();
            }
        },
        GLOBAL_MESSAGES(
                "{'outcome':'rejected','reason':'global_messages','scope':'global','status':200}",
                "queue_limits.max_messages=1",
                "queue_limits.enable_tenant_limits=false",
                "queue_limits.global_max_messages=1",
                "http.trusted_proxies=127.0.0.1") {
            @Override
            void play(AccessLogTest test, GatewayHarness rig) throws Exception {
                var unused = test.occupy(rig);
                rig.call(call("victim"), "X-Forwarded-For", "192.0.2.1").join();
            }
        },
        BYTES(
                "{'outcome':'rejected','reason':'connection_bytes','scope':'connection','limit':1024,'status':200}",
                "queue_limits.max_bytes=1024") {
            @Override
            void play(AccessLogTest test, GatewayHarness rig) {
                rig.call(call("victim").replace("{}", "{\"a\":\"" + "SECRET-ARG".repeat(200) + "\"}"))
                        .join();
            }
        },
        EXPIRED(
                "{'outcome':'expired','reason':'expired','scope':'upstream','status':200,'upstream_ms':0.0}",
                ONE_AT_A_TIME,
                "upstreams.default.ttl_ms=3000") {
            @Override
            void play(AccessLogTest test, GatewayHarness rig) throws Exception {
                for (int i = 0; i < 10; i++) {
                    rig.call(call("quick")).join();
                }
                var unused = test.occupy(rig);
                rig.call(call("victim")).join();
            }
        },
        WAITED_AND_COMPLETED("{'outcome':'completed','status':200}", ONE_AT_A_TIME) {
            @Override
            void play(AccessLogTest test, GatewayHarness rig) throws Exception {
                CompletableFuture<HttpResponse<String>> slow = test.occupy(rig);
                CompletableFuture<HttpResponse<String>> waiting = rig.call(call("victim"));
                awaitQueued(rig);
                test.released.countDown();
                waiting.join();
                slow.join();
            }
        },
        CANCELLED_QUEUED("{'outcome':'cancelled','reason':'cancelled','upstream_ms':0.0}", ONE_AT_A_TIME) {
            @Override
            void play(AccessLogTest test, GatewayHarness rig) throws Exception {
                var unused = test.occupy(rig);
                CompletableFuture<HttpResponse<String>> waiting = rig.call(call("victim"), "User-Agent", "y");
                awaitQueued(rig);
                rig.call(cancel(7), "User-Agent", "y").join();
                waiting.join();
            }
        },
        CANCELLED_IN_FLIGHT("{'outcome':'cancelled','error_code':-31429,'status':200}") {
            @Override
            void play(AccessLogTest test, GatewayHarness rig) throws Exception {
                String slow = call("victim").replace("{}", "{\"a\":\"slow\"}");
                CompletableFuture<HttpResponse<String>> sent = rig.call(slow, "User-Agent", "y");
                assertThat(test.slowSeen.await(30, TimeUnit.SECONDS)).isTrue();
                rig.call(cancel(7), "User-Agent", "y").join();
                sent.join();
            }
        },
        CLIENT_GONE_IN_FLIGHT("{'outcome':'completed','client_gone':true,'status':null}") {
            @Override
            void play(AccessLogTest test, GatewayHarness rig) throws Exception {
                String slow = call("victim").replace("{}", "{\"a\":\"slow\"}");
                try (Socket client = rig.send(GatewayHarness.post(slow))) {
                    assertThat(client.isConnected()).isTrue();
                    assertThat(test.slowSeen.await(30, TimeUnit.SECONDS)).isTrue();
                }
                GatewayHarness.await("the client is gone", () -> rig.stat("clients_gone") == 1);
                test.released.countDown();
                GatewayHarness.await("it ends", () -> rig.stats().contains("\"completed\":{\"messages\":1"));
            }
        },
        CLIENT_GONE_STATELESS("{'outcome':'cancelled','client_gone':true}") {
            @Override
            void play(AccessLogTest test, GatewayHarness rig) throws Exception {
                String slow = call("victim").replace("{}", "{\"a\":\"slow\"}");
                try (Socket client = rig.send(GatewayHarness.post(slow, "MCP-Protocol-Version: " + STATELESS))) {
                    assertThat(client.isConnected()).isTrue();
                    assertThat(test.slowSeen.await(30, TimeUnit.SECONDS)).isTrue();
                }
                GatewayHarness.await("the client is gone", () -> rig.stat("clients_gone") == 1);
            }
        },
        CLIENT_GONE_QUEUED("{'outcome':'cancelled','client_gone':true,'upstream_ms':0.0}", ONE_AT_A_TIME) {
            @Override
            void play(AccessLogTest test, GatewayHarness rig) throws Exception {
                var unused = test.occupy(rig);
                try (Socket client =
                        rig.send(GatewayHarness.post(call("victim"), "MCP-Protocol-Version: " + STATELESS))) {
                    assertThat(client.isConnected()).isTrue();
                    awaitQueued(rig);
                }
                GatewayHarness.await("the client is gone", () -> rig.stat("clients_gone") == 1);
            }
        },
        UPSTREAM_FAILED("{'outcome':'failed','reason':'upstream_failed','error_code':-31502,'status':200}") {
            @Override
            void play(AccessLogTest test, GatewayHarness rig) {
                rig.call(call("victim").replace("{}", "{\"a\":\"broken\"}")).join();
            }
        },
        UPSTREAM_TIMED_OUT(
                "{'outcome':'failed','reason':'upstream_timed_out','error_code':-31504,'status':200}",
                "upstreams.default.request_timeout_ms=300") {
            @Override
            void play(AccessLogTest test, GatewayHarness rig) {
                rig.call(call("victim").replace("{}", "{\"a\":\"slow\"}")).join();
            }
        },
        CUT_OFF("{'outcome':'failed','reason':'closed'}") {
            @Override
            void play(AccessLogTest test, GatewayHarness rig) throws Exception {
                var unused = rig.call(call("victim").replace("{}", "{\"a\":\"slow\"}"));
                assertThat(test.slowSeen.await(30, TimeUnit.SECONDS)).isTrue();
            }
        },
        MALFORMED("{'outcome':'rejected','reason':'malformed','error_code':-32700,'status':400,'operation':null}") {
            @Override
            void play(AccessLogTest test, GatewayHarness rig) {
                rig.call("{SECRET-ARG").join();
            }
        },
        NOT_FOUND("{'outcome':'rejected','status':404,'operation':null,'upstream':null,'tenant':null}") {
            @Override
            void play(AccessLogTest test, GatewayHarness rig) {
                rig.to("/nowhere", call("victim")).join();
            }
        },
        STREAM_REFUSED_BY_SERVER("{'outcome':'completed','status':405,'http_method':'GET','operation':null}") {
            @Override
            void play(AccessLogTest test, GatewayHarness rig) {
                rig.request("GET", "").join();
            }
        };

        private final String expected;
        private final String settings;

        Case(String expected, String... settings) {
            this.expected = expected.replace('\'', '"');
            this.settings = String.join("\n", settings);
        }

        abstract void play(AccessLogTest test, GatewayHarness rig) throws Exception;

        JsonObject expected() {
            return new JsonObject(expected);
        }

        String[] settings() {
            return settings.lines().toArray(String[]::new);
        }

        boolean isAbout(JsonObject line) {
            return expected().containsKey("operation")
                    ? line.getString("operation") == null
                    : "victim".equals(line.getString("operation"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void request_howeverItEnds_leavesOneLine(Case each) throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = gateway(server, each.settings())) {
            each.play(this, rig);
            if (each != Case.CUT_OFF) {
                released.countDown();
            }
        }

        assertThat(lines().stream().filter(each::isAbout))
                .as(text())
                .singleElement()
                .satisfies(line -> each.expected()
                        .forEach(field -> assertThat(line.getValue(field.getKey()))
                                .as(field.getKey())
                                .isEqualTo(field.getValue())));
        assertThat(text()).doesNotContain("SECRET-ARG");
    }

    @Test
    void line_hasSizesTimesAndTheTrace() throws Exception {
        String traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
        String body = call("victim");
        HttpResponse<String> response;
        try (RawServer server = server();
                GatewayHarness rig = gateway(server, ONE_AT_A_TIME)) {
            CompletableFuture<HttpResponse<String>> slow = occupy(rig);
            CompletableFuture<HttpResponse<String>> waiting =
                    rig.call(body, "traceparent", "00-" + traceId + "-00f067aa0ba902b7-01");
            awaitQueued(rig);
            released.countDown();
            response = waiting.join();
            slow.join();
            assertThat(rig.stats()).contains("\"access_log\":{\"state\":\"writing\",\"lost_lines\":0}");
            JsonArray known =
                    new JsonObject(rig.admin("GET", "/connections", "").body()).getJsonArray("connections");
            GatewayHarness.await("lines are written", () -> {
                try {
                    return lines().size() == 2;
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertThat(lines().get(1).getString("connection_id"))
                    .isEqualTo(known.getJsonObject(0).getString("id"));
        }

        JsonObject line = lines().get(1);
        assertThat(line.getString("time")).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
        assertThat(line.getString("trace_id")).isEqualTo(traceId);
        assertThat(line.getInteger("request_bytes")).isEqualTo(body.length());
        assertThat(line.getInteger("response_bytes")).isEqualTo(response.body().length());
        assertThat(line.getDouble("queue_ms")).isPositive();
        assertThat(line.getDouble("upstream_ms")).isPositive();
        assertThat(line.getDouble("queue_ms") + line.getDouble("upstream_ms"))
                .isLessThanOrEqualTo(line.getDouble("total_ms") + 0.002);
        assertThat(lines().get(0).getDouble("queue_ms")).isZero();
        assertThat(lines().get(0).getString("trace_id")).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
                "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
                "<script>"
            })
    void traceparent_thatIsInvalid_isNotWritten(String traceparent) throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = gateway(server)) {
            rig.call(call("victim"), "traceparent", traceparent).join();
        }

        assertThat(lines())
                .singleElement()
                .satisfies(line -> assertThat(line.getString("trace_id")).isNull());
    }

    @Test
    void namesOfClients_areBoundedAndEscaped() throws Exception {
        String hostile = "a\\n\\\"},{\\u001b[31m\\u007f\\u202e\u00e9\\u0000" + "x".repeat(3000);
        String method = "m\\r\\n\\\\" + "\\u2028".repeat(30);
        try (RawServer server = server();
                GatewayHarness rig = gateway(server)) {
            rig.call(call(hostile)).join();
            rig.call("{\"jsonrpc\":\"2.0\",\"id\":\"" + "i".repeat(100) + "\",\"method\":\"" + method + "\"}")
                    .join();
        }

        assertThat(text()).matches("(?s)[\\x20-\\x7e\\n]*");
        assertThat(lines()).hasSize(2).allSatisfy(line -> {
            assertThat(line.getString("operation").length()).isLessThanOrEqualTo(128);
            assertThat(line.getString("method").length()).isLessThanOrEqualTo(128);
            assertThat(line.getString("outcome")).isEqualTo("completed");
        });
        assertThat(lines().get(0).getString("operation")).startsWith("a\n\"},{\u001b[31m\u007f\u202e\u00e9\u0000xxx");
        assertThat(lines().get(1).getString("method")).startsWith("m\r\n\\\u2028");
    }

    @Test
    void secrets_areNotWritten() throws Exception {
        String session = "0123456789abcdef-session";
        try (RawServer server = new RawServer((socket, n) -> {
                    while (true) {
                        RawServer.Request request = RawServer.read(socket);
                        RawServer.answer(socket, request, "Mcp-Session-Id: " + session);
                    }
                });
                GatewayHarness rig =
                        GatewayHarness.keyed(server, folder, "access_log.file=" + folder.resolve("access"))) {
            String initialize = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}";
            rig.call(initialize, "Authorization", "Bearer " + GatewayHarness.KEY_A)
                    .join();
            rig.call(call("victim"), "Authorization", "Bearer " + GatewayHarness.KEY_A, "Mcp-Session-Id", session)
                    .join();
            rig.call(call("victim"), "Authorization", "Bearer wrong-" + GatewayHarness.KEY_B)
                    .join();
        }

        assertThat(lines().stream().map(line -> line.getInteger("status"))).containsExactly(200, 200, 401);
        assertThat(lines().get(1).getString("tenant")).isEqualTo("a");
        assertThat(lines().get(1).getString("connection")).endsWith("01234567...");
        assertThat(text()).doesNotContain(session, GatewayHarness.KEY_A, GatewayHarness.KEY_B);
    }

    @Test
    void fullDisk_keepsCallsWorking_andIsSaidOnce() throws Exception {
        try (LoggedLines log = new LoggedLines("weir.access");
                RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), "access_log.file=/dev/full")) {
            rig.call(call("first")).join();
            GatewayHarness.await(
                    "the log is stopped", () -> rig.stats().contains("\"access_log\":{\"state\":\"stopped\""));
            for (int i = 0; i < 20; i++) {
                assertThat(rig.call(call("victim")).join().statusCode()).isEqualTo(200);
            }

            assertThat(log.lines()).singleElement().asString().contains("ERROR", "/dev/full", "No space left");
            GatewayHarness.await(
                    "all are counted",
                    () -> rig.stats().contains("\"access_log\":{\"state\":\"stopped\",\"lost_lines\":21}"));
            assertThat(rig.admin("GET", "/metrics", "").body())
                    .contains("weir_access_log_lost_lines_total 21", "weir_access_log_writing 0");
        }
    }

    @Test
    void withoutAFile_thereIsNone() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            rig.call(call("victim")).join();

            assertThat(rig.stats()).contains("\"access_log\":{\"state\":\"none\",\"lost_lines\":0}");
            assertThat(rig.admin("GET", "/metrics", "").body()).doesNotContain("weir_access_log");
            assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .doesNotContain("weir-access-log");
        }
    }

    @Test
    void linesOverTcp_leaveALineEach() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = gateway(server, "tcp.listen=127.0.0.1:0")) {
            Socket client = new Socket(InetAddress.getLoopbackAddress(), rig.tcpPort());
            client.setSoTimeout(30_000);
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
            RawServer.write(client, call("victim") + "\n");
            String answer = in.readLine();
            RawServer.write(client, "{SECRET-ARG\n");
            in.readLine();
            RawServer.write(client, call("victim2").replace("{}", "{\"a\":\"broken\"}") + "\n");
            in.readLine();
            RawServer.write(client, GatewayHarness.call(8, "slow") + "\n");
            assertThat(slowSeen.await(30, TimeUnit.SECONDS)).isTrue();
            client.close();
            GatewayHarness.await("the client is gone", () -> rig.stat("clients_gone") == 1);
            released.countDown();
            GatewayHarness.await("it has ended", () -> rig.stats().contains("\"in_flight\":{\"messages\":0"));
            assertThat(answer).contains("result");
        }

        List<JsonObject> lines = lines();
        assertThat(lines).as(text()).hasSize(4).allSatisfy(line -> {
            assertThat(line.getString("front")).isEqualTo("tcp");
            assertThat(line.getString("client")).isEqualTo("127.0.0.1");
            assertThat(line.getValue("status")).isNull();
        });
        assertThat(lines.get(0).getString("outcome")).isEqualTo("completed");
        assertThat(lines.get(0).getInteger("response_bytes"))
                .isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n".length());
        assertThat(lines.get(1).getString("reason")).isEqualTo("malformed");
        assertThat(lines.get(2).getString("reason")).isEqualTo("upstream_failed");
        assertThat(lines.get(2).getInteger("error_code")).isEqualTo(-31502);
        assertThat(lines.get(3).getBoolean("client_gone")).isTrue();
        assertThat(text()).doesNotContain("SECRET-ARG");
    }
}
