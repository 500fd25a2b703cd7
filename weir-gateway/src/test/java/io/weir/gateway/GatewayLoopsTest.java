package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.EdgeConfig;
import io.weir.config.GatewayConfig;
import io.weir.config.HostPort;
import io.weir.config.RefusalConfig;
import io.weir.config.UpstreamConfig;
import io.weir.core.config.Profile;
import io.weir.gateway.edge.EdgeVerticle;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GatewayLoopsTest {
    private static final HostPort ANY = HostPort.parse("127.0.0.1:0");

    /** Deployed one by one, all of them came to run on every second thread: on two processors, on one. */
    @Test
    void start_onAnyPort_givesEachLoopAThreadOfItsOwn() throws Exception {
        UpstreamConfig upstream = new UpstreamConfig(
                "none",
                URI.create("http://127.0.0.1:9/mcp"),
                Map.of(),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                1);
        GatewayConfig config = new GatewayConfig(
                Profile.PRODUCTION.key(),
                ANY,
                ANY,
                List.of(upstream),
                Profile.PRODUCTION.builder(1L << 30).build(),
                RefusalConfig.DEFAULT,
                EdgeConfig.DEFAULT,
                List.of(),
                List.of(),
                Optional.empty());
        try (Gateway gateway = Gateway.start(config)) {
            Set<Thread> threads = new HashSet<>();
            for (EdgeVerticle loop : gateway.loops()) {
                CompletableFuture<Thread> thread = new CompletableFuture<>();
                loop.run(() -> thread.complete(Thread.currentThread()));
                threads.add(thread.get(10, TimeUnit.SECONDS));
            }

            assertThat(threads).hasSize(Runtime.getRuntime().availableProcessors());
            assertThat(gateway.http().port()).isPositive();
        }
    }
}
