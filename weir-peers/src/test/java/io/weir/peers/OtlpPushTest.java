package io.weir.peers;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.weir.config.GatewayConfigLoader;
import io.weir.gateway.Gateway;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** A receiver of OpenTelemetry's own protocol gets the numbers that Prometheus reads. */
class OtlpPushTest {
    private static final String CALL =
            "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\"}}";

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<ExportMetricsServiceRequest> pushed = new CopyOnWriteArrayList<>();
    private final List<String> authorizations = new CopyOnWriteArrayList<>();

    private static HttpServer server() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.start();
        return server;
    }

    private static String url(HttpServer server, String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    private HttpServer receiver() throws IOException {
        HttpServer server = server();
        server.createContext("/v1/metrics", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
            InputStream bytes = new ByteArrayInputStream(body);
            authorizations.add(exchange.getRequestHeaders().getFirst("Authorization"));
            pushed.add(ExportMetricsServiceRequest.parseFrom(zipped ? new GZIPInputStream(bytes) : bytes));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        return server;
    }

    private static HttpServer upstream() throws IOException {
        HttpServer server = server();
        server.createContext("/mcp", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String id = body.replaceAll(".*\"id\":(\\d+).*", "$1");
            byte[] answer = ("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{}}").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        return server;
    }

    private String send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString()).body();
    }

    private static String series(String name, List<KeyValue> attributes) {
        Map<String, String> labels = new TreeMap<>();
        attributes.forEach(each -> labels.put(each.getKey(), each.getValue().getStringValue()));
        return labels.isEmpty() ? name : name + labels;
    }

    /** The values of one push by series, and the numbers of observations of histograms. */
    private static Map<String, Double> values(ExportMetricsServiceRequest request) {
        Map<String, Double> values = new TreeMap<>();
        for (Metric metric : request.getResourceMetrics(0).getScopeMetrics(0).getMetricsList()) {
            for (NumberDataPoint each : metric.getSum().getDataPointsList()) {
                values.put(series(metric.getName(), each.getAttributesList()), each.getAsDouble());
            }
            for (NumberDataPoint each : metric.getGauge().getDataPointsList()) {
                values.put(series(metric.getName(), each.getAttributesList()), each.getAsDouble());
            }
            for (HistogramDataPoint each : metric.getHistogram().getDataPointsList()) {
                values.put(series(metric.getName(), each.getAttributesList()), (double) each.getCount());
            }
        }
        return values;
    }

    private static String line(String metrics, String start) {
        return metrics.lines()
                .filter(each -> each.startsWith(start))
                .findFirst()
                .map(each -> each.substring(each.lastIndexOf(' ') + 1))
                .orElse("none");
    }

    @Test
    void lastPush_hasTheNumbersThatPrometheusReads() throws Exception {
        HttpServer upstream = upstream();
        HttpServer receiver = receiver();
        String scraped;
        try (Gateway gateway = Gateway.start(new GatewayConfigLoader(1L << 30, name -> null)
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .set("backpressure.max_messages_per_sec=5")
                .set("metrics.otlp_url=" + url(receiver, "/v1/metrics"))
                .set("metrics.otlp_interval_ms=3600000")
                .set("metrics.otlp_headers=Authorization=Bearer t0ken")
                .upstream(url(upstream, "/mcp"))
                .load())) {
            for (int i = 0; i < 40; i++) {
                send(HttpRequest.newBuilder(URI.create("http://" + gateway.http() + "/mcp"))
                        .header("Content-Type", "application/json")
                        .header("Accept", "application/json, text/event-stream")
                        .POST(HttpRequest.BodyPublishers.ofString(CALL.formatted(i))));
            }
            scraped = send(HttpRequest.newBuilder(URI.create("http://" + gateway.admin() + "/metrics")));
        } finally {
            upstream.stop(0);
            receiver.stop(0);
        }

        assertThat(pushed).isNotEmpty();
        assertThat(authorizations).containsOnly("Bearer t0ken");
        ExportMetricsServiceRequest last = pushed.get(pushed.size() - 1);
        assertThat(last.getResourceMetrics(0).getResource().getAttributesList()).anySatisfy(each -> {
            assertThat(each.getKey()).isEqualTo("service.name");
            assertThat(each.getValue().getStringValue()).isEqualTo("weir");
        });
        assertThat(last.getResourceMetrics(0).getScopeMetrics(0).getMetricsList())
                .filteredOn(each -> each.getName().equals("weir.offered.messages"))
                .singleElement()
                .satisfies(each -> {
                    assertThat(each.getUnit()).isEqualTo("messages");
                    assertThat(each.getSum().getIsMonotonic()).isTrue();
                    assertThat(each.getSum().getAggregationTemporality())
                            .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
                });
        Map<String, Double> values = values(last);
        assertThat(values).containsEntry("weir.offered.messages", 40.0);
        Map<String, String> same = Map.of(
                "weir.offered.messages", "weir_offered_messages_total ",
                "weir.offered.bytes", "weir_offered_bytes_total ",
                "weir.rejected.messages{action=refused, reason=rate, scope=connection}",
                        "weir_rejected_messages_total{action=\"refused\",reason=\"rate\",scope=\"connection\"} ",
                "weir.ended.messages{outcome=completed}", "weir_ended_messages_total{outcome=\"completed\"} ",
                "weir.tenant.offered.messages{tenant=default}",
                        "weir_tenant_offered_messages_total{tenant=\"default\"} ",
                "weir.upstream.latency{outcome=completed, upstream=default}",
                        "weir_upstream_latency_seconds_count{outcome=\"completed\",upstream=\"default\"} ",
                "weir.limit.messages{scope=connection}", "weir_limit_messages{scope=\"connection\"} ");
        same.forEach((otlp, prometheus) -> assertThat(String.valueOf(values.get(otlp)))
                .as(otlp)
                .isEqualTo(String.valueOf(Double.valueOf(line(scraped, prometheus)))));
    }
}
