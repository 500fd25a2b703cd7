package io.weir.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.RefusalConfig;
import io.weir.demo.SdkServer;
import io.weir.gateway.auth.ApiKeys;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Clients that leave, servers that die, tenants that flood, and a gateway that stops. */
class FaultsTest {
    private static final int CALLS = 10_000;
    private static final int CLIENTS = 8;

    @Test
    void clientsThatLeaveAtRandom_leaveNoPermitBehind() throws Exception {
        long seed = Long.getLong("weir.seed", System.nanoTime());
        System.out.println("seed " + seed);
        try (PeerHarness rig = PeerHarness.start(b -> b.maxMessages(4))) {
            String session = rig.openSession(rig.url());
            ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
            List<Future<Integer>> done = new ArrayList<>();
            for (int c = 0; c < CLIENTS; c++) {
                Random random = new Random(seed + c);
                done.add(clients.submit(() -> leaveAtRandom(rig, session, random)));
            }
            int answered = 0;
            for (Future<Integer> each : done) {
                answered += each.get();
            }
            clients.shutdown();

            JsonNode global = rig.statsAtRest();
            JsonNode flow = global.get("flow");
            String seen = "seed " + seed + ": " + global;
            assertThat(PeerHarness.messages(global, "pending")).as(seen).isZero();
            assertThat(PeerHarness.bytes(global, "pending")).as(seen).isZero();
            assertThat(PeerHarness.messages(global, "control")).as(seen).isZero();
            assertThat(PeerHarness.messages(flow, "offered"))
                    .as(seen)
                    .isEqualTo(PeerHarness.messages(flow, "refused") + PeerHarness.messages(flow, "admitted"));
            assertThat(PeerHarness.messages(flow, "admitted"))
                    .as(seen)
                    .isEqualTo(PeerHarness.messages(flow, "completed")
                            + PeerHarness.messages(flow, "failed")
                            + PeerHarness.messages(flow, "cancelled"));
            assertThat(PeerHarness.messages(flow, "refused")).as(seen).isPositive();
            assertThat(rig.server.maxAtOnce()).as(seen).isLessThanOrEqualTo(CLIENTS * 4);
            System.out.printf(
                    "%d calls, %d answered, the others left; at rest nothing is pending (seed %d)%n",
                    CALLS, answered, seed);
        }
    }

    /** Half of the calls are read to their end; of the others the client leaves somewhere on the way. */
    private static int leaveAtRandom(PeerHarness rig, String session, Random random) throws Exception {
        int answered = 0;
        for (int i = 0; i < CALLS / CLIENTS; i++) {
            boolean stateless = random.nextInt(4) == 0;
            byte[] body = PeerHarness.callBody(i, "slow", "{\"ms\":" + random.nextInt(8) + "}")
                    .getBytes(StandardCharsets.UTF_8);
            String head = "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                    + "Accept: application/json, text/event-stream\r\nMcp-Session-Id: " + session + "\r\n"
                    + (stateless ? "MCP-Protocol-Version: 2026-07-28\r\n" : "")
                    + "Connection: close\r\nContent-Length: " + body.length + "\r\n\r\n";
            try (Socket socket = new Socket(
                    InetAddress.getLoopbackAddress(), rig.gateway.http().port())) {
                if (random.nextInt(10) == 0) {
                    socket.setSoLinger(true, 0);
                }
                socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                int sent = random.nextInt(10) == 0 ? random.nextInt(body.length) : body.length;
                socket.getOutputStream().write(body, 0, sent);
                socket.getOutputStream().flush();
                if (sent == body.length && random.nextBoolean()) {
                    answered += socket.getInputStream().readAllBytes().length > 0 ? 1 : 0;
                }
            }
        }
        return answered;
    }

