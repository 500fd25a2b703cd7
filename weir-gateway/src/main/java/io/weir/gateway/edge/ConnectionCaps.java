package io.weir.gateway.edge;

import io.weir.config.EdgeConfig;
import io.weir.gateway.mcp.EdgeCap;
import io.weir.gateway.session.CapCounters;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** How many connections there are, in all, from one address and of one tenant, and their numbers. Thread-safe. */
public final class ConnectionCaps {
    private final EdgeConfig edge;
    private final AtomicInteger total = new AtomicInteger();
    private final Map<String, Integer> perAddress = new ConcurrentHashMap<>();
    private final Map<String, Integer> perTenant = new ConcurrentHashMap<>();
    private final CapCounters refused =
            new CapCounters("connections", EdgeCap.ALL, EdgeCap.PER_TENANT, EdgeCap.PER_ADDRESS);
    private final AtomicLong last = new AtomicLong();

    ConnectionCaps(EdgeConfig edge) {
        this.edge = edge;
    }

    /**
     * Counts one more connection.
     *
     * @param address that it counts towards; null while that is not known, or if it is a trusted proxy's
     * @return null if a cap is reached, which counts it as refused
     */
    public @Nullable Place open(@Nullable String address) {
        if (total.getAndUpdate(n -> n < edge.maxConnections() ? n + 1 : n) >= edge.maxConnections()) {
            refused.count(EdgeCap.ALL);
            return null;
        }
        Place made = new Place();
        if (address != null && !made.enter(address)) {
            made.leave();
            return null;
        }
        return made;
    }

    private boolean take(Map<String, Integer> counts, String key, int max, EdgeCap cap) {
        boolean[] counted = new boolean[1];
        counts.compute(key, (each, count) -> {
            int before = count == null ? 0 : count;
            counted[0] = before < max;
            return counted[0] ? Integer.valueOf(before + 1) : count;
        });
        if (!counted[0]) {
            refused.count(cap);
        }
        return counted[0];
    }

    private static void giveBack(Map<String, Integer> counts, String key) {
        counts.computeIfPresent(key, (each, count) -> count == 1 ? null : count - 1);
    }

    /** What one connection counts towards. Confined to the event loop of the connection. */
    public final class Place {
        private @Nullable String address;
        private @Nullable String tenant;

        private Place() {}

        /** Counts the connection towards an address, unless the cap of that is reached, which counts it as refused; towards one at the most. */
        public boolean enter(String from) {
            boolean counted = take(perAddress, from, edge.maxConnectionsPerAddress(), EdgeCap.PER_ADDRESS);
            address = counted ? from : address;
            return counted;
        }

        /** Counts the connection towards the tenant that it has turned out to be of, as {@link #enter} does; towards one at the most. */
        public boolean enterTenant(String of) {
            boolean counted = take(perTenant, of, edge.maxConnectionsPerTenant(), EdgeCap.PER_TENANT);
            tenant = counted ? of : tenant;
            return counted;
        }

        /** The connection is gone; once. */
        public void leave() {
            total.decrementAndGet();
            if (address != null) {
                giveBack(perAddress, address);
            }
            if (tenant != null) {
                giveBack(perTenant, tenant);
            }
        }
    }

    /** How many were refused since the start, by cap. */
    CapCounters refused() {
        return refused;
    }

    int count() {
        return total.get();
    }

    /** From how many addresses those are that count towards one. */
    int addresses() {
        return perAddress.size();
    }

    /** A key that no connection had before. */
    public String nextKey() {
        return "tcp-" + last.incrementAndGet();
    }
}
