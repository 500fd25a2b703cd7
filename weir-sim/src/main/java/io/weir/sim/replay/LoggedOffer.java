package io.weir.sim.replay;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import org.jspecify.annotations.Nullable;

/** An offer that a log tells of, and what became of it then. */
final class LoggedOffer {
    final long at;
    final String queue;
    final String tenant;
    final String connection;
    final String work;
    final int messages;
    final long bytes;
    final Priority priority;
    final long ttl;
    final int weight;
    final boolean mayPause;
    final String decision;
    final String reason;

    /** Nanoseconds; negative if it never was. */
    long dispatchedAt = -1;

    /** Nanoseconds; negative if the log does not tell. */
    long endedAt = -1;

    /** What its client got. */
    @Nullable
    Outcome outcome;

    /**
     * When the upstream was done with it: later than {@link #endedAt} if its client had given it up; negative if the
     * log does not tell.
     */
    long workEndedAt = -1;

    /** How the upstream's work on it ended. */
    @Nullable
    Outcome workOutcome;

    LoggedOffer(LogLine line, long offset) throws ReplayException {
        this.at = offset + line.number("t");
        this.queue = line.text("q");
        this.tenant = line.text("tenant");
        this.connection = line.text("conn");
        this.work = line.text("operation");
        this.messages = (int) line.number("n");
        this.bytes = line.number("b");
        this.priority = Priority.ofKey(line.text("p"))
                .orElseThrow(() -> new ReplayException(line.where() + ": an unknown priority"));
        this.ttl = line.number("ttl");
        this.weight = (int) line.number("w");
        this.mayPause = line.mayPause();
        this.decision = line.text("d");
        this.reason = line.has("r") ? line.text("r") : "";
        if (decision.equals("dispatched")) {
            this.dispatchedAt = at;
        }
    }

    boolean wasAdmitted() {
        return decision.equals("dispatched") || decision.equals("queued");
    }

    /** It ends, or the upstream is done with what its client had given up before. */
    void end(Outcome how, long now) {
        if (outcome == null) {
            endedAt = now;
            outcome = how;
        }
        workEndedAt = now;
        workOutcome = how;
    }

    /** Whether the log tells how long the upstream had it. */
    boolean hasDuration() {
        return dispatchedAt >= 0 && workEndedAt >= 0;
    }

    boolean wasCancelled() {
        return outcome == Outcome.CANCELLED;
    }
}
