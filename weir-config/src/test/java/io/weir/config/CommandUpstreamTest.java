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
import org.junit.jupiter.params.provider.ValueSource;

/** Upstreams that are started by a command, as files and the command line configure them. */
class CommandUpstreamTest {
    private static final Map<String, String> ENVIRONMENT =
            Map.of("NAME", "name", "TOKEN", "s3cret", "FILE", "file:secret", "BROKEN", "two\nlines");

    private static final ChildPolicy EVERYTHING = new ChildPolicy(
            true,
            5,
            4,
            2,
            3,
            Duration.ofSeconds(2),
            Duration.ofMinutes(1),
            Duration.ofHours(1),
            Duration.ofMillis(6),
            64L << 20,
            1 << 20);

    @TempDir
    Path directory;

    private static GatewayConfigLoader loader() {
        return new GatewayConfigLoader(8L << 30, ENVIRONMENT::get).withoutUpstream();
    }

    private GatewayConfigLoader file(String yaml) throws IOException {
        return loader().file(Files.writeString(directory.resolve("weir.yaml"), yaml));
    }

    private List<String> problems(GatewayConfigLoader loader) {
        ConfigException e = catchThrowableOfType(ConfigException.class, loader::load);
        return e == null
                ? List.of()
                : e.problems().stream()
                        .map(each -> each.replace(directory + "/", ""))
                        .toList();
    }

    private static UpstreamTransport only(GatewayConfigLoader loader) throws ConfigException {
        List<UpstreamConfig> upstreams = loader.load().upstreams();
        assertThat(upstreams).hasSize(1);
        return upstreams.get(0).transport();
    }

    private static Map<String, String> environment(GatewayConfigLoader loader) throws ConfigException {
        return ((StdioTransport) only(loader)).environment();
    }

    @Test
    void file_withNothingButACommand_hasTheDefaults() throws Exception {
        StdioTransport expected =
                new StdioTransport(List.of("server"), Map.of(), Optional.empty(), ChildPolicy.DEFAULT);

        assertThat(only(file("upstreams: {s: {command: server}}"))).isEqualTo(expected);
        assertThat(only(loader().command(List.of("server")))).isEqualTo(expected);
        assertThat(ChildPolicy.DEFAULT)
                .isEqualTo(new ChildPolicy(
                        false,
                        20,
                        20,
                        20,
                        10,
                        Duration.ofSeconds(30),
                        Duration.ofMinutes(10),
                        Duration.ofHours(24),
                        Duration.ofSeconds(2),
                        0,
                        4 << 20));
    }

    @Test
    void file_withEverything_isTaken() throws Exception {
        GatewayConfig config = file("""
                upstreams:
                  s:
                    command: npx
                    args: [-y, 'a, b', "", " x ", 8080, true]
                    env: {DEBUG: true, EMPTY: "", " Odd.name ": " y "}
                    cwd: sub/dir
                    children:
                      mode: shared
                      max: 5
                      max_per_tenant: 4
                      max_per_address: 2
                      starts_per_sec: 3
                      start_timeout_ms: 2s
                      idle_timeout_ms: 1m
                      max_age_ms: 1h
                      stop_timeout_ms: 6
                      max_memory: 64MiB
                      max_line_bytes: 1MiB
                    request_timeout_ms: 7
                    capacity: 8
                """).load();

        assertThat(config.upstreams().get(0).transport())
                .isEqualTo(new StdioTransport(
                        List.of("npx", "-y", "a, b", "", " x ", "8080", "true"),
                        Map.of("DEBUG", "true", "EMPTY", "", " Odd.name ", " y "),
                        Optional.of(directory.resolve("sub/dir")),
                        EVERYTHING));
        assertThat(config.upstreams().get(0).requestTimeout()).isEqualTo(Duration.ofMillis(7));
        assertThat(config.upstreams().get(0).queue().policy().capacity().limit())
                .isEqualTo(8);
    }

