package io.weir.peers;

import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.transport.StdioServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;

/** An MCP server of the official SDK over stdio. Its tool {@code echo} gives back its {@code message}. */
final class StdioServer {
    private StdioServer() {}

    /** Serves until its standard input ends. */
    public static void main(String[] arguments) {
        Map<String, Object> schema = Map.of(
                "type",
                "object",
                "properties",
                Map.of("message", Map.of("type", "string")),
                "required",
                List.of("message"));
        var server = McpServer.async(new StdioServerTransportProvider(McpJsonDefaults.getMapper()))
                .serverInfo("weir-stdio", "1")
                .capabilities(ServerCapabilities.builder().tools(false).build())
                .toolCall(
                        Tool.builder("echo", schema)
                                .description("Gives back its message")
                                .build(),
                        (exchange, call) -> Mono.just(CallToolResult.builder()
                                .addTextContent("Echo: " + call.arguments().get("message"))
                                .build()))
                .build();
        Runtime.getRuntime().addShutdownHook(new Thread(server::close));
    }
}
