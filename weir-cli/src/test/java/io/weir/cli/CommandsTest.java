package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.GatewayConfigLoader;
import io.weir.core.config.Profile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandsTest {
    @TempDir
    Path directory;

    private record Run(int exitCode, String out, String err) {}

    private static Run run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine weir =
                Weir.commandLineFor(arguments).setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int exitCode = weir.execute(arguments);
        weir.getOut().flush();
        weir.getErr().flush();
        return new Run(exitCode, out.toString(), err.toString());
    }

    @ParameterizedTest
    @EnumSource(Profile.class)
    void profiles_ofAName_isAFileThatGivesTheSameConfiguration(Profile profile) throws Exception {
        Run printed = run("profiles", profile.key());
        assertThat(printed.exitCode()).isZero();
        Path file = Files.writeString(directory.resolve("weir.yaml"), printed.out());

        Run checked = run("check", file.toString());
        assertThat(checked.exitCode()).isZero();
        assertThat(checked.out())
                .isEqualTo(file + ": valid; profile " + profile.key() + ", 0 upstreams" + System.lineSeparator());
        long heap = Runtime.getRuntime().maxMemory();
        assertThat(new GatewayConfigLoader(heap, name -> null)
                        .file(file)
                        .withoutUpstream()
                        .load()
                        .limits())
                .isEqualTo(profile.builder(heap).build());
    }

    @ParameterizedTest
    @EnumSource(Profile.class)
    void profiles_ofAName_leaveWhatFollowsAnotherValueToFollowIt(Profile profile) throws Exception {
        String printed = run("profiles", profile.key()).out();
        assertThat(printed)
                .containsPattern("\\R  # tenant_max_messages: \\d+ \\(ten times max_messages\\)\\R")
                .containsPattern("\\R  # global_max_bytes: \\d+ \\(a quarter of the heap at the most\\)\\R");
        Path file = Files.writeString(
                directory.resolve("weir.yaml"),
                printed.replaceFirst("  max_messages: \\d+", "  max_messages: 7")
                        .replaceFirst("  max_messages_per_sec: \\d+", "  max_messages_per_sec: 3"));

        for (long heap : new long[] {1L << 30, 1L << 31}) {
            assertThat(new GatewayConfigLoader(heap, name -> null)
                            .file(file)
                            .withoutUpstream()
                            .load()
                            .limits())
                    .isEqualTo(profile.builder(heap)
                            .maxMessages(7)
                            .maxMessagesPerSec(3)
                            .build());
        }
    }

    @Test
    void profiles_withoutName_printsAll() {
        Run printed = run("profiles");

        assertThat(printed.exitCode()).isZero();
        for (Profile profile : Profile.values()) {
            assertThat(printed.out()).contains("profile: " + profile.key() + System.lineSeparator());
            assertThat(printed.out()).contains(run("profiles", profile.key()).out());
        }
    }

    @Test
    void profiles_unknownName_exits2AndNamesThose() {
        assertThat(run("profiles", "prod"))
                .isEqualTo(new Run(
                        2,
                        "",
                        "weir: there is no profile 'prod'; there are development, staging, production and"
                                + " high_throughput" + System.lineSeparator()));
    }

    @Test
    void check_badFile_exits2AndPrintsEveryProblem() throws IOException {
        Path file = Files.writeString(
                directory.resolve("weir.yaml"), "queue_limits:\n  max_mesages: 1\n  max_bytes: 50MB\nedgy: {}\n");

        Run checked = run("check", file.toString());

        assertThat(checked.exitCode()).isEqualTo(2);
        assertThat(checked.out()).isEmpty();
        assertThat(checked.err().lines().filter(line -> line.startsWith("weir")))
                .containsExactly(
                        "weir: " + file + ":2:3: queue_limits.max_mesages: unknown key (did you mean"
                                + " max_messages?)",
                        "weir: " + file + ":3:14: queue_limits.max_bytes: must be a number of bytes, or one with"
                                + " its unit such as 64KiB or 2MiB, but is '50MB'",
                        "weir: " + file + ":4:1: edgy: unknown section (did you mean edge?)");
    }

    @Test
    void check_severalFiles_reportsAllWithTheirLines() throws IOException {
        Path good = Files.writeString(directory.resolve("good.yaml"), "upstreams:\n  a: http://h/\n");
        Path one = Files.writeString(directory.resolve("one.yaml"), "edge:\n  max_streams: no\n");
        Path two = Files.writeString(directory.resolve("two.yaml"), "edgy: {}\n");

        Run checked = run("check", good.toString(), one.toString(), two.toString());

        assertThat(checked.exitCode()).isEqualTo(2);
        assertThat(checked.out()).startsWith(good + ": valid");
        assertThat(checked.err().lines())
                .contains(
                        "weir: " + one + ":2:16: edge.max_streams: must be a whole number, but is 'no'",
                        "    2 |   max_streams: no",
                        "      |                ^",
                        "weir: " + two + ":1:1: edgy: unknown section (did you mean edge?)");
    }

    @Test
    void check_ofFilesThatNameMissingOnes_saysWhereEachIsNamed() throws IOException {
        Path tls = Files.writeString(
                directory.resolve("a.yaml"),
                "upstreams:\n  s: http://h/\nhttp:\n  tls_certificate: no.pem\n  tls_key: no.key\n");
        Path keys = Files.writeString(
                directory.resolve("b.yaml"), "upstreams:\n  s: http://h/\ntenants:\n  api_keys_file: no.keys\n");
        Path tokens = Files.writeString(
                directory.resolve("c.yaml"), "upstreams:\n  s: http://h/\ntenants:\n  jwt_jwks_url: https://h/keys\n");

        assertThat(run("check", tls.toString(), keys.toString(), tokens.toString())
                        .err()
                        .lines())
                .containsExactly(
                        "weir: " + tls + ":4: http.tls_certificate: " + directory.resolve("no.pem")
                                + ": there is no such file",
                        "weir: " + keys + ":4: tenants.api_keys_file: " + directory.resolve("no.keys")
                                + " cannot be read; name a file that exists and that this user may read",
                        "weir: " + tokens + ":4: tenants.jwt_issuer: is missing: name the issuer whose tokens are"
                                + " accepted, as it stands in their claim iss");
    }

    @Test
    void stdio_ofAProgramThatDoesNotExist_warnsWithItsName() throws Exception {
        GatewayConfigLoader loader = JvmMemory.loader().overPipe();
        loader.command(List.of("no-such-program-of-weir", "--x"));

        assertThat(StdioCommand.missing(loader.load().upstreams().get(0)))
                .contains("the server cannot be started: there is no program 'no-such-program-of-weir' on its PATH");
    }

    @Test
    void check_keysFileBesideTheFile_isRead() throws IOException {
        Files.writeString(directory.resolve("keys"), "acme:md5:1\nx\n");
        Path file = Files.writeString(directory.resolve("weir.yaml"), "tenants:\n  api_keys_file: keys\n");

        Run checked = run("check", file.toString());

        assertThat(checked.exitCode()).isEqualTo(2);
        assertThat(checked.err()).contains("keys:1: the hash must be sha256").contains("keys:2: not of the form");
        Files.writeString(directory.resolve("keys"), "");
        assertThat(run("check", file.toString()).err()).contains("there is no key in it");
    }

    @Test
    void check_suspiciousFile_isValidWithWarnings() throws IOException {
        Files.writeString(directory.resolve("keys"), "acme:sha256:" + "0".repeat(64) + System.lineSeparator());
        Path file = Files.writeString(directory.resolve("weir.yaml"), """
                tenants: {api_keys_file: keys}
                upstreams:
                  s: {url: http://h/, tenant_weights: {acme: 2, acmee: 3}}
                queue_limits: {global_max_bytes: 512GiB}
                """);

        Run checked = run("check", file.toString());

        assertThat(checked.exitCode()).isZero();
        assertThat(checked.err().lines())
                .hasSize(2)
                .allMatch(line -> line.startsWith("weir: " + file + ": warning: "))
                .anyMatch(line -> line.endsWith(
                        "upstreams.s.tenant_weights.acmee: this tenant has no API key in" + " tenants.api_keys_file"))
                .anyMatch(line -> line.contains("of heap"));
        Path empty = Files.writeString(directory.resolve("empty.yaml"), "");
        assertThat(run("check", empty.toString()).err()).contains("warning: no upstream configured");
    }

    @Test
    void check_noSuchFile_exits2() {
        Path missing = directory.resolve("missing.yaml");
        assertThat(run("check", missing.toString()))
                .isEqualTo(new Run(2, "", "weir: " + missing + ": there is no such file" + System.lineSeparator()));
    }

    @Test
    void check_withoutFile_exits2() {
        Run checked = run("check");
        assertThat(checked.exitCode()).isEqualTo(2);
        assertThat(checked.err()).contains("Missing required parameter: 'FILE'");
    }

    @Test
    void key_ofATenant_printsTheLineAloneOnStandardOutput() {
        Run made = run("key", "acme");

        assertThat(made.exitCode()).isZero();
        assertThat(made.out()).matches("acme:sha256:[0-9a-f]{64}\\R");
        assertThat(made.err()).matches("API key of tenant 'acme' \\(shown only once\\): \\S{20,}\\R");
        assertThat(run("key", "acme").out()).isNotEqualTo(made.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a:b", "", "ä"})
    void key_ofABadTenant_exits2(String tenant) {
        Run made = run("key", tenant);
        assertThat(made.exitCode()).isEqualTo(2);
        assertThat(made.out()).isEmpty();
        assertThat(made.err()).isNotBlank();
    }

    @ParameterizedTest
    @CsvSource({
        "gatway,gateway",
        "chek,check",
        "gateway --upsteam=http://h/,--upstream",
        "gateway --confg=weir.yaml,--config"
    })
    void execute_unknownCommandOrOption_exits2AndSuggests(String line, String meant) {
        Run failed = run(line.split(" "));
        assertThat(failed.exitCode()).isEqualTo(2);
        assertThat(failed.err()).contains(meant).doesNotContain("Exception");
    }

    @Test
    void gateway_withoutUpstream_exits2AndSaysHow() {
        assertThat(run("gateway"))
                .isEqualTo(new Run(
                        2,
                        "",
                        "weir: no upstream configured: name an MCP server with --upstream URL, or start one with --"
                                + " COMMAND" + System.lineSeparator()));
    }

    /** The command is read whole, and nothing of it is an option of the gateway or a file of arguments. */
    @Test
    void gateway_command_isAllThatFollowsTheDelimiter() throws IOException {
        Files.writeString(directory.resolve("arguments"), "--help");

        assertThat(run(
                                "gateway",
                                "--upstream=http://h/",
                                "--",
                                "npx",
                                "-y",
                                "@" + directory.resolve("arguments"),
                                "--",
                                "--http",
                                "x")
                        .err())
                .isEqualTo("weir: -- npx -y @" + directory.resolve("arguments") + " -- --http x: default: there is an"
                        + " upstream of this name already; give each its own with --upstream NAME=URL, or change the"
                        + " one there is with --set upstreams.default.url=URL" + System.lineSeparator());
        assertThat(run("gateway", "--", "npx -y server"))
                .isEqualTo(new Run(
                        2,
                        "",
                        "weir: -- 'npx -y server': command: must be the name of a program alone; its arguments go to"
                                + " args, one by one" + System.lineSeparator()));
        assertThat(run("gateway", "--set=upstreams.default.children.max=0", "--", "npx")
                        .err())
                .isEqualTo("weir: --set upstreams.default.children.max=0: max: must be from 1 to 10000, but is 0"
                        + System.lineSeparator());
    }

    @ParameterizedTest
    @CsvSource({"gateway npx", "gateway http://h/?k=s3cret", "gateway npx -- -y", "gateway --upstream http://h/ npx"})
    void gateway_argumentBeforeTheDelimiter_exits2(String line) {
        Run failed = run(line.split(" "));

        assertThat(failed.exitCode()).isEqualTo(2);
        assertThat(failed.err().lines())
                .hasSize(2)
                .last()
                .asString()
                .startsWith("weir: Unmatched argument: '")
                .endsWith("'; give the URL of a server with --upstream, and the command of one after --")
                .doesNotContain("s3cret");
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            value = {
                "gateway npx -y server => weir: Unknown option: '-y'; if it belongs to the command of a server, write -- before that command",
                "stdio npx -y server => weir: Unknown option: '-y'; if it belongs to the command of a server, write -- before that command",
                "replay --html log => weir: Missing required parameter: 'LOG'; what follows --html is its FILE: give --html last"
            })
    void usage_wrong_endsWithWhatToWrite(String line, String problem) {
        Run failed = run(line.split(" "));

        assertThat(failed.exitCode()).isEqualTo(2);
        assertThat(failed.err().lines()).last().isEqualTo(problem);
    }

    @Test
    void check_commands_showsWhatWouldBeStarted() throws IOException {
        Files.writeString(directory.resolve("secret"), "s3cret");
        Files.createDirectory(directory.resolve("sub"));
        Path file = Files.writeString(directory.resolve("weir.yaml"), """
                upstreams:
                  a: {command: sh, args: [-y, server, --token, s3cret], env: {B: s3cret, A: file:secret}, cwd: sub}
                  b: {command: sh, children: {mode: shared}}
                  c: {command: sh, children: {max: 1}}
                  d: http://h/
                """);

        assertThat(run("check", file.toString()))
                .isEqualTo(new Run(
                        0,
                        String.join(
                                System.lineSeparator(),
                                file + ": valid; profile production, 4 upstreams",
                                "  a starts sh -y server --token *** (per session, at most 20 children) in "
                                        + directory.resolve("sub") + " with the variables A, B",
                                "  b starts sh (one child for all sessions)",
                                "  c starts sh (per session, at most 1 child)",
                                ""),
                        ""));
    }

    @Test
    void check_commandsThatDoNotExist_areWarnings() throws IOException {
        Path file = Files.writeString(directory.resolve("weir.yaml"), """
                upstreams:
                  a: {command: no-such-program}
                  b: {command: ./none}
                  c: {command: sh, cwd: missing}
                  d: {command: sh}
                """);

        Run checked = run("check", file.toString());

        assertThat(checked.exitCode()).isZero();
        String warning = "weir: " + file + ": warning: upstreams.";
        assertThat(checked.err().lines())
                .containsExactly(
                        warning + "a: there is no program 'no-such-program' on its PATH",
                        warning + "b: there is no program " + Path.of("none").toAbsolutePath(),
                        warning + "c: its cwd " + directory.resolve("missing") + " is no directory");
    }

    @Test
    void check_mcpServersInAConfiguration_saysWhereTheyGo() throws IOException {
        Path file = Files.writeString(directory.resolve("weir.yaml"), "mcpServers:\n  a: {command: sh}\n");

        assertThat(run("check", file.toString()).err())
                .startsWith(
                        "weir: " + file + ":1:1: mcpServers: is the section of a client's own file, which weir gateway"
                                + " --mcp-config FILE reads; here servers go below upstreams:");
    }

    @Test
    void gateway_wrongLogFormat_exits2() {
        Run failed = run("gateway", "--upstream", "http://127.0.0.1:9/mcp", "--log-format", "xml");
        assertThat(failed.exitCode()).isEqualTo(2);
        assertThat(failed.err()).contains("--log-format must be text or json, but is 'xml'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--http", "--admin"})
    void gateway_portThatIsTaken_exits1AndSaysWhich(String option) throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String other = option.equals("--http") ? "--admin" : "--http";
            String address = "127.0.0.1:" + taken.getLocalPort();

            Run failed = run(
                    "gateway",
                    "--upstream",
                    "http://127.0.0.1:9/mcp",
                    "--set",
                    "admin.token_file=" + directory.resolve("admin-token"),
                    option,
                    address,
                    other,
                    "127.0.0.1:0");

            assertThat(failed.exitCode()).isEqualTo(1);
            assertThat(failed.out()).isEmpty();
            assertThat(failed.err())
                    .startsWith("weir: Cannot listen on " + address + ": Address already in use. ")
                    .contains("(" + option + ")")
                    .doesNotContain("Exception", "\tat ", "error(");
        }
    }

    private static Run gateway(String... options) {
        String upstream = "--upstream=http://127.0.0.1:9/mcp";
        return run(Stream.concat(
                        Stream.of("gateway", upstream, "--http=127.0.0.1:0", "--admin=127.0.0.1:0"), Stream.of(options))
                .toArray(String[]::new));
    }

    @Test
    void gateway_badKeysFile_exits2AsCheckDoes() throws IOException {
        Path keys = Files.writeString(directory.resolve("keys"), "acme:md5:00\n");
        for (Path file : new Path[] {keys, directory.resolve("missing")}) {
            Run failed = gateway("--api-keys", file.toString());

            assertThat(failed.exitCode()).isEqualTo(2);
            assertThat(failed.err()).startsWith("weir: tenants.api_keys_file: ").contains(file.toString());
        }
    }

    @Test
    void gateway_decisionLogThatCannotBeOpened_exits1() {
        Run failed = gateway("--decision-log", directory.resolve("none/d.jsonl").toString());

        assertThat(failed.exitCode()).isEqualTo(1);
        assertThat(failed.out()).isEmpty();
        assertThat(failed.err()).contains("none/d.jsonl cannot be opened: its directory does not exist");
    }

    @Test
    void gateway_help_saysHowToGiveOptionsOfTheJvm() {
        assertThat(run("gateway", "--help").out())
                .contains("[-- COMMAND...]", "weir gateway -- npx -y @modelcontextprotocol/server-everything stdio")
                .contains("WEIR_JAVA_OPTS=-Xmx512m weir gateway");
    }

    @Test
    void version_isPrinted() {
        Run printed = run("--version");
        assertThat(printed.exitCode()).isZero();
        assertThat(printed.out()).startsWith("weir ").contains("Java " + System.getProperty("java.version"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gateway", "check", "profiles", "key", "demo"})
    void help_ofEachCommand_hasAnExampleOrExitCodes(String command) {
        Run printed = run(command, "--help");
        assertThat(printed.exitCode()).isZero();
        assertThat(printed.out()).contains("Usage: weir " + command).containsPattern("Example|0 if|exits 2");
        assertThat(run("--help").out())
                .contains("Exit codes: 0 done, 1 failed, 2 wrong usage")
                .contains("  " + command);
    }

    @ParameterizedTest
    @CsvSource({
        "gatway,weir",
        "gateway --upsteam=http://h/,weir gateway",
        "check,weir check",
        "simulate,weir simulate",
        "key,weir key"
    })
    void execute_wrongUsage_printsOneLineOfUsageAndThenTheError(String line, String command) {
        assertThat(run(line.split(" ")).err().lines())
                .hasSize(2)
                .first()
                .asString()
                .startsWith("Usage: " + command + " ")
                .endsWith("; see '" + command + " --help'");
        assertThat(run(line.split(" ")).err().lines().skip(1))
                .first()
                .asString()
                .startsWith("weir: ");
    }

    private static Stream<CommandLine> commands() {
        CommandLine weir = Weir.commandLine();
        return Stream.concat(Stream.of(weir), weir.getSubcommands().values().stream());
    }

    /** Longer lines would be broken in the middle of an example. */
    @ParameterizedTest
    @MethodSource("commands")
    void help_onATerminalOf80Columns_breaksNoExample(CommandLine command) {
        assertThat(command.getCommandSpec().usageMessage().footer())
                .allSatisfy(line -> assertThat(line.length()).isLessThan(80));
        assertThat(command.setUsageHelpAutoWidth(false)
                        .getUsageMessage(CommandLine.Help.Ansi.OFF)
                        .lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
    }

    /** The name under which a command is found is written twice, here and in the command's annotation. */
    @ParameterizedTest
    @MethodSource("commands")
    void commandLineFor_aCommand_knowsThatOneByTheNameItHas(CommandLine command) {
        CommandLine.Command annotation =
                command.getCommandSpec().userObject().getClass().getAnnotation(CommandLine.Command.class);
        assertThat(command.getCommandName()).isEqualTo(annotation.name());
        boolean aboutAll = List.of("weir", "help", "completion").contains(annotation.name());
        assertThat(Weir.commandLineFor(new String[] {annotation.name(), "--help"})
                        .getSubcommands())
                .hasSize(aboutAll ? Weir.commandLine().getSubcommands().size() : 1)
                .satisfies(known -> assertThat(known.containsKey(annotation.name()) || aboutAll)
                        .isTrue());
    }

    @Test
    void execute_nothing_printsUsage() {
        assertThat(run().out()).contains("Usage: weir ").contains("weir demo");
    }
}
