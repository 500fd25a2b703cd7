package io.weir.config;

import io.weir.core.config.BackpressureAction;
import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.WeirConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * All that a gateway is configured with. Immutable and validated.
 *
 * @param profile the name of the profile that {@code limits} started from
 * @param http where MCP clients connect
 * @param tcp where clients connect that speak over TCP, if anywhere
 * @param admin where the operator connects
 * @param upstreams the servers behind the gateway, at least one, names unique
 * @param limits the core's configuration
 * @param refusal how a refusal is told
 * @param edge bounds on connections, headers, bodies and time
 * @param allowedOrigins {@code Origin} values accepted beside those of loopback addresses; {@code *} accepts every one
 * @param allowedHosts {@code Host} values (without a port) accepted beside the listening address and loopback names;
 *     {@code *} accepts every one
 * @param adminAllowedHosts the same for the operator's port
 * @param adminToken where the token is that changes at the operator's port require; without one nothing can be changed
 *     there
 * @param publicUrl where clients reach the gateway, without a slash at the end; else each request says it
 * @param tenantHeader the header in which servers are told the tenant of a request, if they are
 * @param proxies whose word on the address of a client is taken
 * @param tls where it listens with TLS
 * @param apiKeys the file of hashed API keys; without one every client is tenant {@code default}
 * @param identity what proves a client's tenant beside these keys
 * @param decisionLog where decisions are written down, if anywhere
 * @param accessLog where finished requests are written down, if anywhere
 * @param metrics which metrics there are, and where they go
 * @param tracing where spans go, if anything is traced
 */
public record GatewayConfig(
        String profile,
        HostPort http,
        Optional<TcpConfig> tcp,
        HostPort admin,
        List<UpstreamConfig> upstreams,
        WeirConfig limits,
        RefusalConfig refusal,
        EdgeConfig edge,
        List<String> allowedOrigins,
        List<String> allowedHosts,
        List<String> adminAllowedHosts,
        Optional<AdminToken> adminToken,
        Optional<String> publicUrl,
        Optional<String> tenantHeader,
        ProxyConfig proxies,
        TlsConfig tls,
        Optional<Path> apiKeys,
        IdentityConfig identity,
        Optional<DecisionLogConfig> decisionLog,
        Optional<AccessLogConfig> accessLog,
        MetricsConfig metrics,
        Optional<TracingConfig> tracing) {

    /*
     * To pause is to stop reading a transport, so that its own flow control holds the sender back. A POST has been read
     * when it is decided on: to hold it unanswered keeps its bytes in memory, which nothing would count, and gives the
     * client neither an order nor a deadline that the queue does not give better. So clients over HTTP are refused
     * where those over TCP are paused.
     */

    /** Whether clients have to prove who they are: one that proves nothing is refused. */
    public boolean requiresCredentials() {
        return apiKeys.isPresent() || identity.jwt().isPresent();
    }

    /**
     * Checks that the limits hold nothing that means nothing to a gateway.
     *
     * @param tcp whether clients connect over TCP
     * @throws InvalidConfigException if they do
     */
    static void requireSupported(WeirConfig limits, boolean tcp) {
        if (pauses(limits) && !tcp) {
            throw new InvalidConfigException(
                    "queue_limits.backpressure_action",
                    "pause needs clients over TCP (tcp.listen) or weir stdio: over HTTP a request has been read before it is"
                            + " decided on; use refuse, and capacity and ttl_ms of the upstream for requests that are to"
                            + " wait");
        }
    }

    static boolean pauses(WeirConfig limits) {
        return limits.queueLimits().backpressureAction() == BackpressureAction.PAUSE;
    }

    /** A gateway without TCP that trusts no proxy, listens without TLS and does not write its decisions down. */
    public GatewayConfig(
            String profile,
            HostPort http,
            HostPort admin,
            List<UpstreamConfig> upstreams,
            WeirConfig limits,
            RefusalConfig refusal,
            EdgeConfig edge,
            List<String> allowedOrigins,
            List<String> allowedHosts,
            Optional<Path> apiKeys) {
        this(
                profile,
                http,
                Optional.empty(),
                admin,
                upstreams,
                limits,
                refusal,
                edge,
                allowedOrigins,
                allowedHosts,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                ProxyConfig.NONE,
                TlsConfig.NONE,
                apiKeys,
                IdentityConfig.NONE,
                Optional.empty(),
                Optional.empty(),
                MetricsConfig.DEFAULT,
                Optional.empty());
    }

    /** This configuration, with those parts of another one that can change while a gateway runs. */
    public GatewayConfig withLive(GatewayConfig other) {
        return with(other, other.upstreams, other);
    }

    /** This configuration with the limits and the profile of another one. */
    public GatewayConfig withLimits(GatewayConfig other) {
        return with(other, upstreams, this);
    }

    /**
     * This configuration with the limits of another one.
     *
     * @param allowing says which hosts and origins are allowed
     */
    private GatewayConfig with(GatewayConfig other, List<UpstreamConfig> others, GatewayConfig allowing) {
        return new GatewayConfig(
                other.profile,
                http,
                tcp,
                admin,
                others,
                other.limits,
                refusal,
                edge,
                allowing.allowedOrigins,
                allowing.allowedHosts,
                allowing.adminAllowedHosts,
                adminToken,
                publicUrl,
                tenantHeader,
                proxies,
                tls,
                apiKeys,
                identity,
                decisionLog,
                accessLog,
                metrics,
                tracing);
    }
}
