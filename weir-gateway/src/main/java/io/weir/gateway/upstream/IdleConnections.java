package io.weir.gateway.upstream;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Idle connections in the order in which they became idle, and by tenant. Each serves one tenant alone: what a server
 * sends on it beyond its answers may be data of that tenant. Confined to an event loop.
 */
final class IdleConnections {
    private final LinkedHashSet<UpstreamConnection> all = new LinkedHashSet<>();

    /** Those of each tenant that has any, in the same order. */
    private final Map<String, ArrayDeque<UpstreamConnection>> byTenant = new HashMap<>();

    int size() {
        return all.size();
    }

    /** Adds one that is idle from now on. */
    void add(UpstreamConnection connection) {
        all.add(connection);
        byTenant.computeIfAbsent(connection.tenant(), tenant -> new ArrayDeque<>(1))
                .addLast(connection);
    }

    /** Takes out the one of that tenant that became idle last, or null. */
    @Nullable
    UpstreamConnection takeNewest(String tenant) {
        ArrayDeque<UpstreamConnection> own = byTenant.get(tenant);
        if (own == null) {
            return null;
        }
        UpstreamConnection newest = own.removeLast();
        dropIfEmpty(tenant, own);
        all.remove(newest);
        return newest;
    }

    /** The one that became idle first, or null. */
    @Nullable
    UpstreamConnection oldest() {
        return all.isEmpty() ? null : all.iterator().next();
    }

    /** Takes out the one that became idle first, or null. */
    @Nullable
    UpstreamConnection takeOldest() {
        UpstreamConnection oldest = oldest();
        if (oldest != null) {
            remove(oldest);
        }
        return oldest;
    }

    /** Takes out that one; false if it is not here. */
    boolean remove(UpstreamConnection connection) {
        if (!all.remove(connection)) {
            return false;
        }
        ArrayDeque<UpstreamConnection> own = byTenant.get(connection.tenant());
        if (own != null) {
            // The oldest of all is the first of its tenant.
            own.removeFirstOccurrence(connection);
            dropIfEmpty(connection.tenant(), own);
        }
        return true;
    }

    private void dropIfEmpty(String tenant, ArrayDeque<UpstreamConnection> own) {
        if (own.isEmpty()) {
            byTenant.remove(tenant);
        }
    }
}
