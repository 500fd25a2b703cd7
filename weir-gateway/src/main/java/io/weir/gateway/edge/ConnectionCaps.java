package io.weir.gateway.edge;

import io.weir.config.EdgeConfig;
import io.weir.gateway.http.LineLimit;
import io.weir.gateway.mcp.EdgeCap;
import io.weir.gateway.session.CapCounters;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How many connections there are, in all, from one address and of one tenant, and their numbers. Thread-safe. */
public final class ConnectionCaps {
    private static final Logger LOG = LoggerFactory.getLogger("weir.gateway");

    private final EdgeConfig edge;
    private final AtomicInteger total = new AtomicInteger();
    private final Map<String, Integer> perAddress = new ConcurrentHashMap<>();
    private final Map<String, Integer> perTenant = new ConcurrentHashMap<>();
    private final CapCounters refused =
            new CapCounters("connections", EdgeCap.ALL, EdgeCap.PER_TENANT, EdgeCap.PER_ADDRESS);
    private final Map<EdgeCap, LineLimit> lines = new ConcurrentHashMap<>();
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
        Place made = new Place();
        if (address != null && !made.enter(address)) {
            return null;
        }
        // Last: so the count is never that of more connections than there are.
        if (total.getAndUpdate(n -> n < edge.maxConnections() ? n + 1 : n) >= edge.maxConnections()) {
            refuse(EdgeCap.ALL, "", edge.maxConnections());
            made.leaveOwners();
            return null;
        }
        return made;
    }

    private void refuse(EdgeCap cap, String owner, int max) {
        refused.count(cap);
        long now = System.nanoTime();
        long leftOut = lines.computeIfAbsent(cap, each -> new LineLimit(1, now)).takeLine(now);
        if (leftOut != LineLimit.NO_LINE) {
            LOG.warn(
                    "a client's connection was closed: {} ({}) is reached{}{}",
                    cap.key("connections"),
                    max,
                    owner,
                    LineLimit.noteLeftOut(leftOut));
        }
    }

    private boolean take(Map<String, Integer> counts, String key, int max, EdgeCap cap) {
        boolean[] counted = new boolean[1];
        counts.compute(key, (each, count) -> {
            int before = count == null ? 0 : count;
            counted[0] = before < max;
            return counted[0] ? Integer.valueOf(before + 1) : count;
        });
        if (!counted[0]) {
            String owner = cap == EdgeCap.PER_TENANT ? " by tenant '" + key + "'" : " by " + key;
            refuse(cap, owner, max);
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

        /**
         * Counts the connection towards an address; to be called once. False if the cap of that is reached, which
         * counts it as refused.
         */
        public boolean enter(String from) {
            boolean counted = take(perAddress, from, edge.maxConnectionsPerAddress(), EdgeCap.PER_ADDRESS);
            address = counted ? from : address;
            return counted;
        }

        /**
         * Counts the connection towards its tenant, as {@link #enter} does; to be called once, when the tenant is
         * known.
         */
        public boolean enterTenant(String of) {
            boolean counted = take(perTenant, of, edge.maxConnectionsPerTenant(), EdgeCap.PER_TENANT);
            tenant = counted ? of : tenant;
            return counted;
        }

        /** The connection is gone; once. */
        public void leave() {
            leaveOwners();
            total.decrementAndGet();
        }

        private void leaveOwners() {
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
