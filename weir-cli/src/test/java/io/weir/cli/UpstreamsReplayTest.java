package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.ConfigTexts;
import io.weir.config.GatewayConfigLoader;
import io.weir.gateway.Gateway;
import io.weir.sim.replay.LogParts;
import io.weir.sim.replay.SameDecisions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The decision log of a gateway whose upstreams are replaced under load gives the same decisions again. */
class UpstreamsReplayTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private Path file(ReplayedServer server) throws IOException {
        return Files.writeString(
                folder.resolve("weir.yaml"),
                "upstreams:\n  a:\n    url: " + server.url()
                        + "\n    capacity: 2\n    tools: {quick: {capacity: 1}}\n");
    }

    @Test
    void logOfReplacedUpstreams_isReplayedIdentically_alsoFromItsSecondPartOn() throws Exception {
        Path log = folder.resolve("decisions.jsonl");
        try (ReplayedServer one = new ReplayedServer(request -> {});
                ReplayedServer two = new ReplayedServer(request -> {})) {
            GatewayConfigLoader loader = new GatewayConfigLoader(1L << 30, name -> null)
                    .file(file(one))
                    .set("http.listen=127.0.0.1:0")
                    .set("admin.listen=127.0.0.1:0")
                    .set("decision_log.file=" + log)
                    .set("decision_log.max_bytes=16384")
                    .set("decision_log.files=1000");
            ConfigTexts texts = loader.read();
            try (Gateway gateway = Gateway.start(loader, texts, loader.load(texts, Map.of()))) {
                for (int i = 1; i <= 10; i++) {
                    List<CompletableFuture<String>> calls = new ArrayList<>();
                    for (int j = 0; j < 20; j++) {
                        String tool = (100 * i + j) % 3 == 0 ? "quick" : "echo";
                        calls.add(ReplayedServer.post(gateway, "/a/mcp", 100 * i + j, "tools/call", tool));
                    }
                    file(i % 2 == 0 ? one : two);
                    gateway.reload();
                    calls.forEach(each -> assertThat(each.join()).contains("\"jsonrpc\""));
                }
            }
        }

        LogParts parts = LogParts.of(List.of(log));
        StringBuilder all = new StringBuilder();
        for (Path each : parts.files()) {
            all.append(Files.readString(each));
        }
        assertThat(all.toString()).contains("\"as\":\"a~1\"", "\"as\":\"a~10/quick\"", "\"e\":\"remove\"");
        assertThat(SameDecisions.of(parts).difference()).isEmpty();
        assertThat(parts.files()).as("parts").hasSizeGreaterThan(2);
        List<Path> rest = parts.files().subList(1, parts.files().size());
        assertThat(SameDecisions.of(LogParts.of(rest)).difference()).isEmpty();
    }
}
