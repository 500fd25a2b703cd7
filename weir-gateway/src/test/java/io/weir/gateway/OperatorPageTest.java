package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.weir.gateway.ops.LimitsPreview;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The operator's page: its files, what it reads, and previews. What it shows is tested in a browser. */
class OperatorPageTest {
    private static final String HOSTILE = "</script><img src=x onerror=alert(1)>";

    @TempDir
    private Path folder;

    private Path file(String limits) throws Exception {
        Path file = folder.resolve("weir.yaml");
        Files.writeString(file, "upstreams:\n  files: " + server.url() + "\n" + limits);
        return file;
    }

    private RawServer server;

    @BeforeEach
    void serve() throws Exception {
        server = new RawServer((socket, n) -> RawServer.serveAll(socket));
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private GatewayHarness start(String... settings) throws Exception {
        return GatewayHarness.start(server.url().toString(), settings);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/assets/page.css",
                "/assets/page.mjs",
                "/assets/uPlot.mjs",
                "/assets/uPlot.css",
                "/assets/keys.json"
            })
    void files_haveAStrictPolicy_andAreNotSentAgainUnchanged(String path) throws Exception {
        try (GatewayHarness rig = start()) {
            HttpResponse<String> first = rig.admin("GET", path, "");
            assertThat(first.statusCode()).isEqualTo(200);
            assertThat(first.body()).isNotEmpty();
            assertThat(first.headers().firstValue("Content-Security-Policy").orElseThrow())
                    .contains("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'")
                    .doesNotContain("unsafe", "http:", "https:", "*");
            assertThat(first.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");

            String tag = first.headers().firstValue("ETag").orElseThrow();
            HttpResponse<String> again = rig.admin("GET", path, "", "If-None-Match", tag);
            assertThat(again.statusCode()).isEqualTo(304);
            assertThat(again.body()).isEmpty();
            assertThat(rig.admin("GET", path, "", "If-None-Match", "\"other\"").statusCode())
                    .isEqualTo(200);
            assertThat(rig.admin("POST", path, "{}").statusCode()).isEqualTo(405);
        }
    }

    @Test
    void page_namesNothingOfElsewhere() throws Exception {
        try (GatewayHarness rig = start()) {
            for (String path : List.of("/", "/assets/page.css", "/assets/page.mjs")) {
                assertThat(rig.admin("GET", path, "").body().replace("http://www.w3.org/2000/svg", ""))
                        .doesNotContain(
                                "http:", "https:", "url(", "innerHTML", "insertAdjacentHTML", " style=", " onclick=");
            }
        }
    }

    @Test
    void history_hasWhatWasRejected_andWhatWasChanged() throws Exception {
        try (GatewayHarness rig = GatewayHarness.live(file("queue_limits: {max_messages: 0}\n"))) {
            for (int i = 0; i < 3; i++) {
                assertThat(rig.call(GatewayHarness.call(i, "echo")).join().body())
                        .contains("connection_messages");
            }
            assertThat(rig.patch("{\"queue_limits\":{\"max_messages\":7}}").statusCode())
                    .isEqualTo(200);

            GatewayHarness.await("they are in the history", () -> sum(rig, "rejected.connection_messages") == 3);
            assertThat(sum(rig, "offered")).isEqualTo(3);
            assertThat(sum(rig, "rejected")).isEqualTo(3);
            assertThat(sum(rig, "admitted")).isZero();
            assertThat(rig.admin("GET", "/history", "").body()).contains("queue_limits.max_messages 0 to 7");
            assertThat(rig.patch("{\"tenants\":{\"acme\":{\"weight\":3}}}").statusCode())
                    .isEqualTo(200);
            assertThat(rig.admin("GET", "/history", "").body()).contains("tenants.acme.weight unset to 3");
            assertThat(rig.admin("GET", "/history?since=soon", "").statusCode()).isEqualTo(400);
        }
    }

    @Test
    void history_hasWaitsOfZeroWhereNothingWaited_andNoneWhereNothingWasSent() throws Exception {
        try (GatewayHarness rig = start()) {
            // Those of the first second are not counted.
            GatewayHarness.await("calls are in the history", () -> {
                rig.call(GatewayHarness.call(1, "echo")).join();
                return rig.admin("GET", "/history", "").body().contains("\"wait_us.p95\":[");
            });
            GatewayHarness.await(
                    "a second without a call is as well",
                    () -> rig.admin("GET", "/history", "")
                            .body()
                            .matches("(?s).*\"wait_us.p95\":\\[(null,)*0(,0)*(,null)+].*"));
        }
    }

    private static long sum(GatewayHarness rig, String column) {
        String json = rig.admin("GET", "/history", "").body();
        int at = json.indexOf("\"" + column + "\":[");
        if (at < 0) {
            return 0;
        }
        String values = json.substring(json.indexOf('[', at) + 1, json.indexOf(']', at));
        long sum = 0;
        for (String value : values.split(",", -1)) {
            sum += value.equals("null") ? 0 : Long.parseLong(value);
        }
        return sum;
    }

    @Test
    void events_tellWhatIsRejectedToWhomAndWhatToChange() throws Exception {
        try (GatewayHarness rig = start("queue_limits.max_messages=0");
                Socket reader = new Socket(
                        InetAddress.getLoopbackAddress(), rig.gateway.admin().port())) {
            rig.call(GatewayHarness.call(1, "echo")).join();
            reader.setSoTimeout((int) GatewayHarness.PATIENCE.toMillis());
            reader.getOutputStream()
                    .write("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(reader.getInputStream(), StandardCharsets.UTF_8));
            assertThat(lines.readLine()).isEqualTo("HTTP/1.1 200 OK");
            String data = lines.readLine();
            while (!data.contains("\"incidents\":[{")) {
                data = lines.readLine();
            }

            assertThat(data)
                    .startsWith("data: {\"time\":")
                    .contains("\"incidents\":[{\"upstream\":\"default\",\"reason\":\"connection_messages\",\"since\":")
                    .contains("\"tenants\":[{\"tenant\":\"default\",\"messages\":1}]")
                    .contains("queue_limits.max_messages")
                    .contains("\"queues\":[{\"queue\":\"default\",\"circuit\":\"closed\"")
                    .contains("\"decision_log\":\"none\",\"preview\":false");
            try (JsonParser json = new JsonFactory().createParser(data.substring("data: ".length()))) {
                while (json.nextToken() != null) {
                    assertThat(json.currentToken()).isNotNull();
                }
            }
        }
    }

    private GatewayHarness withPreview(LimitsPreview preview, String... settings) throws Exception {
        return GatewayHarness.live(file(""), Optional.of(preview), settings);
    }

    private static HttpResponse<String> preview(GatewayHarness rig, String body) {
        return rig.admin("POST", "/preview", body, "Authorization", "Bearer " + rig.token());
    }

    @Test
    void preview_withoutADecisionLog_saysHowToHaveOne() throws Exception {
        try (GatewayHarness rig = withPreview((log, other, isLate) -> {
            throw new AssertionError("there is no log");
        })) {
            HttpResponse<String> answer = preview(rig, "{\"queue_limits\":{\"max_messages\":7}}");
            assertThat(answer.statusCode()).isEqualTo(409);
            assertThat(answer.body()).contains("--decision-log");
        }
    }

    @Test
    void preview_triesTheChangedLimits_andChangesNothing() throws Exception {
        LimitsPreview stub = (log, other, isLate) -> {
            if (other.limits().queueLimits().maxMessages() == 8) {
                throw new LimitsPreview.PreviewException("too little was offered");
            }
            return new LimitsPreview.Prediction(
                    Duration.ofSeconds(42),
                    List.of(new LimitsPreview.Row(
                            HOSTILE, "0", "" + other.limits().queueLimits().maxMessages())),
                    List.of("a remark"));
        };
        try (GatewayHarness rig = withPreview(stub, "decision_log.file=" + folder.resolve("log.jsonl"))) {
            String before = rig.admin("GET", "/limits", "").body();
            HttpResponse<String> answer = preview(rig, "{\"queue_limits\":{\"max_messages\":7}}");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body())
                    .isEqualTo("{\"duration_ms\":42000,\"rows\":[{\"label\":\"" + HOSTILE
                            + "\",\"logged\":\"0\",\"predicted\":\"7\"}],\"remarks\":[\"a remark\"]}\n");

            assertThat(preview(rig, "{\"queue_limits\":{\"max_messages\":8}}").statusCode())
                    .isEqualTo(409);
            assertThat(preview(rig, "{\"queue_limits\":{\"max_messages\":-8}}").statusCode())
                    .isEqualTo(422);
            assertThat(preview(rig, "nonsense").statusCode()).isEqualTo(400);
            assertThat(rig.admin("POST", "/preview", "{\"queue_limits\":{\"max_messages\":7}}")
                            .statusCode())
                    .isEqualTo(401);
            for (String method : List.of("GET", "DELETE")) {
                HttpResponse<String> other = rig.admin(method, "/preview", "");
                assertThat(other.statusCode()).isEqualTo(405);
                assertThat(other.headers().firstValue("Allow")).hasValue("POST");
            }
            assertThat(rig.admin("GET", "/limits", "").body()).isEqualTo(before);
        }
    }

    @Test
    void preview_whileAnotherIsMade_isRefused() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        LimitsPreview stub = (log, other, isLate) -> {
            begun.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return new LimitsPreview.Prediction(Duration.ZERO, List.of(), List.of());
        };
        String change = "{\"queue_limits\":{\"max_messages\":7}}";
        try (GatewayHarness rig = withPreview(stub, "decision_log.file=" + folder.resolve("log.jsonl"))) {
            CompletableFuture<HttpResponse<String>> first = CompletableFuture.supplyAsync(() -> preview(rig, change));
            begun.await();
            assertThat(preview(rig, change).statusCode()).isEqualTo(429);
            goOn.countDown();
            assertThat(first.join().statusCode()).isEqualTo(200);
            assertThat(preview(rig, change).statusCode()).isEqualTo(200);
        }
    }
}
