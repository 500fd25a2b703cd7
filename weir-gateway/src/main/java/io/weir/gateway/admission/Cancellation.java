package io.weir.gateway.admission;

import java.util.List;
import java.util.concurrent.TimeUnit;

/** The requests in flight that the client's message cancels. Thread-safe. */
public final class Cancellation {
    /** For how long a server may still answer what it was told to cancel, in nanoseconds: half a second. */
    public static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** Cancels nothing. */
    public static final Cancellation NONE = new Cancellation(List.of());

    private final List<QueuedExchange> requests;

    Cancellation(List<QueuedExchange> requests) {
        this.requests = requests;
    }

    /** Notifies the senders of these requests that the upstream has taken the message. */
    public void taken() {
        requests.forEach(QueuedExchange::cancellationTaken);
    }
}
