package io.weir.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.server.McpAsyncServer;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import io.weir.core.Count;
import io.weir.core.limiter.Limiter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class QueuedToolsTest {
    private final Limiter limiter = Limiter.builder().maxMessages(2).build();
    private final ExecutorService executor = Executors.newFixedThreadPool(1);
    private final QueuedTools tools =
            new QueuedTools(limiter.queue("tools", executor).concurrency(1).build());
    private final Semaphore running = new Semaphore(0);
    private final Sinks.Empty<Void> mayEnd = Sinks.empty();
    private final Server jetty = new Server();
    private final ServerConnector connector = new ServerConnector(jetty);
    private final HttpServletStreamableServerTransportProvider transport =
            HttpServletStreamableServerTransportProvider.builder()
                    .mcpEndpoint("/mcp")
                    .build();
    private final McpAsyncServer mcp = McpServer.async(transport)
            .serverInfo("example", "1")
            .toolCall(
                    Tool.builder("hold", Map.of("type", "object")).build(),
                    tools.queued((exchange, call) -> Mono.defer(() -> {
                        running.release();
                        return mayEnd.asMono()
                                .thenReturn(CallToolResult.builder()
                                        .addTextContent("done")
                                        .build());
                    })))
            .build();

    @BeforeEach
    void start() throws Exception {
        connector.setHost("127.0.0.1");
        jetty.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler("/");
        ServletHolder servlet = new ServletHolder(transport);
        servlet.setAsyncSupported(true);
        context.addServlet(servlet, "/*");
        jetty.setHandler(context);
        jetty.setStopTimeout(0);
        jetty.start();
    }

    @AfterEach
    void stop() throws Exception {
        limiter.close();
        executor.shutdown();
        jetty.stop();
        mcp.close();
    }

    @Test
    void calls_waitForTheirTurn_orAreRejectedWithAnErrorThatTheClientReads() throws Exception {
        McpAsyncClient client = McpClient.async(
                        HttpClientStreamableHttpTransport.builder("http://127.0.0.1:" + connector.getLocalPort())
                                .endpoint("/mcp")
                                .build())
                .requestTimeout(Duration.ofSeconds(30))
                .build();
        client.initialize().block();
        CompletableFuture<CallToolResult> first = call(client).toFuture();
        assertThat(running.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
        CompletableFuture<CallToolResult> second = call(client).toFuture();
        while (limiter.stats().pending().messages() < 2) {
            Thread.sleep(1);
        }

        McpError error = catchThrowableOfType(McpError.class, () -> call(client).block());
        assertThat(error.getJsonRpcError().code()).isEqualTo(-31429);
        assertThat(error.getJsonRpcError().data())
                .isInstanceOfSatisfying(
                        Map.class, data -> assertThat(data.get("reason")).isEqualTo("connection_messages"));
        assertThat(running.availablePermits()).as("the second one waits").isZero();

        mayEnd.tryEmitEmpty();
        assertThat(first.get(30, TimeUnit.SECONDS).content()).hasSize(1);
        assertThat(second.get(30, TimeUnit.SECONDS).content()).hasSize(1);
        assertThat(limiter.stats().pending()).isEqualTo(Count.ZERO);
        client.close();
    }

    private static Mono<CallToolResult> call(McpAsyncClient client) {
        return client.callTool(
                CallToolRequest.builder("hold").arguments(Map.of()).build());
    }
}
