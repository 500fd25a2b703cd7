package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.gateway.ops.LoggedLines;
import io.weir.gateway.tls.TestCa;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
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

/** TLS of clients, whatever they are connected by: a gateway with a certificate, and clients of bare sockets. */
abstract class TlsFrontFixture {
    /** The head of a ClientHello of 512 bytes, of which nothing more comes. */
    static final byte[] HALF_OPEN = {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3};

    private static final CopyOption REPLACE = StandardCopyOption.REPLACE_EXISTING;

    @TempDir
    Path folder;

    TestCa ca;
    RawServer server;

    private final String section;

    /** @param section of the configuration: {@code http} or {@code tcp} */
    TlsFrontFixture(String section) {
        this.section = section;
    }

    /** Where clients connect. */
    abstract int port(GatewayHarness gateway);

    /** Sends that, and reads one answer; fails where none comes. */
    abstract String exchange(Socket socket, String request) throws IOException;

    /** Sends a call, and gets its result. */
    abstract void assertAnswered(Socket socket) throws IOException;

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

    GatewayHarness start(String... settings) throws Exception {
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("tcp.listen=127.0.0.1:0");
        all.add(section + ".tls_certificate=" + folder.resolve("server.pem"));
        all.add(section + ".tls_key=" + folder.resolve("server.key"));
        return GatewayHarness.start(server.url().toString(), all.toArray(String[]::new));
    }

    /** The setting that clients need a certificate of that CA. */
    String clientCa(TestCa clients) throws Exception {
        return section + ".tls_client_ca=" + clients.write(folder, "clients");
    }

    SSLSocket connect(GatewayHarness gateway, TestCa.@Nullable Issued own, String protocol) throws Exception {
        return connect(gateway, ca.client(own), protocol);
    }

