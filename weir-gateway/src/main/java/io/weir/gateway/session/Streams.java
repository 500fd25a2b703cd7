package io.weir.gateway.session;

import io.weir.gateway.config.EdgeConfig;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Counts the long-lived GET streams, in all, by tenant and by session, and refuses those beyond the caps. Thread-safe. */
public final class Streams {
    private final EdgeConfig edge;
    private final AtomicInteger total = new AtomicInteger();
    private final Map<String, AtomicInteger> perTenant = new ConcurrentHashMap<>();

    /** Streams within the caps of that configuration. */
    public Streams(EdgeConfig edge) {
        this.edge = edge;
    }

    /** Counts one more stream, or returns null where a cap is reached. */
    public @Nullable Stream open(String tenant, @Nullable Session session) {
        AtomicInteger ofTenant = perTenant.computeIfAbsent(tenant, t -> new AtomicInteger());
        if (!take(total, edge.maxStreams())) {
            return null;
        }
        if (!take(ofTenant, edge.maxStreamsPerTenant())) {
            total.decrementAndGet();
            return null;
        }
        if (session != null && !take(session.streams(), edge.maxStreamsPerSession())) {
            ofTenant.decrementAndGet();
            total.decrementAndGet();
            return null;
        }
        return new Stream(ofTenant, session);
    }

    /** How many are open. */
    public int count() {
        return total.get();
    }

    private static boolean take(AtomicInteger taken, int limit) {
        return taken.getAndUpdate(n -> n < limit ? n + 1 : n) < limit;
    }

    /** A stream that is open. */
    public final class Stream {
        private final AtomicInteger ofTenant;
        private final @Nullable Session session;
        private final AtomicBoolean open = new AtomicBoolean(true);

        private Stream(AtomicInteger ofTenant, @Nullable Session session) {
            this.ofTenant = ofTenant;
            this.session = session;
        }

        /** Counts it as closed; again changes nothing. */
        public void close() {
            if (open.compareAndSet(true, false)) {
                if (session != null) {
                    session.streams().decrementAndGet();
                }
                ofTenant.decrementAndGet();
                total.decrementAndGet();
            }
        }
    }
}
