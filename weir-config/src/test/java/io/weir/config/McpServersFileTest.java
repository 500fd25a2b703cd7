package io.weir.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
                  "d": {"command": "npx", "args": ["-y", "server"]}
                }}
                """);

        GatewayConfig config = loader.load();

        assertThat(config.upstreams())
                .extracting(u -> u.name() + " " + u.http().orElseThrow().url() + " "
                        + u.http().orElseThrow().headers())
                .containsExactly(
                        "a http://h:1/mcp {}",
                        "b https://example.com/mcp {Authorization=Bearer s3cret$1}",
                        "c http://i/example.com {X=${NOT A VARIABLE}}");
        assertThat(loader.notes())
                .containsExactly(directory + "/mcp.json:5: server 'd' is started by a command over stdio, which this"
                        + " version does not serve; it is left out");
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " => ", quoteCharacter = '`', textBlock = """
            {"mcpServers": {|"a": {"url": "http://h/${MISSING}"}}} => mcp.json:2: the environment variable MISSING is not set
            {"mcpServers": {|"a": {"url": "http://h/",|"headers": {"X": "${MISSING}"}}}} => mcp.json:3: the environment variable MISSING is not set
            {"mcpServers": {"a": {}}} => mcp.json:1: mcpServers.a: has neither a url nor a command
            {"mcpServers": {"a": "http://h/"}} => mcp.json:1: mcpServers.a: must be an object
            {"mcpServers": {"a": {"url": "x"}}} => mcp.json:1: mcpServers.a.url: must be an http or https URL such as http://127.0.0.1:3001/mcp, but is 'x'
            {"mcpServers": {"a": {"url": "http://h/", "headers": "x"}}} => mcp.json:1: mcpServers.a.headers: must be an object
            {"mcpServers": {"a": {"url": "http://h/", "headers": {"X": {"Y": "z"}}}}} => mcp.json:1: mcpServers.a.headers.X: must be a text
            {"mcpServers": {"a": {"url": "http://h/", "headers": {"X": null}}}} => mcp.json:1: mcpServers.a.headers.X: must be a text
            {"mcpServers": {"a": {"url": "http://h/", "headers": {"X": "${BROKEN}"}}}} => mcp.json:1: mcpServers.a.headers: 'X' must be the name of a header, and its value one line of text
            {"servers": {}} => mcp.json: there is no object mcpServers in it
            [] => mcp.json: there is no object mcpServers in it
            {"mcpServers": []} => mcp.json: there is no object mcpServers in it
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
                  "c": {"url": "http://h/"}
                }}
                """)).hasSize(3);
    }

    @Test
    void load_disabledOrAnotherTransport_isLeftOutWithANote() throws Exception {
        GatewayConfigLoader loader = loader("""
                {"mcpServers": {
                  "a": {"type": "sse", "url": "http://h/sse"},
                  "b": {"url": "http://h/mcp", "disabled": true, "headers": {"Authorization": "Bearer ${MISSING}"}},
                  "c": {"type": "streamable-http", "url": "http://h/mcp", "disabled": false},
                  "d": {"transport": "ws", "url": "http://h/mcp"}
                }}
                """);

        assertThat(loader.load().upstreams()).extracting(UpstreamConfig::name).containsExactly("c");
        assertThat(loader.notes())
                .extracting(note -> note.replace(directory + "/", ""))
                .containsExactly(
                        "mcp.json:2: server 'a' speaks 'sse', and this version serves Streamable HTTP only (type http);"
                                + " it is left out",
                        "mcp.json:3: server 'b' is disabled in this file; it is left out",
                        "mcp.json:5: server 'd' speaks 'ws', and this version serves Streamable HTTP only (type http);"
                                + " it is left out");
    }

    @Test
    void load_nothingButCommands_saysWhyNothingIsServed() throws IOException {
        assertThat(problems("{\"mcpServers\": {\"fs\": {\"command\": \"npx\"}}}"))
                .containsExactly(
                        "mcp.json:1: server 'fs' is started by a command over stdio, which this version does not serve;"
                                + " it is left out",
                        "no upstream configured: name an MCP server with --upstream URL");
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
