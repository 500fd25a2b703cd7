package io.weir.gateway.proxy;

import io.weir.gateway.http.LineLimit;
import io.weir.gateway.mcp.EdgeCap;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Session;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs sessions that were ended to make room for others, and clients that got no session: at most one line for the
 * sessions, and one for each cap, in ten seconds, with how many were left out before it. Thread-safe.
 */
public final class SessionLog {
    private static final Logger LOG = LoggerFactory.getLogger("weir.sessions");

    private final Map<EdgeCap, LineLimit> refusals = new ConcurrentHashMap<>();
    private final LineLimit evictions = new LineLimit(1, System.nanoTime());

    /** A client got no session because of that cap. */
    void refused(EdgeCap cap, Client client, long now) {
        long leftOut =
                refusals.computeIfAbsent(cap, each -> new LineLimit(1, now)).takeLine(now);
        if (leftOut == LineLimit.NO_LINE) {
            return;
        }
        LOG.warn(
                "a client of tenant '{}' at {} got no session, and its connection was closed: {} is reached, and none of those"
                        + " sessions is idle{}",
                client.tenant(),
                client.address(),
                cap.key("sessions"),
                LineLimit.noteLeftOut(leftOut));
    }

    /** Those sessions gave their place to others. */
    public void note(List<Session> sessions, long now) {
        for (Session session : sessions) {
            long leftOut = evictions.takeLine(now);
            if (leftOut != LineLimit.NO_LINE) {
                LOG.warn(
                        "an idle session of tenant '{}', opened from {}, was ended to make room for a new one; the caps are"
                                + " edge.max_sessions and edge.max_sessions_per_tenant, _per_address and"
                                + " _per_connection{}",
                        session.tenant(),
                        session.client().address(),
                        LineLimit.noteLeftOut(leftOut));
            }
        }
    }
}
