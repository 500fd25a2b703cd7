package io.weir.gateway.edge;

import io.weir.config.EdgeConfig;
import io.weir.gateway.mcp.EdgeCap;
import io.weir.gateway.session.CapCounters;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** How many connections there are, in all and from one address, and their numbers. Thread-safe. */
public final class ConnectionCaps {
    private final EdgeConfig edge;
    private final AtomicInteger total = new AtomicInteger();
    private final Map<String, Integer> perAddress = new ConcurrentHashMap<>();
    private final CapCounters refused = new CapCounters("connections", EdgeCap.ALL, EdgeCap.PER_ADDRESS);
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

    /** What one connection counts towards. Confined to the event loop of the connection. */
    public final class Place {
        private @Nullable String address;

        private Place() {}

        /** Counts the connection towards an address, unless the cap of that is reached, which counts it as refused; towards one at the most. */
        public boolean enter(String from) {
            boolean[] counted = new boolean[1];
            perAddress.compute(from, (each, count) -> {
                int before = count == null ? 0 : count;
                counted[0] = before < edge.maxConnectionsPerAddress();
                return counted[0] ? Integer.valueOf(before + 1) : count;
            });
            if (!counted[0]) {
                refused.count(EdgeCap.PER_ADDRESS);
            }
            address = counted[0] ? from : address;
            return counted[0];
        }

        /** The connection is gone; once. */
        public void leave() {
            total.decrementAndGet();
            if (address != null) {
                perAddress.computeIfPresent(address, (each, count) -> count == 1 ? null : count - 1);
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
