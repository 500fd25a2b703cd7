package io.weir.cli;

import static io.weir.cli.JsonTree.child;
import static io.weir.cli.JsonTree.list;
import static io.weir.cli.JsonTree.text;

import io.weir.config.ConfigException;
import io.weir.sim.report.Formats;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints how a running gateway does, on a few lines. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = {
            "Prints whether a running gateway is ready, which servers it reaches, what it holds and has rejected, and"
                    + " whether its configuration file is in force; files of keys, tokens and TLS are named if they are"
                    + " not.",
            "Exit codes: 0 ready, 1 not ready or not running, 2 wrong usage."
        },
        footer = {"", "Examples:", "  weir status", "  weir status --admin 127.0.0.1:9091"})
final class StatusCommand implements Callable<Integer> {
    private static final List<String> REJECTED = List.of("refused", "dropped", "disconnected", "shed");

    @Spec
    private CommandSpec spec;

    @Mixin
    private AdminOptions gateway;

    @SuppressWarnings("NullAway.Init") // picocli injects
    private StatusCommand() {}

    @Override
    public Integer call() throws ConfigException, IOException, InterruptedException, AdminOptions.UnreachableException {
        PrintWriter out = spec.commandLine().getOut();
        Object ready = JsonTree.parse(gateway.get("/readyz", List.of(200, 503)));
        Object stats = JsonTree.parse(gateway.get("/stats", List.of(200)));
        Object limits = JsonTree.parse(gateway.get("/limits", List.of(200)));
        boolean isReady = text(child(ready, "ready")).equals("true");
        line(out, "gateway", isReady ? "ready" : "not ready");
        if (child(ready, "upstreams") instanceof Map<?, ?> upstreams) {
            upstreams.forEach((name, state) -> line(out, "upstream", name + ": " + state));
        }
        traffic(out, child(stats, "global"), limits);
        configuration(out, limits);
        files(out, stats);
        out.flush();
        return isReady ? 0 : Weir.FAILED;
    }

    private static void traffic(PrintWriter out, Object global, Object limits) {
        Object flow = child(global, "flow");
        line(
                out,
                "pending",
                count(child(global, "pending")) + " of "
                        + Formats.count(
                                Long.parseLong(text(child(child(limits, "queue_limits"), "global_max_messages"))))
                        + " messages, " + plural(child(global, "connections"), "connection") + ", "
                        + plural(child(global, "tenants"), "tenant"));
        long rejected = REJECTED.stream()
                .mapToLong(each -> Long.parseLong(text(child(child(flow, each), "messages"))))
                .sum();
        StringBuilder reasons = new StringBuilder();
        if (child(flow, "by_reason") instanceof Map<?, ?> byReason) {
            byReason.forEach((reason, count) -> {
                if (!count(count).equals("0")) {
                    reasons.append(reasons.isEmpty() ? ": " : ", ")
                            .append(reason)
                            .append(' ')
                            .append(count(count));
                }
            });
        }
        line(
                out,
                "rejected",
                Formats.count(rejected) + " of " + count(child(flow, "offered")) + " offered messages" + reasons);
    }

    private static void configuration(PrintWriter out, Object limits) {
        long patched = child(limits, "sources") instanceof Map<?, ?> sources
                ? sources.values().stream()
                        .filter(each -> text(child(each, "from")).equals("patch"))
                        .count()
                : 0;
        line(
                out,
                "limits",
                "profile " + text(child(limits, "profile")) + "; " + patched + (patched == 1 ? " key" : " keys")
                        + " set by PATCH, until a restart");
        Object configuration = child(limits, "configuration");
        String file = text(child(configuration, "file"));
        if (!file.isEmpty()) {
            line(
                    out,
                    "file",
                    file + ": " + text(child(configuration, "state")) + " " + text(child(configuration, "at")));
            list(child(configuration, "problems")).forEach(problem -> line(out, "", problem.toString()));
        }
    }

    /** Those besides the configuration that are not in force as they are. */
    private static void files(PrintWriter out, Object stats) {
        for (Object file : list(child(stats, "files"))) {
            if (text(child(file, "state")).equals("rejected")) {
                String paths =
                        list(child(file, "files")).stream().map(JsonTree::text).collect(Collectors.joining(", "));
                line(
                        out,
                        "file",
                        paths + ": rejected " + text(child(file, "at")) + " (" + text(child(file, "name")) + ")");
                list(child(file, "problems")).forEach(problem -> line(out, "", text(problem)));
            }
        }
    }

    private static String plural(Object number, String noun) {
        return text(number) + " " + noun + (text(number).equals("1") ? "" : "s");
    }

    private static String count(Object count) {
        return Formats.count(Long.parseLong(text(child(count, "messages"))));
    }

    private static void line(PrintWriter out, String label, String text) {
        out.println(String.format("%-10s%s", label, text));
    }
}