    SSLSocket connect(GatewayHarness gateway, SSLContext client, String protocol) throws IOException {
        SSLSocket socket =
                (SSLSocket) client.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port(gateway));
        socket.setSoTimeout((int) GatewayHarness.PATIENCE.toMillis());
        socket.setEnabledProtocols(new String[] {protocol});
        return socket;
    }

    /** TLS on a connection that there is. */
    SSLSocket over(Socket plain) throws Exception {
        return (SSLSocket) ca.client(null).getSocketFactory().createSocket(plain, "localhost", plain.getPort(), true);
    }

    /** A certificate that is not used yet. */
    private X509Certificate next() throws Exception {
        TestCa.Issued next = ca.issue("localhost", "127.0.0.1");
        next.write(folder, "next");
        return next.certificate();
    }

    /** The gateway's certificate is that one from now on. */
    private void replace() throws IOException {
        Files.copy(folder.resolve("next.key"), folder.resolve("server.key"), REPLACE);
        Files.copy(folder.resolve("next.pem"), folder.resolve("server.pem"), REPLACE);
    }

    static void awaitLogged(LoggedLines log, String text) throws InterruptedException {
        GatewayHarness.await(text, () -> log.lines().stream().anyMatch(line -> line.contains(text)));
    }

    private void assertRefused(GatewayHarness gateway, TestCa.@Nullable Issued own, String protocol) throws Exception {
        try (SSLSocket socket = connect(gateway, own, protocol)) {
            assertThatThrownBy(() -> assertAnswered(socket)).isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void call_overTls_isAnswered(String protocol) throws Exception {
        try (GatewayHarness gateway = start();
                SSLSocket socket = connect(gateway, ca.client(null), protocol)) {
            assertAnswered(socket);
            assertAnswered(socket);
            assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
            assertThat(Thread.getAllStackTraces().keySet())
                    .as("its handshake was not made on an event loop")
                    .extracting(Thread::getName)
                    .anyMatch(name -> name.startsWith("weir-tls-handshake-"));
        }
    }

    @Test
    void handshake_again_isRefused() throws Exception {
        try (GatewayHarness gateway = start();
                SSLSocket socket = connect(gateway, ca.client(null), "TLSv1.2")) {
            assertAnswered(socket);
            assertThatThrownBy(() -> {
                        socket.startHandshake();
                        assertAnswered(socket);
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
                try (SSLSocket socket = connect(gateway, clients.issue("acme"), protocol)) {
                    assertAnswered(socket);
                }
                assertRefused(gateway, null, protocol);
                assertRefused(gateway, ca.issue("stranger"), protocol);
                assertRefused(gateway, expired, protocol);
            }
            GatewayHarness.await("counted", () -> gateway.stat("tls_handshakes_failed") == 6);
            assertThat(server.accepted())
                    .as("nothing of those reached the server")
                    .isEqualTo(1);
            String ofClients = section + ".tls_client_ca";
            assertThat(log.lines())
                    .anyMatch(line ->
                            line.contains("client 127.0.0.1 sent no certificate, which " + ofClients + " requires"))
                    .anyMatch(line -> line.contains("sent a certificate that is not of a CA in " + ofClients))
                    .anyMatch(line -> line.contains("sent a certificate that has expired"));
        }
    }

    @Test
    void client_thatDoesNotTrustTheCertificate_isLogged() throws Exception {
        try (LoggedLines log = new LoggedLines("weir.tls");
                GatewayHarness gateway = start();
                SSLSocket socket = connect(gateway, new TestCa("another").client(null), "TLSv1.2")) {
            assertThatThrownBy(() -> assertAnswered(socket)).isInstanceOf(SSLException.class);
            awaitLogged(log, "client 127.0.0.1 does not accept the certificate in " + section + ".tls_certificate");
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
            X509Certificate next = next();
            List<CompletableFuture<Void>> clients = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                clients.add(GatewayHarness.begin(() -> {
                    while (!over.get()) {
                        try (SSLSocket socket = connect(gateway, client, "TLSv1.3")) {
                            for (int request = 0; request < 3; request++) {
                                assertAnswered(socket);
                                answered.incrementAndGet();
                            }
                            if (next.equals(socket.getSession().getPeerCertificates()[0])) {
                                renewed.incrementAndGet();
                            }
                        }
                    }
                }));
            }
            try (SSLSocket standing = connect(gateway, client, "TLSv1.3")) {
                assertAnswered(standing);
                GatewayHarness.await("the first certificate is used", () -> answered.get() > 3);
                replace();
                GatewayHarness.await("the new certificate is used", () -> renewed.get() > 3);
                assertAnswered(standing);
            }
            over.set(true);
            CompletableFuture.allOf(clients.toArray(CompletableFuture[]::new)).join();
        }
    }

    @Test
    void certificate_replaced_isUsedAtOnceWhenTheGatewayIsToldTo() throws Exception {
        try (GatewayHarness gateway = start()) {
            X509Certificate next = next();
            replace();

            gateway.gateway.reload();

            try (SSLSocket socket = connect(gateway, ca.client(null), "TLSv1.3")) {
                assertAnswered(socket);
                assertThat(socket.getSession().getPeerCertificates()[0]).isEqualTo(next);
            }
        }
    }

    @Test
    void proxyHeader_standsAheadOfTls() throws Exception {
        try (GatewayHarness gateway = start("http.trusted_proxies=127.0.0.1", section + ".proxy_protocol=true");
                Socket plain = new Socket()) {
            plain.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port(gateway)));
            plain.setSoTimeout((int) GatewayHarness.PATIENCE.toMillis());
            plain.getOutputStream()
                    .write("PROXY TCP4 192.0.2.7 192.0.2.1 40000 443\r\n".getBytes(StandardCharsets.US_ASCII));
            try (SSLSocket socket = over(plain)) {
                assertAnswered(socket);
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
                .hasMessageContaining(section + ".tls_certificate: " + folder.resolve("server.pem"))
                .hasMessageContaining("expired at");
    }
}
