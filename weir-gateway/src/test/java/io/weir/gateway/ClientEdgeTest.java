package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.auth.ApiKeys;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients may send, and what of it reaches the server. */
class ClientEdgeTest {
    private static final String ORIGIN = "https://app.example.com";
    private static final String PREFLIGHT = String.join(
            "\r\n",
            "OPTIONS /mcp HTTP/1.1",
            "Host: localhost",
            "Origin: %s",
            "Access-Control-Request-Method: POST",
            "Access-Control-Request-Headers: content-type,mcp-param-x",
            "",
            "");

    private final List<String> heads = new CopyOnWriteArrayList<>();

    @TempDir
    Path directory;

    private void serve(Socket socket, String... headers) throws IOException {
        while (true) {
            RawServer.Request request = RawServer.read(socket);
            heads.add(request.head());
            RawServer.answer(socket, request, headers);
        }
    }

    /** The head of the first answer, in lower case. */
    private static String head(GatewayHarness rig, String bytes) throws IOException {
        try (Socket client = rig.send(bytes)) {
            InputStream in = client.getInputStream();
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int b = in.read();
                if (b < 0) {
                    break;
                }
                head.append((char) b);
            }
            return head.toString().toLowerCase(Locale.ROOT);
        }
    }

    private static String status(GatewayHarness rig, String bytes) throws IOException {
        String head = head(rig, bytes);
        return head.length() < 12 ? "none" : head.substring(9, 12);
    }

    @Test
    void page_ofAnAllowedOrigin_asksCallsAndReads() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> serve(
                        socket,
                        "Access-Control-Allow-Origin: *",
                        "Access-Control-Expose-Headers: X-Own",
                        "Vary: Accept"));
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), "http.allowed_origins=" + ORIGIN)) {
            assertThat(head(rig, PREFLIGHT.formatted(ORIGIN)))
                    .startsWith("http/1.1 204 ")
                    .contains("access-control-allow-origin: " + ORIGIN + "\r\n")
                    .contains("access-control-allow-methods: get, post, delete\r\n")
                    .contains("access-control-allow-headers: content-type,mcp-param-x\r\n")
                    .contains("access-control-max-age: 7200\r\n")
                    .contains("vary: origin\r\n");
            assertThat(heads).isEmpty();

            assertThat(head(rig, GatewayHarness.post(GatewayHarness.call(1, "echo"), "Origin: " + ORIGIN)))
                    .startsWith("http/1.1 200 ")
                    .containsOnlyOnce("access-control-allow-origin: " + ORIGIN + "\r\n")
                    .doesNotContain("access-control-allow-origin: *")
                    .containsOnlyOnce(
                            "access-control-expose-headers: mcp-session-id, mcp-protocol-version, retry-after,"
                                    + " www-authenticate, x-own\r\n")
                    .contains("vary: accept\r\n", "vary: origin\r\n");
        }
    }

    @Test
    void page_ofAnAllowedOrigin_readsErrorsAndRefusalsToo() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> serve(socket));
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "http.allowed_origins=" + ORIGIN,
                        "queue_limits.max_messages=0",
                        "refusal.http_status=429")) {
            String header = "Origin: " + ORIGIN;
            for (String request : List.of(
                    GatewayHarness.post(GatewayHarness.call(1, "echo"), header),
                    GatewayHarness.post("{", header),
                    GatewayHarness.post("{}", header).replace("/mcp", "/none"),
                    GatewayHarness.post("{}", header).replace("application/json", "text/plain"))) {
                assertThat(head(rig, request))
                        .startsWith("http/1.1 4")
                        .containsOnlyOnce("access-control-allow-origin: " + ORIGIN + "\r\n");
            }
        }
    }

    @Test
    void page_ofAnotherOrigin_isRefused() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> serve(socket));
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), "http.allowed_origins=" + ORIGIN)) {
            assertThat(head(rig, PREFLIGHT.formatted("https://evil.example")))
                    .startsWith("http/1.1 403 ")
                    .doesNotContain("access-control");
            assertThat(status(rig, GatewayHarness.post(GatewayHarness.call(1, "echo"), "Origin: https://evil.example")))
                    .isEqualTo("403");
        }
    }

    private Path keys(String... tenantsAndKeys) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < tenantsAndKeys.length; i += 2) {
            lines.append(ApiKeys.hashLine(tenantsAndKeys[i], tenantsAndKeys[i + 1]))
                    .append('\n');
        }
        Path file = Files.writeString(directory.resolve("keys"), lines);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void keyOfTheGateway_identifiesAndTheServersOwnCredentialsPass() throws Exception {
        String key = ApiKeys.generate();
        String other = ApiKeys.generate();
        try (RawServer server = new RawServer((socket, n) -> serve(socket));
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "tenants.api_keys_file=" + keys("acme", key, "other", other),
                        "tenants.header=X-Weir-Tenant")) {
            String call = GatewayHarness.call(1, "echo");
            assertThat(status(
                            rig,
                            GatewayHarness.post(call, "X-API-Key: " + key, "Authorization: Bearer for-the-server")))
                    .isEqualTo("200");
            assertThat(status(
                            rig,
                            GatewayHarness.post(call, "X-API-Key: for-the-server", "Authorization: Bearer " + key)))
                    .isEqualTo("200");
            assertThat(status(rig, GatewayHarness.post(call, "X-API-Key: " + key, "Authorization: Bearer " + key)))
                    .isEqualTo("200");
            assertThat(status(rig, GatewayHarness.post(call, "X-API-Key: " + key, "Authorization: Bearer " + other)))
                    .isEqualTo("401");
            assertThat(status(rig, GatewayHarness.post(call, "Authorization: Bearer for-the-server")))
                    .isEqualTo("401");

            assertThat(heads)
                    .hasSize(3)
                    .allSatisfy(head ->
                            assertThat(head).doesNotContain(key).containsIgnoringCase("X-Weir-Tenant: acme\r\n"));
            assertThat(heads.get(0)).containsIgnoringCase("Authorization: Bearer for-the-server\r\n");
            assertThat(heads.get(1)).containsIgnoringCase("X-API-Key: for-the-server\r\n");
            assertThat(heads.get(2))
                    .doesNotContainIgnoringCase("Authorization")
                    .doesNotContainIgnoringCase("X-API-Key");
        }
    }

    @Test
    void tenantHeader_ofAClient_neverReachesTheServer() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> serve(socket));
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), "tenants.header=X-Weir-Tenant")) {
            String call = GatewayHarness.call(1, "echo");
            head(rig, GatewayHarness.post(call, "X-Weir-Tenant: forged", "x-weir-tenant: again"));
            head(rig, GatewayHarness.post(call, "Connection: X-Weir-Tenant"));

            assertThat(heads)
                    .hasSize(2)
                    .allSatisfy(head -> assertThat(head.toLowerCase(Locale.ROOT))
                            .doesNotContain("forged", "again")
                            .containsOnlyOnce("x-weir-tenant: default\r\n"));
        }
    }

    /** The head that the server gets of a call with those headers. */
    private String headOfACall(String... headers) throws Exception {
        try (RawServer server = new RawServer((socket, n) -> serve(socket));
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), "tenants.header=X-Weir-Tenant")) {
            head(rig, GatewayHarness.post(GatewayHarness.call(1, "echo"), headers));
            return heads.get(0).toLowerCase(Locale.ROOT);
        }
    }

    @Test
    void namesLikeProtectedOnes_neverReachTheServer() throws Exception {
        assertThat(headOfACall(
                        "X_WEIR_TENANT: forged",
                        "x-Weir_tenant: forged",
                        "X_Forwarded_For: forged",
                        "Mcp_Session_Id: forged",
                        "X-API_Key: forged",
                        "X_Other: kept"))
                .doesNotContain("forged")
                .contains("x_other: kept\r\n", "x-weir-tenant: default\r\n");
    }

    @Test
    void connectionHeader_namesWhatTheGatewayReliesOn_itStays() throws Exception {
        assertThat(headOfACall(
                        "Connection: Mcp-Session-Id, MCP-Protocol-Version, Content-Type, Accept",
                        "Mcp-Session-Id: s",
                        "MCP-Protocol-Version: 2025-06-18",
                        "Accept: application/json"))
                .contains("mcp-session-id: s\r\n", "mcp-protocol-version: 2025-06-18\r\n")
                .contains("content-type: application/json\r\n", "accept: application/json\r\n");
    }

    @Test
    void connectionHeaders_allOfThem_nameWhatStaysHere() throws Exception {
        assertThat(headOfACall("Connection: keep-alive", "Connection: X-Hop , Host", "X-Hop: 1", "X-End: 2"))
                .doesNotContain("x-hop")
                .contains("x-end: 2\r\n", "host: localhost\r\n");
    }

    @Test
    void largeBodiesThatDoNotEnd_leaveRoomForSmallOnes() throws Exception {
        int large = 128 * 1024;
        String head = GatewayHarness.post("").replace("Content-Length: 0", "Content-Length: " + large);
        try (RawServer server = new RawServer((socket, n) -> serve(socket));
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "edge.max_body_bytes=" + large,
                        "edge.max_buffered_body_bytes=" + 3 * large);
                Socket first = rig.send(head + "x".repeat(large - 1));
                Socket second = rig.send(head + "x".repeat(large - 1))) {
            GatewayHarness.await("they are held", () -> rig.stat("buffered_body_bytes") >= 2L * large);

            assertThat(status(rig, head + "x".repeat(large * 3 / 4))).isEqualTo("503");
            assertThat(status(rig, GatewayHarness.post(GatewayHarness.call(1, "echo"))))
                    .isEqualTo("200");
            assertThat(List.of(first, second)).allMatch(Socket::isConnected);
        }
    }

    @Test
    void bodyOfTheLargestSize_fitsHoweverSmallTheBudget() throws Exception {
        int large = 128 * 1024;
        try (RawServer server = new RawServer((socket, n) -> serve(socket));
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "edge.max_body_bytes=" + large,
                        "edge.max_buffered_body_bytes=" + (large + large / 32))) {
            String body = GatewayHarness.call(1, "echo");

            assertThat(status(rig, GatewayHarness.post(body + " ".repeat(large - body.length()))))
                    .isEqualTo("200");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/mcp/,200",
        "/default/mcp/,200",
        "/mcp?,400",
        "/mcp?a=b,400",
        "/mcp//,404",
        "/,404",
        "http://localhost/mcp,200",
        "HTTP://LOCALHOST/mcp,200",
        "http://other/mcp,400",
        "http://localhost@evil/mcp,400",
        "ftp://localhost/mcp,400",
        "/mcp#x,400"
    })
    void target_isServedOrSaysWhyNot(String target, String status) throws Exception {
        try (RawServer server = new RawServer((socket, n) -> serve(socket));
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            assertThat(status(
                            rig,
                            GatewayHarness.post(GatewayHarness.call(1, "echo")).replace(" /mcp ", " " + target + " ")))
                    .isEqualTo(status);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:1@evil,400",
        "localhost@evil,400",
        "localhost:1:2,400",
        "localhost:x,400",
        "'local host',400",
        "localhost/evil,400",
        "[::1]:1,200",
        "localhost:,200",
        "evil.example,403"
    })
    void host_hasToBeANameAndAPort(String host, String status) throws Exception {
        try (RawServer server = new RawServer((socket, n) -> serve(socket));
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            assertThat(status(
                            rig,
                            GatewayHarness.post(GatewayHarness.call(1, "echo"))
                                    .replace("Host: localhost", "Host: " + host)))
                    .isEqualTo(status);
        }
    }

    @Test
    void headWithTooManyFields_is431() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> serve(socket));
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), "edge.max_headers=20")) {
            String[] fields = new String[17];
            Arrays.fill(fields, "A: b");

            assertThat(status(rig, GatewayHarness.post(GatewayHarness.call(1, "echo"), fields)))
                    .isEqualTo("200");

            fields = Arrays.copyOf(fields, 18);
            fields[17] = "A: b";
            assertThat(status(rig, GatewayHarness.post(GatewayHarness.call(1, "echo"), fields)))
                    .isEqualTo("431");
        }
    }

    @Test
    void longHeads_beyondTheirBudget_areTurnedAwayUntilThereIsRoom() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        try (RawServer server = new RawServer((socket, n) -> {
                    RawServer.Request request = RawServer.read(socket);
                    answer.await();
                    RawServer.answer(socket, request);
                });
                GatewayHarness rig =
                        GatewayHarness.start(server.url().toString(), "edge.max_buffered_head_bytes=30000")) {
            String call = GatewayHarness.post(GatewayHarness.call(1, "echo"), "X: " + "a".repeat(10_000));
            try (Socket held = rig.send(call)) {
                GatewayHarness.await("the call is at the server", () -> rig.stat("in_flight") == 1);

                assertThat(head(rig, call)).startsWith("http/1.1 503 ").contains("retry-after: 1\r\n");
                assertThat(rig.stat("heads_over_budget")).isEqualTo(1);
                try (Socket usual = rig.send(GatewayHarness.post(GatewayHarness.call(2, "echo")))) {
                    GatewayHarness.await("another call is let in", () -> rig.stat("connections_opened") == 3);
                    answer.countDown();
                    assertThat(usual.getInputStream().read()).isEqualTo('H');
                }
                assertThat(held.getInputStream().read()).isEqualTo('H');
                GatewayHarness.await("there is room again", () -> isServed(rig, call));
            }
        }
    }

    private static boolean isServed(GatewayHarness rig, String request) {
        try {
            return status(rig, request).equals("200");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void longHeads_ofClientsThatLeft_takeNoRoom() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> serve(socket));
                GatewayHarness rig =
                        GatewayHarness.start(server.url().toString(), "edge.max_buffered_head_bytes=25000")) {
            String call = GatewayHarness.post(GatewayHarness.call(1, "echo"), "X: " + "a".repeat(10_000));
            Socket client = rig.send("POST /mcp HTTP/1.1\r\nX: " + "a".repeat(7_000));
            GatewayHarness.await("its head is counted", () -> rig.stat("buffered_head_bytes") > 7_000);
            assertThat(status(rig, call)).isEqualTo("503");

            client.close();

            GatewayHarness.await("there is room again", () -> isServed(rig, call));
        }
    }

    @Test
    void requestsBehindAnUnansweredOne_beyondTheBudget_endTheConnection() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        try (RawServer server = new RawServer((socket, n) -> {
                    RawServer.Request request = RawServer.read(socket);
                    answer.await();
                    RawServer.answer(socket, request);
                });
                GatewayHarness rig =
                        GatewayHarness.start(server.url().toString(), "edge.max_buffered_head_bytes=30000");
                Socket client = rig.send(GatewayHarness.post(GatewayHarness.call(1, "echo")))) {
            GatewayHarness.await("the call is at the server", () -> rig.stat("in_flight") == 1);

            client.getOutputStream()
                    .write(GatewayHarness.post(GatewayHarness.call(2, "echo"))
                            .repeat(50)
                            .getBytes(StandardCharsets.ISO_8859_1));

            GatewayHarness.await("they are refused", () -> rig.stat("heads_over_budget") == 1);
            GatewayHarness.await("the connection is gone", () -> rig.stat("connection_addresses") == 0);
            answer.countDown();
        }
    }

    @Test
    void requestLine_thatIsTooLong_is414() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> serve(socket));
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            assertThat(status(rig, GatewayHarness.post("{}").replace("/mcp", "/mcp?" + "q".repeat(9_000))))
                    .isEqualTo("414");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"%s;a=b\r\n%s\r\n0\r\n\r\n", "%s\r\n%s\r\n0;last\r\nX-Checksum: 1\r\n\r\n"})
    void chunkExtensionsAndTrailers_areReadAndThrownAway(String chunks) throws Exception {
        String call = GatewayHarness.call(1, "echo");
        String body = chunks.formatted(Integer.toHexString(call.length()), call);
        String request = "\r\nPOST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n" + body;
        try (RawServer server = new RawServer((socket, n) -> serve(socket));
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            try (Socket client = rig.send(request + request.replace("\r\nHost", "\r\nConnection: close\r\nHost"))) {
                String answers = new String(client.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);

                assertThat(answers.split("HTTP/1.1 200 OK", -1)).hasSize(3);
            }
            assertThat(heads).hasSize(2).allSatisfy(head -> assertThat(head).doesNotContainIgnoringCase("x-checksum"));
        }
    }
}
