package io.weir.core.queue;

import io.weir.core.admission.Connection;
import io.weir.core.admission.Permit;
import io.weir.core.admission.Priority;

/** What takes from the limits and the rates without waiting in a queue, such as a stream: offered to {@link Holds}, once. */
public final class Hold {
    final Connection connection;
    final Priority priority;
    final long bytes;
    private final Permit permit = new Permit();

    /** What it is called in the journal. */
    long number;

    /**
     * A message.
     *
     * @param connection whom it counts against
     * @param priority how much it matters
     * @param bytes its size on the wire; at most {@link Permit#MOST_BYTES}
     */
    public Hold(Connection connection, Priority priority, long bytes) {
        this.connection = connection;
        this.priority = priority;
        this.bytes = bytes;
    }

    /** What it holds, or why it was turned away. */
    public Permit permit() {
        return permit;
    }
}
