package io.weir.cli;

import io.weir.config.ConfigException;
import io.weir.config.GatewayConfig;
import io.weir.config.GatewayConfigLoader;
import io.weir.core.config.Profile;
import io.weir.core.config.WeirConfig;
import io.weir.core.config.WeirConfigBuilder;
import io.weir.sim.replay.LogParts;
import io.weir.sim.replay.ReplayException;
import io.weir.sim.replay.ReplayJson;
import io.weir.sim.replay.SameDecisions;
import io.weir.sim.replay.WhatIf;
import io.weir.sim.report.Formats;
import io.weir.sim.report.Page;
import io.weir.sim.report.ScenarioTable;
import io.weir.sim.report.Table;
import io.weir.sim.scenario.UpstreamSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Replays a decision log. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Replays a decision log, as it was or under another configuration.",
            "The log comes from 'weir gateway' or 'weir simulate' with --decision-log. Without another configuration, every"
                    + " decision is made again and compared with the log, byte for byte. With one, the output says what would"
                    + " have happened: the same arrivals, and an upstream that takes as long as it took."
        },
        footer = {
            "",
            "A log that was rotated is read with its older parts LOG.1, LOG.2 and so on.",
            "",
            "Examples:",
            "  weir replay decisions.jsonl",
            "  weir replay decisions.jsonl --profile high_throughput",
            "  weir replay decisions.jsonl --config weir.yaml --html both.html",
            "  weir replay decisions.jsonl --config weir.yaml --json both.json",
            "",
            "The prediction comes from a model. The upstream is the model that best explains",
            "how its latency depended on its load. A message that was rejected in the log",
            "takes as long as others of the same method or tool did. Clients send the same",
            "messages, whatever the answers. The output says how far the log supports the",
            "prediction, and which settings have no effect.",
            "",
            "Exit codes: 0 done or identical, 1 if a decision differs or the log cannot be",
            "replayed, 2 wrong usage or a log without decisions."
        })
