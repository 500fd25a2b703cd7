package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the operator's port tells of connections, tenants, upstreams and rejections, and what can be done there. */
class AdminApiTest {
    private static final String INITIALIZE =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\","
                    + "\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}";

    @TempDir
    Path directory;

    private final CountDownLatch over = new CountDownLatch(1);

    /** A server that answers nobody until the test lets it. */
    private RawServer patientServer() throws IOException {
        return new RawServer((socket, n) -> {
            over.await();
            RawServer.serveAll(socket);
        });
    }

    private GatewayHarness live(String upstreams, String... settings) throws Exception {
        return GatewayHarness.live(
                Files.writeString(directory.resolve("weir.yaml"), "upstreams: " + upstreams + "\n"), settings);
    }

    private static String get(GatewayHarness rig, String path) {
        HttpResponse<String> answer = rig.admin("GET", path, "");
        assertThat(answer.statusCode()).as(path + " " + answer.body()).isEqualTo(200);
        return answer.body();
    }

    private static HttpResponse<String> post(GatewayHarness rig, String path) {
        return rig.admin("POST", path, "", "Authorization", "Bearer " + rig.token());
    }

    /** All values of that name, in order. */
    private static List<String> values(String json, String name) {
        return Pattern.compile("\"" + name + "\":\"?([^\",}]*)")
                .matcher(json)
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    private static String value(String json, String name) {
        return values(json, name).get(0);
    }

    private static void join(List<CompletableFuture<HttpResponse<String>>> calls) {
        CompletableFuture.allOf(calls.toArray(new CompletableFuture<?>[0])).join();
    }

    @Test
    void connections_arePagedSortedAndFiltered() throws Exception {
        try (RawServer server = patientServer();
                GatewayHarness rig = live(
                        "{s: {url: \"" + server.url() + "\", capacity: 9}}",
                        GatewayHarness.keys(directory),
                        "queue_limits.max_messages=3")) {
            List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
            for (String key : List.of(GatewayHarness.KEY_A, GatewayHarness.KEY_A, GatewayHarness.KEY_B)) {
                calls.add(rig.call(
                        GatewayHarness.call(calls.size(), key.equals(GatewayHarness.KEY_A) ? "t" : "t".repeat(2_000)),
                        "X-API-Key",
                        key));
            }
            for (int i = 0; i < 5; i++) {
                calls.add(rig.call(GatewayHarness.call(i, "t"), "X-API-Key", GatewayHarness.KEY_C));
                if (i < 3) {
                    int held = i + 4;
                    GatewayHarness.await("it is pending", () -> rig.stat("messages") == held);
                }
            }
            GatewayHarness.await(
                    "two were refused", () -> rig.stats().contains("\"connection_messages\":{\"messages\":2"));

            assertThat(values(get(rig, "/connections"), "tenant")).containsExactly("c", "a", "b");
            assertThat(values(get(rig, "/connections?sort=bytes"), "tenant")).containsExactly("b", "c", "a");
            assertThat(values(get(rig, "/connections?sort=rejected"), "tenant")).containsExactly("c", "a", "b");
            assertThat(values(get(rig, "/connections?sort=idle"), "tenant").get(2))
                    .isEqualTo("c");
            assertThat(values(get(rig, "/connections?limit=1&offset=1"), "tenant"))
                    .containsExactly("a");
            assertThat(get(rig, "/connections?limit=1&offset=1"))
                    .startsWith("{\"total\":3,\"offset\":1,\"limit\":1,\"sort\":\"messages\",");
            assertThat(values(get(rig, "/connections?offset=3"), "tenant")).isEmpty();
            assertThat(values(get(rig, "/connections?tenant=b"), "tenant")).containsExactly("b");
            assertThat(get(rig, "/connections?tenant=nobody")).startsWith("{\"total\":0,");

            assertThat(values(get(rig, "/tenants"), "tenant")).containsExactly("a", "b", "c");
            assertThat(values(get(rig, "/tenants?sort=messages"), "tenant")).containsExactly("c", "a", "b");
            assertThat(values(get(rig, "/tenants?sort=bytes&limit=1"), "tenant"))
                    .containsExactly("b");
            assertThat(values(get(rig, "/tenants?sort=rejected&limit=1&offset=1"), "tenant"))
                    .containsExactly("a");
            assertThat(get(rig, "/tenants/c"))
                    .contains(
                            "\"tenant\":\"c\",\"connections\":1,\"pending\":{\"messages\":3,",
                            "\"rejected\":{\"messages\":2,",
                            "\"connection_messages\":{\"messages\":2,",
                            "\"tenant_max_messages\":30,");

            Instant before = Instant.now();
            String id = value(get(rig, "/connections?tenant=c"), "id");
            String one = get(rig, "/connections/" + id);
            assertThat(one)
                    .contains(
                            "\"id\":\"" + id
                                    + "\",\"tenant\":\"c\",\"connection\":\"127.0.0.1\",\"pending\":{\"messages\":3,",
                            "\"under_pressure\":true",
                            "\"limits\":{\"max_messages\":3,\"max_bytes\":",
                            "\"in_flight\":{\"messages\":3,",
                            "\"connection_messages\":{\"messages\":2,");
            assertThat(Instant.parse(value(one, "last_activity"))).isBetween(before.minusSeconds(60), Instant.now());
            assertThat(rig.admin("GET", "/connections/127.0.0.1", "").body())
                    .contains("several connections are shown as '127.0.0.1'");
            over.countDown();
            join(calls);
        }
    }

    @Test
    void limits_areThoseOfTheTenant() throws Exception {
        try (RawServer server = patientServer();
                GatewayHarness rig = live(
                        "{s: {url: \"" + server.url() + "\", capacity: 9}}",
                        GatewayHarness.keys(directory),
                        "queue_limits.enable_tenant_limits=false",
                        "tenants.a.max_messages=7",
                        "tenants.a.tenant_max_messages=2",
                        "tenants.a.weight=3")) {
            List<CompletableFuture<HttpResponse<String>>> calls = List.of(
                    rig.call(GatewayHarness.call(1, "t"), "X-API-Key", GatewayHarness.KEY_A),
                    rig.call(GatewayHarness.call(1, "t"), "X-API-Key", GatewayHarness.KEY_B));
            GatewayHarness.await("both are pending", () -> rig.stat("messages") == 2);

            assertThat(get(rig, "/tenants/a"))
                    .containsPattern("\"limits\":\\{\"max_messages\":7,[^}]*\"weight\":3,\"tenant_max_messages\":2}");
            assertThat(get(rig, "/tenants/b"))
                    .containsPattern("\"limits\":\\{[^}]*\"weight\":1}")
                    .doesNotContain("\"tenant_max_messages\"");
            assertThat(get(rig, "/connections/" + value(get(rig, "/connections?tenant=a"), "id")))
                    .contains("\"limits\":{\"max_messages\":7,");
            assertThat(get(rig, "/connections/" + value(get(rig, "/connections?tenant=b"), "id")))
                    .doesNotContain("\"limits\":{\"max_messages\":7,");
            // Of two, one is pending; one of seven is for its connection. The others have no limit as a whole.
            String events = events(rig);
            assertThat(events).containsPattern("\"tenant\":\"a\",\"connections\":1,[^}]*\"permille\":500[,}]");
            assertThat(events)
                    .containsPattern("\"connection\":\"127.0.0.1\",\"tenant\":\"a\",[^}]*\"permille\":142[,}]");
            assertThat(events)
                    .containsPattern(
                            "\"tenant\":\"b\",\"connections\":1,\"messages\":1,\"bytes\":\\d+,\"(offered|rejected)");
            over.countDown();
            join(calls);
        }
    }

    /** The first snapshot that the page gets. */
    private static String events(GatewayHarness rig) throws IOException {
        try (Socket reader =
                new Socket(InetAddress.getLoopbackAddress(), rig.gateway.admin().port())) {
            reader.setSoTimeout((int) GatewayHarness.PATIENCE.toMillis());
            reader.getOutputStream()
                    .write("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(reader.getInputStream(), StandardCharsets.UTF_8));
            String line = lines.readLine();
            while (!line.startsWith("data: ")) {
                line = lines.readLine();
            }
            return line;
        }
    }

    @Test
    void reset_answersAllThatWaits_inEveryQueue_andNothingElse() throws Exception {
        try (RawServer server = patientServer();
                GatewayHarness rig = live(
                        "{s: {url: \"" + server.url()
                                + "\", capacity: 1, ttl_ms: 600000, tools: {slow: {capacity: 1}}}}",
                        GatewayHarness.keys(directory))) {
            List<CompletableFuture<HttpResponse<String>>> own = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                own.add(rig.call(GatewayHarness.call(i, "quick"), "X-API-Key", GatewayHarness.KEY_A));
                own.add(rig.call(GatewayHarness.call(i, "slow"), "X-API-Key", GatewayHarness.KEY_A));
            }
            GatewayHarness.await(
                    "four wait",
                    () -> rig.admin("GET", "/tenants/a", "").body().contains("\"queued\":{\"messages\":4,"));
            CompletableFuture<HttpResponse<String>> other =
                    rig.call(GatewayHarness.call(9, "quick"), "X-API-Key", GatewayHarness.KEY_B);
            GatewayHarness.await(
                    "one more",
                    () -> rig.admin("GET", "/tenants/b", "").body().contains("\"queued\":{\"messages\":1,"));
            String id = value(get(rig, "/connections?tenant=a"), "id");

            HttpResponse<String> answer = post(rig, "/connections/" + id + "/reset");

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body())
                    .isEqualTo("{\"id\":\"" + id + "\",\"tenant\":\"a\",\"connection\":\"127.0.0.1\",\"removed\":4}\n");
            GatewayHarness.await(
                    "all that waited are answered",
                    () -> own.stream().filter(CompletableFuture::isDone).count() == 4);
            assertThat(own.stream()
                            .filter(CompletableFuture::isDone)
                            .map(each -> each.join().body()))
                    .allSatisfy(body ->
                            assertThat(body).contains("\"reason\":\"reset\"", "or the operator reset the connection"));
            assertThat(get(rig, "/connections/" + id))
                    .contains(
                            "\"offered\":{\"messages\":2,",
                            "\"admitted\":{\"messages\":2,",
                            "\"queued\":{\"messages\":0,",
                            "\"in_flight\":{\"messages\":2,",
                            "\"evicted\":{\"messages\":0,");
            assertThat(get(rig, "/tenants/a")).contains("\"evicted\":{\"messages\":4,");
            assertThat(get(rig, "/tenants/b")).contains("\"queued\":{\"messages\":1,");
            assertThat(post(rig, "/connections/" + id + "/reset").body()).contains("\"removed\":0}");
            over.countDown();
            join(own);
            assertThat(other.join().body()).contains("\"result\"");
            assertThat(own.stream().filter(each -> each.join().body().contains("\"result\"")))
                    .hasSize(2);
            assertThat(rig.call(GatewayHarness.call(5, "slow"), "X-API-Key", GatewayHarness.KEY_A)
                            .join()
                            .body())
                    .contains("\"result\"");
        }
    }

