package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.admission.RejectionCounters;
import io.weir.gateway.lineupstream.TestChild;
import io.weir.gateway.upstream.UpstreamShared;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Upstreams come, go and are replaced while the gateway runs. {@code -Dweir.live.upstreams=10000
 * -Dweir.live.cycles=2000} for the long run.
 */
@SuppressWarnings("StringConcatToTextBlock") // bytes of HTTP, whose lines end with CRLF
class LiveUpstreamsTest {
    private static final int REPLACEMENTS = Integer.getInteger("weir.live.upstreams", 40);
    private static final int CYCLES = Integer.getInteger("weir.live.cycles", 60);
    private static final int CLIENTS = 4;

    @TempDir
    Path directory;

    private Path file(String yaml) throws IOException {
        return Files.writeString(directory.resolve("weir.yaml"), yaml);
    }

    private static String upstreams(Object... namesAndUrls) {
        StringBuilder yaml = new StringBuilder("upstreams:\n");
        for (int i = 0; i < namesAndUrls.length; i += 2) {
            yaml.append("  ")
                    .append(namesAndUrls[i])
                    .append(":\n    url: ")
                    .append(namesAndUrls[i + 1])
                    .append('\n');
        }
        return yaml.toString();
    }

    private void reload(GatewayHarness rig, String yaml) throws IOException {
        file(yaml);
        rig.gateway.reload();
        assertThat(problems(rig)).isEqualTo("]}}\n");
    }

    private static String problems(GatewayHarness rig) {
        return rig.admin("GET", "/limits", "").body().replaceFirst("(?s).*\"problems\":\\[", "");
    }

    /** Answers each request at once, and says that it did. */
    private static RawServer server(String name) throws IOException {
        return new RawServer((socket, n) -> {
            while (true) {
                RawServer.answer(socket, RawServer.read(socket), "X-Server: " + name);
            }
        });
    }

    private static String servedBy(GatewayHarness rig, String path) {
        HttpResponse<String> answer =
                rig.to(path, GatewayHarness.call(1, "echo")).join();
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("\"result\"");
        return answer.headers().firstValue("X-Server").orElseThrow();
    }

    private static void awaitGone(GatewayHarness rig) throws InterruptedException {
        GatewayHarness.await(
                "nothing is left of removed upstreams", () -> !rig.stats().contains("~"));
    }

