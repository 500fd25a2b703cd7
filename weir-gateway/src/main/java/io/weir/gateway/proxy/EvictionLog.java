package io.weir.gateway.proxy;

import io.weir.gateway.session.Session;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says which sessions gave their place to others: one line in ten seconds at the most, with how many there were. Thread-safe. */
public final class EvictionLog {
    private static final Logger LOG = LoggerFactory.getLogger("weir.sessions");
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private long unsaid;
    private long next;
    private boolean said;

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
