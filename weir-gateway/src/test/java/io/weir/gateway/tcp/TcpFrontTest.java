package io.weir.gateway.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.weir.config.ChildPolicy;
import io.weir.config.StdioTransport;
import io.weir.gateway.GatewayHarness;
import io.weir.gateway.auth.ApiKeys;
import io.weir.gateway.lineupstream.TestChild;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TcpFrontTest {
    static final String INITIALIZE =
            "{\"jsonrpc\":\"2.0\",\"id\":\"i\",\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\","
                    + "\"capabilities\":{},\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}}";
    static final String INITIALIZED = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}";

    private static GatewayHarness gateway(boolean shared, String... settings) throws Exception {
        ChildPolicy policy = TestChild.policy(shared, shared ? 1 : 20);
        String[] all = Arrays.copyOf(settings, settings.length + 1);
        all[settings.length] = "tcp.listen=127.0.0.1:0";
        return GatewayHarness.start(new StdioTransport(TestChild.command(), Map.of(), Optional.empty(), policy), all);
    }

    /** A client of a bare socket. */
    static final class LineClient implements AutoCloseable {
        final Socket socket;
        private final BufferedReader in;

        LineClient(GatewayHarness rig) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), rig.tcpPort());
            socket.setSoTimeout(30_000);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        }

        static LineClient initialized(GatewayHarness rig) throws IOException {
            LineClient made = new LineClient(rig);
            made.send(INITIALIZE, INITIALIZED);
            assertThat(made.next()).contains("\"id\":\"i\"").contains("\"result\"");
            return made;
        }

        void send(String... lines) throws IOException {
            write(String.join("\n", lines) + "\n");
        }

        void write(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().flush();
        }

        /** The next line; null at the end. */
        String next() throws IOException {
            return in.readLine();
        }

        /** The next line that holds that. */
        String next(String part) throws IOException {
            String line = next();
            while (line != null && !line.contains(part)) {
                line = next();
            }
            return line;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static String call(int id, String tool) {
        return GatewayHarness.call(id, tool);
    }

    @Test
    void client_speaksToASessionOfItsOwn_thatEndsWithItsConnection() throws Exception {
        try (GatewayHarness rig = gateway(false)) {
            try (LineClient one = LineClient.initialized(rig);
                    LineClient two = LineClient.initialized(rig)) {
                one.send(call(7, "echo"));
                two.send(call(7, "echo"));
                assertThat(one.next()).contains("\"id\":7").contains("\"pid\"");
                assertThat(two.next()).contains("\"id\":7").contains("\"pid\"");
                assertThat(rig.stat("sessions")).isEqualTo(2);
                assertThat(rig.stat("children")).isEqualTo(2);
            }
            GatewayHarness.await(
                    "sessions and children are gone",
                    () -> rig.stat("sessions") == 0
                            && rig.stat("children") == 0
                            && rig.stat("connection_addresses") == 0
                            && rig.stat("buffered_body_bytes") == 0
                            && rig.stat("buffered_tcp_answer_bytes") == 0);
        }
    }

    @Test
    void linesThatComeAtOnce_areServedInOrder_andInPieces() throws Exception {
        try (GatewayHarness rig = gateway(false);
                LineClient client = new LineClient(rig)) {
            String all = String.join(
                            "\n",
                            INITIALIZE,
                            INITIALIZED,
                            call(1, "echo"),
                            call(2, "progress")
                                    .replace("\"arguments\"", "\"_meta\":{\"progressToken\":9},\"arguments\""),
                            "")
                    + "\n\r\n";
            for (int from = 0; from < all.length(); from += 37) {
                client.write(all.substring(from, Math.min(all.length(), from + 37)));
            }
            assertThat(client.next()).contains("\"id\":\"i\"");
            Set<String> ids = new TreeSet<>();
            int progress = 0;
            while (ids.size() < 2) {
                String line = client.next();
                if (line.contains("notifications/progress")) {
                    progress++;
                } else {
                    ids.add(line.replaceAll(".*\"id\":(\\d+).*", "$1"));
                }
            }
            assertThat(ids).containsExactly("1", "2");
            assertThat(progress).isEqualTo(3);
        }
    }

    @Test
    void whatTheServerAsksAndTells_reachesTheClientOfItsSession() throws Exception {
        try (GatewayHarness rig = gateway(false);
                LineClient client = LineClient.initialized(rig)) {
            client.send(call(1, "sample"));
            String asked = client.next("sampling/createMessage");
            String id = asked.replaceAll(".*\"id\":(\"[^\"]*\"|\\d+).*", "$1");
            client.send("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{\"answer\":42}}");
            assertThat(client.next("client answered")).contains("42");
        }
    }

    @Test
    void refusal_hasTheIdOfItsRequest_andEveryRequestIsAnswered() throws Exception {
        try (GatewayHarness rig = gateway(false, "queue_limits.max_messages=3", "upstreams.default.capacity=1");
                LineClient client = LineClient.initialized(rig)) {
            for (int i = 0; i < 10; i++) {
                client.send(call(i, "slow"));
            }
            List<String> refused = new ArrayList<>();
            Set<String> answered = new TreeSet<>();
            while (answered.size() < 10) {
                String line = client.next("\"id\"");
                answered.add(line.replaceAll(".*?\"id\":(\\d+).*", "$1"));
                if (line.contains("-31429")) {
                    refused.add(line);
                }
            }
            assertThat(refused).hasSize(7).allMatch(line -> line.contains("retryAfterMs"));
            assertThat(rig.stat("messages")).isZero();
        }
    }

    @Test
    void disconnect_closesTheConnectionBehindItsLastAnswer() throws Exception {
        try (GatewayHarness rig =
                        gateway(false, "queue_limits.max_messages=1", "queue_limits.backpressure_action=disconnect");
                LineClient client = LineClient.initialized(rig)) {
            client.send(call(1, "slow"), call(2, "echo"));
            String first = client.next("\"id\"");
            String second = client.next("\"id\"");
            assertThat(first + second).contains("\"id\":1").contains("\"id\":2").contains("-31429");
            assertThat(client.next("\"id\"")).isNull();
        }
    }

    @Test
    void malformedAndEndlessLines_areAnswered_andTheConnectionGoesOn() throws Exception {
        try (GatewayHarness rig = gateway(false, "edge.max_body_bytes=2000");
                LineClient client = LineClient.initialized(rig)) {
            client.send("{nonsense", "x".repeat(5_000), call(5, "echo"));
            assertThat(client.next()).contains("-32700").contains("\"id\":null");
            assertThat(client.next()).contains("2000").contains("\"id\":null");
            assertThat(client.next()).contains("\"id\":5").contains("\"result\"");
            assertThat(rig.stat("malformed_requests")).isEqualTo(2);
        }
    }

    @Test
    void answerThatIsTooLong_becomesAnError() throws Exception {
        try (GatewayHarness rig = gateway(false, "tcp.max_answer_bytes=20000");
                LineClient client = LineClient.initialized(rig)) {
            client.send(call(1, "long"), call(2, "echo"));
            Set<String> answers = new TreeSet<>(List.of(client.next("\"id\""), client.next("\"id\"")));
            assertThat(answers)
                    .anyMatch(line -> line.contains("\"id\":1,") && line.contains("tcp.max_answer_bytes"))
                    .anyMatch(line -> line.contains("\"id\":2,") && line.contains("\"result\""));
            GatewayHarness.await("nothing is held", () -> rig.stat("buffered_tcp_answer_bytes") == 0);
        }
    }

    @Test
    void halfClosedClient_getsTheAnswersThatItIsOwed() throws Exception {
        try (GatewayHarness rig = gateway(false);
                LineClient client = LineClient.initialized(rig)) {
            client.send(call(1, "slow"));
            client.socket.shutdownOutput();
            assertThat(client.next("\"id\":1")).contains("\"result\"");
            assertThat(client.next()).isNull();
        }
    }

    @Test
    void clientThatLeaves_givesUpWhatItAsked() throws Exception {
        try (GatewayHarness rig = gateway(false, "upstreams.default.capacity=1")) {
            try (LineClient client = LineClient.initialized(rig)) {
                client.send(call(1, "silent"), call(2, "silent"), call(3, "silent"));
                GatewayHarness.await(
                        "one is in flight, two wait", () -> rig.stat("in_flight") == 1 && rig.stat("queued") == 2);
                client.socket.setSoLinger(true, 0);
            }
            GatewayHarness.await("nothing is pending", () -> rig.stat("messages") == 0 && rig.stat("children") == 0);
        }
    }

    @Test
    void clientThatLeaves_takesWhatIsQueuedWithIt_whileTheServerWorks() throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        try (GatewayHarness rig = inFrontOf(
                (exchange, body) -> {
                    if (!opens(exchange, body) && body.contains("tools/call")) {
                        awaitEnd(working);
                    }
                },
                "upstreams.default.ttl_ms=600000",
                "upstreams.default.capacity=1")) {
            try (LineClient client = LineClient.initialized(rig)) {
                client.send(call(1, "t"), call(2, "t"), call(3, "t"));
                GatewayHarness.await("two wait", () -> rig.stat("queued") == 2);
                client.socket.setSoLinger(true, 0);
            }
            GatewayHarness.await("none waits", () -> rig.stat("queued") == 0);
            assertThat(rig.stat("dispatched")).isEqualTo(1);
        } finally {
            working.countDown();
        }
    }

    private static void awaitEnd(CountDownLatch work) {
        try {
            work.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void cancellation_ofAQueuedRequest_takesItOut() throws Exception {
        try (GatewayHarness rig = gateway(false, "upstreams.default.capacity=1");
                LineClient client = LineClient.initialized(rig)) {
            client.send(call(1, "silent"), call(2, "silent"));
            GatewayHarness.await("one waits", () -> rig.stat("queued") == 1);
            client.send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":2}}");
            GatewayHarness.await("none waits", () -> rig.stat("queued") == 0);
        }
    }

    @Test
    void apiKeys_areSaidInTheFirstLine() throws Exception {
        Path keys = folder.resolve("keys");
        String key = "k".repeat(40);
        Files.writeString(keys, ApiKeys.hashLine("acme", key) + "\n");
        try (GatewayHarness rig = gateway(false, "tenants.api_keys_file=" + keys)) {
            try (LineClient stranger = new LineClient(rig)) {
                stranger.send(INITIALIZE);
                assertThat(stranger.next()).contains("weir/authenticate").contains("\"id\":\"i\"");
                assertThat(stranger.next()).isNull();
            }
            try (LineClient wrong = new LineClient(rig)) {
                wrong.send(Authentication.EXAMPLE);
                assertThat(wrong.next()).contains("error");
                assertThat(wrong.next()).isNull();
            }
            try (LineClient client = new LineClient(rig)) {
                client.send(Authentication.EXAMPLE.replace("KEY", key), INITIALIZE, INITIALIZED, call(1, "echo"));
                assertThat(client.next()).isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{}}");
                assertThat(client.next("\"id\":1")).contains("\"result\"");
                assertThat(rig.stats()).contains("\"tenant\":\"acme\"");
            }
            assertThat(rig.stat("unauthorized")).isEqualTo(2);
        }
    }

    @Test
    void credentials_neverReachAServer() throws Exception {
        try (GatewayHarness rig = gateway(false);
                LineClient client = LineClient.initialized(rig)) {
            client.send(Authentication.EXAMPLE.replace("KEY", "weir_secret"));
            assertThat(client.next()).contains("\"id\":0").contains("settled when it connected");
            client.send("[" + call(5, "echo") + "," + Authentication.EXAMPLE + "]", call(6, "echo"));
            assertThat(List.of(client.next(), client.next())).allMatch(line -> line.contains("\"error\""));
            assertThat(client.next("\"id\":6")).contains("\"result\"");
        }
    }

    @Test
    void lineThatIsNoMessage_beforeTheClientIsKnown_endsTheConnection() throws Exception {
        Path keys = Files.writeString(folder.resolve("keys"), ApiKeys.hashLine("acme", "k".repeat(40)) + "\n");
        try (GatewayHarness rig = gateway(false, "tenants.api_keys_file=" + keys);
                LineClient stranger = new LineClient(rig)) {
            stranger.send("no JSON");
            assertThat(stranger.next()).contains("weir/authenticate");
            assertThat(stranger.next()).isNull();
            assertThat(rig.stat("unauthorized")).isEqualTo(1);
        }
    }

    @Test
    void shutdown_closesConnectionsThatHoldNothing_atOnce() throws Exception {
        try (GatewayHarness rig = gateway(false, "edge.shutdown_timeout_ms=20000");
                LineClient idle = LineClient.initialized(rig);
                LineClient busy = LineClient.initialized(rig)) {
            busy.send(call(1, "silent"));
            GatewayHarness.await("it is in flight", () -> rig.stat("in_flight") == 1);
            Thread stopping = new Thread(rig::shutDown);
            stopping.start();
            assertThat(idle.next()).isNull();
            assertThat(rig.stat("in_flight"))
                    .as("while the other is waited for")
                    .isEqualTo(1);
            busy.socket.setSoLinger(true, 0);
            busy.socket.close();
            stopping.join();
        }
    }

    @TempDir
    private Path folder;

    @Test
    void clientThatDoesNotRead_isDisconnected_andOthersAreServed() throws Exception {
        try (GatewayHarness rig =
                        gateway(false, "edge.write_stall_timeout_ms=1000", "backpressure.max_messages_per_sec=100000");
                LineClient slow = LineClient.initialized(rig);
                LineClient other = LineClient.initialized(rig)) {
            slow.socket.setReceiveBufferSize(4096);
            Thread flood = new Thread(() -> {
                try {
                    for (int i = 0; i < 200; i++) {
                        slow.send(call(i, "long"));
                    }
                } catch (IOException e) {
                    // Disconnected, as it should be.
                }
            });
            flood.setDaemon(true);
            flood.start();
            GatewayHarness.await("it is disconnected", () -> rig.stat("slow_readers") == 1);
            other.send(call(1, "echo"));
            assertThat(other.next("\"id\":1")).contains("\"result\"");
            GatewayHarness.await("nothing of it is held", () -> rig.stat("buffered_tcp_answer_bytes") == 0);
        }
    }

    @Test
    void secondInitialize_isRefused() throws Exception {
        try (GatewayHarness rig = gateway(false);
                LineClient client = LineClient.initialized(rig)) {
            client.send(INITIALIZE, call(1, "echo"));
            assertThat(client.next("\"id\":\"i\"")).contains("another connection");
            assertThat(client.next("\"id\":1")).contains("\"result\"");
        }
    }

    @Test
    void manyClientsOfOneChild_neverGetEachOthersAnswers() throws Exception {
        try (GatewayHarness rig = gateway(true, "backpressure.max_messages_per_sec=100000")) {
            List<LineClient> clients = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                clients.add(LineClient.initialized(rig));
            }
            for (int round = 0; round < 20; round++) {
                for (int i = 0; i < clients.size(); i++) {
                    clients.get(i)
                            .send(call(1, "echo")
                                    .replace("\"arguments\":{}", "\"arguments\":{\"n\":" + (1000 * round + i) + "}"));
                }
                for (int i = 0; i < clients.size(); i++) {
                    assertThat(clients.get(i).next("\"id\""))
                            .contains("\"id\":1,")
                            .contains("\"n\":" + (1000 * round + i) + "}");
                }
            }
            for (LineClient each : clients) {
                each.close();
            }
            GatewayHarness.await(
                    "all are gone", () -> rig.stat("connection_addresses") == 0 && rig.stat("sessions") == 0);
        }
    }

    @Test
    void shutdown_answersWhatIsUnderWay() throws Exception {
        try (GatewayHarness rig = gateway(false, "edge.shutdown_timeout_ms=20000");
                LineClient client = LineClient.initialized(rig)) {
            client.send(call(1, "slow"));
            GatewayHarness.await("it is in flight", () -> rig.stat("in_flight") == 1);
            rig.shutDown();
            assertThat(client.next("\"id\":1")).contains("\"result\"");
            assertThat(client.next()).isNull();
        }
    }

    /** A server over HTTP that does what a test says; it is told the body of each request. */
    interface Script {
        void serve(HttpExchange exchange, String body) throws IOException;
    }

    static GatewayHarness inFrontOf(Script script, String... settings) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/mcp", exchange -> {
            script.serve(exchange, new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.close();
        });
        server.start();
        String[] all = Arrays.copyOf(settings, settings.length + 1);
        all[settings.length] = "tcp.listen=127.0.0.1:0";
        return GatewayHarness.start("http://127.0.0.1:" + server.getAddress().getPort() + "/mcp", all)
                .closing(() -> server.stop(0));
    }

    static void respond(HttpExchange exchange, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(bytes.length > 0 ? 200 : 202, bytes.length > 0 ? bytes.length : -1);
        exchange.getResponseBody().write(bytes);
    }

    static String result(String id) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\n\"result\":{\"protocolVersion\":\"2025-06-18\"}}";
    }

    /** Answers what opens a session; false for all else. */
    private static boolean opens(HttpExchange exchange, String body) throws IOException {
        boolean initialize = body.contains("\"initialize\"");
        if (initialize || body.contains("notifications/")) {
            exchange.getResponseHeaders().set("Mcp-Session-Id", "s1");
            respond(exchange, "application/json", initialize ? result("\"i\"") : "");
            return true;
        }
        return false;
    }

    @Test
    void serverOverHttp_isToldTenantAddressAndVersion() throws Exception {
        List<Headers> heads = new CopyOnWriteArrayList<>();
        try (GatewayHarness rig = inFrontOf(
                        (exchange, body) -> {
                            heads.add(exchange.getRequestHeaders());
                            String answer =
                                    body.contains("\"id\"") ? result(body.contains("\"i\"") ? "\"i\"" : "1") : "";
                            respond(exchange, "application/json", answer);
                        },
                        "tenants.header=X-Weir-Tenant");
                LineClient client = LineClient.initialized(rig)) {
            client.send(call(1, "t"));
            assertThat(client.next("\"id\":1")).contains("\"result\"");
            Headers last = heads.get(heads.size() - 1);
            assertThat(last.getFirst("X-Weir-Tenant")).isEqualTo("default");
            assertThat(last.getFirst("X-Forwarded-For")).isEqualTo("127.0.0.1");
            assertThat(last.getFirst("MCP-Protocol-Version")).isEqualTo("2025-06-18");
        }
    }

    @Test
    void statelessClient_hasTheHeadersOfItsMessages() throws Exception {
        List<Headers> heads = new CopyOnWriteArrayList<>();
        try (GatewayHarness rig = inFrontOf((exchange, body) -> {
                    heads.add(exchange.getRequestHeaders());
                    respond(exchange, "application/json", result("1"));
                });
                LineClient client = new LineClient(rig)) {
            client.send(call(1, "t\u00e9")
                    .replace(
                            "\"arguments\"",
                            "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"},\"arguments\""));
            assertThat(client.next()).contains("\"result\"");
            assertThat(heads.get(0).getFirst("MCP-Protocol-Version")).isEqualTo("2026-07-28");
            assertThat(heads.get(0).getFirst("Mcp-Method")).isEqualTo("tools/call");
            assertThat(heads.get(0).getFirst("Mcp-Name")).isEqualTo("=?base64?dMOp?=");
        }
    }

    @Test
    void messageOfAStreamThatIsTooLong_isNoSecondAnswer() throws Exception {
        String log =
                "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"data\":\"%s\"}}\n\n";
        try (GatewayHarness rig = inFrontOf(
                        (exchange, body) -> {
                            boolean longLast = !body.contains("\"longFirst\"");
                            String text = "x".repeat(30_000);
                            String id = body.contains("\"longOnly\"") ? "2" : "1";
                            String answer = longLast ? result(id).replace("2025-06-18", text) : result(id);
                            respond(
                                    exchange,
                                    "text/event-stream",
                                    (body.contains("\"longOnly\"") ? "" : log.formatted(longLast ? "y" : text))
                                            + "data: " + answer.replace("\n", "")
                                            + "\n\n");
                        },
                        "tcp.max_answer_bytes=20000");
                LineClient client = new LineClient(rig)) {
            client.send(call(1, "longFirst"));
            assertThat(client.next()).contains("\"id\":1").contains("\"result\"");
            client.send(call(1, "longLast"));
            assertThat(client.next()).startsWith("{").contains("\"data\":\"y\"");
            assertThat(client.next()).contains("\"id\":1").contains("tcp.max_answer_bytes");
            client.send(call(2, "longOnly"));
            assertThat(client.next()).contains("\"id\":2").contains("tcp.max_answer_bytes");
            client.send("{}");
            assertThat(client.next()).contains("-32600");
            GatewayHarness.await("nothing is held", () -> rig.stat("buffered_tcp_answer_bytes") == 0);
        }
    }

    @Test
    void statusOfAServer_isToldWithTheIdOfTheRequest() throws Exception {
        try (GatewayHarness rig = inFrontOf((exchange, body) -> {
                    if (!opens(exchange, body)) {
                        exchange.sendResponseHeaders(body.contains("\"gone\"") ? 404 : 400, -1);
                    }
                });
                LineClient client = LineClient.initialized(rig)) {
            client.send(call(1, "t"));
            assertThat(client.next()).contains("\"id\":1").contains("answered with status 400");
            client.send(call(2, "gone"));
            assertThat(client.next()).contains("\"id\":2").contains("answered with status 404");
            assertThat(client.next()).as("its session is lost").isNull();
        }
    }

    private static String stateless(int id, String tool) {
        return call(id, tool)
                .replace(
                        "\"arguments\"",
                        "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"},\"arguments\"");
    }

    private static void fail(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Test
    void errorOfAServerWithAStatus_isPassedOnWithTheIdOfTheRequest_andTheConnectionStays() throws Exception {
        String error = "\"error\":{\"code\":-32022,\n\"message\":\"m\",\"data\":{\"supported\":[\"v\"]}}";
        try (GatewayHarness rig = inFrontOf((exchange, body) -> {
                    if (body.contains("\"unknown\"")) {
                        fail(
                                exchange,
                                404,
                                "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,\"message\":\"m\"}}");
                    } else if (body.contains("\"version\"")) {
                        fail(exchange, 400, "{\"jsonrpc\":\"2.0\",\"id\":null," + error + "}");
                    } else if (body.contains("\"foreign\"")) {
                        fail(exchange, 500, "{\"jsonrpc\":\"2.0\",\"id\":\"server\"," + error + "}");
                    } else {
                        fail(exchange, 404, "{\"error\":\"not found\"}");
                    }
                });
                LineClient client = new LineClient(rig)) {
            client.send(stateless(1, "unknown"));
            assertThat(client.next())
                    .isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,\"message\":\"m\"}}");
            client.send(stateless(2, "version"));
            assertThat(client.next()).isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":2," + error.replace('\n', ' ') + "}");
            client.send(stateless(3, "foreign"));
            assertThat(client.next()).isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":3," + error.replace('\n', ' ') + "}");
            client.send(stateless(4, "other"));
            assertThat(client.next()).contains("\"id\":4").contains("answered with status 404: {");
            GatewayHarness.await("nothing is held", () -> rig.stat("buffered_tcp_answer_bytes") == 0);
        }
    }

    @Test
    void endlessLine_isTimedOut_alsoWhenItIsSkipped() throws Exception {
        try (GatewayHarness rig = gateway(false, "edge.max_body_bytes=2000", "edge.body_timeout_ms=500");
                LineClient client = LineClient.initialized(rig)) {
            Thread endless = new Thread(() -> {
                try {
                    while (true) {
                        client.write("x".repeat(1_000));
                        Thread.sleep(50);
                    }
                } catch (IOException | InterruptedException e) {
                    // Disconnected, as it should be.
                }
            });
            endless.setDaemon(true);
            endless.start();
            assertThat(client.next()).contains("2000");
            GatewayHarness.await("it is disconnected", () -> rig.stat("client_timeouts") == 1);
        }
    }

    @Test
    void lineThatIsNotEnded_isRefused() throws Exception {
        try (GatewayHarness rig = gateway(false, "edge.body_timeout_ms=500");
                LineClient client = LineClient.initialized(rig)) {
            client.write("{\"jsonrpc\":\"2.0\",");

            assertThat(client.next()).contains("\"error\":", "edge.body_timeout_ms");
            assertThat(client.next()).as("the end of the connection").isNull();
            assertThat(rig.stat("client_timeouts")).isEqualTo(1);
        }
    }

    @Test
    void clientThatDoesNotSayWhoItIs_isDisconnected_whateverElseItSends() throws Exception {
        Path keys = folder.resolve("keys");
        Files.writeString(keys, ApiKeys.hashLine("acme", "k".repeat(40)) + "\n");
        try (GatewayHarness rig = gateway(false, "tenants.api_keys_file=" + keys, "edge.header_timeout_ms=500");
                LineClient client = new LineClient(rig)) {
            Thread blank = new Thread(() -> {
                try {
                    while (true) {
                        client.write("\n");
                        Thread.sleep(50);
                    }
                } catch (IOException | InterruptedException e) {
                    // Disconnected, as it should be.
                }
            });
            blank.setDaemon(true);
            blank.start();
            GatewayHarness.await("it is disconnected", () -> rig.stat("client_timeouts") == 1);
        }
    }

    @Test
    void streamOfTheSession_isOpenedAgain_whenItEndsOrBreaks() throws Exception {
        AtomicInteger streams = new AtomicInteger();
        try (GatewayHarness rig = inFrontOf((exchange, body) -> {
                    if (exchange.getRequestMethod().equals("GET")) {
                        int number = streams.incrementAndGet();
                        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
                        exchange.sendResponseHeaders(200, number == 1 ? 1_000 : 0);
                        exchange.getResponseBody()
                                .write(
                                        ("data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"n\":"
                                                        + number + "}}\n\n")
                                                .getBytes(StandardCharsets.UTF_8));
                        exchange.getResponseBody().flush();
                    } else {
                        var unused = opens(exchange, body);
                    }
                });
                LineClient client = LineClient.initialized(rig)) {
            assertThat(client.next("\"n\":1}")).isNotNull();
            assertThat(client.next("\"n\":2}")).isNotNull();
            assertThat(client.next("\"n\":3}")).isNotNull();
        }
    }

    @Test
    void streamOfTheSession_isOpenedAgain_whenItDidNotBegin_unlessThereAreNone() throws Exception {
        AtomicInteger sessions = new AtomicInteger();
        AtomicInteger without = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        try (GatewayHarness rig = inFrontOf((exchange, body) -> {
            String session = String.valueOf(exchange.getRequestHeaders().getFirst("Mcp-Session-Id"));
            if (!exchange.getRequestMethod().equals("GET")) {
                if (body.contains("\"initialize\"")) {
                    exchange.getResponseHeaders().set("Mcp-Session-Id", "s" + sessions.incrementAndGet());
                }
                respond(exchange, "application/json", body.contains("\"initialize\"") ? result("\"i\"") : "");
            } else if (session.equals("s1")) {
                without.incrementAndGet();
                exchange.sendResponseHeaders(405, -1);
            } else if (failed.incrementAndGet() == 1) {
                exchange.sendResponseHeaders(503, -1);
            } else {
                respond(
                        exchange,
                        "text/event-stream",
                        "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{}}\n\n");
            }
        })) {
            try (LineClient none = LineClient.initialized(rig)) {
                GatewayHarness.await("it was asked for a stream", () -> without.get() == 1);
                try (LineClient client = LineClient.initialized(rig)) {
                    assertThat(client.next()).contains("notifications/message");
                }
                // It would have been asked again before the other was.
                assertThat(without).as("it has said that there are none").hasValue(1);
                assertThat(none.socket.isClosed()).isFalse();
            }
        }
    }

    @Test
    void clientThatDoesNotRead_isNotReadFromEither() throws Exception {
        try (GatewayHarness rig = gateway(
                        false,
                        "backpressure.max_messages_per_sec=100000",
                        "queue_limits.max_messages=10000",
                        // Refusals are short, and would find room in the buffers.
                        "upstreams.default.ttl_ms=3600000");
                LineClient client = LineClient.initialized(rig)) {
            int calls = 2_000;
            Thread flood = new Thread(() -> {
                try {
                    for (int i = 0; i < calls; i++) {
                        // However slow the server is, what it has not answered fits the queue: what is read is
                        // answered.
                        while (i % 20 == 0 && rig.stat("in_flight") + rig.stat("queued") > 100) {
                            Thread.sleep(5);
                        }
                        client.send(call(i, "echo").replace("{}", "{\"pad\":\"" + "x".repeat(5_000) + "\"}"));
                    }
                } catch (IOException | InterruptedException e) {
                    // The test is over.
                }
            });
            flood.setDaemon(true);
            flood.start();
            long[] before = {-1};
            GatewayHarness.await("nothing moves any more", () -> {
                long now = offered(rig);
                boolean same = now == before[0] && rig.stat("in_flight") == 0 && rig.stat("queued") == 0;
                before[0] = now;
                pause();
                return same;
            });
            assertThat(flood.isAlive()).isTrue();
            assertThat(offered(rig)).isLessThan(calls);
            for (int i = 0; i < calls; i++) {
                assertThat(client.next("\"id\"")).contains("\"result\"");
            }
        }
    }

    private static long offered(GatewayHarness rig) {
        return Long.parseLong(rig.stats().replaceAll("(?s).*?\"offered\":\\{\"messages\":(\\d+).*", "$1"));
    }

    private static void pause() {
        try {
            Thread.sleep(500);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
