package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.GatewayConfigLoader;
import io.weir.gateway.Gateway;
import io.weir.sim.replay.LogParts;
import io.weir.sim.replay.SameDecisions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams of a real gateway take from the limits of calls, and its decision log says so. */
class StreamsReplayTest {
    private static final int STREAMS = 4;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private final CountDownLatch streamsArrived = new CountDownLatch(STREAMS);
    private final CountDownLatch allArrived = new CountDownLatch(STREAMS + 1);
    private final CountDownLatch mayAnswer = new CountDownLatch(1);

    /** Answers a quick call at once, and others when they may be answered. */
    private void await(String request) {
        if (request.contains("\"quick\"")) {
            return;
        }
        streamsArrived.countDown();
        allArrived.countDown();
        try {
            mayAnswer.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static CompletableFuture<String> post(Gateway gateway, int id, String method, String tool) {
        return ReplayedServer.post(gateway, "/mcp", id, method, tool);
    }

    private static GatewayConfigLoader loader(ReplayedServer server, Path log) {
        return new GatewayConfigLoader(1L << 30, name -> null)
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .set("queue_limits.max_messages=5")
                .set("decision_log.file=" + log)
                .upstream(server.url());
    }

    @Test
    void rotatedLog_withoutItsOldestParts_isReplayedIdentically() throws Exception {
        Path log = folder.resolve("decisions.jsonl");
        try (ReplayedServer server = new ReplayedServer(this::await);
                Gateway gateway = Gateway.start(loader(server, log)
                        .set("decision_log.max_bytes=4096")
                        .set("decision_log.files=100")
                        .set("queue_limits.max_messages=20")
                        .load())) {
            List<CompletableFuture<String>> streams = new ArrayList<>();
            for (int i = 1; i <= STREAMS; i++) {
                streams.add(post(gateway, i, "subscriptions/listen", "echo"));
            }
            assertThat(streamsArrived.await(30, TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < 100; i++) {
                List<CompletableFuture<String>> calls = new ArrayList<>();
                for (int j = 0; j < 4; j++) {
                    calls.add(post(gateway, 10 + 4 * i + j, "tools/call", "quick"));
                }
                for (CompletableFuture<String> each : calls) {
                    each.get(30, TimeUnit.SECONDS);
                }
            }
            mayAnswer.countDown();
            for (CompletableFuture<String> each : streams) {
                assertThat(each.get(30, TimeUnit.SECONDS)).contains("\"result\"");
            }
        }

        List<Path> parts = LogParts.of(List.of(log)).files();
        assertThat(parts).hasSizeGreaterThan(4);
        assertThat(SameDecisions.of(LogParts.of(List.of(log))).difference()).isEmpty();
        for (Path oldest : parts.subList(0, parts.size() - 1)) {
            Files.delete(oldest);

            assertThat(SameDecisions.of(LogParts.of(List.of(log))).difference())
                    .as("without %s", oldest)
                    .isEmpty();
        }
    }

    @Test
    void streamsAndCallsOfOneClient_areReplayedIdentically() throws Exception {
        Path log = folder.resolve("decisions.jsonl");
        try (ReplayedServer server = new ReplayedServer(this::await);
                Gateway gateway = Gateway.start(loader(server, log).load())) {
            List<CompletableFuture<String>> answers = new ArrayList<>();
            for (int i = 1; i <= STREAMS; i++) {
                answers.add(post(gateway, i, "subscriptions/listen", "echo"));
            }
            // A stream is of a lower priority: behind the call it would be shed.
            assertThat(streamsArrived.await(30, TimeUnit.SECONDS)).isTrue();
            answers.add(post(gateway, 10, "tools/call", "echo"));
            assertThat(allArrived.await(30, TimeUnit.SECONDS))
                    .as("all reach the server")
                    .isTrue();
            String refused = post(gateway, 11, "tools/call", "echo").get(30, TimeUnit.SECONDS);
            mayAnswer.countDown();
            for (CompletableFuture<String> each : answers) {
                assertThat(each.get(30, TimeUnit.SECONDS)).contains("\"result\"");
            }

            assertThat(refused).contains("\"connection_messages\"").containsPattern("\"retryAfterMs\":1\\d{3}}");
        }

        SameDecisions same = SameDecisions.of(LogParts.of(List.of(log)));
        assertThat(same.difference()).isEmpty();
        assertThat(Files.readString(log)).contains("\"e\":\"hold\"").contains("\"e\":\"release\"");
    }
}
