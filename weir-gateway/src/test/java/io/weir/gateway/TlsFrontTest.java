package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.ops.LoggedLines;
import io.weir.gateway.tls.TestCa;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS of clients over HTTP, with clients of bare sockets. */
class TlsFrontTest extends TlsFrontFixture {
    private static final String CALL = GatewayHarness.post(GatewayHarness.call(1, "t"));

    private static final int RECORD_HEADER = 5;
    private static final Pattern CONNECTIONS =
            Pattern.compile("\"connections\":\\s*(\\d+),\\s*\"connection_addresses\"");

    TlsFrontTest() {
        super("http");
    }

    @Override
    int port(GatewayHarness gateway) {
        return gateway.port();
    }

    @Override
    String exchange(Socket socket, String request) throws IOException {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        String answer = answer(socket);
        if (answer.isEmpty()) {
            throw new EOFException("closed without an alert");
        }
        return answer;
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

    @Override
    void assertAnswered(Socket socket) throws IOException {
        assertThat(exchange(socket, CALL)).startsWith("HTTP/1.1 200 OK").endsWith("\"result\":{}}");
    }

    @Test
    void certificate_ofAClient_isItsTenant_whereThatIsConfigured() throws Exception {
        TestCa clients = new TestCa("client ca");
        try (GatewayHarness gateway = start(clientCa(clients), "tenants.certificate=true")) {
            for (String protocol : new String[] {"TLSv1.2", "TLSv1.3"}) {
                try (SSLSocket socket = connect(gateway, clients.issue("acme"), protocol)) {
                    assertAnswered(socket);
                }
                try (SSLSocket socket = connect(gateway, clients.issue("no tenant"), protocol)) {
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
        try (GatewayHarness gateway =
                        start(clientCa(clients), "tenants.certificate=true", "edge.max_connections_per_tenant=1");
                SSLSocket first = connect(gateway, clients.issue("acme"), protocol)) {
            assertAnswered(first);

            try (SSLSocket second = connect(gateway, clients.issue("acme"), protocol)) {
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
            try (SSLSocket other = connect(gateway, clients.issue("other"), protocol)) {
                assertAnswered(other);
            }
            assertAnswered(first);
        }
    }

    @Test
    void request_notTls_isClosedAndLogged() throws Exception {
        try (LoggedLines log = new LoggedLines("weir.tls");
                GatewayHarness gateway = start();
                Socket socket = gateway.send(CALL)) {
            assertThat(answer(socket)).doesNotContain("HTTP/1.1 200");
            awaitLogged(log, "client 127.0.0.1 did not speak TLS: its URL must begin with https://");
        }
    }

    @Test
    void request_malformed_isAnsweredInsideTls() throws Exception {
        try (GatewayHarness gateway = start();
                SSLSocket socket = connect(gateway, ca.client(null), "TLSv1.3")) {
            assertThat(exchange(socket, "POST /mcp HTTP/1.1\r\nHost : localhost\r\n\r\n"))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("The request was refused");
        }
    }

    @Test
    void handshakes_halfOpen_areCountedAndCutAndLeaveRoom() throws Exception {
        int cap = 500;
        try (GatewayHarness gateway = start("edge.max_connections_per_address=" + cap, "edge.header_timeout_ms=3000")) {
            List<Socket> halfOpen = new ArrayList<>();
            try {
                for (int i = 0; i < 2_000; i++) {
                    Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port());
                    halfOpen.add(socket);
                    try {
                        socket.getOutputStream().write(HALF_OPEN);
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
                // The caps of the first address do not apply to another.
                try (Socket elsewhere = new Socket()) {
                    elsewhere.bind(new InetSocketAddress("127.0.0.2", 0));
                    elsewhere.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.port()));
                    try (SSLSocket socket = over(elsewhere)) {
                        assertAnswered(socket);
                    }
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

    /** A record of so many bytes, of which the last does not come. */
    private static byte[] unended(int size) {
        byte[] record = new byte[RECORD_HEADER + size - 1];
        byte[] header = {23, 3, 3, (byte) (size >> 8), (byte) size};
        System.arraycopy(header, 0, record, 0, RECORD_HEADER);
        return record;
    }

    /** TLS on a connection that there is, and that stays open when TLS is closed. */
    private static SSLSocket leavingOpen(Socket plain, SSLContext client) throws IOException {
        return (SSLSocket) client.getSocketFactory().createSocket(plain, "localhost", plain.getPort(), false);
    }

    @Test
    void records_unended_areBoundedAndOthersAreServed() throws Exception {
        int size = 16 * 1024;
        // The least that such records have is 256 KiB an event loop.
        int most = Runtime.getRuntime().availableProcessors() * 256 * 1024 / (size - 1024);
        SSLContext client = ca.client(null);
        List<Socket> holding = new ArrayList<>();
        try (GatewayHarness gateway = start("edge.max_buffered_head_bytes=262144")) {
            try {
                for (int i = 0; i < 3 * most; i++) {
                    Socket plain = gateway.send("");
                    holding.add(plain);
                    SSLSocket encrypted = leavingOpen(plain, client);
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
                SSLSocket socket = leavingOpen(plain, ca.client(null))) {
            assertThat(exchange(socket, CALL)).startsWith("HTTP/1.1 200 OK");

            plain.getOutputStream().write(new byte[] {23, 3, 3, (byte) 0xff, (byte) 0xff, 0});

            GatewayHarness.await("it is closed", () -> connections(gateway) == 0);
        }
    }

    @Test
    void handshakeMessages_unended_areBounded() throws Exception {
        int size = 15_000;
        int whole = 2 * size;
        List<Socket> holding = new ArrayList<>();
        int most = Runtime.getRuntime().availableProcessors() * 256 * 1024 / (whole - 1024);
        int all = 3 * most;
        try (GatewayHarness gateway = start("edge.max_buffered_head_bytes=262144")) {
            try {
                // A ClientHello of 30,000 bytes, of which half comes in a record that is whole.
                byte[] record = new byte[RECORD_HEADER + size];
                byte[] begin = {22, 3, 1, (byte) (size >> 8), (byte) size, 1, 0, (byte) (whole >> 8), (byte) whole};
                System.arraycopy(begin, 0, record, 0, begin.length);
                for (int i = 0; i < all; i++) {
                    Socket plain = gateway.send("");
                    holding.add(plain);
                    plain.getOutputStream().write(record);
                }
                GatewayHarness.await("all have come", () -> gateway.stat("connections_opened") == all);
                // The time limit of handshakes would end them too, later.
                GatewayHarness.await(
                        "the others are refused for that", () -> gateway.stat("tls_records_over_budget") >= all - most);
                GatewayHarness.await("no more than that are left", () -> connections(gateway) <= most);
                try (SSLSocket socket = connect(gateway, ca.client(null), "TLSv1.3")) {
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
    void adminPort_withTls_isReadOverTls() throws Exception {
        try (LoggedLines log = new LoggedLines("weir.tls");
                GatewayHarness gateway = start(
                        "admin.tls_certificate=" + folder.resolve("server.pem"),
                        "admin.tls_key=" + folder.resolve("server.key"));
                SSLSocket socket = over(new Socket(
                        InetAddress.getLoopbackAddress(),
                        gateway.gateway.admin().port()))) {
            assertThat(exchange(socket, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                    .startsWith("HTTP/1.1 200 OK");
            assertThat(log.lines()).isEmpty();
        }
    }
}
