package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.ops.LoggedLines;
import io.weir.gateway.tls.TestCa;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Upstreams with a {@code tls} URL: lines of JSON-RPC over TLS. */
class TlsLineUpstreamTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final Pattern ID = Pattern.compile("\"id\":(\\d+)");
    private static final String INITIALIZE =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\","
                    + "\"capabilities\":{},\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}}";

    @TempDir
    Path folder;

    private TestCa ca;

    /** How a client uses the server. */
    private enum Use {
        /** It opens a session, which has a connection of its own. */
        SESSION("per_session", INITIALIZE),
        /** It is of the stateless era: the gateway opens a connection for its tenant. */
        STATELESS("per_session", GatewayHarness.call(1, "t")),
        /** All sessions share one connection. */
        SHARED("shared", INITIALIZE);

        private final String mode;
        private final String request;

        Use(String mode, String request) {
            this.mode = mode;
            this.request = request;
        }

        String[] headers() {
            return this == STATELESS
                    ? new String[] {"MCP-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "t"}
                    : new String[0];
        }
    }

    @BeforeEach
    void begin() throws Exception {
        ca = new TestCa("ca of servers");
        ca.write(folder, "ca");
    }

    /** A server of lines with that certificate, which requires one of that CA. */
    private static final class Server implements AutoCloseable {
        private final SSLServerSocket listening;
        private final List<SSLSocket> sockets = new CopyOnWriteArrayList<>();
        private final List<String> namesAsked = new CopyOnWriteArrayList<>();
        private final AtomicInteger lines = new AtomicInteger();

        Server(TestCa.Issued own, @Nullable TestCa clients, String protocol) throws Exception {
            TestCa trusted = clients == null ? new TestCa("nobody") : clients;
            listening = (SSLServerSocket)
                    own.context(trusted).getServerSocketFactory().createServerSocket(0, 50, LOOPBACK);
            listening.setEnabledProtocols(new String[] {protocol});
            listening.setNeedClientAuth(clients != null);
            start(this::accept);
        }

        private static void start(Runnable work) {
            Thread thread = new Thread(work, "tls-line-server");
            thread.setDaemon(true);
            thread.start();
        }

        private void accept() {
            try {
                while (true) {
                    SSLSocket socket = (SSLSocket) listening.accept();
                    sockets.add(socket);
                    start(() -> serve(socket));
                }
            } catch (IOException e) {
                // Closed.
            }
        }

        private void serve(SSLSocket socket) {
            try (socket;
                    BufferedReader in = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    lines.incrementAndGet();
                    if (socket.getSession() instanceof ExtendedSSLSession session) {
                        session.getRequestedServerNames().forEach(name -> namesAsked.add(name.toString()));
                    }
                    Matcher id = ID.matcher(line);
                    if (id.find()) {
                        socket.getOutputStream()
                                .write(("{\"jsonrpc\":\"2.0\",\"id\":" + id.group(1)
                                                + ",\"result\":{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},"
                                                + "\"serverInfo\":{\"name\":\"s\",\"version\":\"1\"}}}\n")
                                        .getBytes(StandardCharsets.UTF_8));
                    }
                }
            } catch (IOException e) {
                // The handshake failed, the gateway has closed the connection, or the test is over.
            }
        }

        @Override
        public void close() throws IOException {
            listening.close();
            for (SSLSocket each : sockets) {
                each.close();
            }
        }
    }

    private static GatewayHarness start(Server server, Use use, String... settings) throws Exception {
        List<String> all = new ArrayList<>();
        all.add("upstreams.default.connections.mode=" + use.mode);
        for (String setting : settings) {
            all.add("upstreams.default." + setting);
        }
        return GatewayHarness.start("tls://127.0.0.1:" + server.listening.getLocalPort(), all.toArray(String[]::new));
    }

    private String ca() {
        return "tls_ca=" + folder.resolve("ca.pem");
    }

    private static String answer(GatewayHarness gateway, Use use) {
        return gateway.call(use.request, use.headers()).join().body();
    }

    private static void assertAnswered(GatewayHarness gateway, Use use) {
        assertThat(answer(gateway, use)).contains("\"id\":1,\"result\":{");
    }

    /**
     * The client gets an error with the id of its request, the operator a line of the log, and the server not one
     * message.
     */
    private static void assertFault(Server server, Use use, String words, String advice, String... settings)
            throws Exception {
        try (server;
                LoggedLines log = new LoggedLines("weir.upstream");
                GatewayHarness gateway = start(server, use, settings)) {
            assertThat(answer(gateway, use))
                    .contains("\"id\":1,\"error\":{\"code\":-31502,\"message\":\"Upstream 'default' " + words)
                    .doesNotContain("127.0.0.1");
            assertThat(log.lines())
                    .anyMatch(line -> line.contains("upstream 'default' at tls://127.0.0.1:")
                            && line.contains(words)
                            && line.contains(advice));
            assertThat(server.lines).hasValue(0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void call_ofATrustedServer_isAnswered(String protocol) throws Exception {
        for (Use use : Use.values()) {
            try (Server server = new Server(ca.issue("127.0.0.1"), null, protocol);
                    GatewayHarness gateway = start(server, use, ca())) {
                assertAnswered(gateway, use);
                assertAnswered(gateway, use);
                assertThat(server.sockets.get(0).getSession().getProtocol()).isEqualTo(protocol);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void call_ofAnUntrustedCa_saysSo(Use use) throws Exception {
        new TestCa("another").write(folder, "ca");

        assertFault(
                new Server(ca.issue("127.0.0.1"), null, "TLSv1.3"),
                use,
                "has a TLS certificate of a CA that is not trusted",
                "tls_ca names",
                ca());
    }

    @Test
    void call_withoutTlsCa_trustsTheJdksAlone() throws Exception {
        assertFault(
                new Server(ca.issue("127.0.0.1"), null, "TLSv1.3"),
                Use.SESSION,
                "has a TLS certificate of a CA that is not trusted",
                "tls_ca names");
    }

    @ParameterizedTest
    @EnumSource
    void call_ofAnExpiredCertificate_saysSo(Use use) throws Exception {
        Instant now = Instant.now();

        assertFault(
                new Server(
                        ca.issue(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1)), "127.0.0.1"),
                        null,
                        "TLSv1.3"),
                use,
                "has a TLS certificate that has expired, or is not valid yet",
                "renew",
                ca());
    }

    @ParameterizedTest
    @EnumSource
    void call_ofAnotherName_saysSo(Use use) throws Exception {
        assertFault(
                new Server(ca.issue("other.example", "127.0.0.9"), null, "TLSv1.2"),
                use,
                "has a TLS certificate that is for another name",
                "tls_server_name",
                ca());
    }

    @Test
    void call_withAServerName_asksForItAndVerifiesIt() throws Exception {
        try (Server server = new Server(ca.issue("tools"), null, "TLSv1.3");
                GatewayHarness gateway = start(server, Use.STATELESS, ca(), "tls_server_name=tools")) {
            assertAnswered(gateway, Use.STATELESS);
            assertThat(server.namesAsked).isNotEmpty().containsOnly("type=host_name (0), value=tools");
        }
        assertFault(
                new Server(ca.issue("127.0.0.1"), null, "TLSv1.3"),
                Use.SESSION,
                "has a TLS certificate that is for another name",
                "tls_server_name",
                ca(),
                "tls_server_name=tools");
    }

    @ParameterizedTest
    @EnumSource
    void call_ofAServerThatWantsACertificate_saysSo(Use use) throws Exception {
        assertFault(
                new Server(ca.issue("127.0.0.1"), new TestCa("clients"), "TLSv1.3"),
                use,
                "requires a TLS certificate of the gateway, or does not accept the one it has",
                "tls_certificate and tls_key name its files",
                ca());
        // With TLS 1.2 a server need not say what it misses.
        assertFault(
                new Server(ca.issue("127.0.0.1"), new TestCa("clients"), "TLSv1.2"),
                use,
                "",
                "tls_certificate and tls_key name its files",
                ca());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void call_withItsOwnCertificate_isAnswered_ifTheServerTrustsItsCa(String protocol) throws Exception {
        TestCa clients = new TestCa("clients");
        clients.issue("gateway").write(folder, "own");
        String[] settings = {
            ca(), "tls_certificate=" + folder.resolve("own.pem"), "tls_key=" + folder.resolve("own.key")
        };
        for (Use use : Use.values()) {
            try (Server server = new Server(ca.issue("127.0.0.1"), clients, protocol);
                    GatewayHarness gateway = start(server, use, settings)) {
                assertAnswered(gateway, use);
            }
        }
    }

    @Test
    void ca_replaced_isUsedByNewConnections_andThoseThatStandAreKept() throws Exception {
        try (Server server = new Server(ca.issue("127.0.0.1"), null, "TLSv1.3");
                GatewayHarness gateway = start(
                        server, Use.SESSION, ca(), "circuit_breaker.enabled=false", "connections.mode=per_session")) {
            String session = gateway.call(INITIALIZE)
                    .join()
                    .headers()
                    .firstValue("Mcp-Session-Id")
                    .orElseThrow();
            new TestCa("another").write(folder, "ca");
            GatewayHarness.await(
                    "the new CA is used", () -> answer(gateway, Use.SESSION).contains("of a CA that is not trusted"));
            assertThat(gateway.call(GatewayHarness.call(7, "t"), "Mcp-Session-Id", session)
                            .join()
                            .body())
                    .contains("\"id\":7,\"result\":{");
            ca.write(folder, "ca");
            GatewayHarness.await(
                    "the first CA is used again",
                    () -> answer(gateway, Use.SESSION).contains("\"result\":{"));
        }
    }

    @Test
    void upstream_thatIsAddedWhileTheGatewayRuns_isTrustedByItsOwnCa() throws Exception {
        Path file = folder.resolve("weir.yaml");
        String other = "upstreams:\n  a:\n    url: http://127.0.0.1:9/mcp\n";
        new TestCa("another").write(folder, "another");
        try (Server server = new Server(ca.issue("127.0.0.1"), null, "TLSv1.3");
                GatewayHarness gateway = GatewayHarness.live(Files.writeString(file, other))) {
            for (String name : List.of("ca", "another", "ca")) {
                Files.writeString(
                        file,
                        other + "  b:\n    url: tls://127.0.0.1:" + server.listening.getLocalPort() + "\n    tls_ca: "
                                + folder.resolve(name + ".pem") + "\n");
                gateway.gateway.reload();

                assertThat(gateway.to("/b/mcp", INITIALIZE).join().body())
                        .as(name)
                        .contains(
                                name.equals("ca") ? "\"result\":{" : "Upstream 'b' has a TLS certificate of a CA that");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void connect_handshakeWithoutEnd_timesOut(Use use) throws Exception {
        try (RawServer silent = new RawServer(
                        (socket, number) -> socket.getInputStream().readAllBytes());
                GatewayHarness gateway = GatewayHarness.start(
                        "tls://127.0.0.1:" + silent.port(),
                        "upstreams.default.connections.mode=" + use.mode,
                        "upstreams.default.connect_timeout_ms=200")) {
            assertThat(answer(gateway, use))
                    .contains("\"id\":1,\"error\":{\"code\":-31502,\"message\":\"Upstream 'default' did not accept the"
                            + " connection in time");
        }
    }

    @ParameterizedTest
    @EnumSource
    void connect_toAServerWithoutTls_saysSo(Use use) throws Exception {
        try (RawServer plain = new RawServer((socket, number) -> {
                    RawServer.write(socket, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\n");
                    socket.getInputStream().readAllBytes();
                });
                LoggedLines log = new LoggedLines("weir.upstream");
                GatewayHarness gateway = GatewayHarness.start(
                        "tls://127.0.0.1:" + plain.port(), "upstreams.default.connections.mode=" + use.mode)) {
            assertThat(answer(gateway, use))
                    .contains("\"id\":1,\"error\":{\"code\":-31502,\"message\":\"Upstream 'default' failed the TLS"
                            + " handshake");
            assertThat(log.lines()).anyMatch(line -> line.contains("failed the TLS handshake"));
        }
    }
}
