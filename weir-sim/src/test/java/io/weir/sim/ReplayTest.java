package io.weir.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.core.config.Profile;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.CircuitPolicy;
import io.weir.core.queue.QueuePolicy;
import io.weir.sim.replay.LogParts;
import io.weir.sim.replay.ReplayException;
import io.weir.sim.replay.SameDecisions;
import io.weir.sim.replay.UpstreamShape;
import io.weir.sim.replay.WhatIf;
import io.weir.sim.report.Page;
import io.weir.sim.report.Table;
import io.weir.sim.run.HashedDecisionLog;
import io.weir.sim.run.Simulation;
import io.weir.sim.run.WeirPolicy;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import io.weir.sim.scenario.UpstreamSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReplayTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private record Written(Path file, String sha256, long lines) {}

    private Written write(String name) throws IOException {
        StringBuilder text = new StringBuilder();
        HashedDecisionLog log = new HashedDecisionLog(text);
        Scenario whole = Scenarios.named(name);
        Scenario scenario = name.contains("-") ? whole.withDuration(10_000_000_000L) : whole;
        Simulation.play(scenario, new WeirPolicy(scenario, log));
        Path file = Files.writeString(folder.resolve(name + ".jsonl"), text);
        return new Written(file, log.sha256(), log.lines());
    }

    private static SameDecisions replay(Path... files) throws ReplayException {
        return SameDecisions.of(LogParts.of(List.of(files)));
    }

    static List<String> everyScenario() {
        return Scenarios.builtIn();
    }

    @ParameterizedTest
    @MethodSource("everyScenario")
    void replay_sameConfiguration_isIdenticalToTheLastByte(String name) throws Exception {
        Written written = write(name);

        SameDecisions same = replay(written.file());

        assertThat(same.difference()).isEmpty();
        assertThat(same.decisions()).isEqualTo(written.lines());
        assertThat(same.sha256()).isEqualTo(written.sha256());
    }

    @Test
    void replay_changedLine_isFound() throws Exception {
        Path file = write("queue_limit_exact_enforcement").file();
        String text = Files.readString(file);
        Files.writeString(file, text.replaceFirst("\"d\":\"refused\"", "\"d\":\"dropped\""));
        SameDecisions.Difference difference = replay(file).difference().orElseThrow();

        assertThat(difference.where()).isEqualTo(file + ":53");
        assertThat(difference.logged()).contains("\"d\":\"dropped\"");
        assertThat(difference.replayed()).isEqualTo(difference.logged().replace("dropped", "refused"));
    }

    @Test
    void replay_rotatedLog_readsTheOldestFirst() throws Exception {
        Written written = write("queue_limit_exact_enforcement");
        List<String> lines = Files.readAllLines(written.file());
        Path log = folder.resolve("rotated.jsonl");
        Files.write(folder.resolve("rotated.jsonl.2"), lines.subList(0, 40));
        Files.write(folder.resolve("rotated.jsonl.1"), lines.subList(40, 90));
        Files.write(log, lines.subList(90, lines.size()));

        assertThat(replay(log).sha256()).isEqualTo(written.sha256());
        assertThat(replay(folder.resolve("rotated.jsonl.2"), folder.resolve("rotated.jsonl.1"), log)
                        .sha256())
                .isEqualTo(written.sha256());
    }

    @Test
    void replay_beginningMissing_saysSo() throws Exception {
        Written written = write("queue_limit_exact_enforcement");
        List<String> lines = Files.readAllLines(written.file());
        Path log = Files.write(folder.resolve("late.jsonl"), lines.subList(10, lines.size()));

        assertThatThrownBy(() -> replay(log))
                .isInstanceOf(ReplayException.class)
                .hasMessageContaining(log + ":1: the log begins in the middle");
    }

    @Test
    void replay_lastLineCut_isLeftOutWithANote() throws Exception {
        Written written = write("queue_limit_exact_enforcement");
        Path file = written.file();
        String text = Files.readString(file);
        Files.writeString(file, text.substring(0, text.length() - 20));

        LogParts files = LogParts.of(List.of(file));
        SameDecisions same = SameDecisions.of(files);

        assertThat(same.difference()).isEmpty();
        assertThat(same.decisions()).isEqualTo(written.lines() - 1);
        assertThat(files.notes())
                .singleElement()
                .asString()
                .startsWith(file + ":" + written.lines() + ": truncated last line ignored");
    }

    @Test
    void replay_lineCutBeforeOthersOfItsRun_saysSo() throws Exception {
        Written written = write("queue_limit_exact_enforcement");
        List<String> lines = Files.readAllLines(written.file());
        Path older = folder.resolve("cut.jsonl.1");
        Files.writeString(older, String.join("\n", lines.subList(0, 40)));
        Path log = Files.write(folder.resolve("cut.jsonl"), lines.subList(40, lines.size()));

        assertThatThrownBy(() -> replay(log))
                .isInstanceOf(ReplayException.class)
                .hasMessageContaining(older + ":40: truncated line, and " + log + ":1 follows it");
    }

    @Test
    void replay_lineCutAtTheEndOfARunThenAnotherRun_isLeftOut() throws Exception {
        Written written = write("queue_limit_exact_enforcement");
        String text = Files.readString(written.file());
        Path log = folder.resolve("again.jsonl");
        Files.writeString(folder.resolve("again.jsonl.1"), text.substring(0, text.length() - 20));
        Files.writeString(log, text);

        assertThat(replay(log).decisions()).isEqualTo(2 * written.lines() - 1);
    }

    @Test
    void replay_gap_saysSo() throws Exception {
        Written written = write("queue_limit_exact_enforcement");
        Path file = written.file();
        Files.writeString(file, Files.readString(file) + "{\"e\":\"gap\",\"lost\":7}\n");

        assertThatThrownBy(() -> replay(file))
                .isInstanceOf(ReplayException.class)
                .hasMessageContaining(":" + (written.lines() + 1) + ": decisions are missing here");
    }

    @Test
    void replay_noLog_saysWhere() throws Exception {
        Path file = Files.writeString(folder.resolve("weir.yaml"), "profile: production\n");

        assertThatThrownBy(() -> replay(file))
                .isInstanceOf(ReplayException.class)
                .hasMessage(file + ":1: not a line of a decision log");
    }

    private static String cell(Table grid, String label, int column) {
        return grid.rows().stream()
                .filter(row -> row.label().strip().equals(label))
                .findFirst()
                .orElseThrow()
                .cells()
                .get(column);
    }

    @Test
    void whatIf_largerLimit_letsInWhatWasRefused() throws Exception {
        Path file = write("queue_limit_exact_enforcement").file();

        WhatIf.Log log = WhatIf.read(LogParts.of(List.of(file)));
        WhatIf compared = log.play(Profile.DEVELOPMENT.builder(1L << 30).build(), Map.of(), now -> {});

        assertThat(cell(compared.grid(), "admitted", 0)).isEqualTo("50");
        assertThat(cell(compared.grid(), "admitted", 1)).isEqualTo("100");
        assertThat(cell(compared.grid(), "completed", 1)).isEqualTo("100");
        assertThat(cell(compared.grid(), "refused", 1)).isEqualTo("0");
    }

    @Test
    void whatIf_overload_modelsNoMoreServersThanThereWere() throws Exception {
        Path file = write("goodput-5x").file();

        WhatIf.Log log = WhatIf.read(LogParts.of(List.of(file)));
        WhatIf compared = log.play(log.config().orElseThrow(), Map.of(), now -> {});

        UpstreamShape shape = Objects.requireNonNull(compared.shapes().get("upstream"));
        assertThat(shape.kind()).isEqualTo(UpstreamShape.Kind.FIFO);
        assertThat(shape.servers()).isBetween(4, 5);
        double logged = Double.parseDouble(cell(compared.grid(), "completed", 0).replace(",", ""));
        double replayed =
                Double.parseDouble(cell(compared.grid(), "completed", 1).replace(",", ""));
        assertThat(replayed / logged).isBetween(0.98, 1.02);
    }

    private static UpstreamSettings settings(Map<String, UpstreamSettings.Operation> operations) {
        return new UpstreamSettings(
                new QueuePolicy(Capacity.fixed(1_000), CircuitPolicy.DEFAULT),
                30_000_000_000L,
                Optional.empty(),
                Map.of(),
                operations);
    }

    private Path log(String... events) throws Exception {
        List<String> lines = new ArrayList<>(
                Files.readAllLines(write("queue_limit_exact_enforcement").file())
                        .subList(0, 2));
        for (String event : events) {
            lines.add(event.replace('\'', '"'));
        }
        return Files.write(folder.resolve("made.jsonl"), lines);
    }

    private static String offer(int number, int millis, String decision) {
        return "{'e':'offer','t':" + millis * 1_000_000L + ",'q':'upstream','i':" + number + ",'tenant':'t','conn':'c',"
                + "'operation':'echo','n':1,'b':100,'p':'call','ttl':30000000000,'w':1,'d':'" + decision + "'}";
    }

    private static String end(String event, int number, int millis, String outcome) {
        return "{'e':'" + event + "','t':" + millis * 1_000_000L + ",'q':'upstream','i':" + number + ",'o':'" + outcome
                + "'}";
    }

    @Test
    void whatIf_callsThatWereGivenUp_keepTheUpstreamBusyUntilItIsDoneWithThem() throws Exception {
        // One server of 100 ms each; the client of the first leaves after 10 ms.
        Path file = log(
                offer(1, 0, "dispatched"),
                offer(2, 1, "dispatched"),
                end("abandon", 1, 10, "cancelled"),
                end("finish", 1, 100, "completed"),
                end("finish", 2, 200, "completed"));

        WhatIf compared = WhatIf.read(LogParts.of(List.of(file)))
                .play(Profile.DEVELOPMENT.builder(1L << 30).build(), Map.of(), now -> {});

        assertThat(cell(compared.grid(), "cancelled", 1)).isEqualTo("1");
        assertThat(cell(compared.grid(), "completed", 1)).isEqualTo("1");
        assertThat(cell(compared.grid(), "latency p50", 1)).isEqualTo(cell(compared.grid(), "latency p50", 0));
    }

    @Test
    void whatIf_endOfTheLog_throwsNothingOut() throws Exception {
        // The gateway stops just when all is answered; with one slot, two calls would still wait.
        Path file = log(
                offer(1, 0, "dispatched"),
                offer(2, 0, "dispatched"),
                offer(3, 0, "dispatched"),
                end("finish", 3, 30, "completed"),
                end("finish", 2, 60, "completed"),
                end("finish", 1, 100, "completed"),
                "{'e':'closing','t':100000001}",
                "{'e':'close','t':100000002,'q':'upstream'}");
        UpstreamSettings one = new UpstreamSettings(
                new QueuePolicy(Capacity.fixed(1), CircuitPolicy.DEFAULT),
                30_000_000_000L,
                Optional.empty(),
                Map.of(),
                Map.of());

        WhatIf compared = WhatIf.read(LogParts.of(List.of(file)))
                .play(Profile.DEVELOPMENT.builder(1L << 30).build(), Map.of("upstream", one), now -> {});

        assertThat(cell(compared.grid(), "completed", 1)).isEqualTo("3");
    }

    @Test
    void whatIf_capacityOfATool_givesItsCallsAQueueOfTheirOwn() throws Exception {
        Path file = write("goodput-2x").file();
        WhatIf.Log log = WhatIf.read(LogParts.of(List.of(file)));
        UpstreamSettings.Operation one = new UpstreamSettings.Operation(
                new QueuePolicy(Capacity.fixed(1), CircuitPolicy.DEFAULT),
                Optional.of(100_000_000L),
                Optional.empty(),
                1);

        WhatIf free = log.play(log.config().orElseThrow(), Map.of("upstream", settings(Map.of())), now -> {});
        WhatIf narrow =
                log.play(log.config().orElseThrow(), Map.of("upstream", settings(Map.of("echo", one))), now -> {});

        assertThat(completed(narrow)).isLessThan(completed(free) * 2 / 3).isPositive();
        assertThat(narrow.remarks()).noneMatch(remark -> remark.contains("echo"));
    }

    @Test
    void whatIf_capacityOfAllCalls_holdsForTheToolsOfTheLog() throws Exception {
        WhatIf.Log log = WhatIf.read(LogParts.of(List.of(write("goodput-2x").file())));
        UpstreamSettings.Operation one = new UpstreamSettings.Operation(
                new QueuePolicy(Capacity.fixed(1), CircuitPolicy.DEFAULT),
                Optional.of(100_000_000L),
                Optional.empty(),
                1);
        UpstreamSettings.Operation heavier =
                new UpstreamSettings.Operation(null, Optional.of(100_000_000L), Optional.empty(), 2);

        WhatIf free = log.play(log.config().orElseThrow(), Map.of("upstream", settings(Map.of())), now -> {});
        for (Map<String, UpstreamSettings.Operation> each :
                List.of(Map.of("tools/call", one), Map.of("tools/call", one, "echo", heavier))) {
            WhatIf narrow = log.play(log.config().orElseThrow(), Map.of("upstream", settings(each)), now -> {});

            assertThat(completed(narrow)).isLessThan(completed(free) * 2 / 3).isPositive();
            assertThat(narrow.remarks()).noneMatch(remark -> remark.contains("tools/call"));
        }
    }

    private static long completed(WhatIf compared) {
        return Long.parseLong(cell(compared.grid(), "completed", 1).replace(",", ""));
    }

    @Test
    void whatIf_settingsOfNamesThatAreNotInTheLog_areNamed() throws Exception {
        Path file = write("queue_limit_exact_enforcement").file();
        WhatIf.Log log = WhatIf.read(LogParts.of(List.of(file)));
        UpstreamSettings.Operation operation =
                new UpstreamSettings.Operation(null, Optional.empty(), Optional.empty(), 2);

        WhatIf compared = log.play(
                log.config().orElseThrow(),
                Map.of("upstream", settings(Map.of("serach", operation)), "other", settings(Map.of())),
                now -> {});

        assertThat(compared.remarks())
                .startsWith(
                        "upstreams.other: the log has no message for it; it has upstream",
                        "upstreams.upstream: the log has no message of the method or tool 'serach'");
    }

    @Test
    void whatIf_logWithoutBeginning_isAnswered() throws Exception {
        Written written = write("goodput-2x");
        List<String> lines = Files.readAllLines(written.file());
        Path late = Files.write(folder.resolve("late.jsonl"), lines.subList(5_000, lines.size()));

        WhatIf.Log log = WhatIf.read(LogParts.of(List.of(late)));

        assertThat(log.config()).isEmpty();
        WhatIf compared = log.play(Profile.PRODUCTION.builder(1L << 30).build(), Map.of(), now -> {});
        assertThat(compared.grid().rows()).isNotEmpty();
    }

    @Test
    void page_ofTwoRuns_hasBothAndWhatHappened() throws Exception {
        Scenario scenario = Scenarios.parse("test", """
                duration: 6s
                queue_limits: {max_messages: 20}
                upstream: {servers: 2, service_time: constant 10ms, circuit_breaker: false}
                clients:
                  a:
                    phases: [{at: 0s, rate: 400/s}, {at: 4s, rate: 0/s}, {at: 5500ms, rate: 400/s}]
                    connections: 4
                    tenants: 2
                    deadline: 1s
                faults: [{at: 3s, action: reset}]
                """);
        StringBuilder text = new StringBuilder();
        Simulation.play(scenario, new WeirPolicy(scenario, new HashedDecisionLog(text)));
        String restarted = text + text.toString().replace("\"max_messages\":\"20\"", "\"max_messages\":\"21\"");
        WhatIf.Log log = WhatIf.read(LogParts.of(List.of(Files.writeString(folder.resolve("twice.jsonl"), restarted))));
        WhatIf compared = log.play(Profile.DEVELOPMENT.builder(Scenarios.HEAP).build(), Map.of(), now -> {});

        String html = compared.page(
                        new Page.Heading("replay", "twice.jsonl", "", "1"),
                        compared.remarks(),
                        new Table(List.of(""), List.of()))
                .html();

        assertThat(html)
                .contains("<span class=\"column\">as logged</span>", "<span class=\"column\">replayed</span>")
                .contains("one connection: 20 of 20 messages", " of 10,000 messages")
                .contains("not in the log")
                .contains("How far this can be trusted", "upstream upstream: ")
                .contains("</b> queue of a connection reset, 4 times")
                .contains("</b> the gateway starts again: with another configuration")
                .contains("Latency p95, by tenant, as logged", "Latency p95, by tenant, replayed");
        String latency = html.substring(html.indexOf(">Latency, p50</h3>"), html.indexOf(">Latency, p95</h3>"));
        assertThat(latency).contains("<td>no data</td><td>no data</td>");
        assertThat(compared.grid().rows().stream().map(Table.Row::label)).containsSequence("shed", "  reason wait");
    }
}
