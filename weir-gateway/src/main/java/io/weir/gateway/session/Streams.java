package io.weir.gateway.session;

import io.weir.config.EdgeConfig;
import io.weir.core.Reason;
import io.weir.core.Rejection;
import io.weir.core.Scope;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Counts the long-lived streams, those of GET and of {@code subscriptions/listen}, in all, by tenant, by address and by session, and refuses those beyond the caps. Thread-safe. */
public final class Streams {
    private final EdgeConfig edge;
    private final AtomicInteger total = new AtomicInteger();
    private final Map<String, AtomicInteger> perTenant = new ConcurrentHashMap<>();
    private final Map<String, Integer> perAddress = new ConcurrentHashMap<>();

    /** Streams within the caps of that configuration. */
    public Streams(EdgeConfig edge) {
        this.edge = edge;
    }

    /** Counts one more stream, or returns null where a cap is reached. */
    public @Nullable Stream open(Client client, @Nullable Session session, long now) {
        AtomicInteger ofTenant = perTenant.computeIfAbsent(client.tenant(), t -> new AtomicInteger());
        if (!take(total, edge.maxStreams())) {
            return null;
        }
        if (!take(ofTenant, edge.maxStreamsPerTenant())) {
            total.decrementAndGet();
            return null;
        }
        if (session != null && !session.beginStream(edge.maxStreamsPerSession(), now)) {
            ofTenant.decrementAndGet();
            total.decrementAndGet();
            return null;
        }
        if (!takeOfAddress(client.address())) {
            if (session != null) {
                session.endStream(now);
            }
            ofTenant.decrementAndGet();
            total.decrementAndGet();
            return null;
        }
        return new Stream(client.address(), ofTenant, session);
    }

    /** Why such a stream was not opened just now. The limits of a connection are counted by session or address. */
    public Rejection rejection(Client client, @Nullable Session session) {
        if (total.get() >= edge.maxStreams()) {
            return rejection(Scope.GLOBAL, total.get(), edge.maxStreams());
        }
        AtomicInteger ofTenant = perTenant.get(client.tenant());
        if (ofTenant != null && ofTenant.get() >= edge.maxStreamsPerTenant()) {
            return rejection(Scope.TENANT, ofTenant.get(), edge.maxStreamsPerTenant());
        }
        if (session != null && session.streams() >= edge.maxStreamsPerSession()) {
            return rejection(Scope.CONNECTION, session.streams(), edge.maxStreamsPerSession());
        }
        int ofAddress = perAddress.getOrDefault(client.address(), 0);
        return rejection(Scope.CONNECTION, ofAddress, edge.maxStreamsPerAddress());
    }

    private static Rejection rejection(Scope scope, int open, int limit) {
        return new Rejection(Reason.STREAMS, scope, open, limit, 0);
    }

    private boolean takeOfAddress(String address) {
        boolean[] taken = new boolean[1];
        perAddress.compute(address, (a, count) -> {
            int before = count == null ? 0 : count;
            taken[0] = before < edge.maxStreamsPerAddress();
            return taken[0] ? Integer.valueOf(before + 1) : count;
        });
        return taken[0];
    }

    private void giveBackOfAddress(String address) {
        perAddress.computeIfPresent(address, (a, count) -> count == 1 ? null : Integer.valueOf(count - 1));
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
        private final String address;
        private final AtomicInteger ofTenant;
        private final @Nullable Session session;
        private final AtomicBoolean open = new AtomicBoolean(true);

        private Stream(String address, AtomicInteger ofTenant, @Nullable Session session) {
            this.address = address;
            this.ofTenant = ofTenant;
            this.session = session;
        }

        /** Counts it as closed; again changes nothing. */
        public void close(long now) {
            if (open.compareAndSet(true, false)) {
                if (session != null) {
                    session.endStream(now);
                }
                giveBackOfAddress(address);
                ofTenant.decrementAndGet();
                total.decrementAndGet();
            }
        }
    }
}