    @Test
    void decisions_areTheLastRejections_withWhatTheClientWasTold() throws Exception {
        try (RawServer server = patientServer();
                GatewayHarness rig = live(
                        "{s: {url: \"" + server.url() + "\", capacity: 1, ttl_ms: 600000}}",
                        GatewayHarness.keys(directory),
                        "queue_limits.max_messages=2")) {
            assertThat(get(rig, "/decisions")).startsWith("{\"recorded\":0,\"kept_at_most\":1024,\"decisions\":[]}");
            List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
            calls.add(rig.call(GatewayHarness.call(1, "first"), "X-API-Key", GatewayHarness.KEY_A));
            calls.add(rig.call(GatewayHarness.call(2, "second"), "X-API-Key", GatewayHarness.KEY_A));
            GatewayHarness.await("it is full", () -> rig.stat("messages") == 2);
            String refused = rig.call(GatewayHarness.call(3, "third"), "X-API-Key", GatewayHarness.KEY_A)
                    .join()
                    .body();
            calls.add(rig.call(GatewayHarness.call(4, "other"), "X-API-Key", GatewayHarness.KEY_B));
            GatewayHarness.await("it waits", () -> rig.stat("messages") == 3);
            post(rig, "/connections/" + value(get(rig, "/connections?tenant=b"), "id") + "/reset");
            calls.get(2).join();

            String all = get(rig, "/decisions");

            assertThat(values(all, "operation")).containsExactly("other", "third");
            assertThat(values(all, "reason")).containsExactly("reset", "connection_messages");
            assertThat(values(all, "tenant")).containsExactly("b", "a");
            assertThat(values(all, "number")).containsExactly("1", "0");
            assertThat(refused).contains("\"current\":2,\"limit\":2");
            String one = get(rig, "/decisions?tenant=a");
            assertThat(one)
                    .contains(
                            "\"upstream\":\"s\",\"tenant\":\"a\",\"connection\":\"127.0.0.1\"",
                            "\"messages\":1,\"reason\":\"connection_messages\",\"scope\":\"connection\",\"current\":2,"
                                    + "\"limit\":2,\"limit_key\":\"queue_limits.max_messages\",\"unit\":\"messages\"");
            Matcher retry = Pattern.compile("\"retryAfterMs\":(\\d+)").matcher(refused);
            assertThat(value(one, "retry_after_ms")).isEqualTo(retry.find() ? retry.group(1) : "null");
            assertThat(value(one, "connection_id")).isEqualTo(value(get(rig, "/connections?tenant=a"), "id"));
            assertThat(values(get(rig, "/decisions?reason=connection_messages"), "operation"))
                    .containsExactly("third");
            assertThat(values(get(rig, "/decisions?limit=1"), "operation")).containsExactly("other");
            over.countDown();
            join(calls);
        }
    }

