package io.weir.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.config.WeirConfigBuilder;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The limits, counted by the official SDK's server: not one call more than they say is ever there. */
class ExactTest {
    private static final int OFFERED = 200;

    @Test
    void maxMessages_oneSession_admitsExactlyThatMany() throws Exception {
        exactly(50, "connection_messages", 1, b -> b.maxMessages(50));
    }

    @Test
    void maxBytes_oneSession_admitsWhatFits() throws Exception {
        int size = PeerHarness.callBody(100, "hold", "{\"why\":\"exact\"}").length();
        exactly(50, "connection_bytes", 1, b -> b.maxBytes(50L * size));
    }

    @Test
    void tenantMaxMessages_fourSessions_admitsExactlyThatMany() throws Exception {
        exactly(50, "tenant_messages", 4, b -> b.enableTenantLimits(true).tenantMaxMessages(50));
    }

    @Test
    void globalMaxMessages_fourSessions_admitsExactlyThatMany() throws Exception {
        exactly(50, "global_messages", 4, b -> b.globalMaxMessages(50));
    }

    private static void exactly(int limit, String reason, int sessions, UnaryOperator<WeirConfigBuilder> limits)
            throws Exception {
        try (PeerHarness rig = PeerHarness.start(limits)) {
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < sessions; i++) {
                ids.add(rig.openSession(rig.url()));
            }
            warmUp(rig, ids.get(0));
            int before = rig.server.arrived();
            List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
            long[] nanos = new long[OFFERED];
            for (int i = 0; i < OFFERED; i++) {
                int index = i;
                long begun = System.nanoTime();
                // Ids of three digits, so that all bodies are of one length.
                calls.add(rig.call(ids.get(i % sessions), 100 + i, "hold", "{\"why\":\"exact\"}")
                        .whenComplete((response, failure) -> nanos[index] = System.nanoTime() - begun));
            }
            // Those that are admitted wait until all the others are refused.
            long end = System.nanoTime() + PeerHarness.PATIENCE.toNanos();
            while (System.nanoTime() - end < 0
                    && calls.stream().filter(CompletableFuture::isDone).count() < OFFERED - limit) {
                Thread.onSpinWait();
            }
            rig.awaitRunning(limit);
            rig.server.letGo();
            List<String> bodies = new ArrayList<>();
            for (CompletableFuture<HttpResponse<String>> call : calls) {
                HttpResponse<String> response = call.get();
                assertThat(response.statusCode()).isEqualTo(200);
                bodies.add(response.body());
            }

            List<String> refused =
                    bodies.stream().filter(body -> body.contains("-31429")).toList();
            assertThat(refused)
                    .hasSize(OFFERED - limit)
                    .allMatch(body -> body.contains("\"reason\":\"" + reason + "\""));
            assertThat(bodies.stream().filter(body -> body.contains("\"done\"")))
                    .hasSize(limit);
            assertThat(rig.server.maxAtOnce()).isEqualTo(limit);
            assertThat(rig.server.arrived() - before).isEqualTo(limit);
            JsonNode global = rig.statsAtRest();
            assertThat(PeerHarness.messages(global, "pending")).isZero();
            assertThat(PeerHarness.bytes(global, "pending")).isZero();
            long[] refusals =
                    Arrays.stream(nanos).sorted().limit(OFFERED - limit).toArray();
            System.out.printf(
                    "%s: %d of %d admitted, at the server at once %d, refusals answered in %.1f ms at the median%n",
                    reason, limit, OFFERED, rig.server.maxAtOnce(), refusals[refusals.length / 2] / 1e6);
        }
    }

    /** Opens the client's connections and lets both JVMs' code get warm: the refusals are timed, not the start. */
    private static void warmUp(PeerHarness rig, String session) throws Exception {
        for (int round = 0; round < 5; round++) {
            List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
            for (int i = 0; i < OFFERED; i++) {
                calls.add(rig.call(session, i, "unknown", "{}"));
            }
            for (CompletableFuture<HttpResponse<String>> call : calls) {
                call.get();
            }
        }
    }
}
