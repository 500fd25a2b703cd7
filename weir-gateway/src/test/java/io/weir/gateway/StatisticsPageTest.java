package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares docs/configuration.md with what /stats shows. */
class StatisticsPageTest {
    private static final Pattern ROW = Pattern.compile("^\\| `([a-z0-9_.]+)` \\|.*");

    @TempDir
    Path directory;

    private static Set<String> page() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("..", "docs", "configuration.md"));
        Set<String> fields = new TreeSet<>();
        for (String line : lines.subList(lines.indexOf("## `/stats`") + 1, lines.size())) {
            if (line.startsWith("## ")) {
                break;
            }
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                assertThat(fields.add(row.group(1))).as("once: " + row.group(1)).isTrue();
            }
        }
        return fields;
    }

    /** The paths of all values, as the page writes them: what stands in several places once, and a count as one. */
    private static Set<String> fields(String json) throws IOException {
        Set<String> fields = new TreeSet<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isScalarValue()) {
                    fields.add(parser.getParsingContext()
                            .pathAsPointer()
                            .toString()
                            .substring(1)
                            .replaceAll("/\\d+(?=/|$)", "")
                            .replace('/', '.')
                            .replaceAll("^.*\\.flow\\.", "flow.")
                            .replaceAll("^flow\\.by_reason\\..*", "flow.by_reason")
                            .replaceAll("\\.(messages|bytes)$", ""));
                }
            }
        }
        return fields;
    }

    @Test
    void page_namesEveryFieldAndNoOther() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (RawServer server = new RawServer((socket, n) -> over.await());
                GatewayHarness rig = GatewayHarness.live(Files.writeString(
                        directory.resolve("weir.yaml"),
                        "queue_limits: {max_messages: 2}\nupstreams: {default: {url: \"" + server.url()
                                + "\", capacity: 1}}\n"))) {
            Files.writeString(directory.resolve("admin-token"), "none");
            rig.gateway.reload();
            List<CompletableFuture<?>> calls = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                calls.add(rig.call(GatewayHarness.call(i, "echo")));
            }
            GatewayHarness.await(
                    "one is in flight, one waits, one was refused",
                    () -> rig.stats().contains("\"connection_messages\":{\"messages\":1"));
            GatewayHarness.await("one waits", () -> rig.stats().contains("\"waiting\":[{"));

            assertThat(fields(rig.stats())).isEqualTo(page());
            over.countDown();
            CompletableFuture.allOf(calls.toArray(new CompletableFuture<?>[0])).join();
        }
    }
}
