package io.weir.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;

/** A session over bare HTTP: the official Java client cannot cancel a request. */
final class RawSession {
    private static final String INITIALIZE = """
            {"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"2025-06-18",\
            "capabilities":{},"clientInfo":{"name":"weir-demo","version":"1"}}}""";

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI url;
    private final String key;
    private final String session;

    /** Opens a session. @throws IOException if it is refused */
    RawSession(URI url, String key) throws IOException, InterruptedException {
        this.url = url;
        this.key = key;
        HttpResponse<String> opened = http.send(post(INITIALIZE).build(), HttpResponse.BodyHandlers.ofString());
        this.session = opened.headers()
                .firstValue("mcp-session-id")
                .orElseThrow(() -> new IOException("no session was opened: " + opened.body()));
        http.send(
                inSession("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"),
                HttpResponse.BodyHandlers.discarding());
    }

    /** Calls the tool {@code export}; the text of the response, when it comes. */
    CompletableFuture<String> export(int id, int millis) {
        String call = "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"tools/call\",\"params\":"
                + "{\"name\":\"export\",\"arguments\":{\"ms\":" + millis + "}}}";
        return http.sendAsync(inSession(call), HttpResponse.BodyHandlers.ofString())
                .thenApply(HttpResponse::body);
    }

    /** Cancels a request. */
    void cancel(int id) throws IOException, InterruptedException {
        http.send(
                inSession("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":" + id
                        + "}}"),
                HttpResponse.BodyHandlers.discarding());
    }

    private HttpRequest inSession(String body) {
        return post(body).header("Mcp-Session-Id", session).build();
    }

    private HttpRequest.Builder post(String body) {
        return HttpRequest.newBuilder(url)
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .POST(HttpRequest.BodyPublishers.ofString(body));
    }
}
