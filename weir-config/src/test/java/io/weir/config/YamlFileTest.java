package io.weir.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlFileTest {
    private static final long HEAP = 8L << 30;

    @TempDir
    Path directory;

    private GatewayConfigLoader loader(String yaml) throws IOException {
        return new GatewayConfigLoader(HEAP, name -> null)
                .file(Files.writeString(directory.resolve("weir.yaml"), yaml))
                .withoutUpstream();
    }

    private List<String> problems(String yaml) throws IOException {
        return problems(loader(yaml)).stream()
                .map(problem -> problem.replace(directory + "/", ""))
                .toList();
    }

    private static List<String> problems(GatewayConfigLoader loader) {
        ConfigException e = catchThrowableOfType(ConfigException.class, loader::load);
        return e == null ? List.of() : e.problems();
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " => ", quoteCharacter = '`', textBlock = """
            queue_limits:|  max_mesages: 5 => weir.yaml:2:3: queue_limits.max_mesages: unknown key (did you mean max_messages?)
            queue_limits:|  zzz: 5 => weir.yaml:2:3: queue_limits.zzz: unknown key; there are max_messages, max_bytes, backpressure_action, drop_silently, enable_tenant_limits, tenant_max_messages, tenant_max_bytes, global_max_messages, global_max_bytes, control_max_messages, control_max_bytes, global_control_max_messages, global_control_max_bytes, cleanup_interval_ms, idle_timeout_ms
            queue_limits:|  burst_multiplier: 5 => weir.yaml:2:3: queue_limits.burst_multiplier: belongs to section backpressure
            queue_limit:|  max_messages: 5 => weir.yaml:1:1: queue_limit: unknown section (did you mean queue_limits?)
            max_messages: 5 => weir.yaml:1:1: max_messages: is outside its section; put it below queue_limits:
            queue_limits:|  max_bytes: 50MB => weir.yaml:2:14: queue_limits.max_bytes: must be a number of bytes, or one with its unit such as 64KiB or 2MiB, but is '50MB'
            queue_limits:|  idle_timeout_ms: 5min => weir.yaml:2:20: queue_limits.idle_timeout_ms: must be milliseconds, or a time with its unit such as 250ms, 10s or 5m, but is '5min'
            queue_limits:|  max_messages: lots => weir.yaml:2:17: queue_limits.max_messages: must be a whole number, but is 'lots'
            queue_limits:|  max_messages: => weir.yaml:2:16: queue_limits.max_messages: must be a whole number, but is ''
            queue_limits:|  max_messages: -1 => weir.yaml:2:17: queue_limits.max_messages: must be from 0 to 16777215, but is -1
            queue_limits:|  max_messages: 99999999999 => weir.yaml:2:17: queue_limits.max_messages: must be from 0 to 16777215, but is 99999999999
            queue_limits:|  max_messages: [50] => weir.yaml:2:17: queue_limits.max_messages: must be a single value
            queue_limits:|  max_messages: {a: 1} => weir.yaml:2:17: queue_limits.max_messages: must be a single value
            queue_limits:|  drop_silently: yes => weir.yaml:2:18: queue_limits.drop_silently: must be true or false, but is 'yes'
            queue_limits:|  backpressure_action: reject => weir.yaml:2:24: queue_limits.backpressure_action: must be refuse, drop, drop_newest, drop_oldest, disconnect or pause, but is 'reject'
            queue_limits:|  max_messages: 1|  max_messages: 2 => weir.yaml:3:3: queue_limits.max_messages: duplicate key (first on line 2)
            queue_limits: 5 => weir.yaml:1:15: queue_limits: must hold keys, each on a line of its own below it
            queue_limits: {}|queue_limits: {} => weir.yaml:2:1: queue_limits: duplicate key (first on line 1)
            backpressure:|  burst_multiplier: 2x => weir.yaml:2:21: backpressure.burst_multiplier: must be a decimal number, but is '2x'
            backpressure:|  burst_multiplier: 1e999999999 => weir.yaml:2:21: backpressure.burst_multiplier: must be from 0.001 to 1000, but is 1e999999999
            edge:|  header_timeout_ms: 10us => weir.yaml:2:22: edge.header_timeout_ms: must be milliseconds, or a time with its unit such as 250ms, 10s or 5m, but is '10us'
            edge:|  max_sessions: 0 => weir.yaml:2:17: edge.max_sessions: must be from 1 to 10000000, but is 0
            refusal:|  http_status: 503 => weir.yaml:2:16: refusal.http_status: must be 200 or 429, but is '503'
            refusal:|  code: -32000 => weir.yaml:2:9: refusal.code: must be outside -32768 to -32000, which belong to JSON-RPC and MCP, or be -32023, but is -32000
            refusal:|  code: none => weir.yaml:2:9: refusal.code: must be a whole number, but is 'none'
            http:|  listen: 80a => weir.yaml:2:11: http.listen: '80a' is not HOST:PORT or a port, such as 127.0.0.1:8080 or 8080
            profile: prod => weir.yaml:1:10: profile: there is no profile 'prod'; there are development, staging, production and high_throughput
            - a => weir.yaml:1:1: must begin with sections, such as queue_limits:
            queue_limits: [ => weir.yaml:1:16: is not YAML: expected the node content, but found '<stream end>'
            """)
    void load_wrong_saysWhereAndWhat(String yaml, String problem) throws IOException {
        assertThat(problems(yaml.replace('|', '\n'))).containsExactly(problem);
    }

    @Test
    void load_nestedTooDeeply_saysSo() throws IOException {
        assertThat(problems("queue_limits: " + "[".repeat(200_000))).containsExactly("weir.yaml: is nested too deeply");
    }

    @Test
    void load_tab_isNotYaml() throws IOException {
        assertThat(problems("queue_limits:\n\tmax_messages: 5\n"))
                .singleElement()
                .asString()
                .startsWith("weir.yaml:2:1: is not YAML: ")
                .contains("\\t");
    }

    @Test
    void load_severalProblems_tellsAllInOrderAndThoseOfSettingsAsWell() throws IOException {
        GatewayConfigLoader loader = loader("queue_limits:\n  max_messages: -1\n  max_bytes: 5k\nedges: {}\n");

        assertThat(problems(loader.set("edge.max_sessions=none").upstream("ftp://x")))
                .extracting(problem -> problem.replace(directory + "/", ""))
                .containsExactly(
                        "weir.yaml:2:17: queue_limits.max_messages: must be from 0 to 16777215, but is -1",
                        "weir.yaml:3:14: queue_limits.max_bytes: must be a number of bytes, or one with its unit such as 64KiB or 2MiB, but is"
                                + " '5k'",
                        "weir.yaml:4:1: edges: unknown section (did you mean edge?)",
                        "--upstream ftp://x: url: must be an http or https URL such as http://127.0.0.1:3001/mcp, or tcp://HOST:PORT, but is"
                                + " 'ftp://x'",
                        "--set edge.max_sessions=none: max_sessions: must be a whole number, but is 'none'");
    }

    @Test
    void load_emptyFile_isTheProductionProfile() throws Exception {
        assertThat(loader("").load())
                .isEqualTo(new GatewayConfigLoader(HEAP, n -> null)
                        .withoutUpstream()
                        .load());
        assertThat(loader("# nothing yet\n").load().profile()).isEqualTo("production");
    }

    @Test
    void load_noSuchFile_saysSo() {
        Path missing = directory.resolve("missing.yaml");
        assertThat(problems(new GatewayConfigLoader(HEAP, n -> null).file(missing)))
                .containsExactly(missing + ": there is no such file");
    }

    @Test
    void load_directory_saysSo() {
        assertThat(problems(new GatewayConfigLoader(HEAP, n -> null).file(directory)))
                .containsExactly(directory + ": is a directory; name a file");
    }

    @Test
    void load_notUtf8OrTooLarge_saysSo() throws IOException {
        Path file = directory.resolve("weir.yaml");
        Files.write(file, new byte[] {'a', ':', ' ', (byte) 0xff});
        assertThat(problems(new GatewayConfigLoader(HEAP, n -> null).file(file)))
                .containsExactly(file + ": is not text in UTF-8");
        Files.write(file, new byte[(1 << 20) + 1]);
        assertThat(problems(new GatewayConfigLoader(HEAP, n -> null).file(file)))
                .containsExactly(file + ": is larger than 1048576 bytes; that is no configuration");
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " => ", quoteCharacter = '`', textBlock = """
            a b: http://h/ => weir.yaml:2:3: upstreams.a b: the name of an upstream is made of letters, digits, '-', '_' and '.', 64 at the most
            ..: http://h/ => weir.yaml:2:3: upstreams...: the name of an upstream is made of letters, digits, '-', '_' and '.', 64 at the most
            a: ftp://h/ => weir.yaml:2:6: upstreams.a.url: must be an http or https URL such as http://127.0.0.1:3001/mcp, or tcp://HOST:PORT, but is 'ftp://h/'
            a: http://u:p@h/ => weir.yaml:2:6: upstreams.a.url: must be an http or https URL such as http://127.0.0.1:3001/mcp, or tcp://HOST:PORT, but is 'http://***@h/': it must not hold a user name; set the Authorization header with headers
            a: http://h:65536/ => weir.yaml:2:6: upstreams.a.url: must be an http or https URL such as http://127.0.0.1:3001/mcp, or tcp://HOST:PORT, but is 'http://h:65536/': its port must be from 1 to 65535
            a: http://h:0/ => weir.yaml:2:6: upstreams.a.url: must be an http or https URL such as http://127.0.0.1:3001/mcp, or tcp://HOST:PORT, but is 'http://h:0/': its port must be from 1 to 65535
            a: http://h/my path => weir.yaml:2:6: upstreams.a.url: must be an http or https URL such as http://127.0.0.1:3001/mcp, or tcp://HOST:PORT, but is 'http://h/my path': it has a space in it; write %20 for one that belongs there
            a: http://h:12x/ => weir.yaml:2:6: upstreams.a.url: must be an http or https URL such as http://127.0.0.1:3001/mcp, or tcp://HOST:PORT, but is 'http://h:12x/': 'h:12x' is no host, or no host and port
            a: {} => weir.yaml:2:6: upstreams.a: needs url, where the MCP server answers, or command, the program that the gateway starts
            a: {url: http://h/, forwarded_headers: proto} => weir.yaml:2:42: upstreams.a.forwarded_headers: must be none, for or all, but is 'proto'
            a: {url: "tcp://h:1", forwarded_headers: all} => weir.yaml:2: upstreams.a.forwarded_headers: is for a server over HTTP, and url is tcp://h:1
            a: {url: x} => weir.yaml:2:12: upstreams.a.url: must be an http or https URL such as http://127.0.0.1:3001/mcp, or tcp://HOST:PORT, but is 'x'
            a: {url: http://h/, max_connection: 5} => weir.yaml:2:23: upstreams.a.max_connection: unknown key (did you mean max_connections?)
            a: {url: http://h/, max_connections: 0} => weir.yaml:2:40: upstreams.a.max_connections: must be from 1 to 65535, but is 0
            a: {url: http://h/, request_timeout_ms: 5 s.} => weir.yaml:2:43: upstreams.a.request_timeout_ms: must be milliseconds, or a time with its unit such as 250ms, 10s or 5m, but is '5 s.'
            a: {url: http://h/, headers: x} => weir.yaml:2:32: upstreams.a.headers: must hold headers, each on a line of its own below it
            a: {url: http://h/, headers: {X: "a\\nb"}} => weir.yaml:2:36: upstreams.a.headers: 'X' must be the name of a header, and its value one line of text
            a: {url: http://h/, headers: {"X Y": b}} => weir.yaml:2:40: upstreams.a.headers: 'X Y' must be the name of a header, and its value one line of text
            a: {url: http://h/, headers: {X: [1]}} => weir.yaml:2:36: upstreams.a.headers.X: must be a single value
            a: [http://h/] => weir.yaml:2:6: upstreams.a: must be a single value
            """)
    void load_wrongUpstream_saysWhereAndWhat(String upstream, String problem) throws IOException {
        assertThat(problems("upstreams:\n  " + upstream)).first().isEqualTo(problem);
    }

    @Test
    void load_upstreams_takesUrlOrKeys() throws Exception {
        GatewayConfig config = loader("""
                        upstreams:
                          a: http://h:1/mcp
                          b-1.x:
                            url: https://i/
                            max_connections: 7
                            headers: {Host: x, Authorization: Bearer abc}
                        """).load();

        assertThat(config.upstreams()).extracting(UpstreamConfig::name).containsExactly("a", "b-1.x");
        assertThat(config.upstreams())
                .extracting(upstream -> upstream.http().orElseThrow().url().toString())
                .containsExactly("http://h:1/mcp", "https://i/");
        assertThat(config.upstreams())
                .extracting(each -> each.http().orElseThrow().maxConnections())
                .containsExactly(1024, 7);
        assertThat(config.upstreams().get(1).http().orElseThrow().headers())
                .containsEntry("Host", "x")
                .containsEntry("Authorization", "Bearer abc");
    }
}
