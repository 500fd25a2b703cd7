package io.weir.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.QueueConfig;
import io.weir.config.UpstreamConfig;
import io.weir.core.admission.Admission;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.Profile;
import io.weir.core.queue.UpstreamListener;
import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.jsonrpc.EnvelopeReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class UpstreamsTest {
    private final Upstreams upstreams = new Upstreams(
            List.of(upstream(10)),
            new Admission(Profile.DEVELOPMENT.builder(1 << 30).build(), PressureListener.NONE),
            UpstreamListener.NONE,
            null,
            0);

    private static UpstreamConfig upstream(int ttlSeconds) {
        return new UpstreamConfig(
                "a",
                URI.create("http://h/"),
                Map.of(),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                64,
                QueueConfig.DEFAULT.withTtl(Duration.ofSeconds(ttlSeconds)));
    }

    private long ttlSeconds() throws Exception {
        Envelope call = new EnvelopeReader()
                .read("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}".getBytes(StandardCharsets.UTF_8));
        return Objects.requireNonNull(upstreams.find("a"))
                        .queues()
                        .of(call.messages())
                        .ttlNanos()
                / 1_000_000_000;
    }

    @Test
    void update_toAnotherTimeToLive_andBack_isInForceEachTime() throws Exception {
        Upstream first = upstreams.find("a");
        for (int seconds : new int[] {20, 10, 20}) {
            assertThat(upstreams.update(List.of(upstream(seconds)), 1)).isEmpty();

            assertThat(ttlSeconds()).isEqualTo(seconds);
            assertThat(upstreams.find("a")).isSameAs(first);
        }
    }
}
