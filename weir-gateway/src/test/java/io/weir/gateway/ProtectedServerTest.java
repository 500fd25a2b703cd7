package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that is a protected resource of OAuth (RFC 9728), behind the gateway. */
class ProtectedServerTest {
    private static final String RESOURCE = "/.well-known/oauth-protected-resource";
    private static final String DOCUMENT = "{\"resource\":\"http://10.0.0.5:3000/mcp\","
            + "\"authorization_servers\":[\"https://as.example\"],\"signed_metadata\":\"eyJ\"}";
    private static final String CHALLENGE =
            "Bearer error=\"invalid_token\", resource_metadata=\"http://10.0.0.5:3000" + RESOURCE + "/mcp\"";

    @TempDir
    Path folder;

    private final List<String> heads = new CopyOnWriteArrayList<>();

    /** Has a document at each of those paths, and challenges everything else. */
    private void serve(Socket socket, Map<String, String> documents) throws IOException {
        while (true) {
            RawServer.Request request = RawServer.read(socket);
            heads.add(request.head());
            String path = request.head().split(" ", 3)[1];
            String answer = documents.get(path);
            if (answer == null && path.startsWith("/.well-known/")) {
                answer = "404 Not Found\n";
            } else if (answer == null) {
                answer = "401 Unauthorized\nWWW-Authenticate: " + CHALLENGE + "\n";
            }
            write(socket, answer);
        }
    }

    /** A status line and headers, and a body behind an empty line. */
    private static void write(Socket socket, String answer) throws IOException {
        int end = answer.indexOf("\n{") < 0 ? answer.length() : answer.indexOf("\n{") + 1;
        String body = answer.substring(end);
        RawServer.write(
                socket,
                "HTTP/1.1 " + answer.substring(0, end).replace("\n", "\r\n") + "Content-Length: " + body.length()
                        + "\r\n\r\n" + body);
    }

    private static String document(String body) {
        return "200 OK\nContent-Type: application/json\n" + body;
    }

    private static String get(String path, String... headers) {
        String extra = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        return "GET " + path + " HTTP/1.1\r\nHost: LocalHost:9999\r\n" + extra + "Connection: close\r\n\r\n";
    }

