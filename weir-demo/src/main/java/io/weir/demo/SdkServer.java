package io.weir.demo;

import io.modelcontextprotocol.server.McpAsyncServer;
import io.modelcontextprotocol.server.McpAsyncServerExchange;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.CreateMessageRequest;
import io.modelcontextprotocol.spec.McpSchema.LoggingLevel;
import io.modelcontextprotocol.spec.McpSchema.LoggingMessageNotification;
import io.modelcontextprotocol.spec.McpSchema.Role;
import io.modelcontextprotocol.spec.McpSchema.SamplingMessage;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * An MCP server made with the official Java SDK, on a free port of the loopback interface. Its tools are {@code echo}
 * (gives back {@code message}), {@code slow} and {@code export} (take {@code ms} milliseconds), {@code hold} (ends when
 * the server is told to let go) and {@code ask} (sends a log message, and a question to the client's model); it counts
 * its calls itself.
 */
public final class SdkServer implements AutoCloseable {
    private static final int THREADS = 1_000;
    private static final String ENDPOINT = "/mcp";

    private final Server jetty;
    private final ServerConnector connector;
    private final McpAsyncServer mcp;
    private final Sinks.Empty<Void> letGo = Sinks.empty();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger maxAtOnce = new AtomicInteger();
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
                .capabilities(
                        ServerCapabilities.builder().tools(false).logging().build())
                .requestTimeout(Duration.ofSeconds(30))
                .toolCall(
                        tool("echo", "Gives back its message", "message", "string"),
                        (exchange, call) -> counted(Mono.fromSupplier(
                                () -> text("Echo: " + call.arguments().get("message")))))
                .toolCall(tool("slow", "Takes its time", "ms", "integer"), (exchange, call) -> delayed(call))
                .toolCall(tool("export", "Takes its time, too", "ms", "integer"), (exchange, call) -> delayed(call))
                .toolCall(
                        tool("hold", "Waits until it is let go", "why", "string"),
                        (exchange, call) -> counted(letGo.asMono().thenReturn(text("done"))))
                .toolCall(
                        tool("ask", "Asks the client's model, and logs", "question", "string"),
                        (exchange, call) -> counted(
                                ask(exchange, String.valueOf(call.arguments().get("question")))))
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

    private Mono<CallToolResult> delayed(CallToolRequest call) {
        return counted(Mono.delay(Duration.ofMillis(millis(call))).map(done -> text("done")));
    }

    private static Mono<CallToolResult> ask(McpAsyncServerExchange exchange, String question) {
        return exchange.loggingNotification(LoggingMessageNotification.builder(LoggingLevel.INFO, "asking " + question)
                        .build())
                .then(exchange.createMessage(CreateMessageRequest.builder(
                                List.of(new SamplingMessage(
                                        Role.USER, TextContent.builder(question).build())),
                                100)
                        .build()))
                .map(answer -> text("The client answered: " + ((TextContent) answer.content()).text()));
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

    /**
     * Counts a call until just before its answer is written: whoever has seen the answer no longer finds it counted.
     */
    private Mono<CallToolResult> counted(Mono<CallToolResult> work) {
        return Mono.defer(() -> {
            AtomicBoolean counted = new AtomicBoolean(true);
            Runnable end = () -> {
                if (counted.getAndSet(false)) {
                    running.decrementAndGet();
                }
            };
            arrived.incrementAndGet();
            maxAtOnce.accumulateAndGet(running.incrementAndGet(), Math::max);
            return work.doOnSuccess(result -> end.run())
                    .doOnError(failure -> end.run())
                    .doOnCancel(end);
        });
    }

    /** Lets all calls of {@code hold} end, those to come included. */
    public void letGo() {
        letGo.tryEmitEmpty();
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
    public int maxAtOnce() {
        return maxAtOnce.get();
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
