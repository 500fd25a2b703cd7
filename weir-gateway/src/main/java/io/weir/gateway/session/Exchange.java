package io.weir.gateway.session;

import io.weir.core.Outcome;
import io.weir.gateway.mcp.Refusal;
import org.jspecify.annotations.Nullable;

/** What was offered, until it was rejected or the upstream's work on it is over. DirectReservations the permit. Thread-safe. */
public abstract sealed class Exchange permits DirectExchange, QueuedExchange, StreamExchange {
    private final @Nullable Session session;

    /** Whether it was given up while the upstream may go on with it. Confined to the event loop that gave it up. */
    private boolean abandoned;

    Exchange(@Nullable Session session, long now) {
        this.session = session;
        if (session != null) {
            session.begin(now);
        }
    }

    /** The upstream has answered. */
    public final void completed(long now) {
        end(Outcome.COMPLETED, now);
    }

    /** The upstream will not answer: it could not be reached, broke off, or took too long and was cut off. */
    public final void failed(long now) {
        end(Outcome.FAILED, now);
    }

    /** The client gave it up, and the upstream's work never began. */
    public final void cancelled(long now) {
        end(Outcome.CANCELLED, now);
    }

    /**
     * The client gave it up, and the upstream may go on with it: what it holds of the limits is released, and its slot at the
     * upstream is held. To be {@link #completed} or {@link #failed} as soon as the upstream is known to have stopped.
     *
     * @return for how long the slot is held at most, in nanoseconds; 0 if there is none
     */
    public final long abandoned(long now) {
        return abandon(Outcome.CANCELLED, now);
    }

    /** As {@link #abandoned}, because it took too long: that is a failure. */
    public final long timedOut(long now) {
        return abandon(Outcome.FAILED, now);
    }

    private long abandon(Outcome outcome, long now) {
        long held = hold(outcome, now);
        if (held >= 0) {
            abandoned = true;
            over(now);
        }
        return Math.max(0, held);
    }

    /** Gives up what is held but the slot, and returns for how long that is held; negative if all was given up before. */
    abstract long hold(Outcome outcome, long now);

    /**
     * Takes it out of the queue at once, because the client gave it up; its sender is not told.
     *
     * @return false if it does not wait (any more): it was dispatched or abandoned, and its sender is told so
     */
    public boolean withdraw(long now) {
        return false;
    }

    private void end(Outcome outcome, long now) {
        if (release(outcome, now) && !abandoned) {
            over(now);
        }
    }

    /** Gives up what is held; false if it was given up before. */
    abstract boolean release(Outcome outcome, long now);

    /** Why it was rejected or abandoned. */
    abstract Refusal refusal(int messages, int bytes);

    /** To be called once: when it was rejected, abandoned or ended. */
    final void over(long now) {
        if (session != null) {
            session.end(now);
        }
    }
}
