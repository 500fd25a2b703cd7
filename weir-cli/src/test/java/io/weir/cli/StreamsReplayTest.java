package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.weir.config.GatewayConfigLoader;
import io.weir.gateway.Gateway;
import io.weir.sim.replay.LogParts;
import io.weir.sim.replay.SameDecisions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams of a real gateway take from the limits of calls, and its decision log says so. */
class StreamsReplayTest {
    private static final int STREAMS = 4;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private final CountDownLatch streamsArrived = new CountDownLatch(STREAMS);
    private final CountDownLatch allArrived = new CountDownLatch(STREAMS + 1);
    private final CountDownLatch mayAnswer = new CountDownLatch(1);

    private void answer(HttpExchange exchange) throws IOException {
        String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String id = request.replaceAll(".*\"id\":(\\d+).*", "$1");
        if (request.contains("\"quick\"")) {
            respond(exchange, id);
            return;
        }
        streamsArrived.countDown();
        allArrived.countDown();
        try {
            mayAnswer.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        respond(exchange, id);
    }

    private static void respond(HttpExchange exchange, String id) throws IOException {
        byte[] body = ("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{}}").getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, body.length);
        try (exchange) {
            exchange.getResponseBody().write(body);
        }
    }

    private static CompletableFuture<String> post(HttpClient client, Gateway gateway, int id, String method) {
        return post(client, gateway, id, method, "echo");
    }

    private static CompletableFuture<String> post(
            HttpClient client, Gateway gateway, int id, String method, String tool) {
        String body = "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":{\"name\":\""
                + tool + "\",\"arguments\":{}}}";
        return client.sendAsync(
                        HttpRequest.newBuilder(URI.create("http://" + gateway.http() + "/mcp"))
                                .header("Content-Type", "application/json")
                                .header("Accept", "application/json, text/event-stream")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .thenApply(HttpResponse::body);
    }

    private HttpServer server(ExecutorService threads) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
        return server;
    }

    private static GatewayConfigLoader loader(HttpServer server, Path log) {
        return new GatewayConfigLoader(1L << 30, name -> null)
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .set("queue_limits.max_messages=5")
                .set("decision_log.file=" + log)
                .upstream("http://127.0.0.1:" + server.getAddress().getPort() + "/mcp");
    }

    @Test
    void rotatedLog_withoutItsOldestParts_isReplayedIdentically() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        HttpServer server = server(threads);
        Path log = folder.resolve("decisions.jsonl");
        Gateway gateway = Gateway.start(loader(server, log)
                .set("decision_log.max_bytes=4096")
                .set("decision_log.files=100")
                .set("queue_limits.max_messages=20")
                .load());
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        try {
            List<CompletableFuture<String>> streams = new ArrayList<>();
            for (int i = 1; i <= STREAMS; i++) {
                streams.add(post(client, gateway, i, "subscriptions/listen"));
            }
            assertThat(streamsArrived.await(30, TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < 100; i++) {
                List<CompletableFuture<String>> calls = new ArrayList<>();
                for (int j = 0; j < 4; j++) {
                    calls.add(post(client, gateway, 10 + 4 * i + j, "tools/call", "quick"));
                }
                for (CompletableFuture<String> each : calls) {
                    each.get(30, TimeUnit.SECONDS);
                }
            }
            mayAnswer.countDown();
            for (CompletableFuture<String> each : streams) {
                assertThat(each.get(30, TimeUnit.SECONDS)).contains("\"result\"");
            }
        } finally {
            gateway.close();
            server.stop(0);
            threads.shutdownNow();
        }

        List<Path> parts = LogParts.of(List.of(log)).files();
        assertThat(parts).hasSizeGreaterThan(4);
        assertThat(SameDecisions.of(LogParts.of(List.of(log))).difference()).isEmpty();
        for (Path oldest : parts.subList(0, parts.size() - 1)) {
            Files.delete(oldest);

            assertThat(SameDecisions.of(LogParts.of(List.of(log))).difference())
                    .as("without %s", oldest)
                    .isEmpty();
        }
    }

    @Test
    void streamsAndCallsOfOneClient_areReplayedIdentically() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        HttpServer server = server(threads);
        Path log = folder.resolve("decisions.jsonl");
        Gateway gateway = Gateway.start(loader(server, log).load());
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        try {
            List<CompletableFuture<String>> answers = new ArrayList<>();
            for (int i = 1; i <= STREAMS; i++) {
                answers.add(post(client, gateway, i, "subscriptions/listen"));
            }
            // A stream is of a lower priority: behind the call it would be shed.
            assertThat(streamsArrived.await(30, TimeUnit.SECONDS)).isTrue();
            answers.add(post(client, gateway, 10, "tools/call"));
            assertThat(allArrived.await(30, TimeUnit.SECONDS))
                    .as("all reach the server")
                    .isTrue();
            String refused = post(client, gateway, 11, "tools/call").get(30, TimeUnit.SECONDS);
            mayAnswer.countDown();
            for (CompletableFuture<String> each : answers) {
                assertThat(each.get(30, TimeUnit.SECONDS)).contains("\"result\"");
            }

            assertThat(refused).contains("\"connection_messages\"").containsPattern("\"retryAfterMs\":1\\d{3}}");
        } finally {
            gateway.close();
            server.stop(0);
            threads.shutdownNow();
        }

        SameDecisions same = SameDecisions.of(LogParts.of(List.of(log)));
        assertThat(same.difference()).isEmpty();
        assertThat(Files.readString(log)).contains("\"e\":\"hold\"").contains("\"e\":\"release\"");
    }
}
