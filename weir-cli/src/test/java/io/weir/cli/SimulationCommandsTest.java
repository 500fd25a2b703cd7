package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class SimulationCommandsTest {
    @TempDir
    Path directory;

    private record Run(int exitCode, String out, String err) {}

    private static Run run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine weir = Weir.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int exitCode = weir.execute(arguments);
        weir.getOut().flush();
        weir.getErr().flush();
        return new Run(exitCode, out.toString(), err.toString());
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private Path decisions() {
        Run simulated = run("simulate", "queue_limit_exact_enforcement", "--decision-log", path("log.jsonl"));
        assertThat(simulated.exitCode()).isZero();
        return directory.resolve("log.jsonl");
    }

    @Test
    void simulate_aFile_printsTheTableAndWritesPageAndJson() throws IOException {
        Path file = Files.writeString(
                directory.resolve("mine.yaml"), "duration: 2s\nclients:\n  a: {rate: 100/s, arrivals: constant}\n");

        Run simulated = run("simulate", file.toString(), "--html", path("page.html"), "--json", path("result.json"));

        assertThat(simulated.exitCode()).isZero();
        assertThat(simulated.err()).isEmpty();
        assertThat(simulated.out())
                .containsPattern("offered +200\\R")
                .containsPattern("conservation +ok\\R")
                .containsPattern("decisions +\\d+ lines, SHA-256 [0-9a-f]{64}\\R");
        assertThat(Files.readString(directory.resolve("page.html"))).startsWith("<!DOCTYPE html>");
        assertThat(Files.readString(directory.resolve("result.json"))).contains("\"scenario\" : \"mine\"");
    }

    @Test
    void simulate_sameSeedTwice_printsTheSameAndAnotherSeedDoesNot() {
        String first = run("simulate", "goodput-2x", "--seed", "3").out();

        assertThat(run("simulate", "goodput-2x", "--seed", "3").out()).isEqualTo(first);
        assertThat(run("simulate", "goodput-2x", "--seed", "4").out()).isNotEqualTo(first);
    }

    @Test
    void simulate_withoutHtml_writesNoPage() {
        assertThat(run("simulate", "queue_limit_exact_enforcement").out())
                .contains("decisions ")
                .doesNotContain("page ");
        assertThat(Path.of("queue_limit_exact_enforcement.html")).doesNotExist();
    }

    @Test
    void simulate_htmlWithoutFile_isNamedAfterTheScenario() throws IOException {
        Path page = Path.of("queue_limit_exact_enforcement.html");
        try {
            assertThat(run("simulate", "queue_limit_exact_enforcement", "--html")
                            .out())
                    .endsWith("page       queue_limit_exact_enforcement.html" + System.lineSeparator());
            assertThat(page).exists();
        } finally {
            Files.deleteIfExists(page);
        }
    }

    @Test
    void simulate_list_namesWhatIsBuiltIn() {
        Run listed = run("simulate", "--list");
        assertThat(listed.exitCode()).isZero();
        assertThat(listed.out()).contains("goodput-2x").contains("tenant_aggregated_limits");
    }

    @Test
    void simulate_badScenario_exits2AndTellsEveryProblem() throws IOException {
        Path file = Files.writeString(directory.resolve("bad.yaml"), "duration: 5\nclients:\n  a: {rat: 5/s}\n");

        Run simulated = run("simulate", file.toString());

        assertThat(simulated.exitCode()).isEqualTo(2);
        assertThat(simulated.out()).isEmpty();
        assertThat(simulated.err().lines().filter(line -> line.startsWith("weir")))
                .containsExactly(
                        "weir: " + file
                                + ":1:11: duration: must be a time with its unit, such as 250us, 5ms, 1.5s or 2m,"
                                + " but is '5'",
                        "weir: " + file + ":3:6: clients.a: needs a rate, such as 100/s, or phases with one each",
                        "weir: " + file + ":3:7: clients.a.rat: unknown key (did you mean rate?)");
    }

    @Test
    void simulate_expectationThatIsNotMet_exits1AndSaysSo() throws IOException {
        String scenario = "duration: 1s\nclients: {a: {rate: 50/s}}\nexpect: [{figure: rejected, %s: 10%%}]\n";
        Path held = Files.writeString(directory.resolve("held.yaml"), scenario.formatted("max"));
        Path broken = Files.writeString(directory.resolve("broken.yaml"), scenario.formatted("min"));

        assertThat(run("simulate", held.toString()).exitCode()).isZero();
        Run simulated = run("simulate", broken.toString());
        assertThat(simulated.exitCode()).isEqualTo(1);
        assertThat(simulated.out()).contains("verdict    NOT held: rejected 0.00 % (at least 10.00 %)");
    }

    @Test
    void check_scenario_isCheckedAsOne() throws IOException {
        Path good = Files.writeString(directory.resolve("good.yaml"), "clients: {a: {rate: 5/s}}\n");
        Path bad = Files.writeString(directory.resolve("bad.yaml"), "config: weir.yaml\nclients: {a: {rate: 5}}\n");

        assertThat(run("check", good.toString()).out())
                .isEqualTo(good + ": valid; scenario, 1 group of clients" + System.lineSeparator());
        Run checked = run("check", bad.toString());
        assertThat(checked.exitCode()).isEqualTo(2);
        assertThat(checked.err())
                .contains(bad + ":1:9: config: there is no such file: " + directory.resolve("weir.yaml"))
                .contains(bad + ":2:21: clients.a.rate: must be messages a second");
    }

    @Test
    void simulate_wrongUse_exits2() {
        assertThat(run("simulate").exitCode()).isEqualTo(2);
        assertThat(run("simulate").err()).contains("no scenario given");
        assertThat(run("simulate", "goodput-3x"))
                .isEqualTo(new Run(
                        2,
                        "",
                        "weir: goodput-3x: there is no such file, and no such scenario (did you mean goodput-2x?)"
                                + System.lineSeparator()));
        assertThat(run("simulate", "goodput-2x", "goodput-5x", "--json", "x.json")
                        .exitCode())
                .isEqualTo(2);
        assertThat(run("simulate", "queue_limit_exact_enforcement", "--html", path("none/page.html"))
                        .err())
                .contains("its directory does not exist")
                .doesNotContain("Exception");
    }

    @Test
    void simulate_outputThatCannotBeWritten_failsBeforeTheRun() {
        for (String option : new String[] {"--json", "--html", "--decision-log"}) {
            Run failed = run("simulate", "queue_limit_exact_enforcement", option, path("none/x"));

            assertThat(failed)
                    .isEqualTo(new Run(
                            2,
                            "",
                            "weir: " + path("none/x") + ": cannot be written: its directory does not exist"
                                    + System.lineSeparator()));
        }
        assertThat(run("simulate", "queue_limit_exact_enforcement", "--json", directory.toString())
                        .err())
                .contains("it is a directory");
    }

    @Test
    void replay_ownLog_isIdentical() {
        Run replayed = run("replay", decisions().toString());

        assertThat(replayed.exitCode()).isZero();
        assertThat(replayed.out()).containsPattern("^identical: \\d+ decisions, SHA-256 [0-9a-f]{64}\\R$");
    }

    @Test
    void replay_changedLog_exits1AndShowsTheLine() throws IOException {
        Path log = decisions();
        Files.writeString(log, Files.readString(log).replaceFirst("\"d\":\"refused\"", "\"d\":\"dropped\""));

        Run replayed = run("replay", log.toString());

        assertThat(replayed.exitCode()).isEqualTo(1);
        assertThat(replayed.out())
                .startsWith("different: after 52 identical decisions, at " + log + ":53")
                .contains("logged    {\"e\":\"offer\"")
                .contains("replayed  {\"e\":\"offer\"");
    }

    @Test
    void replay_changedLongLine_showsWhereItDiffers() throws IOException {
        Path log = decisions();
        String changed = "\"d\":\"dropped\",\"reason\":\"" + "x".repeat(1_000) + "\",\"";
        Files.writeString(log, Files.readString(log).replaceFirst("\"d\":\"refused\",\"", changed));

        assertThat(run("replay", log.toString()).out().lines())
                .allMatch(line -> line.length() <= "replayed  ".length() + 402)
                .anyMatch(line ->
                        line.startsWith("logged    ") && line.contains("\"d\":\"dropped") && line.endsWith("…"));
    }

    @Test
    void replay_settingsOfToolsAndMethods_changeTheResult() throws IOException {
        String log = path("goodput.jsonl");
        run("simulate", "goodput-2x", "--decision-log", log);
        String upstream = "upstreams:\n  upstream:\n    url: http://h/\n    capacity: 100\n";
        String free = replayed(log, upstream);

        assertThat(replayed(log, upstream + "    tools: {echo: {capacity: 1, ttl_ms: 100}}\n"))
                .isNotEqualTo(free);
        assertThat(replayed(log, upstream + "    methods: {tools/call: {capacity: 1, ttl_ms: 100}}\n"))
                .isNotEqualTo(free);
        assertThat(replayed(log, upstream + "    max_connections: 1\n")).isNotEqualTo(free);
        assertThat(replayed(log, upstream + "    ttl_ms: 100\n")).isNotEqualTo(free);
    }

    /** The figures of a replay of a log under a configuration, without remarks. */
    private String replayed(String log, String yaml) throws IOException {
        Path config = Files.writeString(directory.resolve("other.yaml"), yaml);
        Run run = run("replay", log, "--config", config.toString());
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run.out().substring(run.out().indexOf("logged"));
    }

    @Test
    void replay_anotherProfileOrFile_comparesBoth() throws IOException {
        String log = decisions().toString();
        Path config = Files.writeString(directory.resolve("weir.yaml"), "queue_limits:\n  max_messages: 70\n");

        Run profile = run("replay", log, "--profile", "development");
        Run file = run("replay", log, "--config", config.toString(), "--html", path("both.html"));

        assertThat(profile.out()).containsPattern("admitted +50 +100\\R").containsPattern("logged +replayed");
        assertThat(file.out()).containsPattern("admitted +50 +70\\R");
        assertThat(Files.readString(directory.resolve("both.html")))
                .contains("<span class=\"column\">replayed</span>")
                .contains("Made by Weir " + Version.weir());
    }

    @Test
    void replay_json_hasTheFiguresOfTheTable() throws IOException {
        String log = decisions().toString();

        run("replay", log, "--json", path("same.json"));
        Run compared = run("replay", log, "--profile", "development", "--json", path("compared.json"));

        assertThat(Files.readString(directory.resolve("same.json")))
                .contains("\"identical\" : true")
                .containsPattern("\"decision_log_sha256\" : \"[0-9a-f]{64}\"");
        assertThat(compared.out()).containsPattern("admitted +50 +100\\R");
        assertThat(Files.readString(directory.resolve("compared.json")))
                .containsPattern("(?s)\"logged\" : \\{.*\"admitted\" : 50,.*\"replayed\" : \\{.*\"admitted\" : 100,")
                .contains("\"connection_messages\" : 50");
    }

    @Test
    void replay_cutLastLine_isIdenticalWithoutIt() throws IOException {
        Path cut = decisions();
        String text = Files.readString(cut);
        Files.writeString(cut, text.substring(0, text.length() - 5));

        Run replayed = run("replay", cut.toString());

        assertThat(replayed.exitCode()).isZero();
        assertThat(replayed.out()).startsWith("identical: ");
        assertThat(replayed.err()).startsWith("weir: " + cut + ":").contains("truncated last line ignored");
    }

    @Test
    void replay_acrossAGap_neverSaysIdentical() throws IOException {
        Path log = decisions();
        Files.writeString(log, Files.readString(log) + "{\"e\":\"gap\",\"lost\":7}\n");

        Run replayed = run("replay", log.toString());

        assertThat(replayed.exitCode()).isEqualTo(1);
        assertThat(replayed.out()).isEmpty();
        assertThat(replayed.err()).contains("decisions are missing here");
    }

    @Test
    void replay_logWithoutDecisions_exits2() throws IOException {
        Path empty = Files.writeString(directory.resolve("empty.jsonl"), "");
        Path cut = Files.writeString(directory.resolve("cut.jsonl"), "{\"e\":\"sta");

        assertThat(run("replay", empty.toString()))
                .isEqualTo(new Run(
                        2,
                        "",
                        "weir: " + empty + ": has no decisions, so there is nothing to replay"
                                + System.lineSeparator()));
        assertThat(run("replay", cut.toString()).exitCode()).isEqualTo(2);
    }

    @Test
    void replay_configWithCommands_saysThatTheyChangeNothing() throws IOException {
        Path config = Files.writeString(
                directory.resolve("weir.yaml"),
                "upstreams: {s: {command: npx, env: {A: \"${WEIR_TEST_MISSING}\", B: file:missing}}}\n");

        Run replayed = run("replay", decisions().toString(), "--config", config.toString());

        assertThat(replayed.exitCode()).isZero();
        assertThat(replayed.out())
                .contains("without effect on a replay: upstreams.s.command, upstreams.s.children, edge,");
    }

    @Test
    void replay_typo_isNamedBeforeTheLogIsRead() throws IOException {
        Path empty = Files.writeString(directory.resolve("empty.jsonl"), "");
        Path config = Files.writeString(directory.resolve("weir.yaml"), "queue_limts: {}\n");

        Run profile = run("replay", empty.toString(), "--profile", "hight");
        Run file = run("replay", empty.toString(), "--config", config.toString());

        assertThat(profile.exitCode()).isEqualTo(2);
        assertThat(profile.err()).startsWith("weir: --profile: there is no profile 'hight'");
        assertThat(file.exitCode()).isEqualTo(2);
        assertThat(file.err()).contains("queue_limts: unknown section");
    }

    @Test
    void replay_cannot_saysWhyWithoutATrace() throws IOException {
        Path log = decisions();
        Path broken = Files.writeString(directory.resolve("broken.jsonl"), "{\"e\"}\n" + Files.readString(log));

        assertThat(run("replay", path("missing.jsonl")))
                .isEqualTo(new Run(
                        1, "", "weir: " + path("missing.jsonl") + ": there is no such file" + System.lineSeparator()));
        assertThat(run("replay", broken.toString()).exitCode()).isEqualTo(1);
        assertThat(run("replay", broken.toString()).err())
                .contains("not a line of a decision log")
                .doesNotContain("Exception");
        assertThat(run("replay").exitCode()).isEqualTo(2);
        assertThat(run("replay", log.toString(), "--profile", "prod").exitCode())
                .isNotZero();
    }
}
