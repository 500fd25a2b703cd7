package io.weir.bench.gateway;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** The call of a tool that every proxy is loaded with, 300 bytes each way. */
final class Call {
    static final String REQUEST = padded(
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"search\",\"arguments\":{\"query\":\"",
            "\"}}}");
    static final String ANSWER =
            padded("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"", "\"}]}}");

    private static final int BYTES = 300;

    private Call() {}

    private static String padded(String head, String tail) {
        return head + "x".repeat(BYTES - head.length() - tail.length()) + tail;
    }

    /** Calls once through a proxy on that port, and fails if the answer is not the upstream's. */
    static void check(HttpClient http, int port) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/mcp"))
                        .header("Content-Type", "application/json")
                        .header("Accept", "application/json, text/event-stream")
                        .header("MCP-Protocol-Version", "2025-11-25")
                        .POST(HttpRequest.BodyPublishers.ofString(REQUEST))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200 || !response.body().equals(ANSWER)) {
            throw new IOException("The proxy answered " + response.statusCode() + ": " + response.body());
        }
    }
}
