package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.ops.LoggedLines;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each cap on connections, sessions and streams has a count of its own, and what it refuses says which it is. */
class EdgeCapsTest {
    private static final String INITIALIZE =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\","
                    + "\"capabilities\":{},\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}}";
    private static final String LISTEN =
            "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"subscriptions/listen\",\"params\":{}}";

    /** The end of a head, and the beginning of a stream that stays open. */
    private static final String OPEN_COMMENT = "Transfer-Encoding: chunked\r\n\r\n6\r\n: hi\n\n\r\n";

    private RawServer server;
    private final AtomicInteger sessions = new AtomicInteger();
    private final List<Socket> clients = new CopyOnWriteArrayList<>();

    @BeforeEach
    void begin() throws IOException {
        server = new RawServer((socket, number) -> {
            while (true) {
                RawServer.Request request = RawServer.read(socket);
                if (request.is("initialize")) {
                    RawServer.answer(socket, request, "Mcp-Session-Id: s" + sessions.incrementAndGet());
                } else if (request.head().startsWith("GET") || request.is("subscriptions/listen")) {
                    RawServer.write(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + OPEN_COMMENT);
                } else {
                    RawServer.answer(socket, request);
                }
            }
        });
    }

    @AfterEach
    void end() throws IOException {
        for (Socket each : clients) {
            each.close();
        }
        server.close();
    }

    private GatewayHarness start(String... settings) throws Exception {
        return GatewayHarness.start(server.url().toString(), settings);
    }

    private Socket send(GatewayHarness gateway, String bytes) throws IOException {
        Socket socket = gateway.send(bytes);
        clients.add(socket);
        return socket;
    }

    private static String session(GatewayHarness gateway) {
        return gateway.call(INITIALIZE)
                .join()
                .headers()
                .firstValue("Mcp-Session-Id")
                .orElseThrow();
    }

    /** That cap has refused so many, and no other has. */
    private static void assertRefused(GatewayHarness gateway, String what, String cap, long count) {
        assertThat(gateway.stat(what + "_refused")).isEqualTo(count);
        assertThat(gateway.stat(what + "_refused_" + cap)).isEqualTo(count);
    }

    @ParameterizedTest
    @CsvSource({
        "max_streams, gateway",
        "max_streams_per_tenant, tenant",
        "max_streams_per_session, session",
        "max_streams_per_address, address"
    })
    void streamBeyondACap_namesIt(String key, String owner) throws Exception {
        try (GatewayHarness gateway = start("edge." + key + "=1")) {
            String session = session(gateway);
            String get = "GET /mcp HTTP/1.1\r\nHost: localhost\r\nMcp-Session-Id: " + session + "\r\n\r\n";
            RawServer.await(send(gateway, get), ": hi");

            HttpResponse<String> second =
                    gateway.request("GET", "", "Mcp-Session-Id", session).join();

            assertThat(second.statusCode()).isEqualTo(429);
            assertThat(second.body())
                    .contains("too many streams are open: " + owner + " has 1 of 1 streams open (edge." + key
                            + "); close one first");
            assertRefused(gateway, "streams", key.replace("_streams", ""), 1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "max_streams, global, gateway",
        "max_streams_per_tenant, tenant, tenant",
        "max_streams_per_session, connection, session",
        "max_streams_per_address, address, address"
    })
    void subscriptionBeyondACap_namesIt(String key, String scope, String owner) throws Exception {
        try (GatewayHarness gateway = start("edge." + key + "=1")) {
            String session = session(gateway);
            RawServer.await(send(gateway, GatewayHarness.post(LISTEN, "Mcp-Session-Id: " + session)), ": hi");

            HttpResponse<String> second =
                    gateway.call(LISTEN, "Mcp-Session-Id", session).join();

            assertThat(second.statusCode()).isEqualTo(429);
            assertThat(second.body())
                    .contains("Overloaded: " + owner + " has 1 of 1 streams open (edge." + key + "); close one first")
                    .contains(
                            "\"data\":{\"reason\":\"streams\",\"scope\":\"" + scope + "\",\"current\":1,\"limit\":1}");
            assertRefused(gateway, "streams", key.replace("_streams", ""), 1);
            assertThat(gateway.admin("GET", "/decisions", "").body())
                    .contains("\"scope\":\"" + scope + "\"", "\"limit_key\":\"edge." + key + "\"");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "max_sessions",
                "max_sessions_per_tenant",
                "max_sessions_per_address",
                "max_sessions_per_connection"
            })
    void sessionBeyondACap_isCountedAndLogged(String key) throws Exception {
        try (LoggedLines log = new LoggedLines("weir.sessions");
                GatewayHarness gateway = start("edge." + key + "=1")) {
            Socket opener = send(gateway, GatewayHarness.post(INITIALIZE));
            assertThat(GatewayHarness.response(opener.getInputStream())).contains("s1");
            // A session with a stream is not idle: it does not make room.
            RawServer.await(
                    send(gateway, "GET /mcp HTTP/1.1\r\nHost: localhost\r\nMcp-Session-Id: s1\r\n\r\n"), ": hi");

            RawServer.write(opener, GatewayHarness.post(INITIALIZE));

            assertThat(opener.getInputStream().readAllBytes())
                    .as("it is closed")
                    .isEmpty();
            assertRefused(gateway, "sessions", key.replace("_sessions", ""), 1);
            assertThat(log.lines())
                    .containsExactly(
                            "WARN a client of tenant 'default' at 127.0.0.1 got no session, and its connection was"
                                    + " closed: edge." + key + " is reached, and none of those sessions is idle");
            assertThat(sessions).as("the server was not asked").hasValue(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"max_connections", "max_connections_per_address"})
    void connectionBeyondACap_isCounted(String key) throws Exception {
        try (GatewayHarness gateway = start("edge." + key + "=1", "tcp.listen=127.0.0.1:0")) {
            Socket first = send(gateway, GatewayHarness.post(GatewayHarness.call(1, "t")));
            assertThat(GatewayHarness.response(first.getInputStream())).contains("result");

            assertThat(send(gateway, "").getInputStream().read()).isEqualTo(-1);

            assertRefused(gateway, "connections", key.replace("_connections", ""), 1);
            try (Socket tcp = new Socket(InetAddress.getLoopbackAddress(), gateway.tcpPort())) {
                assertThat(tcp.getInputStream().read()).isEqualTo(-1);
            }
            assertRefused(gateway, "connections", key.replace("_connections", ""), 2);
        }
    }

    /** Sends a line over TCP, and reads one. */
    private String line(Socket socket, String line) throws IOException {
        socket.setSoTimeout((int) GatewayHarness.PATIENCE.toMillis());
        RawServer.write(socket, line + "\n");
        return String.valueOf(
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)).readLine());
    }

