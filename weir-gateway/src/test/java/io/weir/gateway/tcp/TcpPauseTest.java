package io.weir.gateway.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import io.weir.gateway.GatewayHarness;
import io.weir.gateway.auth.ApiKeys;
import io.weir.gateway.tcp.TcpFrontTest.LineClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients over TCP that are held back, and told that their limits fill up. */
@Timeout(120)
class TcpPauseTest {
    private static final int FREE = 1_000_000;

    /** A server whose tool {@code held} answers as often as a test lets it; every client has a session of its own. */
    private static final class Server {
        final Semaphore answers = new Semaphore(0);
        final List<Integer> called = Collections.synchronizedList(new ArrayList<>());
        private final AtomicInteger sessions = new AtomicInteger();

        void serve(HttpExchange exchange, String body) throws IOException {
            if (body.contains("\"initialize\"")) {
                exchange.getResponseHeaders().set("Mcp-Session-Id", "s" + sessions.incrementAndGet());
                TcpFrontTest.respond(exchange, "application/json", TcpFrontTest.result("\"i\""));
            } else if (body.contains("tools/call")) {
                String id = body.replaceAll("(?s).*\"id\":(\\d+).*", "$1");
                if (body.contains("\"held\"")) {
                    called.add(Integer.valueOf(id));
                    answers.acquireUninterruptibly();
                }
                TcpFrontTest.respond(exchange, "application/json", TcpFrontTest.result(id));
            } else {
                TcpFrontTest.respond(exchange, "application/json", "");
            }
        }
    }

    private static GatewayHarness gateway(Server server, String... settings) throws Exception {
        List<String> all = new ArrayList<>(List.of(
                "queue_limits.backpressure_action=pause",
                "backpressure.max_messages_per_sec=100000",
                "upstreams.default.ttl_ms=600000"));
        all.addAll(Arrays.asList(settings));
        return TcpFrontTest.inFrontOf(server::serve, all.toArray(new String[0]));
    }

    private static String held(int id) {
        return GatewayHarness.call(id, "held");
    }

