package io.weir.demo;

import io.modelcontextprotocol.server.McpAsyncServer;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import reactor.core.publisher.Mono;

/**
 * An MCP server made with the official Java SDK, on a free port of the loopback interface. Its tools are {@code echo}
 * (gives back {@code message}) and {@code slow} (takes {@code ms} milliseconds); it counts its calls itself.
 */
public final class SdkServer implements AutoCloseable {
    private static final int THREADS = 1_000;
    private static final String ENDPOINT = "/mcp";

    private final Server jetty;
    private final ServerConnector connector;
    private final McpAsyncServer mcp;
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger mostAtOnce = new AtomicInteger();
    private final AtomicInteger arrived = new AtomicInteger();

    /** Starts on a free port. @throws Exception if it cannot */
    public SdkServer() throws Exception {
        this(0);
    }

    /** Starts on that port. @throws Exception if it cannot */
    public SdkServer(int port) throws Exception {
        HttpServletStreamableServerTransportProvider transport = HttpServletStreamableServerTransportProvider.builder()
                .mcpEndpoint(ENDPOINT)
                .build();
        this.mcp = McpServer.async(transport)
                .serverInfo("weir-demo", "1")
                .toolCall(
                        tool("echo", "Gives back its message", "message", "string"),
                        (exchange, call) -> counted(Mono.fromSupplier(
                                () -> text("Echo: " + call.arguments().get("message")))))
                .toolCall(
                        tool("slow", "Takes its time", "ms", "integer"),
                        (exchange, call) -> counted(
                                Mono.delay(Duration.ofMillis(millis(call))).map(done -> text("done"))))
                .build();
        // The SDK's servlet keeps a thread for every call under way.
        this.jetty = new Server(new QueuedThreadPool(THREADS));
        this.connector = new ServerConnector(jetty);
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        jetty.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler("/");
        ServletHolder servlet = new ServletHolder(transport);
        servlet.setAsyncSupported(true);
        context.addServlet(servlet, "/*");
        jetty.setHandler(context);
        jetty.start();
    }

    private static Tool tool(String name, String description, String argument, String type) {
        Map<String, Object> schema = Map.of(
                "type", "object", "properties", Map.of(argument, Map.of("type", type)), "required", List.of(argument));
        return Tool.builder(name, schema).description(description).build();
    }

    private static long millis(CallToolRequest call) {
        return call.arguments().get("ms") instanceof Number number ? number.longValue() : 0;
    }

    private static CallToolResult text(String text) {
        return CallToolResult.builder().addTextContent(text).build();
    }

    private Mono<CallToolResult> counted(Mono<CallToolResult> work) {
        return Mono.defer(() -> {
                    arrived.incrementAndGet();
                    mostAtOnce.accumulateAndGet(running.incrementAndGet(), Math::max);
                    return work;
                })
                .doFinally(end -> running.decrementAndGet());
    }

    /** Where it answers. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + connector.getLocalPort() + ENDPOINT);
    }

    /** Tool calls that are under way. */
    public int running() {
        return running.get();
    }

    /** The most tool calls that were ever under way at once. */
    public int mostAtOnce() {
        return mostAtOnce.get();
    }

    /** All tool calls that ever arrived. */
    public int arrived() {
        return arrived.get();
    }

    /** Stops at once; calls under way are cut off. */
    @Override
    public void close() {
        jetty.setStopTimeout(0);
        try {
            jetty.stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            throw new IllegalStateException("The demonstration server does not stop", e);
        }
        mcp.close();
    }
}
