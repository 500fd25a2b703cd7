package io.weir.gateway.edge;

import io.weir.config.EdgeConfig;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** How many connections there are, in all and from one address, and their numbers. Thread-safe. */
public final class ConnectionCaps {
    private final EdgeConfig edge;
    private final AtomicInteger total = new AtomicInteger();
    private final Map<String, Integer> perAddress = new ConcurrentHashMap<>();
    private final AtomicLong last = new AtomicLong();

    ConnectionCaps(EdgeConfig edge) {
        this.edge = edge;
    }

    /** Counts one more, unless a cap is reached. */
    public boolean open(String address) {
        if (!open()) {
            return false;
        }
        boolean counted = enter(address);
        if (!counted) {
            close();
        }
        return counted;
    }

    /** Counts one more whose address is not known, or is a trusted proxy's; unless the cap of all is reached. */
    public boolean open() {
        return total.getAndUpdate(n -> n < edge.maxConnections() ? n + 1 : n) < edge.maxConnections();
    }

    /** Counts one that is open towards its address, unless the cap of that is reached. */
    public boolean enter(String address) {
        boolean[] counted = new boolean[1];
        perAddress.compute(address, (a, count) -> {
            int before = count == null ? 0 : count;
            counted[0] = before < edge.maxConnectionsPerAddress();
            return counted[0] ? Integer.valueOf(before + 1) : count;
        });
        return counted[0];
    }

    /** One is gone that counted towards no address. */
    public void close() {
        total.decrementAndGet();
    }

    /** One is gone that counted towards that address. */
    public void close(String address) {
        close();
        perAddress.computeIfPresent(address, (a, count) -> count == 1 ? null : count - 1);
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