    @Test
    void sessionIds_areInNoAnswer() throws Exception {
        String secret = "0123456789-abcdefghijklmnop";
        try (RawServer server = new RawServer((socket, n) -> {
                    while (true) {
                        RawServer.Request request = RawServer.read(socket);
                        if (request.is("initialize")) {
                            RawServer.answer(socket, request, "Mcp-Session-Id: " + secret);
                        } else {
                            RawServer.answer(socket, request);
                        }
                    }
                });
                GatewayHarness rig = live("{s: {url: \"" + server.url() + "\"}}", "queue_limits.max_bytes=1KiB")) {
            rig.call(INITIALIZE).join();
            String big = GatewayHarness.call(2, "t".repeat(2_000));
            assertThat(rig.call(big, "Mcp-Session-Id", secret).join().body()).contains("connection_bytes");

            assertThat(get(rig, "/connections")).contains("\"connection\":\"s/01234567...\"");
            assertThat(get(rig, "/decisions")).contains("\"connection\":\"s/01234567...\"");
            String id = value(get(rig, "/decisions"), "connection_id");
            String everything = rig.gateway.adminEndpoints().stream()
                    .filter(endpoint -> endpoint.startsWith("GET ") && !endpoint.startsWith("GET /events "))
                    .map(endpoint -> endpoint.split(" ", -1)[1]
                            .replace("{id}", id)
                            .replace("{tenant}", "default")
                            .replace("{file}", "keys.json"))
                    .map(path -> get(rig, path))
                    .collect(Collectors.joining());
            assertThat(everything
                            + post(rig, "/connections/s%2F01234567.../reset").body())
                    .contains("\"id\":\"" + id + "\"", "\"removed\":0")
                    .doesNotContain(secret.substring(0, 12));
        }
    }

