package io.weir.gateway.lineupstream;

import io.weir.gateway.http.LineLimit;
import io.weir.gateway.http.LogText;
import io.weir.gateway.line.LineServerException.Problem;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs that a child of several clients is started again after it has failed: five lines of an upstream in ten seconds,
 * and then how many were left out. A line has nothing that a client or the child has written. Thread-safe.
 */
final class RestartLog {
    private static final Logger LOG = LoggerFactory.getLogger("weir.child");
    private static final int MAX_LINES = 5;

    private final String upstream;
    private final LineLimit limit;

    RestartLog(String upstream, long now) {
        this.upstream = upstream;
        this.limit = new LineLimit(MAX_LINES, now);
    }

    /** What is known of a child that has failed. */
    record Failure(Problem problem, long ageNanos) {}

    /**
     * Logs a start, or counts it for a later line.
     *
     * @param tenant whose clients share the child; empty if all do
     * @param attempt 1 for the first start after a child that ran well
     * @param pauseNanos how long nothing was started before
     * @param now nanoseconds of the monotonic clock
     */
    void restarted(String tenant, Failure before, int attempt, long pauseNanos, long now) {
        writeLeftOut(now);
        if (limit.allows(now)) {
            LOG.info(
                    "upstream '{}': a child for {} is started again after a pause of {} ms (attempt {}); the one before {},"
                            + " and was {} ms old",
                    upstream,
                    tenant.isEmpty() ? "all clients" : "clients of tenant '" + LogText.escape(tenant) + "'",
                    TimeUnit.NANOSECONDS.toMillis(pauseNanos),
                    attempt,
                    before.problem().words(),
                    TimeUnit.NANOSECONDS.toMillis(before.ageNanos()));
        }
    }

    /** Writes the line that is due; to be called now and then. */
    void writeLeftOut(long now) {
        long leftOut = limit.takeLeftOut(now);
        if (leftOut > 0) {
            LOG.info(
                    "upstream '{}': {} more {} of a child that had failed {} not logged",
                    upstream,
                    leftOut,
                    leftOut == 1 ? "start" : "starts",
                    leftOut == 1 ? "was" : "were");
        }
    }
}
