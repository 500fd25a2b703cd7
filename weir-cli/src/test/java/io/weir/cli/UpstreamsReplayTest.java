package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.weir.config.ConfigTexts;
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
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The decision log of a gateway whose upstreams are replaced under load gives the same decisions again. */
class UpstreamsReplayTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private static HttpServer server(ExecutorService threads) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            byte[] body = ("{\"jsonrpc\":\"2.0\",\"id\":" + request.replaceAll(".*\"id\":(\\d+).*", "$1")
                            + ",\"result\":{}}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            try (exchange) {
                exchange.getResponseBody().write(body);
            }
        });
        server.start();
        return server;
    }

    private Path file(HttpServer server) throws IOException {
        return Files.writeString(
                folder.resolve("weir.yaml"),
                "upstreams:\n  a:\n    url: http://127.0.0.1:"
                        + server.getAddress().getPort() + "/mcp\n    capacity: 2\n    tools: {quick: {capacity: 1}}\n");
    }

    private static CompletableFuture<String> call(HttpClient client, Gateway gateway, int id) {
        String body = "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"tools/call\",\"params\":{\"name\":\""
                + (id % 3 == 0 ? "quick" : "echo") + "\",\"arguments\":{}}}";
        return client.sendAsync(
                        HttpRequest.newBuilder(URI.create("http://" + gateway.http() + "/a/mcp"))
                                .header("Content-Type", "application/json")
                                .header("Accept", "application/json, text/event-stream")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .thenApply(HttpResponse::body);
    }

    @Test
    void logOfReplacedUpstreams_isReplayedIdentically_alsoFromItsSecondPartOn() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        HttpServer one = server(threads);
        HttpServer two = server(threads);
        Path log = folder.resolve("decisions.jsonl");
        GatewayConfigLoader loader = new GatewayConfigLoader(1L << 30, name -> null)
                .file(file(one))
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .set("decision_log.file=" + log)
                .set("decision_log.max_bytes=16384")
                .set("decision_log.files=1000");
        ConfigTexts texts = loader.read();
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        try (Gateway gateway = Gateway.start(loader, texts, loader.load(texts, Map.of()))) {
            for (int i = 1; i <= 10; i++) {
                List<CompletableFuture<String>> calls = new ArrayList<>();
                for (int j = 0; j < 20; j++) {
                    calls.add(call(client, gateway, 100 * i + j));
                }
                file(i % 2 == 0 ? one : two);
                gateway.reload();
                calls.forEach(each -> assertThat(each.join()).contains("\"jsonrpc\""));
            }
        } finally {
            one.stop(0);
            two.stop(0);
            threads.shutdownNow();
        }

        LogParts parts = LogParts.of(List.of(log));
        StringBuilder all = new StringBuilder();
        for (Path each : parts.files()) {
            all.append(Files.readString(each));
        }
        assertThat(all.toString()).contains("\"as\":\"a~1\"", "\"as\":\"a~10/quick\"", "\"e\":\"remove\"");
        assertThat(SameDecisions.of(parts).difference()).isEmpty();
        assertThat(parts.files()).as("parts").hasSizeGreaterThan(2);
        List<Path> rest = parts.files().subList(1, parts.files().size());
        assertThat(SameDecisions.of(LogParts.of(rest)).difference()).isEmpty();
    }
}
