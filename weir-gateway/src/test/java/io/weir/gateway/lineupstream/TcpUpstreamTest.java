package io.weir.gateway.lineupstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.StdioTransport;
import io.weir.gateway.GatewayHarness;
import io.weir.gateway.ops.LoggedLines;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * A gateway in front of servers over TCP: another gateway's TCP front, and bare sockets for what no real server does.
 */
class TcpUpstreamTest {
    private static final String INITIALIZE =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\","
                    + "\"capabilities\":{},\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}}";
    /**
     * Messages of 32 KiB: more than a client may have on the way before its server is held up, and less than is kept.
     */
    private static final int KEPT = 7;

    private static final Pattern ID = Pattern.compile("\"id\":(\\d+)");
    private static final Pattern TOOL = Pattern.compile("\"name\":\"([a-z-]+)\"");

    private static GatewayHarness inFrontOf(int port, String... settings) throws Exception {
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("queue_limits.max_messages=10000");
        all.add("backpressure.max_messages_per_sec=10000");
        return GatewayHarness.start("tcp://127.0.0.1:" + port, all.toArray(String[]::new));
    }

    /** A gateway whose clients over TCP have children of their own. */
    private static GatewayHarness server() throws Exception {
        return GatewayHarness.start(
                new StdioTransport(TestChild.command(), Map.of(), Optional.empty(), TestChild.policy(false, 20)),
                "tcp.listen=127.0.0.1:0",
                "queue_limits.max_messages=10000",
                "backpressure.max_messages_per_sec=10000");
    }

    private static String open(GatewayHarness rig) {
        HttpResponse<String> opened = rig.call(INITIALIZE).join();
        assertThat(opened.statusCode()).as(opened.body()).isEqualTo(200);
        return opened.headers().firstValue("Mcp-Session-Id").orElseThrow();
    }

    private static CompletableFuture<HttpResponse<String>> call(
            GatewayHarness rig, String session, int id, String tool) {
        return rig.call(GatewayHarness.call(id, tool), "Mcp-Session-Id", session);
    }

    /** A server that answers calls as their tools say. */
    private static final class LineServerOfTest implements AutoCloseable {
        private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
        private final AtomicInteger accepted = new AtomicInteger();
        private final CountDownLatch readOn = new CountDownLatch(1);
        private final AtomicInteger deaf = new AtomicInteger();

        /** The connections that are read from, and on which nothing is written any more. */
        private final Set<Socket> hung = ConcurrentHashMap.newKeySet();

        private final AtomicLong written = new AtomicLong();

        /** The gateway has answered a ping of the server's: all that was written before has come to it. */
        private final CountDownLatch pinged = new CountDownLatch(1);

        LineServerOfTest() throws IOException {
            Thread thread = new Thread(this::accept, "line-server");
            thread.setDaemon(true);
            thread.start();
        }

        int port() {
            return listening.getLocalPort();
        }

        private void accept() {
            try {
                while (true) {
                    Socket socket = listening.accept();
                    accepted.incrementAndGet();
                    sockets.add(socket);
                    Thread thread = new Thread(() -> serve(socket), "line-server-connection");
                    thread.setDaemon(true);
                    thread.start();
                }
            } catch (IOException e) {
                // Closed.
            }
        }

        private void serve(Socket socket) {
            try (socket;
                    InputStream in = socket.getInputStream();
                    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
                OutputStream out = socket.getOutputStream();
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    Matcher id = ID.matcher(line);
                    if (!id.find()) {
                        continue;
                    }
                    if (!line.contains("\"method\"")) {
                        pinged.countDown();
                        continue;
                    }
                    if (hung.contains(socket)) {
                        continue;
                    }
                    Matcher tool = TOOL.matcher(line);
                    String what = line.contains("\"initialize\"") || !tool.find() ? "initialize" : tool.group(1);
                    answer(socket, out, id.group(1), what);
                }
            } catch (IOException | InterruptedException e) {
                // Its client has left, or the test has ended.
            } finally {
                sockets.remove(socket);
            }
        }