final class ReplayCommand implements Callable<Integer> {
    private static final int MAX_LINE = 400;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "LOG", arity = "1..*", description = "The log; of several files, the oldest first.")
    private List<Path> logs = new ArrayList<>();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Predicts what would have happened with this configuration file.")
    private @Nullable Path config;

    @Option(
            names = "--profile",
            paramLabel = "NAME",
            description = "Predicts what would have happened with this profile.")
    private @Nullable String profile;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            arity = "0..1",
            fallbackValue = "replay.html",
            description =
                    "Writes a page with plots, to replay.html unless FILE is given; then give this option after LOG.")
    private @Nullable Path html;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the result as JSON.")
    private @Nullable Path json;

    @SuppressWarnings("NullAway.Init") // picocli injects
    private ReplayCommand() {}

    @Override
    public Integer call() throws ConfigException {
        for (Path file : new Path[] {json, html}) {
            if (file != null) {
                OutputFiles.require(file);
            }
        }
        try {
            LogParts files = LogParts.of(logs);
            if (config == null && profile == null) {
                if (html != null) {
                    throw new ParameterException(
                            spec.commandLine(), "--html compares two: give --config or --profile as well");
                }
                return same(files);
            }
            return whatIf(files);
        } catch (ReplayException e) {
            spec.commandLine().getErr().println("weir: " + e.getMessage());
            return Weir.FAILED;
        }
    }

    private interface Content {
        void write(Writer out) throws IOException;
    }

    /** Writes the result as JSON, if that is asked for; returns whether it is. */
    private boolean write(Content content) throws ConfigException {
        Path file = json;
        if (file == null) {
            return false;
        }
        try (Writer writer = OutputFiles.open(file)) {
            content.write(writer);
        } catch (IOException e) {
            throw new ConfigException(List.of(file + ": cannot be written: " + e.getMessage()));
        }
        return true;
    }

    private int same(LogParts files) throws ReplayException, ConfigException {
        PrintWriter out = spec.commandLine().getOut();
        SameDecisions same = SameDecisions.of(files);
        note(files);
        if (same.decisions() == 0 && same.difference().isEmpty()) {
            spec.commandLine()
                    .getErr()
                    .println("weir: " + logs.get(0) + ": has no decisions, so there is nothing to replay");
            return Weir.MISUSED;
        }
        write(writer -> ReplayJson.write(same, writer));
        if (same.difference().isEmpty()) {
            out.println("identical: " + Formats.count(same.decisions()) + " decisions, SHA-256 " + same.sha256());
            out.flush();
            return 0;
        }
        SameDecisions.Difference difference = same.difference().get();
        out.println("different: after " + Formats.count(same.decisions()) + " identical decisions, at "
                + difference.where());
        int at = Arrays.mismatch(
                difference.logged().toCharArray(), difference.replayed().toCharArray());
        out.println("logged    " + near(difference.logged(), at));
        out.println("replayed  " + near(difference.replayed(), at));
        out.flush();
        if (logs.size() > 1) {
            spec.commandLine().getErr().println("weir: of several files, the oldest must be the first");
        }
        return Weir.FAILED;
    }

    /** A line, or of a long one, such as a checkpoint, what is near that character. */
    private static String near(String line, int at) {
        if (line.length() <= MAX_LINE) {
            return line;
        }
        int from = Math.max(0, Math.min(at - MAX_LINE / 2, line.length() - MAX_LINE));
        int to = from + MAX_LINE;
        return (from > 0 ? "…" : "") + line.substring(from, to) + (to < line.length() ? "…" : "");
    }

    private void note(LogParts files) {
        files.notes().forEach(note -> spec.commandLine().getErr().println("weir: " + note));
    }

    private int whatIf(LogParts files) throws ReplayException, ConfigException {
        PrintWriter out = spec.commandLine().getOut();
        Map<String, UpstreamSettings> settings = Map.of();
        List<String> remarks = new ArrayList<>();
        String name = profile == null ? Profile.PRODUCTION.key() : profile;
        WhatIf.Log log;
        WeirConfig other;
        if (config == null) {
            Profile found = profile(name);
            log = WhatIf.read(files);
            other = ofProfile(found, log);
        } else {
            GatewayConfigLoader loader = new GatewayConfigLoader(
                            Runtime.getRuntime().maxMemory(), System::getenv)
                    .file(config)
                    .withoutUpstream()
                    .withoutSecrets();
            if (profile != null) {
                loader.profile(profile);
            }
            GatewayConfig loaded = loader.load();
            other = loaded.limits();
            name = loaded.profile();
            settings = ReplaySettings.of(loaded);
            remarks.addAll(ReplaySettings.withoutEffect(loaded));
            log = WhatIf.read(files);
        }
        note(files);
        WhatIf compared = play(log, other, settings);
        List<Table.Row> rows = new ArrayList<>();
        rows.add(new Table.Row("duration", List.of(Formats.seconds(compared.duration()))));
        compared.shapes()
                .forEach((upstream, shape) ->
                        rows.add(new Table.Row("upstream " + upstream, List.of(shape.describe()))));
        rows.addAll(ScenarioTable.settings(name, other));
        remarks.addAll(compared.remarks());
        remarks.forEach(remark -> rows.add(new Table.Row("remark", List.of(remark))));
        Table configuration = new Table(List.of(""), rows);
        out.print(configuration.text());
        out.println();
        out.print(compared.grid().text());
        if (write(writer -> ReplayJson.write(compared, remarks, writer))) {
            out.println();
            out.println("json       " + json);
        }
        Path page = html;
        if (page != null) {
            Page.Heading heading = new Page.Heading(
                    "replay",
                    String.valueOf(logs.get(0).getFileName()),
                    "What was logged, beside what would have happened with another configuration.",
                    Version.weir());
            OutputFiles.write(
                    page, compared.page(heading, remarks, configuration).html());
            out.println();
            out.println("page       " + page);
        }
        out.flush();
        return 0;
    }

    private static WhatIf play(WhatIf.Log log, WeirConfig config, Map<String, UpstreamSettings> settings)
            throws ReplayException {
        Progress progress = new Progress("replaying", log.duration());
        try {
            return log.play(config, settings, progress);
        } finally {
            progress.done();
        }
    }

    private static Profile profile(String name) throws ConfigException {
        return Profile.ofKey(name)
                .orElseThrow(() -> new ConfigException(List.of("--profile: there is no profile '" + name
                        + "'; there are development, staging, production and high_throughput")));
    }

    /** The limits of the process follow the heap and not the profile: those of the log are kept. */
    private static WeirConfig ofProfile(Profile found, WhatIf.Log log) {
        WeirConfigBuilder builder = found.builder(Runtime.getRuntime().maxMemory());
        log.config()
                .ifPresent(was -> builder.globalMaxBytes(was.queueLimits().globalMaxBytes())
                        .globalControlMaxBytes(was.queueLimits().globalControlMaxBytes()));
        return builder.build();
    }
}
