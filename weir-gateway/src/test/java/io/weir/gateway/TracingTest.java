package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.weir.gateway.ops.LoggedLines;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a receiver of OTLP gets of requests, and what servers are told of their traces. */
class TracingTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String PARENT = "00f067aa0ba902b7";
    private static final String SAMPLED = "00-" + TRACE + "-" + PARENT + "-01";
    private static final Pattern TRACEPARENT =
            Pattern.compile("(?im)^traceparent: 00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})\r?$");

    private final List<ExportTraceServiceRequest> received = new CopyOnWriteArrayList<>();
    private final List<String> authorizations = new CopyOnWriteArrayList<>();
    private final Map<String, String> heads = new TreeMap<>();
    private final CountDownLatch released = new CountDownLatch(1);
    private final CountDownLatch slowSeen = new CountDownLatch(1);
    private HttpServer receiver;
    private RawServer server;

    @BeforeEach
    void start() throws IOException {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/v1/traces", exchange -> {
            authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            received.add(ExportTraceServiceRequest.parseFrom(exchange.getRequestBody()));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        receiver.start();
        server = new RawServer((socket, n) -> {
            while (true) {
                RawServer.Request request = RawServer.read(socket);
                synchronized (heads) {
                    Matcher tool = Pattern.compile("\"name\":\"(\\w+)\"").matcher(request.body());
                    heads.put(tool.find() ? tool.group(1) : "", request.head());
                }
                if (request.is("slow")) {
                    slowSeen.countDown();
                    released.await();
                }
                RawServer.answer(socket, request);
            }
        });
    }

    @AfterEach
    void stop() throws IOException {
        receiver.stop(0);
        server.close();
    }

    private GatewayHarness gateway(String... settings) throws Exception {
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("tracing.otlp_url=http://127.0.0.1:" + receiver.getAddress().getPort() + "/v1/traces");
        return GatewayHarness.start(server.url().toString(), all.toArray(String[]::new));
    }

    private List<Span> spans() {
        return received.stream()
                .flatMap(each -> each.getResourceSpansList().stream())
                .flatMap(each -> each.getScopeSpansList().stream())
                .flatMap(each -> each.getSpansList().stream())
                .toList();
    }

    private void awaitSpans(int count) throws InterruptedException {
        GatewayHarness.await(count + " spans", () -> spans().size() >= count);
    }

    private Span span(String name) {
        List<Span> found =
                spans().stream().filter(each -> each.getName().equals(name)).toList();
        assertThat(found).as(name + " among " + spans()).hasSize(1);
        return found.get(0);
    }

    private static String hex(com.google.protobuf.ByteString id) {
        return HexFormat.of().formatHex(id.toByteArray());
    }

    private static Map<String, String> attributes(Span span) {
        Map<String, String> found = new TreeMap<>();
        for (KeyValue each : span.getAttributesList()) {
            found.put(
                    each.getKey(),
                    each.getValue().hasIntValue()
                            ? String.valueOf(each.getValue().getIntValue())
                            : each.getValue().getStringValue());
        }
        return found;
    }

    private String head(String tool) {
        synchronized (heads) {
            return String.valueOf(heads.get(tool));
        }
    }

    private Matcher toldOf(String tool) {
        Matcher found = TRACEPARENT.matcher(head(tool));
        assertThat(found.find()).as(head(tool)).isTrue();
        return found;
    }

    private CompletableFuture<HttpResponse<String>> occupy(GatewayHarness rig) throws InterruptedException {
        CompletableFuture<HttpResponse<String>> slow = rig.call(GatewayHarness.call(1, "slow"));
        assertThat(slowSeen.await(30, TimeUnit.SECONDS)).isTrue();
        return slow;
    }

    @Test
    void callThatWaits_hasASpan_andOneOfItsWait_inTheTraceOfItsClient() throws Exception {
        try (GatewayHarness rig =
                gateway("upstreams.default.capacity=1", "tracing.otlp_headers=Authorization=Bearer t0ken")) {
            CompletableFuture<HttpResponse<String>> slow = occupy(rig);
            CompletableFuture<HttpResponse<String>> waiting =
                    rig.call(GatewayHarness.call(2, "echo"), "traceparent", SAMPLED, "tracestate", "vendor=a1");
            GatewayHarness.await("one waits", () -> rig.stats().contains("\"queued\":1,\"in_flight\":1"));
            released.countDown();
            assertThat(waiting.join().body()).contains("result");
            slow.join();
            awaitSpans(3);
        }

        Span request = span("tools/call echo");
        assertThat(hex(request.getTraceId())).isEqualTo(TRACE);
        assertThat(hex(request.getParentSpanId())).isEqualTo(PARENT);
        assertThat(request.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
        assertThat(request.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_UNSET);
        assertThat(request.getTraceState()).isEqualTo("vendor=a1");
        assertThat(attributes(request))
                .containsEntry("mcp.method.name", "tools/call")
                .containsEntry("gen_ai.tool.name", "echo")
                .containsEntry("gen_ai.operation.name", "execute_tool")
                .containsEntry("jsonrpc.request.id", "2")
                .containsEntry("http.response.status_code", "200")
                .containsEntry("weir.tenant", "default")
                .containsEntry("weir.upstream", "default")
                .containsEntry("weir.outcome", "completed");

        Span wait = span("queue wait");
        assertThat(hex(wait.getTraceId())).isEqualTo(TRACE);
        assertThat(wait.getParentSpanId()).isEqualTo(request.getSpanId());
        assertThat(wait.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_INTERNAL);
        assertThat(attributes(wait))
                .containsOnly(Map.entry("weir.tenant", "default"), Map.entry("weir.decision", "dispatched"));
        assertThat(wait.getStartTimeUnixNano()).isGreaterThanOrEqualTo(request.getStartTimeUnixNano());
        assertThat(wait.getEndTimeUnixNano())
                .isGreaterThan(wait.getStartTimeUnixNano())
                .isLessThan(request.getEndTimeUnixNano());
        assertThat(wait.getStartTimeUnixNano())
                .as("it waits for the call before it, which ends later")
                .isLessThan(span("tools/call slow").getEndTimeUnixNano());

        Matcher told = toldOf("echo");
        assertThat(told.group(1)).isEqualTo(TRACE);
        assertThat(told.group(2)).isEqualTo(hex(request.getSpanId()));
        assertThat(told.group(3)).isEqualTo("01");
        assertThat(head("echo").toLowerCase(Locale.ROOT)).contains("tracestate: vendor=a1");
        assertThat(authorizations).isNotEmpty().containsOnly("Bearer t0ken");
        assertThat(received.get(0).getResourceSpans(0).getResource().getAttributesList())
                .anySatisfy(each -> {
                    assertThat(each.getKey()).isEqualTo("service.name");
                    assertThat(each.getValue().getStringValue()).isEqualTo("weir");
                });
        // The call that did not wait has a trace of its own, and no span of a wait.
        assertThat(span("tools/call slow").getParentSpanId().isEmpty()).isTrue();
        assertThat(spans()).hasSize(3);
    }

    @Test
    void callThatIsRejected_hasASpanWithTheReason() throws Exception {
        try (GatewayHarness rig = gateway("backpressure.max_messages_per_sec=1", "backpressure.burst_multiplier=1")) {
            rig.call(GatewayHarness.call(1, "first")).join();
            assertThat(rig.call(GatewayHarness.call(2, "victim"), "traceparent", SAMPLED)
                            .join()
                            .body())
                    .contains("\"reason\":\"rate\"");
            awaitSpans(2);
        }

        Span rejected = span("tools/call victim");
        assertThat(hex(rejected.getTraceId())).isEqualTo(TRACE);
        assertThat(rejected.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
        assertThat(rejected.getStatus().getMessage()).isEqualTo("rate");
        assertThat(attributes(rejected))
                .containsEntry("weir.outcome", "rejected")
                .containsEntry("weir.reason", "rate")
                .containsEntry("weir.scope", "connection")
                .containsEntry("error.type", "-31429")
                .containsEntry("rpc.response.status_code", "-31429")
                .containsEntry("http.response.status_code", "200");
        assertThat(spans()).noneMatch(each -> each.getName().equals("queue wait"));
    }

    @Test
    void callThatExpires_hasASpanOfItsWaitWithTheReason() throws Exception {
        try (GatewayHarness rig = gateway("upstreams.default.capacity=1", "upstreams.default.ttl_ms=3000")) {
            for (int i = 0; i < 10; i++) {
                rig.call(GatewayHarness.call(i, "quick")).join();
            }
            CompletableFuture<HttpResponse<String>> slow = occupy(rig);
            rig.call(GatewayHarness.call(2, "victim")).join();
            released.countDown();
            slow.join();
            awaitSpans(13);
        }

        assertThat(span("tools/call victim").getStatus().getMessage()).isEqualTo("expired");
        assertThat(attributes(span("queue wait")))
                .containsEntry("weir.decision", "expired")
                .containsEntry("weir.reason", "expired");
        assertThat(span("queue wait").getParentSpanId())
                .isEqualTo(span("tools/call victim").getSpanId());
    }

    @Test
    void parentThatIsNotSampled_givesNoSpan() throws Exception {
        try (GatewayHarness rig = gateway()) {
            rig.call(GatewayHarness.call(1, "echo"), "traceparent", "00-" + TRACE + "-" + PARENT + "-00")
                    .join();
            rig.call(GatewayHarness.call(2, "later"), "traceparent", SAMPLED).join();
            awaitSpans(1);
        }

        assertThat(spans())
                .singleElement()
                .satisfies(each -> assertThat(each.getName()).isEqualTo("tools/call later"));
        assertThat(toldOf("echo").group(1)).isEqualTo(TRACE);
        assertThat(toldOf("echo").group(3)).isEqualTo("00");
    }

    @Test
    void ratioOfNone_leavesTheSampledParents() throws Exception {
        try (GatewayHarness rig = gateway("tracing.sample_ratio=0")) {
            rig.call(GatewayHarness.call(1, "alone")).join();
            rig.call(GatewayHarness.call(2, "sampled"), "traceparent", SAMPLED).join();
            awaitSpans(1);
        }

        assertThat(spans())
                .singleElement()
                .satisfies(each -> assertThat(each.getName()).isEqualTo("tools/call sampled"));
        assertThat(Integer.parseInt(toldOf("alone").group(3), 16) & 1)
                .as("sampled")
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "nonsense"
            })
    void parentThatIsInvalid_isReplacedByANewTrace(String invalid) throws Exception {
        try (GatewayHarness rig = gateway()) {
            rig.call(GatewayHarness.call(1, "echo"), "traceparent", invalid, "tracestate", "vendor=a1")
                    .join();
            awaitSpans(1);
        }

        assertThat(hex(span("tools/call echo").getTraceId())).isNotEqualTo(TRACE);
        assertThat(span("tools/call echo").getParentSpanId().isEmpty()).isTrue();
        assertThat(toldOf("echo").group(1))
                .isEqualTo(hex(span("tools/call echo").getTraceId()));
        assertThat(head("echo")).doesNotContain("vendor");
    }

    @Test
    void twoParents_areNone() throws Exception {
        try (GatewayHarness rig = gateway()) {
            rig.call(GatewayHarness.call(1, "echo"), "traceparent", SAMPLED, "traceparent", SAMPLED)
                    .join();
            awaitSpans(1);
        }

        assertThat(hex(span("tools/call echo").getTraceId())).isNotEqualTo(TRACE);
        assertThat(head("echo").toLowerCase(Locale.ROOT).split("traceparent:", -1))
                .hasSize(2);
    }

    private static String withMeta(int id, String tool) {
        return GatewayHarness.call(id, tool)
                .replace(
                        "\"arguments\":{}",
                        "\"_meta\":{\"traceparent\":\"" + SAMPLED + "\",\"tracestate\":\"vendor=b2\"}");
    }

    @Test
    void parentInTheMessage_countsWithoutAHeader() throws Exception {
        String other = SAMPLED.replace("4bf9", "1234");
        try (GatewayHarness rig = gateway()) {
            rig.call(withMeta(1, "meta")).join();
            rig.call(withMeta(2, "both"), "traceparent", other).join();
            awaitSpans(2);
        }

        assertThat(hex(span("tools/call meta").getTraceId())).isEqualTo(TRACE);
        assertThat(hex(span("tools/call meta").getParentSpanId())).isEqualTo(PARENT);
        assertThat(span("tools/call meta").getTraceState()).isEqualTo("vendor=b2");
        assertThat(toldOf("meta").group(2))
                .isEqualTo(hex(span("tools/call meta").getSpanId()));
        assertThat(hex(span("tools/call both").getTraceId())).isEqualTo(TRACE.replace("4bf9", "1234"));
    }

    @Test
    void lineOverTcp_isTracedByItsMeta() throws Exception {
        try (GatewayHarness rig = gateway("tcp.listen=127.0.0.1:0");
                Socket client = new Socket(InetAddress.getLoopbackAddress(), rig.tcpPort())) {
            client.setSoTimeout(30_000);
            RawServer.write(client, withMeta(1, "echo") + "\n");
            RawServer.await(client, "\n");
            awaitSpans(1);
        }

        Span span = span("tools/call echo");
        assertThat(hex(span.getParentSpanId())).isEqualTo(PARENT);
        assertThat(attributes(span)).doesNotContainKeys("http.response.status_code", "network.protocol.name");
        assertThat(toldOf("echo").group(2)).isEqualTo(hex(span.getSpanId()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "DELETE"})
    void requestWithoutAMessage_hasASpan_inTheTraceOfItsClient(String method) throws Exception {
        try (GatewayHarness rig = gateway()) {
            rig.request(method, "", "traceparent", SAMPLED, "tracestate", "vendor=a1")
                    .join();
            awaitSpans(1);
        }

        Span span = span(method);
        assertThat(hex(span.getTraceId())).isEqualTo(TRACE);
        assertThat(hex(span.getParentSpanId())).isEqualTo(PARENT);
        assertThat(span.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
        assertThat(span.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_UNSET);
        assertThat(attributes(span))
                .containsOnly(
                        Map.entry("client.address", "127.0.0.1"),
                        Map.entry("network.transport", "tcp"),
                        Map.entry("network.protocol.name", "http"),
                        Map.entry("http.response.status_code", "200"),
                        Map.entry("weir.tenant", "default"),
                        Map.entry("weir.upstream", "default"),
                        Map.entry("weir.outcome", "completed"),
                        Map.entry("weir.messages", "0"));
        Matcher told = toldOf("");
        assertThat(told.group(1)).isEqualTo(TRACE);
        assertThat(told.group(2)).isEqualTo(hex(span.getSpanId()));
        assertThat(head("").toLowerCase(Locale.ROOT)).contains("tracestate: vendor=a1");
        assertThat(spans()).hasSize(1);
    }

    @Test
    void getBeyondItsRate_hasASpanThatSaysSo() throws Exception {
        try (GatewayHarness rig =
                gateway("backpressure.control_max_messages_per_sec=1", "backpressure.burst_multiplier=1")) {
            GatewayHarness.await(
                    "one is refused", () -> rig.request("GET", "").join().statusCode() == 429);
            GatewayHarness.await(
                    "its span is sent",
                    () -> spans().stream().anyMatch(each -> attributes(each).containsValue("429")));
        }

        assertThat(spans())
                .filteredOn(each -> attributes(each).containsValue("429"))
                .first()
                .satisfies(each -> {
                    assertThat(each.getName()).isEqualTo("GET");
                    assertThat(each.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
                    assertThat(attributes(each)).containsEntry("weir.outcome", "rejected");
                });
    }

    @Test
    void withoutTracing_headersPassAsTheyCame() throws Exception {
        try (GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            rig.call(GatewayHarness.call(1, "echo"), "traceparent", "nonsense", "tracestate", "x")
                    .join();
        }

        assertThat(head("echo").toLowerCase(Locale.ROOT)).contains("traceparent: nonsense\r\n", "tracestate: x\r\n");
    }

    @Test
    void withoutTracing_noSpanIsLost() throws Exception {
        try (GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            assertThat(rig.stats())
                    .contains("\"tracing\":{\"state\":\"none\",\"lost_queue_full\":0,\"lost_not_sent\":0}");
            assertThat(rig.admin("GET", "/metrics", "").body()).doesNotContain("weir_tracing");
        }
    }

    @Test
    void receiverThatIsGone_changesNothingForCalls_andIsSaidOnce() throws Exception {
        receiver.stop(0);
        try (LoggedLines log = new LoggedLines("weir.tracing")) {
            try (GatewayHarness rig = gateway()) {
                for (int i = 0; i < 600; i++) {
                    assertThat(rig.call(GatewayHarness.call(i, "echo")).join().statusCode())
                            .isEqualTo(200);
                }
                GatewayHarness.await("it is said", () -> !log.lines().isEmpty());
            }

            assertThat(log.lines()).singleElement().asString().contains("WARN", "spans could not be sent to");
        }
    }

    @Test
    void spansThatTheReceiverDoesNotTake_areCounted() throws Exception {
        receiver.stop(0);
        try (GatewayHarness rig = gateway()) {
            for (int i = 0; i < 5; i++) {
                rig.call(GatewayHarness.call(i, "echo")).join();
            }
            GatewayHarness.await(
                    "those that were lost are counted",
                    () -> rig.stats()
                            .contains("\"tracing\":{\"state\":\"sending\",\"lost_queue_full\":0,\"lost_not_sent\":5}"));
            assertThat(rig.admin("GET", "/metrics", "").body())
                    .contains(
                            "weir_tracing_lost_spans_total{cause=\"not_sent\"} 5",
                            "weir_tracing_lost_spans_total{cause=\"queue_full\"} 0");
        }
    }
}
