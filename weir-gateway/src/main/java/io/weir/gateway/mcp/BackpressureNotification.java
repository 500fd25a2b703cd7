package io.weir.gateway.mcp;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * How a client is told that what it has pending has crossed the threshold of its limits.
 *
 * @param active whether what it has pending is above the threshold
 * @param messages pending messages of the client's connection
 * @param maxMessages the limit on pending messages
 * @param bytes pending bytes of the client's connection
 * @param maxBytes the limit on pending bytes
 * @param endsNanos in how many nanoseconds the pressure is expected to end; 0 if there is none
 */
public record BackpressureNotification(
        boolean active, int messages, int maxMessages, long bytes, long maxBytes, long endsNanos) {
    /** No client is told more often than that, in nanoseconds: a crossing that is over before is not told of. */
    public static final long MIN_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** The notification in JSON. */
    public byte[] toBytes() {
        long retryAfter = TimeUnit.NANOSECONDS.toMillis(endsNanos + TimeUnit.MILLISECONDS.toNanos(1) - 1);
        return ("{\"jsonrpc\":\"2.0\",\"method\":\"" + McpMethods.BACKPRESSURE + "\",\"params\":{\"active\":"
                        + active
                        + ",\"queue_depth\":" + messages
                        + ",\"queue_capacity\":" + maxMessages
                        + ",\"queue_bytes\":" + bytes
                        + ",\"queue_capacity_bytes\":" + maxBytes
                        + ",\"retry_after_ms\":" + retryAfter + "}}")
                .getBytes(StandardCharsets.UTF_8);
    }
}
