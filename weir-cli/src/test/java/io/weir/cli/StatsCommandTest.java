package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.GatewayConfigLoader;
import io.weir.gateway.Gateway;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class StatsCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine weir = Weir.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return weir.execute(arguments);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void stats_ofARunningGateway_haveARowForEachTenantAndQueue() throws Exception {
        try (Gateway gateway = Gateway.start(new GatewayConfigLoader(1 << 30, name -> null)
                .upstream("http://127.0.0.1:" + freePort() + "/mcp")
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .set("upstreams.default.capacity=7")
                .load())) {
            HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://" + gateway.http() + "/mcp"))
                                    .header("Content-Type", "application/json")
                                    .header("Accept", "application/json, text/event-stream")
                                    .POST(HttpRequest.BodyPublishers.ofString(
                                            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertThat(run("stats", "--admin", gateway.admin().toString())).isZero();
        }

        assertThat(out.toString())
                .containsPattern("offered +refused +shed +queued +in flight +completed +failed")
                .containsPattern("\\Rall +1 +0 +0 +0 +0 +0 +1 ")
                .containsPattern("\\Rdefault +1 +0 +0 +0 +0 +0 +1 ")
                .containsPattern("\\Rdefault +0 +0 +7 +0 ms +closed\\R");
        assertThat(out.toString().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
    }

    @Test
    void stats_withoutAGateway_exits1AndSaysHowToNameAnother() throws Exception {
        int port = freePort();

        assertThat(run("stats", "--admin", "127.0.0.1:" + port)).isEqualTo(1);
        assertThat(err.toString())
                .isEqualTo("weir: no gateway answers at http://127.0.0.1:" + port
                        + "/stats; --admin HOST:PORT names another one" + System.lineSeparator());
    }

    @Test
    void stats_ofAPortAlone_asksThisMachine() throws Exception {
        int port = freePort();

        assertThat(run("stats", "--admin", String.valueOf(port))).isEqualTo(1);
        assertThat(err.toString()).startsWith("weir: no gateway answers at http://127.0.0.1:" + port + "/stats;");
    }

    @Test
    void stats_ofClientsPort_exits1AndSaysThatItIsNotTheOperators() throws Exception {
        try (Gateway gateway = Gateway.start(new GatewayConfigLoader(1 << 30, name -> null)
                .upstream("http://127.0.0.1:" + freePort() + "/mcp")
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .load())) {
            assertThat(run("stats", "--admin", gateway.http().toString())).isEqualTo(1);
        }
        assertThat(err.toString())
                .matches(
                        "weir: http://127.0.0.1:\\d+/stats answered with status \\d+, which is not the operator's port of"
                                + " a gateway; --admin HOST:PORT names another one\\R");
    }

    @Test
    void stats_ofNoAddress_exits2() {
        assertThat(run("stats", "--admin", "a b")).isEqualTo(2);
        assertThat(err.toString()).contains("--admin must be HOST:PORT, or a port alone, but is 'a b'");
    }
}
