package io.weir.gateway.lineupstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.ChildPolicy;
import io.weir.config.StdioTransport;
import io.weir.gateway.child.ChildRuntime;
import io.weir.gateway.http.MemoryBudget;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LineSessionsTest {
    private static final String INITIALIZED = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}";

    @Test
    void sharedServer_thatARequestIsAboutToUse_isNotStoppedAsIdle() throws Exception {
        ChildPolicy policy = TestChild.policy(true, 5);
        FakeLineServer[] made = new FakeLineServer[1];
        LineServers servers = listener -> made[0] = new FakeLineServer(listener, 1_000);
        try (ChildRuntime runtime = ChildRuntime.create(new MemoryBudget(1 << 20))) {
            LineSessions sessions = new LineSessions(
                    "up",
                    new StdioTransport(List.of("true"), Map.of(), Optional.empty(), policy),
                    runtime.scheduler(),
                    new MemoryBudget(1_000_000),
                    runtime.memory());
            long now = System.nanoTime();
            SharedServer child = sessions.shared("", servers, now).orElseThrow();
            made[0].listener().line(INITIALIZED.getBytes(StandardCharsets.UTF_8));
            assertThat(child.isReady()).isTrue();
            long later = now + policy.idleTimeout().toNanos() + 1;

            sessions.sweep(later);
            assertThat(made[0].isStopped()).isFalse();
            child.conversation().endReservation();
            sessions.sweep(later);
            assertThat(made[0].isStopped()).isTrue();
        }
    }

    @Test
    void placesOfThoseThatWait_areNotAllOfOneAddress() {
        ChildPolicy all = TestChild.policy(false, 5);
        ChildPolicy policy = new ChildPolicy(
                all.shared(),
                all.max(),
                all.maxPerTenant(),
                2,
                all.startsPerSec(),
                all.startTimeout(),
                all.idleTimeout(),
                all.maxAge(),
                all.stopTimeout(),
                all.maxMemoryBytes(),
                all.maxLineBytes());
        try (ChildRuntime runtime = ChildRuntime.create(new MemoryBudget(1 << 20))) {
            LineSessions sessions = new LineSessions(
                    "up",
                    new StdioTransport(List.of("true"), Map.of(), Optional.empty(), policy),
                    runtime.scheduler(),
                    new MemoryBudget(1 << 20),
                    runtime.memory());
            assertThat(sessions.beginWait("a")).isTrue();
            assertThat(sessions.beginWait("a")).isTrue();
            assertThat(sessions.beginWait("a")).isFalse();
            assertThat(sessions.beginWait("b")).isTrue();
            for (int i = 0; i < 10; i++) {
                assertThat(sessions.beginWait(LineSessions.SEVERAL)).isTrue();
            }

            sessions.endWait("a");

            assertThat(sessions.beginWait("a")).isTrue();
        }
    }
}
