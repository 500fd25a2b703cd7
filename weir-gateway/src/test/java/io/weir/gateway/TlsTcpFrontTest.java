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
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/** TLS of clients over TCP: a message a line, with clients of bare sockets. */
class TlsTcpFrontTest extends TlsFrontFixture {
    private static final String CALL = GatewayHarness.call(1, "t");
    private static final String RESULT = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}";

    TlsTcpFrontTest() {
        super("tcp");
    }

    @Override
    int port(GatewayHarness gateway) {
        return gateway.tcpPort();
    }

    @Override
    String exchange(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
        String answer =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)).readLine();
        if (answer == null) {
            throw new EOFException("closed without an alert");
        }
        return answer;
    }

    @Override
    void assertAnswered(Socket socket) throws IOException {
        assertThat(exchange(socket, CALL)).isEqualTo(RESULT);
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
            assertAnswered(socket);
            assertThat(exchange(without, CALL)).contains("\"error\":{");
            assertThat(gateway.stat("unauthorized")).isEqualTo(1);
            assertThat(gateway.stats()).contains("\"tenant\":\"a\"").doesNotContain("\"tenant\":\"default\"");
        }
    }

    @Test
    void certificate_ofAClient_isItsTenant() throws Exception {
        TestCa clients = new TestCa("client ca");
        try (GatewayHarness gateway = start(clientCa(clients));
                SSLSocket socket = connect(gateway, clients.issue("acme"), "TLSv1.3")) {
            assertAnswered(socket);
            assertThat(gateway.stats()).contains("\"tenant\":\"acme\"").doesNotContain("\"tenant\":\"default\"");
        }
    }

    @Test
    void certificate_withoutTheNameOfATenant_isRefused() throws Exception {
        TestCa clients = new TestCa("client ca");
        try (GatewayHarness gateway = start(clientCa(clients));
                SSLSocket socket = connect(gateway, clients.issue("no tenant"), "TLSv1.3")) {
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
            awaitLogged(log, "client 127.0.0.1 did not speak TLS: tcp.tls_certificate requires it");
            assertThat(server.accepted()).isZero();
        }
    }

    @Test
    void handshake_halfOpen_isCountedAndCut() throws Exception {
        try (GatewayHarness gateway = start("edge.max_connections_per_address=1", "edge.header_timeout_ms=2000");
                Socket halfOpen = new Socket(InetAddress.getLoopbackAddress(), gateway.tcpPort())) {
            halfOpen.getOutputStream().write(HALF_OPEN);
            GatewayHarness.await("it is counted", () -> gateway.stat("connections_opened") == 1);
            try (SSLSocket beyond = connect(gateway, ca.client(null), "TLSv1.3")) {
                assertThatThrownBy(() -> exchange(beyond, CALL)).isInstanceOf(IOException.class);
            }
            assertThat(gateway.stat("connections_refused")).isEqualTo(1);

            GatewayHarness.await("its place is free", () -> gateway.stat("connection_addresses") == 0);
            assertThat(gateway.stat("client_timeouts")).isEqualTo(1);
            try (SSLSocket socket = connect(gateway, ca.client(null), "TLSv1.3")) {
                assertAnswered(socket);
            }
        }
    }
}
