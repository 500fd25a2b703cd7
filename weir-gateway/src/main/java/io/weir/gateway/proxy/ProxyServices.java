package io.weir.gateway.proxy;

import io.weir.config.GatewayConfig;
import io.weir.gateway.admission.RequestAdmission;
import io.weir.gateway.http.EdgeCounters;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.jsonrpc.EnvelopeReader;
import io.weir.gateway.mcp.EdgeCap;
import io.weir.gateway.session.AddressRate;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Sessions;
import io.weir.gateway.session.Streams;
import org.jspecify.annotations.Nullable;

/**
 * What the handlers of all event loops share. Every part is thread-safe.
 *
 * @param config what the gateway is configured with
 * @param admission decides on requests
 * @param sessions the sessions that upstreams issued
 * @param streams counts the streams
 * @param initializes how many sessions each address may open a second
 * @param sessionLog notifies the operator of sessions that gave their place to others, and of clients that got none
 * @param counters what the gateway has seen
 * @param bodies bytes of bodies being received
 * @param reader reads envelopes
 * @param records makes the records of requests; null if nobody wants any
 */
public record ProxyServices(
        GatewayConfig config,
        RequestAdmission admission,
        Sessions sessions,
        Streams streams,
        AddressRate initializes,
        SessionLog sessionLog,
        EdgeCounters counters,
        MemoryBudget bodies,
        EnvelopeReader reader,
        @Nullable RequestRecords records) {

    /** Counts and logs that a client gets no session because of that cap. */
    void refuseSession(EdgeCap cap, Client client, long now) {
        sessions.refused().count(cap);
        sessionLog.refused(cap, client, now);
    }
}
