package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.gateway.ops.LoggedLines;
import io.weir.gateway.tls.TestCa;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.CopyOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS of clients over TCP: a message a line, with clients of bare sockets. */
class TlsTcpFrontTest {
    private static final String CALL = GatewayHarness.call(1, "t");
    private static final String RESULT = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}";
    private static final CopyOption REPLACE = StandardCopyOption.REPLACE_EXISTING;

    @TempDir
    Path folder;

    private TestCa ca;
    private RawServer server;

    @BeforeEach
    void begin() throws Exception {
        ca = new TestCa("server ca");
        ca.issue("localhost", "127.0.0.1").write(folder, "server");
        server = new RawServer((socket, number) -> RawServer.serveAll(socket));
    }

    @AfterEach
    void end() throws IOException {
        server.close();
    }

    private GatewayHarness start(String... settings) throws Exception {
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("tcp.listen=127.0.0.1:0");
        all.add("tcp.tls_certificate=" + folder.resolve("server.pem"));
        all.add("tcp.tls_key=" + folder.resolve("server.key"));
        return GatewayHarness.start(server.url().toString(), all.toArray(String[]::new));
    }

    private String clientCa(TestCa clients) throws Exception {
        return "tcp.tls_client_ca=" + clients.write(folder, "clients");
    }

    private static SSLSocket connect(GatewayHarness gateway, SSLContext client, String protocol) throws IOException {
        SSLSocket socket =
                (SSLSocket) client.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), gateway.tcpPort());
        socket.setSoTimeout((int) GatewayHarness.PATIENCE.toMillis());
        socket.setEnabledProtocols(new String[] {protocol});
        return socket;
    }

    /** Sends a line, and reads one. */
    private static String exchange(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
        String answer =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)).readLine();
        if (answer == null) {
            throw new EOFException("closed without an alert");
        }
        return answer;
    }

    private void assertRefused(GatewayHarness gateway, TestCa.@Nullable Issued own, String protocol) throws Exception {
        try (SSLSocket socket = connect(gateway, ca.client(own), protocol)) {
            assertThatThrownBy(() -> exchange(socket, CALL)).isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void call_overTls_isAnswered(String protocol) throws Exception {
        try (GatewayHarness gateway = start();
                SSLSocket socket = connect(gateway, ca.client(null), protocol)) {
            assertThat(exchange(socket, CALL)).isEqualTo(RESULT);
            assertThat(exchange(socket, CALL)).isEqualTo(RESULT);
            assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
        }
    }

    @Test
    void key_insideTls_saysWhoTheClientIs() throws Exception {
        try (GatewayHarness gateway = start(GatewayHarness.keys(folder));
                SSLSocket socket = connect(gateway, ca.client(null), "TLSv1.3");
                SSLSocket without = connect(gateway, ca.client(null), "TLSv1.3")) {
            assertThat(exchange(
                            socket,
                            "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"weir/authenticate\",\"params\":{\"api_key\":\""
                                    + GatewayHarness.KEY_A + "\"}}"))
                    .isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{}}");
            assertThat(exchange(socket, CALL)).isEqualTo(RESULT);
            assertThat(exchange(without, CALL)).contains("\"error\":{");
            assertThat(gateway.stat("unauthorized")).isEqualTo(1);
            assertThat(gateway.stats()).contains("\"tenant\":\"a\"").doesNotContain("\"tenant\":\"default\"");
        }
    }

    @Test
    void handshake_again_isRefused() throws Exception {
        try (GatewayHarness gateway = start();
                SSLSocket socket = connect(gateway, ca.client(null), "TLSv1.2")) {
            assertThat(exchange(socket, CALL)).isEqualTo(RESULT);
            assertThatThrownBy(() -> {
                        socket.startHandshake();
                        exchange(socket, CALL);
                    })
                    .isInstanceOf(SSLException.class);
        }
    }

    @Test
    void handshake_withClientCa_takesItsCertificatesAlone() throws Exception {
        TestCa clients = new TestCa("client ca");
        Instant now = Instant.now();
        TestCa.Issued expired = clients.issue(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1)), "old");
        try (LoggedLines log = new LoggedLines("weir.tls");
                GatewayHarness gateway = start(clientCa(clients))) {
            for (String protocol : new String[] {"TLSv1.2", "TLSv1.3"}) {
                try (SSLSocket socket = connect(gateway, ca.client(clients.issue("acme")), protocol)) {
                    assertThat(exchange(socket, CALL)).isEqualTo(RESULT);
                }
                assertRefused(gateway, null, protocol);
                assertRefused(gateway, ca.issue("stranger"), protocol);
                assertRefused(gateway, expired, protocol);
            }
            GatewayHarness.await("counted", () -> gateway.stat("tls_handshakes_failed") == 6);
            assertThat(server.accepted())
                    .as("nothing of those reached the server")
                    .isEqualTo(1);
            assertThat(gateway.stats()).contains("\"tenant\":\"acme\"").doesNotContain("\"tenant\":\"default\"");
            assertThat(log.lines())
                    .anyMatch(line ->
                            line.contains("client 127.0.0.1 sent no certificate, which tcp.tls_client_ca requires"))
                    .anyMatch(line -> line.contains("sent a certificate that is not of a CA in tcp.tls_client_ca"))
                    .anyMatch(line -> line.contains("sent a certificate that has expired"));
        }
    }

    @Test
    void certificate_withoutTheNameOfATenant_isRefused() throws Exception {
        TestCa clients = new TestCa("client ca");
        try (GatewayHarness gateway = start(clientCa(clients));
                SSLSocket socket = connect(gateway, ca.client(clients.issue("no tenant")), "TLSv1.3")) {
            assertThat(exchange(socket, CALL)).contains("no name of a tenant");
            assertThat(gateway.stat("unauthorized")).isEqualTo(1);
            assertThat(server.accepted()).isZero();
        }
    }

    @Test
    void line_withoutTls_isClosedAndLogged() throws Exception {
        try (LoggedLines log = new LoggedLines("weir.tls");
                GatewayHarness gateway = start();
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.tcpPort())) {
            socket.setSoTimeout((int) GatewayHarness.PATIENCE.toMillis());
            socket.getOutputStream().write((CALL + "\n").getBytes(StandardCharsets.UTF_8));
            byte[] answer;
            try {
                answer = socket.getInputStream().readAllBytes();
            } catch (SocketException e) {
                // What it sent was not read.
                answer = new byte[0];
            }
            assertThat(new String(answer, StandardCharsets.ISO_8859_1))
                    .as("an alert of TLS, or nothing")
                    .doesNotContain("{");
            GatewayHarness.await(
                    "logged",
                    () -> log.lines().stream()
                            .anyMatch(line -> line.endsWith(
                                    "client 127.0.0.1 did not speak TLS: tcp.tls_certificate requires it")));
            assertThat(server.accepted()).isZero();
        }
    }

    @Test
    void client_thatDoesNotTrustTheCertificate_isLogged() throws Exception {
        try (LoggedLines log = new LoggedLines("weir.tls");
                GatewayHarness gateway = start();
                SSLSocket socket = connect(gateway, new TestCa("another").client(null), "TLSv1.2")) {
            assertThatThrownBy(() -> exchange(socket, CALL)).isInstanceOf(SSLException.class);
            GatewayHarness.await(
                    "logged",
                    () -> log.lines().stream()
                            .anyMatch(line -> line.contains(
                                    "client 127.0.0.1 does not accept the certificate in tcp.tls_certificate")));
        }
    }

    @Test
    void certificate_replacedUnderLoad_failsNoRequest() throws Exception {
        try (GatewayHarness gateway =
                start("queue_limits.max_messages=1000", "backpressure.max_messages_per_sec=100000")) {
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger answered = new AtomicInteger();
            AtomicInteger renewed = new AtomicInteger();
            SSLContext client = ca.client(null);
            TestCa.Issued next = ca.issue("localhost", "127.0.0.1");
            next.write(folder, "next");
            X509Certificate shown = next.certificate();
            List<CompletableFuture<Void>> clients = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                clients.add(GatewayHarness.begin(() -> {
                    while (!over.get()) {
                        try (SSLSocket socket = connect(gateway, client, "TLSv1.3")) {
                            for (int request = 0; request < 3; request++) {
                                assertThat(exchange(socket, CALL)).isEqualTo(RESULT);
                                answered.incrementAndGet();
                            }
                            if (shown.equals(socket.getSession().getPeerCertificates()[0])) {
                                renewed.incrementAndGet();
                            }
                        }
                    }
                }));
            }
            try (SSLSocket standing = connect(gateway, client, "TLSv1.3")) {
                assertThat(exchange(standing, CALL)).isEqualTo(RESULT);
                GatewayHarness.await("the first certificate is used", () -> answered.get() > 3);
                Files.copy(folder.resolve("next.key"), folder.resolve("server.key"), REPLACE);
                Files.copy(folder.resolve("next.pem"), folder.resolve("server.pem"), REPLACE);
                GatewayHarness.await("the new certificate is used", () -> renewed.get() > 3);
                assertThat(exchange(standing, CALL)).isEqualTo(RESULT);
            }
            over.set(true);
            CompletableFuture.allOf(clients.toArray(CompletableFuture[]::new)).join();
        }
    }

    @Test
    void certificate_replaced_isUsedAtOnceWhenTheGatewayIsToldTo() throws Exception {
        try (GatewayHarness gateway = start()) {
            TestCa.Issued next = ca.issue("localhost", "127.0.0.1");
            next.write(folder, "server");

            gateway.gateway.reload();

            try (SSLSocket socket = connect(gateway, ca.client(null), "TLSv1.3")) {
                assertThat(exchange(socket, CALL)).isEqualTo(RESULT);
                assertThat(socket.getSession().getPeerCertificates()[0]).isEqualTo(next.certificate());
            }
        }
    }

    @Test
    void handshake_halfOpen_isCountedAndCut() throws Exception {
        try (GatewayHarness gateway = start("edge.max_connections_per_address=1", "edge.header_timeout_ms=2000");
                Socket halfOpen = new Socket(InetAddress.getLoopbackAddress(), gateway.tcpPort())) {
            // The head of a ClientHello of 512 bytes, of which nothing more comes.
            halfOpen.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3});
            GatewayHarness.await("it is counted", () -> gateway.stat("connections_opened") == 1);
            try (SSLSocket beyond = connect(gateway, ca.client(null), "TLSv1.3")) {
                assertThatThrownBy(() -> exchange(beyond, CALL)).isInstanceOf(IOException.class);
            }
            assertThat(gateway.stat("connections_refused")).isEqualTo(1);

            GatewayHarness.await("its place is free", () -> gateway.stat("connection_addresses") == 0);
            assertThat(gateway.stat("client_timeouts")).isEqualTo(1);
            try (SSLSocket socket = connect(gateway, ca.client(null), "TLSv1.3")) {
                assertThat(exchange(socket, CALL)).isEqualTo(RESULT);
            }
        }
    }

    @Test
    void proxyHeader_standsAheadOfTls() throws Exception {
        try (GatewayHarness gateway = start("http.trusted_proxies=127.0.0.1", "tcp.proxy_protocol=true");
                Socket plain = new Socket()) {
            plain.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.tcpPort()));
            plain.setSoTimeout((int) GatewayHarness.PATIENCE.toMillis());
            plain.getOutputStream()
                    .write("PROXY TCP4 192.0.2.7 192.0.2.1 40000 443\r\n".getBytes(StandardCharsets.US_ASCII));
            try (SSLSocket socket = (SSLSocket)
                    ca.client(null).getSocketFactory().createSocket(plain, "localhost", plain.getPort(), true)) {
                assertThat(exchange(socket, CALL)).isEqualTo(RESULT);
                assertThat(gateway.stat("connection_addresses")).isEqualTo(1);
            }
        }
    }

    @Test
    void start_expiredCertificate_saysWhichAndWhatToDo() throws Exception {
        Instant now = Instant.now();
        ca.issue(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1)), "localhost")
                .write(folder, "server");

        assertThatThrownBy(this::start)
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("tcp.tls_certificate: " + folder.resolve("server.pem"))
                .hasMessageContaining("expired at");
    }
}
