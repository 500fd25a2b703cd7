package io.weir.gateway.mcp;

import io.weir.core.admission.PressureListener.Pressure;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** How a client is told that what it has pending has crossed the threshold of its limits. */
public final class BackpressureNotification {
    /** No client is told more often than that, in nanoseconds: a crossing that is over before is not told of. */
    public static final long MIN_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private BackpressureNotification() {}

    /**
     * A notification in JSON.
     *
     * @param pressure what the client itself has pending, and its limits
     * @param endsNanos in how many nanoseconds the pressure is expected to end; 0 if there is none
     */
    public static byte[] of(Pressure pressure, long endsNanos) {
        long retryAfter = TimeUnit.NANOSECONDS.toMillis(endsNanos + TimeUnit.MILLISECONDS.toNanos(1) - 1);
        return ("{\"jsonrpc\":\"2.0\",\"method\":\"" + McpMethods.BACKPRESSURE + "\",\"params\":{\"active\":"
                        + pressure.raised()
                        + ",\"queue_depth\":" + pressure.messages()
                        + ",\"queue_capacity\":" + pressure.maxMessages()
                        + ",\"queue_bytes\":" + pressure.bytes()
                        + ",\"queue_capacity_bytes\":" + pressure.maxBytes()
                        + ",\"retry_after_ms\":" + retryAfter + "}}")
                .getBytes(StandardCharsets.UTF_8);
    }
}