        private void answer(Socket socket, OutputStream out, String id, String what)
                throws IOException, InterruptedException {
            String result = "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{\"protocolVersion\":\"2025-06-18\","
                    + "\"capabilities\":{},\"serverInfo\":{\"name\":\"s\",\"version\":\"1\"}}}\n";
            switch (what) {
                case "close" -> socket.close();
                case "half" -> {
                    out.write(result.substring(0, 20).getBytes(StandardCharsets.UTF_8));
                    socket.close();
                }
                case "reset" -> {
                    socket.setSoLinger(true, 0);
                    socket.close();
                }
                case "last" -> {
                    out.write(result.getBytes(StandardCharsets.UTF_8));
                    socket.close();
                }
                case "endless" -> {
                    byte[] part = "x".repeat(65_536).getBytes(StandardCharsets.UTF_8);
                    while (true) {
                        out.write(part);
                    }
                }
                case "garbage" ->
                    out.write(("nonsense\n\n{\"id\":999999,\"jsonrpc\":\"2.0\",\"result\":{}}\n" + result)
                            .getBytes(StandardCharsets.UTF_8));
                case "bytewise" -> {
                    for (byte each : result.getBytes(StandardCharsets.UTF_8)) {
                        out.write(each);
                        out.flush();
                    }
                }
                case "deaf" -> {
                    deaf.incrementAndGet();
                    readOn.await();
                    out.write(result.getBytes(StandardCharsets.UTF_8));
                }
                case "flood" -> {
                    String note =
                            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\","
                                    + "\"data\":\"" + "d".repeat(32_768) + "\"}}\n";
                    for (int i = 0; i < 1_000; i++) {
                        out.write(note.getBytes(StandardCharsets.UTF_8));
                        written.addAndGet(note.length());
                    }
                    out.write(result.getBytes(StandardCharsets.UTF_8));
                }
                case "silent" -> {}
                case "hang" -> hung.add(socket);
                case "large" ->
                    out.write(("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{\"x\":\"" + "x".repeat(290_000)
                                    + "\"}}\n")
                            .getBytes(StandardCharsets.UTF_8));
                case "later" -> {
                    // Behind the response nobody waits for them: they are kept until a stream opens.
                    out.write(result.getBytes(StandardCharsets.UTF_8));
                    for (int i = 0; i < KEPT; i++) {
                        out.write(
                                ("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\","
                                                + "\"data\":\"" + i + "d".repeat(32_768) + "\"}}\n")
                                        .getBytes(StandardCharsets.UTF_8));
                    }
                    out.write("{\"jsonrpc\":\"2.0\",\"id\":77,\"method\":\"ping\"}\n".getBytes(StandardCharsets.UTF_8));
                }
                default -> out.write(result.getBytes(StandardCharsets.UTF_8));
            }
        }

