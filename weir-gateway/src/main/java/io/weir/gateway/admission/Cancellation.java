package io.weir.gateway.admission;

import java.util.List;

/** The requests in flight that the client's message cancels. Thread-safe. */
public final class Cancellation {
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
