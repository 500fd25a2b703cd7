package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.ops.LoggedLines;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A gateway that stops: what is in flight ends, nothing new begins, and everybody is told. */
class ShutdownTest {
    private static final String PING = "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}";
    private static final String ANSWER = "{\"jsonrpc\":\"2.0\",\"id\":9,\"result\":{}}";

    private final CountDownLatch finish = new CountDownLatch(1);
    private final AtomicInteger pings = new AtomicInteger();
    private final AtomicInteger answers = new AtomicInteger();
    private final AtomicInteger calls = new AtomicInteger();

    /** A call ends when the test says so. */
    private RawServer server() throws Exception {
        return new RawServer((socket, n) -> {
            while (true) {
                RawServer.Request request = RawServer.read(socket);
                if (request.is("tools/call")) {
                    calls.incrementAndGet();
                    finish.await();
                } else if (request.is("ping")) {
                    pings.incrementAndGet();
                } else {
                    answers.incrementAndGet();
                }
                RawServer.answer(socket, request);
            }
        });
    }

    private static String all(Socket client) throws Exception {
        return new String(client.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    /** Vert.x stops its workers before its timers. */
    @Test
    void close_whileTimersBeginWork_logsNothing() throws Exception {
        try (LoggedLines lines = new LoggedLines("io.vertx.core.impl.ContextImpl")) {
            for (int i = 0; i < 20; i++) {
                GatewayHarness.start("http://127.0.0.1:9/mcp", "queue_limits.cleanup_interval_ms=1")
                        .shutDown();
            }

            assertThat(lines.lines()).isEmpty();
        }
    }

    /** A body that has come whole is read by a worker, in its turn: until then nothing is decided. */
    @Test
    void close_whileLongBodiesWaitForAWorker_answersThem() throws Exception {
        String body =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"a\",\"arguments\":{\"a\":["
                        + "1,".repeat(400_000) + "1]}}}";
        int answered = 0;
        for (int i = 0; i < 3; i++) {
            try (RawServer server = server();
                    LoggedLines lines = new LoggedLines("io.vertx.core.impl.ContextImpl");
                    GatewayHarness rig = GatewayHarness.start(server.url().toString(), "edge.shutdown_timeout_ms=1")) {
                int before = calls.get();
                List<Socket> clients = new ArrayList<>();
                for (int client = 0; client < 24; client++) {
                    clients.add(rig.send(GatewayHarness.post(body)));
                }
                GatewayHarness.await(
                        "bodies have come whole",
                        () -> rig.stat("buffered_body_bytes") > 12L * body.length() || calls.get() > before);

                rig.shutDown();

                assertThat(lines.lines()).isEmpty();
                for (Socket client : clients) {
                    try (client) {
                        assertThat(all(client)).startsWith("HTTP/1.1 ").endsWith("}");
                        answered++;
                    } catch (SocketException e) {
                        // Its body had not been read to the end, so that the system has reset the connection.
                    }
                }
            }
        }
        assertThat(answered).isPositive();
    }

    @Test
    void close_whilePingsArrive_endsWithWhatIsInFlight() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), "edge.shutdown_timeout_ms=60000");
                Socket call = rig.send(GatewayHarness.post(GatewayHarness.call(1, "slow"), "Connection: close"))) {
            GatewayHarness.await("the call is in flight", () -> calls.get() == 1);
            CompletableFuture<Void> closed = CompletableFuture.runAsync(rig.gateway::close);
            GatewayHarness.await("it drains", () -> {
                try (Socket client = rig.send(GatewayHarness.post(PING, "Connection: close"))) {
                    return all(client).contains("shutting down");
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
            int before = pings.get();
            for (int i = 0; i < 5; i++) {
                try (Socket client = rig.send(GatewayHarness.post(PING))) {
                    assertThat(all(client))
                            .startsWith("HTTP/1.1 503 ")
                            .containsIgnoringCase("connection: close\r\n")
                            .contains("\"id\":7");
                }
            }
            try (Socket client = rig.send(GatewayHarness.post(ANSWER))) {
                assertThat(all(client)).startsWith("HTTP/1.1 200 ").containsIgnoringCase("connection: close\r\n");
            }
            try (Socket client = rig.send("GET /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
                assertThat(all(client)).startsWith("HTTP/1.1 503 ");
            }
            assertThat(pings).hasValue(before);
            assertThat(answers).hasValue(1);
            assertThat(closed).isNotDone();

            finish.countDown();
            assertThat(all(call)).startsWith("HTTP/1.1 200 ").contains("\"id\":1");
            closed.get(GatewayHarness.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            // The last ping from before the end may have been under way as well.
            assertThat(rig.gateway.outcome()).matches("1 pending request finished|2 pending requests finished");
        }
    }

    /** It is the gateway that ends these calls: that says nothing about the server. */
    @Test
    void close_whenCallsAreCutOff_doesNotOpenTheCircuit() throws Exception {
        try (RawServer server = server();
                LoggedLines lines = new LoggedLines("weir.circuit");
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(), "edge.shutdown_timeout_ms=1", "upstreams.default.capacity=100")) {
            List<Socket> cut = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                cut.add(rig.send(GatewayHarness.post(GatewayHarness.call(i, "slow"))));
            }
            GatewayHarness.await("the calls are in flight", () -> calls.get() == 60);

            rig.gateway.close();

            assertThat(lines.lines()).isEmpty();
            for (Socket client : cut) {
                assertThat(all(client)).contains("shutting down");
                client.close();
            }
        } finally {
            finish.countDown();
        }
    }

    @Test
    void close_afterItsTime_answersWhatIsLeftAndSaysSo() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), "edge.shutdown_timeout_ms=300")) {
            List<Socket> cut = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                cut.add(rig.send(GatewayHarness.post(GatewayHarness.call(i, "slow"))));
            }
            GatewayHarness.await("the calls are in flight", () -> calls.get() == 3);
            Socket sending = rig.send(GatewayHarness.post(GatewayHarness.call(5, "slow"), "Expect: 100-continue")
                    .replaceAll("..$", ""));
            assertThat(new String(sending.getInputStream().readNBytes(25), StandardCharsets.ISO_8859_1))
                    .isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");

            rig.gateway.close();

            for (Socket client : cut) {
                assertThat(all(client)).contains("shutting down");
            }
            assertThat(all(sending)).startsWith("HTTP/1.1 503 ").contains("shutting down");
            assertThat(rig.gateway.outcome())
                    .isEqualTo("0 pending requests finished, 3 timed out and got an error, 1 had not arrived"
                            + " completely and got a refusal");
            sending.close();
        } finally {
            finish.countDown();
        }
    }
}
