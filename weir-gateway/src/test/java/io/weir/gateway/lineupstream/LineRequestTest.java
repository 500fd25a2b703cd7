package io.weir.gateway.lineupstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.weir.config.StdioTransport;
import io.weir.gateway.GatewayHarness;
import io.weir.gateway.child.ChildRuntime;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.jsonrpc.EnvelopeReader;
import io.weir.gateway.jsonrpc.MessageParts;
import io.weir.gateway.line.Line;
import io.weir.gateway.line.LineServerException;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Payload;
import io.weir.gateway.upstream.UpstreamRequest;
import io.weir.gateway.upstream.UpstreamResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineRequestTest {
    private static final String SAMPLING = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"sampling/createMessage\"}";

    private volatile @Nullable LineServerException tooLate;

    private final Vertx vertx = Vertx.vertx();
    private final ChildRuntime runtime = ChildRuntime.create(new MemoryBudget(1 << 20));
    private final LineSessions sessions = new LineSessions(
            "up",
            new StdioTransport(List.of("true"), Map.of(), Optional.empty(), TestChild.policy(false, 5)),
            runtime.scheduler(),
            new MemoryBudget(1_000_000),
            runtime.memory());
    private final LineLoop loop = new LineLoop(
            vertx,
            vertx.getOrCreateContext(),
            listener -> server = new EagerServer(listener, tooLate),
            runtime.memory(),
            new EnvelopeReader());

    private volatile @Nullable EagerServer server;

    /** A server that answers initialize, and asks for a sample as soon as it has a call: before its sender goes on. */
    private static final class EagerServer extends FakeLineServer {
        private volatile boolean reads = true;

        /** What it is ended for as soon as it has answered; null if it is not. */
        private final @Nullable LineServerException tooLate;

        EagerServer(Listener listener, @Nullable LineServerException tooLate) {
            super(listener, 10_000);
            this.tooLate = tooLate;
        }

        @Override
        public boolean send(Line line) {
            super.send(line);
            if (!reads) {
                return true;
            }
            try {
                MessageParts message = MessageParts.of(String.valueOf(read()).getBytes(StandardCharsets.UTF_8));
                String answer = "initialize".equals(message.method())
                        ? "{\"jsonrpc\":\"2.0\",\"id\":" + message.id() + ",\"result\":{}}"
                        : SAMPLING;
                listener().line(answer.getBytes(StandardCharsets.UTF_8));
                if (tooLate != null) {
                    listener().failed(tooLate);
                }
                return true;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        runtime.close();
    }

    @Test
    void initialize_whileAsManyWaitForTheNextStartOfASharedChildAsMay_isToldThat() throws Exception {
        LineSessions shared = new LineSessions(
                "up",
                new StdioTransport(List.of("true"), Map.of(), Optional.empty(), TestChild.policy(true, 5)),
                runtime.scheduler(),
                new MemoryBudget(1_000_000),
                runtime.memory());
        FakeLineServer[] made = new FakeLineServer[1];
        LineLoop own = new LineLoop(
                vertx,
                vertx.getOrCreateContext(),
                listener -> made[0] = new FakeLineServer(listener, 1_000),
                runtime.memory(),
                new EnvelopeReader());
        long now = System.nanoTime();
        assertThat(shared.shared("", own.servers(), now, now)).isPresent();
        made[0].listener().failed(new LineServerException(LineServerException.Problem.EXITED, "with status 1"));
        made[0].listener().gone();
        for (int i = 0; i < 256; i++) {
            assertThat(shared.beginWait(LineSessions.SEVERAL)).isTrue();
        }
        CompletableFuture<Throwable> broken = new CompletableFuture<>();
        LineRequest request = new LineRequest(
                shared,
                own,
                Client.NOBODY,
                HttpMethod.POST,
                MultiMap.caseInsensitiveMultiMap(),
                Payload.of("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}".getBytes(StandardCharsets.UTF_8)),
                new UpstreamRequest.Listener() {
                    @Override
                    public void answered(UpstreamResponse response) {
                        broken.complete(new AssertionError("answered"));
                    }

                    @Override
                    public void broken(Throwable cause, boolean idleTooLong) {
                        broken.complete(cause);
                    }
                });

        own.run(request::begin);

        assertThat(broken.get(30, TimeUnit.SECONDS)).hasMessage("256 requests wait for it to be started already");
        assertThat(shared.statistics())
                .containsEntry("children_refused", 1L)
                .containsEntry("children_refused_waiting", 1L)
                .containsEntry("children_refused_starts_per_sec", 0L);
    }

    private UpstreamResponse post(String body, MultiMap headers) throws Exception {
        return begin(body, headers).get(30, TimeUnit.SECONDS);
    }

    private CompletableFuture<UpstreamResponse> begin(String body, MultiMap headers) {
        CompletableFuture<UpstreamResponse> answered = new CompletableFuture<>();
        loop.run(request(body, headers, answered)::begin);
        return answered;
    }

    private LineRequest request(String body, MultiMap headers, CompletableFuture<UpstreamResponse> answered) {
        return new LineRequest(
                sessions,
                loop,
                Client.NOBODY,
                HttpMethod.POST,
                headers,
                Payload.of(body.getBytes(StandardCharsets.UTF_8)),
                new UpstreamRequest.Listener() {
                    @Override
                    public void answered(UpstreamResponse response) {
                        answered.complete(response);
                    }

                    @Override
                    public void broken(Throwable cause, boolean idleTooLong) {
                        answered.completeExceptionally(cause);
                    }
                });
    }

    /** Runs that on the event loop, and waits until it has. */
    private void onLoop(Runnable work) throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.run(() -> {
            work.run();
            done.complete(null);
        });
        done.get(30, TimeUnit.SECONDS);
    }

    /** A session's request whose calls the server has and does not answer, given up. */
    private LineRequest givenUp(String body, Runnable workEnded) throws Exception {
        UpstreamResponse opened =
                post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}", MultiMap.caseInsensitiveMultiMap());
        MultiMap headers = MultiMap.caseInsensitiveMultiMap()
                .add("Mcp-Session-Id", opened.headers().get("Mcp-Session-Id"));
        LineRequest request = request(body, headers, new CompletableFuture<>());
        onLoop(request::begin);
        assertThat(request.isSentWhole()).isTrue();
        onLoop(() -> request.reset(() -> {}, workEnded));
        return request;
    }

    private void answer(int id) throws Exception {
        String text = "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{}}";
        Objects.requireNonNull(server).listener().line(text.getBytes(StandardCharsets.UTF_8));
        onLoop(() -> {});
    }

    @Test
    void batchThatWasGivenUp_saysThatTheWorkHasEnded_onceAllItsCallsAreAnswered() throws Exception {
        AtomicInteger ended = new AtomicInteger();
        var unused = givenUp(
                "[{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"tools/call\"},"
                        + "{\"jsonrpc\":\"2.0\",\"id\":6,\"method\":\"tools/call\"}]",
                ended::incrementAndGet);

        answer(2);
        assertThat(ended).hasValue(0);
        answer(3);
        answer(3);

        assertThat(ended).hasValue(1);
    }

    /** More answers of the gateway's own than a client may have on the way: the event loop is what sends them. */
    @Test
    void manyRequestsThatAreAnsweredHere_doNotHoldUpTheEventLoop() throws Exception {
        UpstreamResponse opened =
                post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}", MultiMap.caseInsensitiveMultiMap());
        String each = "{\"jsonrpc\":\"2.0\",\"id\":\"" + "i".repeat(125) + "%d\",\"method\":\"notifications/x\"}";
        String batch = IntStream.range(0, 1_000)
                .mapToObj(i -> String.format(Locale.ROOT, each, i))
                .collect(Collectors.joining(",", "[", "]"));

        CompletableFuture<UpstreamResponse> answered = begin(
                batch,
                MultiMap.caseInsensitiveMultiMap()
                        .add("Mcp-Session-Id", opened.headers().get("Mcp-Session-Id")));

        onLoop(() -> {});
        assertThat(answered.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }

    /** It refers to the body, which nobody counts any more. */
    @Test
    void requestThatWasGivenUp_isNotHeldForTheAnswerThatMayCome() throws Exception {
        AtomicInteger ended = new AtomicInteger();
        WeakReference<LineRequest> request = new WeakReference<>(
                givenUp("{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"tools/call\"}", ended::incrementAndGet));

        GatewayHarness.await("the collector has taken it", () -> {
            System.gc();
            return request.get() == null;
        });

        answer(2);
        assertThat(ended).hasValue(1);
    }

    @Test
    void serverThatIsEndedBetweenItsAnswerToInitializeAndTheSession_opensNone() {
        tooLate = new LineServerException(LineServerException.Problem.START_TIMEOUT, "start_timeout_ms is 1");

        CompletableFuture<UpstreamResponse> answered =
                begin("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}", MultiMap.caseInsensitiveMultiMap());

        assertThatThrownBy(() -> answered.get(30, TimeUnit.SECONDS))
                .hasCauseInstanceOf(LineServerException.class)
                .hasMessageContaining("start_timeout_ms is 1");
    }

    @Test
    void whatTheServerAsksAtOnceBecauseOfACall_comesInTheResponseToThatCall() throws Exception {
        UpstreamResponse opened =
                post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}", MultiMap.caseInsensitiveMultiMap());
        String session = opened.headers().get("Mcp-Session-Id");

        UpstreamResponse asked = post(
                "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\"}",
                MultiMap.caseInsensitiveMultiMap().add("Mcp-Session-Id", session));

        assertThat(asked.headers().get("Content-Type")).isEqualTo("text/event-stream");
        CompletableFuture<String> event = new CompletableFuture<>();
        loop.run(() -> asked.handler(bytes -> event.complete(bytes.toString())));
        assertThat(event.get(30, TimeUnit.SECONDS)).contains(SAMPLING);
    }

    @Test
    void notificationWithAnId_isRefused_andDoesNotReachTheServer() throws Exception {
        UpstreamResponse opened =
                post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}", MultiMap.caseInsensitiveMultiMap());
        String session = opened.headers().get("Mcp-Session-Id");

        UpstreamResponse refused = post(
                "{\"jsonrpc\":\"2.0\",\"id\":\"q\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}",
                MultiMap.caseInsensitiveMultiMap().add("Mcp-Session-Id", session));

        CompletableFuture<String> body = new CompletableFuture<>();
        loop.run(() -> refused.handler(bytes -> body.complete(bytes.toString())));
        assertThat(body.get(30, TimeUnit.SECONDS)).contains("\"id\":\"q\"").contains("a notification has no id");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void notification_isAcceptedWhenTheServerHasReadIt_andBrokenIfTheServerEndsBefore(boolean read) throws Exception {
        UpstreamResponse opened =
                post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}", MultiMap.caseInsensitiveMultiMap());
        EagerServer started = Objects.requireNonNull(server);
        started.reads = false;

        CompletableFuture<UpstreamResponse> answered = begin(
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}",
                MultiMap.caseInsensitiveMultiMap()
                        .add("Mcp-Session-Id", opened.headers().get("Mcp-Session-Id")));
        GatewayHarness.await("the server is sent it", () -> started.queuedBytes() > 0);
        CompletableFuture<Void> turn = new CompletableFuture<>();
        loop.run(() -> turn.complete(null));
        turn.get(30, TimeUnit.SECONDS);
        assertThat(answered).isNotDone();

        if (read) {
            assertThat(started.read()).contains("notifications/initialized");
            assertThat(answered.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(202);
        } else {
            started.kill(new LineServerException(LineServerException.Problem.EXITED, "with status 1"));
            assertThatThrownBy(() -> answered.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(LineServerException.class);
        }
    }
}
