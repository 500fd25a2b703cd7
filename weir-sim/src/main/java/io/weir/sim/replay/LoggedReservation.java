package io.weir.sim.replay;

import io.weir.core.Priority;

/** A message outside the queues that a log tells of, such as a stream. */
final class LoggedReservation {
    final long at;
    final String tenant;
    final String connection;
    final long bytes;
    final Priority priority;
    final boolean mayPause;

    /** Nanoseconds; negative if the log does not tell, or it was refused. */
    long releasedAt = -1;

    LoggedReservation(LogLine line, long offset) throws ReplayException {
        this.at = offset + line.number("t");
        this.tenant = line.text("tenant");
        this.connection = line.text("conn");
        this.bytes = line.number("b");
        this.priority = Priority.ofKey(line.text("p"))
                .orElseThrow(() -> new ReplayException(line.where() + ": an unknown priority"));
        this.mayPause = line.mayPause();
    }
}
