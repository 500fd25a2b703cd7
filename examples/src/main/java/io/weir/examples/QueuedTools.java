package io.weir.examples;

import io.modelcontextprotocol.server.McpAsyncServerExchange;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.weir.core.Rejection;
import io.weir.core.limiter.RejectedException;
import io.weir.core.limiter.Request;
import io.weir.core.limiter.TaskQueue;
import java.time.Duration;
import java.util.Map;
import java.util.function.BiFunction;
import reactor.core.publisher.Mono;

/**
 * Queues the tools of an MCP server made with the official Java SDK. A rejected call is answered with a JSON-RPC error,
 * which every MCP client reports as such; a status of 429 ends the session of some.
 */
public final class QueuedTools {
    private static final int OVERLOADED = -31429;

    private final TaskQueue queue;

    /** Queues calls there. */
    public QueuedTools(TaskQueue queue) {
        this.queue = queue;
    }

    /** That tool, called when its turn has come. */
    public BiFunction<McpAsyncServerExchange, CallToolRequest, Mono<CallToolResult>> queued(
            BiFunction<McpAsyncServerExchange, CallToolRequest, Mono<CallToolResult>> tool) {
        return (exchange, call) -> Mono.fromFuture(() -> queue.submitAsync(
                        request(exchange, call),
                        () -> tool.apply(exchange, call).toFuture()))
                .onErrorMap(RejectedException.class, rejected -> error(rejected.rejection()));
    }

    /** A server with API keys has the tenant in the exchange's transport context. */
    private static Request request(McpAsyncServerExchange exchange, CallToolRequest call) {
        int bytes = String.valueOf(call.arguments()).length();
        return Request.of("default", exchange.sessionId(), bytes).withOperation(call.name());
    }

    private static McpError error(Rejection no) {
        long retryAfterMs = no.retryAfter().map(Duration::toMillis).orElse(0L);
        return McpError.builder(OVERLOADED)
                .message("Overloaded: " + no.reason().key())
                .data(Map.of("reason", no.reason().key(), "limit", no.limit(), "retryAfterMs", retryAfterMs))
                .build();
    }
}
