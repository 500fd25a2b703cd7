package io.weir.gateway.proxy;

import io.weir.gateway.session.Session;
import io.weir.gateway.upstream.UpstreamServer;
import java.util.ArrayDeque;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ends sessions at their upstreams that no client ended: those that expired, gave their place to others, or found no
 * room. A few at a time, so that they leave the connections of the signals lane to clients; beyond
 * {@value #MAX_WAITING} the server is left to expire them by itself. Confined to its event loop.
 */
public final class UpstreamSessionCloser {
    private static final int AT_A_TIME = 4;
    private static final int MAX_WAITING = 10_000;

    private final LoopContext loop;
    private final IdentityHashMap<UpstreamServer, Line> lines = new IdentityHashMap<>();

    /** A session of a tenant, and what is run when its end was tried. */
    private record Ending(String id, String tenant, Runnable done) {}

    /** The sessions of one upstream that are to be ended. */
    private static final class Line {
        final ArrayDeque<Ending> waiting = new ArrayDeque<>();
        int underWay;
    }

    /** Of the upstreams of that event loop. */
    public UpstreamSessionCloser(LoopContext loop) {
        this.loop = loop;
    }

    /** Ends sessions that gave their place to others, and says so in the log. */
    void endEvicted(List<Session> sessions) {
        if (!sessions.isEmpty()) {
            loop.services().sessionLog().note(sessions, System.nanoTime());
            end(sessions);
        }
    }

    /** Ends those sessions. */
    public void end(List<Session> sessions) {
        for (Session session : sessions) {
            end(loop.upstreams().named(session.upstream()), session.id(), session.tenant());
        }
    }

    /** Ends the session of that id, which that tenant has opened. */
    public void end(@Nullable UpstreamServer upstream, String id, String tenant) {
        if (upstream != null) {
            // Where too many wait, the server is left to expire it.
            var unused = end(upstream, new Ending(id, tenant, () -> {}));
        }
    }

    /**
     * Ends that session, which is known until its server has been told.
     *
     * @param done is run when the server has answered, or did not in time
     * @return false if so many wait that it is to be tried later
     */
    public boolean end(Session session, Runnable done) {
        UpstreamServer upstream = loop.upstreams().named(session.upstream());
        return upstream != null && end(upstream, session, done);
    }

    /** As {@link #end(Session, Runnable)}, at that upstream, which may have been removed. */
    public boolean end(UpstreamServer upstream, Session session, Runnable done) {
        return end(upstream, new Ending(session.id(), session.tenant(), done));
    }

    private boolean end(UpstreamServer upstream, Ending ending) {
        Line line = lines.computeIfAbsent(upstream, server -> new Line());
        if (line.waiting.size() >= MAX_WAITING) {
            return false;
        }
        line.waiting.addLast(ending);
        proceed(upstream, line);
        return true;
    }

    private void proceed(UpstreamServer upstream, Line line) {
        if (line.underWay == 0 && line.waiting.isEmpty()) {
            lines.remove(upstream, line);
        }
        while (line.underWay < AT_A_TIME && !line.waiting.isEmpty()) {
            line.underWay++;
            Ending next = line.waiting.removeFirst();
            FireAndForget.endSession(loop, upstream, next.id, next.tenant, () -> {
                line.underWay--;
                next.done.run();
                loop.run(() -> proceed(upstream, line));
            });
        }
    }
}
