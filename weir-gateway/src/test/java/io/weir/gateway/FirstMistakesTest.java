package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.ChildPolicy;
import io.weir.config.StdioTransport;
import io.weir.gateway.ops.LoggedLines;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the log says to who has just written down the URL of a server. */
class FirstMistakesTest {
    private static final String INITIALIZE = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}";

    private static RawServer answering(String status) throws Exception {
        return new RawServer((socket, n) -> {
            while (true) {
                RawServer.read(socket);
                RawServer.write(socket, "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n");
            }
        });
    }

    @Test
    void start_beforeTheServerRuns_saysSoInOneLineAndGoesOn() throws Exception {
        RawServer server = answering("200 OK");
        String url = server.url().toString();
        server.close();
        try (LoggedLines log = new LoggedLines("weir.upstream");
                GatewayHarness rig = GatewayHarness.start(url)) {
            rig.gateway.tryUpstreams();
            GatewayHarness.await("a line", () -> !log.lines().isEmpty());

            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .startsWith("WARN cannot connect to upstream 'default' at "
                            + url.substring(0, url.length() - "/mcp".length()) + ": Connection refused");
            assertThat(rig.stats()).contains("\"default\"");
        }
    }

    @Test
    void start_withTheServerRunning_saysThatItIsReachable() throws Exception {
        try (RawServer server = answering("200 OK");
                LoggedLines log = new LoggedLines("weir.upstream");
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            rig.gateway.tryUpstreams();
            GatewayHarness.await("a line", () -> !log.lines().isEmpty());

            // A connection is open before the server's thread has taken it.
            GatewayHarness.await("accepted", () -> server.accepted() > 0);
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .startsWith("INFO upstream 'default' is reachable at http://127.0.0.1:");
        }
    }

    @Test
    void start_ofACommand_saysThatItIsStartedLaterOrWhyItCannotBe() throws Exception {
        assertThat(firstLine("sh", "-c", "exit"))
                .isEqualTo("INFO upstream 'default' is started when a client needs it: sh -c exit");
        assertThat(firstLine("weir-no-such-program", "x"))
                .isEqualTo("WARN cannot start upstream 'default' (weir-no-such-program x): there is no program"
                        + " 'weir-no-such-program' on its PATH; requests to it get an error");
        assertThat(firstLine("/no/such/program")).contains(": there is no program /no/such/program;");
        assertThat(firstLine("/")).contains(": there is no program /;");
        assertThat(firstLine("/etc/passwd")).contains(": /etc/passwd cannot be executed (chmod +x");
    }

    private static String firstLine(String... command) throws Exception {
        StdioTransport transport =
                new StdioTransport(List.of(command), Map.of(), Optional.empty(), ChildPolicy.DEFAULT);
        try (LoggedLines log = new LoggedLines("weir.upstream");
                GatewayHarness rig = GatewayHarness.start(transport)) {
            rig.gateway.tryUpstreams();
            GatewayHarness.await("a line", () -> !log.lines().isEmpty());
            return log.lines().get(0);
        }
    }

    @Test
    void initialize_thatIsAnsweredWith404Or405_pointsAtThePathOnceAMinute() throws Exception {
        for (String status : new String[] {"404 Not Found", "405 Method Not Allowed"}) {
            try (RawServer server = answering(status);
                    LoggedLines log = new LoggedLines("weir.upstream");
                    GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
                rig.call(INITIALIZE).join();
                rig.call(INITIALIZE).join();

                assertThat(log.lines())
                        .singleElement()
                        .asString()
                        .contains(
                                "WARN upstream 'default'",
                                "it answered " + status.substring(0, 3) + ": check the path of the upstream's url");
            }
        }
    }

    @Test
    void otherAnswersOf404_sayNothingOfThePath() throws Exception {
        try (RawServer server = answering("404 Not Found");
                LoggedLines log = new LoggedLines("weir.upstream");
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            String ping = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
            rig.call(ping, "Mcp-Session-Id", "ended").join();
            rig.call(ping, "MCP-Protocol-Version", "2026-07-28").join();
            rig.call(GatewayHarness.call(2, "echo")).join();

            assertThat(log.lines()).noneMatch(line -> line.contains("path"));
        }
    }
}
