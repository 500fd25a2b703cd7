package io.weir.gateway.edge;

import io.weir.config.GatewayConfig;
import io.weir.config.MemoryPlan;
import io.weir.gateway.admission.ConnectionSignals;
import io.weir.gateway.admission.RequestAdmission;
import io.weir.gateway.admission.Upstreams;
import io.weir.gateway.auth.ApiKeys;
import io.weir.gateway.auth.Tokens;
import io.weir.gateway.http.EdgeCounters;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.jsonrpc.EnvelopeReader;
import io.weir.gateway.proxy.ProxyServices;
import io.weir.gateway.proxy.RequestRecords;
import io.weir.gateway.proxy.SessionLog;
import io.weir.gateway.session.AddressRate;
import io.weir.gateway.session.Sessions;
import io.weir.gateway.session.Streams;
import io.weir.gateway.tls.TlsContext;
import io.weir.gateway.tls.TlsContexts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What all event loops of the edge share. Every part is thread-safe.
 *
 * @param proxy what their handlers share
 * @param addresses finds out which address a request comes from
 * @param untrustedProxies notifies the operator of proxies that are not trusted
 * @param identification finds the tenant of a request
 * @param connections the connections there are
 * @param heads bytes of heads that are longer than usual, or behind a request without a response
 * @param responses bytes that are kept for clients that read slowly
 * @param tcpAnswers bytes of messages to TCP clients that are not whole yet or not written
 * @param upstreams what event loops share of each upstream
 * @param tls what clients' connections are encrypted with, if they are
 * @param handshakes notifies the operator of handshakes that fail
 * @param credentials notifies the operator of clients whose credentials are refused
 */
public record EdgeServices(
        ProxyServices proxy,
        ClientAddresses addresses,
        UntrustedProxies untrustedProxies,
        Identification identification,
        ConnectionCaps connections,
        MemoryBudget heads,
        MemoryBudget responses,
        MemoryBudget tcpAnswers,
        SharedUpstreams upstreams,
        Optional<TlsContext> tls,
        HandshakeLog handshakes,
        CredentialsLog credentials) {

    /** What the edge has seen since the start, and what it holds now, by name. */
    public Map<String, Long> statistics() {
        Map<String, Long> values = counters().values();
        values.put("connections", (long) connections.count());
        values.put("connection_addresses", (long) connections.addresses());
        connections.refused().addTo(values);
        values.put("buffered_head_bytes", heads.taken());
        values.put("buffered_body_bytes", proxy.bodies().taken());
        values.put("buffered_answer_bytes", responses.taken());
        values.put("buffered_tcp_answer_bytes", tcpAnswers.taken());
        Sessions sessions = proxy.sessions();
        values.put("sessions", (long) sessions.count());
        values.put("session_addresses", (long) sessions.addresses());
        values.put("sessions_opened", sessions.opened());
        values.put("sessions_evicted", sessions.evicted());
        sessions.refused().addTo(values);
        values.put("streams", (long) proxy.streams().count());
        proxy.streams().refused().addTo(values);
        ConnectionSignals signals = proxy.admission().signals();
        values.put("paused", (long) signals.paused());
        values.put("pauses", signals.pauses());
        values.putAll(upstreams.statistics());
        return values;
    }

    /**
     * Parts made for that configuration.
     *
     * @param records makes the records of requests; null if nobody wants any
     */
    public static EdgeServices of(
            GatewayConfig config,
            RequestAdmission admission,
            Upstreams upstreams,
            Optional<ApiKeys> apiKeys,
            Optional<Tokens> tokens,
            TlsContexts tls,
            @Nullable RequestRecords records) {
        ProxyServices proxy = new ProxyServices(
                config,
                admission,
                new Sessions(config.edge()),
                new Streams(config.edge()),
                new AddressRate(
                        config.edge().maxInitializePerSecPerAddress(),
                        config.edge().maxSessionsPerAddress(),
                        config.edge().maxKnownClients()),
                new SessionLog(),
                new EdgeCounters(),
                new MemoryBudget(config.edge().maxBufferedBodyBytes()),
                new EnvelopeReader(),
                records);
        return new EdgeServices(
                proxy,
                new ClientAddresses(config.proxies(), config.edge().ipv6PrefixLength()),
                new UntrustedProxies(),
                new Identification(config, apiKeys, tokens),
                new ConnectionCaps(config.edge()),
                new MemoryBudget(config.edge().maxBufferedHeadBytes()),
                new MemoryBudget(config.edge().maxBufferedAnswerBytes()),
                new MemoryBudget(MemoryPlan.tcpAnswers(config)),
                new SharedUpstreams(config, upstreams, tls, proxy.reader()),
                tls.http(),
                HandshakeLog.ofHttp("http"),
                new CredentialsLog());
    }

    /** Ends what belongs to the gateway and not to its event loops: to be called when those have stopped. May wait. */
    public void close() {
        List<Runnable> steps = new ArrayList<>();
        steps.add(upstreams::close);
        identification.tokens().ifPresent(tokens -> steps.add(tokens::close));
        ShutdownSteps.run(steps);
    }

    /** How many connections or children the upstream of that name has. */
    public int open(String upstream) {
        return upstreams.open(upstream);
    }

    /** What the gateway is configured with. */
    GatewayConfig config() {
        return proxy.config();
    }

    /** What the gateway has seen. */
    EdgeCounters counters() {
        return proxy.counters();
    }
}
