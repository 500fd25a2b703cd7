package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** What Prometheus reads at the admin port. */
class MetricsPortTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static HttpResponse<String> scrape(GatewayHarness rig) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create("http://" + rig.gateway.admin() + "/metrics"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void metrics_areWhatHasHappened() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket));
                GatewayHarness rig =
                        GatewayHarness.start(server.url().toString(), "backpressure.max_messages_per_sec=2")) {
            assertThat(scrape(rig).body()).contains("weir_offered_messages_total 0.0\n");

            for (int i = 0; i < 20; i++) {
                rig.call(GatewayHarness.call(i, "echo")).join();
            }

            HttpResponse<String> scraped = scrape(rig);
            assertThat(scraped.headers().firstValue("Content-Type"))
                    .contains("text/plain; version=0.0.4; charset=utf-8");
            assertThat(scraped.body())
                    .contains("# TYPE weir_offered_messages_total counter\nweir_offered_messages_total 20.0\n")
                    .contains("weir_rejected_messages_total{action=\"refused\",reason=\"rate\",scope=\"connection\"} ")
                    .contains("weir_tenant_offered_messages_total{tenant=\"default\"} 20.0\n")
                    .contains("weir_upstream_circuit_state{state=\"closed\",upstream=\"default\"} 1.0\n")
                    .contains(
                            "weir_upstream_latency_seconds_bucket{outcome=\"completed\",upstream=\"default\",le=\"60.0\"} ")
                    .contains("weir_memory_ceiling_bytes{budget=\"body\"} ")
                    .contains("weir_edge_events_total{event=\"connections_opened\"} ")
                    .contains("weir_build_info{java=\"")
                    .contains("jvm_memory_used_bytes{")
                    .doesNotContain("NaN");
        }
    }

    @Test
    void whatGoesUpAndDown_isNoCountOfEvents() throws Exception {
        try (GatewayHarness rig = GatewayHarness.start("tcp://127.0.0.1:9")) {
            assertThat(scrape(rig).body())
                    .contains("\nweir_line_connections 0.0\n")
                    .contains("\nweir_paused_clients 0.0\n")
                    .contains("event=\"line_connections_refused\"")
                    .contains("event=\"pauses\"")
                    .doesNotContain("event=\"line_connections\"")
                    .doesNotContain("event=\"paused\"");
        }
    }

    @Test
    void metrics_areReadOffTheLoopsOfClients() throws Exception {
        Set<String> threads = ConcurrentHashMap.newKeySet();
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket));
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            scrape(rig);
            Thread.getAllStackTraces().keySet().forEach(thread -> threads.add(thread.getName()));
        }
        assertThat(threads).contains("weir-metrics-0");
    }
}
