package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.GatewayConfig;
import io.weir.config.GatewayConfigLoader;
import io.weir.gateway.Gateway;
import io.weir.gateway.auth.ApiKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BannerTest {
    private static final long HEAP = 1L << 30;

    @TempDir
    Path directory;

    private static String banner(GatewayConfigLoader loader) throws Exception {
        GatewayConfig config = loader.set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .load();
        try (Gateway gateway = Gateway.start(config)) {
            return Banner.of(config, loader.memory(config), gateway, Duration.ofMillis(1_234));
        }
    }

    private static GatewayConfigLoader loader() {
        return new GatewayConfigLoader(HEAP, name -> null).directBytes(HEAP);
    }

    @Test
    void of_aConfiguration_showsWhatWasConfigured() throws Exception {
        Path keys = directory.resolve("keys");
        Files.writeString(
                keys,
                ApiKeys.hashLine("acme", ApiKeys.generate()) + "\n" + ApiKeys.hashLine("acme", ApiKeys.generate())
                        + "\n" + ApiKeys.hashLine("bolt", ApiKeys.generate()) + "\n");

        String text = banner(loader().upstream("http://127.0.0.1:9/mcp")
                .set("tenants.api_keys_file=" + keys)
                .set("upstreams.default.tools.search.capacity=3")
                .set("upstreams.default.tools.search.ttl_ms=2500")
                .set("upstreams.default.methods.tools/list.priority=background")
                .set("upstreams.default.circuit_breaker.enabled=false"));

        assertThat(text.lines())
                .contains(
                        "weir      " + Version.weir() + ", ready in 1,234 ms",
                        "tenants   API keys: on; 3 keys of 2 tenants",
                        "limits    profile production, action refuse",
                        "  connection      1,000 messages,    50 MiB pending;    500 messages/s, burst 1,000",
                        "queue     default: capacity adaptive, max wait 30 s, no circuit breaker",
                        "            method tools/list: priority background",
                        "            tool search: capacity 3, max wait 2,500 ms");
        assertThat(text).containsPattern("clients   http://127\\.0\\.0\\.1:\\d+/mcp -> http://127\\.0\\.0\\.1:9/mcp");
    }

    @Test
    void of_commands_showsHowTheyAreStarted() throws Exception {
        GatewayConfigLoader started = loader().upstream("http://127.0.0.1:9/mcp")
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0");
        GatewayConfig shown = loader().command(List.of("npx", "-y", "@modelcontextprotocol/server-everything", "stdio"))
                .load();
        GatewayConfig longer = loader().command(List.of("server", "x".repeat(200)))
                .set("upstreams.default.children.mode=shared")
                .load();
        try (Gateway gateway = Gateway.start(started.load())) {
            String text = Banner.of(shown, started.memory(shown), gateway, Duration.ZERO);

            assertThat(text.lines())
                    .containsSequence(
                            "clients   http://" + gateway.http()
                                    + "/mcp -> npx -y @modelcontextprotocol/server-everything stdio",
                            "            (per session, at most 20 children)");
            assertThat(text).doesNotContain(" 0 bytes ");
            assertThat(Banner.of(longer, started.memory(longer), gateway, Duration.ZERO)
                            .lines())
                    .anyMatch(line -> line.endsWith("x…"))
                    .contains("            (one child for all sessions)")
                    .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(Banner.WIDTH));
        }
    }

    @Test
    void of_longNames_keepsLinesWithinTheirWidth() throws Exception {
        String name = "a".repeat(60);
        GatewayConfigLoader loader = loader();
        for (int i = 0; i < 3; i++) {
            loader.upstream(name + i + "=http://" + "h".repeat(40) + ".example:1234/mcp")
                    .set("upstreams." + name + i + ".tools." + "t".repeat(90) + ".capacity=1000000");
        }
        for (int i = 0; i < 12; i++) {
            loader.set("upstreams." + name + "0.tenant_weights.tenant-" + i + "=" + (i + 1));
        }

        String text = banner(loader);

        assertThat(text.lines()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(Banner.WIDTH));
        assertThat(text).contains("tenant-11 12", "…: capacity 1000000", "API keys: off");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 bytes",
        "1, 1 byte",
        "1023, 1023 bytes",
        "1024, 1 KiB",
        "1536, 1.5 KiB",
        "52428800, 50 MiB",
        "500000000, 476.8 MiB",
        "1580204032, 1.5 GiB"
    })
    void sizes_areInTheLargestUnitThatTheyFill(long bytes, String text) {
        assertThat(Sizes.text(bytes)).isEqualTo(text);
    }
}
