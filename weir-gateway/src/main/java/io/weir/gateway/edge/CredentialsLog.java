package io.weir.gateway.edge;

import io.weir.gateway.http.LineLimit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs clients that are refused because of their credentials: the first one of a reason at once, and then one line in
 * ten seconds with how many there were since the line before. A line names the reason and the client's address, and
 * nothing that the client has sent. Thread-safe.
 */
public final class CredentialsLog {
    private static final Logger LOG = LoggerFactory.getLogger("weir.credentials");

    /** By what a line says of the reason: these texts are the gateway's own, so there are few. */
    private final Map<String, Lines> lines = new ConcurrentHashMap<>();

    /** The lines of one reason. */
    private static final class Lines {
        private final LineLimit limit;
        private volatile String lastClient = "";

        Lines(long now) {
            limit = new LineLimit(1, now);
        }
    }

    /**
     * Logs that a request was refused, or counts it for a later line.
     *
     * @param answer what its client got, such as {@code HTTP 401}
     * @param reason in words of the gateway
     * @param client its address
     * @param now nanoseconds of the monotonic clock
     */
    public void refused(String answer, String reason, String client, long now) {
        String why = reason + " (" + answer + ")";
        Lines of = lines.computeIfAbsent(why, each -> new Lines(now));
        of.lastClient = client;
        writeLeftOut(why, of, now);
        if (of.limit.allows(now)) {
            LOG.warn("client {} refused: {}", client, why);
        }
    }

    /** Writes the lines that are due; to be called now and then. */
    public void writeLeftOut(long now) {
        lines.forEach((why, of) -> writeLeftOut(why, of, now));
    }

    private static void writeLeftOut(String why, Lines of, long now) {
        long leftOut = of.limit.takeLeftOut(now);
        if (leftOut > 0) {
            LOG.warn(
                    "{} more {} refused since the line before: {}; the last one from {}",
                    leftOut,
                    leftOut == 1 ? "request" : "requests",
                    why,
                    of.lastClient);
        }
    }
}
