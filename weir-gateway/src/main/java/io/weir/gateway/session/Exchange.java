package io.weir.gateway.session;

import io.weir.core.admission.Outcome;
import io.weir.gateway.mcp.Refusal;
import org.jspecify.annotations.Nullable;

/** What was offered, until it was turned away or the upstream's work on it is over. Holds the permit. Thread-safe. */
public abstract sealed class Exchange permits HeldExchange, QueuedExchange {
    private final @Nullable Session session;

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

    /** The client gave it up, and the upstream's work is proven aborted or never began. */
    public final void cancelled(long now) {
        end(Outcome.CANCELLED, now);
    }

    /**
     * Takes it out of the queue at once, because the client gave it up; its sender is not told.
     *
     * @return false if it does not wait (any more): it was dispatched or abandoned, and its sender is told so
     */
    public boolean withdraw(long now) {
        return false;
    }

    private void end(Outcome outcome, long now) {
        if (release(outcome, now)) {
            over(now);
        }
    }

    /** Gives up what is held; false if it was given up before. */
    abstract boolean release(Outcome outcome, long now);

    /** Why it was turned away or abandoned. */
    abstract Refusal refusal(int messages, int bytes);

    /** To be called once: when it was turned away, abandoned or ended. */
    final void over(long now) {
        if (session != null) {
            session.end(now);
        }
    }
}
