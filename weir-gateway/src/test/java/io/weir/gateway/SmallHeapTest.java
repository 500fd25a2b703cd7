package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the gateway keeps in memory is no more than what its limits count, and fits into the heap that it was given. */
class SmallHeapTest {
    private static final String[] QUEUE = {
        "upstreams.default.circuit_breaker.enabled=false",
        "upstreams.default.ttl_ms=3600000",
        "upstreams.default.request_timeout_ms=600000",
        "upstreams.default.capacity=2",
        "edge.body_timeout_ms=600000"
    };

    /** What a waiting request with its connection may take beside its body, as the start-up print counts it. */
    private static final long PER_MESSAGE = 10 * 1024;

    /** What settles at run time and belongs to no message: classes, profiles, buffers of the threads. */
    private static final long SLACK = 3 << 20;

    private static byte[] call(int id, int padding) {
        return GatewayHarness.post("{\"jsonrpc\":\"2.0\",\"id\":" + id
                        + ",\"method\":\"tools/call\",\"params\":{\"name\":\"t\",\"arguments\":{\"p\":\""
                        + "y".repeat(padding)
                        + "\"}}}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static RawServer silent() throws Exception {
        return new RawServer((socket, number) -> {
            byte[] into = new byte[8192];
            while (socket.getInputStream().read(into) >= 0) {
                Thread.onSpinWait();
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"200, 600", "20000, 300", "600000, 40", "1000000, 40"})
    void queuedMessages_retainNoMoreThanIsReserved(int size, int count) throws Exception {
        try (RawServer server = silent();
                SmallHeap gateway = SmallHeap.start("384m", server.url(), QUEUE)) {
            for (int i = 0; i < 4; i++) {
                gateway.send(call(i, size));
            }
            GatewayHarness.await("warm", () -> gateway.pending("messages") == 4);
            long before = gateway.usedHeap();
            long bytesBefore = gateway.pending("bytes");

            for (int i = 0; i < count; i++) {
                int waiting = 4 + i;
                gateway.send(call(i, size));
                if (size >= 100_000) {
                    // Only so many large bodies may be received at once.
                    GatewayHarness.await("it waits", () -> gateway.pending("messages") > waiting);
                }
            }
            GatewayHarness.await("all wait", () -> gateway.pending("messages") == 4 + count);

            long reserved = gateway.pending("bytes") - bytesBefore + count * PER_MESSAGE;
            assertThat(gateway.usedHeap() - before).isLessThanOrEqualTo(reserved + SLACK);
        }
    }

    @Test
    void flood_ofLargeBodiesOnASmallHeap_isSurvived() throws Exception {
        try (RawServer server = silent();
                SmallHeap gateway = SmallHeap.start("128m", server.url(), QUEUE)) {
            for (int i = 0; i < 80; i++) {
                gateway.send(call(i, 1_000_000));
            }
            byte[] whole = call(1, 1_000_000);
            byte[] half = java.util.Arrays.copyOf(whole, whole.length - 100);
            for (int i = 0; i < 120; i++) {
                gateway.send(half);
            }

            assertThat(gateway.stats()).contains("bodies_over_budget");
            assertThat(gateway.isAlive()).isTrue();
        }
    }
}
