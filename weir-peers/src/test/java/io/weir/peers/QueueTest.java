package io.weir.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.OperationConfig;
import io.weir.config.QueueConfig;
import io.weir.config.RefusalConfig;
import io.weir.core.config.BackpressureAction;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.CircuitPolicy;
import io.weir.gateway.auth.ApiKeys;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What waits in front of the official SDK's server, counted there. */
class QueueTest {
    private static final String HELD = "{\"why\":\"queue\"}";

    private static QueueConfig capacity(int places) {
        return QueueConfig.DEFAULT.withCapacity(Capacity.fixed(places));
    }

    private static List<CompletableFuture<HttpResponse<String>>> hold(
            PeerHarness rig, String session, int from, int to) {
        List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
        for (int id = from; id < to; id++) {
            calls.add(rig.call(session, id, "hold", HELD));
        }
        return calls;
    }

    private static HttpResponse<String> cancel(PeerHarness rig, String session, int id) throws Exception {
        return rig.http.send(
                PeerHarness.post(
                        rig.url(),
                        session,
                        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":" + id
                                + "}}"),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void capacity_ofTwo_isNeverPassedAndAllAreServed() throws Exception {
        try (PeerHarness rig = PeerHarness.start(b -> b, capacity(2))) {
            String session = rig.openSession(rig.url());
            List<CompletableFuture<HttpResponse<String>>> calls = hold(rig, session, 0, 6);
            rig.awaitRunning(2);
            rig.awaitQueued(4);
            assertThat(rig.queue().get("in_flight").asInt()).isEqualTo(2);
            assertThat(rig.server.arrived()).isEqualTo(2);

            rig.server.letGo();

            for (CompletableFuture<HttpResponse<String>> call : calls) {
                assertThat(call.get().body()).contains("\"done\"");
            }
            assertThat(rig.server.maxAtOnce()).isEqualTo(2);
            assertThat(rig.server.arrived()).isEqualTo(6);
            JsonNode flow = rig.statsAtRest().get("flow");
            assertThat(PeerHarness.messages(flow, "completed")).isEqualTo(PeerHarness.messages(flow, "admitted"));
        }
    }

    @Test
    void tool_withCapacityOfItsOwn_waitsBesideTheOthers() throws Exception {
        OperationConfig one = new OperationConfig(
                Optional.of(Capacity.fixed(1)), Optional.empty(), Optional.empty(), Optional.empty());
        try (PeerHarness rig = PeerHarness.start(b -> b, capacity(8).withOperations(Map.of(), Map.of("hold", one)))) {
            String session = rig.openSession(rig.url());
            List<CompletableFuture<HttpResponse<String>>> held = hold(rig, session, 0, 3);
            rig.awaitRunning(1);

            assertThat(rig.call(session, 9, "echo", "{\"message\":\"past\"}")
                            .get()
                            .body())
                    .contains("Echo: past");
            assertThat(rig.stats().get("queues").get(1).get("queue").asString()).isEqualTo("sdk/hold");
            rig.server.letGo();
            for (CompletableFuture<HttpResponse<String>> call : held) {
                assertThat(call.get().body()).contains("\"done\"");
            }
        }
    }

    @Test
    void cancelled_whileQueued_isAnsweredHereAndNeverArrives() throws Exception {
        try (PeerHarness rig = PeerHarness.start(b -> b, capacity(1))) {
            String session = rig.openSession(rig.url());
            List<CompletableFuture<HttpResponse<String>>> running = hold(rig, session, 0, 1);
            rig.awaitRunning(1);
            List<CompletableFuture<HttpResponse<String>>> queued = hold(rig, session, 1, 3);
            rig.awaitQueued(2);

            HttpResponse<String> taken = cancel(rig, session, 1);

            assertThat(taken.statusCode()).isEqualTo(202);
            assertThat(taken.body()).isEmpty();
            assertThat(queued.get(0).get().body())
                    .contains("\"id\":1,", "-31429", "\"reason\":\"cancelled\"", "never reached the server");
            rig.server.letGo();
            assertThat(running.get(0).get().body()).contains("\"done\"");
            assertThat(queued.get(1).get().body()).contains("\"done\"");
            assertThat(rig.server.arrived()).isEqualTo(2);
            assertThat(rig.queue().get("cancelled").asInt()).isEqualTo(1);
            assertThat(PeerHarness.messages(rig.statsAtRest().get("flow"), "cancelled"))
                    .isEqualTo(1);
        }
    }

    @Test
    void cancelled_byAnotherSession_changesNothing() throws Exception {
        try (PeerHarness rig = PeerHarness.start(b -> b, capacity(1))) {
            String session = rig.openSession(rig.url());
            String other = rig.openSession(rig.url());
            List<CompletableFuture<HttpResponse<String>>> calls = hold(rig, session, 0, 2);
            rig.awaitRunning(1);
            rig.awaitQueued(1);

            assertThat(cancel(rig, other, 1).statusCode()).isEqualTo(202);
            assertThat(rig.queue().get("queued").asInt()).isEqualTo(1);
            rig.server.letGo();

            for (CompletableFuture<HttpResponse<String>> call : calls) {
                assertThat(call.get().body()).contains("\"done\"");
            }
        }
    }

    @Test
    void deadlineOfTheClient_passedWhileQueued_isAnsweredHereAndNeverArrives() throws Exception {
        try (PeerHarness rig = PeerHarness.start(b -> b, capacity(1))) {
            String session = rig.openSession(rig.url());
            List<CompletableFuture<HttpResponse<String>>> running = hold(rig, session, 0, 1);
            rig.awaitRunning(1);

            HttpResponse<String> byHeader = rig.call(session, 1, "hold", HELD, "X-Request-Timeout-Ms", "150")
                    .get();
            HttpResponse<String> byMetadata = rig.http.send(
                    PeerHarness.post(
                            rig.url(),
                            session,
                            "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"hold\",\"arguments\":"
                                    + HELD + ",\"_meta\":{\"io.weir/timeoutMs\":150}}}"),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(byHeader.body()).contains("\"id\":1,").containsPattern("\"reason\":\"(expired|wait)\"");
            assertThat(byMetadata.body()).contains("\"id\":2,").containsPattern("\"reason\":\"(expired|wait)\"");
            rig.server.letGo();
            assertThat(running.get(0).get().body()).contains("\"done\"");
            assertThat(rig.call(session, 3, "echo", "{\"message\":\"on\"}")
                            .get()
                            .body())
                    .contains("Echo: on");
            assertThat(rig.server.arrived()).isEqualTo(2);
        }
    }

    @Test
    void statelessClient_thatLeavesWhileQueued_leavesTheQueue() throws Exception {
        try (PeerHarness rig = PeerHarness.start(b -> b, capacity(1))) {
            String session = rig.openSession(rig.url());
            List<CompletableFuture<HttpResponse<String>>> running = hold(rig, session, 0, 1);
            rig.awaitRunning(1);
            byte[] body = PeerHarness.callBody(1, "hold", HELD).getBytes(StandardCharsets.UTF_8);
            String head = "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                    + "Accept: application/json, text/event-stream\r\nMcp-Session-Id: " + session + "\r\n"
                    + "MCP-Protocol-Version: 2026-07-28\r\nContent-Length: " + body.length + "\r\n\r\n";
            try (Socket socket = new Socket(
                    InetAddress.getLoopbackAddress(), rig.gateway.http().port())) {
                socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().write(body);
                socket.getOutputStream().flush();
                rig.awaitQueued(1);
            }
            rig.awaitQueued(0);

            rig.server.letGo();
            assertThat(running.get(0).get().body()).contains("\"done\"");
            assertThat(rig.queue().get("cancelled").asInt()).isEqualTo(1);
            assertThat(rig.server.arrived()).isEqualTo(1);
        }
    }

    @Test
    void sessionClient_thatLeavesWhileQueued_isServedAllTheSame() throws Exception {
        try (PeerHarness rig = PeerHarness.start(b -> b, capacity(1))) {
            String session = rig.openSession(rig.url());
            List<CompletableFuture<HttpResponse<String>>> running = hold(rig, session, 0, 1);
            rig.awaitRunning(1);
            byte[] body = PeerHarness.callBody(1, "hold", HELD).getBytes(StandardCharsets.UTF_8);
            String head = "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                    + "Accept: application/json, text/event-stream\r\nMcp-Session-Id: " + session + "\r\n"
                    + "Content-Length: " + body.length + "\r\n\r\n";
            try (Socket socket = new Socket(
                    InetAddress.getLoopbackAddress(), rig.gateway.http().port())) {
                socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().write(body);
                socket.getOutputStream().flush();
                rig.awaitQueued(1);
            }
            rig.server.letGo();

            assertThat(running.get(0).get().body()).contains("\"done\"");
            JsonNode flow = rig.statsAtRest().get("flow");
            assertThat(rig.server.arrived()).isEqualTo(2);
            assertThat(PeerHarness.messages(flow, "cancelled")).isZero();
        }
    }

    @Test
    void tenants_ofEqualWeight_takeTurns(@TempDir Path folder) throws Exception {
        String noisy = ApiKeys.generate();
        String quiet = ApiKeys.generate();
        Path keys = Files.writeString(
                folder.resolve("keys"),
                ApiKeys.hashLine("noisy", noisy) + "\n" + ApiKeys.hashLine("quiet", quiet) + "\n");
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
        try (PeerHarness rig = PeerHarness.start(b -> b, RefusalConfig.DEFAULT, keys, capacity(1))) {
            String[] asNoisy = {"X-API-Key", noisy};
            String[] asQuiet = {"X-API-Key", quiet};
            String flooding = rig.openSession(rig.url(), asNoisy);
            String served = rig.openSession(rig.url(), asQuiet);
            CompletableFuture<HttpResponse<String>> first = rig.call(flooding, 0, "hold", HELD, asNoisy);
            rig.awaitRunning(1);
            List<CompletableFuture<HttpResponse<String>>> flood = new ArrayList<>();
            List<String> order = new ArrayList<>();
            for (int i = 1; i <= 20; i++) {
                flood.add(rig.call(flooding, i, "slow", "{\"ms\":20}", asNoisy).whenComplete((r, e) -> {
                    synchronized (order) {
                        order.add("noisy");
                    }
                }));
            }
            rig.awaitQueued(20);
            CompletableFuture<HttpResponse<String>> last = rig.call(served, 1, "slow", "{\"ms\":20}", asQuiet)
                    .whenComplete((r, e) -> {
                        synchronized (order) {
                            order.add("quiet");
                        }
                    });
            rig.awaitQueued(21);
            rig.server.letGo();

            assertThat(last.get(30, TimeUnit.SECONDS).body()).contains("\"done\"");
            assertThat(first.get().body()).contains("\"done\"");
            for (CompletableFuture<HttpResponse<String>> call : flood) {
                assertThat(call.get().body()).contains("\"done\"");
            }
            synchronized (order) {
                assertThat(order.indexOf("quiet")).as(order.toString()).isLessThan(5);
            }
        }
    }

    @Test
    void circuit_afterFailures_opensAndSaysWhenToComeBack() throws Exception {
        CircuitPolicy quick =
                new CircuitPolicy(true, Duration.ofMillis(200), 1, Duration.ofSeconds(40), Duration.ofSeconds(1));
        try (PeerHarness rig = PeerHarness.start(b -> b, capacity(64).withCircuit(quick))) {
            String session = rig.openSession(rig.url());
            rig.server.close();
            List<String> answers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                answers.add(rig.call(session, i, "echo", "{\"message\":\"x\"}")
                        .get()
                        .body());
            }

            assertThat(answers.get(0)).contains("-31502");
            assertThat(answers.get(39))
                    .contains("\"reason\":\"circuit_open\"", "\"scope\":\"upstream\"", "its circuit is open")
                    .containsPattern("\"retryAfterMs\":(2000|1?\\d{1,3})\\b");
            assertThat(rig.queue().get("circuit").asString()).isEqualTo("open");
            assertThat(rig.queue().get("shed_by_circuit").asInt()).isPositive();
        }
    }

    @Test
    void close_whileCallsWait_servesThemFirst() throws Exception {
        try (PeerHarness rig = PeerHarness.start(b -> b, capacity(1))) {
            String session = rig.openSession(rig.url());
            List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                calls.add(rig.call(session, i, "slow", "{\"ms\":200}"));
            }
            rig.awaitRunning(1);
            rig.awaitQueued(3);

            rig.gateway.close();

            for (CompletableFuture<HttpResponse<String>> call : calls) {
                assertThat(call.get().body()).contains("\"done\"");
            }
        }
    }

    @Test
    void dropOldest_beyondTheLimit_answersTheOldestThatWaits() throws Exception {
        try (PeerHarness rig = PeerHarness.start(
                b -> b.maxMessages(3).backpressureAction(BackpressureAction.DROP_OLDEST), capacity(1))) {
            String session = rig.openSession(rig.url());
            List<CompletableFuture<HttpResponse<String>>> calls = hold(rig, session, 0, 1);
            rig.awaitRunning(1);
            calls.addAll(hold(rig, session, 1, 2));
            rig.awaitQueued(1);
            calls.addAll(hold(rig, session, 2, 3));
            rig.awaitQueued(2);
            calls.addAll(hold(rig, session, 3, 4));

            assertThat(calls.get(1).get().body()).contains("\"id\":1,", "\"reason\":\"dropped_oldest\"");
            rig.server.letGo();
            for (int id : new int[] {0, 2, 3}) {
                assertThat(calls.get(id).get().body()).contains("\"done\"");
            }
            assertThat(rig.server.arrived()).isEqualTo(3);
        }
    }
}
