package io.weir.gateway.http;

import io.weir.config.GatewayConfig;
import io.weir.config.UpstreamConfig;
import io.weir.gateway.auth.ApiKeys;
import io.weir.gateway.jsonrpc.EnvelopeReader;
import io.weir.gateway.session.InitializeRate;
import io.weir.gateway.session.RequestAdmission;
import io.weir.gateway.session.Sessions;
import io.weir.gateway.session.Streams;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What all event loops of the edge share. Every part is thread-safe.
 *
 * @param config what the gateway is configured with
 * @param requestAdmission decides on bodies
 * @param sessions the sessions that upstreams issued
 * @param streams counts GET streams
 * @param initializes how many sessions each address may open a second
 * @param addresses finds out which address a request comes from
 * @param untrustedProxies tells the operator of proxies that are not trusted
 * @param evictions tells the operator of sessions that gave their place to others
 * @param apiKeys whom keys belong to; without it everyone is the default tenant
 * @param counters what the edge has seen
 * @param connections the connections there are
 * @param heads bytes of heads that are longer than usual, or behind an unanswered request
 * @param budget bytes of bodies being received
 * @param answers bytes that are kept for clients that read slowly
 * @param reader reads envelopes
 * @param upstreams what event loops share of each upstream, by name
 * @param protectedNames which headers no other may be mistaken for
 */
public record EdgeServices(
        GatewayConfig config,
        RequestAdmission requestAdmission,
        Sessions sessions,
        Streams streams,
        InitializeRate initializes,
        ClientAddresses addresses,
        UntrustedProxies untrustedProxies,
        EvictionLog evictions,
        Optional<ApiKeys> apiKeys,
        EdgeCounters counters,
        ConnectionCaps connections,
        MemoryBudget heads,
        MemoryBudget budget,
        MemoryBudget answers,
        EnvelopeReader reader,
        Map<String, UpstreamShared> upstreams,
        ProtectedNames protectedNames) {

    /** What the edge has seen since the start, and what it holds now, by name. */
    public Map<String, Long> statistics() {
        Map<String, Long> values = counters.values();
        values.put("connections", (long) connections.count());
        values.put("connection_addresses", (long) connections.addresses());
        values.put("buffered_head_bytes", heads.taken());
        values.put("buffered_body_bytes", budget.taken());
        values.put("buffered_answer_bytes", answers.taken());
        values.put("sessions", (long) sessions.count());
        values.put("session_addresses", (long) sessions.addresses());
        values.put("sessions_opened", sessions.opened());
        values.put("sessions_evicted", sessions.evicted());
        values.put("sessions_refused", sessions.refused());
        values.put("streams", (long) streams.count());
        return values;
    }

    /** Parts made for that configuration. */
    public static EdgeServices of(GatewayConfig config, RequestAdmission requestAdmission, Optional<ApiKeys> apiKeys) {
        return new EdgeServices(
                config,
                requestAdmission,
                new Sessions(config.edge()),
                new Streams(config.edge()),
                new InitializeRate(
                        config.edge().maxInitializePerSecPerAddress(),
                        config.edge().maxSessionsPerAddress(),
                        config.edge().maxKnownClients()),
                new ClientAddresses(config.proxies(), config.edge().ipv6PrefixLength()),
                new UntrustedProxies(),
                new EvictionLog(),
                apiKeys,
                new EdgeCounters(),
                new ConnectionCaps(config.edge()),
                new MemoryBudget(config.edge().maxBufferedHeadBytes()),
                new MemoryBudget(config.edge().maxBufferedBodyBytes()),
                new MemoryBudget(config.edge().maxBufferedAnswerBytes()),
                new EnvelopeReader(),
                config.upstreams().stream()
                        .collect(Collectors.toUnmodifiableMap(
                                UpstreamConfig::name, each -> new UpstreamShared(each, config.edge()))),
                new ProtectedNames(config));
    }

    /** What event loops share of the upstream of that name. */
    UpstreamShared upstream(String name) {
        return Objects.requireNonNull(upstreams.get(name));
    }
}
