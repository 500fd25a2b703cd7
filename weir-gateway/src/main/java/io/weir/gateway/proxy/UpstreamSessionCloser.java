package io.weir.gateway.proxy;

import io.weir.gateway.session.Client;
import io.weir.gateway.session.Session;
import io.weir.gateway.upstream.UpstreamServer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Ends sessions at their upstreams that no client ended: those that expired, gave their place to others, or found no room. A few at a
 * time, so that they leave the connections of the signals lane to clients; beyond {@value #MAX_WAITING} the server is left to expire
 * them by itself. Confined to its event loop.
 */
public final class UpstreamSessionCloser {
    private static final int AT_A_TIME = 4;
    private static final int MAX_WAITING = 10_000;

    private final LoopContext loop;
    private final Map<String, UpstreamServer> upstreams;
    private final Map<String, Line> lines = new HashMap<>();

    /** The sessions of one upstream that are to be ended. */
    private static final class Line {
        final ArrayDeque<String> waiting = new ArrayDeque<>();
        int underWay;
    }

    /** @param upstreams by name; read when sessions are ended */
    public UpstreamSessionCloser(LoopContext loop, Map<String, UpstreamServer> upstreams) {
        this.loop = loop;
        this.upstreams = upstreams;
    }

    /** Ends sessions that gave their place to others, and says so in the log. */
    void endEvicted(List<Session> sessions) {
        if (!sessions.isEmpty()) {
            loop.services().evictions().note(sessions, System.nanoTime());
            end(sessions);
        }
    }

    /** Ends those sessions. */
    public void end(List<Session> sessions) {
        for (Session session : sessions) {
            end(upstreams.get(session.upstream()), session.id());
        }
    }

    /** Ends the session of that id. */
    public void end(@Nullable UpstreamServer upstream, String id) {
        if (upstream == null) {
            return;
        }
        Line line = lines.computeIfAbsent(upstream.config().name(), name -> new Line());
        if (line.waiting.size() < MAX_WAITING) {
            line.waiting.addLast(id);
            proceed(upstream, line);
        }
    }

    private void proceed(UpstreamServer upstream, Line line) {
        while (line.underWay < AT_A_TIME && !line.waiting.isEmpty()) {
            line.underWay++;
            FireAndForget.endSession(loop, upstream, line.waiting.removeFirst(), Client.NOBODY, () -> {
                line.underWay--;
                loop.run(() -> proceed(upstream, line));
            });
        }
    }
}
