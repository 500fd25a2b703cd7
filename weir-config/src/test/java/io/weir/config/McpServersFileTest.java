package io.weir.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

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

class McpServersFileTest {
    private static final Map<String, String> ENVIRONMENT =
            Map.of("TOKEN", "s3cret$1", "HOST", "example.com", "BROKEN", "two\nlines");

    @TempDir
    Path directory;

    private GatewayConfigLoader loader(String json) throws IOException {
        return new GatewayConfigLoader(8L << 30, ENVIRONMENT::get)
                .mcpServers(Files.writeString(directory.resolve("mcp.json"), json));
    }

    private List<String> problems(String json) throws IOException {
        GatewayConfigLoader loader = loader(json);
        ConfigException e = catchThrowableOfType(ConfigException.class, loader::load);
        return e == null
                ? List.of()
                : e.problems().stream().map(p -> p.replace(directory + "/", "")).toList();
    }

    @Test
    void load_servers_becomeUpstreams() throws Exception {
        GatewayConfigLoader loader = loader("""
                {"other": {"mcpServers": 1}, "mcpServers": {
                  "a": {"type": "http", "url": "http://h:1/mcp", "env": {"x": {"y": []}}},
                  "b": {"serverUrl": "https://${HOST}/${PATH:-mcp}", "headers": {"Authorization": "Bearer ${TOKEN}"}},
                  "c": {"httpUrl": "http://i/${HOST:-unused}", "headers": {"X": "${EMPTY:-}${NOT A VARIABLE}"}},
                  "d": {"url": "http://j/mcp", "command": "npx", "args": 5},
                  "e": {"type": "http", "url": "http://k/mcp", "headers": {"X": "file:none"}}
                }}
                """);

        GatewayConfig config = loader.load();

        assertThat(config.upstreams())
                .extracting(u -> u.name() + " " + u.http().orElseThrow().url() + " "
                        + u.http().orElseThrow().headers())
                .containsExactly(
                        "a http://h:1/mcp {}",
                        "b https://example.com/mcp {Authorization=Bearer s3cret$1}",
                        "c http://i/example.com {X=${NOT A VARIABLE}}",
                        "d http://j/mcp {}",
                        "e http://k/mcp {X=file:none}");
        assertThat(loader.notes()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " => ", quoteCharacter = '`', textBlock = """
            {"mcpServers": {|"a": {"url": "http://h/${MISSING}"}}} => mcp.json:2: mcpServers.a.url: the environment variable MISSING is not set
            {"mcpServers": {|"a": {"url": "http://h/",|"headers": {"X": "${MISSING}"}}}} => mcp.json:3: mcpServers.a.headers.X: the environment variable MISSING is not set
            {"mcpServers": {"a": {}}} => mcp.json:1: mcpServers.a: has neither a url nor a command
            {"mcpServers": {"a": "http://h/"}} => mcp.json:1: mcpServers.a: must be an object
            {"mcpServers": {"a": {"url": "x"}}} => mcp.json:1: mcpServers.a.url: must be an http or https URL such as http://127.0.0.1:3001/mcp, or tcp://HOST:PORT, but is 'x'
            {"mcpServers": {"a": {"url": "http://h/", "headers": "x"}}} => mcp.json:1: mcpServers.a.headers: must be an object
            {"mcpServers": {"a": {"url": "http://h/", "headers": {"X": {"Y": "z"}}}}} => mcp.json:1: mcpServers.a.headers.X: must be a text
            {"mcpServers": {"a": {"url": "http://h/", "headers": {"X": null}}}} => mcp.json:1: mcpServers.a.headers.X: must be a text
            {"mcpServers": {"a": {"url": "http://h/", "headers": {"X": "${BROKEN}"}}}} => mcp.json:1: mcpServers.a.headers: 'X' must be the name of a header, and its value one line of text
            {"mcpServers": {"a": {"command": ""}}} => mcp.json:1: mcpServers.a.command: must be the name of a program
            {"mcpServers": {"a": {"command": "npx -y server"}}} => mcp.json:1: mcpServers.a.command: must be the name of a program alone; its arguments go to args, one by one
            {"mcpServers": {"a": {"command": "npx",|"args": "-y"}}} => mcp.json:2: mcpServers.a.args: must be a list of texts
            {"mcpServers": {"a": {"command": "npx", "args": ["-y",|["x"], 5]}}} => mcp.json:2: mcpServers.a.args[1]: must be a text
            {"mcpServers": {"a": {"command": "npx", "args": ["-y",|"${MISSING}"]}}} => mcp.json:2: mcpServers.a.args[1]: the environment variable MISSING is not set
            {"mcpServers": {"a": {"command": "npx", "env": ["A=b"]}}} => mcp.json:1: mcpServers.a.env: must be an object
            {"mcpServers": {"a": {"command": "npx", "env": {|"A": null}}}} => mcp.json:2: mcpServers.a.env.A: must be a text
            {"mcpServers": {"a": {"command": "npx", "env": {"": "b"}}}} => mcp.json:1: mcpServers.a.env: the name of a variable must not be empty or contain '='
            {"mcpServers": {"a b": {"command": "npx"}}} => mcp.json:1: mcpServers.a b: the name of an upstream is made of letters, digits, '-', '_' and '.', 64 at the most
            {"servers": {}} => mcp.json: there is no object mcpServers in it; expected is {"mcpServers": {"NAME": {"command": …}}}, or "url" in place of "command"
            [] => mcp.json: there is no object mcpServers in it; expected is {"mcpServers": {"NAME": {"command": …}}}, or "url" in place of "command"
            {"mcpServers": []} => mcp.json: there is no object mcpServers in it; expected is {"mcpServers": {"NAME": {"command": …}}}, or "url" in place of "command"
            """)
    void load_wrong_saysWhereAndWhat(String json, String problem) throws IOException {
        assertThat(problems(json.replace('|', '\n'))).first().isEqualTo(problem);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " => ", quoteCharacter = '`', textBlock = """
            {"mcpServers": {|"a": nope}} => mcp.json:2:6: is not JSON:
            {"mcpServers": {} => mcp.json:1:18: is not JSON: Unexpected end-of-input
            {"mcpServers": {}} x => mcp.json:1:20: is not JSON:
            {"mcpServers": {"a": {"url": "http://h/"},|"a": {"url": "http://i/"}}} => mcp.json:2:4: is not JSON: Duplicate field 'a'
            """)
    void load_notJson_saysLineAndColumn(String json, String problem) throws IOException {
        assertThat(problems(json.replace('|', '\n'))).singleElement().asString().startsWith(problem);
    }

    @Test
    void load_severalProblems_tellsAll() throws IOException {
        assertThat(problems("""
                {"mcpServers": {
                  "a": {"url": "${ONE}"},
                  "b": 5,
                  "c": {"url": "http://h/"},
                  "d": {"command": "${TWO}", "args": [1, "${THREE}"], "env": {"A": "${FOUR}"}}
                }}
                """))
                .containsExactly(
                        "mcp.json:2: mcpServers.a.url: the environment variable ONE is not set",
                        "mcp.json:3: mcpServers.b: must be an object",
                        "mcp.json:5: mcpServers.d.args[0]: must be a text",
                        "mcp.json:5: mcpServers.d.command: the environment variable TWO is not set",
                        "mcp.json:5: mcpServers.d.args[1]: the environment variable THREE is not set",
                        "mcp.json:5: mcpServers.d.env.A: the environment variable FOUR is not set");
    }

    @Test
    void load_disabledOrAnotherTransport_isLeftOutWithANote() throws Exception {
        GatewayConfigLoader loader = loader("""
                {"mcpServers": {
                  "a": {"type": "sse", "url": "http://h/sse"},
                  "b": {"url": "http://h/mcp", "disabled": true, "headers": {"Authorization": "Bearer ${MISSING}"}},
                  "c": {"type": "streamable-http", "url": "http://h/mcp", "disabled": false},
                  "d": {"transport": "ws", "url": "http://h/mcp", "command": "npx"},
                  "e": {"command": "npx", "args": [5], "enabled": false},
                  "f": {"type": "stdio", "url": "http://h/mcp"}
                }}
                """);

        assertThat(loader.load().upstreams()).extracting(UpstreamConfig::name).containsExactly("c");
        assertThat(loader.notes())
                .extracting(note -> note.replace(directory + "/", ""))
                .containsExactly(
                        "mcp.json:2: server 'a' speaks 'sse', and this version serves Streamable HTTP (type http) and"
                                + " commands only; it is left out",
                        "mcp.json:3: server 'b' is disabled in this file; it is left out",
                        "mcp.json:5: server 'd' speaks 'ws', and this version serves Streamable HTTP (type http) and"
                                + " commands only; it is left out",
                        "mcp.json:6: server 'e' is disabled in this file; it is left out",
                        "mcp.json:7: server 'f' speaks 'stdio', and this version serves Streamable HTTP (type http) and"
                                + " commands only; it is left out");
    }

    @Test
    void load_nothingButDisabled_saysWhyNothingIsServed() throws IOException {
        assertThat(problems("{\"mcpServers\": {\"fs\": {\"command\": \"npx\", \"disabled\": true}}}"))
                .containsExactly(
                        "mcp.json:1: server 'fs' is disabled in this file; it is left out",
                        "no upstream configured: name an MCP server with --upstream URL, or start one with --"
                                + " COMMAND");
    }

    @Test
    void load_commands_becomeUpstreams() throws Exception {
        GatewayConfig config = loader("""
                {"mcpServers": {
                  "a": {"command": "npx"},
                  "b": {"type": "stdio", "command": "/opt/${HOST} dir/run", "args": ["", " a, b ", "--at=${HOST}"],
                        "env": {"TOKEN": "x${TOKEN}", "FILE": "file:none"}, "cwd": "sub", "timeout": 5},
                  "c": {"type": "stdio", "command": "node", "url": "http://h/mcp", "headers": 5}
                }}
                """).set("upstreams.a.children.max=3").load();

        assertThat(config.upstreams()).extracting(UpstreamConfig::name).containsExactly("a", "b", "c");
        assertThat(config.upstreams())
                .extracting(UpstreamConfig::transport)
                .containsExactly(
                        new StdioTransport(
                                List.of("npx"),
                                Map.of(),
                                Optional.empty(),
                                new ChildPolicy(
                                        false,
                                        3,
                                        3,
                                        3,
                                        10,
                                        Duration.ofSeconds(30),
                                        Duration.ofMinutes(10),
                                        Duration.ofHours(24),
                                        Duration.ofSeconds(2),
                                        0,
                                        4 << 20)),
                        new StdioTransport(
                                List.of("/opt/example.com dir/run", "", " a, b ", "--at=example.com"),
                                Map.of("TOKEN", "xs3cret$1", "FILE", "file:none"),
                                Optional.of(directory.resolve("sub")),
                                ChildPolicy.DEFAULT),
                        new StdioTransport(List.of("node"), Map.of(), Optional.empty(), ChildPolicy.DEFAULT));
    }

    @Test
    void load_oneNameInTwoPlaces_isAProblem() throws IOException {
        GatewayConfigLoader loader =
                loader("{\"mcpServers\": {\"a\": {\"url\": \"http://h/\"}}}").upstream("a=http://i/");

        assertThat(catchThrowableOfType(ConfigException.class, loader::load).problems())
                .singleElement()
                .asString()
                .startsWith("--upstream a=http://i/: a: there is an upstream of this name already");
    }

    @Test
    void load_noSuchFile_saysSo() {
        Path missing = directory.resolve("missing.json");
        GatewayConfigLoader loader = new GatewayConfigLoader(8L << 30, ENVIRONMENT::get).mcpServers(missing);

        assertThat(catchThrowableOfType(ConfigException.class, loader::load).problems())
                .contains(missing + ": there is no such file");
    }
}
