package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every endpoint of the operator's port, with every method, by everybody: who gets what, and that nothing changes
 * without the token.
 */
class AdminMatrixTest {
    private static final List<String> METHODS =
            List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW");
    private static final String PATCH = "{\"queue_limits\":{\"max_messages\":77}}";

    @TempDir
    Path directory;

    /** Who asks: with which headers, beside {@code Host}. */
    private enum Asker {
        WITHOUT_TOKEN,
        WITH_A_WRONG_TOKEN,
        WITH_THE_TOKEN,
        WITH_THE_TOKEN_FROM_A_FOREIGN_ORIGIN,
        WITH_THE_TOKEN_BY_A_FOREIGN_HOST
    }

    private record Answer(int status, String head) {}

    private static Answer ask(GatewayHarness rig, String method, String path, Asker asker) throws IOException {
        StringBuilder request = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: "
                + (asker == Asker.WITH_THE_TOKEN_BY_A_FOREIGN_HOST ? "rebind.evil.example" : "localhost")
                + "\r\nConnection: close\r\n");
        if (asker == Asker.WITH_THE_TOKEN_FROM_A_FOREIGN_ORIGIN) {
            request.append("Origin: https://evil.example\r\n");
        }
        if (asker != Asker.WITHOUT_TOKEN) {
            request.append("Authorization: Bearer ")
                    .append(asker == Asker.WITH_A_WRONG_TOKEN ? "x".repeat(40) : rig.token())
                    .append("\r\n");
        }
        String body = method.equals("PATCH") ? PATCH : "";
        request.append("Content-Type: application/json\r\nContent-Length: ")
                .append(body.length())
                .append("\r\n\r\n")
                .append(body);
        try (Socket client =
                new Socket(InetAddress.getLoopbackAddress(), rig.gateway.admin().port())) {
            client.setSoTimeout((int) GatewayHarness.PATIENCE.toMillis());
            client.getOutputStream().write(request.toString().getBytes(StandardCharsets.US_ASCII));
            String answer = method.equals("GET") && path.equals("/events")
                    ? head(client)
                    : new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).as(request.toString()).startsWith("HTTP/1.1 ").doesNotContain(rig.token());
            return new Answer(
                    Integer.parseInt(answer.substring(9, 12)), answer.substring(0, answer.indexOf("\r\n\r\n")));
        }
    }

    /** Of an answer that may have no end. */
    private static String head(Socket client) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = client.getInputStream().read();
            assertThat(next).as(head.toString()).isNotNegative();
            head.append((char) next);
        }
        return head.toString();
    }

    /** What stands in {@code openapi.json} and docs/operations.md, in a few words. */
    private static int expected(String access, Asker asker, String method, String path) {
        if (asker == Asker.WITH_THE_TOKEN_FROM_A_FOREIGN_ORIGIN
                || (asker == Asker.WITH_THE_TOKEN_BY_A_FOREIGN_HOST && !access.equals("PROBE"))) {
            return 403;
        }
        if (access.equals("TOKEN") && asker != Asker.WITH_THE_TOKEN) {
            return 401;
        }
        return method.equals("POST") && path.equals("/drain") ? 202 : 200;
    }

    /** Methods with what they require, by path. */
    private static Map<String, Map<String, String>> table(GatewayHarness rig) {
        Map<String, Map<String, String>> table = new LinkedHashMap<>();
        for (String endpoint : rig.gateway.adminEndpoints()) {
            String[] words = endpoint.split(" ", -1);
            table.computeIfAbsent(words[1], path -> new LinkedHashMap<>()).put(words[0], words[2]);
            if (words[0].equals("GET")) {
                table.get(words[1]).put("HEAD", words[2]);
            }
        }
        return table;
    }

    private static String found(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(pattern + " in " + text).isTrue();
        return matcher.group(1);
    }

    /** All that the endpoints can change. */
    private static String state(GatewayHarness rig, AtomicInteger drains) {
        String limits = rig.admin("GET", "/limits", "").body();
        String connections = rig.admin("GET", "/connections", "").body();
        String rejections = rig.admin("GET", "/decisions", "").body();
        return limits + found(rig.stats(), "\"queue\":\"a\",\"queued\":(\\d+)") + " " + drains
                + found(connections, "\"pending\":(\\{[^}]*})") + rejections;
    }

    @Test
    void everyEndpoint_withEveryMethod_answersAsDocumented_andChangesNothingWithoutTheToken() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        AtomicInteger drains = new AtomicInteger();
        try (RawServer server = new RawServer((socket, n) -> {
                    over.await();
                    RawServer.serveAll(socket);
                });
                GatewayHarness rig = GatewayHarness.live(Files.writeString(
                        directory.resolve("weir.yaml"),
                        "upstreams: {a: {url: \"" + server.url() + "\", capacity: 1, ttl_ms: 600000}}\n"))) {
            rig.gateway.onDrain(drains::incrementAndGet);
            List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                calls.add(rig.call(GatewayHarness.call(i, "echo")));
            }
            GatewayHarness.await("two wait", () -> rig.stats().contains("\"queue\":\"a\",\"queued\":2,"));
            String id = found(rig.admin("GET", "/connections", "").body(), "\"id\":\"(\\w+)\"");
            String before = state(rig, drains);
            Map<String, Map<String, String>> table = table(rig);
            assertThat(table).containsKeys("/connections/{id}/reset", "/drain", "/limits");

            int changes = 0;
            for (Asker asker : Asker.values()) {
                for (Map.Entry<String, Map<String, String>> row : table.entrySet()) {
                    String path = row.getKey()
                            .replace("{id}", id)
                            .replace("{tenant}", "default")
                            .replace("{file}", "page.css");
                    for (String method : METHODS) {
                        String access = row.getValue().get(method);
                        if (asker == Asker.WITH_THE_TOKEN && "TOKEN".equals(access)) {
                            changes++;
                            continue;
                        }
                        Answer answer = ask(rig, method, path, asker);

                        String what = asker + " " + method + " " + path;
                        boolean foreign = asker.name().contains("FOREIGN");
                        boolean probe = row.getValue().containsValue("PROBE");
                        int status = access != null
                                ? expected(access, asker, method, path)
                                : foreign && !(probe && asker == Asker.WITH_THE_TOKEN_BY_A_FOREIGN_HOST) ? 403 : 405;
                        assertThat(answer.status()).as(what).isEqualTo(status);
                        assertThat(answer.head()
                                        .contains("\r\nAllow: "
                                                + String.join(
                                                        ", ", row.getValue().keySet())))
                                .as(what + ": Allow")
                                .isEqualTo(status == 405);
                        assertThat(answer.head().contains("\r\nWWW-Authenticate: Bearer "))
                                .as(what + ": WWW-Authenticate")
                                .isEqualTo(status == 401);
                        // A browser may keep the files of the page, and asks whether they have changed.
                        boolean file = status == 200 && (path.equals("/") || path.startsWith("/assets/"));
                        assertThat(answer.head())
                                .as(what)
                                .contains("\r\nCache-Control: no-" + (file ? "cache" : "store"));
                    }
                }
                assertThat(state(rig, drains)).as(asker.toString()).isEqualTo(before);
            }

            assertThat(changes).isEqualTo(4);
            assertThat(ask(rig, "PATCH", "/limits", Asker.WITH_THE_TOKEN).status())
                    .isEqualTo(200);
            assertThat(ask(rig, "POST", "/connections/" + id + "/reset", Asker.WITH_THE_TOKEN)
                            .status())
                    .isEqualTo(200);
            assertThat(ask(rig, "POST", "/drain", Asker.WITH_THE_TOKEN).status())
                    .isEqualTo(202);
            GatewayHarness.await("it drains", () -> drains.get() == 1);
            assertThat(rig.stats()).contains("\"queue\":\"a\",\"queued\":0,");
            assertThat(rig.admin("GET", "/limits", "").body()).contains("\"max_messages\":77,");
            over.countDown();
            CompletableFuture.allOf(calls.toArray(new CompletableFuture<?>[0])).join();
        }
    }

    @Test
    void unknownPath_isNotFoundWithAnyMethod_andNamesAllPaths() throws Exception {
        try (GatewayHarness rig = GatewayHarness.live(Files.writeString(
                directory.resolve("weir.yaml"), "upstreams: {a: {url: \"http://127.0.0.1:9/mcp\"}}\n"))) {
            for (String method : METHODS) {
                assertThat(ask(rig, method, "/nothing", Asker.WITH_THE_TOKEN).status())
                        .isEqualTo(404);
                assertThat(ask(rig, method, "/drain/", Asker.WITHOUT_TOKEN).status())
                        .isEqualTo(404);
            }
            assertThat(rig.admin("GET", "/nothing", "").body())
                    .contains(table(rig).keySet());
        }
    }
}
