package io.weir.gateway.admission;

import io.weir.core.Outcome;
import io.weir.core.Rejection;
import org.jspecify.annotations.Nullable;

/**
 * What was offered, until it was rejected or the upstream's work on it is over. Holds what it has reserved of the
 * limits. Thread-safe.
 */
public interface Exchange {
    /** The upstream has responded. */
    default void completed(long now) {
        end(Outcome.COMPLETED, now);
    }

    /** The upstream will not respond: it could not be reached, broke off, or took too long and was cut off. */
    default void failed(long now) {
        end(Outcome.FAILED, now);
    }

    /**
     * It was given up, and the upstream's work never began or does not matter any more: no evidence of the upstream.
     */
    default void cancelled(long now) {
        end(Outcome.CANCELLED, now);
    }

    /**
     * The client gave it up, and the upstream may go on with it: what it holds of the limits is released, and its slot
     * at the upstream is held. To be {@link #completed} or {@link #failed} as soon as the upstream is known to have
     * stopped.
     *
     * @return for how long the slot is held at most, in nanoseconds; 0 if there is none
     */
    default long abandoned(long now) {
        return abandon(Outcome.CANCELLED, now);
    }

    /** As {@link #abandoned}, because it took too long: that is a failure. */
    default long timedOut(long now) {
        return abandon(Outcome.FAILED, now);
    }

    /** The exchange without its access record: what is to be ended to free the slot, once it was abandoned. */
    default Exchange slot() {
        return this;
    }

    /** Gives up what is held, once. */
    void end(Outcome outcome, long now);

    /** Gives up what is held but the slot, and returns for how long that is held; 0 if there is none. */
    default long abandon(Outcome outcome, long now) {
        end(outcome, now);
        return 0;
    }

    /**
     * Takes it out of the queue at once, because the client gave it up; its callback is not called.
     *
     * @return false if it does not wait (any more): it was dispatched or removed, and its callback is called
     */
    default boolean withdraw(long now) {
        return false;
    }

    /** Why it was rejected, or removed from its queue; null otherwise. */
    @Nullable
    Rejection rejection();
}
