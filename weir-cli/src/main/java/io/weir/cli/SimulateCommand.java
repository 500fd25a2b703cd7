package io.weir.cli;

import io.weir.config.ConfigException;
import io.weir.sim.report.ResultJson;
import io.weir.sim.report.ResultPage;
import io.weir.sim.report.ResultTable;
import io.weir.sim.report.ScenarioTable;
import io.weir.sim.report.Verdicts;
import io.weir.sim.run.HashedDecisionLog;
import io.weir.sim.run.Result;
import io.weir.sim.run.Simulation;
import io.weir.sim.run.Verdict;
import io.weir.sim.run.WeirPolicy;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Plays scenarios in virtual time against the core that the gateway runs. */
@Command(
        name = "simulate",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Plays a scenario in virtual time, and prints what became of every message.",
            "Decisions are made by the code that decides in the gateway. The same scenario gives the same decisions on every"
                    + " machine."
        },
        footer = {
            "",
            "A scenario describes the clients and the upstream behind Weir:",
            "",
            "  duration: 60s",
            "  profile: production         # also queue_limits: and backpressure:",
            "  upstream:",
            "    servers: 4",
            "    service_time: exponential 5ms  # or constant, uniform 2ms 9ms,",
            "                                   # lognormal 20ms 0.5",
            "    capacity: adaptive        # or a number",
            "    changes:",
            "      - {at: 20s, servers: 2} # or slowdown: 3, failures: 5%%,",
            "                              # state: hung, down or up",
            "  clients:",
            "    agents:",
            "      tenants: 10",
            "      connections: 100",
            "      rate: 1600/s            # or phases: a list of at: and rate:",
            "      deadline: 100ms",
            "      retries: 2              # retry when the refusal says so",
            "      cancel: {share: 5%%, after: 30ms}",
            "  faults:",
            "    - {at: 40s, action: disconnect, clients: agents} # or reset, update, close",
            "  expect:",
            "    - {figure: goodput, min: 95%%}",
            "",
            "Examples:",
            "  weir simulate --list",
            "  weir simulate goodput-5x",
            "  weir simulate mine.yaml --seed 7 --html --json mine.json",
            "",
            "All keys: docs/simulation.md.",
            "Exit codes: 0 done, 1 if the result is not what the scenario expects, or",
            "messages are not accounted for, 2 wrong usage or scenario."
        })
final class SimulateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "FILE",
            arity = "0..*",
            description = "Scenarios in YAML, or names of those built in (--list).")
    private List<String> files = new ArrayList<>();

    @Option(names = "--list", description = "Lists the scenarios that are built in.")
    private boolean list;

    @Option(names = "--seed", paramLabel = "N", description = "Random seed; overrides the scenario's.")
    private @Nullable Long seed;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            arity = "0..1",
            fallbackValue = "",
            description =
                    "Writes a page with plots. Without FILE it is NAME.html in the current directory; then give this "
                            + "option after the scenario.")
    private @Nullable Path html;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the result as JSON.")
    private @Nullable Path json;

    @Option(
            names = "--decision-log",
            paramLabel = "FILE",
            description = "Writes every decision as a line of JSON, as the gateway does; 'weir replay' reads it.")
    private @Nullable Path decisionLog;

    @SuppressWarnings("NullAway.Init") // picocli injects
    private SimulateCommand() {}

    @Override
    public Integer call() throws ConfigException, IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (list) {
            for (String name : Scenarios.builtIn()) {
                out.printf("%-34s %s%n", name, Scenarios.named(name).description());
            }
            return 0;
        }
        if (files.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "no scenario given: name a file, or one of 'weir simulate --list'");
        }
        if (files.size() > 1 && ((html != null && isNamed(html)) || json != null || decisionLog != null)) {
            throw new ParameterException(
                    spec.commandLine(), "--html, --json and --decision-log name one file: give one scenario with them");
        }
        for (Path file : new Path[] {json, html, decisionLog}) {
            if (file != null && isNamed(file)) {
                OutputFiles.require(file);
            }
        }
        List<Scenario> scenarios = new ArrayList<>();
        for (String file : files) {
            Scenario scenario = Scenarios.load(file);
            scenarios.add(seed == null ? scenario : scenario.withSeed(seed));
        }
        int status = 0;
        for (Scenario scenario : scenarios) {
            status = Math.max(status, play(scenario, out));
        }
        return status;
    }

    private static boolean isNamed(Path file) {
        return !file.toString().isEmpty();
    }

    private int play(Scenario scenario, PrintWriter out) throws ConfigException, IOException {
        Progress progress = new Progress("simulating " + scenario.name(), scenario.duration());
        HashedDecisionLog log;
        Result result;
        Path file = decisionLog;
        try (Writer writer = file == null ? Writer.nullWriter() : OutputFiles.open(file)) {
            log = new HashedDecisionLog(file == null ? null : writer);
            result = Simulation.play(scenario, new WeirPolicy(scenario, log), progress);
        } finally {
            progress.done();
        }
        String sha256 = log.sha256();
        out.println(scenario.name() + (scenario.description().isEmpty() ? "" : ": " + scenario.description()));
        out.print(ScenarioTable.of(scenario).text());
        out.println();
        out.print(ResultTable.of(result).text());
        result.wrong().forEach(each -> out.println("wrong: " + each));
        out.println();
        String verdict = Verdicts.line(result.verdicts());
        if (!verdict.isEmpty()) {
            out.println("verdict    " + verdict);
        }
        out.println("decisions  " + log.lines() + " lines, SHA-256 " + sha256);
        Path data = json;
        if (data != null) {
            try (Writer writer = OutputFiles.open(data)) {
                ResultJson.write(result, sha256, log.lines(), writer);
            }
            out.println("json       " + data);
        }
        Path wanted = html;
        if (wanted != null) {
            Path page = isNamed(wanted) ? wanted : Path.of(scenario.name() + ".html");
            OutputFiles.write(page, ResultPage.of(result, Version.weir()).html());
            out.println("page       " + page);
        }
        out.flush();
        boolean held = result.verdicts().stream().allMatch(Verdict::isHeld);
        return held && result.isConserved() ? 0 : Weir.FAILED;
    }
}
