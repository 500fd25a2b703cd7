package io.weir.gateway.lineupstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.config.ChildPolicy;
import io.weir.config.StdioTransport;
import io.weir.gateway.child.ChildRuntime;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.line.Line;
import io.weir.gateway.line.LineServerException;
import io.weir.gateway.ops.LoggedLines;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineSessionsTest {
    private static final String INITIALIZED = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}";

    private static final ChildPolicy SHARED = TestChild.policy(true, 5);

    private static LineSessions sessions(ChildRuntime runtime, ChildPolicy policy) {
        return new LineSessions(
                "up",
                new StdioTransport(List.of("true"), Map.of(), Optional.empty(), policy),
                runtime.scheduler(),
                new MemoryBudget(1_000_000),
                runtime.memory());
    }

    @Test
    void sharedServer_thatARequestIsAboutToUse_isNotStoppedAsIdle() throws Exception {
        FakeLineServer[] made = new FakeLineServer[1];
        LineServers servers = listener -> made[0] = new FakeLineServer(listener, 1_000);
        try (ChildRuntime runtime = ChildRuntime.create(new MemoryBudget(1 << 20))) {
            LineSessions sessions = sessions(runtime, SHARED);
            long now = System.nanoTime();
            SharedServer child = sessions.shared("", servers, now, now).orElseThrow();
            made[0].listener().line(INITIALIZED.getBytes(StandardCharsets.UTF_8));
            assertThat(child.isReady()).isTrue();
            long later = now + SHARED.idleTimeout().toNanos() + 1;

            sessions.sweep(later);
            assertThat(made[0].isStopped()).isFalse();
            child.conversation().endReservation();
            sessions.sweep(later);
            assertThat(made[0].isStopped()).isTrue();
        }
    }

    @Test
    void sharedServer_thatIsStartedAgainAfterItFailed_isLogged_withItsAttemptAndPause() throws Exception {
        FakeLineServer[] made = new FakeLineServer[1];
        LineServers servers = listener -> made[0] = new FakeLineServer(listener, 1_000);
        try (ChildRuntime runtime = ChildRuntime.create(new MemoryBudget(1 << 20));
                LoggedLines log = new LoggedLines("weir.child")) {
            LineSessions sessions = sessions(runtime, SHARED);
            long now = System.nanoTime();
            for (long pause : new long[] {1, 2, 4}) {
                assertThat(sessions.shared("", servers, now, now)).isPresent();
                fail(made[0]);
                long before = now;
                assertThatThrownBy(() -> sessions.shared("", servers, before, before))
                        .hasMessageContaining("the next start is in");
                now = System.nanoTime() + TimeUnit.SECONDS.toNanos(pause);
            }
            assertThat(log.lines()).hasSize(2);
            assertThat(sessions.shared("", servers, now, now)).isPresent();

            assertThat(log.lines())
                    .hasSize(3)
                    .allSatisfy(line -> assertThat(line)
                            .startsWith(
                                    "INFO upstream 'up': a child for all clients is started again after a pause of ")
                            .contains("the one before exited before its response was complete, ")
                            .doesNotContain("secret"));
            assertThat(log.lines().get(0)).contains("a pause of 1000 ms (attempt 1)");
            assertThat(log.lines().get(1)).contains("a pause of 2000 ms (attempt 2)");
            assertThat(log.lines().get(2)).contains("a pause of 4000 ms (attempt 3)");
        }
    }

    /** A fault that a request is told of is logged by that; any other one would not be. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void endHung_endsASharedServerThatDoesNotAnswer_andSaysOfWhichNoRequestIsTold(boolean givenUp) throws Exception {
        FakeLineServer[] made = new FakeLineServer[1];
        LineServers servers = listener -> made[0] = new FakeLineServer(listener, 1_000);
        try (ChildRuntime runtime = ChildRuntime.create(new MemoryBudget(1 << 20))) {
            LineSessions sessions = sessions(runtime, SHARED);
            long now = System.nanoTime();
            SharedServer child = sessions.shared("", servers, now, now).orElseThrow();
            made[0].write("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"capabilities\":{}}}", now);
            Conversation.Call call = Objects.requireNonNull(child.conversation()
                    .call(
                            ClientMessage.of("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"}"),
                            null,
                            child,
                            Line.Sender.NOBODY,
                            () -> {},
                            now));
            child.conversation().endReservation();
            List<LineServerException> untold = new ArrayList<>();
            boolean probed = false;
            for (int seconds = 0; seconds < 200 && made[0].killedFor() == null; seconds++) {
                now += TimeUnit.SECONDS.toNanos(1);
                untold.addAll(sessions.endHung(now, Duration.ofSeconds(60)));
                for (String line = made[0].read(); line != null; line = made[0].read()) {
                    probed |= line.contains("\"ping\"");
                }
                if (givenUp && seconds == 30) {
                    child.conversation().abandon(call, null);
                }
            }

            assertThat(probed).isTrue();
            LineServerException why = Objects.requireNonNull(made[0].killedFor());
            assertThat(why.problem()).isEqualTo(LineServerException.Problem.HUNG);
            assertThat(why)
                    .hasMessage(
                            "it wrote nothing for 60000 ms (request_timeout_ms), and did not answer ping within 10000 ms"
                                    + " (children.start_timeout_ms)");
            assertThat(untold).isEqualTo(givenUp ? List.of(why) : List.of());
        }
    }

    /** A child that ignores everything but SIGKILL is gone some time after that. */
    @Test
    void awaitGone_waitsForTheLastSignalToTakeEffect() throws Exception {
        FakeLineServer[] made = new FakeLineServer[1];
        LineServers servers = listener -> made[0] = new FakeLineServer(listener, 1_000);
        try (ChildRuntime runtime = ChildRuntime.create(new MemoryBudget(1 << 20))) {
            LineSessions sessions = sessions(runtime, SHARED);
            long now = System.nanoTime();
            assertThat(sessions.shared("", servers, now, now)).isPresent();
            sessions.stop();
            var unused = runtime.scheduler()
                    .schedule(
                            () -> made[0].listener().gone(),
                            2 * SHARED.stopTimeout().toMillis() + 200,
                            TimeUnit.MILLISECONDS);

            sessions.awaitGone();

            assertThat(sessions.open()).isZero();
        }
    }

    @Test
    void sharedServer_thatFailed_isWaitedFor_ifItsPauseEndsBeforeTheDeadline() throws Exception {
        FakeLineServer[] made = new FakeLineServer[1];
        LineServers servers = listener -> made[0] = new FakeLineServer(listener, 1_000);
        try (ChildRuntime runtime = ChildRuntime.create(new MemoryBudget(1 << 20))) {
            LineSessions sessions = sessions(runtime, SHARED);
            long before = System.nanoTime();
            assertThat(sessions.shared("", servers, before, before)).isPresent();
            fail(made[0]);
            long after = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);

            assertThatThrownBy(() -> sessions.shared("", servers, before, before + TimeUnit.MILLISECONDS.toNanos(999)))
                    .hasMessageContaining("the next start is in");
            assertThat(sessions.shared("", servers, before, after)).isEmpty();
            assertThat(sessions.shared("", servers, after, after)).isPresent();
        }
    }

    private static void fail(FakeLineServer server) {
        server.listener()
                .failed(new LineServerException(LineServerException.Problem.EXITED, "'true' with status 3; a secret"));
        server.listener().gone();
    }

    @Test
    void sharedServer_thatIsStartedAfterOneThatWasStoppedOrTooOld_isNoRestart() throws Exception {
        FakeLineServer[] made = new FakeLineServer[1];
        LineServers servers = listener -> made[0] = new FakeLineServer(listener, 1_000);
        try (ChildRuntime runtime = ChildRuntime.create(new MemoryBudget(1 << 20));
                LoggedLines log = new LoggedLines("weir.child")) {
            LineSessions sessions = sessions(runtime, SHARED);
            long before = System.nanoTime();
            assertThat(sessions.shared("", servers, before, before)).isPresent();
            fail(made[0]);
            assertThatThrownBy(() -> sessions.shared("", servers, before, before))
                    .hasMessageContaining("the next start is in");
            long now = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
            assertThat(sessions.shared("", servers, now, now)).isPresent();
            assertThat(log.lines()).hasSize(1);

            now += SHARED.maxAge().toNanos() + 1;
            assertThat(sessions.shared("", servers, now, now)).isPresent();
            made[0].listener()
                    .failed(new LineServerException(LineServerException.Problem.STOPPED, "its session has ended"));
            made[0].listener().gone();
            assertThat(sessions.shared("", servers, now, now)).isPresent();

            assertThat(log.lines()).hasSize(1);
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
            LineSessions sessions = sessions(runtime, policy);
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