    @Test
    void addedUpstream_isServedAndShownEverywhere_andNothingOfOthersChanges() throws Exception {
        try (RawServer one = server("one");
                RawServer two = server("two");
                GatewayHarness rig = GatewayHarness.live(file(upstreams("a", one.url())))) {
            for (int i = 0; i < 5; i++) {
                assertThat(servedBy(rig, "/mcp")).isEqualTo("one");
            }
            assertThat(rig.admin("GET", "/metrics", "").body()).doesNotContain("upstream=\"b\"");
            int connections = one.accepted();

            reload(rig, upstreams("a", one.url(), "b", two.url()));

            for (int i = 0; i < 8; i++) {
                // Each client connection is at another event loop.
                try (Socket socket = rig.send(
                        GatewayHarness.post(GatewayHarness.call(i, "echo")).replace("POST /mcp", "POST /b/mcp"))) {
                    assertThat(new BufferedReader(
                                            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                                    .readLine())
                            .isEqualTo("HTTP/1.1 200 OK");
                }
            }
            assertThat(servedBy(rig, "/b/mcp")).isEqualTo("two");
            assertThat(servedBy(rig, "/a/mcp/")).isEqualTo("one");
            assertThat(rig.to("/mcp", GatewayHarness.call(1, "echo")).join().statusCode())
                    .as("with several upstreams, as after a restart")
                    .isEqualTo(404);
            assertThat(rig.stats()).containsPattern("\"queue\":\"a\"[^}]*\"dispatched\":6[,}]");
            assertThat(rig.stats()).containsPattern("\"queue\":\"b\"[^}]*\"dispatched\":9[,}]");
            assertThat(rig.admin("GET", "/upstreams", "").body())
                    .contains("\"upstream\":\"b\"", two.url().getAuthority());
            assertThat(rig.admin("GET", "/readyz", "").body()).contains("\"a\":\"up\",\"b\":\"up\"");
            assertThat(rig.admin("GET", "/metrics", "").body()).contains("upstream=\"a\"", "upstream=\"b\"");
            assertThat(one.accepted() - connections)
                    .as("connections of a that were opened anew")
                    .isLessThan(2);
        }
    }

    @Test
    void removedUpstream_finishesWhatItHas_getsNothingMore_andIsForgotten() throws Exception {
        CountDownLatch may = new CountDownLatch(1);
        List<String> requests = new CopyOnWriteArrayList<>();
        try (RawServer one = server("one");
                RawServer two = new RawServer((socket, n) -> {
                    while (true) {
                        RawServer.Request request = RawServer.read(socket);
                        requests.add(request.head());
                        may.await();
                        RawServer.answer(socket, request, "X-Server: two");
                    }
                });
                GatewayHarness rig = GatewayHarness.live(file(upstreams("a", one.url(), "b", two.url())
                        + "    capacity: 1\n    tools: {x: {capacity: 2}}\n"))) {
            List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                calls.add(rig.to("/b/mcp", GatewayHarness.call(i, "echo")));
            }
            GatewayHarness.await(
                    "one is in flight, the others wait", () -> rig.stats().contains("\"queued\":4,"));

            reload(rig, upstreams("a", one.url()));

            HttpResponse<String> refused =
                    rig.to("/b/mcp", GatewayHarness.call(9, "echo")).join();
            HttpResponse<String> unknown =
                    rig.to("/c/mcp", GatewayHarness.call(9, "echo")).join();
            assertThat(refused.statusCode()).isEqualTo(404);
            assertThat(refused.body()).isEqualTo(unknown.body());
            assertThat(servedBy(rig, "/mcp")).isEqualTo("one");
            assertThat(rig.stats()).contains("\"queue\":\"b~1\",\"queued\":4,\"in_flight\":1,", "\"queue\":\"b~1/x\"");
            assertThat(rig.admin("GET", "/upstreams", "").body()).doesNotContain("\"upstream\":\"b\"");
            assertThat(rig.admin("GET", "/readyz", "").body()).doesNotContain("\"b\"");
            assertThat(rig.admin("GET", "/metrics", "").body()).doesNotContain("upstream=\"b");
            may.countDown();

            for (CompletableFuture<HttpResponse<String>> each : calls) {
                assertThat(each.join().body()).contains("\"result\"");
            }
            awaitGone(rig);
            GatewayHarness.await("its connections are closed", () -> two.open() == 0);
            assertThat(rig.stats())
                    .contains("\"pending\":{\"messages\":0,\"bytes\":0}")
                    .doesNotContain("\"queue\":\"b");
            assertThat(requests).hasSize(5);
            conserved(rig);
        }
    }

    /** Takes a request on each connection, and answers it when it may. */
    private static RawServer holding(CountDownLatch may) throws IOException {
        return new RawServer((socket, n) -> {
            while (true) {
                RawServer.Request request = RawServer.read(socket);
                may.await();
                RawServer.answer(socket, request);
            }
        });
    }