    @Test
    void serverKilledInMidCall_theClientIsToldAndNothingLeaks() throws Exception {
        try (PeerHarness rig = PeerHarness.start(b -> b)) {
            String session = rig.openSession(rig.url());
            List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                calls.add(rig.call(session, i, "slow", "{\"ms\":20000}"));
            }
            rig.awaitRunning(10);
            int port = rig.server.url().getPort();
            rig.server.close();

            for (int i = 0; i < 10; i++) {
                assertThat(calls.get(i).get().body())
                        .contains("\"id\":" + i + ",")
                        .contains("-31502")
                        .contains("Upstream 'sdk' ");
            }
            HttpResponse<String> afterwards =
                    rig.call(session, 99, "echo", "{\"message\":\"x\"}").get();
            assertThat(afterwards.statusCode()).isEqualTo(200);
            assertThat(afterwards.body()).contains("\"id\":99,").contains("refused the connection");
            JsonNode flow = rig.statsAtRest().get("flow");
            assertThat(PeerHarness.messages(flow, "failed")).isEqualTo(11);
            assertThat(PeerHarness.messages(rig.stats().get("global"), "pending"))
                    .isZero();
            assertThat(PeerHarness.bytes(rig.stats().get("global"), "pending")).isZero();

            try (SdkServer again = new SdkServer(port)) {
                String anew = rig.openSession(rig.url());
                assertThat(calledUntilTheCircuitCloses(rig, anew)).contains("Echo: back");
                assertThat(again.arrived()).isEqualTo(1);
            }
        }
    }

    @Test
    void tenantThatFloods_isRefusedAlone(@TempDir Path folder) throws Exception {
        String noisy = ApiKeys.generate();
        String quiet = ApiKeys.generate();
        Path keys = Files.writeString(
                folder.resolve("keys"),
                ApiKeys.hashLine("noisy", noisy) + "\n" + ApiKeys.hashLine("quiet", quiet) + "\n");
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
        try (PeerHarness rig =
                PeerHarness.start(b -> b.enableTenantLimits(true).tenantMaxMessages(10), RefusalConfig.DEFAULT, keys)) {
            String[] asNoisy = {"Authorization", "Bearer " + noisy};
            String[] asQuiet = {"X-API-Key", quiet};
            String flooding = rig.openSession(rig.url(), asNoisy);
            String served = rig.openSession(rig.url(), asQuiet);
            List<CompletableFuture<HttpResponse<String>>> flood = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                flood.add(rig.call(flooding, i, "slow", "{\"ms\":2000}", asNoisy));
            }
            rig.awaitRunning(10);

            for (int i = 0; i < 20; i++) {
                assertThat(rig.call(served, i, "echo", "{\"message\":\"hi\"}", asQuiet)
                                .get()
                                .body())
                        .contains("Echo: hi");
            }
            int refused = 0;
            for (CompletableFuture<HttpResponse<String>> call : flood) {
                refused += call.get().body().contains("tenant_messages") ? 1 : 0;
            }
            assertThat(refused).isEqualTo(40);
            assertThat(rig.call(flooding, 1, "echo", "{}").get().statusCode()).isEqualTo(401);
            assertThat(rig.call(flooding, 1, "echo", "{}", asQuiet).get().statusCode())
                    .as("another tenant's session")
                    .isEqualTo(404);
        }
    }

    @Test
    void close_whileCallsAreInFlight_answersThemAll() throws Exception {
        try (PeerHarness rig = PeerHarness.start(b -> b)) {
            String session = rig.openSession(rig.url());
            List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                calls.add(rig.call(session, i, "slow", "{\"ms\":1000}"));
            }
            rig.awaitRunning(20);
            rig.gateway.close();

            for (CompletableFuture<HttpResponse<String>> call : calls) {
                assertThat(call.get().body()).contains("\"done\"");
            }
        }
    }

    /**
     * Eleven failures in a row have opened the circuit; a client that comes back when told is served within seconds.
     */
    private static String calledUntilTheCircuitCloses(PeerHarness rig, String session) throws Exception {
        Pattern retryAfter = Pattern.compile("\"circuit_open\".*\"retryAfterMs\":(\\d+)");
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (true) {
            String answer = rig.call(session, 100, "echo", "{\"message\":\"back\"}")
                    .get()
                    .body();
            Matcher open = retryAfter.matcher(answer);
            if (!open.find() || System.nanoTime() - deadline > 0) {
                return answer;
            }
            TimeUnit.MILLISECONDS.sleep(Long.parseLong(open.group(1)));
        }
    }
}