    @Test
    void upstreams_sayWhetherTheyCanBeReached_andNoSecret() throws Exception {
        try (RawServer server = patientServer();
                GatewayHarness rig = live(
                        "{s: {url: \"" + server.url()
                                + "?key=SECRET\", capacity: 3}, dead: {url: \"http://127.0.0.1:9/SECRET\"},"
                                + " child: {command: sh, args: [\"-c\", \"sleep 60 # SECRET\"]}, line: {url: \"tcp://127.0.0.1:9\"}}")) {
            CompletableFuture<HttpResponse<String>> call = rig.to("/s/mcp", GatewayHarness.call(1, "t"));
            CompletableFuture<HttpResponse<String>> toChild = rig.to("/child/mcp", INITIALIZE);
            GatewayHarness.await("a child runs", () -> get(rig, "/upstreams").contains("\"children\":1,"));

            String upstreams = get(rig, "/upstreams");

            assertThat(values(upstreams, "upstream")).containsExactly("s", "dead", "child", "line");
            assertThat(values(upstreams, "transport")).containsExactly("http", "http", "stdio", "tcp");
            assertThat(values(upstreams, "address"))
                    .containsExactly(
                            "http://127.0.0.1:" + server.port(), "http://127.0.0.1:9", "sh", "tcp://127.0.0.1:9");
            assertThat(values(upstreams, "state")).containsExactly("up", "unreachable", "up", "unreachable");
            assertThat(values(upstreams, "reachable")).containsExactly("true", "false", "true", "false");
            assertThat(values(upstreams, "connections")).containsExactly("1", "0", "0");
            assertThat(values(upstreams, "problem").get(1)).contains("refused");
            assertThat(upstreams)
                    .contains(
                            "\"queue\":\"s\",\"queued\":0,\"in_flight\":1,\"abandoned\":0,\"open_operations\":0,\"capacity\":3")
                    .doesNotContain("SECRET");
            over.countDown();
            call.join();
            toChild.cancel(true);
        }
    }