    private static String statelessHeld(int id) {
        return held(id).replace(
                        "\"arguments\"",
                        "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"},\"arguments\"");
    }

    private static void awaitPaused(GatewayHarness rig, int count) throws InterruptedException {
        GatewayHarness.await(count + " paused", () -> rig.stat("paused") == count);
    }

    private static void assertNothingIsHeld(GatewayHarness rig) throws InterruptedException {
        GatewayHarness.await(
                "nothing is held",
                () -> rig.stat("paused") == 0 && rig.stat("messages") == 0 && rig.stat("buffered_body_bytes") == 0);
    }

    private static void assertNothingWasRefused(GatewayHarness rig) {
        assertThat(rig.stats()).contains("\"refused\":{\"messages\":0,").contains("\"shed\":{\"messages\":0,");
    }

    @Test
    void flood_isHeldBackByTheSocket_andAllOfItIsAnswered_whileOthersAreServed() throws Exception {
        int calls = 2_000;
        Server server = new Server();
        try (GatewayHarness rig = gateway(server, "queue_limits.max_messages=4", "upstreams.default.capacity=8");
                LineClient flooding = LineClient.initialized(rig);
                LineClient other = LineClient.initialized(rig)) {
            flooding.socket.setSendBufferSize(32 * 1024);
            AtomicLong sent = new AtomicLong();
            String padding = "\"arguments\":{\"text\":\"" + "x".repeat(2_000) + "\"";
            Thread writer = new Thread(() -> {
                try {
                    for (int i = 0; i < calls; i++) {
                        String line = held(i).replace("\"arguments\":{", padding);
                        flooding.send(line);
                        sent.addAndGet(line.length() + 1L);
                    }
                } catch (IOException e) {
                    sent.set(-1);
                }
            });
            writer.start();
            awaitPaused(rig, 1);
            long before;
            do {
                before = sent.get();
                Thread.sleep(200);
            } while (sent.get() != before);

            assertThat(writer.isAlive()).as("the client waits in its write").isTrue();
            assertThat(sent.get()).as("what the sockets took").isLessThan(1_000_000);
            assertThat(rig.stat("buffered_body_bytes"))
                    .as("what was read of it")
                    .isLessThan(40_000);
            assertThat(server.called).hasSize(4);
            other.send(GatewayHarness.call(7, "echo"));
            assertThat(other.next("\"id\":7,")).contains("\"result\"");

            server.answers.release(FREE);
            Set<String> answered = new TreeSet<>();
            while (answered.size() < calls) {
                String line = flooding.next("\"id\"");
                assertThat(line).contains("\"result\"");
                answered.add(line.replaceAll(".*\"id\":(\\d+).*", "$1"));
            }
            writer.join();
            assertNothingWasRefused(rig);
            assertThat(rig.stat("pauses")).isGreaterThan(1);
            assertNothingIsHeld(rig);
        }
    }

    @Test
    void heldLine_isServedInItsOrder_whenHalfIsDrained() throws Exception {
        Server server = new Server();
        try (GatewayHarness rig = gateway(server, "queue_limits.max_messages=4", "upstreams.default.capacity=1");
                LineClient client = LineClient.initialized(rig)) {
            for (int i = 0; i < 20; i++) {
                client.send(held(i));
            }
            awaitPaused(rig, 1);
            server.answers.release();
            assertThat(client.next("\"id\":0,")).contains("\"result\"");
            assertThat(rig.stat("paused")).as("three of four are taken").isEqualTo(1);
            assertThat(rig.stat("pauses")).isEqualTo(1);
            server.answers.release();
            GatewayHarness.await("it went on", () -> rig.stat("pauses") == 2);
            server.answers.release(FREE);
            for (int i = 1; i < 20; i++) {
                assertThat(client.next("\"id\"")).contains("\"id\":" + i + ",").contains("\"result\"");
            }
            assertThat(server.called).isSorted().hasSize(20);
            assertNothingIsHeld(rig);
        }
    }

    @Test
    void resetWhilePaused_leavesNothing() throws Exception {
        Server server = new Server();
        try (GatewayHarness rig = gateway(server, "queue_limits.max_messages=4", "upstreams.default.capacity=1")) {
            try (LineClient client = LineClient.initialized(rig)) {
                for (int i = 0; i < 20; i++) {
                    client.send(held(i));
                }
                awaitPaused(rig, 1);
                assertThat(rig.stat("buffered_body_bytes")).isPositive();
                client.socket.setSoLinger(true, 0);
            }
            GatewayHarness.await(
                    "nothing of it is held",
                    () -> rig.stat("paused") == 0 && rig.stat("queued") == 0 && rig.stat("buffered_body_bytes") == 0);
            assertThat(server.called).hasSize(1);
            server.answers.release(FREE);
            assertNothingIsHeld(rig);
        }
    }

    @Test
    void halfCloseWhilePaused_isAnsweredToTheEnd() throws Exception {
        Server server = new Server();
        try (GatewayHarness rig = gateway(server, "queue_limits.max_messages=4", "upstreams.default.capacity=1");
                LineClient client = LineClient.initialized(rig)) {
            for (int i = 0; i < 500; i++) {
                client.send(held(i));
            }
            client.socket.shutdownOutput();
            awaitPaused(rig, 1);
            // The part of the plan for what the kernel has taken is held until then.
            GatewayHarness.await("the end is seen", () -> rig.stat("buffered_body_bytes") > 128 * 1024);
            server.answers.release(FREE);
            for (int i = 0; i < 500; i++) {
                assertThat(client.next("\"id\""))
                        .as("answer " + i)
                        .contains("\"id\":" + i + ",")
                        .contains("\"result\"");
            }
            assertThat(client.next()).isNull();
            assertNothingIsHeld(rig);
        }
    }

    @Test
    void halfCloseWhilePaused_withoutMemoryForWhatTheKernelHas_isRefused() throws Exception {
        Server server = new Server();
        try (GatewayHarness rig = gateway(
                        server,
                        "queue_limits.max_messages=2",
                        "upstreams.default.capacity=1",
                        "edge.max_body_bytes=20000",
                        "edge.max_buffered_body_bytes=100000");
                LineClient client = LineClient.initialized(rig)) {
            client.send(held(1), held(2), held(3));
            awaitPaused(rig, 1);
            client.socket.shutdownOutput();
            assertThat(client.next("\"id\"")).contains("\"id\":3,").contains("connection_messages");
            server.answers.release(FREE);
            assertThat(client.next("\"id\"")).contains("\"id\":1,").contains("\"result\"");
            assertThat(client.next("\"id\"")).contains("\"id\":2,").contains("\"result\"");
            assertThat(client.next()).isNull();
        }
    }

    @Test
    void shutdownWhilePaused_answersTheHeldLine() throws Exception {
        Server server = new Server();
        try (GatewayHarness rig = gateway(
                        server,
                        "queue_limits.max_messages=2",
                        "upstreams.default.capacity=2",
                        "edge.shutdown_timeout_ms=30000");
                LineClient client = LineClient.initialized(rig)) {
            client.send(held(1), held(2), held(3));
            awaitPaused(rig, 1);
            Thread stopping = new Thread(rig::shutDown);
            stopping.start();
            assertThat(client.next("\"id\"")).contains("\"id\":3,").contains("\"closed\"");
            server.answers.release(FREE);
            assertThat(client.next("\"id\"") + client.next("\"id\""))
                    .contains("\"id\":1,")
                    .contains("\"id\":2,")
                    .doesNotContain("error");
            assertThat(client.next()).isNull();
            stopping.join();
        }
    }

    @Test
    void heldLine_whoseTimeToLivePasses_isRefused_andTheNextIsRead() throws Exception {
        Server server = new Server();
        try (GatewayHarness rig = gateway(
                        server,
                        "queue_limits.max_messages=2",
                        "upstreams.default.capacity=2",
                        "upstreams.default.ttl_ms=300");
                LineClient client = LineClient.initialized(rig)) {
            client.send(
                    held(1), held(2), held(3), "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"tools/call\",\"params\":1}");
            assertThat(client.next("\"id\"")).contains("\"id\":3,").contains("connection_messages");
            server.answers.release(FREE);
            Set<String> rest =
                    new TreeSet<>(List.of(client.next("\"id\""), client.next("\"id\""), client.next("\"id\"")));
            assertThat(rest).anyMatch(line -> line.contains("\"id\":1,")).anyMatch(line -> line.contains("\"id\":2,"));
            assertNothingIsHeld(rig);
        }
    }

    @Test
    void connectionsOfOneAddress_areOfferedInTurn() throws Exception {
        Server server = new Server();
        try (GatewayHarness rig = gateway(server, "queue_limits.max_messages=2", "upstreams.default.capacity=2");
                LineClient one = new LineClient(rig);
                LineClient two = new LineClient(rig);
                LineClient three = new LineClient(rig)) {
            one.send(statelessHeld(1), statelessHeld(2));
            GatewayHarness.await("the limit is reached", () -> server.called.size() == 2);
            two.send(statelessHeld(3), statelessHeld(4));
            awaitPaused(rig, 1);
            three.send(statelessHeld(5));
            awaitPaused(rig, 2);
            server.answers.release(1);
            GatewayHarness.await("the first of them is next", () -> server.called.contains(3));
            server.answers.release(FREE);
            assertThat(one.next("\"id\"") + one.next("\"id\"")).doesNotContain("error");
            assertThat(two.next("\"id\"") + two.next("\"id\"")).doesNotContain("error");
            assertThat(three.next("\"id\"")).contains("\"result\"");
            assertNothingWasRefused(rig);
            assertNothingIsHeld(rig);
        }
    }

    @Test
    void leavingConnection_letsTheNextOfItsAddressGoOn() throws Exception {
        Server server = new Server();
        try (GatewayHarness rig = gateway(server, "queue_limits.max_messages=1", "upstreams.default.capacity=1");
                LineClient one = new LineClient(rig);
                LineClient three = new LineClient(rig)) {
            try (LineClient two = new LineClient(rig)) {
                one.send(statelessHeld(1));
                GatewayHarness.await("the limit is reached", () -> server.called.size() == 1);
                two.send(statelessHeld(2));
                awaitPaused(rig, 1);
                three.send(statelessHeld(3));
                awaitPaused(rig, 2);
                two.socket.setSoLinger(true, 0);
            }
            awaitPaused(rig, 1);
            server.answers.release(FREE);
            assertThat(three.next("\"id\"")).contains("\"id\":3,").contains("\"result\"");
            assertThat(server.called).containsExactly(1, 3);
        }
    }

    @Test
    void limitOfTheTenant_refuses_andHoldsNobodyBack() throws Exception {
        Server server = new Server();
        try (GatewayHarness rig = gateway(
                        server,
                        "queue_limits.max_messages=2",
                        "queue_limits.tenant_max_messages=3",
                        "queue_limits.enable_tenant_limits=true",
                        "upstreams.default.capacity=8");
                LineClient one = LineClient.initialized(rig);
                LineClient two = LineClient.initialized(rig)) {
            one.send(held(1), held(2), held(3));
            awaitPaused(rig, 1);
            two.send(held(4), held(5));
            assertThat(two.next("\"id\"")).contains("\"id\":5,").contains("tenant_messages");
            assertThat(rig.stat("paused")).isEqualTo(1);
            server.answers.release(FREE);
            assertThat(one.next("\"id\"") + one.next("\"id\"") + one.next("\"id\""))
                    .doesNotContain("error");
            assertThat(two.next("\"id\"")).contains("\"id\":4,").contains("\"result\"");
            assertNothingIsHeld(rig);
        }
    }

    @Test
    void clientsOverHttp_areRefused() throws Exception {
        Server server = new Server();
        try (GatewayHarness rig = gateway(server, "queue_limits.max_messages=1", "upstreams.default.capacity=1")) {
            var first = rig.call(held(1));
            GatewayHarness.await("it is in flight", () -> rig.stat("in_flight") == 1);
            assertThat(rig.call(held(2)).get().body())
                    .contains("connection_messages")
                    .contains("retryAfterMs");
            assertThat(rig.stat("pauses")).isZero();
            server.answers.release(FREE);
            assertThat(first.get().body()).contains("\"result\"");
        }
    }

    @Test
    void elicitationBehindAHeldLine_isAnsweredOnceThatIsDecided() throws Exception {
        Server server = new Server();
        try (GatewayHarness rig = gateway(
                        server,
                        "queue_limits.max_messages=1",
                        "upstreams.default.capacity=1",
                        "upstreams.default.abandoned_hold_ms=100",
                        "upstreams.default.request_timeout_ms=1000");
                LineClient client = LineClient.initialized(rig)) {
            client.send(held(1), held(2), "{\"jsonrpc\":\"2.0\",\"id\":\"asked\",\"result\":{}}", held(3));
            // The call that waits for the client's answer ends by its deadline, and then the line is no longer held.
            assertThat(client.next("\"id\"")).contains("\"id\":1,").contains("-31504");
            server.answers.release(FREE);
            assertThat(client.next("\"id\":3,")).contains("\"id\":3,");
            assertNothingIsHeld(rig);
        }
    }

    private static GatewayHarness telling(Server server, String... settings) throws Exception {
        List<String> all = new ArrayList<>(List.of(
                "edge.notify_backpressure=true",
                "queue_limits.max_messages=20",
                "backpressure.queue_depth_threshold_percent=50",
                "upstreams.default.capacity=20"));
        all.addAll(Arrays.asList(settings));
        return gateway(server, all.toArray(new String[0]));
    }

    @Test
    void pressure_isToldOnceWhenItBegins_andOnceWhenItHasEnded_toItsClientAlone() throws Exception {
        Server server = new Server();
        try (GatewayHarness rig = telling(server);
                LineClient client = LineClient.initialized(rig);
                LineClient other = LineClient.initialized(rig)) {
            for (int i = 0; i < 9; i++) {
                client.send(held(i));
            }
            GatewayHarness.await("nine are in flight", () -> rig.stat("in_flight") == 9);
            assertThat(rig.stat("backpressure_notifications")).isZero();
            client.send(held(9));
            assertThat(client.next())
                    .contains("\"method\":\"notifications/backpressure\"")
                    .contains("\"active\":true,\"queue_depth\":10,\"queue_capacity\":20,")
                    .containsPattern("\"retry_after_ms\":[1-9]");
            // One below the threshold and at it again: the pressure has not ended.
            server.answers.release();
            assertThat(client.next()).contains("\"result\"");
            client.send(held(10));
            GatewayHarness.await("ten are in flight", () -> rig.stat("in_flight") == 10);
            server.answers.release(FREE);
            int told = 0;
            for (int answers = 0; answers < 10 || told < 1; ) {
                String line = client.next();
                if (line.contains("notifications/backpressure")) {
                    assertThat(line).contains("\"active\":false,").contains("\"retry_after_ms\":0}");
                    told++;
                } else {
                    answers++;
                }
            }
            assertThat(rig.stat("backpressure_notifications")).isEqualTo(2);
            other.send(GatewayHarness.call(1, "echo"));
            assertThat(other.next()).contains("\"id\":1,");
        }
    }

    @Test
    void pressure_isNotTold_beforeTheClientIsReady_orUnlessAskedFor() throws Exception {
        Server server = new Server();
        try (GatewayHarness rig = telling(server);
                GatewayHarness silent = telling(server, "edge.notify_backpressure=false");
                LineClient early = new LineClient(rig);
                LineClient client = LineClient.initialized(silent)) {
            early.send(TcpFrontTest.INITIALIZE);
            assertThat(early.next()).contains("\"id\":\"i\"");
            for (int i = 0; i < 12; i++) {
                early.send(held(i));
                client.send(held(i));
            }
            GatewayHarness.await(
                    "all are in flight", () -> rig.stat("in_flight") == 12 && silent.stat("in_flight") == 12);
            assertThat(rig.stat("backpressure_notifications")).isZero();
            early.send(TcpFrontTest.INITIALIZED);
            assertThat(early.next()).contains("\"active\":true,\"queue_depth\":12,");
            server.answers.release(FREE);
            for (int i = 0; i < 12; i++) {
                assertThat(client.next()).contains("\"result\"");
            }
            assertThat(silent.stat("backpressure_notifications")).isZero();
        }
    }

    @Test
    void pressureOfATenant_isNotToldToAnother_ofTheSameAddress() throws Exception {
        Path keys = folder.resolve("keys");
        String keyA = "a".repeat(40);
        String keyB = "b".repeat(40);
        Files.writeString(keys, ApiKeys.hashLine("a", keyA) + "\n" + ApiKeys.hashLine("b", keyB) + "\n");
        Server server = new Server();
        try (GatewayHarness rig = telling(server, "tenants.api_keys_file=" + keys);
                LineClient ofA = new LineClient(rig);
                LineClient ofB = new LineClient(rig)) {
            ofA.send(Authentication.EXAMPLE.replace("KEY", keyA));
            ofB.send(
                    Authentication.EXAMPLE.replace("KEY", keyB),
                    statelessHeld(1).replace("\"held\"", "\"echo\""));
            assertThat(ofB.next()).contains("\"id\":0,");
            assertThat(ofB.next()).contains("\"id\":1,");
            for (int i = 0; i < 12; i++) {
                ofA.send(statelessHeld(i));
            }
            assertThat(ofA.next("backpressure")).contains("\"active\":true");
            GatewayHarness.await("all are in flight", () -> rig.stat("in_flight") == 12);
            ofB.send(statelessHeld(2).replace("\"held\"", "\"echo\""));
            assertThat(ofB.next()).contains("\"id\":2,");
            assertThat(rig.stat("backpressure_notifications")).isEqualTo(1);
            server.answers.release(FREE);
        }
    }

    @TempDir
    private Path folder;
}
