package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections to upstreams: who gets one, how many there are, and how long they are kept. */
class UpstreamConnectionsTest {
    @TempDir
    Path folder;

    private static String request(String method) {
        return "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" + method + "\",\"params\":{}}";
    }

    private static final String LISTEN = request("subscriptions/listen");
    private static final String ELICITED = "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"action\":\"accept\"}}";

    /**
     * Holds requests of that method until the latch is open, streams what is listened to, and answers all else at once.
     */
    private static RawServer server(String held, CountDownLatch latch) throws Exception {
        return new RawServer((socket, n) -> {
            while (true) {
                RawServer.Request request = RawServer.read(socket);
                if (request.is("subscriptions/listen") || request.head().startsWith("GET")) {
                    RawServer.write(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hi\n\n");
                    socket.getInputStream().read();
                    return;
                }
                if (request.is(held)) {
                    latch.await();
                }
                RawServer.answer(socket, request);
            }
        });
    }

    @Test
    void openStreams_takeNoConnectionOfCalls() throws Exception {
        try (RawServer server = server("none", new CountDownLatch(0));
                GatewayHarness rig =
                        GatewayHarness.start(server.url().toString(), "upstreams.default.max_connections=2")) {
            List<Socket> streams = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                streams.add(rig.send(GatewayHarness.post(LISTEN, "MCP-Protocol-Version: 2026-07-28")));
                streams.add(rig.send("GET /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            }
            GatewayHarness.await("all streams are open", () -> server.open() == 6);

            assertThat(rig.call(GatewayHarness.call(1, "echo")).join().body()).contains("result");

            for (Socket stream : streams) {
                stream.close();
            }
            GatewayHarness.await("the streams are closed at the server", () -> server.open() <= 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2026-07-28", "2025-11-25"})
    void openSubscription_takesNoMessageOfTheLimits(String version) throws Exception {
        try (RawServer server = server("none", new CountDownLatch(0));
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), "queue_limits.max_messages=1")) {
            try (Socket stream = rig.send(GatewayHarness.post(LISTEN, "MCP-Protocol-Version: " + version))) {
                RawServer.await(stream, ": hi");
                assertThat(rig.stat("streams")).isEqualTo(1);

                assertThat(rig.call(GatewayHarness.call(1, "echo")).join().body())
                        .contains("result");
            }
            GatewayHarness.await("the stream has given its place back", () -> rig.stat("streams") == 0);
        }
    }

    @Test
    void subscriptionBeyondTheCap_isRefusedAsAnyRequestWithItsId() throws Exception {
        try (RawServer server = server("none", new CountDownLatch(0));
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), "edge.max_streams_per_address=1");
                Socket first = rig.send(GatewayHarness.post(LISTEN, "MCP-Protocol-Version: 2026-07-28"))) {
            assertThat(first.getInputStream().read()).isEqualTo('H');

            HttpResponse<String> refused =
                    rig.call(LISTEN.replace("\"id\":1", "\"id\":\"two\"")).join();

            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.body())
                    .contains("\"id\":\"two\"", "\"code\":-31429", "Overloaded: ", "\"reason\":\"streams\"")
                    .contains("\"scope\":\"address\",\"current\":1,\"limit\":1");
            assertThat(rig.stat("streams_refused")).isEqualTo(1);
        }
    }

    @Test
    void slowInitializes_delayNoAnswerOfAClientAndNoCall() throws Exception {
        CountDownLatch latch = new CountDownLatch(1);
        try (RawServer server = server("initialize", latch);
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            List<CompletableFuture<HttpResponse<String>>> slow = new ArrayList<>();
            for (int i = 0; i < 70; i++) {
                slow.add(rig.call(request("initialize")));
            }
            // One tenant alone has half of the places.
            GatewayHarness.await("the server has all that it is given", () -> server.open() == 32);

            assertThat(rig.call(ELICITED).join().body()).contains("result");
            assertThat(rig.call(GatewayHarness.call(1, "echo")).join().body()).contains("result");
            assertThat(slow).noneMatch(CompletableFuture::isDone);

            latch.countDown();
            slow.forEach(each -> assertThat(each.join().body()).contains("result"));
        }
    }

    @Test
    void maxConnections_areUsedToTheLastFromAnyEventLoopAndNeverPassed() throws Exception {
        CountDownLatch latch = new CountDownLatch(1);
        AtomicInteger busy = new AtomicInteger();
        AtomicInteger maxBusy = new AtomicInteger();
        // Counts requests: a server may notice that an idle connection was closed after it accepted the next one.
        RawServer.Script script = (socket, n) -> {
            while (true) {
                RawServer.Request request = RawServer.read(socket);
                maxBusy.accumulateAndGet(busy.incrementAndGet(), Math::max);
                latch.await();
                busy.decrementAndGet();
                RawServer.answer(socket, request);
            }
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "upstreams.default.max_connections=3",
                        "upstreams.default.capacity=12")) {
            List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                calls.add(rig.call(GatewayHarness.call(i, "slow")));
            }
            GatewayHarness.await("all connections are used", () -> busy.get() == 3);
            assertThat(server.maxOpen()).isEqualTo(3);
            latch.countDown();
            calls.forEach(each -> assertThat(each.join().body()).contains("result"));

            assertThat(maxBusy).hasValue(3);
        }
    }

    @Test
    void idleConnectionOfOneEventLoop_makesWayForAnother() throws Exception {
        try (RawServer server = server("none", new CountDownLatch(0));
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "upstreams.default.max_connections=1",
                        "upstreams.default.keep_alive_ms=3600000")) {
            for (int i = 0; i < 8; i++) {
                // Connections of clients are spread over the event loops.
                try (Socket client = rig.send(GatewayHarness.post(GatewayHarness.call(i, "echo")))) {
                    assertThat(client.getInputStream().read()).isEqualTo('H');
                }
            }

            GatewayHarness.await("one connection is left", () -> server.open() <= 1);
        }
    }

    /** Notes the tenants whose requests come on each connection, and answers all. */
    private static RawServer tellsTenantsApart(Map<Integer, Set<String>> tenants) throws Exception {
        return new RawServer((socket, n) -> {
            while (true) {
                RawServer.Request request = RawServer.read(socket);
                String tenant = request.head().replaceAll("(?s).*X-Weir-Tenant: (\\w+).*", "$1");
                tenants.computeIfAbsent(n, each -> ConcurrentHashMap.newKeySet())
                        .add(tenant);
                RawServer.answer(socket, request);
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"1024, 2", "1, 40"})
    void connection_servesOneTenantAlone(int max, int opened) throws Exception {
        Map<Integer, Set<String>> tenants = new ConcurrentHashMap<>();
        try (RawServer server = tellsTenantsApart(tenants);
                GatewayHarness rig = GatewayHarness.keyed(
                        server, folder, "tenants.header=X-Weir-Tenant", "upstreams.default.max_connections=" + max)) {
            for (int i = 0; i < 40; i++) {
                String key = i % 2 == 0 ? GatewayHarness.KEY_A : GatewayHarness.KEY_B;
                assertThat(rig.call(GatewayHarness.call(i, "echo"), "X-API-Key", key)
                                .join()
                                .body())
                        .contains("result");
            }

            assertThat(tenants.values()).allSatisfy(of -> assertThat(of).hasSize(1));
            assertThat(server.accepted()).isEqualTo(opened);
        }
    }

    @Test
    void tenantsWithCallsAtOnceAtTheLimit_allGoOnOnConnectionsOfTheirOwn() throws Exception {
        Map<Integer, Set<String>> tenants = new ConcurrentHashMap<>();
        try (RawServer server = tellsTenantsApart(tenants);
                GatewayHarness rig = GatewayHarness.keyed(
                        server, folder, "tenants.header=X-Weir-Tenant", "upstreams.default.max_connections=3")) {
            List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                calls.add(rig.call(
                        GatewayHarness.call(i, "echo"),
                        "X-API-Key",
                        i % 3 == 0 ? GatewayHarness.KEY_A : GatewayHarness.KEY_B));
            }

            calls.forEach(each -> assertThat(each.join().body()).contains("result"));
            assertThat(tenants.values()).allSatisfy(of -> assertThat(of).hasSize(1));
        }
    }

    @Test
    void connectionOfATenant_isUsedAgainForItAndTheOldestMakesWayForAnother() throws Exception {
        Map<Integer, Set<String>> tenants = new ConcurrentHashMap<>();
        try (RawServer server = tellsTenantsApart(tenants);
                GatewayHarness rig = GatewayHarness.keyed(
                        server,
                        folder,
                        "tenants.header=X-Weir-Tenant",
                        "upstreams.default.max_connections=2",
                        "upstreams.default.keep_alive_ms=3600000")) {
            // The oldest idle connection is that of "b" when "c" comes, and that of "a" when "b" comes back.
            for (String key : List.of(
                    GatewayHarness.KEY_A,
                    GatewayHarness.KEY_B,
                    GatewayHarness.KEY_A,
                    GatewayHarness.KEY_C,
                    GatewayHarness.KEY_A,
                    GatewayHarness.KEY_C,
                    GatewayHarness.KEY_B)) {
                assertThat(rig.call(GatewayHarness.call(1, "echo"), "X-API-Key", key)
                                .join()
                                .body())
                        .contains("result");
            }

            assertThat(tenants)
                    .containsExactly(
                            Map.entry(1, Set.of("a")),
                            Map.entry(2, Set.of("b")),
                            Map.entry(3, Set.of("c")),
                            Map.entry(4, Set.of("b")));
        }
    }

    /** ErrorResponses one request a connection, and closes it without a word when the next comes. */
    private static RawServer closesAtTheSecond() throws Exception {
        return new RawServer((socket, n) -> {
            RawServer.answer(socket, RawServer.read(socket));
            RawServer.read(socket);
        });
    }

    @Test
    void reusedConnectionThatCloses_isTriedOnceMoreForWhatMayBeSentTwice() throws Exception {
        try (RawServer server = closesAtTheSecond();
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            for (String method : List.of("tools/list", "resources/read", "tools/list", "prompts/get")) {
                assertThat(rig.call(request(method)).join().body()).contains("result");
            }

            assertThat(rig.stat("upstream_failures")).isZero();
        }
    }

    @Test
    void reusedConnectionThatCloses_failsACallOfAToolButIsNoEvidenceAgainstTheServer() throws Exception {
        try (RawServer server = closesAtTheSecond();
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), "upstreams.default.capacity=1")) {
            int failed = 0;
            for (int i = 0; i < 60; i++) {
                String body = rig.call(GatewayHarness.call(i, "echo")).join().body();
                assertThat(body).containsAnyOf("result", "closed the connection before it responded");
                failed += body.contains("result") ? 0 : 1;
            }

            assertThat(failed).isGreaterThanOrEqualTo(20);
            assertThat(rig.stats()).contains("\"circuit\":\"closed\"").doesNotContain("\"circuit\":\"open\"");
        }
    }

    @Test
    void idleConnection_isClosedAfterItsTime() throws Exception {
        try (RawServer server = server("none", new CountDownLatch(0));
                GatewayHarness rig =
                        GatewayHarness.start(server.url().toString(), "upstreams.default.keep_alive_ms=100")) {
            assertThat(rig.call(GatewayHarness.call(1, "echo")).join().body()).contains("result");

            GatewayHarness.await("it is closed", () -> server.open() == 0);
        }
    }

    @Test
    void serversKeepAliveTime_isHonoured() throws Exception {
        RawServer.Script script = (socket, n) -> {
            while (true) {
                RawServer.answer(socket, RawServer.read(socket), "Keep-Alive: timeout=1, max=5");
            }
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig =
                        GatewayHarness.start(server.url().toString(), "upstreams.default.keep_alive_ms=3600000")) {
            assertThat(rig.call(GatewayHarness.call(1, "echo")).join().body()).contains("result");

            GatewayHarness.await("it is closed", () -> server.open() == 0);
        }
    }

    @Test
    void stopping_doesNotWaitForAClientThatReadsNothing() throws Exception {
        RawServer.Script script = (socket, n) -> {
            RawServer.read(socket);
            RawServer.write(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
            while (true) {
                RawServer.write(socket, "data: " + "x".repeat(8_000) + "\n\n");
            }
        };
        try (RawServer server = new RawServer(script)) {
            GatewayHarness rig = GatewayHarness.start(server.url().toString());
            try (Socket client = rig.send("GET /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n", 4_096)) {
                GatewayHarness.await("the stream is open", () -> server.open() == 1);
                Thread closing = new Thread(rig::close);
                closing.start();

                closing.join(GatewayHarness.PATIENCE.toMillis());

                assertThat(closing.isAlive()).isFalse();
                assertThat(client.isConnected()).isTrue();
            }
        }
    }

    @Test
    void reusedConnectionThatClosesLongAfterTheRequest_isAFailureOfTheServer() throws Exception {
        RawServer.Script script = (socket, n) -> {
            RawServer.answer(socket, RawServer.read(socket));
            RawServer.read(socket);
            Thread.sleep(1_500);
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            assertThat(rig.call(request("resources/read")).join().body()).contains("result");

            assertThat(rig.call(request("resources/read")).join().body())
                    .contains("closed the connection before its response was complete");

            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @Test
    void controlBatchThatFindsNoConnection_isAnsweredForEachRequest() throws Exception {
        CountDownLatch latch = new CountDownLatch(1);
        try (RawServer server = server("ping", latch);
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            List<CompletableFuture<HttpResponse<String>>> pings = new ArrayList<>();
            // One tenant has 32 places, and 256 that wait for them.
            for (int i = 0; i < 288; i++) {
                pings.add(rig.call(request("ping")));
            }
            GatewayHarness.await("all places are taken", () -> server.open() == 32);
            String batch = "[" + request("ping") + "," + request("ping").replace("\"id\":1", "\"id\":2") + "]";
            String[] answer = new String[1];

            GatewayHarness.await("one is refused", () -> {
                HttpResponse<String> response = rig.call(batch).join();
                answer[0] = response.body();
                return response.statusCode() == 503;
            });

            assertThat(answer[0]).contains("\"id\":1,", "\"id\":2,");
            latch.countDown();
            assertThat(pings).isNotEmpty();
        }
    }

    @Test
    void expiredSessions_areAllEndedAtTheServer() throws Exception {
        AtomicInteger issued = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        RawServer.Script script = (socket, n) -> {
            while (true) {
                RawServer.Request request = RawServer.read(socket);
                if (request.head().startsWith("DELETE")) {
                    ended.incrementAndGet();
                    Thread.sleep(2);
                    RawServer.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                } else {
                    RawServer.answer(socket, request, "Mcp-Session-Id: s" + issued.incrementAndGet());
                }
            }
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "edge.session_idle_timeout_ms=2000",
                        "queue_limits.cleanup_interval_ms=1000",
                        "edge.max_sessions_per_address=1000",
                        "edge.max_sessions_per_connection=1000")) {
            for (int i = 0; i < 400; i++) {
                assertThat(rig.call(request("initialize")).join().statusCode()).isEqualTo(200);
            }

            GatewayHarness.await("all are ended", () -> ended.get() == 400);
        }
    }
}