    @Test
    void drain_answersWhatIsPending_refusesWhatComes_andStops() throws Exception {
        try (RawServer server = patientServer();
                GatewayHarness rig = live(
                        "{s: {url: \"" + server.url() + "\", capacity: 1, ttl_ms: 600000}}",
                        "edge.shutdown_timeout_ms=20000")) {
            List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
            calls.add(rig.call(GatewayHarness.call(1, "t")));
            calls.add(rig.call(GatewayHarness.call(2, "t")));
            GatewayHarness.await("one waits", () -> rig.stats().contains("\"queued\":1,"));

            HttpResponse<String> answer = post(rig, "/drain");

            assertThat(answer.statusCode()).isEqualTo(202);
            assertThat(answer.body()).isEqualTo("{\"draining\":true,\"shutdown_timeout_ms\":20000}\n");
            GatewayHarness.await(
                    "it is not ready",
                    () -> rig.admin("GET", "/readyz", "")
                            .body()
                            .equals("{\"ready\":false,\"reason\":\"shutting down\"}\n"));
            HttpResponse<String> late = rig.call(GatewayHarness.call(3, "t")).join();
            assertThat(late.body()).contains("\"reason\":\"closed\"");
            assertThat(calls).noneMatch(CompletableFuture::isDone);
            over.countDown();
            join(calls);
            assertThat(calls).allSatisfy(call -> assertThat(call.join().body()).contains("\"result\""));
            rig.gateway.close();
            assertThat(rig.gateway.outcome()).isEqualTo("2 pending requests finished");
        }
    }
}
