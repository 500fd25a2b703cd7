package io.weir.cli;

import io.weir.config.ConfigException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the statistics of a running gateway. */
@Command(
        name = "stats",
        mixinStandardHelpOptions = true,
        description = {
            "Prints what a running gateway holds and has decided.",
            "Reads /stats of the operator's port: pending messages, queues, and the counts of each tenant."
        },
        footer = {"", "Examples:", "  weir stats", "  weir stats --admin 127.0.0.1:9091"})
final class StatsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private AdminOptions gateway;

    @SuppressWarnings("NullAway.Init") // picocli injects
    private StatsCommand() {}

    @Override
    public Integer call() throws ConfigException, IOException, InterruptedException, AdminOptions.UnreachableException {
        PrintWriter out = spec.commandLine().getOut();
        out.print(StatsTables.of(gateway.get("/stats", List.of(200))));
        out.flush();
        return 0;
    }
}
