package io.weir.gateway.session;

import io.weir.config.EdgeConfig;
import io.weir.core.Reason;
import io.weir.core.Rejection;
import io.weir.gateway.mcp.EdgeCap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts the long-lived streams, those of GET and of {@code subscriptions/listen}, in all, by tenant, by address and by
 * session, and refuses those beyond the caps. Thread-safe.
 */
public final class Streams {
    private final EdgeConfig edge;
    private final AtomicInteger total = new AtomicInteger();
    private final Map<String, AtomicInteger> perTenant = new ConcurrentHashMap<>();
    private final Map<String, Integer> perAddress = new ConcurrentHashMap<>();
    private final CapCounters refused =
            new CapCounters("streams", EdgeCap.ALL, EdgeCap.PER_TENANT, EdgeCap.PER_SESSION, EdgeCap.PER_ADDRESS);

    /** Streams within the caps of that configuration. */
    public Streams(EdgeConfig edge) {
        this.edge = edge;
    }

    /** What became of a stream that was to be opened. */
    public sealed interface Opening permits Stream, Refused {}

    /** It was not opened: a cap is reached. */
    public record Refused(Rejection rejection) implements Opening {}

    /** Counts one more stream, unless a cap is reached: then it is counted as refused by that cap. */
    public Opening open(Client client, @Nullable Session session, long now) {
        AtomicInteger ofTenant = perTenant.computeIfAbsent(client.tenant(), t -> new AtomicInteger());
        if (!take(total, edge.maxStreams())) {
            return refused(EdgeCap.ALL, edge.maxStreams());
        }
        if (!take(ofTenant, edge.maxStreamsPerTenant())) {
            total.decrementAndGet();
            return refused(EdgeCap.PER_TENANT, edge.maxStreamsPerTenant());
        }
        if (session != null && !session.beginStream(edge.maxStreamsPerSession(), now)) {
            ofTenant.decrementAndGet();
            total.decrementAndGet();
            return refused(EdgeCap.PER_SESSION, edge.maxStreamsPerSession());
        }
        if (!takeOfAddress(client.address())) {
            if (session != null) {
                session.endStream(now);
            }
            ofTenant.decrementAndGet();
            total.decrementAndGet();
            return refused(EdgeCap.PER_ADDRESS, edge.maxStreamsPerAddress());
        }
        return new Stream(client.address(), ofTenant, session);
    }

    /** All that the cap allows was taken just now. */
    private Refused refused(EdgeCap cap, int limit) {
        refused.count(cap);
        return new Refused(new Rejection(Reason.STREAMS, cap.scope(), limit, limit, 0));
    }

    /** How many were refused since the start, by cap. */
    public CapCounters refused() {
        return refused;
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
    public final class Stream implements Opening {
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
