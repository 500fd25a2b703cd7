package io.weir.bench.connections;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** A server that opens a session for each {@code initialize}, keeps streams open, and answers anything else at once. */
final class SessionServer implements AutoCloseable {
    private static final byte[] RESULT =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[]}}".getBytes(StandardCharsets.UTF_8);

    private final HttpServer server;
    private final AtomicLong opened = new AtomicLong();
    final AtomicLong ended = new AtomicLong();
    private final Queue<HttpExchange> streams = new ConcurrentLinkedQueue<>();

    SessionServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
        server.createContext("/mcp", this::serve);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.start();
    }

    /** Where it is. */
    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/mcp";
    }

    private void serve(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        if (exchange.getRequestMethod().equals("DELETE")) {
            ended.incrementAndGet();
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        } else if (exchange.getRequestMethod().equals("GET") || body.contains("subscriptions/listen")) {
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(": open\n\n".getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
            streams.add(exchange);
        } else {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            if (body.contains("\"initialize\"")) {
                exchange.getResponseHeaders().set("Mcp-Session-Id", "s-" + opened.incrementAndGet());
            }
            exchange.sendResponseHeaders(200, RESULT.length);
            exchange.getResponseBody().write(RESULT);
            exchange.close();
        }
    }

    /** Lets go of the streams that the gateway has left: the JDK's server notices that with the next event alone. */
    void closeStreams() {
        for (HttpExchange each = streams.poll(); each != null; each = streams.poll()) {
            each.close();
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