        @Override
        public void close() throws IOException {
            readOn.countDown();
            listening.close();
            for (Socket each : sockets) {
                each.close();
            }
        }
    }

    @Test
    void session_hasAConnectionOfItsOwn_thatEndsWithIt() throws Exception {
        try (GatewayHarness server = server();
                GatewayHarness rig = inFrontOf(server.tcpPort())) {
            String first = open(rig);
            String second = open(rig);

            String one = call(rig, first, 7, "echo").join().body();
            String two = call(rig, second, 7, "echo").join().body();

            assertThat(one).contains("\"id\":7").contains("\"pid\":");
            assertThat(two).contains("\"id\":7").isNotEqualTo(one);
            assertThat(rig.stat("line_connections")).isEqualTo(2);
            assertThat(server.stat("sessions")).isEqualTo(2);
            assertThat(rig.request("DELETE", "", "Mcp-Session-Id", first).join().statusCode())
                    .isEqualTo(200);
            GatewayHarness.await("one connection is left", () -> server.stat("sessions") == 1);
            assertThat(call(rig, first, 8, "echo").join().statusCode()).isEqualTo(404);
            assertThat(rig.stat("line_connections")).isEqualTo(1);
        }
    }

    @Test
    void sharedConnection_servesAllSessions_whateverIdsTheyUse() throws Exception {
        try (GatewayHarness server = server();
                GatewayHarness rig = inFrontOf(server.tcpPort(), "upstreams.default.connections.mode=shared")) {
            StdioUpstreamTest.assertEachGetsItsOwn(rig);
            assertThat(rig.stat("line_connections")).isEqualTo(1);
            assertThat(rig.stat("in_flight")).isZero();
        }
    }

    @Test
    void statelessClients_shareAConnection() throws Exception {
        try (GatewayHarness server = server();
                GatewayHarness rig = inFrontOf(server.tcpPort())) {
            for (int i = 0; i < 3; i++) {
                assertThat(rig.call(
                                        GatewayHarness.call(5, "echo"),
                                        "MCP-Protocol-Version",
                                        "2026-07-28",
                                        "Mcp-Method",
                                        "tools/call")
                                .join()
                                .body())
                        .contains("\"id\":5")
                        .contains("\"resultType\":\"complete\"");
            }
            assertThat(rig.stat("line_connections")).isEqualTo(1);
        }
    }

    @Test
    void callThatItsClientLeft_holdsItsSlot_untilTheServerAnswersItAllTheSame() throws Exception {
        try (LineServerOfTest server = new LineServerOfTest();
                GatewayHarness rig = inFrontOf(
                        server.port(), "upstreams.default.capacity=1", "upstreams.default.abandoned_hold_ms=3600000")) {
            CompletableFuture<HttpResponse<String>> left = rig.call(
                    GatewayHarness.call(5, "deaf"), "MCP-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call");
            GatewayHarness.await("the server has it", () -> server.deaf.get() == 1);

            left.cancel(true);

            GatewayHarness.await("its slot is held", () -> rig.stat("abandoned") == 1);
            server.readOn.countDown();
            GatewayHarness.await("its slot is free", () -> rig.stat("abandoned") == 0);
            assertThat(rig.stat("queued") + rig.stat("in_flight")).isZero();
        }
    }

    /**
     * There is memory for the longest line of two connections at a time: the others wait, and no client is taken for
     * slow.
     */
    @Test
    void longAnswersOfManySessionsAtOnce_allReachTheirClients() throws Exception {
        try (LineServerOfTest server = new LineServerOfTest();
                GatewayHarness rig = inFrontOf(
                        server.port(),
                        "upstreams.default.connections.max_line_bytes=300000",
                        "edge.max_body_bytes=65536")) {
            List<String> sessions = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                sessions.add(open(rig));
            }
            for (int round = 0; round < 5; round++) {
                List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
                for (String each : sessions) {
                    calls.add(call(rig, each, 7, "large"));
                }
                for (CompletableFuture<HttpResponse<String>> each : calls) {
                    assertThat(each.join().body()).contains("\"id\":7,").hasSizeGreaterThan(290_000);
                }
            }
        }
    }

    @Test
    void callThatWasCancelled_isAnsweredAllTheSame_andTheAnswerIsLeftOut() throws Exception {
        try (LineServerOfTest server = new LineServerOfTest();
                LoggedLines lines = new LoggedLines("io.vertx.core.impl.ContextImpl");
                GatewayHarness rig = inFrontOf(server.port(), "upstreams.default.abandoned_hold_ms=3600000")) {
            String session = open(rig);
            CompletableFuture<HttpResponse<String>> cancelled = call(rig, session, 5, "deaf");
            GatewayHarness.await("the server has it", () -> server.deaf.get() == 1);

            rig.call(
                            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":5}}",
                            "Mcp-Session-Id",
                            session)
                    .join();
            assertThat(cancelled.join().body()).contains("Cancelled");
            server.readOn.countDown();

            GatewayHarness.await("its slot is free", () -> rig.stat("abandoned") == 0);
            assertThat(call(rig, session, 6, "echo").join().statusCode()).isEqualTo(200);
            assertThat(lines.lines()).isEmpty();
        }
    }

    @Test
    void connectionThatBreaks_answersAllWithAnError_andTheNextSessionGetsAnother() throws Exception {
        try (LineServerOfTest server = new LineServerOfTest();
                GatewayHarness rig = inFrontOf(server.port())) {
            for (String tool : List.of("close", "half", "reset", "endless")) {
                String session = open(rig);
                CompletableFuture<HttpResponse<String>> waiting = call(rig, session, 3, "silent");
                GatewayHarness.await("the call is in flight", () -> rig.stat("in_flight") == 1);

                String body = call(rig, session, 4, tool).join().body();

                assertThat(body).as(tool).contains("\"id\":4").contains("\"error\"");
                assertThat(waiting.join().body()).as(tool).contains("\"id\":3").contains("\"error\"");
                assertThat(call(rig, session, 5, "echo").join().statusCode())
                        .as(tool)
                        .isEqualTo(404);
            }
            GatewayHarness.await("all connections are gone", () -> rig.stat("line_connections") == 0);
            assertThat(rig.stat("in_flight")).isZero();
        }
    }

    @Test
    void answerBeforeTheEndOfAConnection_arrives() throws Exception {
        try (LineServerOfTest server = new LineServerOfTest();
                GatewayHarness rig = inFrontOf(server.port())) {
            for (String tool : List.of("last", "garbage", "bytewise")) {
                String session = open(rig);
                assertThat(call(rig, session, 4, tool).join().body())
                        .as(tool)
                        .contains("\"id\":4")
                        .contains("\"result\"");
            }
        }
    }

    @Test
    void serverThatIsNotThere_isAnErrorThatSaysSo_andNothingIsLeft() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        try (GatewayHarness rig = inFrontOf(port)) {
            HttpResponse<String> answer = rig.call(INITIALIZE).join();

            assertThat(answer.body()).contains("\"error\"").contains("refused the connection");
            GatewayHarness.await("no connection is counted", () -> rig.stat("line_connections") == 0);
            assertThat(rig.stat("sessions")).isZero();
        }
    }

    @Test
    void connectionsBeyondTheirCap_areRefusedWithTheLimit() throws Exception {
        try (LineServerOfTest server = new LineServerOfTest();
                GatewayHarness rig = inFrontOf(
                        server.port(),
                        "upstreams.default.max_connections=2",
                        "upstreams.default.connections.start_timeout_ms=300")) {
            open(rig);
            open(rig);

            HttpResponse<String> third = rig.call(INITIALIZE).join();

            assertThat(third.statusCode()).isEqualTo(503);
            assertThat(third.body()).contains("has no free connection: all 2 are in use (max_connections)");
            assertThat(server.accepted).hasValue(2);
            assertThat(rig.stat("line_connections_refused_max")).isEqualTo(1);
        }
    }

    @Test
    void serverThatDoesNotRead_isGivenUp() throws Exception {
        try (LineServerOfTest server = new LineServerOfTest();
                GatewayHarness rig = inFrontOf(server.port(), "upstreams.default.connections.start_timeout_ms=1000")) {
            String session = open(rig);
            List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
            calls.add(call(rig, session, 1, "deaf"));
            GatewayHarness.await("it is before the others", () -> rig.stat("in_flight") == 1);
            String large = GatewayHarness.call(2, "echo").replace("{}", "{\"x\":\"" + "y".repeat(200_000) + "\"}");
            for (int i = 0; i < 40; i++) {
                calls.add(rig.call(large, "Mcp-Session-Id", session));
            }
            for (CompletableFuture<HttpResponse<String>> each : calls) {
                assertThat(each.join().body()).contains("\"error\"");
            }
            GatewayHarness.await("the connection is gone", () -> rig.stat("line_connections") == 0);
            assertThat(rig.stat("in_flight")).isZero();
        }
    }

    @Test
    void sharedConnectionToAServerThatHangs_isReplaced() throws Exception {
        try (LineServerOfTest server = new LineServerOfTest();
                GatewayHarness rig = inFrontOf(
                        server.port(),
                        "upstreams.default.connections.mode=shared",
                        "upstreams.default.connections.start_timeout_ms=1000",
                        "upstreams.default.request_timeout_ms=1000")) {
            String session = open(rig);
            assertThat(call(rig, session, 1, "hang").join().body()).contains("did not finish within 1000 ms");

            GatewayHarness.await("the connection is gone", () -> rig.stat("line_connections") == 0);

            assertThat(call(rig, session, 2, "echo").join().statusCode()).isEqualTo(404);
            assertThat(call(rig, open(rig), 3, "echo").join().body()).contains("\"result\"");
            assertThat(server.accepted).hasValue(2);
        }
    }

    @Test
    void responsesForAServerThatDoesNotRead_arePendingUntilItReads() throws Exception {
        try (LineServerOfTest server = new LineServerOfTest();
                GatewayHarness rig = inFrontOf(server.port())) {
            String session = open(rig);
            CompletableFuture<HttpResponse<String>> deaf = call(rig, session, 1, "deaf");
            GatewayHarness.await("it is before the others", () -> rig.stat("in_flight") == 1);
            String large = "{\"jsonrpc\":\"2.0\",\"id\":\"s\",\"result\":{\"x\":\"" + "y".repeat(200_000) + "\"}}";
            List<CompletableFuture<HttpResponse<String>>> responses = new ArrayList<>();
            for (int i = 0; i < 80; i++) {
                responses.add(rig.call(large, "Mcp-Session-Id", session));
            }
            GatewayHarness.await(
                    "what the sockets took is accepted",
                    () -> responses.stream().anyMatch(CompletableFuture::isDone));
            long accepted = responses.stream().filter(CompletableFuture::isDone).count();
            assertThat(accepted).as("the others are pending").isLessThan(80);

            server.readOn.countDown();
            for (CompletableFuture<HttpResponse<String>> each : responses) {
                assertThat(each.join().statusCode()).isEqualTo(202);
            }
            assertThat(deaf.join().body()).contains("\"id\":1");
        }
    }

    @Test
    void serverThatWritesMoreThanItsClientReads_isHeldUp() throws Exception {
        try (LineServerOfTest server = new LineServerOfTest();
                GatewayHarness rig = inFrontOf(server.port())) {
            String session = open(rig);
            String body = GatewayHarness.call(4, "flood");
            try (Socket slow = new Socket()) {
                slow.setReceiveBufferSize(4_096);
                slow.connect(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), rig.port()));
                slow.getOutputStream()
                        .write(("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                        + "Accept: application/json, text/event-stream\r\nMcp-Session-Id: " + session
                                        + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                                .getBytes(StandardCharsets.UTF_8));
                long[] before = {-1};
                GatewayHarness.await("the server is held up", () -> {
                    long now = server.written.get();
                    boolean same = now > 0 && now == before[0];
                    before[0] = now;
                    sleep(200);
                    return same;
                });
                assertThat(server.written.get()).isLessThan(8_000_000);

                byte[] buffer = new byte[65_536];
                long read = 0;
                InputStream in = slow.getInputStream();
                while (read < 32_768_000) {
                    int count = in.read(buffer);
                    assertThat(count).isPositive();
                    read += count;
                }
            }
            GatewayHarness.await("all was written", () -> server.written.get() > 32_000_000);
        }
    }

    @Test
    void messagesThatWereKept_areGivenToAStreamAtOnce() throws Exception {
        try (LineServerOfTest server = new LineServerOfTest();
                GatewayHarness rig = inFrontOf(server.port())) {
            String session = open(rig);
            assertThat(call(rig, session, 4, "later").join().body()).contains("\"result\"");
            assertThat(server.pinged.await(20, TimeUnit.SECONDS)).isTrue();

            String events = rig.events(session, KEPT);

            assertThat(events.lines().map(line -> line.replaceAll(".*\"data\":\"(\\d)d+\".*", "$1")))
                    .containsExactly("0", "1", "2", "3", "4", "5", "6");
            assertThat(rig.stat("streams")).isLessThanOrEqualTo(1);
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