    private static String answer(GatewayHarness rig, String bytes) throws IOException {
        try (Socket socket = rig.send(bytes)) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String challenged(GatewayHarness rig, String... headers) throws IOException {
        String[] all = java.util.Arrays.copyOf(headers, headers.length + 1);
        all[headers.length] = "Connection: close";
        return answer(rig, GatewayHarness.post(GatewayHarness.call(1, "echo"), all));
    }

    @Test
    void challengeAndMetadata_nameTheUrlThatTheClientUses() throws Exception {
        try (RawServer server =
                        new RawServer((socket, n) -> serve(socket, Map.of(RESOURCE + "/mcp", document(DOCUMENT))));
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            assertThat(challenged(rig))
                    .startsWith("HTTP/1.1 401 ")
                    .contains(": Bearer error=\"invalid_token\", resource_metadata=\"http://localhost" + RESOURCE
                            + "/mcp\"\r\n");
            assertThat(answer(rig, get("/mcp", "Accept: text/event-stream")))
                    .startsWith("HTTP/1.1 401 ")
                    .contains("resource_metadata=\"http://localhost:9999" + RESOURCE + "/mcp\"\r\n");
            assertThat(answer(rig, get(RESOURCE + "/mcp")))
                    .startsWith("HTTP/1.1 200 ")
                    .containsIgnoringCase("cache-control: no-store\r\n")
                    .endsWith("{\"resource\":\"http://localhost:9999/mcp\","
                            + "\"authorization_servers\":[\"https://as.example\"]}");
            assertThat(answer(rig, get(RESOURCE))).contains("\"resource\":\"http://localhost:9999/mcp\"");
            assertThat(rig.stats()).contains("\"metadata_requests\":2", "\"metadata_refused\":0");
        }
    }

    @Test
    void forwardedNames_areATrustedProxysToSay() throws Exception {
        String[] said = {"X-Forwarded-Host: mcp.example", "X-Forwarded-Proto: https", "X-Forwarded-For: 192.0.2.7"};
        try (RawServer server = new RawServer((socket, n) -> serve(socket, Map.of(RESOURCE, document(DOCUMENT))));
                GatewayHarness trusting =
                        GatewayHarness.start(server.url().toString(), "http.trusted_proxies=127.0.0.1");
                GatewayHarness other = GatewayHarness.start(server.url().toString());
                GatewayHarness configured =
                        GatewayHarness.start(server.url().toString(), "http.public_url=https://public.example/weir/")) {
            assertThat(answer(trusting, get(RESOURCE + "/mcp", said))).contains("\"https://mcp.example/mcp\"");
            assertThat(challenged(trusting, said)).contains("=\"https://mcp.example" + RESOURCE + "/mcp\"");
            assertThat(answer(other, get(RESOURCE + "/mcp", said))).contains("\"http://localhost:9999/mcp\"");
            assertThat(challenged(other, said)).contains("=\"http://localhost" + RESOURCE + "/mcp\"");
            assertThat(answer(configured, get(RESOURCE + "/mcp", said)))
                    .contains("\"https://public.example/weir/mcp\"");
            assertThat(challenged(configured, said)).contains("=\"https://public.example/weir" + RESOURCE + "/mcp\"");
        }
    }

    @Test
    void forwardedHeaders_areThoseThatAreConfigured() throws Exception {
        String option = "upstreams.default.forwarded_headers=";
        String trusted = "http.trusted_proxies=127.0.0.1";
        String[] said = {
            "X-Forwarded-For: 192.0.2.7",
            "X-Forwarded-Host: mcp.example, inner",
            "X-Forwarded-Proto: https",
            "X-Forwarded-Port: 444",
            "X-Real-IP: 192.0.2.7",
            "X-Forwarded-Server: inner",
            "X-Original-Forwarded-For: 192.0.2.7",
            "Forwarded: for=192.0.2.7"
        };

        String others = " x-forwarded-server=inner x-original-forwarded-for=192.0.2.7";
        assertThat(forwarded(List.of(), said)).isEqualTo("x-forwarded-for=127.0.0.1" + others);
        assertThat(forwarded(List.of(option + "for", trusted), said))
                .isEqualTo("x-forwarded-for=192.0.2.7 x-forwarded-host=mcp.example, inner x-forwarded-port=444"
                        + " x-forwarded-proto=https" + others + " x-real-ip=192.0.2.7");
        assertThat(forwarded(List.of(option + "none"), said)).isEmpty();
        assertThat(forwarded(List.of(option + "none", trusted), said)).isEmpty();
        assertThat(forwarded(List.of(option + "all"), said))
                .isEqualTo("x-forwarded-for=127.0.0.1 x-forwarded-host=localhost x-forwarded-proto=http" + others);
        assertThat(forwarded(List.of(option + "all", trusted), said))
                .isEqualTo("x-forwarded-for=192.0.2.7 x-forwarded-host=mcp.example x-forwarded-proto=https" + others
                        + " x-real-ip=192.0.2.7");
        assertThat(forwarded(List.of(option + "all", "http.public_url=https://public.example/weir"), said))
                .isEqualTo(
                        "x-forwarded-for=127.0.0.1 x-forwarded-host=public.example x-forwarded-proto=https" + others);
        assertThat(forwarded(List.of(option + "none", "upstreams.default.headers.X-Forwarded-Proto=https"), said))
                .isEqualTo("x-forwarded-proto=https");
    }

    /** What the server sees of where a call comes from, in the order of the names. */
    private String forwarded(List<String> settings, String... said) throws Exception {
        heads.clear();
        try (RawServer server =
                        new RawServer((socket, n) -> serve(socket, Map.of(RESOURCE + "/mcp", document(DOCUMENT))));
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), settings.toArray(new String[0]))) {
            assertThat(challenged(rig, said)).startsWith("HTTP/1.1 401 ");
        }
        return heads.get(0)
                .lines()
                .map(line -> line.split(": ", 2))
                .filter(header -> header[0].matches("(?i)(x-)?(original-)?forwarded.*|x-real-ip"))
                .map(header -> header[0].toLowerCase(Locale.ROOT) + "=" + header[1])
                .sorted()
                .collect(Collectors.joining(" "));
    }

    @Test
    void credentials_areNotSentForMetadata_andThoseForTheServerGoOnBesideAKeyOfTheGateway() throws Exception {
        try (RawServer server =
                        new RawServer((socket, n) -> serve(socket, Map.of(RESOURCE + "/mcp", document(DOCUMENT))));
                GatewayHarness rig = GatewayHarness.keyed(server, folder)) {
            assertThat(answer(rig, get(RESOURCE + "/mcp", "Authorization: Bearer secret", "Cookie: c=secret")))
                    .startsWith("HTTP/1.1 200 ");
            assertThat(heads).hasSize(1);
            assertThat(heads.get(0)).doesNotContain("secret");

            String key = "X-API-Key: " + GatewayHarness.KEY_A;
            assertThat(challenged(rig, key, "Authorization: Bearer token-of-the-server"))
                    .startsWith("HTTP/1.1 401 ")
                    .contains("resource_metadata=\"http://localhost" + RESOURCE);
            assertThat(heads.get(1))
                    .containsIgnoringCase("authorization: Bearer token-of-the-server")
                    .doesNotContain(GatewayHarness.KEY_A);
        }
    }

    @Test
    void whatIsNoMetadata_isToldInOneLine() throws Exception {
        Map<String, String> broken = Map.of(
                "/.well-known/oauth-authorization-server",
                "500 Broken\n",
                RESOURCE + "/mcp",
                document("{" + " ".repeat(33 * 1024) + "}"));
        try (RawServer server = new RawServer((socket, n) -> serve(socket, broken));
                RawServer text = new RawServer((socket, n) -> serve(socket, Map.of(RESOURCE, document("{no"))));
                GatewayHarness rig = GatewayHarness.start(server.url().toString());
                GatewayHarness ofText = GatewayHarness.start(text.url().toString())) {
            assertThat(answer(rig, get(RESOURCE + "/mcp")))
                    .startsWith("HTTP/1.1 502 ")
                    .contains("is larger than 32768 bytes");
            assertThat(answer(rig, get("/.well-known/oauth-authorization-server")))
                    .startsWith("HTTP/1.1 502 ")
                    .contains("it answered 500");
            assertThat(answer(rig, get(RESOURCE + "/none/mcp"))).startsWith("HTTP/1.1 404 ");
            assertThat(answer(rig, get(RESOURCE + "x"))).startsWith("HTTP/1.1 404 ");
            assertThat(answer(rig, get(RESOURCE).replace("GET", "DELETE"))).startsWith("HTTP/1.1 405 ");
            assertThat(answer(ofText, get(RESOURCE)))
                    .startsWith("HTTP/1.1 502 ")
                    .contains("is no JSON object");
            assertThat(answer(ofText, get("/.well-known/oauth-authorization-server")))
                    .startsWith("HTTP/1.1 404 ")
                    .contains("has no such OAuth metadata: it answered 404");
        }
    }

    @Test
    void serverThatDoesNotAnswer_eightAnEventLoopAreTriedUntilTheirTimeIsOver_andOthersAreRefused() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> {
                    while (true) {
                        RawServer.read(socket);
                    }
                });
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            int tried = 8 * rig.gateway.loops().size();
            List<Socket> clients = new ArrayList<>();
            for (int i = 0; i <= tried; i++) {
                clients.add(rig.send(get(RESOURCE)));
            }
            Map<String, Integer> statuses = new TreeMap<>();
            for (Socket client : clients) {
                try (client) {
                    String answer = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                    statuses.merge(answer.substring(9, 12), 1, Integer::sum);
                }
            }
            assertThat(statuses).containsOnlyKeys("503", "504");
            int refused = statuses.getOrDefault("503", 0);
            assertThat(refused).isBetween(1, tried - 7);
            assertThat(rig.stat("metadata_refused")).isEqualTo(refused);
            assertThat(rig.stat("upstream_timeouts")).isEqualTo(tried + 1 - refused);
            assertThat(rig.stat("buffered_body_bytes")).isZero();
        }
    }

    @Test
    void requestsBeyondTheRateOfAnAddress_areRefused() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> serve(socket, Map.of(RESOURCE, document(DOCUMENT))));
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "edge.max_initialize_per_sec_per_address=1",
                        "edge.max_sessions_per_address=1")) {
            assertThat(answer(rig, get(RESOURCE))).startsWith("HTTP/1.1 200 ");
            assertThat(answer(rig, get(RESOURCE)))
                    .startsWith("HTTP/1.1 429 ")
                    .containsIgnoringCase("retry-after: 1\r\n");
            assertThat(rig.stats()).contains("\"metadata_refused\":1");
        }
    }
}
