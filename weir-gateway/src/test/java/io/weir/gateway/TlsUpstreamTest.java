package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.weir.gateway.ops.LoggedLines;
import io.weir.gateway.tls.TestCa;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Upstreams with https. */
class TlsUpstreamTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    @TempDir
    Path folder;

    private TestCa ca;
    private final List<String> namesAsked = new CopyOnWriteArrayList<>();

    @BeforeEach
    void begin() throws Exception {
        ca = new TestCa("ca of servers");
        ca.write(folder, "ca");
    }

    /** A server with that certificate, which requires one of that CA. */
    private HttpsServer server(TestCa.Issued own, @Nullable TestCa clients, String protocol) throws Exception {
        SSLContext context = own.context(clients == null ? ca : clients);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(LOOPBACK, 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters made = context.getDefaultSSLParameters();
                made.setProtocols(new String[] {protocol});
                made.setNeedClientAuth(clients != null);
                parameters.setSSLParameters(made);
            }
        });
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            if (exchange instanceof com.sun.net.httpserver.HttpsExchange https
                    && https.getSSLSession() instanceof ExtendedSSLSession session) {
                session.getRequestedServerNames().forEach(name -> namesAsked.add(name.toString()));
            }
            byte[] body = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }

    private static GatewayHarness start(HttpsServer server, String... settings) throws Exception {
        String url = "https://127.0.0.1:" + server.getAddress().getPort() + "/mcp";
        List<String> all = new ArrayList<>();
        for (String setting : settings) {
            all.add("upstreams.default." + setting);
        }
        return GatewayHarness.start(url, all.toArray(String[]::new));
    }

    private String ca() {
        return "tls_ca=" + folder.resolve("ca.pem");
    }

    private static String call(GatewayHarness gateway) {
        return gateway.call(GatewayHarness.call(1, "t")).join().body();
    }

    private void assertFault(HttpsServer server, String words, String advice, String... settings) throws Exception {
        try (LoggedLines log = new LoggedLines("weir.upstream");
                GatewayHarness gateway = start(server, settings)) {
            assertThat(call(gateway)).contains("Upstream 'default' " + words).doesNotContain("127.0.0.1");
            assertThat(log.lines())
                    .anyMatch(line -> line.contains("upstream 'default' at https://127.0.0.1:")
                            && line.contains(words)
                            && line.contains(advice));
        } finally {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void call_ofATrustedServer_isAnswered(String protocol) throws Exception {
        HttpsServer server = server(ca.issue("127.0.0.1"), null, protocol);
        try (GatewayHarness gateway = start(server, ca())) {
            assertThat(call(gateway)).contains("\"result\":{}");
            assertThat(call(gateway)).contains("\"result\":{}");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void upstream_thatIsAddedWhileTheGatewayRuns_isTrustedByItsOwnCa() throws Exception {
        HttpsServer server = server(ca.issue("127.0.0.1"), null, "TLSv1.3");
        Path file = folder.resolve("weir.yaml");
        String other = "upstreams:\n  a:\n    url: http://127.0.0.1:9/mcp\n";
        String added = other + "  b:\n    url: https://127.0.0.1:"
                + server.getAddress().getPort() + "/mcp\n    tls_ca: ";
        new TestCa("another").write(folder, "another");
        try (GatewayHarness gateway = GatewayHarness.live(Files.writeString(file, other))) {
            for (String name : List.of("ca", "another", "ca")) {
                Files.writeString(file, added + folder.resolve(name + ".pem") + "\n");
                gateway.gateway.reload();

                assertThat(gateway.to("/b/mcp", GatewayHarness.call(1, "t"))
                                .join()
                                .body())
                        .as(name)
                        .contains(name.equals("ca") ? "\"result\":{}" : "Upstream 'b' ");
            }
        } finally {
            server.stop(0);
        }
    }

    @Test
    void call_withAServerName_asksForItAndVerifiesIt() throws Exception {
        HttpsServer server = server(ca.issue("tools"), null, "TLSv1.3");
        try (GatewayHarness gateway = start(server, ca(), "tls_server_name=tools")) {
            assertThat(call(gateway)).contains("\"result\":{}");
            assertThat(namesAsked).containsExactly("type=host_name (0), value=tools");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void call_ofAnUntrustedCa_saysSo() throws Exception {
        new TestCa("another").write(folder, "ca");

        assertFault(
                server(ca.issue("127.0.0.1"), null, "TLSv1.3"),
                "has a TLS certificate of a CA that is not trusted",
                "tls_ca names",
                ca());
    }

    @Test
    void call_withoutTlsCa_trustsTheJdksAlone() throws Exception {
        assertFault(
                server(ca.issue("127.0.0.1"), null, "TLSv1.3"),
                "has a TLS certificate of a CA that is not trusted",
                "tls_ca names");
    }

    @Test
    void call_ofAnExpiredCertificate_saysSo() throws Exception {
        Instant now = Instant.now();
        TestCa.Issued old = ca.issue(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1)), "127.0.0.1");

        assertFault(
                server(old, null, "TLSv1.3"),
                "has a TLS certificate that has expired, or is not valid yet",
                "renew",
                ca());
    }

    @Test
    void call_ofAnotherName_saysSo() throws Exception {
        assertFault(
                server(ca.issue("other.example", "127.0.0.9"), null, "TLSv1.2"),
                "has a TLS certificate that is for another name",
                "tls_server_name",
                ca());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void call_ofAServerThatWantsACertificate_saysSo(String protocol) throws Exception {
        SSLContext context = ca.issue("127.0.0.1").context(new TestCa("clients"));
        try (SSLServerSocket listening =
                        (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 0, LOOPBACK);
                LoggedLines log = new LoggedLines("weir.upstream")) {
            listening.setNeedClientAuth(true);
            listening.setEnabledProtocols(new String[] {protocol});
            new Thread(() -> serve(listening)).start();
            String url = "https://127.0.0.1:" + listening.getLocalPort() + "/mcp";
            try (GatewayHarness gateway = GatewayHarness.start(url, "upstreams.default." + ca())) {
                // With TLS 1.2 a server need not say what it misses.
                assertThat(call(gateway))
                        .containsAnyOf(
                                "Upstream 'default' requires a TLS certificate of the gateway, or does not accept",
                                protocol.equals("TLSv1.2") ? "Upstream 'default' ended the TLS handshake" : "requires");
                assertThat(log.lines()).anyMatch(line -> line.contains("tls_certificate and tls_key name its files"));
            }
        }
    }

    private static void serve(SSLServerSocket listening) {
        while (!listening.isClosed()) {
            try (Socket socket = listening.accept()) {
                RawServer.serveAll(socket);
            } catch (IOException e) {
                // The handshake failed, or the test is over.
            }
        }
    }

    @Test
    void call_withItsOwnCertificate_isAnswered() throws Exception {
        TestCa clients = new TestCa("clients");
        clients.issue("gateway").write(folder, "own");
        HttpsServer server = server(ca.issue("127.0.0.1"), clients, "TLSv1.3");
        try (GatewayHarness gateway = start(
                server, ca(), "tls_certificate=" + folder.resolve("own.pem"), "tls_key=" + folder.resolve("own.key"))) {
            assertThat(call(gateway)).contains("\"result\":{}");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void ca_replaced_isUsedByNewConnections() throws Exception {
        TestCa other = new TestCa("another");
        other.write(folder, "ca");
        HttpsServer server = server(ca.issue("127.0.0.1"), null, "TLSv1.3");
        try (GatewayHarness gateway = start(server, ca(), "circuit_breaker.enabled=false")) {
            assertThat(call(gateway)).contains("is not trusted");
            ca.write(folder, "ca");
            GatewayHarness.await("the new CA is used", () -> call(gateway).contains("\"result\":{}"));
        } finally {
            server.stop(0);
        }
    }

    @Test
    void connect_handshakeWithoutEnd_timesOut() throws Exception {
        try (RawServer silent =
                new RawServer((socket, number) -> socket.getInputStream().readAllBytes())) {
            String url = "https://127.0.0.1:" + silent.port() + "/mcp";
            try (GatewayHarness gateway = GatewayHarness.start(url, "upstreams.default.connect_timeout_ms=200")) {
                assertThat(call(gateway)).contains("did not accept the connection in time");
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
