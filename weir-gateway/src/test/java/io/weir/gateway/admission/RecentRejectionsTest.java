package io.weir.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Reason;
import io.weir.core.Rejection;
import io.weir.core.Scope;
import io.weir.core.config.TenantConfig;
import io.weir.core.config.WeirConfig;
import io.weir.core.config.WeirConfigBuilder;
import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.jsonrpc.EnvelopeReader;
import io.weir.gateway.jsonrpc.MalformedMessageException;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Payload;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RecentRejectionsTest {
    private static final EnvelopeReader READER = new EnvelopeReader();

    private static InboundRequest call(String client, String tool) {
        byte[] body = ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool
                        + "\"}}")
                .getBytes(StandardCharsets.UTF_8);
        try {
            Envelope envelope = READER.read(body);
            return new InboundRequest(
                    "s", Client.ofAddress("t", client, ""), null, true, envelope, Payload.of(body), 1, true);
        } catch (MalformedMessageException e) {
            throw new AssertionError(e);
        }
    }

    private static RecentRejections recent() {
        return new RecentRejections(() -> WeirConfig.defaults(1 << 30));
    }

    private static Rejection rejection(long current) {
        return new Rejection(Reason.CONNECTION_MESSAGES, Scope.CONNECTION, current, 5, 0);
    }

    @Test
    void last_keepsTheLastOnes_theLastFirst() {
        RecentRejections recent = recent();
        int all = RecentRejections.KEPT + 10;
        for (int i = 0; i < all; i++) {
            recent.record(call("c" + i, "echo"), rejection(i));
        }

        assertThat(recent.recorded()).isEqualTo(all);
        assertThat(recent.last())
                .extracting(RecentRejections.Entry::number)
                .containsExactlyElementsOf(LongStream.range(0, RecentRejections.KEPT)
                        .mapToObj(i -> all - 1 - i)
                        .toList());
        assertThat(recent.last().get(0).connection()).isEqualTo("c" + (all - 1));
        assertThat(recent.last().get(0).rejection()).isEqualTo(rejection(all - 1));
    }

    @Test
    void key_isThatOfTheLimitThatDecided() {
        RecentRejections recent = new RecentRejections(() -> new WeirConfigBuilder(1 << 30)
                .tenant("t", TenantConfig.COMMON.withMaxMessages(5))
                .build());
        recent.record(call("c", "echo"), rejection(5));
        recent.record(call("c", "echo"), new Rejection(Reason.CONNECTION_BYTES, Scope.CONNECTION, 5, 5, 0));
        recent.record(call("c", "echo"), new Rejection(Reason.WAIT, Scope.UPSTREAM, 5, 5, 0));

        assertThat(recent.last())
                .extracting(entry -> recent.key(entry).map(LimitKey::path).orElse("none"))
                .containsExactly("none", "queue_limits.max_bytes", "tenants.t.max_messages");
    }

    @Test
    void operation_thatAClientMadeLong_isCut() {
        RecentRejections recent = recent();

        recent.record(call("c", "x".repeat(4_000)), rejection(1));

        assertThat(recent.last().get(0).operation()).isEqualTo("x".repeat(128));
    }

    @Test
    void record_byManyThreads_losesNoneOfTheLast() throws Exception {
        RecentRejections recent = recent();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            InboundRequest request = call("c" + t, "echo");
            Thread thread = new Thread(() -> {
                for (int i = 0; i < RecentRejections.KEPT / 4; i++) {
                    recent.record(request, rejection(i));
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(recent.last()).hasSize(RecentRejections.KEPT);
        assertThat(recent.last()).extracting(RecentRejections.Entry::number).doesNotHaveDuplicates();
        assertThat(recent.last().stream().filter(entry -> entry.connection().equals("c0")))
                .hasSize(RecentRejections.KEPT / 4);
    }

    @Test
    void key_ofStreams_isThatOfTheCap() {
        RecentRejections recent = recent();
        recent.record(call("c", "echo"), new Rejection(Reason.STREAMS, Scope.ADDRESS, 7, 7, 0));

        assertThat(recent.key(recent.last().get(0))).contains(new LimitKey("edge.max_streams_per_address", "7"));
    }
}