    @Test
    void set_everyKey_isAsTheFile() throws Exception {
        GatewayConfigLoader set = file("upstreams: {s: {command: server, args: [a]}}");
        List.of(
                        "command= npx ",
                        "args=[-y, 'a, b', \"\"]",
                        "env.A.B=c=d",
                        "cwd=sub",
                        "children.mode=shared",
                        "children.max=5",
                        "children.max_per_tenant=4",
                        "children.max_per_address=2",
                        "children.starts_per_sec=3",
                        "children.start_timeout_ms=2000",
                        "children.idle_timeout_ms=60000",
                        "children.max_age_ms=3600000",
                        "children.stop_timeout_ms=6",
                        "children.max_memory=67108864",
                        "children.max_line_bytes=1048576")
                .forEach(each -> set.set("upstreams.s." + each));

        assertThat(only(set))
                .isEqualTo(new StdioTransport(
                        List.of("npx", "-y", "a, b", ""),
                        Map.of("A.B", "c=d"),
                        Optional.of(Path.of("sub")),
                        EVERYTHING));
        assertThat(only(file("upstreams: {s: {command: server, args: [a]}}").set("upstreams.s.args=")))
                .isEqualTo(new StdioTransport(List.of("server"), Map.of(), Optional.empty(), ChildPolicy.DEFAULT));
    }

    @Test
    void maxPerTenant_withoutOneOfItsOwn_isMax() throws Exception {
        assertThat(only(file("upstreams: {s: {command: server, children: {max: 3}}}")))
                .extracting(each -> ((StdioTransport) each).children().maxPerTenant())
                .isEqualTo(3);
    }

