package io.weir.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.weir.config.EdgeConfig;
import io.weir.config.GatewayConfig;
import io.weir.config.HostPort;
import io.weir.config.QueueConfig;
import io.weir.config.RefusalConfig;
import io.weir.config.UpstreamConfig;
import io.weir.core.config.Profile;
import io.weir.core.config.WeirConfigBuilder;
import io.weir.core.queue.Capacity;
import io.weir.demo.SdkServer;
import io.weir.gateway.Gateway;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server made with the official SDK, and the gateway in front of it. */
final class PeerHarness implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String INITIALIZE = "{\"jsonrpc\":\"2.0\",\"id\":\"i\",\"method\":\"initialize\",\"params\":{"
            + "\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}";

    final SdkServer server;
    final Gateway gateway;
    final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private PeerHarness(SdkServer server, Gateway gateway) {
        this.server = server;
        this.gateway = gateway;
    }

    static PeerHarness start(UnaryOperator<WeirConfigBuilder> limits) throws Exception {
        return start(limits, RefusalConfig.DEFAULT, null);
    }

    static PeerHarness start(UnaryOperator<WeirConfigBuilder> limits, RefusalConfig refusal, @Nullable Path apiKeys)
            throws Exception {
        return start(limits, refusal, apiKeys, QueueConfig.DEFAULT.withCapacity(Capacity.fixed(1_024)));
    }

    static PeerHarness start(UnaryOperator<WeirConfigBuilder> limits, QueueConfig queue) throws Exception {
        return start(limits, RefusalConfig.DEFAULT, null, queue);
    }

    static PeerHarness start(
            UnaryOperator<WeirConfigBuilder> limits, RefusalConfig refusal, @Nullable Path apiKeys, QueueConfig queue)
            throws Exception {
        SdkServer server = new SdkServer();
        return new PeerHarness(server, Gateway.start(config(server.url(), limits, refusal, apiKeys, queue)));
    }

    private static GatewayConfig config(
            URI upstream,
            UnaryOperator<WeirConfigBuilder> limits,
            RefusalConfig refusal,
            @Nullable Path apiKeys,
            QueueConfig queue) {
        WeirConfigBuilder generous = Profile.DEVELOPMENT
                .builder(Runtime.getRuntime().maxMemory())
                .maxMessagesPerSec(1_000_000)
                .tenantMaxMessagesPerSec(1_000_000);
        return new GatewayConfig(
                Profile.DEVELOPMENT.key(),
                HostPort.parse("127.0.0.1:0"),
                HostPort.parse("127.0.0.1:0"),
                List.of(new UpstreamConfig(
                        "sdk", upstream, Map.of(), Duration.ofSeconds(5), Duration.ofSeconds(30), 1_024, queue)),
                limits.apply(generous).build(),
                refusal,
                EdgeConfig.DEFAULT,
                List.of(),
                List.of(),
                Optional.ofNullable(apiKeys));
    }

    URI url() {
        return URI.create("http://" + gateway.http() + "/mcp");
    }

    McpAsyncClient client() {
        return McpClient.async(HttpClientStreamableHttpTransport.builder("http://" + gateway.http())
                        .endpoint("/mcp")
                        .build())
                .requestTimeout(PATIENCE)
                .initializationTimeout(PATIENCE)
                .build();
    }

    /** Opens a session over bare HTTP and returns its id. */
    String openSession(URI url, String... headers) throws IOException, InterruptedException {
        HttpResponse<String> opened =
                http.send(post(url, null, INITIALIZE, headers), HttpResponse.BodyHandlers.ofString());
        String session = opened.headers().firstValue("mcp-session-id").orElseThrow();
        http.send(
                post(url, session, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}", headers),
                HttpResponse.BodyHandlers.ofString());
        return session;
    }

    CompletableFuture<HttpResponse<String>> call(
            String session, int id, String tool, String arguments, String... headers) {
        return http.sendAsync(
                post(url(), session, callBody(id, tool, arguments), headers), HttpResponse.BodyHandlers.ofString());
    }

    static String callBody(int id, String tool, String arguments) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool
                + "\",\"arguments\":" + arguments + "}}";
    }

    static HttpRequest post(URI url, @Nullable String session, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .timeout(PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (session != null) {
            request.header("Mcp-Session-Id", session);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return request.build();
    }

    JsonNode stats() throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(URI.create("http://" + gateway.admin() + "/stats"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        return JsonMapper.shared().readTree(response.body());
    }

    /** Waits until nothing is in flight, and returns the statistics of that moment. */
    JsonNode statsAtRest() throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        JsonNode global = stats().get("global");
        while (messages(global.get("flow"), "in_flight") != 0 && System.nanoTime() - end < 0) {
            Thread.onSpinWait();
            global = stats().get("global");
        }
        return global;
    }

    /** Waits until that many messages wait in the upstream's own queue. */
    void awaitQueued(int messages) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (queue().get("queued").asInt() != messages && System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
        assertThat(queue().get("queued").asInt()).isEqualTo(messages);
    }

    /** What the upstream's own queue says of itself. */
    JsonNode queue() throws IOException, InterruptedException {
        return stats().get("queues").get(0);
    }

    /** Waits until that many calls are under way at the server. */
    void awaitRunning(int calls) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (server.running() < calls && System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
        assertThat(server.running()).isEqualTo(calls);
    }

    static long messages(JsonNode node, String name) {
        return node.get(name).get("messages").asLong();
    }

    static long bytes(JsonNode node, String name) {
        return node.get(name).get("bytes").asLong();
    }

    @Override
    public void close() {
        gateway.close();
        server.close();
    }
}
