package io.weir.gateway.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.GatewayConfig;
import io.weir.config.GatewayConfigLoader;
import io.weir.gateway.GatewayHarness;
import io.weir.gateway.lineupstream.TestChild;
import io.weir.gateway.ops.LoggedLines;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StdioProxyTest {
    private static final String INITIALIZE = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}";

    /** A client at the other end of the pipes. */
    private static final class Pipe implements AutoCloseable {
        private final PipedOutputStream to = new PipedOutputStream();
        private final PipedInputStream in;
        private final PipedInputStream answers = new PipedInputStream(1 << 16);
        private final BufferedReader from;
        private final StdioProxy proxy;
        private final CompletableFuture<Integer> status = new CompletableFuture<>();

        Pipe(List<String> command, String... settings) throws Exception {
            GatewayConfigLoader loader =
                    new GatewayConfigLoader(1L << 30, name -> null).overPipe().command(command);
            for (String setting : settings) {
                loader.set(setting);
            }
            GatewayConfig config = loader.load();
            from = new BufferedReader(new InputStreamReader(answers, StandardCharsets.UTF_8));
            proxy = new StdioProxy(config, config.upstreams().get(0), new PipedOutputStream(answers));
            in = new PipedInputStream(to, 1 << 20);
            // A thread of its own: the common pool has one thread on two processors, and the JDK tells ends of
            // processes there.
            new Thread(() -> {
                        try {
                            status.complete(proxy.run(in));
                        } catch (InterruptedException e) {
                            status.completeExceptionally(e);
                        }
                    })
                    .start();
        }

        void say(String line) throws IOException {
            to.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            to.flush();
        }

        String read() throws IOException {
            return from.readLine();
        }

        /** The next line with that in it. */
        String read(String part) throws IOException {
            String line = read();
            while (!line.contains(part)) {
                line = read();
            }
            return line;
        }

        /** How many bytes the client has been written and has not read. */
        int unreadAnswers() {
            try {
                return answers.available();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** How much the proxy leaves in the pipe, once it reads no more of it. */
        int unread() throws Exception {
            int before;
            int left = in.available();
            do {
                before = left;
                Thread.sleep(200);
                left = in.available();
            } while (left != before);
            return left;
        }

        int end() throws Exception {
            to.close();
            return status.get(30, TimeUnit.SECONDS);
        }

        @Override
        public void close() {
            proxy.close();
        }
    }

    private static Pipe pipe(String... settings) throws Exception {
        return new Pipe(TestChild.command(), settings);
    }

    @Test
    void lines_passUnchanged_andTheServerEndsWithTheClient() throws Exception {
        try (Pipe pipe = pipe()) {
            pipe.say(INITIALIZE);
            long child = Long.parseLong(pipe.read().replaceAll(".*\"version\":\"(\\d+)\".*", "$1"));
            String id = "\"text-\\u0041\"";
            pipe.say(GatewayHarness.call(0, "echo").replace("\"id\":0", "\"id\": " + id));

            assertThat(pipe.read()).contains("\"id\":" + id + ",");
            assertThat(pipe.end()).isZero();
            GatewayHarness.await(
                    "the server is gone", () -> ProcessHandle.of(child).isEmpty());
        }
    }

    @Test
    void requestsBeyondTheLimit_areRefused_andTheOthersAnswered() throws Exception {
        try (Pipe pipe = pipe("queue_limits.max_messages=2", "upstreams.default.capacity=1")) {
            pipe.say(INITIALIZE);
            pipe.read();
            for (int id = 1; id <= 3; id++) {
                pipe.say(GatewayHarness.call(id, "slow"));
            }

            assertThat(pipe.read()).contains("\"id\":3,").contains("connection_messages");
            assertThat(pipe.read()).contains("\"id\":1,").contains("\"result\"");
            assertThat(pipe.read()).contains("\"id\":2,").contains("\"result\"");
        }
    }

    @Test
    void cancelledRequest_leavesTheQueue_withoutAnAnswer() throws Exception {
        try (Pipe pipe = pipe("upstreams.default.capacity=1")) {
            pipe.say(INITIALIZE);
            pipe.read();
            pipe.say(GatewayHarness.call(1, "slow"));
            pipe.say(GatewayHarness.call(2, "echo"));
            pipe.say("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":2}}");
            pipe.say(GatewayHarness.call(3, "echo"));

            assertThat(pipe.read()).contains("\"id\":1,");
            assertThat(pipe.read()).contains("\"id\":3,");
        }
    }

    @Test
    void cancelledInFlight_isTold_andItsSlotIsFreeAfterAWhile() throws Exception {
        try (Pipe pipe = pipe("upstreams.default.capacity=1", "upstreams.default.abandoned_hold_ms=50")) {
            pipe.say(INITIALIZE);
            pipe.read();
            pipe.say(GatewayHarness.call(1, "silent"));
            pipe.say("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}");
            pipe.say(GatewayHarness.call(2, "echo"));

            assertThat(pipe.read("cancelled 1")).contains("notifications/message");
            assertThat(pipe.read()).contains("\"id\":2,").contains("\"result\"");
        }
    }

    @Test
    void requestThatTakesTooLong_getsAnError_andTheServerIsTold() throws Exception {
        try (Pipe pipe = pipe("upstreams.default.request_timeout_ms=3000")) {
            pipe.say(INITIALIZE);
            pipe.read();
            pipe.say(GatewayHarness.call(1, "silent"));

            assertThat(pipe.read()).contains("\"id\":1,").contains("-31504");
            assertThat(pipe.read()).contains("cancelled 1");
            pipe.say("{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"ping\"}");
            assertThat(pipe.read()).contains("\"id\":9,");
        }
    }

    @Test
    void serverThatDies_answersAllWithAnError_andEndsTheProxy() throws Exception {
        try (Pipe pipe = pipe()) {
            pipe.say(INITIALIZE);
            pipe.read();
            pipe.say(GatewayHarness.call(1, "silent"));
            pipe.say(GatewayHarness.call(2, "die"));

            String both = pipe.read() + pipe.read();
            assertThat(both).contains("\"id\":1,").contains("\"id\":2,").contains("exited before its response");
            assertThat(pipe.status.get(30, TimeUnit.SECONDS)).isEqualTo(1);
        }
    }

    @Test
    void programThatDoesNotExist_isNamedToTheClientAndInTheLog() throws Exception {
        try (LoggedLines lines = new LoggedLines("weir.stdio");
                Pipe pipe = new Pipe(List.of("no-such-program", "--token=s3cret"))) {
            pipe.say(INITIALIZE);

            assertThat(pipe.read())
                    .contains("Upstream 'default' could not be started: there is no program 'no-such-program' on its"
                            + " PATH");
            assertThat(pipe.status.get(30, TimeUnit.SECONDS)).isEqualTo(1);
            assertThat(lines.lines())
                    .singleElement()
                    .asString()
                    .startsWith(
                            "ERROR the server could not be started: there is no program 'no-such-program' on its PATH"
                                    + " ('no-such-program' with status 127, by which shells mean that a program was not found")
                    .doesNotContain("s3cret");
        }
    }

    @Test
    void programThatExits_isNamedToTheClientAndInTheLog() throws Exception {
        try (LoggedLines lines = new LoggedLines("weir.stdio");
                Pipe pipe = new Pipe(List.of("sh", "-c", "read -r line; exit 3"))) {
            pipe.say(INITIALIZE);

            assertThat(pipe.read()).contains("Upstream 'default' exited before its response was complete: sh\"");
            assertThat(pipe.status.get(30, TimeUnit.SECONDS)).isEqualTo(1);
            assertThat(lines.lines())
                    .containsExactly("ERROR the server exited before its response was complete ('sh' with status 3)");
        }
    }

    @Test
    void serverThatDoesNotRead_isEnded_andAllThatWaitsForItIsAnswered() throws Exception {
        try (Pipe pipe = pipe("upstreams.default.children.start_timeout_ms=2000")) {
            pipe.say(INITIALIZE);
            pipe.read();
            String padding = "\"arguments\":{\"text\":\"" + "x".repeat(100_000) + "\"";
            pipe.say(GatewayHarness.call(1, "deaf"));
            for (int id = 2; id <= 9; id++) {
                pipe.say(GatewayHarness.call(id, "echo").replace("\"arguments\":{", padding));
            }

            List<String> answers = new ArrayList<>();
            for (int id = 1; id <= 9; id++) {
                String answer = pipe.read();
                assertThat(answer).contains("does not read its input");
                answers.add(answer.replaceAll(".*\"id\":(\\d+).*", "$1"));
            }
            assertThat(answers).containsExactlyInAnyOrder("1", "2", "3", "4", "5", "6", "7", "8", "9");
            assertThat(pipe.status.get(30, TimeUnit.SECONDS)).isEqualTo(1);
        }
    }

    @Test
    void linesBeyondWhatTheServerHasToRead_areGivenInOrder_whenItHasRead() throws Exception {
        try (Pipe pipe = pipe()) {
            String padding = "\"arguments\":{\"text\":\"" + "x".repeat(100_000) + "\"},\"more\":{";
            pipe.say(INITIALIZE);
            for (int id = 1; id <= 8; id++) {
                // It begins to read when it has started.
                pipe.say("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"ping\",\"params\":{" + padding + "}}}");
            }

            assertThat(pipe.read()).contains("protocolVersion");
            for (int id = 1; id <= 8; id++) {
                assertThat(pipe.read()).contains("\"id\":" + id + ",").contains("\"result\"");
            }
        }
    }

    @Test
    void clientThatReadsNothing_holdsUpNeitherDeadlinesNorTheEnd() throws Exception {
        try (Pipe pipe = pipe("upstreams.default.request_timeout_ms=5000", "edge.shutdown_timeout_ms=1000")) {
            pipe.say(INITIALIZE);
            long child = Long.parseLong(pipe.read().replaceAll(".*\"version\":\"(\\d+)\".*", "$1"));
            pipe.say(GatewayHarness.call(1, "long"));
            GatewayHarness.await("the pipe is full", () -> pipe.unreadAnswers() == 1 << 16);
            pipe.say(GatewayHarness.call(2, "silent"));
            pipe.say(GatewayHarness.call(3, "silent"));

            CompletableFuture<Void> closed = new CompletableFuture<>();
            new Thread(() -> {
                        pipe.proxy.close();
                        closed.complete(null);
                    })
                    .start();
            closed.get(30, TimeUnit.SECONDS);
            assertThat(pipe.status.get(30, TimeUnit.SECONDS)).isZero();
            GatewayHarness.await(
                    "the server is gone", () -> ProcessHandle.of(child).isEmpty());
        }
    }

    @Test
    void answerWithAnIdThatIsWrittenInAnotherWay_endsItsRequest() throws Exception {
        try (Pipe pipe = pipe("upstreams.default.capacity=1")) {
            pipe.say(INITIALIZE);
            pipe.read();
            pipe.say(GatewayHarness.call(0, "unescaped").replace("\"id\":0", "\"id\":\"a\\/b\""));
            assertThat(pipe.read()).contains("\"id\":\"a/b\",");
            pipe.say(GatewayHarness.call(1, "echo"));

            assertThat(pipe.read()).contains("\"id\":1,").contains("\"result\"");
        }
    }

    @Test
    void badLines_getAnError_andTheNextLineWorks() throws Exception {
        try (Pipe pipe = pipe("edge.max_body_bytes=1000")) {
            pipe.say("{\"jsonrpc\":\"2.0\",\"id\":1");
            assertThat(pipe.read()).contains("-32700");
            pipe.say("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"a\":\"" + "x".repeat(2000)
                    + "\"}}");
            assertThat(pipe.read()).contains("longer than 1000 bytes");
            pipe.say("");
            pipe.say(INITIALIZE);
            assertThat(pipe.read()).contains("\"result\"");
            pipe.say(GatewayHarness.call(4, "garbage"));
            assertThat(pipe.read()).contains("\"id\":4,");
        }
    }

    @Test
    void clientThatSaysNoMore_getsTheAnswersThatItWaitsFor() throws Exception {
        try (Pipe pipe = pipe()) {
            pipe.say(INITIALIZE);
            pipe.read();
            pipe.say(GatewayHarness.call(1, "slow"));
            pipe.to.close();

            assertThat(pipe.read()).contains("\"id\":1,").contains("\"result\"");
            assertThat(pipe.status.get(30, TimeUnit.SECONDS)).isZero();
        }
    }

    private static final String INITIALIZED = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}";

    private static Pipe pausing(String... settings) throws Exception {
        List<String> all = new ArrayList<>(List.of("queue_limits.backpressure_action=pause"));
        all.addAll(List.of(settings));
        return pipe(all.toArray(new String[0]));
    }

    @Test
    void clientBeyondItsLimits_isNotRead_andAllItHasSaidIsAnsweredInOrder() throws Exception {
        try (Pipe pipe = pausing("queue_limits.max_messages=2", "upstreams.default.capacity=1")) {
            pipe.say(INITIALIZE);
            pipe.read();
            for (int id = 1; id <= 6; id++) {
                pipe.say(GatewayHarness.call(id, "slow"));
            }
            pipe.to.close();

            for (int id = 1; id <= 6; id++) {
                assertThat(pipe.read()).contains("\"id\":" + id + ",").contains("\"result\"");
            }
            assertThat(pipe.status.get(30, TimeUnit.SECONDS)).isZero();
        }
    }

    @Test
    void heldLine_leavesTheRestInThePipe_untilACallEndsByItsTimeLimit() throws Exception {
        try (Pipe pipe = pausing(
                "queue_limits.max_messages=1",
                "upstreams.default.request_timeout_ms=3000",
                "upstreams.default.abandoned_hold_ms=50")) {
            pipe.say(INITIALIZE);
            pipe.read();
            pipe.say(GatewayHarness.call(1, "silent"));
            String padding = "\"arguments\":{\"text\":\"" + "x".repeat(100_000) + "\"";
            for (int id = 2; id <= 5; id++) {
                pipe.say(GatewayHarness.call(id, "slow").replace("\"arguments\":{", padding));
            }

            assertThat(pipe.unread()).isGreaterThan(250_000);
            assertThat(pipe.read("\"id\"")).contains("\"id\":1,").contains("-31504");
            for (int id = 2; id <= 5; id++) {
                assertThat(pipe.read("\"id\"")).contains("\"id\":" + id + ",").contains("\"result\"");
            }
        }
    }

    @Test
    void heldLine_whoseTimeToLivePasses_isRefused_andTheNextIsRead() throws Exception {
        try (Pipe pipe = pausing("queue_limits.max_messages=1", "upstreams.default.ttl_ms=300")) {
            pipe.say(INITIALIZE);
            pipe.read();
            pipe.say(GatewayHarness.call(1, "silent"));
            pipe.say(GatewayHarness.call(2, "echo"));
            pipe.say("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"ping\"}");

            assertThat(pipe.read()).contains("\"id\":2,").contains("connection_messages");
            assertThat(pipe.read()).contains("\"id\":3,").contains("\"result\"");
        }
    }

    private static Pipe telling(String... settings) throws Exception {
        List<String> all = new ArrayList<>(List.of(
                "edge.notify_backpressure=true",
                "queue_limits.max_messages=8",
                "backpressure.queue_depth_threshold_percent=50",
                "upstreams.default.capacity=1"));
        all.addAll(List.of(settings));
        return pipe(all.toArray(new String[0]));
    }

    /** What the client is told of pressure until that many calls are answered, and as many notifications have come. */
    private static List<String> told(Pipe pipe, int answers, int notifications) throws IOException {
        List<String> told = new ArrayList<>();
        for (int answered = 0; answered < answers || told.size() < notifications; ) {
            String line = pipe.read();
            if (line.contains("\"notifications/backpressure\"")) {
                told.add(line);
            } else if (line.contains("\"id\"")) {
                assertThat(line).contains("\"result\"");
                answered++;
            }
        }
        return told;
    }

    @Test
    void pressure_isToldOnceWhenItBegins_andOnceWhenItHasEnded() throws Exception {
        try (Pipe pipe = telling()) {
            pipe.say(INITIALIZE);
            pipe.read();
            pipe.say(INITIALIZED);
            for (int id = 1; id <= 6; id++) {
                pipe.say(GatewayHarness.call(id, "slow"));
            }

            List<String> told = told(pipe, 6, 2);
            assertThat(told).hasSize(2);
            assertThat(told.get(0))
                    .contains("\"active\":true,")
                    .contains("\"queue_capacity\":8,")
                    .containsPattern("\"retry_after_ms\":[1-9]");
            assertThat(told.get(1)).contains("\"active\":false,").contains("\"retry_after_ms\":0}");
        }
    }

    @Test
    void pressure_isNotTold_beforeTheClientIsReady_orUnlessAskedFor() throws Exception {
        try (Pipe early = telling();
                Pipe silent = telling("edge.notify_backpressure=false")) {
            for (Pipe each : List.of(early, silent)) {
                each.say(INITIALIZE);
                each.read();
            }
            silent.say(INITIALIZED);
            for (Pipe each : List.of(early, silent)) {
                for (int id = 1; id <= 6; id++) {
                    each.say(GatewayHarness.call(id, "slow"));
                }
            }

            assertThat(told(early, 6, 0)).isEmpty();
            assertThat(told(silent, 6, 0)).isEmpty();
        }
    }
}
