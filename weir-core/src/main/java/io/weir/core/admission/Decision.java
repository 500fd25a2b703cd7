package io.weir.core.admission;

import java.util.Locale;

/**
 * What was decided on an offered message. All that are not {@linkplain #isAdmitted admitted} leave their reason in the
 * {@link Reservation}.
 */
public enum Decision {
    /** By the admission: recorded; the reservation holds its messages and bytes until it is released. */
    ADMITTED,
    /** By a queue: admitted, and in flight at once. */
    DISPATCHED,
    /**
     * By a queue: admitted, and waits. The offer is notified exactly once what becomes of it, unless it is cancelled.
     */
    QUEUED,
    /** Rejected; the sender is to be answered with an error. */
    REFUSED,
    /** Rejected and thrown away; a request is to be answered unless {@code drop_silently} is set. */
    DROPPED,
    /** Rejected; the connection is to be closed after its last answer is written. */
    DISCONNECTED,
    /**
     * Rejected for its priority, its likely wait, or because the upstream is out of order; to be answered with an
     * error.
     */
    SHED,
    /**
     * Not decided and not counted: nothing more is to be read of this connection until
     * {@link PressureListener#onDrained} is told, which may be before this is returned; then the message is to be
     * offered again.
     */
    PAUSED;

    private final String key = name().toLowerCase(Locale.ROOT);

    /** Whether the message holds what it has reserved, and has to be released. */
    public boolean isAdmitted() {
        return this == ADMITTED || this == DISPATCHED || this == QUEUED;
    }

    /** The name of this decision in logs. */
    public String key() {
        return key;
    }
}
