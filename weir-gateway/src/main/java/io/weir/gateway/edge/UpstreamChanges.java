package io.weir.gateway.edge;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.vertx.core.Future;
import io.weir.config.ConfigException;
import io.weir.config.GatewayConfig;
import io.weir.config.LoadedConfig;
import io.weir.config.UpstreamConfig;
import io.weir.gateway.admission.RejectionCounters;
import io.weir.gateway.admission.Upstreams;
import io.weir.gateway.session.Session;
import io.weir.gateway.session.Sessions;
import io.weir.gateway.tls.TlsContext;
import io.weir.gateway.tls.TlsContexts;
import io.weir.gateway.tls.TlsException;
import io.weir.gateway.upstream.UpstreamShared;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * The order of a change: the queues of new upstreams are made, and those of removed ones get other names; then each
 * event loop sends requests to the new ones, at a moment of its own, in which a path leads from an old upstream to its
 * successor without leading nowhere. Until that moment the loop offers to the old queues and sends to the old server,
 * which go on. A request that was read meanwhile is offered to what is there when it is offered. So when all loops have
 * changed, nothing is offered to the old queues any more, and each of the removed upstreams ends by itself: its queued
 * requests are dispatched or expire, those in flight end, then its sessions are ended at the server, then its
 * connections or children are gone, and then it is forgotten.
 */

/** Adds, replaces and removes upstreams while the gateway runs. Thread-safe. */
public final class UpstreamChanges {
    private static final Logger LOG = LoggerFactory.getLogger("weir.config");

    /** How many removed upstreams may still have something to end: each may have all of its connections. */
    static final int MAX_LEAVING = 16;

    private static final long LOOP_SECONDS = 10;

    private final Upstreams queues;
    private final SharedUpstreams shared;
    private final TlsContexts tls;
    private final Sessions sessions;
    private final RejectionCounters rejections;
    private final List<EdgeVerticle> loops;

    @GuardedBy("this")
    private final List<Leaving> leaving = new ArrayList<>();

    /** Of a gateway whose event loops run. */
    public UpstreamChanges(
            Upstreams queues,
            SharedUpstreams shared,
            TlsContexts tls,
            Sessions sessions,
            RejectionCounters rejections,
            List<EdgeVerticle> loops) {
        this.queues = queues;
        this.shared = shared;
        this.tls = tls;
        this.sessions = sessions;
        this.rejections = rejections;
        this.loops = List.copyOf(loops);
    }

    /** An upstream that was removed and has something left. */
    private static final class Leaving {
        private final UpstreamShared upstream;
        private final List<Session> sessions;
        private final AtomicInteger ending = new AtomicInteger();

        Leaving(UpstreamShared upstream, List<Session> sessions) {
            this.upstream = upstream;
            this.sessions = new ArrayList<>(sessions);
        }

        String name() {
            return upstream.admission().name();
        }
    }

    /**
     * Makes what the upstreams of a configuration need; nothing that runs changes.
     *
     * @return changes the upstreams, and returns when all event loops send their requests to these
     * @throws ConfigException if files of TLS cannot be used, or too many upstreams were removed lately
     */
    public Runnable prepare(GatewayConfig running, LoadedConfig next) throws ConfigException {
        Map<String, UpstreamConfig> before =
                running.upstreams().stream().collect(Collectors.toMap(UpstreamConfig::name, each -> each));
        Map<String, TlsContext> contexts = new HashMap<>();
        List<String> problems = new ArrayList<>();
        int kept = 0;
        for (UpstreamConfig each : next.config().upstreams()) {
            UpstreamConfig known = before.get(each.name());
            boolean stays = known != null && known.canBecome(each);
            kept += stays ? 1 : 0;
            try {
                Optional<TlsContext> context = stays ? tls.upstream(each.name()) : TlsContexts.ofUpstream(each);
                context.ifPresent(made -> contexts.put(each.name(), made));
            } catch (TlsException e) {
                problems.add(e.getMessage() + places(next, each));
            }
        }
        int left = count() + running.upstreams().size() - kept;
        if (running.upstreams().size() > kept && left > MAX_LEAVING) {
            problems.add("upstreams: " + count() + " removed upstreams still have calls in flight, of at most "
                    + MAX_LEAVING + "; wait until they have ended, and reload (SIGHUP)");
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return () -> change(next.config(), contexts);
    }

    /** Where the keys of TLS of an upstream are set. */
    private static String places(LoadedConfig config, UpstreamConfig upstream) {
        String prefix = "upstreams." + upstream.name() + ".tls_";
        List<String> places = config.settings().entrySet().stream()
                .filter(each -> each.getKey().startsWith(prefix))
                .map(each -> each.getKey() + " " + each.getValue().source().describe())
                .sorted()
                .toList();
        return places.isEmpty() ? "" : " (" + String.join(", ", places) + ")";
    }

    private void change(GatewayConfig next, Map<String, TlsContext> contexts) {
        queues.update(next.upstreams(), System.nanoTime());
        tls.use(contexts);
        List<UpstreamShared> removed = shared.use(next);
        List<UpstreamShared> current = shared.current();
        awaitEach(loop -> loop.use(current, next));
        synchronized (this) {
            for (UpstreamShared each : removed) {
                leaving.add(new Leaving(each, sessions.forgetOf(each.admission())));
            }
        }
    }

    private void awaitEach(Function<EdgeVerticle, Future<Void>> change) {
        try {
            Future.all(loops.stream().map(change).toList())
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(LOOP_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | RejectedExecutionException e) {
            LOG.error("an event loop cannot change its upstreams", e);
        } catch (TimeoutException e) {
            LOG.error("an event loop has not changed its upstreams within {} s; it will when it can", LOOP_SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How many removed upstreams have something left. */
    public synchronized int count() {
        return leaving.size();
    }

    /** Goes on with the ends of removed upstreams; to be called a few times a second. */
    public synchronized void proceed(long now) {
        for (Iterator<Leaving> each = leaving.iterator(); each.hasNext(); ) {
            if (isGone(each.next(), now)) {
                each.remove();
            }
        }
    }

    @GuardedBy("this")
    private boolean isGone(Leaving each, long now) {
        UpstreamShared upstream = each.upstream;
        // One that opened while its event loop changed.
        each.sessions.addAll(sessions.forgetOf(upstream.admission()));
        endSessions(each);
        if (!Upstreams.isEmpty(upstream.admission(), now) || !each.sessions.isEmpty() || each.ending.get() > 0) {
            return false;
        }
        upstream.endIdle();
        if (upstream.open() > 0 || !queues.forget(upstream.admission(), now)) {
            return false;
        }
        loops.forEach(loop -> loop.forget(upstream));
        shared.forget(upstream);
        if (queues.find(each.name()) == null) {
            rejections.forget(each.name());
        }
        LOG.info("upstream '{}' was removed, and nothing of it is left", each.name());
        return true;
    }

    /** Ends those sessions at their server that have nothing in flight. */
    private void endSessions(Leaving each) {
        List<Session> idle = each.sessions.stream()
                .filter(session -> !session.hasExchanges())
                .toList();
        each.sessions.removeAll(idle);
        each.ending.addAndGet(idle.size());
        idle.forEach(session -> loops.get(0).endSession(each.upstream, session, () -> each.ending.decrementAndGet()));
    }
}
