package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one address gets, however many connections and sessions it opens, and whatever it says of itself. */
class ClientLimitsTest {
    private static final String INITIALIZE = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}";
    private static final String PING = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
    private static final String ONE_A_SECOND = "backpressure.max_messages_per_sec=1";
    private static final String NO_BURST = "backpressure.burst_multiplier=1";

    private final List<String> seen = new CopyOnWriteArrayList<>();
    private final AtomicInteger issued = new AtomicInteger();

    private RawServer server() throws IOException {
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

    private long seen(String text) {
        return seen.stream().filter(request -> request.contains(text)).count();
    }

    /**
     * Sends on a connection of its own, and answers with what came back until the connection ended or the body was
     * whole.
     */
    private static String exchange(GatewayHarness rig, String bytes) throws IOException {
        try (Socket client = rig.send(bytes)) {
            StringBuilder got = new StringBuilder();
            byte[] part = new byte[8_192];
            int n = client.getInputStream().read(part);
            while (n >= 0) {
                got.append(new String(part, 0, n, StandardCharsets.ISO_8859_1));
                int head = got.indexOf("\r\n\r\n");
                if (head >= 0 && (got.indexOf("\"}") > head || got.indexOf("}}") > head || got.indexOf("{}") > head)) {
                    break;
                }
                n = client.getInputStream().read(part);
            }
            return got.toString();
        }
    }

    private static String bodyless(String method, String... headers) {
        String extra = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        return method + " /mcp HTTP/1.1\r\nHost: localhost\r\n" + extra + "\r\n";
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "DELETE"})
    void requestsWithoutABody_beyondTheControlRate_areRefusedAndCounted(String method) throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(), "backpressure.control_max_messages_per_sec=1", NO_BURST)) {
            int refused = 0;
            for (int i = 0; i < 20; i++) {
                refused += exchange(rig, bodyless(method)).startsWith("HTTP/1.1 429") ? 1 : 0;
            }

            assertThat(refused).isGreaterThan(10);
            assertThat(seen).hasSize(20 - refused);
            assertThat(rig.stat(method.toLowerCase(java.util.Locale.ROOT) + "s"))
                    .isEqualTo(20);
            assertThat(rig.stat(method.toLowerCase(java.util.Locale.ROOT) + "s_refused"))
                    .isEqualTo(refused);
        }
    }

    @Test
    void largeBatchThatIsRefused_isAnsweredByIdAndItsCancellationsGoOnByteForByte() throws Exception {

        RawServer.Script script = (socket, n) -> {
            seen.add(RawServer.read(socket).body());
            RawServer.write(socket, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
            RawServer.serveAll(socket);
        };
        String cancellation =
                "{\"jsonrpc\":\"2.0\", \"method\":\"notifications/cancelled\",\"params\":{\"requestId\":5,"
                        + "\"reason\":\"" + "é".repeat(40_000) + "\"}}";
        String batch = "[ " + GatewayHarness.call(1, "echo") + " ,\n" + cancellation + ", "
                + GatewayHarness.call(2, "echo") + "," + cancellation.replace("5", "6") + "]";
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), "queue_limits.max_messages=1")) {
            String answer = rig.call(batch).join().body();

            assertThat(answer)
                    .startsWith("[{\"jsonrpc\":\"2.0\",\"id\":1,\"error\"")
                    .contains("},{\"jsonrpc\":\"2.0\",\"id\":2,\"error\"")
                    .endsWith("]")
                    .doesNotContain("null");
            GatewayHarness.await("the server has the cancellations", () -> !seen.isEmpty());
            assertThat(seen).containsExactly("[" + cancellation + "," + cancellation.replace("5", "6") + "]");
        }
    }

    @Test
    void pingsBeyondTheControlRate_waitAndAreClosed_howeverManyConnectionsThereAre() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(), "backpressure.control_max_messages_per_sec=1", NO_BURST)) {
            List<Socket> clients = new CopyOnWriteArrayList<>();
            for (int i = 0; i < 50; i++) {
                clients.add(rig.send(GatewayHarness.post(PING)));
            }
            int closed = 0;
            for (Socket client : clients) {
                try (client) {
                    closed += client.getInputStream().read() < 0 ? 1 : 0;
                } catch (IOException e) {
                    closed++;
                }
            }

            assertThat(closed).isGreaterThan(25);
            assertThat(seen).hasSize(50 - closed);
            assertThat(rig.stat("control_closed")).isEqualTo(closed);
        }
    }

    @Test
    void callsWithoutASession_onAConnectionEach_shareTheRateOfOneConnection() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), ONE_A_SECOND, NO_BURST)) {
            int served = 0;
            for (int i = 0; i < 20; i++) {
                served += exchange(rig, GatewayHarness.post(GatewayHarness.call(i, "echo")))
                                .contains("result")
                        ? 1
                        : 0;
            }

            assertThat(served).isEqualTo(seen.size()).isLessThan(10);
            assertThat(rig.stats()).contains("\"connections\":1,");
        }
    }

    @Test
    void spoofedForwardedFor_ofAPeerThatIsNotTrusted_isIgnoredAndReplaced() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), ONE_A_SECOND, NO_BURST)) {
            int served = 0;
            for (int i = 0; i < 20; i++) {
                String answer = exchange(
                        rig,
                        GatewayHarness.post(
                                GatewayHarness.call(i, "echo"),
                                "X-Forwarded-For: 9.9.9." + i,
                                "Forwarded: for=9.9.9." + i));
                served += answer.contains("result") ? 1 : 0;
            }

            assertThat(served).isLessThan(10);
            assertThat(seen("9.9.9.")).isZero();
            assertThat(seen("127.0.0.1")).isEqualTo(seen.size());
        }
    }

    @Test
    void forwardedFor_ofATrustedProxy_tellsClientsApart() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        ONE_A_SECOND,
                        NO_BURST,
                        "backpressure.tenant_max_messages_per_sec=1000",
                        "http.trusted_proxies=127.0.0.0/8")) {
            int served = 0;
            for (int i = 0; i < 20; i++) {
                String answer = exchange(
                        rig,
                        GatewayHarness.post(GatewayHarness.call(i, "echo"), "X-Forwarded-For: 6.6.6.6, 9.9.9." + i));
                served += answer.contains("result") ? 1 : 0;
            }

            assertThat(served).isEqualTo(20);
            assertThat(seen("6.6.6.6")).isZero();
            assertThat(seen("9.9.9.")).isEqualTo(20);
        }
    }

    @Test
    void proxyProtocol_ofATrustedProxy_tellsClientsApart() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "http.trusted_proxies=127.0.0.1",
                        "http.proxy_protocol=true",
                        "edge.max_connections_per_address=1")) {
            String one = "PROXY TCP4 9.9.9.1 10.0.0.1 4000 80\r\n";
            String body = GatewayHarness.post(GatewayHarness.call(1, "echo"), "X-Forwarded-For: 6.6.6.6");
            try (Socket held = rig.send(one + body)) {
                assertThat(held.getInputStream().read()).isEqualTo('H');

                assertThat(exchange(rig, "PROXY TCP4 9.9.9.2 10.0.0.1 4000 80\r\n" + body))
                        .contains("result");
                GatewayHarness.await("a second of the first address is refused", () -> {
                    try {
                        return exchange(rig, one + body).isEmpty();
                    } catch (IOException e) {
                        return true;
                    }
                });
            }
            assertThat(seen("X-Forwarded-For: 9.9.9.1")).isEqualTo(1);
            assertThat(seen("6.6.6.6")).isZero();
            String v2 = "\r\n\r\n\0\r\nQUIT\n!\21\0\14\t\t\t\3\n\0\0\1\17\240\0P";
            assertThat(exchange(rig, v2 + body)).contains("result");
            assertThat(seen("X-Forwarded-For: 9.9.9.3")).isEqualTo(1);
        }
    }

    @Test
    void proxyProtocol_ofATrustedProxy_tellsClientsApartOverTcp() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "tcp.listen=127.0.0.1:0",
                        "tcp.proxy_protocol=true",
                        "http.trusted_proxies=127.0.0.1",
                        "edge.header_timeout_ms=1000",
                        "edge.max_connections_per_address=1")) {
            String one = "PROXY TCP4 9.9.9.1 10.0.0.1 4000 80\r\n";
            String call = GatewayHarness.call(1, "echo") + "\n";
            try (Socket held = overTcp(rig, one + call)) {
                assertThat(line(held)).contains("result");
                assertThat(seen("X-Forwarded-For: 9.9.9.1")).isEqualTo(1);

                try (Socket other = overTcp(rig, "PROXY TCP4 9.9.9.2 10.0.0.1 4000 80\r\n" + call);
                        Socket second = overTcp(rig, one + call)) {
                    assertThat(line(other)).contains("result");
                    assertThat(line(second)).as("a second of the first address").isNull();
                }
                // It goes on where it was, behind its header.
                held.getOutputStream().write(call.getBytes(StandardCharsets.UTF_8));
                assertThat(line(held)).contains("result");
            }
            try (Socket version2 = overTcp(rig, "\r\n\r\n\0\r\nQUIT\n!\21\0\14\t\t\t\3\n\0\0\1\17\240\0P" + call);
                    Socket ofTheProxy = overTcp(rig, "PROXY UNKNOWN\r\n" + call)) {
                assertThat(line(version2)).contains("result");
                assertThat(seen("X-Forwarded-For: 9.9.9.3")).isEqualTo(1);
                assertThat(line(ofTheProxy)).contains("result");
                assertThat(seen("X-Forwarded-For: 127.0.0.1")).isEqualTo(1);
                assertThat(rig.stats())
                        .as("limits are those of the clients")
                        .contains(
                                "\"connection\":\"9.9.9.1\"",
                                "\"connection\":\"9.9.9.3\"",
                                "\"connection\":\"127.0.0.1\"");
            }
            try (Socket without = overTcp(rig, call);
                    Socket silent = overTcp(rig, "PROXY TCP4 9.9.9.4")) {
                assertThat(line(without)).as("a connection without a header").isNull();
                assertThat(line(silent)).as("half a header for a second").isNull();
            }
            GatewayHarness.await(
                    "no connection is counted",
                    () -> rig.stats().contains("\"connections\":0,\"connection_addresses\":0"));
        }
    }

    private static Socket overTcp(GatewayHarness rig, String text) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), rig.tcpPort());
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    /** The next line; null if the connection has ended. */
    private static @Nullable String line(Socket socket) throws IOException {
        StringBuilder line = new StringBuilder();
        try {
            for (int next = socket.getInputStream().read();
                    next != '\n';
                    next = socket.getInputStream().read()) {
                if (next < 0) {
                    return null;
                }
                line.append((char) next);
            }
        } catch (SocketException e) {
            return null;
        }
        return line.toString();
    }

    @Test
    void initializesBeyondTheirRate_waitAndAreClosed() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "edge.max_initialize_per_sec_per_address=1",
                        "edge.max_sessions_per_address=2")) {
            List<Socket> clients = new CopyOnWriteArrayList<>();
            for (int i = 0; i < 12; i++) {
                clients.add(rig.send(GatewayHarness.post(INITIALIZE)));
            }
            int opened = 0;
            for (Socket client : clients) {
                try (client) {
                    opened += client.getInputStream().read() >= 0 ? 1 : 0;
                } catch (IOException e) {
                    opened += 0;
                }
            }

            assertThat(opened).isBetween(2, 8);
            assertThat(issued.get()).isEqualTo(opened);
            assertThat(rig.stat("initializes_limited")).isEqualTo(12 - opened);
            assertThat(rig.stat("sessions")).isEqualTo(2);
        }
    }

    @Test
    void initializeThatTheServerRefuses_endsNoSession() throws Exception {
        AtomicInteger deletes = new AtomicInteger();
        AtomicInteger inits = new AtomicInteger();
        RawServer.Script script = (socket, n) -> {
            while (true) {
                RawServer.Request request = RawServer.read(socket);
                if (request.head().startsWith("DELETE")) {
                    deletes.incrementAndGet();
                }
                int id = request.is("initialize") ? inits.incrementAndGet() : 0;
                if (id > 2) {
                    RawServer.write(socket, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
                } else {
                    RawServer.answer(socket, request, id == 0 ? "X-None: 1" : "Mcp-Session-Id: s" + id);
                }
            }
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), "edge.max_sessions_per_tenant=2")) {
            for (int i = 0; i < 5; i++) {
                rig.call(INITIALIZE).join();
            }

            assertThat(inits.get()).isEqualTo(5);
            assertThat(deletes.get()).isZero();
            assertThat(rig.stat("sessions")).isEqualTo(2);
            assertThat(rig.stat("sessions_evicted")).isZero();
        }
    }

    @Test
    void manyShortConnections_leaveOneEntry() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            for (int i = 0; i < 100; i++) {
                assertThat(exchange(rig, GatewayHarness.post(GatewayHarness.call(i, "echo"), "Connection: close")))
                        .contains("result");
            }

            assertThat(rig.stats()).contains("\"tenants\":1,\"connections\":1,");
        }
    }
}
