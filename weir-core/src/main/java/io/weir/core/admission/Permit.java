package io.weir.core.admission;

import org.jspecify.annotations.Nullable;

/**
 * The right that an admitted message holds until it is finished, or the reason why it was turned away. Made by the caller, one a message (inside its exchange),
 * so that a decision allocates nothing; may be offered again once it was released.
 */
public final class Permit {
    volatile long state;

    @Nullable
    Connection connection;

    @Nullable
    Reason reason;

    int messages;
    long bytes;
    boolean control;
    long current;
    long limit;
    long retryAfterNanos;

    /** Identifies the holding that began with the last admission: what {@link Admission#release} takes, so that a stale one releases nothing. */
    public long ticket() {
        return state >>> 1;
    }

    /** Whether this permit holds messages and bytes now. */
    public boolean isHeld() {
        return (state & 1) == 1;
    }

    /** The limit that turned the message away; null after an admission. */
    public @Nullable Reason reason() {
        return reason;
    }

    /** How much of the limit was taken when the message was turned away, in {@link Reason#unit()}. */
    public long current() {
        return current;
    }

    /** The limit that turned the message away, in {@link Reason#unit()}. */
    public long limit() {
        return limit;
    }

    /**
     * When the same message would pass the rate that turned it away, in nanoseconds from the time it was offered at; 0 where a queue limit spoke, whose
     * relief depends on the upstream; -1 where no waiting helps, because the message is larger than the limit.
     */
    public long retryAfterNanos() {
        return retryAfterNanos;
    }
}