    @Test
    void queuedCalls_ofARemovedUpstream_expire_andCanBeThrownOut() throws Exception {
        CountDownLatch may = new CountDownLatch(1);
        try (RawServer one = server("one");
                RawServer two = holding(may);
                GatewayHarness rig = GatewayHarness.live(file(upstreams("a", one.url(), "b", two.url())
                        + "    capacity: 1\n    ttl_ms: 1h\n    tools: {brief: {ttl_ms: 2s}}\n"))) {
            CompletableFuture<HttpResponse<String>> first = rig.to("/b/mcp", GatewayHarness.call(1, "echo"));
            GatewayHarness.await("one is in flight", () -> rig.stats().contains("\"queued\":0,\"in_flight\":1,"));
            CompletableFuture<HttpResponse<String>> patient = rig.to("/b/mcp", GatewayHarness.call(2, "echo"));
            CompletableFuture<HttpResponse<String>> brief = rig.to("/b/mcp", GatewayHarness.call(3, "brief"));
            GatewayHarness.await("two wait", () -> rig.stats().contains("\"queued\":2,\"in_flight\":1,"));

            reload(rig, upstreams("a", one.url()));

            assertThat(brief.join().body()).contains("\"reason\":\"expired\"");
            assertThat(patient).isNotDone();
            assertThat(rig.admin("POST", "/connections/127.0.0.1/reset", "", "Authorization", "Bearer " + rig.token())
                            .body())
                    .contains("\"removed\":1");
            assertThat(patient.join().body()).contains("\"reason\":\"reset\"");
            may.countDown();
            assertThat(first.join().body()).contains("\"result\"");
            awaitGone(rig);
            conserved(rig);
        }
    }

    @Test
    void replacements_areRefused_whileTooManyOfBeforeHaveCallsInFlight() throws Exception {
        CountDownLatch may = new CountDownLatch(1);
        int most = 16;
        try (RawServer one = server("one");
                RawServer two = holding(may);
                GatewayHarness rig = GatewayHarness.live(file(upstreams("a", one.url(), "b", two.url())))) {
            List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
            for (int i = 0; i <= most; i++) {
                int taken = i;
                calls.add(rig.to("/b/mcp", GatewayHarness.call(i, "echo")));
                GatewayHarness.await(
                        "it is in flight",
                        () -> rig.stats().split("\"in_flight\":1,\"abandoned\"", -1).length == taken + 2);
                if (i < most) {
                    reload(rig, upstreams("a", one.url(), "b", two.url()) + "    capacity: " + (i + 5) + "\n");
                }
            }
            String next = upstreams("a", one.url(), "b", two.url()) + "    capacity: 1\n";
            file(next);
            rig.gateway.reload();
            assertThat(problems(rig))
                    .contains(
                            "upstreams: " + most + " removed upstreams still have calls in flight, of at most " + most);
            assertThat(servedBy(rig, "/a/mcp")).isEqualTo("one");

            may.countDown();
            for (CompletableFuture<HttpResponse<String>> each : calls) {
                assertThat(each.join().body()).contains("\"result\"");
            }
            awaitGone(rig);
            reload(rig, next);
            awaitGone(rig);
            conserved(rig);
        }
    }

    @Test
    void rejectionsOfARemovedUpstream_areForgottenWithIt() throws Exception {
        CountDownLatch may = new CountDownLatch(1);
        try (RawServer one = server("one");
                RawServer two = holding(may);
                GatewayHarness rig = GatewayHarness.live(
                        file(upstreams("a", one.url(), "b", two.url())), "queue_limits.max_messages=1")) {
            CompletableFuture<HttpResponse<String>> first = rig.to("/b/mcp", GatewayHarness.call(1, "echo"));
            GatewayHarness.await("one is in flight", () -> rig.stats().contains("\"in_flight\":1,"));
            for (String path : List.of("/a/mcp", "/b/mcp")) {
                assertThat(rig.to(path, GatewayHarness.call(2, "echo")).join().body())
                        .contains("\"reason\":\"connection_messages\"");
            }
            assertThat(rejecting(rig)).containsExactly("a", "b");

            reload(rig, upstreams("a", one.url()));

            assertThat(rejecting(rig)).containsExactly("a", "b");
            may.countDown();
            assertThat(first.join().body()).contains("\"result\"");
            awaitGone(rig);
            GatewayHarness.await("it is forgotten", () -> rejecting(rig).equals(List.of("a")));
        }
    }

    /** The upstreams that something was ever rejected of. */
    private static List<String> rejecting(GatewayHarness rig) {
        return rig.gateway.services().proxy().admission().rejections().reader().take(0, 0).stream()
                .map(RejectionCounters.Report::upstream)
                .toList();
    }

