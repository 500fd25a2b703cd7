package io.weir.gateway.upstream;

import io.weir.config.EdgeConfig;
import io.weir.config.HttpTransport;
import io.weir.config.MemoryPlan;
import io.weir.config.UpstreamConfig;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What all event loops share of one HTTP upstream: how many connections there may be, whose control messages go next,
 * what went wrong. Thread-safe.
 */
final class HttpUpstreamState {
    private static final int MAX_WAITING_OF_TENANT = 256;
    private static final int MAX_WAITING = 4_096;

    private final Map<UpstreamLane, ConnectionLimit> connections = new EnumMap<>(UpstreamLane.class);
    private final Map<UpstreamLane, TenantShares> shares = new EnumMap<>(UpstreamLane.class);

    private final UpstreamFaults faults;

    HttpUpstreamState(UpstreamConfig config, HttpTransport http, EdgeConfig edge) {
        faults = new UpstreamFaults(config);
        connections.put(UpstreamLane.CALLS, new ConnectionLimit(http.maxConnections()));
        connections.put(UpstreamLane.STREAMS, new ConnectionLimit(Math.max(1, edge.maxStreams())));
        for (UpstreamLane lane : new UpstreamLane[] {UpstreamLane.CONTROL, UpstreamLane.SIGNALS}) {
            connections.put(lane, new ConnectionLimit(MemoryPlan.LANE_CONNECTIONS));
            shares.put(lane, new TenantShares(MemoryPlan.LANE_CONNECTIONS, MAX_WAITING_OF_TENANT, MAX_WAITING));
        }
    }

    ConnectionLimit connections(UpstreamLane lane) {
        return Objects.requireNonNull(connections.get(lane));
    }

    /** How many connections are open or being opened, in all lanes. */
    int open() {
        return connections.values().stream().mapToInt(ConnectionLimit::open).sum();
    }

    /** How tenants share the lane; null where something else bounds what each may have. */
    @Nullable
    TenantShares shares(UpstreamLane lane) {
        return shares.get(lane);
    }

    UpstreamFaults faults() {
        return faults;
    }

    /** Ends waits that took too long. */
    void sweep(long now) {
        faults.sweep(now);
        shares.values().forEach(each -> each.expire(now));
    }
}
