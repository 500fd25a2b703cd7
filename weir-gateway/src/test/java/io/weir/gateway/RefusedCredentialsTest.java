package io.weir.gateway;

import static io.weir.gateway.TestTokens.RSA;
import static io.weir.gateway.TestTokens.claims;
import static io.weir.gateway.TestTokens.sign;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.ops.LoggedLines;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the log says of clients whose credentials are refused. */
class RefusedCredentialsTest {
    private static final String WRONG = "weir_" + "x".repeat(43);

    @TempDir
    Path folder;

    private static RawServer server() throws IOException {
        return new RawServer((socket, number) -> RawServer.serveAll(socket));
    }

    private static void call(GatewayHarness rig, String... headers) throws Exception {
        assertThat(rig.call(GatewayHarness.call(1, "echo"), headers).get().statusCode())
                .isEqualTo(401);
    }

    /** Sends a first line over TCP, and reads until the gateway has closed the connection. */
    private static void say(GatewayHarness rig, String line) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), rig.tcpPort())) {
            socket.setSoTimeout((int) GatewayHarness.PATIENCE.toMillis());
            socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("error");
        }
    }

    private static String authenticate(String name, String value) {
        return "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"weir/authenticate\",\"params\":{\"" + name + "\":\"" + value
                + "\"}}";
    }

    @Test
    void apiKeys_thatAreMissingOrUnknown_areLoggedOverHttpAndTcp_withoutThem() throws Exception {
        try (RawServer server = server();
                LoggedLines lines = new LoggedLines("weir.credentials");
                GatewayHarness rig = GatewayHarness.keyed(server, folder, "tcp.listen=127.0.0.1:0")) {
            call(rig);
            call(rig, "Authorization", "Bearer " + WRONG);
            call(rig, "X-API-Key", WRONG);
            call(rig, "X-API-Key", GatewayHarness.KEY_A, "Authorization", "Bearer " + GatewayHarness.KEY_B);
            say(rig, GatewayHarness.call(1, "echo"));
            say(rig, "no JSON");
            say(rig, authenticate("api_key", WRONG));
            say(rig, authenticate("token", WRONG));

            assertThat(lines.lines())
                    .containsExactly(
                            "WARN client 127.0.0.1 refused: it sends no credentials (HTTP 401)",
                            "WARN client 127.0.0.1 refused: its API key is not known (HTTP 401)",
                            "WARN client 127.0.0.1 refused: its credentials are of different tenants (HTTP 401)",
                            "WARN client 127.0.0.1 refused: it sends no credentials (TCP)",
                            "WARN client 127.0.0.1 refused: its API key is not known (TCP)",
                            "WARN client 127.0.0.1 refused: it sends a token, and API keys alone are accepted (TCP)");
            assertThat(rig.stat("unauthorized")).isEqualTo(8);
        }
    }

    @Test
    void whatWasLeftOut_isLoggedByItself() throws Exception {
        try (RawServer server = server();
                LoggedLines lines = new LoggedLines("weir.credentials");
                GatewayHarness rig = GatewayHarness.keyed(server, folder)) {
            for (int i = 0; i < 3; i++) {
                call(rig, "X-API-Key", WRONG);
            }
            GatewayHarness.await("the second line", () -> lines.lines().size() == 2);

            assertThat(lines.lines().get(1))
                    .isEqualTo(
                            "WARN 2 more requests refused since the line before: its API key is not known (HTTP 401);"
                                    + " the last one from 127.0.0.1");
        }
    }

    @Test
    void tokens_thatAreNotAccepted_areLoggedWithTheReason_withoutThem() throws Exception {
        String expired = sign(
                RSA,
                claims("acme")
                        .expirationTime(Date.from(Instant.now().minusSeconds(3600)))
                        .build());
        try (RawServer server = server();
                LoggedLines lines = new LoggedLines("weir.credentials");
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        TestTokens.settings(TestTokens.file(folder, RSA), "tcp.listen=127.0.0.1:0"))) {
            call(rig);
            call(rig, "X-API-Key", WRONG);
            call(rig, "Authorization", "Bearer " + WRONG);
            call(rig, "Authorization", "Bearer " + expired);
            say(rig, authenticate("token", expired));
            say(rig, authenticate("api_key", WRONG));

            assertThat(lines.lines())
                    .containsExactly(
                            "WARN client 127.0.0.1 refused: it sends no credentials (HTTP 401)",
                            "WARN client 127.0.0.1 refused: it sends an API key, and tokens alone are accepted (HTTP 401)",
                            "WARN client 127.0.0.1 refused: this API key is not valid (HTTP 401)",
                            "WARN client 127.0.0.1 refused: the token has expired (HTTP 401)",
                            "WARN client 127.0.0.1 refused: the token has expired (TCP)",
                            "WARN client 127.0.0.1 refused: it sends an API key, and tokens alone are accepted (TCP)");
        }
    }
}
