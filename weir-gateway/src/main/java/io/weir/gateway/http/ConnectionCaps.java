package io.weir.gateway.http;

import io.weir.gateway.config.EdgeConfig;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** How many connections there are, in all and from one address, and their numbers. Thread-safe. */
final class ConnectionCaps {
    private final EdgeConfig edge;
    private final AtomicInteger total = new AtomicInteger();
    private final Map<String, Integer> perAddress = new ConcurrentHashMap<>();
    private final AtomicLong last = new AtomicLong();

    ConnectionCaps(EdgeConfig edge) {
        this.edge = edge;
    }

    /** Counts one more, unless a cap is reached. */
    boolean open(String address) {
        if (total.getAndUpdate(n -> n < edge.maxConnections() ? n + 1 : n) >= edge.maxConnections()) {
            return false;
        }
        boolean[] counted = new boolean[1];
        perAddress.compute(address, (a, count) -> {
            int before = count == null ? 0 : count;
            counted[0] = before < edge.maxConnectionsPerAddress();
            return counted[0] ? Integer.valueOf(before + 1) : count;
        });
        if (!counted[0]) {
            total.decrementAndGet();
        }
        return counted[0];
    }

    void close(String address) {
        total.decrementAndGet();
        perAddress.computeIfPresent(address, (a, count) -> count == 1 ? null : count - 1);
    }

    int count() {
        return total.get();
    }

    /** A key that no connection had before. */
    String nextKey() {
        return "tcp-" + last.incrementAndGet();
    }
}
