package io.weir.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ClientCapabilities;
import io.modelcontextprotocol.spec.McpSchema.CreateMessageResult;
import io.modelcontextprotocol.spec.McpSchema.Role;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import io.weir.config.RefusalConfig;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** The official Java client through the gateway. */
class SdkClientTest {
    private static CallToolRequest echo(String message) {
        return CallToolRequest.builder("echo")
                .arguments(Map.of("message", message))
                .build();
    }

    private static CallToolRequest slow(int millis) {
        return CallToolRequest.builder("slow").arguments(Map.of("ms", millis)).build();
    }

    private static String text(CallToolResult result) {
        return ((TextContent) result.content().get(0)).text();
    }

    @Test
    void client_throughTheGateway_worksAsDirectly() throws Exception {
        try (PeerHarness rig = PeerHarness.start(b -> b)) {
            McpAsyncClient client = rig.client();
            assertThat(client.initialize()
                            .block(PeerHarness.PATIENCE)
                            .serverInfo()
                            .name())
                    .isEqualTo("weir-demo");
            assertThat(client.listTools().block(PeerHarness.PATIENCE).tools())
                    .extracting(Tool::name)
                    .containsExactlyInAnyOrder("echo", "slow", "export", "hold", "ask");
            assertThat(text(client.callTool(echo("hello")).block(PeerHarness.PATIENCE)))
                    .isEqualTo("Echo: hello");
            assertThat(text(client.callTool(slow(50)).block(PeerHarness.PATIENCE)))
                    .isEqualTo("done");
            client.ping().block(PeerHarness.PATIENCE);
            client.closeGracefully().block(PeerHarness.PATIENCE);
            assertThat(PeerHarness.messages(rig.statsAtRest(), "pending")).isZero();
        }
    }

    @Test
    void serverAsksTheClientThroughTheGateway_asDirectly() throws Exception {
        try (PeerHarness rig = PeerHarness.start(b -> b)) {
            assertThat(ask("http://" + rig.gateway.http())).isEqualTo(ask(serverAddress(rig)));
        }
    }

    private static String serverAddress(PeerHarness rig) {
        return "http://127.0.0.1:" + rig.server.url().getPort();
    }

    /**
     * A call in which the server logs, and asks the client's model: what the client answers comes back with the result.
     */
    private static String ask(String address) throws InterruptedException {
        CompletableFuture<String> logged = new CompletableFuture<>();
        McpAsyncClient client = McpClient.async(HttpClientStreamableHttpTransport.builder(address)
                        .endpoint("/mcp")
                        .build())
                .requestTimeout(PeerHarness.PATIENCE)
                .initializationTimeout(PeerHarness.PATIENCE)
                .capabilities(ClientCapabilities.builder().sampling().build())
                .sampling(request -> Mono.just(CreateMessageResult.builder(
                                Role.ASSISTANT, TextContent.builder("forty-two").build(), "model")
                        .build()))
                .loggingConsumer(message -> Mono.fromRunnable(() -> logged.complete(String.valueOf(message.data()))))
                .build();
        client.initialize().block(PeerHarness.PATIENCE);
        CallToolResult result = client.callTool(CallToolRequest.builder("ask")
                        .arguments(Map.of("question", "what?"))
                        .build())
                .block(PeerHarness.PATIENCE);
        String seen = text(result) + "; logged: "
                + logged.orTimeout(60, TimeUnit.SECONDS).join();
        client.closeGracefully().block(PeerHarness.PATIENCE);
        assertThat(seen).isEqualTo("The client answered: forty-two; logged: asking what?");
        return seen;
    }

    @Test
    void refusedCall_isACleanError_andTheNextCallSucceeds() throws Exception {
        try (PeerHarness rig = PeerHarness.start(b -> b.maxMessages(1))) {
            McpAsyncClient client = rig.client();
            client.initialize().block(PeerHarness.PATIENCE);
            CompletableFuture<CallToolResult> holding =
                    client.callTool(slow(1500)).toFuture();
            rig.awaitRunning(1);

            assertThatThrownBy(() -> client.callTool(echo("x")).block(PeerHarness.PATIENCE))
                    .isInstanceOfSatisfying(McpError.class, error -> {
                        assertThat(error.getJsonRpcError().code()).isEqualTo(-31429);
                        assertThat(error.getJsonRpcError().message()).startsWith("Overloaded: connection has 1 of 1");
                        assertThat((Map<?, ?>) error.getJsonRpcError().data())
                                .hasFieldOrPropertyWithValue("empty", false)
                                .extracting("reason", "scope", "current", "limit")
                                .containsExactly("connection_messages", "connection", 1, 1);
                        assertThat((Integer)
                                        ((Map<?, ?>) error.getJsonRpcError().data()).get("retryAfterMs"))
                                .isPositive();
                    });

            assertThat(text(holding.get())).isEqualTo("done");
            assertThat(text(client.callTool(echo("again")).block(PeerHarness.PATIENCE)))
                    .isEqualTo("Echo: again");
            client.closeGracefully().block(PeerHarness.PATIENCE);
        }
    }

    @Test
    void initialize_underFullOverload_succeeds() throws Exception {
        try (PeerHarness rig = PeerHarness.start(b -> b.globalMaxMessages(1))) {
            McpAsyncClient first = rig.client();
            first.initialize().block(PeerHarness.PATIENCE);
            CompletableFuture<CallToolResult> holding =
                    first.callTool(slow(1500)).toFuture();
            rig.awaitRunning(1);

            McpAsyncClient second = rig.client();
            assertThat(second.initialize()
                            .block(PeerHarness.PATIENCE)
                            .serverInfo()
                            .name())
                    .isEqualTo("weir-demo");
            assertThatThrownBy(() -> second.callTool(echo("x")).block(PeerHarness.PATIENCE))
                    .isInstanceOf(McpError.class);

            holding.get();
            assertThat(text(second.callTool(echo("now")).block(PeerHarness.PATIENCE)))
                    .isEqualTo("Echo: now");
        }
    }

    @Test
    void refusalAsHttp429_leavesTheSessionUsable() throws Exception {
        try (PeerHarness rig = PeerHarness.start(b -> b.maxMessages(1), new RefusalConfig(429, -31429), null)) {
            McpAsyncClient client = rig.client();
            client.initialize().block(PeerHarness.PATIENCE);
            CompletableFuture<CallToolResult> holding =
                    client.callTool(slow(1500)).toFuture();
            rig.awaitRunning(1);

            assertThatThrownBy(() -> client.callTool(echo("x")).block(PeerHarness.PATIENCE))
                    .hasMessageContaining("429");

            holding.get();
            assertThat(text(client.callTool(echo("again")).block(PeerHarness.PATIENCE)))
                    .isEqualTo("Echo: again");
        }
    }
}
