package io.weir.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.weir.core.config.ConfigKey;
import io.weir.core.config.Profile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GatewayConfigLoaderTest {
    private static final long HEAP = 1L << 32;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private static GatewayConfigLoader loader() {
        return new GatewayConfigLoader(HEAP, Map.of("TOKEN", "secret")::get);
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    /** The problems of a file, without its name. */
    private String problems(String yaml) throws IOException {
        Path file = write("weir.yaml", yaml);
        ConfigException e = catchThrowableOfType(
                ConfigException.class,
                () -> loader().file(file).withoutUpstream().load());
        return String.join("\n", e.problems()).replace(file + ":", "");
    }

    @Test
    void load_pause_needsClientsThatCanBeHeldBack() throws Exception {
        String pause = "queue_limits:\n  backpressure_action: pause\n";
        Path file = write("weir.yaml", pause);

        assertThat(problems(pause)).contains("queue_limits.backpressure_action: pause needs clients over TCP");
        GatewayConfigLoader pipe = loader().file(file).withoutUpstream().overPipe();
        pipe.load();
        assertThat(pipe.notes()).noneMatch(note -> note.contains("pause"));
        GatewayConfigLoader tcp = loader().file(file).withoutUpstream().set("tcp.listen=127.0.0.1:1");
        tcp.load();
        assertThat(tcp.notes()).anyMatch(note -> note.contains("clients over HTTP are refused"));
    }

    @Test
    void load_wrongFile_tellsEveryProblemWithItsPlace() throws Exception {
        assertThat(problems("""
                        queue_limits:
                          max_mesages: 5
                          max_bytes: 50MB
                          max_messages: 1
                          max_messages: 2
                        max_bytes: 3
                        que_limits:
                          a: 1
                        backpressure: 7
                        upstreams:
                          files: ftp://x
                          a b: http://x/mcp
                          s:
                            url: http://x/mcp
                            request_timeout: 4
                        refusal:
                          code: -32700
                          http_status: 503
                        edge:
                          max_messages_per_sec: 4
                        """)).isEqualTo("""
                        2:3: queue_limits.max_mesages: unknown key (did you mean max_messages?)
                        3:14: queue_limits.max_bytes: must be a number of bytes, or one with its unit such as 64KiB or 2MiB, but is '50MB'
                        5:3: queue_limits.max_messages: duplicate key (first on line 4)
                        6:1: max_bytes: is outside its section; put it below queue_limits:
                        7:1: que_limits: unknown section (did you mean queue_limits?)
                        9:15: backpressure: must hold keys, each on a line of its own below it
                        11:10: upstreams.files.url: must be an http or https URL such as http://127.0.0.1:3001/mcp, or tcp://HOST:PORT, but is 'ftp://x'
                        12:3: upstreams.a b: the name of an upstream is made of letters, digits, '-', '_' and '.', 64 at the most
                        15:5: upstreams.s.request_timeout: unknown key (did you mean request_timeout_ms?)
                        17:9: refusal.code: must be outside -32768 to -32000, which belong to JSON-RPC and MCP, or be -32023, but is -32700
                        18:16: refusal.http_status: must be 200 or 429, but is '503'
                        20:3: edge.max_messages_per_sec: belongs to section backpressure""").hasLineCount(12);
    }

    @Test
    void load_noYaml_tellsWhere() throws Exception {
        assertThat(problems("a: [1")).matches("1:6: is not YAML: .*");
        assertThat(problems("\ta: 1")).contains("is not YAML");
        assertThat(problems("- a\n")).isEqualTo("1:1: must begin with sections, such as queue_limits:");
        assertThat(problems("profile: prod\n"))
                .isEqualTo("1:10: profile: there is no profile 'prod'; there are development, staging, production and"
                        + " high_throughput");
    }

    @Test
    void load_fileThatCannotBeRead_saysSo() {
        ConfigException missing = catchThrowableOfType(
                ConfigException.class,
                () -> loader().file(folder.resolve("none.yaml")).load());
        assertThat(missing.problems()).containsExactly(folder.resolve("none.yaml") + ": there is no such file");
        ConfigException directory = catchThrowableOfType(
                ConfigException.class, () -> loader().file(folder).load());
        assertThat(directory.problems()).containsExactly(folder + ": is a directory; name a file");
    }

    @Test
    void load_emptyFile_isTheProductionProfile() throws Exception {
        GatewayConfig config =
                loader().file(write("weir.yaml", "")).withoutUpstream().load();

        assertThat(config.profile()).isEqualTo("production");
        assertThat(config.limits()).isEqualTo(Profile.PRODUCTION.builder(HEAP).build());
        assertThat(config.edge()).isEqualTo(EdgeConfig.DEFAULT);
        assertThat(config.refusal()).isEqualTo(RefusalConfig.DEFAULT);
        assertThat(config.http()).hasToString("127.0.0.1:8080");
        assertThat(config.admin()).hasToString("127.0.0.1:9090");
    }

    @Test
    void load_settingsOverFileOverProfile() throws Exception {
        Path file = write("weir.yaml", """
                profile: staging
                http:
                  listen: 127.0.0.1:1111
                  allowed_hosts: [a.example, b.example]
                queue_limits:
                  max_messages: 7
                  max_bytes: 8
                upstreams:
                  files: http://127.0.0.1:3001/mcp
                  far:
                    url: https://far.example/mcp
                    headers:
                      Host: far.example
                    request_timeout_ms: 1_000
                """);
        GatewayConfig config = loader().file(file)
                .set("queue_limits.max_messages=9")
                .set("edge.header_timeout_ms=1234")
                .upstream("more=http://127.0.0.1:3002/x")
                .load();

        assertThat(config.profile()).isEqualTo("staging");
        assertThat(config.limits().queueLimits().maxMessages()).isEqualTo(9);
        assertThat(config.limits().queueLimits().maxBytes()).isEqualTo(8);
        assertThat(config.limits().queueLimits().tenantMaxMessages()).isEqualTo(90);
        assertThat(config.limits().backpressure().maxMessagesPerSec()).isEqualTo(1000);
        assertThat(config.edge().headerTimeout()).isEqualTo(Duration.ofMillis(1234));
        assertThat(config.allowedHosts()).containsExactly("a.example", "b.example");
        assertThat(config.upstreams()).extracting(UpstreamConfig::name).containsExactly("files", "far", "more");
        assertThat(config.upstreams().get(1).http().orElseThrow().headers()).containsEntry("Host", "far.example");
        assertThat(config.upstreams().get(1).requestTimeout()).isEqualTo(Duration.ofSeconds(1));
        assertThat(loader().file(file).profile("development").load().profile()).isEqualTo("development");
    }

    @Test
    void load_wrongSettings_sayWhatWouldBeRight() {
        ConfigException e = catchThrowableOfType(
                ConfigException.class,
                () -> loader().upstream("nonsense")
                        .set("max_messages=5")
                        .set("queue.max_messages=5")
                        .set("queue_limits.max_messages_per_sec=5")
                        .set("queue_limits.max_messages=many")
                        .load());

        assertThat(e.problems())
                .containsExactly(
                        "--upstream nonsense: url: must be an http or https URL such as http://127.0.0.1:3001/mcp,"
                                + " or tcp://HOST:PORT, but is 'nonsense'",
                        "--set max_messages: must be section.key=value, such as queue_limits.max_messages=50",
                        "--set queue.max_messages: unknown section 'queue' (did you mean queue_limits?)",
                        "--set queue_limits.max_messages_per_sec: queue_limits.max_messages_per_sec: belongs to section"
                                + " backpressure",
                        "--set queue_limits.max_messages=many: max_messages: must be a whole number, but is 'many'");
    }

    @Test
    void load_withoutUpstream_saysHowToNameOne() {
        ConfigException e = catchThrowableOfType(ConfigException.class, () -> loader().load());

        assertThat(e.problems())
                .containsExactly(
                        "no upstream configured: name an MCP server with --upstream URL, or start one with -- COMMAND");
    }

    @Test
    void set_everyKeyOfEverySection_isTaken() throws Exception {
        GatewayConfigLoader loader = loader().withoutUpstream();
        for (ConfigKey key : ConfigKey.values()) {
            loader.set(key.section() + "." + key.key() + "="
                    + key.get(Profile.STAGING.builder(HEAP).build()));
        }
        for (Key<?> key : Keys.of("edge")) {
            if (key.byDefault() != null) {
                loader.set("edge." + key.name() + "=" + key.byDefault());
            }
        }

        assertThat(loader.load().limits())
                .isEqualTo(Profile.STAGING.builder(HEAP).build());
    }

    @Test
    void load_mcpServersFile_isReadAsItIs() throws Exception {
        Path json = write("mcp.json", """
                {"theme": {"x": [1]},
                 "mcpServers": {
                  "far": {"type": "http", "url": "https://far.example/mcp",
                          "headers": {"Authorization": "Bearer ${TOKEN}", "X": "${NONE:-y}"}},
                  "near": {"serverUrl": "http://127.0.0.1:1/mcp", "disabled": false},
                  "files": {"command": "npx", "args": ["-y", "files"], "env": {"A": "b"}}}}
                """);
        GatewayConfigLoader loader = loader().mcpServers(json);
        GatewayConfig config = loader.load();

        assertThat(config.upstreams()).extracting(UpstreamConfig::name).containsExactly("far", "near", "files");
        assertThat(config.upstreams().get(0).http().orElseThrow().headers())
                .containsEntry("Authorization", "Bearer secret")
                .containsEntry("X", "y");
        assertThat(config.upstreams().get(2).transport())
                .isEqualTo(new StdioTransport(
                        List.of("npx", "-y", "files"), Map.of("A", "b"), Optional.empty(), ChildPolicy.DEFAULT));
        assertThat(loader.notes()).isEmpty();
    }

    @Test
    void load_wrongMcpServersFile_saysWhere() throws Exception {
        assertThat(mcpProblem("{\"mcpServers\": {\"a\": {\"url\": \"x\"}}"))
                .contains("mcpServers.a.url: must be an http");
        assertThat(mcpProblem("{\"mcpServers\": {\"a\": {}}}"))
                .contains(":1: mcpServers.a: has neither a url nor a command");
        assertThat(mcpProblem("{\"mcpServers\": {\"a\": {\"url\": \"http://${NONE}/\"}}}"))
                .contains("the environment variable NONE is not set");
        assertThat(mcpProblem("{\"a\": 1}")).contains("there is no object mcpServers in it");
        assertThat(mcpProblem("{\n x")).contains(":2:").contains("is not JSON");
    }

    private String mcpProblem(String json) throws IOException {
        Path file = write("mcp.json", json);
        return catchThrowableOfType(
                        ConfigException.class, () -> loader().mcpServers(file).load())
                .problems()
                .toString();
    }

    @Test
    void capacityBeyondMaxConnections_isNoted() throws Exception {
        GatewayConfigLoader loader = loader().upstream("http://h/mcp")
                .set("upstreams.default.capacity=16")
                .set("upstreams.default.max_connections=8");
        loader.load();

        assertThat(loader.notes())
                .singleElement()
                .asString()
                .contains("capacity is 16, but max_connections is 8", "raise max_connections, or lower capacity");
    }

    @Test
    void hostPort_parse_knowsItsForms() {
        assertThat(HostPort.parse(":80")).isEqualTo(new HostPort("127.0.0.1", 80));
        assertThat(HostPort.parse("[::1]:80")).hasToString("[::1]:80");
        assertThat(HostPort.parse("80")).isEqualTo(new HostPort("127.0.0.1", 80));
        for (String wrong : new String[] {"80a", "h:", "h:x", "h:70000", "::1:80"}) {
            assertThat(catchThrowableOfType(IllegalArgumentException.class, () -> HostPort.parse(wrong)))
                    .as(wrong)
                    .hasMessageContaining("is not HOST:PORT");
        }
    }

    @Test
    void load_badNameOfAnUpstream_isTold() {
        ConfigException e = catchThrowableOfType(
                ConfigException.class,
                () -> loader().upstream("my/name=http://127.0.0.1:1/mcp").load());

        assertThat(e.problems())
                .singleElement()
                .asString()
                .startsWith("--upstream my/name=http://127.0.0.1:1/mcp: ")
                .contains("the name of an upstream is made of letters");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:8080, http://127.0.0.1:8080/mcp",
        "127.0.0.1:8080, http://localhost:8080/other",
        "0.0.0.0:8080, http://127.0.0.1:8080/mcp",
        "gw.example:80, http://GW.example/mcp",
        "'[::1]:8080', http://[::1]:8080/mcp"
    })
    void load_upstreamThatIsTheGatewayItself_isRefused(String listen, String url) {
        ConfigException e = catchThrowableOfType(
                ConfigException.class,
                () -> loader().upstream(url)
                        .set("http.listen=" + listen)
                        .set("http.allow_plaintext=true")
                        .load());

        assertThat(e.problems())
                .singleElement()
                .asString()
                .startsWith("upstreams.default.url: " + url + " is where this gateway itself listens (http.listen)");
    }

    @Test
    void load_upstreamThatIsTheOperatorsPort_isRefused() {
        assertThatThrownBy(() -> loader().upstream("http://127.0.0.1:9090/mcp").load())
                .hasMessageContaining("(admin.listen)");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:8080, http://127.0.0.1:8081/mcp",
        "127.0.0.2:8080, http://127.0.0.1:8080/mcp",
        "127.0.0.1:8080, http://other.example:8080/mcp",
        "0.0.0.0:8080, http://10.1.2.3:8080/mcp",
        "127.0.0.1:0, http://127.0.0.1:8080/mcp"
    })
    void load_otherUpstream_isNotTakenForTheGateway(String listen, String url) throws Exception {
        assertThat(loader().upstream(url)
                        .set("http.listen=" + listen)
                        .set("http.allow_plaintext=true")
                        .load()
                        .upstreams())
                .hasSize(1);
    }
}
