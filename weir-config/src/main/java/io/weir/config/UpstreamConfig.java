package io.weir.config;

import io.weir.core.queue.Capacity;
import io.weir.core.queue.QueuePolicy;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * An MCP server behind the gateway.
 *
 * @param name letters, digits, {@code -}, {@code _} and {@code .}; its path is {@code /<name>/mcp}
 * @param transport where it is, and how it is spoken to
 * @param requestTimeout until an exchange with it must have ended; GET streams have {@link EdgeConfig#streamMaxAge()}
 *     instead
 * @param queue how messages wait for it
 */
public record UpstreamConfig(String name, UpstreamTransport transport, Duration requestTimeout, QueueConfig queue) {

    /** An HTTP upstream with {@link QueueConfig#DEFAULT}. */
    public UpstreamConfig(
            String name,
            URI url,
            Map<String, String> headers,
            Duration connectTimeout,
            Duration requestTimeout,
            int maxConnections) {
        this(name, url, headers, connectTimeout, requestTimeout, maxConnections, QueueConfig.DEFAULT);
    }

    /**
     * An HTTP upstream with {@link ForwardedHeaders#FOR}, {@link HttpTransport#DEFAULT_KEEP_ALIVE} and
     * {@link UpstreamTls#DEFAULT}.
     */
    public UpstreamConfig(
            String name,
            URI url,
            Map<String, String> headers,
            Duration connectTimeout,
            Duration requestTimeout,
            int maxConnections,
            QueueConfig queue) {
        this(
                name,
                new HttpTransport(
                        url,
                        headers,
                        ForwardedHeaders.FOR,
                        connectTimeout,
                        maxConnections,
                        HttpTransport.DEFAULT_KEEP_ALIVE,
                        UpstreamTls.DEFAULT),
                requestTimeout,
                queue);
    }

    /**
     * The policy of a queue in front of this upstream, with that capacity, but no more than it may have connections.
     */
    public QueuePolicy policy(Capacity capacity) {
        return transport instanceof HttpTransport http
                ? queue.policy()
                        .withCapacity(
                                new Capacity(capacity.adaptive(), Math.min(capacity.limit(), http.maxConnections())))
                : queue.policy().withCapacity(capacity);
    }

    /** How it is spoken to if that is Streamable HTTP. */
    public Optional<HttpTransport> http() {
        return transport instanceof HttpTransport to ? Optional.of(to) : Optional.empty();
    }

    /** This upstream with another queue. */
    public UpstreamConfig withQueue(QueueConfig other) {
        return new UpstreamConfig(name, transport, requestTimeout, other);
    }

    /**
     * Whether a running gateway can take the other one over as it is: nothing else differs than how new messages wait.
     * If not, another upstream takes the place of this one.
     */
    public boolean canBecome(UpstreamConfig other) {
        return withQueue(queue.withLive(other.queue)).equals(other);
    }
}
