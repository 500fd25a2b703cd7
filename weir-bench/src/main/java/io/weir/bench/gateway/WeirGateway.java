package io.weir.bench.gateway;

import io.weir.config.EdgeConfig;
import io.weir.config.GatewayConfig;
import io.weir.config.HostPort;
import io.weir.config.RefusalConfig;
import io.weir.config.UpstreamConfig;
import io.weir.core.config.Profile;
import io.weir.gateway.Gateway;
import io.weir.gateway.GatewayException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The gateway with the production profile, its rates high enough to admit the load; every limit is checked. */
public final class WeirGateway {
    private static final int MAX_RATE = 1_000_000;

    private WeirGateway() {}

    /** Takes the port to listen on and that of the upstream, both on loopback. */
    public static void main(String[] args) throws GatewayException {
        Profile profile = Profile.PRODUCTION;
        Gateway gateway = Gateway.start(new GatewayConfig(
                profile.key(),
                HostPort.parse("127.0.0.1:" + args[0]),
                HostPort.parse("127.0.0.1:0"),
                List.of(new UpstreamConfig(
                        "bench",
                        URI.create("http://127.0.0.1:" + args[1] + "/mcp"),
                        Map.of(),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(60),
                        64)),
                profile.builder(Runtime.getRuntime().maxMemory())
                        .maxMessagesPerSec(MAX_RATE)
                        .tenantMaxMessagesPerSec(MAX_RATE)
                        .build(),
                RefusalConfig.DEFAULT,
                EdgeConfig.DEFAULT,
                List.of(),
                List.of(),
                Optional.empty()));
        Runtime.getRuntime().addShutdownHook(new Thread(gateway::close));
    }
}
