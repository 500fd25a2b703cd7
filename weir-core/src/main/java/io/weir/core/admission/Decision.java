package io.weir.core.admission;

import io.weir.core.config.BackpressureAction;

/** The outcome of offering a message. All but {@link #ADMITTED} leave their reason in the {@link Permit}. */
public enum Decision {
    /** Recorded; the permit holds its messages and bytes until it is released. */
    ADMITTED,
    /** Turned away; the sender is to be answered with an error. */
    REFUSED,
    /** Turned away and thrown away; a request is to be answered unless {@code drop_silently} is set. */
    DROPPED,
    /** Turned away; the connection is to be closed after its last answer is written. */
    DISCONNECTED;

    static Decision turningAway(BackpressureAction action) {
        return switch (action) {
            case REFUSE -> REFUSED;
            case DROP_NEWEST -> DROPPED;
            case DISCONNECT -> DISCONNECTED;
        };
    }
}
