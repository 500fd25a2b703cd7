package io.weir.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import io.weir.gateway.config.RefusalConfig;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

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
        try (Rig rig = Rig.start(b -> b)) {
            McpAsyncClient client = rig.client();
            assertThat(client.initialize().block(Rig.PATIENCE).serverInfo().name())
                    .isEqualTo("weir-demo");
            assertThat(client.listTools().block(Rig.PATIENCE).tools())
                    .extracting(Tool::name)
                    .containsExactlyInAnyOrder("echo", "slow");
            assertThat(text(client.callTool(echo("hello")).block(Rig.PATIENCE))).isEqualTo("Echo: hello");
            assertThat(text(client.callTool(slow(50)).block(Rig.PATIENCE))).isEqualTo("done");
            client.ping().block(Rig.PATIENCE);
            client.closeGracefully().block(Rig.PATIENCE);
            assertThat(Rig.messages(rig.statsAtRest(), "pending")).isZero();
        }
    }

    @Test
    void refusedCall_isACleanError_andTheNextCallSucceeds() throws Exception {
        try (Rig rig = Rig.start(b -> b.maxMessages(1))) {
            McpAsyncClient client = rig.client();
            client.initialize().block(Rig.PATIENCE);
            CompletableFuture<CallToolResult> holding =
                    client.callTool(slow(1500)).toFuture();
            awaitRunning(rig, 1);

            assertThatThrownBy(() -> client.callTool(echo("x")).block(Rig.PATIENCE))
                    .isInstanceOfSatisfying(McpError.class, error -> {
                        assertThat(error.getJsonRpcError().code()).isEqualTo(-31429);
                        assertThat(error.getJsonRpcError().message()).startsWith("Overloaded: connection has 1 of 1");
                        assertThat((Map<?, ?>) error.getJsonRpcError().data())
                                .hasFieldOrPropertyWithValue("empty", false)
                                .extracting("reason", "scope", "current", "limit")
                                .containsExactly("connection_messages", "connection", 1, 1);
                    });

            assertThat(text(holding.get())).isEqualTo("done");
            assertThat(text(client.callTool(echo("again")).block(Rig.PATIENCE))).isEqualTo("Echo: again");
            client.closeGracefully().block(Rig.PATIENCE);
        }
    }

    @Test
    void initialize_underFullOverload_succeeds() throws Exception {
        try (Rig rig = Rig.start(b -> b.globalMaxMessages(1))) {
            McpAsyncClient first = rig.client();
            first.initialize().block(Rig.PATIENCE);
            CompletableFuture<CallToolResult> holding =
                    first.callTool(slow(1500)).toFuture();
            awaitRunning(rig, 1);

            McpAsyncClient second = rig.client();
            assertThat(second.initialize().block(Rig.PATIENCE).serverInfo().name())
                    .isEqualTo("weir-demo");
            assertThatThrownBy(() -> second.callTool(echo("x")).block(Rig.PATIENCE))
                    .isInstanceOf(McpError.class);

            holding.get();
            assertThat(text(second.callTool(echo("now")).block(Rig.PATIENCE))).isEqualTo("Echo: now");
        }
    }

    @Test
    void refusalAsHttp429_leavesTheSessionUsable() throws Exception {
        try (Rig rig = Rig.start(b -> b.maxMessages(1), new RefusalConfig(429, -31429), null)) {
            McpAsyncClient client = rig.client();
            client.initialize().block(Rig.PATIENCE);
            CompletableFuture<CallToolResult> holding =
                    client.callTool(slow(1500)).toFuture();
            awaitRunning(rig, 1);

            assertThatThrownBy(() -> client.callTool(echo("x")).block(Rig.PATIENCE))
                    .hasMessageContaining("429");

            holding.get();
            assertThat(text(client.callTool(echo("again")).block(Rig.PATIENCE))).isEqualTo("Echo: again");
        }
    }

    private static void awaitRunning(Rig rig, int calls) {
        long end = System.nanoTime() + Rig.PATIENCE.toNanos();
        while (rig.server.running() < calls && System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
        assertThat(rig.server.running()).isEqualTo(calls);
    }
}