    private Socket tcp(GatewayHarness gateway) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.tcpPort());
        clients.add(socket);
        return socket;
    }

    private static String authenticate(String key) {
        return "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"weir/authenticate\",\"params\":{\"api_key\":\"" + key
                + "\"}}";
    }

    @Test
    void tcpConnectionBeyondTheCapOfItsTenant_isToldAndClosed_andOtherTenantsAreNot(@TempDir Path folder)
            throws Exception {
        try (GatewayHarness gateway =
                start("tcp.listen=127.0.0.1:0", "edge.max_connections_per_tenant=1", GatewayHarness.keys(folder))) {
            Socket first = tcp(gateway);
            assertThat(line(first, authenticate(GatewayHarness.KEY_A))).contains("\"result\":{}");

            Socket second = tcp(gateway);
            assertThat(line(second, authenticate(GatewayHarness.KEY_A)))
                    .isEqualTo(
                            "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-31429,\"message\":\"Overloaded: tenant has 1"
                                    + " of 1 connections open (edge.max_connections_per_tenant); close one first\"}}");
            assertThat(second.getInputStream().read()).isEqualTo(-1);

            assertRefused(gateway, "connections", "max_per_tenant", 1);
            assertThat(line(tcp(gateway), authenticate(GatewayHarness.KEY_B))).contains("\"result\":{}");
            assertThat(line(first, GatewayHarness.call(3, "t"))).contains("\"id\":3,\"result\":");
            first.close();
            GatewayHarness.await("its place is free", () -> isAuthenticated(gateway, GatewayHarness.KEY_A));
        }
    }

    private boolean isAuthenticated(GatewayHarness gateway, String key) {
        try {
            return line(tcp(gateway), authenticate(key)).contains("\"result\":{}");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void tcpConnectionsWithoutKeys_areAllOfOneTenant() throws Exception {
        try (GatewayHarness gateway = start("tcp.listen=127.0.0.1:0", "edge.max_connections_per_tenant=1")) {
            assertThat(line(tcp(gateway), GatewayHarness.call(3, "t"))).contains("\"id\":3,\"result\":");

            Socket second = tcp(gateway);

            assertThat(line(second, "")).contains("\"id\":null", "(edge.max_connections_per_tenant)");
            assertRefused(gateway, "connections", "max_per_tenant", 1);
        }
    }

    @Test
    void httpConnections_haveNoTenantOfTheirOwn(@TempDir Path folder) throws Exception {
        try (GatewayHarness gateway = start("edge.max_connections_per_tenant=1", GatewayHarness.keys(folder))) {
            String key = "Authorization: Bearer " + GatewayHarness.KEY_A;
            for (int i = 0; i < 3; i++) {
                Socket each = send(gateway, GatewayHarness.post(GatewayHarness.call(1, "t"), key));
                assertThat(GatewayHarness.response(each.getInputStream())).contains("result");
            }
            assertThat(gateway.stat("connections_refused")).isZero();
        }
    }

    @Test
    void metrics_haveACountOfEachCap() throws Exception {
        try (GatewayHarness gateway = start()) {
            assertThat(gateway.admin("GET", "/metrics", "").body())
                    .contains("event=\"connections_refused_max\"", "event=\"connections_refused_max_per_address\"")
                    .contains("event=\"connections_refused_max_per_tenant\"")
                    .contains("event=\"sessions_refused_max\"", "event=\"sessions_refused_max_per_tenant\"")
                    .contains("event=\"sessions_refused_max_per_address\"")
                    .contains("event=\"sessions_refused_max_per_connection\"")
                    .contains("event=\"streams_refused_max\"", "event=\"streams_refused_max_per_tenant\"")
                    .contains("event=\"streams_refused_max_per_session\"")
                    .contains("event=\"streams_refused_max_per_address\"");
        }
    }
}
