package io.weir.core.queue;

import io.weir.core.Priority;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Reservation;

/**
 * What takes from the limits and the rates without waiting in a queue, such as a stream: offered to
 * {@link DirectReservations}, once.
 */
public class DirectReservation extends Reservation {
    final Connection connection;
    final Priority priority;
    final long bytes;

    /** What it is called in the decision log. */
    long number;

    /**
     * A message.
     *
     * @param connection whom it counts against
     * @param priority how much it matters
     * @param bytes its size on the wire; at most {@link Reservation#MAX_BYTES}
     */
    public DirectReservation(Connection connection, Priority priority, long bytes) {
        this.connection = connection;
        this.priority = priority;
        this.bytes = bytes;
    }
}
