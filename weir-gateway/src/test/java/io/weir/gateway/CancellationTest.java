package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Cancellations of clients without a session: they come on another connection than what they cancel. */
class CancellationTest {
    private static final String ONE_AT_A_TIME = "upstreams.default.capacity=1";

    private final CountDownLatch released = new CountDownLatch(1);
    private final List<String> seen = new CopyOnWriteArrayList<>();

    /** Holds calls of "slow" until they are released. */
    private RawServer server() throws IOException {
        return new RawServer((socket, n) -> {
            while (true) {
                RawServer.Request request = RawServer.read(socket);
                seen.add(request.body());
                if (request.is("slow")) {
                    released.await();
                }
                if (request.is("notifications/cancelled")) {
                    RawServer.write(socket, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
                } else {
                    RawServer.answer(socket, request);
                }
            }
        });
    }

    private static String cancel(int id) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":" + id + "}}";
    }

    private boolean serverWasToldOf(int id) {
        return seen.contains(cancel(id));
    }

    private static CompletableFuture<HttpResponse<String>> call(GatewayHarness rig, int id, String agent) {
        return rig.call(GatewayHarness.call(id, "slow"), "User-Agent", agent);
    }

    private static int cancel(GatewayHarness rig, int id, String agent) {
        return rig.call(cancel(id), "User-Agent", agent).join().statusCode();
    }

    private static void awaitQueued(GatewayHarness rig, int count) throws InterruptedException {
        GatewayHarness.await(count + " wait", () -> rig.stats().contains("\"queued\":" + count + ",\"in_flight\":1"));
    }

    @Test
    void cancellationOfAQueuedCall_onAnotherConnection_takesItOut() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), ONE_AT_A_TIME)) {
            CompletableFuture<HttpResponse<String>> first = call(rig, 1, "me");
            awaitQueued(rig, 0);
            CompletableFuture<HttpResponse<String>> second = call(rig, 2, "me");
            awaitQueued(rig, 1);

            assertThat(cancel(rig, 2, "me")).isEqualTo(202);

            assertThat(second.join().body()).contains("Cancelled");
            assertThat(serverWasToldOf(2)).isFalse();
            released.countDown();
            assertThat(first.join().body()).contains("result");
        }
    }

    @Test
    void cancellationThatCouldMeanTwoCalls_takesNeither() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), ONE_AT_A_TIME)) {
            CompletableFuture<HttpResponse<String>> inFlight = call(rig, 7, "me");
            awaitQueued(rig, 0);
            CompletableFuture<HttpResponse<String>> queued = call(rig, 7, "me");
            awaitQueued(rig, 1);

            assertThat(cancel(rig, 7, "me")).isEqualTo(202);

            assertThat(serverWasToldOf(7)).isTrue();
            released.countDown();
            assertThat(inFlight.join().body()).contains("result");
            assertThat(queued.join().body()).contains("result");
        }
    }

    @Test
    void cancellationOfAnotherClient_ofTheSameAddress_takesNothing() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), ONE_AT_A_TIME)) {
            CompletableFuture<HttpResponse<String>> first = call(rig, 1, "me");
            awaitQueued(rig, 0);
            CompletableFuture<HttpResponse<String>> second = call(rig, 2, "me");
            awaitQueued(rig, 1);

            assertThat(cancel(rig, 1, "other")).isEqualTo(202);
            assertThat(cancel(rig, 2, "other")).isEqualTo(202);

            assertThat(serverWasToldOf(2)).isTrue();
            released.countDown();
            assertThat(first.join().body()).contains("result");
            assertThat(second.join().body()).contains("result");
        }
    }

    @Test
    void cancellationOfACallInFlight_onAnotherConnection_givesItsPlaceBack() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), ONE_AT_A_TIME)) {
            CompletableFuture<HttpResponse<String>> first = call(rig, 1, "me");
            awaitQueued(rig, 0);

            assertThat(cancel(rig, 1, "me")).isEqualTo(202);

            assertThat(first.join().body()).contains("Cancelled");
            assertThat(serverWasToldOf(1)).isTrue();
            released.countDown();
        }
    }
}
