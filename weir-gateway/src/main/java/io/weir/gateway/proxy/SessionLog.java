package io.weir.gateway.proxy;

import io.weir.gateway.http.LineLimit;
import io.weir.gateway.mcp.EdgeCap;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Session;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says which sessions gave their place to others, and who got no session: one line of each, and of each cap, in ten
 * seconds at the most, with how many there were. Thread-safe.
 */
public final class SessionLog {
    private static final Logger LOG = LoggerFactory.getLogger("weir.sessions");
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Map<EdgeCap, LineLimit> refusals = new ConcurrentHashMap<>();

    private long unsaid;
    private long next;
    private boolean said;

    /** A client got no session because of that cap. */
    void refused(EdgeCap cap, Client client, long now) {
        LineLimit line = refusals.computeIfAbsent(cap, each -> new LineLimit(1, now));
        long leftOut = line.takeLeftOut(now);
        if (!line.allows(now)) {
            return;
        }
        LOG.warn(
                "a client of tenant '{}' at {} got no session, and its connection was closed: {} is reached, and none of those"
                        + " sessions is idle{}",
                client.tenant(),
                client.address(),
                cap.key("sessions"),
                leftOut == 0 ? "" : "; " + leftOut + " more of these were not logged");
    }

    /** Those sessions gave their place to others. */
    public synchronized void note(List<Session> sessions, long now) {
        unsaid += sessions.size();
        if (said && now - next < 0) {
            return;
        }
        said = true;
        next = now + INTERVAL_NANOS;
        Session last = sessions.get(sessions.size() - 1);
        LOG.warn(
                "{} idle sessions were ended to make room for new ones, the last of tenant '{}', opened from {}; the caps are"
                        + " edge.max_sessions and edge.max_sessions_per_tenant, _per_address and _per_connection",
                unsaid,
                last.tenant(),
                last.client().address());
        unsaid = 0;
    }
}