    /** What the statistics say of all messages together is conserved, and nothing is pending. */
    private static void conserved(GatewayHarness rig) {
        String stats = rig.stats();
        long admitted = number(stats, "admitted");
        assertThat(number(stats, "offered"))
                .isEqualTo(admitted
                        + number(stats, "refused")
                        + number(stats, "dropped")
                        + number(stats, "disconnected")
                        + number(stats, "shed"));
        assertThat(admitted)
                .isEqualTo(number(stats, "completed")
                        + number(stats, "failed")
                        + number(stats, "expired")
                        + number(stats, "cancelled")
                        + number(stats, "evicted"));
        assertThat(number(stats, "pending")).isZero();
    }

    private static long number(String stats, String name) {
        Matcher found =
                Pattern.compile("\"" + name + "\":\\{\"messages\":(\\d+)").matcher(stats);
        assertThat(found.find()).as(name + " in " + stats).isTrue();
        return Long.parseLong(found.group(1));
    }

    @Test
    void sessionsOfARemovedUpstream_endAtTheirServer_whenTheirCallsHaveEnded_andStreamsAtOnce() throws Exception {
        CountDownLatch may = new CountDownLatch(1);
        List<String> events = new CopyOnWriteArrayList<>();
        try (RawServer one = server("one");
                RawServer two = new RawServer((socket, n) -> {
                    while (true) {
                        RawServer.Request request = RawServer.read(socket);
                        String method =
                                request.head().substring(0, request.head().indexOf(' '));
                        if (request.is("initialize")) {
                            RawServer.answer(socket, request, "Mcp-Session-Id: s-1");
                        } else if (method.equals("GET")) {
                            RawServer.write(
                                    socket,
                                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                            + "Transfer-Encoding: chunked\r\n\r\n6\r\n: hi\n\n\r\n");
                        } else if (method.equals("DELETE")) {
                            events.add("deleted " + (request.head().contains("s-1") ? "s-1" : request.head()));
                            RawServer.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                        } else {
                            events.add("called");
                            may.await();
                            events.add("answered");
                            RawServer.answer(socket, request);
                        }
                    }
                });
                GatewayHarness rig =
                        GatewayHarness.live(file(upstreams("a", one.url(), "b", two.url(), "c", one.url())))) {
            assertThat(rig.to("/b/mcp", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}")
                            .join()
                            .headers()
                            .firstValue("Mcp-Session-Id"))
                    .contains("s-1");
            assertThat(rig.stat("sessions")).isEqualTo(1);
            Socket stream = rig.send("GET /b/mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                    + "Mcp-Session-Id: s-1\r\n\r\n");
            InputStream in = stream.getInputStream();
            StringBuilder read = new StringBuilder();
            while (read.indexOf(": hi") < 0) {
                read.append((char) in.read());
            }
            CompletableFuture<HttpResponse<String>> call =
                    rig.to("/b/mcp", GatewayHarness.call(2, "echo"), "Mcp-Session-Id", "s-1");
            GatewayHarness.await("a call is in flight", () -> events.contains("called"));

            reload(rig, upstreams("a", one.url()));

            assertThat(new String(in.readNBytes(9), StandardCharsets.US_ASCII))
                    .as("the stream ends properly")
                    .endsWith("0\r\n\r\n");
            assertThat(rig.stat("sessions")).isZero();
            assertThat(rig.to("/b/mcp", GatewayHarness.call(3, "echo"), "Mcp-Session-Id", "s-1")
                            .join()
                            .statusCode())
                    .isEqualTo(404);
            // Nothing holds the other one: when it is gone, the ends of both were looked at.
            GatewayHarness.await("the other one is gone", () -> !rig.stats().contains("\"queue\":\"c~"));
            for (int n = 0; n < 10; n++) {
                servedBy(rig, "/a/mcp");
            }
            may.countDown();
            assertThat(call.join().body()).contains("\"result\"");
            awaitGone(rig);
            assertThat(events).containsExactly("called", "answered", "deleted s-1");
            GatewayHarness.await("its connections are closed", () -> two.open() == 0);
            assertThat(rig.stat("streams")).isZero();
            stream.close();
        }
    }

    /** One connection that is never closed by anyone, call by call. */
    private static void callUntil(AtomicBoolean stopped, AtomicLong answered, int port, int client) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) GatewayHarness.PATIENCE.toMillis());
            for (int i = 0; !stopped.get(); i++) {
                int id = 1_000_000 * client + i;
                String call = GatewayHarness.post(GatewayHarness.call(id, "echo"))
                        .replace("POST /mcp", client % 2 == 0 ? "POST /a/mcp" : "POST /b/mcp");
                // Half of the requests are routed before their body comes.
                int cut = i % 2 == 0 ? call.length() : call.length() - 10;
                socket.getOutputStream().write(call.substring(0, cut).getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().flush();
                if (cut < call.length()) {
                    socket.getOutputStream().write(call.substring(cut).getBytes(StandardCharsets.US_ASCII));
                }
                String response = GatewayHarness.response(socket.getInputStream());
                assertThat(response).startsWith("HTTP/1.1 200 ").contains("\"id\":" + id + ",\"result\"");
                answered.incrementAndGet();
            }
        }
    }

    @Test
    void replacedUpstream_answersEveryCall_andSoDoesTheOneThatStays() throws Exception {
        AtomicBoolean stopped = new AtomicBoolean();
        AtomicLong answered = new AtomicLong();
        try (RawServer stays = server("stays");
                RawServer one = server("one");
                RawServer two = server("two");
                GatewayHarness rig = GatewayHarness.live(
                        file(upstreams("b", stays.url(), "a", one.url())),
                        "backpressure.max_messages_per_sec=1000000")) {
            List<CompletableFuture<Void>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int client = i;
                clients.add(GatewayHarness.begin(() -> callUntil(stopped, answered, rig.port(), client)));
            }
            for (int i = 1; i <= REPLACEMENTS; i++) {
                reload(rig, upstreams("b", stays.url(), "a", i % 2 == 0 ? one.url() : two.url()));
                long before = answered.get();
                GatewayHarness.await(
                        "clients call",
                        () -> answered.get() > before + CLIENTS
                                || clients.stream().anyMatch(CompletableFuture::isDone));
            }
            assertThat(servedBy(rig, "/a/mcp")).isEqualTo(REPLACEMENTS % 2 == 0 ? "one" : "two");
            stopped.set(true);
            for (CompletableFuture<Void> each : clients) {
                each.join();
            }

            awaitGone(rig);
            conserved(rig);
            assertThat(number(rig.stats(), "completed")).isEqualTo(answered.get() + 1);
            GatewayHarness.await(
                    "connections to the other are closed", () -> (REPLACEMENTS % 2 == 0 ? two : one).open() == 0);
            assertThat(rig.admin("GET", "/metrics", "").body())
                    .as("a counter that began again")
                    .contains("weir_upstream_dispatched_messages_total{upstream=\"a\"} ");
        }
    }

    @Test
    void brokenUpstreams_changeNothing_andAreNamedWithTheirPlace() throws Exception {
        try (RawServer one = server("one");
                GatewayHarness rig = GatewayHarness.live(file(upstreams("a", one.url())))) {
            String valid = upstreams("a", one.url());
            for (String[] each : new String[][] {
                {"  b:\n    url: https://h/mcp\n    tls_ca: " + directory.resolve("none.pem") + "\n", "weir.yaml:6"},
                {
                    "  b:\n    url: https://h/mcp\n    tls_ca: " + directory.resolve("none.pem") + "\n",
                    "upstreams.b.tls_ca"
                },
                {"  b:\n    urls: http://h/mcp\n", "weir.yaml:5"},
                {"  b:\n    command: x\n    children: {max: 1000000}\n", "upstreams.b.children.max"},
                {"  b:\n    url: http://h/mcp\nedge:\n  max_connections: 17\n", "edge.max_connections: needs a restart"
                },
            }) {
                file(valid + each[0]);
                rig.gateway.reload();

                assertThat(problems(rig)).as(each[0]).contains(each[1]);
                assertThat(servedBy(rig, "/mcp")).as(each[0]).isEqualTo("one");
                assertThat(rig.stats()).as(each[0]).doesNotContain("\"queue\":\"b\"", "~");
            }
            file("upstreams: {}\n");
            rig.gateway.reload();
            assertThat(problems(rig)).contains("no upstream configured");
            assertThat(servedBy(rig, "/mcp")).isEqualTo("one");
        }
    }

    @Test
    void upstreamOfTcpClients_needsARestart() throws Exception {
        try (RawServer one = server("one");
                GatewayHarness rig = GatewayHarness.live(
                        file(upstreams("a", one.url()) + "tcp:\n  listen: 127.0.0.1:0\n  upstream: a\n"))) {
            file(upstreams("a", "http://127.0.0.1:9/mcp") + "tcp:\n  listen: 127.0.0.1:0\n  upstream: a\n");
            rig.gateway.reload();

            assertThat(problems(rig))
                    .contains("upstreams.a: needs a restart, since clients over TCP are connected to it (tcp.upstream)")
                    .contains("weir.yaml:3");
            assertThat(servedBy(rig, "/mcp")).isEqualTo("one");
        }
    }

    @Test
    void removedUpstream_overStdio_endsItsProcesses() throws Exception {
        String program = TestChild.command().get(0);
        String arguments = TestChild.command().stream()
                .skip(1)
                .map(word -> "\"" + word + "\"")
                .collect(Collectors.joining(", "));
        String other = upstreams("a", "http://127.0.0.1:9/mcp");
        try (GatewayHarness rig = GatewayHarness.live(file(other))) {
            for (String mode : List.of("shared", "per_session")) {
                reload(
                        rig,
                        other + "  b:\n    command: " + program + "\n    args: [" + arguments
                                + "]\n    children: {mode: " + mode + ", max: 2}\n");
                HttpResponse<String> opened = rig.to(
                                "/b/mcp",
                                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":"
                                        + "{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},"
                                        + "\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}",
                                "Accept",
                                "application/json, text/event-stream")
                        .join();
                assertThat(opened.statusCode()).as(opened.body()).isEqualTo(200);
                assertThat(rig.stat("children")).isEqualTo(1);

                reload(rig, other);

                GatewayHarness.await("its process is gone", () -> !rig.stats().contains("\"children\":"));
                awaitGone(rig);
                assertThat(rig.stat("sessions")).isZero();
            }
        }
    }

    private static long descriptors() throws IOException {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    @Test
    void cyclesOfAddingAndRemoving_leaveNothingBehind() throws Exception {
        try (RawServer one = server("one");
                RawServer two = server("two");
                GatewayHarness rig = GatewayHarness.live(file(upstreams("a", one.url())))) {
            String without = upstreams("a", one.url());
            String with = upstreams("a", one.url(), "b", two.url());
            List<WeakReference<UpstreamShared>> removed = new ArrayList<>();
            long threads = 0;
            long descriptors = 0;
            for (int i = 0; i < CYCLES; i++) {
                if (i == 20) {
                    awaitGone(rig);
                    GatewayHarness.await("connections are closed", () -> two.open() == 0);
                    threads = Thread.getAllStackTraces().size();
                    descriptors = descriptors();
                }
                reload(rig, with);
                assertThat(servedBy(rig, "/b/mcp")).isEqualTo("two");
                removed.add(new WeakReference<>(
                        rig.gateway.services().upstreams().current().get(1)));
                file(without);
                rig.gateway.reload();
                if (problems(rig).contains("still have calls in flight")) {
                    awaitGone(rig);
                    rig.gateway.reload();
                }
                assertThat(problems(rig)).isEqualTo("]}}\n");
            }
            awaitGone(rig);
            GatewayHarness.await("connections are closed", () -> two.open() == 0);

            assertThat(Thread.getAllStackTraces()).hasSizeLessThan((int) threads + 10);
            assertThat(descriptors()).isLessThan(descriptors + 10);
            GatewayHarness.await("removed upstreams are collected", () -> {
                System.gc();
                return removed.stream().allMatch(each -> each.get() == null);
            });
            conserved(rig);
        }
    }
}
