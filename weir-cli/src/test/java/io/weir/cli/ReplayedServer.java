package io.weir.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.weir.gateway.Gateway;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/**
 * An MCP server behind a gateway whose decision log is replayed: it answers each request, and has a thread for each.
 */
final class ReplayedServer implements AutoCloseable {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;

    /** @param before is called with each request, and may wait, before it is answered */
    ReplayedServer(Consumer<String> before) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> answer(exchange, before));
        server.start();
    }

    private static void answer(HttpExchange exchange, Consumer<String> before) throws IOException {
        String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        before.accept(request);
        byte[] body = ("{\"jsonrpc\":\"2.0\",\"id\":" + request.replaceAll(".*\"id\":(\\d+).*", "$1")
                        + ",\"result\":{}}")
                .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, body.length);
        try (exchange) {
            exchange.getResponseBody().write(body);
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/mcp";
    }

    /** Posts a request for a tool to a path of the gateway; the body of the answer. */
    static CompletableFuture<String> post(Gateway gateway, String path, int id, String method, String tool) {
        String body = "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":{\"name\":\""
                + tool + "\",\"arguments\":{}}}";
        return CLIENT.sendAsync(
                        HttpRequest.newBuilder(URI.create("http://" + gateway.http() + path))
                                .header("Content-Type", "application/json")
                                .header("Accept", "application/json, text/event-stream")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .thenApply(HttpResponse::body);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
