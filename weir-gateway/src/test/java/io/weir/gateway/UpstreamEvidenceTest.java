package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the gateway makes of what a server does: whose slot is free, and whether it fails. */
class UpstreamEvidenceTest {
    private static final String STATELESS = "MCP-Protocol-Version: 2026-07-28";

    private final CountDownLatch goOn = new CountDownLatch(1);
    private final AtomicInteger running = new AtomicInteger();

    /** Works on "slow" until it is told to go on, whatever becomes of the connection; all else it answers at once. */
    private void serve(Socket socket) throws IOException, InterruptedException {
        while (true) {
            RawServer.Request request = RawServer.read(socket);
            if (request.is("slow")) {
                running.incrementAndGet();
                goOn.await();
                running.decrementAndGet();
            }
            RawServer.answer(socket, request, "Mcp-Session-Id: s1");
        }
    }

    @Test
    void statelessClientLeaves_slotIsHeldWhileTheServerMayGoOn() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> serve(socket));
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "upstreams.default.capacity=1",
                        "upstreams.default.abandoned_hold_ms=600000")) {
            Socket client = rig.send(GatewayHarness.post(GatewayHarness.call(1, "slow"), STATELESS));
            GatewayHarness.await("the server works", () -> running.get() == 1);

            client.close();
            GatewayHarness.await("the slot is held", () -> rig.stat("abandoned") == 1);
            CompletableFuture<HttpResponse<String>> next = rig.call(GatewayHarness.call(2, "slow"));
            GatewayHarness.await("the next waits", () -> rig.stats().contains("\"queued\":1,\"in_flight\":0"));

            assertThat(running.get()).isEqualTo(1);
            assertThat(rig.stat("abandoned")).isEqualTo(1);
            assertThat(next.isDone()).isFalse();
        } finally {
            goOn.countDown();
        }
    }

    @Test
    void sessionClientCancels_slotIsHeldUntilTheServerAnswers() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> serve(socket));
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "upstreams.default.capacity=1",
                        "upstreams.default.abandoned_hold_ms=600000")) {
            rig.call("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{}}")
                    .join();
            CompletableFuture<HttpResponse<String>> cancelled =
                    rig.call(GatewayHarness.call(7, "slow"), "Mcp-Session-Id", "s1");
            GatewayHarness.await("the server works", () -> running.get() == 1);
            rig.call(
                            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":7}}",
                            "Mcp-Session-Id",
                            "s1")
                    .join();

            assertThat(cancelled.join().body()).contains("Cancelled");
            assertThat(rig.stat("abandoned")).isEqualTo(1);
            CompletableFuture<HttpResponse<String>> next =
                    rig.call(GatewayHarness.call(8, "echo"), "Mcp-Session-Id", "s1");
            GatewayHarness.await("the next waits", () -> rig.stats().contains("\"queued\":1,\"in_flight\":0"));
            goOn.countDown();

            assertThat(next.join().body()).contains("result");
            assertThat(rig.stat("abandoned")).isZero();
        } finally {
            goOn.countDown();
        }
    }

    @Test
    void clientEndsItsSession_callsThatRemainUnansweredAreNoFailureOfTheServer() throws Exception {
        RawServer.Script script = (socket, n) -> {
            while (true) {
                RawServer.Request request = RawServer.read(socket);
                if (request.is("slow")) {
                    goOn.await();
                    RawServer.write(
                            socket,
                            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + RawServer.CHUNKED_COMMENT);
                } else {
                    RawServer.answer(socket, request, "Mcp-Session-Id: s1");
                }
                if (request.head().startsWith("DELETE")) {
                    goOn.countDown();
                }
            }
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            rig.call("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{}}")
                    .join();
            List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
            for (int i = 1; i <= 30; i++) {
                calls.add(rig.call(GatewayHarness.call(i, "slow"), "Mcp-Session-Id", "s1"));
            }
            GatewayHarness.await("the calls are there", () -> rig.stats().contains("\"in_flight\":30"));
            rig.send("DELETE /mcp HTTP/1.1\r\nHost: localhost\r\nMcp-Session-Id: s1\r\n\r\n");
            for (CompletableFuture<HttpResponse<String>> call : calls) {
                assertThat(call.join().body()).contains("The session was ended before the request was answered");
            }

            assertThat(rig.stats()).contains("\"circuit\":\"closed\"");
            assertThat(rig.stat("upstream_failures")).isZero();
            assertThat(rig.call(GatewayHarness.call(99, "echo")).join().body()).contains("result");
        } finally {
            goOn.countDown();
        }
    }

    @ParameterizedTest
    @CsvSource({"'id: 1\ndata: ', true", "': hi', false"})
    void sessionClientLeavesAStream_serverSeesThatIfItCanBeResumed(String event, boolean closed) throws Exception {
        AtomicInteger streams = new AtomicInteger();
        RawServer.Script script = (socket, n) -> {
            while (true) {
                RawServer.Request request = RawServer.read(socket);
                if (request.head().contains("Last-Event-ID: 1")) {
                    RawServer.write(
                            socket, "HTTP/1.1 " + (streams.get() == 0 ? "204 None" : "409 Conflict") + "\r\n\r\n");
                    return;
                } else if (request.is("slow")) {
                    RawServer.write(
                            socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + event + "\n\n");
                    streams.incrementAndGet();
                    try {
                        socket.getInputStream().read();
                    } finally {
                        streams.decrementAndGet();
                    }
                } else {
                    RawServer.answer(socket, request, "Mcp-Session-Id: s1");
                }
            }
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig =
                        GatewayHarness.start(server.url().toString(), "upstreams.default.abandoned_hold_ms=600000")) {
            rig.call("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{}}")
                    .join();
            try (Socket client = rig.send(GatewayHarness.post(GatewayHarness.call(1, "slow"), "Mcp-Session-Id: s1"))) {
                StringBuilder got = new StringBuilder();
                while (got.indexOf(event) < 0) {
                    got.append((char) client.getInputStream().read());
                }
            }
            GatewayHarness.await("it is known that the client left", () -> rig.stat("clients_gone") == 1);
            if (closed) {
                GatewayHarness.await("the server knows it", () -> streams.get() == 0);
            }

            assertThat(rig.request("GET", "", "Mcp-Session-Id", "s1", "Last-Event-ID", "1")
                            .join()
                            .statusCode())
                    .isEqualTo(closed ? 204 : 409);
            assertThat(rig.stat("abandoned")).isEqualTo(closed ? 1 : 0);
        }
    }

    @ParameterizedTest
    @CsvSource({"502, true", "503, true", "504, true", "500, false", "429, false", "404, false"})
    void serverAnswersAlwaysWithAStatus_circuitOpensOnlyIfItIsUnavailable(int status, boolean opens) throws Exception {
        RawServer.Script script = (socket, n) -> {
            while (true) {
                RawServer.read(socket);
                RawServer.write(socket, "HTTP/1.1 " + status + " Told\r\nContent-Length: 0\r\n\r\n");
            }
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            for (int i = 0; i < 30; i++) {
                rig.call(GatewayHarness.call(i, "echo")).join();
            }

            assertThat(rig.stats()).contains("\"circuit\":\"" + (opens ? "open" : "closed"));
            assertThat(rig.stat("shed_by_circuit") > 0).isEqualTo(opens);
        }
    }

    @ParameterizedTest
    @CsvSource({"another id, 1, true", "another id, 2, false", "no HTTP, 1, true", "no HTTP, 2, false"})
    void nthRequestOfEachConnectionGetsWhatIsNotItsOwn_isEvidenceOnAFreshConnectionAlone(
            String what, int nth, boolean opens) throws Exception {
        String other = "{\"jsonrpc\":\"2.0\",\"id\":7777,\"result\":{}}";
        String head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + other.length();
        RawServer.Script script = (socket, n) -> {
            for (int i = 1; i < nth; i++) {
                RawServer.answer(socket, RawServer.read(socket));
            }
            RawServer.read(socket);
            RawServer.write(socket, what.startsWith("another") ? head + "\r\n\r\n" + other : "surplus\r\n\r\n");
            RawServer.read(socket);
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            int failed = 0;
            for (int i = 0; i < 60; i++) {
                String tool = i % 2 == 0 ? "culprit" : "victim";
                failed += rig.call(GatewayHarness.call(i, tool)).join().body().contains("-31502") ? 1 : 0;
            }

            assertThat(rig.stat("upstream_failures")).isEqualTo(failed);
            assertThat(rig.stats()).contains("\"circuit\":\"" + (opens ? "open" : "closed"));
            assertThat(rig.stat("shed_by_circuit") > 0).isEqualTo(opens);
        }
    }
}
