package io.weir.config;

import io.weir.core.queue.Capacity;
import io.weir.core.queue.QueuePolicy;
import java.net.URI;
import java.time.Duration;
import java.util.Map;

/**
 * An MCP server behind the gateway.
 *
 * @param name letters, digits, {@code -}, {@code _} and {@code .}; its path is {@code /<name>/mcp}
 * @param url its Streamable HTTP endpoint, {@code http} or {@code https}
 * @param headers added to every request that goes there, such as an {@code Authorization}
 * @param connectTimeout until a connection to it must stand
 * @param requestTimeout until an exchange with it must have ended; GET streams have {@link EdgeConfig#streamMaxAge()} instead
 * @param maxConnections connections that the gateway opens to it at the most
 * @param keepAlive how long a connection to it may be idle and still be used; shorter than the server's own
 * @param queue how messages wait for it
 */
public record UpstreamConfig(
        String name,
        URI url,
        Map<String, String> headers,
        Duration connectTimeout,
        Duration requestTimeout,
        int maxConnections,
        Duration keepAlive,
        QueueConfig queue) {

    /** Shorter than the keep-alive of common servers (Node: 5 s), so that a request does not meet a closing connection. */
    public static final Duration DEFAULT_KEEP_ALIVE = Duration.ofSeconds(4);

    /** An upstream with {@link QueueConfig#DEFAULT}. */
    public UpstreamConfig(
            String name,
            URI url,
            Map<String, String> headers,
            Duration connectTimeout,
            Duration requestTimeout,
            int maxConnections) {
        this(name, url, headers, connectTimeout, requestTimeout, maxConnections, QueueConfig.DEFAULT);
    }

    /** An upstream with {@link #DEFAULT_KEEP_ALIVE}. */
    public UpstreamConfig(
            String name,
            URI url,
            Map<String, String> headers,
            Duration connectTimeout,
            Duration requestTimeout,
            int maxConnections,
            QueueConfig queue) {
        this(name, url, headers, connectTimeout, requestTimeout, maxConnections, DEFAULT_KEEP_ALIVE, queue);
    }

    /** The policy of a queue in front of this upstream, with that capacity, but at most {@link #maxConnections}. */
    public QueuePolicy policy(Capacity capacity) {
        return queue.policy()
                .withCapacity(new Capacity(capacity.adaptive(), Math.min(capacity.limit(), maxConnections)));
    }

    /** This upstream with another queue. */
    public UpstreamConfig withQueue(QueueConfig other) {
        return new UpstreamConfig(name, url, headers, connectTimeout, requestTimeout, maxConnections, keepAlive, other);
    }
}