    @Test
    void maxPerAddress_withoutOneOfItsOwn_isMax() throws Exception {
        assertThat(only(file("upstreams: {s: {command: server, children: {max: 3, max_per_tenant: 2}}}")))
                .extracting(each -> ((StdioTransport) each).children().maxPerAddress())
                .isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " => ", quoteCharacter = '`', textBlock = """
            {command: ""} => 2:16: upstreams.s.command: must be the name of a program
            {command: npx -y server} => 2:16: upstreams.s.command: must be the name of a program alone; its arguments go to args, one by one
            {command: [npx, -y]} => 2:16: upstreams.s.command: must be a single value
            {command: "a\\0b"} => 2:16: upstreams.s.command: must be the name of a program
            {args: [x]} => 2:6: upstreams.s: needs url, where the MCP server answers, or command, the program that the gateway starts
            {command: npx, args: -y} => 2:27: upstreams.s.args: must be a list of texts, such as [-y, server]
            {command: npx, args: {a: b}} => 2:27: upstreams.s.args: must be a list of texts, such as [-y, server]
            {command: npx, args: [a, [b]]} => 2:31: upstreams.s.args[1]: must be a single value
            {command: npx, args: ["a\\0b"]} => 2:27: upstreams.s.args: must not contain a zero character
            {command: npx, env: [A=b]} => 2:26: upstreams.s.env: must hold variables, each on a line of its own below it
            {command: npx, env: {A: [b]}} => 2:30: upstreams.s.env.A: must be a single value
            {command: npx, env: {A=b: c}} => 2:32: upstreams.s.env: the name of a variable must not be empty or contain '='
            {command: npx, env: {"": c}} => 2:31: upstreams.s.env: the name of a variable must not be empty or contain '='
            {command: npx, env: {A: "a\\0b"}} => 2:30: upstreams.s.env: 'A' must not contain a zero character
            {command: npx, cwd: "a\\0b"} => 2:26: upstreams.s.cwd: must be the name of a directory, but is 'a\\u0000b'
            {command: npx, cwd: [a]} => 2:26: upstreams.s.cwd: must be a single value
            {command: npx, comand: x} => 2:21: upstreams.s.comand: unknown key (did you mean command?)
            {command: npx, children: 5} => 2:31: upstreams.s.children: must hold keys, each on a line of its own below it
            {command: npx, children: {mode: per_call}} => 2:38: upstreams.s.children.mode: must be per_session or shared, but is 'per_call'
            {command: npx, children: {max: 0}} => 2:37: upstreams.s.children.max: must be from 1 to 10000, but is 0
            {command: npx, children: {start_timeout: 3}} => 2:32: upstreams.s.children.start_timeout: unknown key (did you mean start_timeout_ms?)
            {command: npx, children: {max_memory: 64MB}} => 2:44: upstreams.s.children.max_memory: must be a number of bytes, or one with its unit such as 64KiB or 2MiB, but is '64MB'
            {command: npx, children: {max_line_bytes: 1}} => 2:48: upstreams.s.children.max_line_bytes: must be from 1024 to 1073741824, but is 1
            {url: "http://h/", command: npx} => 2:25: upstreams.s.command: is for a server that is started by a command, but url is for one that is reached by a url; remove one of the two
            {command: npx, url: "http://h/"} => 2:21: upstreams.s.url: is for a server that is reached by a url, but command is for one that is started by a command; remove one of the two
            {command: npx, headers: {A: b}} => 2:21: upstreams.s.headers: is for a server that is reached by a url, but command is for one that is started by a command; remove one of the two
            {command: npx, keep_alive_ms: 5} => 2:21: upstreams.s.keep_alive_ms: is for a server that is reached by a url, but command is for one that is started by a command; remove one of the two
            {command: npx, forwarded_headers: all} => 2:21: upstreams.s.forwarded_headers: is for a server that is reached by a url, but command is for one that is started by a command; remove one of the two
            {command: npx, connect_timeout_ms: 5} => 2:21: upstreams.s.connect_timeout_ms: is for a server that is reached by a url, but command is for one that is started by a command; remove one of the two
            {max_connections: 5, command: npx} => 2:27: upstreams.s.command: is for a server that is started by a command, but max_connections is for one that is reached by a url; remove one of the two
            {url: "http://h/", children: {max: 5}} => 2:25: upstreams.s.children: is for a server that is started by a command, but url is for one that is reached by a url; remove one of the two
            {url: "http://h/", args: 5} => 2:25: upstreams.s.args: is for a server that is started by a command, but url is for one that is reached by a url; remove one of the two
            {url: "http://h/", env: {A: b}} => 2:25: upstreams.s.env: is for a server that is started by a command, but url is for one that is reached by a url; remove one of the two
            {url: "http://h/", cwd: a} => 2:25: upstreams.s.cwd: is for a server that is started by a command, but url is for one that is reached by a url; remove one of the two
            """)
    void file_wrong_saysWhereAndWhat(String upstream, String problem) throws IOException {
        assertThat(problems(file("upstreams:\n  s: " + upstream + "\n"))).containsExactly("weir.yaml:" + problem);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " => ", quoteCharacter = '`', textBlock = """
            s.children=5 => --set upstreams.s.children=5: children: holds keys: name one of them after a dot
            s.children.max=0 => --set upstreams.s.children.max=0: max: must be from 1 to 10000, but is 0
            s.children.max_memry=3 => --set upstreams.s.children.max_memry: max_memry: unknown key (did you mean max?)
            s.url=http://h/ => --set upstreams.s.url: url: is for a server that is reached by a url, but command is for one that is started by a command; remove one of the two
            s.headers.A=b => --set upstreams.s.headers.A: headers: is for a server that is reached by a url, but command is for one that is started by a command; remove one of the two
            s.keep_alive_ms=5 => --set upstreams.s.keep_alive_ms=5: keep_alive_ms: is for a server that is reached by a url, but command is for one that is started by a command; remove one of the two
            h.children.max=5 => --set upstreams.h.children.max=5: children: is for a server that is started by a command, but url is for one that is reached by a url; remove one of the two
            s.args=-y => --set upstreams.s.args: args: must be a list of texts, such as [-y, server]
            s.args=[-y => --set upstreams.s.args: args: must be a list of texts, such as [-y, server]
            s.args=[-y, [s3cret]] => --set upstreams.s.args: args: must be a list of texts, such as [-y, server]
            """)
    void set_wrong_saysWhat(String setting, String problem) throws IOException {
        assertThat(problems(file("upstreams: {s: {command: server}, h: \"http://h/\"}")
                        .set("upstreams." + setting)))
                .containsExactly(problem);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "upstreams.s.command=a s3cret",
                "upstreams.s.args=s3cret",
                "upstreams.s.env.capacity=s3cret\0",
                "upstreams.s.env.max=s3cret\0",
                "upstreams.s.enviroment.A=s3cret"
            })
    void set_wrongValueThatMayBeASecret_isNotPrinted(String setting) throws IOException {
        assertThat(problems(file("upstreams: {s: {command: server}}").set(setting)))
                .singleElement()
                .asString()
                .doesNotContain("s3cret");
    }

    @Test
    void file_variables_areReplaced() throws Exception {
        assertThat(only(file("""
                upstreams:
                  s:
                    command: /opt/${NAME}
                    args: ["${TOKEN}", "--at=${NONE:-here}", "$NAME", "${not a name}"]
                    env: {A: "x${TOKEN}y", B: "${FILE}", C: "${NONE:-}"}
                    cwd: ${NAME}/sub
                """)))
                .isEqualTo(new StdioTransport(
                        List.of("/opt/name", "s3cret", "--at=here", "$NAME", "${not a name}"),
                        Map.of("A", "xs3crety", "B", "file:secret", "C", ""),
                        Optional.of(directory.resolve("name/sub")),
                        ChildPolicy.DEFAULT));
        assertThat(only(file("upstreams: {s: {url: \"http://h/\", headers: {A: \"Bearer ${TOKEN}\"}}}")))
                .extracting(each -> ((HttpTransport) each).headers())
                .isEqualTo(Map.of("A", "Bearer s3cret"));
    }

    @Test
    void file_valueThatNamesAFile_isItsContent() throws Exception {
        Files.writeString(directory.resolve("secret"), "s3cret\n");
        Files.writeString(directory.resolve("windows"), "a\r\n\r\n");
        Files.writeString(directory.resolve("name.txt"), "${TOKEN}");

        assertThat(environment(file("""
                upstreams:
                  s:
                    command: server
                    args: [file:secret]
                    env:
                      A: file:secret
                      B: file:windows
                      C: file:${NAME}.txt
                      D: file:///srv/data
                      E: "file:%s"
                      F: " file:secret"
                """.formatted(directory.resolve("secret")))))
                .isEqualTo(Map.of(
                        "A",
                        "s3cret",
                        "B",
                        "a\r\n",
                        "C",
                        "${TOKEN}",
                        "D",
                        "file:///srv/data",
                        "E",
                        "s3cret",
                        "F",
                        " file:secret"));
        assertThat(only(file("upstreams: {s: {url: \"http://h/\", headers: {A: file:secret}}}")))
                .extracting(each -> ((HttpTransport) each).headers())
                .isEqualTo(Map.of("A", "s3cret"));
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " => ", quoteCharacter = '`', textBlock = """
            {command: "${NONE}"} => 2:16: upstreams.s.command: the environment variable NONE is not set
            {command: npx, args: [a, "${NONE}"]} => 2:31: upstreams.s.args[1]: the environment variable NONE is not set
            {command: npx, cwd: "${NONE}/a"} => 2:26: upstreams.s.cwd: the environment variable NONE is not set
            {command: npx, env: {A: "${TOKEN}${NONE}"}} => 2:30: upstreams.s.env.A: the environment variable NONE is not set
            {command: npx, env: {A: file:none}} => 2:30: upstreams.s.env.A: none: there is no such file
            {command: npx, env: {A: "file:${NONE}"}} => 2:30: upstreams.s.env.A: the environment variable NONE is not set
            {command: npx, env: {A: "file:a\\0b"}} => 2:30: upstreams.s.env.A: 'a\\u0000b' is no name of a file
            {url: "http://h/", headers: {A: "${NONE}"}} => 2:38: upstreams.s.headers.A: the environment variable NONE is not set
            {url: "http://h/", headers: {A: file:none}} => 2:38: upstreams.s.headers.A: none: there is no such file
            {url: "http://h/", headers: {A: "${BROKEN}"}} => 2:38: upstreams.s.headers: 'A' must be the name of a header, and its value one line of text
            """)
    void file_missingVariableOrFile_saysWhereAndWhich(String upstream, String problem) throws IOException {
        String text = "upstreams:\n  s: " + upstream + "\n";

        assertThat(problems(file(text))).containsExactly("weir.yaml:" + problem);
        assertThat(problems(file(text)).toString()).doesNotContain("s3cret");
    }

    @Test
    void file_withoutSecrets_needsNone() throws Exception {
        assertThat(only(file("""
                upstreams:
                  s: {command: "${NONE}", args: ["${NONE}${NAME}"], env: {A: file:none, B: "${NONE:-b}"}}
                """).withoutSecrets()))
                .isEqualTo(new StdioTransport(
                        List.of("${NONE}", "${NONE}name"),
                        Map.of("A", "file:none", "B", "b"),
                        Optional.empty(),
                        ChildPolicy.DEFAULT));
    }

    @Test
    void command_replacesOneOfTheFileAndNoOther() throws Exception {
        assertThat(only(file("upstreams: {default: \"http://h/\"}").command(List.of("npx", "-y", "a, b"))))
                .isEqualTo(new StdioTransport(
                        List.of("npx", "-y", "a, b"), Map.of(), Optional.empty(), ChildPolicy.DEFAULT));
        assertThat(loader().upstream("a=http://h/")
                        .command(List.of("npx"))
                        .load()
                        .upstreams())
                .extracting(UpstreamConfig::name)
                .containsExactly("a", "default");
        assertThat(problems(loader().upstream("http://h/").command(List.of("npx", "--token", "s3cret"))))
                .containsExactly("-- npx --token ***: default: there is an upstream of this name already; give each its"
                        + " own with --upstream NAME=URL, or change the one there is with --set"
                        + " upstreams.default.url=URL");
        assertThat(problems(loader().command(List.of("npx -y server"))))
                .containsExactly("-- 'npx -y server': command: must be the name of a program alone; its arguments go to"
                        + " args, one by one");
    }
}
