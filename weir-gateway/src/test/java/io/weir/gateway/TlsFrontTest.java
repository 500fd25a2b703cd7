package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.gateway.ops.LoggedLines;
import io.weir.gateway.tls.TestCa;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

/** TLS of clients over HTTP, with clients of bare sockets. */
class TlsFrontTest {
    private static final String CALL = GatewayHarness.post(GatewayHarness.call(1, "t"));

    private static final int RECORD_HEADER = 5;

    private static final CopyOption REPLACE = StandardCopyOption.REPLACE_EXISTING;
    private static final Pattern CONNECTIONS =
            Pattern.compile("\"connections\":\\s*(\\d+),\\s*\"connection_addresses\"");

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
        all.add("http.tls_certificate=" + folder.resolve("server.pem"));
        all.add("http.tls_key=" + folder.resolve("server.key"));
        return GatewayHarness.start(server.url().toString(), all.toArray(String[]::new));
    }

    private SSLContext client(TestCa.@Nullable Issued own) throws Exception {
        return ca.client(own);
    }

    private static SSLSocket connect(GatewayHarness gateway, SSLContext client, String protocol) throws IOException {
        SSLSocket socket = (SSLSocket) client.getSocketFactory()
                .createSocket(
                        InetAddress.getLoopbackAddress(), gateway.gateway.http().port());
        socket.setSoTimeout((int) GatewayHarness.PATIENCE.toMillis());
        socket.setEnabledProtocols(new String[] {protocol});
        return socket;
    }

    private static String exchange(Socket socket, String request) throws IOException {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        return answer(socket);
    }

    /** What comes until a whole JSON text or the end. */
    private static String answer(Socket socket) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        InputStream in = socket.getInputStream();
        int b = in.read();
        while (b >= 0) {
            out.write(b);
            String text = out.toString(StandardCharsets.ISO_8859_1);
            if (b == '}' && text.endsWith("}}")) {
                return text;
            }
            b = in.read();
        }
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void call_overTls_isAnswered(String protocol) throws Exception {
        try (GatewayHarness gateway = start();
                SSLSocket socket = connect(gateway, client(null), protocol)) {
            assertThat(exchange(socket, CALL)).startsWith("HTTP/1.1 200 OK").endsWith("\"result\":{}}");
            assertThat(exchange(socket, CALL)).startsWith("HTTP/1.1 200 OK");
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
                SSLSocket socket = connect(gateway, client(null), "TLSv1.2")) {
            assertThat(exchange(socket, CALL)).startsWith("HTTP/1.1 200 OK");
            assertThatThrownBy(() -> {
                        socket.startHandshake();
                        exchange(socket, CALL);
                    })
                    .isInstanceOf(SSLException.class);
        }
    }

    @Test
    void handshake_withClientCa_takesItsCertificatesAlone() throws Exception {
        TestCa clients = new TestCa("clients ca");
        clients.write(folder, "clients");
        Instant now = Instant.now();
        TestCa.Issued expired = clients.issue(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1)), "old");
        try (LoggedLines log = new LoggedLines("weir.tls");
                GatewayHarness gateway = start("http.tls_client_ca=" + folder.resolve("clients.pem"))) {
            for (String protocol : new String[] {"TLSv1.2", "TLSv1.3"}) {
                try (SSLSocket socket = connect(gateway, client(clients.issue("me")), protocol)) {
                    assertThat(exchange(socket, CALL)).startsWith("HTTP/1.1 200 OK");
                }
                assertRefused(gateway, null, protocol);
                assertRefused(gateway, ca.issue("stranger"), protocol);
                assertRefused(gateway, expired, protocol);
            }
            GatewayHarness.await("counted", () -> gateway.stat("tls_handshakes_failed") == 6);
            assertThat(server.accepted()).isEqualTo(1);
            assertThat(log.lines())
                    .anyMatch(line ->
                            line.contains("client 127.0.0.1 sent no certificate, which http.tls_client_ca requires"))
                    .anyMatch(line -> line.contains("sent a certificate that is not of a CA in http.tls_client_ca"))
                    .anyMatch(line -> line.contains("sent a certificate that has expired"));
        }
    }

    @Test
    void certificate_ofAClient_isItsTenant_whereThatIsConfigured() throws Exception {
        TestCa clients = new TestCa("client ca");
        clients.write(folder, "clients");
        try (GatewayHarness gateway =
                start("http.tls_client_ca=" + folder.resolve("clients.pem"), "tenants.certificate=true")) {
            for (String protocol : new String[] {"TLSv1.2", "TLSv1.3"}) {
                try (SSLSocket socket = connect(gateway, client(clients.issue("acme")), protocol)) {
                    assertThat(exchange(socket, CALL)).startsWith("HTTP/1.1 200 OK");
                }
                try (SSLSocket socket = connect(gateway, client(clients.issue("no tenant")), protocol)) {
                    assertThat(exchange(socket, CALL))
                            .startsWith("HTTP/1.1 403 ")
                            .contains("no name of a tenant");
                }
            }
            assertThat(gateway.stats()).contains("\"tenant\":\"acme\"").doesNotContain("\"tenant\":\"default\"");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void connectionBeyondTheCapOfItsCertificatesTenant_isClosed(String protocol) throws Exception {
        TestCa clients = new TestCa("client ca");
        clients.write(folder, "clients");
        try (GatewayHarness gateway = start(
                        "http.tls_client_ca=" + folder.resolve("clients.pem"),
                        "tenants.certificate=true",
                        "edge.max_connections_per_tenant=1");
                SSLSocket first = connect(gateway, client(clients.issue("acme")), protocol)) {
            assertThat(exchange(first, CALL)).startsWith("HTTP/1.1 200 OK");

            try (SSLSocket second = connect(gateway, client(clients.issue("acme")), protocol)) {
                String answer;
                try {
                    answer = exchange(second, CALL);
                } catch (IOException e) {
                    answer = "";
                }
                assertThat(answer).isEmpty();
            }

            assertThat(gateway.stat("connections_refused_max_per_tenant")).isEqualTo(1);
            assertThat(server.accepted()).isEqualTo(1);
            try (SSLSocket other = connect(gateway, client(clients.issue("other")), protocol)) {
                assertThat(exchange(other, CALL)).startsWith("HTTP/1.1 200 OK");
            }
            assertThat(exchange(first, CALL)).startsWith("HTTP/1.1 200 OK");
        }
    }

    private void assertRefused(GatewayHarness gateway, TestCa.@Nullable Issued own, String protocol) throws Exception {
        try (SSLSocket socket = connect(gateway, client(own), protocol)) {
            assertThatThrownBy(() -> {
                        exchange(socket, CALL);
                        throw new SSLException("the connection was closed without an alert");
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void request_notTls_isClosedAndLogged() throws Exception {
        try (LoggedLines log = new LoggedLines("weir.tls");
                GatewayHarness gateway = start();
                Socket socket = gateway.send(CALL)) {
            assertThat(answer(socket)).doesNotContain("HTTP/1.1 200");
            GatewayHarness.await(
                    "logged",
                    () -> log.lines().stream()
                            .anyMatch(line -> line.endsWith(
                                    "client 127.0.0.1 did not speak TLS: its URL must begin with https://")));
        }
    }

    @Test
    void request_malformed_isAnsweredInsideTls() throws Exception {
        try (GatewayHarness gateway = start();
                SSLSocket socket = connect(gateway, client(null), "TLSv1.3")) {
            assertThat(exchange(socket, "POST /mcp HTTP/1.1\r\nHost : localhost\r\n\r\n"))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("The request was refused");
        }
    }

    @Test
    void certificate_replacedUnderLoad_failsNoRequest() throws Exception {
        try (GatewayHarness gateway =
                start("queue_limits.max_messages=1000", "backpressure.max_messages_per_sec=100000")) {
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger answered = new AtomicInteger();
            AtomicInteger renewed = new AtomicInteger();
            List<Throwable> failures = new ArrayList<>();
            SSLContext client = client(null);
            X509Certificate next = replaceable();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Thread thread = new Thread(() -> {
                    while (!over.get()) {
                        try (SSLSocket socket = connect(gateway, client, "TLSv1.3")) {
                            for (int request = 0; request < 3; request++) {
                                assertThat(exchange(socket, CALL)).startsWith("HTTP/1.1 200 OK");
                                answered.incrementAndGet();
                            }
                            if (next.equals(socket.getSession().getPeerCertificates()[0])) {
                                renewed.incrementAndGet();
                            }
                        } catch (IOException | AssertionError e) {
                            synchronized (failures) {
                                failures.add(e);
                            }
                        }
                    }
                });
                thread.start();
                threads.add(thread);
            }
            try (SSLSocket standing = connect(gateway, client, "TLSv1.3")) {
                assertThat(exchange(standing, CALL)).startsWith("HTTP/1.1 200 OK");
                Files.copy(folder.resolve("next.key"), folder.resolve("server.key"), REPLACE);
                Files.copy(folder.resolve("next.pem"), folder.resolve("server.pem"), REPLACE);
                GatewayHarness.await("the new certificate is used", () -> renewed.get() > 3);
                assertThat(exchange(standing, CALL)).startsWith("HTTP/1.1 200 OK");
            }
            over.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(failures).isEmpty();
            assertThat(answered.get()).isGreaterThan(10);
        }
    }

    @Test
    void certificate_replaced_isUsedAtOnceWhenTheGatewayIsToldTo() throws Exception {
        try (GatewayHarness gateway = start()) {
            X509Certificate next = replaceable();
            Files.copy(folder.resolve("next.key"), folder.resolve("server.key"), REPLACE);
            Files.copy(folder.resolve("next.pem"), folder.resolve("server.pem"), REPLACE);

            gateway.gateway.reload();

            try (SSLSocket socket = connect(gateway, client(null), "TLSv1.3")) {
                assertThat(exchange(socket, CALL)).startsWith("HTTP/1.1 200 OK");
                assertThat(socket.getSession().getPeerCertificates()[0]).isEqualTo(next);
            }
        }
    }

    private X509Certificate replaceable() throws Exception {
        TestCa.Issued next = ca.issue("localhost", "127.0.0.1");
        next.write(folder, "next");
        return next.certificate();
    }

    @Test
    void handshakes_halfOpen_areCountedAndCutAndLeaveRoom() throws Exception {
        int cap = 500;
        try (GatewayHarness gateway = start("edge.max_connections_per_address=" + cap, "edge.header_timeout_ms=3000")) {
            List<Socket> halfOpen = new ArrayList<>();
            // The head of a ClientHello of 512 bytes, of which nothing more comes.
            byte[] begun = {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3};
            try {
                for (int i = 0; i < 2_000; i++) {
                    Socket socket = new Socket(
                            InetAddress.getLoopbackAddress(),
                            gateway.gateway.http().port());
                    halfOpen.add(socket);
                    try {
                        socket.getOutputStream().write(begun);
                    } catch (IOException e) {
                        // It is refused already.
                    }
                    if (i % 200 == 0) {
                        assertThat(connections(gateway)).isLessThanOrEqualTo(cap);
                    }
                }
                GatewayHarness.await(
                        "all are counted",
                        () -> gateway.stat("connections_opened") + gateway.stat("connections_refused") >= 2_000);
                assertThat(connections(gateway)).isLessThanOrEqualTo(cap);
                assertThat(gateway.stat("connections_refused")).isGreaterThan(0);
                try (Socket elsewhere = new Socket();
                        SSLSocket socket = from(elsewhere, gateway, client(null))) {
                    assertThat(exchange(socket, CALL)).startsWith("HTTP/1.1 200 OK");
                }
                GatewayHarness.await("all are cut", () -> connections(gateway) == 0);
                assertThat(gateway.stat("client_timeouts")).isEqualTo(gateway.stat("connections_opened") - 1);
            } finally {
                for (Socket socket : halfOpen) {
                    socket.close();
                }
            }
        }
    }

    /** The connections that the edge counts. */
    private static int connections(GatewayHarness gateway) {
        Matcher found = CONNECTIONS.matcher(gateway.stats());
        assertThat(found.find()).isTrue();
        return Integer.parseInt(found.group(1));
    }

    /** A client at another address, to which the caps of the first do not apply. */
    private static SSLSocket from(Socket plain, GatewayHarness gateway, SSLContext client) throws IOException {
        plain.bind(new InetSocketAddress("127.0.0.2", 0));
        plain.connect(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), gateway.gateway.http().port()));
        return (SSLSocket) client.getSocketFactory().createSocket(plain, "localhost", plain.getPort(), true);
    }

    /** A record of so many bytes, of which the last does not come. */
    private static byte[] unended(int size) {
        byte[] record = new byte[RECORD_HEADER + size - 1];
        byte[] header = {23, 3, 3, (byte) (size >> 8), (byte) size};
        System.arraycopy(header, 0, record, 0, RECORD_HEADER);
        return record;
    }

    /** A client's connection in plain text, and TLS over it. */
    private SSLSocket over(Socket plain, SSLContext client) throws IOException {
        return (SSLSocket) client.getSocketFactory().createSocket(plain, "localhost", plain.getPort(), false);
    }

    @Test
    void records_unended_areBoundedAndOthersAreServed() throws Exception {
        int size = 16 * 1024;
        // The least that such records have is 256 KiB an event loop.
        int most = Runtime.getRuntime().availableProcessors() * 256 * 1024 / (size - 1024);
        SSLContext client = client(null);
        List<Socket> holding = new ArrayList<>();
        try (GatewayHarness gateway = start("edge.max_buffered_head_bytes=262144")) {
            try {
                for (int i = 0; i < 3 * most; i++) {
                    Socket plain = gateway.send("");
                    holding.add(plain);
                    SSLSocket encrypted = over(plain, client);
                    // The JDK closes one that nobody knows, which would end the record.
                    holding.add(encrypted);
                    encrypted.startHandshake();
                    plain.getOutputStream().write(unended(size));
                }
                GatewayHarness.await("no more than that are left", () -> connections(gateway) <= most);
                assertThat(gateway.stat("tls_records_over_budget")).isGreaterThanOrEqualTo(2L * most);

                try (SSLSocket socket = connect(gateway, client, "TLSv1.3")) {
                    String call = GatewayHarness.call(1, "t".repeat(100_000));
                    assertThat(exchange(socket, GatewayHarness.post(call))).startsWith("HTTP/1.1 200 OK");
                }
                assertThat(connections(gateway)).isGreaterThan(0);
            } finally {
                for (Socket each : holding) {
                    each.close();
                }
            }
        }
    }

    @Test
    void record_longerThanTlsAllows_endsTheConnection() throws Exception {
        try (GatewayHarness gateway = start();
                Socket plain = gateway.send("");
                SSLSocket socket = over(plain, client(null))) {
            assertThat(exchange(socket, CALL)).startsWith("HTTP/1.1 200 OK");

            plain.getOutputStream().write(new byte[] {23, 3, 3, (byte) 0xff, (byte) 0xff, 0});

            GatewayHarness.await("it is closed", () -> connections(gateway) == 0);
        }
    }

    @Test
    void handshakeMessages_unended_areBounded() throws Exception {
        int size = 15_000;
        List<Socket> holding = new ArrayList<>();
        int most = Runtime.getRuntime().availableProcessors() * 256 * 1024 / (2 * size - 1024);
        try (GatewayHarness gateway = start("edge.max_buffered_head_bytes=262144")) {
            try {
                // A ClientHello of 30,000 bytes, of which half comes in a record that is whole.
                byte[] record = new byte[RECORD_HEADER + size];
                byte[] begin = {
                    22, 3, 1, (byte) (size >> 8), (byte) size, 1, 0, (byte) ((2 * size) >> 8), (byte) (2 * size)
                };
                System.arraycopy(begin, 0, record, 0, begin.length);
                for (int i = 0; i < 3 * most; i++) {
                    Socket plain = gateway.send("");
                    holding.add(plain);
                    plain.getOutputStream().write(record);
                }
                GatewayHarness.await("all have come", () -> gateway.stat("connections_opened") == 3L * most);
                GatewayHarness.await("no more than that are left", () -> connections(gateway) <= most);
                try (SSLSocket socket = connect(gateway, client(null), "TLSv1.3")) {
                    assertThat(exchange(socket, CALL)).startsWith("HTTP/1.1 200 OK");
                }
            } finally {
                for (Socket each : holding) {
                    each.close();
                }
            }
        }
    }

    @Test
    void proxyHeader_standsAheadOfTls() throws Exception {
        try (GatewayHarness gateway = start("http.trusted_proxies=127.0.0.1", "http.proxy_protocol=true");
                Socket plain = gateway.send("PROXY TCP4 192.0.2.7 192.0.2.1 40000 443\r\n");
                SSLSocket socket = (SSLSocket)
                        client(null).getSocketFactory().createSocket(plain, "localhost", plain.getPort(), true)) {
            assertThat(exchange(socket, CALL)).startsWith("HTTP/1.1 200 OK");
            assertThat(gateway.stat("connection_addresses")).isEqualTo(1);
        }
    }

    @Test
    void adminPort_withTls_isReadOverTls() throws Exception {
        try (LoggedLines log = new LoggedLines("weir.tls");
                GatewayHarness gateway = start(
                        "admin.tls_certificate=" + folder.resolve("server.pem"),
                        "admin.tls_key=" + folder.resolve("server.key"))) {
            SSLSocket socket = (SSLSocket) client(null)
                    .getSocketFactory()
                    .createSocket(
                            InetAddress.getLoopbackAddress(),
                            gateway.gateway.admin().port());
            try (socket) {
                assertThat(exchange(socket, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                        .startsWith("HTTP/1.1 200 OK");
            }
            assertThat(log.lines()).isEmpty();
        }
    }

    @Test
    void start_expiredCertificate_saysWhichAndWhatToDo() throws Exception {
        Instant now = Instant.now();
        ca.issue(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1)), "localhost")
                .write(folder, "server");

        assertThatThrownBy(this::start)
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("http.tls_certificate: " + folder.resolve("server.pem"))
                .hasMessageContaining("expired at");
    }
}
