package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Limits change again and again while clients call. {@code -Dweir.live.changes=100000} for the long run.
 *
 * <p>A call is pending, and two configurations take turns of which each rejects every other call, each for a reason of
 * its own: one by messages, the other by bytes. A decision that takes the messages of the one and the bytes of the
 * other would admit a call, which then comes to the server.
 */
class ChangesUnderLoadTest {
    private static final int CHANGES = Integer.getInteger("weir.live.changes", 300);
    private static final int CLIENTS = 4;
    private static final int PROGRESS = 10_000;

    /** Between the calls of a client: changes, not calls, are to have the processors. */
    private static final long PAUSE_MILLIS = 2;

    private static final Pattern REJECTION =
            Pattern.compile("\"reason\":\"([a-z_]+)\".*?\"limit\":(\\d+)", Pattern.DOTALL);

    @TempDir
    Path directory;

    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicLong answered = new AtomicLong();
    private final Map<String, AtomicLong> rejections = new ConcurrentHashMap<>();

    private static String yaml(RawServer server, boolean byMessages) {
        return "upstreams: {a: {url: \"" + server.url() + "\", capacity: 1}}\nqueue_limits:\n  max_messages: "
                + (byMessages ? 1 : 1000) + "\n  max_bytes: " + (byMessages ? 1_000_000 : 10) + "\n";
    }

    private static String patch(boolean byMessages) {
        return "{\"queue_limits\":{\"max_messages\":" + (byMessages ? 1 : 1000) + ",\"max_bytes\":"
                + (byMessages ? 1_000_000 : 10) + "}}";
    }

    /** One connection that is never closed by anyone, call by call. */
    private void callAgainAndAgain(int port, int client) throws IOException, InterruptedException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) GatewayHarness.PATIENCE.toMillis());
            for (int i = 0; !stopped.get(); i++) {
                String call = GatewayHarness.post(GatewayHarness.call(1_000_000 * client + i, "echo"));
                socket.getOutputStream().write(call.getBytes(StandardCharsets.US_ASCII));
                String body = GatewayHarness.response(socket.getInputStream());
                assertThat(body).contains("\"id\":" + (1_000_000 * client + i));
                Matcher found = REJECTION.matcher(body);
                assertThat(found.find()).as(body).isTrue();
                rejections
                        .computeIfAbsent(found.group(1) + " " + found.group(2), name -> new AtomicLong())
                        .incrementAndGet();
                answered.incrementAndGet();
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "log"})
    void decisions_areEachOfOneConfiguration_andEveryCallIsAnswered(String log) throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        AtomicInteger calls = new AtomicInteger();
        try (RawServer server = new RawServer((socket, n) -> {
            RawServer.read(socket);
            calls.incrementAndGet();
            over.await();
        })) {
            Path file = Files.writeString(directory.resolve("weir.yaml"), yaml(server, true));
            List<String> settings = new ArrayList<>(List.of(
                    "backpressure.max_messages_per_sec=1000000",
                    "upstreams.a.ttl_ms=1h",
                    "upstreams.a.request_timeout_ms=24h",
                    "edge.body_timeout_ms=1h"));
            if (!log.isEmpty()) {
                settings.add("decision_log.file=" + directory.resolve(log));
            }
            try (GatewayHarness rig = GatewayHarness.live(file, settings.toArray(String[]::new))) {
                Socket pending = rig.send(GatewayHarness.post(GatewayHarness.call(1, "echo")));
                GatewayHarness.await("a call is pending", () -> calls.get() == 1);
                List<CompletableFuture<Void>> clients = new ArrayList<>();
                for (int i = 1; i <= CLIENTS; i++) {
                    int client = i;
                    clients.add(GatewayHarness.begin(() -> callAgainAndAgain(rig.port(), client)));
                }
                for (int i = 0; i < CHANGES; i++) {
                    boolean byMessages = i % 2 == 1;
                    if (i % 20 < 10) {
                        assertThat(rig.patch(patch(byMessages)).statusCode()).isEqualTo(200);
                    } else {
                        // What a PATCH has set goes before the file.
                        if (i % 20 == 10) {
                            rig.patch("{\"queue_limits\":{\"max_messages\":null,\"max_bytes\":null}}");
                        }
                        Files.writeString(file, yaml(server, byMessages));
                        rig.gateway.reload();
                    }
                    long before = answered.get();
                    if (i % 10 == 0) {
                        GatewayHarness.await("clients call", () -> {
                            assertThat(calls)
                                    .as("calls that came to the server")
                                    .hasValue(1);
                            return answered.get() > before + CLIENTS;
                        });
                    }
                    if ((i + 1) % PROGRESS == 0) {
                        System.out.println((i + 1) + " changes, rejected so far: " + rejections);
                    }
                }
                stopped.set(true);
                for (CompletableFuture<Void> each : clients) {
                    each.join();
                }

                assertThat(rejections).containsOnlyKeys("connection_messages 1", "connection_bytes 10");
                assertThat(calls).as("calls that came to the server").hasValue(1);
                assertThat(rig.stat("connections")).isPositive();
                assertThat(rig.stats()).contains("\"pending\":{\"messages\":1,");
                System.out.println(CHANGES + " changes, " + answered + " calls of " + CLIENTS
                        + " connections, all answered and rejected: " + rejections);
                pending.close();
            } finally {
                over.countDown();
            }
        }
    }

    @Test
    void queuedCalls_outliveChanges() throws Exception {
        CountDownLatch may = new CountDownLatch(1);
        try (RawServer server = new RawServer((socket, n) -> {
            may.await();
            RawServer.serveAll(socket);
        })) {
            Path file = Files.writeString(
                    directory.resolve("weir.yaml"), "upstreams: {a: {url: \"" + server.url() + "\", capacity: 1}}\n");
            try (GatewayHarness rig = GatewayHarness.live(file, "upstreams.a.ttl_ms=1h")) {
                List<CompletableFuture<?>> calls = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    calls.add(rig.call(GatewayHarness.call(i, "echo"))
                            .thenAccept(answer -> assertThat(answer.body()).contains("\"result\"")));
                }
                GatewayHarness.await("all are pending", () -> rig.stats().contains("\"queued\":19,"));

                for (int i = 1; i <= 5; i++) {
                    assertThat(rig.patch("{\"queue_limits\":{\"max_messages\":" + i + "}}")
                                    .statusCode())
                            .isEqualTo(200);
                }
                assertThat(rig.stats()).contains("\"pending\":{\"messages\":20,");
                may.countDown();

                CompletableFuture.allOf(calls.toArray(new CompletableFuture<?>[0]))
                        .join();
            }
        }
    }
}
