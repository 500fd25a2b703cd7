package io.weir.gateway.lineupstream;

import static io.weir.gateway.lineupstream.TestChild.policy;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.ChildPolicy;
import io.weir.config.StdioTransport;
import io.weir.gateway.GatewayHarness;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.ops.LoggedLines;
import io.weir.gateway.session.Client;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StdioUpstreamTest {
    private static final String INITIALIZE =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\","
                    + "\"capabilities\":{},\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}}";
    private static final String[] STATELESS = {"MCP-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call"};

    private static GatewayHarness gateway(ChildPolicy policy, String... modes) throws Exception {
        return GatewayHarness.start(
                new StdioTransport(TestChild.command(modes), Map.of(), Optional.empty(), policy),
                "queue_limits.max_messages=10000",
                "backpressure.max_messages_per_sec=10000");
    }

    private static String open(GatewayHarness rig) {
        HttpResponse<String> opened = rig.call(INITIALIZE).join();
        assertThat(opened.statusCode()).as(opened.body()).isEqualTo(200);
        return opened.headers().firstValue("Mcp-Session-Id").orElseThrow();
    }

    private static String call(GatewayHarness rig, String session, int id, String tool) {
        return rig.call(GatewayHarness.call(id, tool), "Mcp-Session-Id", session)
                .join()
                .body();
    }

    private static long number(String name, String text) {
        Matcher found = Pattern.compile("\"" + name + "\":\"?(\\d+)").matcher(text);
        assertThat(found.find()).as(name + " in " + text).isTrue();
        return Long.parseLong(found.group(1));
    }

    private static boolean lives(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    @Test
    void session_callsItsOwnChild_andTheChildEndsWithIt() throws Exception {
        try (GatewayHarness rig = gateway(policy(false, 5))) {
            String first = open(rig);
            String second = open(rig);
            long child = number("pid", call(rig, first, 7, "echo"));

            assertThat(call(rig, first, 7, "echo")).contains("\"id\":7").contains("\"pid\":" + child);
            assertThat(number("pid", call(rig, second, 7, "echo"))).isNotEqualTo(child);
            assertThat(rig.request("DELETE", "", "Mcp-Session-Id", first).join().statusCode())
                    .isEqualTo(200);
            GatewayHarness.await("the child is gone", () -> !lives(child));
            assertThat(rig.call(GatewayHarness.call(8, "echo"), "Mcp-Session-Id", first)
                            .join()
                            .statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void sharedChild_servesAllSessions_whateverIdsTheyUse() throws Exception {
        try (GatewayHarness rig = gateway(policy(true, 1))) {
            assertEachGetsItsOwn(rig);
            assertThat(rig.stat("children")).isEqualTo(1);
        }
    }

    /**
     * Ten sessions call with one id and one progress token at the same time; {@link TestChild} repeats what each has
     * sent.
     */
    static void assertEachGetsItsOwn(GatewayHarness rig) {
        List<String> sessions = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            sessions.add(open(rig));
        }
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String body = GatewayHarness.call(1, i % 3 == 0 ? "progress" : "echo")
                    .replace("\"arguments\":{}", "\"arguments\":{\"n\":" + i + "},\"_meta\":{\"progressToken\":1}");
            answers.add(rig.call(body, "Mcp-Session-Id", sessions.get(i % 10)));
        }
        for (int i = 0; i < 200; i++) {
            String body = answers.get(i).join().body();
            assertThat(body).contains("\"id\":1,").contains("\"echo\":{\"n\":" + i + "}");
            if (i % 3 == 0) {
                assertThat(body).contains("\"progressToken\":1,\"progress\":3");
            }
        }
    }

    @Test
    void statelessClient_isServedByAChildOfTheSessionEra() throws Exception {
        try (GatewayHarness rig = gateway(policy(false, 2))) {
            HttpResponse<String> discovered = rig.call(
                            "{\"jsonrpc\":\"2.0\",\"id\":\"d\",\"method\":\"server/discover\",\"params\":{}}",
                            "MCP-Protocol-Version",
                            "2026-07-28",
                            "Mcp-Method",
                            "server/discover")
                    .join();
            assertThat(discovered.body())
                    .contains("\"supportedVersions\":[\"2026-07-28\"]")
                    .contains("\"resultType\":\"complete\"")
                    .contains("\"tools\":{\"listChanged\":true}");
            assertThat(rig.call(GatewayHarness.call(5, "echo"), STATELESS)
                            .join()
                            .body())
                    .contains("\"id\":5")
                    .contains("\"resultType\":\"complete\"");
        }
    }

    @Test
    void childThatExits_answersAllWithAnError_andTheNextSessionGetsAnother() throws Exception {
        try (GatewayHarness rig = gateway(policy(false, 5))) {
            for (String tool : List.of("die", "exit", "half", "endless")) {
                String session = open(rig);
                CompletableFuture<HttpResponse<String>> waiting =
                        rig.call(GatewayHarness.call(3, "silent"), "Mcp-Session-Id", session);
                Thread.sleep(50);
                assertThat(call(rig, session, 4, tool))
                        .as(tool)
                        .contains("\"id\":4")
                        .contains("\"error\"");
                assertThat(waiting.join().body()).as(tool).contains("\"id\":3").contains("\"error\"");
                assertThat(rig.call(GatewayHarness.call(5, "echo"), "Mcp-Session-Id", session)
                                .join()
                                .statusCode())
                        .isEqualTo(404);
            }
            GatewayHarness.await("all children are gone", () -> rig.stat("children") == 0);
        }
    }

    @Test
    void garbageAndFloods_areContained() throws Exception {
        try (GatewayHarness rig = gateway(policy(false, 5))) {
            String session = open(rig);
            for (String tool : List.of("garbage", "stderr", "twice", "echo")) {
                assertThat(call(rig, session, 4, tool))
                        .as(tool)
                        .contains("\"id\":4")
                        .contains("\"result\"");
            }
        }
    }

    @Test
    void childThatTakesMoreMemoryThanItMay_dies_andNoOther() throws Exception {
        ChildPolicy limited = new ChildPolicy(
                false,
                2,
                2,
                2,
                100,
                Duration.ofSeconds(10),
                Duration.ofMinutes(10),
                Duration.ofHours(1),
                Duration.ofMillis(300),
                TestChild.LIMIT,
                1 << 20);
        try (LoggedLines log = new LoggedLines("weir.upstream");
                GatewayHarness rig = gateway(limited)) {
            String greedy = open(rig);
            String other = open(rig);
            long child = number("pid", call(rig, other, 1, "echo"));

            assertThat(call(rig, greedy, 2, "hog"))
                    .contains("\"id\":2")
                    .contains("\"error\"")
                    .contains("exited before its response was complete");
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .contains("with status 5; its last lines: no memory after ");
            assertThat(call(rig, other, 3, "echo")).contains("\"id\":3").contains("\"pid\":" + child);
            assertThat(lives(child)).isTrue();
        }
    }

    @Test
    void whatAChildForked_endsWithTheSession() throws Exception {
        try (GatewayHarness rig = gateway(policy(false, 5))) {
            for (String tool : List.of("fork", "escape")) {
                String session = open(rig);
                long forked = number("forked", call(rig, session, 1, tool));
                assertThat(lives(forked)).isTrue();
                rig.request("DELETE", "", "Mcp-Session-Id", session).join();
                GatewayHarness.await("what it forked is gone: " + tool, () -> !lives(forked));
            }
        }
    }

    @Test
    void stubbornChild_isEnded_whenTheGatewayStops() throws Exception {
        long child;
        long forked;
        try (GatewayHarness rig = gateway(policy(false, 5), "stubborn")) {
            String session = open(rig);
            child = number("pid", call(rig, session, 1, "echo"));
            forked = number("forked", call(rig, session, 1, "fork"));
        }
        GatewayHarness.await("both are gone", () -> !lives(child) && !lives(forked));
    }

    @Test
    void childThatNeverAnswersInitialize_isKilled_andTheClientTold() throws Exception {
        ChildPolicy quick = new ChildPolicy(
                false,
                2,
                2,
                2,
                100,
                Duration.ofMillis(800),
                Duration.ofMinutes(10),
                Duration.ofHours(1),
                Duration.ofMillis(200),
                0,
                1 << 20);
        try (GatewayHarness rig = gateway(quick, "mute")) {
            assertThat(rig.call(INITIALIZE).join().body()).contains("did not answer initialize in time");
            GatewayHarness.await("it is gone", () -> rig.stat("children") == 0);
        }
    }

    @Test
    void sessionsBeyondTheBudget_waitOrGetAClearError_neverMoreChildren() throws Exception {
        ChildPolicy tight = new ChildPolicy(
                false,
                2,
                2,
                2,
                100,
                Duration.ofSeconds(2),
                Duration.ofMinutes(10),
                Duration.ofHours(1),
                Duration.ofMillis(200),
                0,
                1 << 20);
        try (GatewayHarness rig = gateway(tight)) {
            String first = open(rig);
            open(rig);
            HttpResponse<String> third = rig.call(INITIALIZE).join();
            assertThat(third.statusCode()).isEqualTo(503);
            assertThat(third.body()).contains("no free child process").contains("children.max");
            assertThat(rig.stat("children")).isEqualTo(2);

            rig.request("DELETE", "", "Mcp-Session-Id", first).join();
            open(rig);
            assertThat(rig.stat("children")).isEqualTo(2);
        }
    }

    @Test
    void stormOfInitializeFromOneAddress_takesNoMoreChildrenThanItMay_andOthersAreServed() throws Exception {
        ChildPolicy policy = new ChildPolicy(
                false,
                4,
                4,
                2,
                100,
                Duration.ofSeconds(3),
                Duration.ofMinutes(10),
                Duration.ofHours(1),
                Duration.ofMillis(200),
                0,
                1 << 20);
        try (GatewayHarness rig = GatewayHarness.start(
                new StdioTransport(TestChild.command(), Map.of(), Optional.empty(), policy),
                "http.trusted_proxies=127.0.0.1/32")) {
            List<CompletableFuture<HttpResponse<String>>> storm = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                storm.add(rig.call(INITIALIZE, "X-Forwarded-For", "192.0.2.1"));
            }
            for (int i = 0; i < 2; i++) {
                HttpResponse<String> other =
                        rig.call(INITIALIZE, "X-Forwarded-For", "192.0.2.2").join();
                assertThat(other.statusCode()).as(other.body()).isEqualTo(200);
            }
            List<HttpResponse<String>> answers =
                    storm.stream().map(CompletableFuture::join).toList();
            assertThat(answers).filteredOn(each -> each.statusCode() == 200).hasSize(2);
            assertThat(answers)
                    .filteredOn(each -> each.statusCode() == 503)
                    .isNotEmpty()
                    .allSatisfy(each -> assertThat(each.body()).contains("children.max_per_address"));
            // On a slow machine one of the first is idle for long enough by now to make room for those that waited.
            assertThat(rig.stat("children")).isBetween(1L, 4L);
            assertThat(rig.stat("children_refused_max_per_address"))
                    .isEqualTo(rig.stat("children_refused"))
                    .isEqualTo(answers.stream()
                            .filter(each -> each.statusCode() == 503)
                            .count());
        }
    }

    @Test
    void sessionThatWasOpenedAndLeft_givesItsChildToAnother_afterAWhile() throws Exception {
        try (GatewayHarness rig = gateway(policy(false, 1))) {
            String left = open(rig);
            String next = open(rig);

            assertThat(call(rig, next, 1, "echo")).contains("\"result\"");
            assertThat(rig.call(GatewayHarness.call(2, "echo"), "Mcp-Session-Id", left)
                            .join()
                            .statusCode())
                    .isEqualTo(404);
            assertThat(rig.stat("children_evicted")).isEqualTo(1);
            assertThat(rig.stat("children")).isEqualTo(1);
        }
    }

    @Test
    void longResult_afterProgress_isPassedOn() throws Exception {
        try (GatewayHarness rig = gateway(policy(false, 5))) {
            String body = GatewayHarness.call(4, "longAfterProgress")
                    .replace("\"arguments\":{}", "\"arguments\":{},\"_meta\":{\"progressToken\":\"p\"}");
            assertThat(rig.call(body, "Mcp-Session-Id", open(rig)).join().body())
                    .contains("\"progressToken\":\"p\"")
                    .contains("x".repeat(500_000))
                    .doesNotContain("\"error\"");
        }
    }

    @Test
    void longResultsOfManyChildrenAtOnce_waitForMemory_andAreAllPassedOn() throws Exception {
        try (GatewayHarness rig = gateway(policy(false, 6))) {
            List<String> sessions = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                sessions.add(open(rig));
            }
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                answers.add(rig.call(GatewayHarness.call(i, "long"), "Mcp-Session-Id", sessions.get(i % 6)));
            }
            for (CompletableFuture<HttpResponse<String>> each : answers) {
                assertThat(each.join().body()).hasSizeGreaterThan(1_000_000);
            }
        }
    }

    @Test
    void childThatLogsBeforeItAnswersInitialize_opensItsSession() throws Exception {
        try (GatewayHarness rig = gateway(policy(false, 5), "early")) {
            String session = open(rig);
            assertThat(call(rig, session, 4, "echo")).contains("\"id\":4");
            assertThat(rig.events(session, 1)).contains("it starts");
        }
    }

    @Test
    void initializeWithoutAnId_leavesNoChild() throws Exception {
        ChildPolicy patient = new ChildPolicy(
                false,
                2,
                2,
                2,
                100,
                Duration.ofMinutes(10),
                Duration.ofMinutes(10),
                Duration.ofHours(1),
                Duration.ofMillis(200),
                0,
                1 << 20);
        try (GatewayHarness rig = gateway(patient, "mute")) {
            assertThat(rig.call(INITIALIZE.replace("\"id\":1,", "")).join().statusCode())
                    .isEqualTo(202);
            GatewayHarness.await("its child is gone", () -> rig.stat("children") == 0);
        }
    }

    @Test
    void cancellationWithoutASession_doesNotReachTheChild() throws Exception {
        try (GatewayHarness rig = gateway(policy(true, 1))) {
            CompletableFuture<HttpResponse<String>> waiting = rig.call(GatewayHarness.call(9, "slow"), STATELESS);
            GatewayHarness.await("it is in flight", () -> rig.stat("in_flight") == 1 || waiting.isDone());
            rig.call(
                            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":9}}",
                            "MCP-Protocol-Version",
                            "2026-07-28",
                            "Mcp-Method",
                            "notifications/cancelled")
                    .join();
            waiting.join();
            assertThat(rig.call(GatewayHarness.call(10, "cancelled"), STATELESS)
                            .join()
                            .body())
                    .contains("\"cancelled\":0");
        }
    }

    @Test
    void subscriptionsOfASession_areBounded() {
        LineSession session = new LineSession("s", Client.ofAddress("t", "a", ""), new MemoryBudget(1 << 20), 0);
        String uri = "u".repeat(1000);
        int count = 0;
        while (count < 100_000 && session.subscribe(uri + count)) {
            count++;
        }
        assertThat(count).isBetween(50, 1000);
        assertThat(session.subscribe(uri + 0)).isTrue();
        assertThat(session.unsubscribe(uri + 0)).isTrue();
        assertThat(session.subscribe(uri + 10)).isTrue();
    }

    @Test
    void streamOfAnEndedSession_isNotOpened() {
        LineSession session = new LineSession("s", Client.ofAddress("t", "a", ""), new MemoryBudget(1 << 20), 0);
        session.closeAll();
        assertThat(session.open(
                        new Recipient() {
                            @Override
                            public void message(byte[] message, boolean last) {}

                            @Override
                            public void failed(io.weir.gateway.line.LineServerException why) {}
                        },
                        0))
                .isNull();
    }

    @Test
    void childrenThatDie_openNoCircuit_forOtherSessions() throws Exception {
        try (GatewayHarness rig = gateway(policy(false, 5))) {
            String healthy = open(rig);
            for (int i = 0; i < 12; i++) {
                call(rig, open(rig), 4, "die");
            }

            assertThat(rig.stats()).contains("\"circuit\":\"closed\"").doesNotContain("\"circuit\":\"open\"");
            for (int i = 0; i < 20; i++) {
                assertThat(call(rig, healthy, 5, "echo")).contains("\"result\"");
            }
        }
    }

    private static ChildPolicy shortLived(boolean shared, long idleMillis, long ageMillis) {
        return new ChildPolicy(
                shared,
                5,
                5,
                5,
                100,
                Duration.ofSeconds(10),
                Duration.ofMillis(idleMillis),
                Duration.ofMillis(ageMillis),
                Duration.ofMillis(300),
                0,
                1 << 20);
    }

    private static String subscribe(GatewayHarness rig, String session, String method) {
        return rig.call(
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/" + method
                                + "\",\"params\":{\"uri\":\"a:b\"}}",
                        "Mcp-Session-Id",
                        session)
                .join()
                .body();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void childThatEndsItsOutputAndGoesOn_isEndedLikeOneThatExits(boolean shared) throws Exception {
        try (GatewayHarness rig = gateway(policy(shared, 2))) {
            String session = open(rig);

            assertThat(call(rig, session, 1, "close")).contains("\"id\":1,", "ended its output");

            assertThat(rig.call(GatewayHarness.call(2, "echo"), "Mcp-Session-Id", session)
                            .join()
                            .statusCode())
                    .isEqualTo(404);
            assertThat(call(rig, open(rig), 3, "echo")).contains("\"result\"");
            GatewayHarness.await("it is gone", () -> rig.stat("children") == 1);
        }
    }

    /**
     * A server in a shell, which starts sooner than a JVM: {@code hang} makes it write nothing any more though it reads
     * on, {@code silent} gets no answer, and pings are noted in the file that is its argument.
     */
    private static final String SHELL_CHILD = """
            hung=
            while read -r line; do
              id=${line#*'"id":'}
              id=${id%%[!0-9]*}
              case $line in
                *'"hang"'*) hung=1;;
                *'"silent"'* | *'"notifications/'*) continue;;
                *'"ping"'*) echo ping >> "$1";;
              esac
              [ "$hung" ] || printf '{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25","capabilities":{},\
            "serverInfo":{"name":"sh","version":"1"},"pid":%s}}\n' "$id" "$$"
            done
            """.replace("\\\n", "");

    /** A server of which a call has 2 s, and the answer to a ping as long. */
    private static GatewayHarness impatient(boolean shared, Path pinged) throws Exception {
        ChildPolicy usual = policy(shared, 2);
        ChildPolicy policy = new ChildPolicy(
                shared,
                2,
                2,
                2,
                100,
                Duration.ofSeconds(2),
                usual.idleTimeout(),
                usual.maxAge(),
                usual.stopTimeout(),
                0,
                usual.maxLineBytes());
        return GatewayHarness.start(
                new StdioTransport(
                        List.of("sh", "-c", SHELL_CHILD, "child", pinged.toString()),
                        Map.of(),
                        Optional.empty(),
                        policy),
                "upstreams.default.request_timeout_ms=2000");
    }

    /** One that reads on and answers nothing any more, not even a ping. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void childThatHangs_isEnded_andTheNextSessionGetsAnother(boolean shared, @TempDir Path folder) throws Exception {
        try (GatewayHarness rig = impatient(shared, folder.resolve("pinged"));
                LoggedLines faults = new LoggedLines("weir.upstream");
                LoggedLines children = new LoggedLines("weir.child")) {
            String session = open(rig);
            long child = number("pid", call(rig, session, 1, "echo"));
            assertThat(call(rig, session, 2, "hang")).contains("\"id\":2,", "did not finish within 2000 ms");

            GatewayHarness.await("it is gone", () -> !lives(child));

            GatewayHarness.await(
                    "that is logged",
                    () -> faults.lines().stream()
                            .anyMatch(line -> line.contains(
                                    "stopped answering (it wrote nothing for 2000 ms (request_timeout_ms), and did not"
                                            + " answer ping within 2000 ms (children.start_timeout_ms))")));
            assertThat(rig.call(GatewayHarness.call(3, "echo"), "Mcp-Session-Id", session)
                            .join()
                            .statusCode())
                    .isEqualTo(404);
            assertThat(call(rig, open(rig), 4, "echo")).contains("\"result\"");
            assertThat(children.lines().stream().filter(line -> line.contains("the one before stopped answering, ")))
                    .hasSize(shared ? 1 : 0);
        }
    }

    @Test
    void childThatAnswersPings_isNotEnded_whateverItsCallsTake(@TempDir Path folder) throws Exception {
        Path pinged = folder.resolve("pinged");
        try (GatewayHarness rig = impatient(true, pinged)) {
            String session = open(rig);
            long child = number("pid", call(rig, session, 1, "echo"));
            CompletableFuture<HttpResponse<String>> silent =
                    rig.call(GatewayHarness.call(2, "silent"), "Mcp-Session-Id", session);

            GatewayHarness.await("it was pinged", () -> Files.exists(pinged));
            assertThat(silent.join().body()).contains("did not finish within 2000 ms");
            // Longer than a ping may take to be answered.
            Thread.sleep(2_500);

            assertThat(number("pid", call(rig, session, 3, "echo"))).isEqualTo(child);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void responseWithNeitherAResultNorAnErrorOrWithBoth_isAnError_andTheChildGoesOn(boolean shared) throws Exception {
        try (GatewayHarness rig = gateway(policy(shared, 2))) {
            String session = open(rig);
            long child = number("pid", call(rig, session, 1, "echo"));

            assertThat(call(rig, session, 2, "neither"))
                    .contains("\"id\":2,", "-31502", "sent a response with neither a result nor an error");
            assertThat(call(rig, session, 3, "both"))
                    .contains("\"id\":3,", "-31502", "sent a response with both a result and an error");

            assertThat(number("pid", call(rig, session, 4, "echo"))).isEqualTo(child);
            assertThat(rig.stat("in_flight")).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void initializeWithNeitherAResultNorAnError_opensNoSession_andLeavesNoChild(boolean shared) throws Exception {
        try (GatewayHarness rig = gateway(policy(shared, 2), "neither")) {
            HttpResponse<String> opened = rig.call(INITIALIZE).join();

            assertThat(opened.body()).contains("sent a response with neither a result nor an error");
            assertThat(opened.headers().firstValue("Mcp-Session-Id")).isEmpty();
            GatewayHarness.await("it is gone", () -> rig.stat("children") == 0);
        }
    }

    @Test
    void initializeAfterASharedChildHasExited_waitsForTheNextStart_andACallDoesNot() throws Exception {
        try (GatewayHarness rig = gateway(policy(true, 1))) {
            call(rig, open(rig), 1, "die");
            CompletableFuture<HttpResponse<String>> called = rig.call(GatewayHarness.call(2, "echo"), STATELESS);
            CompletableFuture<HttpResponse<String>> opened = rig.call(INITIALIZE);

            assertThat(called.join().body()).contains("is started again after a pause");
            assertThat(opened.join().statusCode()).as(opened.join().body()).isEqualTo(200);
            String session =
                    opened.join().headers().firstValue("Mcp-Session-Id").orElseThrow();
            assertThat(call(rig, session, 3, "echo")).contains("\"result\"");
        }
    }

    @Test
    void sharedChildThatExited_isStartedAgainAtOnce_ifThatWasLongAgo() throws Exception {
        try (GatewayHarness rig = gateway(policy(true, 1))) {
            call(rig, open(rig), 1, "die");
            Thread.sleep(1_100);
            assertThat(rig.call(GatewayHarness.call(2, "echo"), STATELESS)
                            .join()
                            .body())
                    .contains("\"result\"");
            call(rig, open(rig), 1, "die");
            Thread.sleep(2_100);

            assertThat(rig.call(GatewayHarness.call(3, "echo"), STATELESS)
                            .join()
                            .body())
                    .contains("\"result\"");
        }
    }

    @Test
    void subscriptionsOfASharedChild_endWithTheLastSessionThatHasThem() throws Exception {
        try (GatewayHarness rig = gateway(policy(true, 1))) {
            String first = open(rig);
            String second = open(rig);
            String third = open(rig);
            subscribe(rig, first, "subscribe");
            subscribe(rig, second, "subscribe");

            assertThat(subscribe(rig, first, "unsubscribe")).contains("\"result\"");
            assertThat(call(rig, third, 2, "subscriptions")).contains("[subscribe a:b, subscribe a:b]");
            rig.request("DELETE", "", "Mcp-Session-Id", second).join();
            GatewayHarness.await(
                    "the child is told",
                    () -> call(rig, third, 2, "subscriptions").contains("subscribe a:b, unsubscribe a:b]"));
        }
    }

    @Test
    void updatesOfASharedChild_reachOnlyWhoHasSubscribed() throws Exception {
        try (GatewayHarness rig = gateway(policy(true, 1))) {
            String subscribed = open(rig);
            String other = open(rig);
            subscribe(rig, subscribed, "subscribe");
            CompletableFuture<String> update = CompletableFuture.supplyAsync(() -> rig.events(subscribed, 2));
            CompletableFuture<String> change = CompletableFuture.supplyAsync(() -> rig.events(other, 2));
            GatewayHarness.await("both have two events", () -> {
                call(rig, other, 1, "updated");
                call(rig, other, 1, "changed");
                return update.isDone() && change.isDone();
            });

            assertThat(update.join()).contains("notifications/resources/updated");
            assertThat(change.join())
                    .contains("notifications/tools/list_changed")
                    .doesNotContain("updated");
        }
    }

    @Test
    void listeningClient_ofTheStatelessEra_hearsOfTheListsThatItNames() throws Exception {
        try (GatewayHarness rig = gateway(policy(true, 1))) {
            String[] era = {"MCP-Protocol-Version", "2026-07-28", "Mcp-Method", "subscriptions/listen"};
            CompletableFuture<String> heard = CompletableFuture.supplyAsync(() -> rig.events(
                    "{\"jsonrpc\":\"2.0\",\"id\":\"s\",\"method\":\"subscriptions/listen\",\"params\":"
                            + "{\"notifications\":{\"toolsListChanged\":true,\"promptsListChanged\":false}}}",
                    2,
                    era));
            GatewayHarness.await("it has heard", () -> {
                rig.call(GatewayHarness.call(5, "changed"), STATELESS).join();
                return heard.isDone();
            });

            assertThat(heard.join())
                    .contains("notifications/subscriptions/acknowledged")
                    .contains("\"notifications\":{\"toolsListChanged\":true}")
                    .contains("\"method\":\"notifications/tools/list_changed\",\"params\":{\"_meta\":"
                            + "{\"io.modelcontextprotocol/subscriptionId\":\"s\"}}");
        }
    }

    @Test
    void childWithoutSessions_isStoppedWhenItIsIdle() throws Exception {
        try (GatewayHarness rig = gateway(shortLived(false, 300, 100_000))) {
            rig.call(GatewayHarness.call(5, "echo"), STATELESS).join();
            assertThat(rig.stat("children")).isEqualTo(1);
            GatewayHarness.await("it is gone", () -> rig.stat("children") == 0);

            assertThat(rig.call(GatewayHarness.call(5, "echo"), STATELESS)
                            .join()
                            .body())
                    .contains("\"result\"");
        }
    }

    @Test
    void childThatIsTooOld_getsNoMoreRequests_andIsStopped() throws Exception {
        try (GatewayHarness rig = gateway(shortLived(false, 100_000, 5_000))) {
            String session = open(rig);
            long child = number("pid", call(rig, session, 1, "echo"));
            GatewayHarness.await("it is gone", () -> !lives(child));

            assertThat(rig.call(GatewayHarness.call(2, "echo"), "Mcp-Session-Id", session)
                            .join()
                            .statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void requestOfTheChild_reachesItsClient_andTheAnswerTheChild() throws Exception {
        try (GatewayHarness rig = gateway(policy(false, 5))) {
            String session = open(rig);
            assertThat(call(rig, session, 4, "sample"))
                    .contains("\"method\":\"sampling/createMessage\"")
                    .contains("\"id\":4");
            assertThat(rig.call(
                                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"role\":\"user\"}}",
                                    "Mcp-Session-Id",
                                    session)
                            .join()
                            .statusCode())
                    .isEqualTo(202);
            // It came while no stream was open, and was kept for the first.
            assertThat(rig.events(session, 1)).contains("client answered");
        }
    }
}
