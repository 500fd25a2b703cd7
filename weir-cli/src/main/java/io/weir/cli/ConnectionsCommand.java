package io.weir.cli;

import io.weir.config.ConfigException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints the connections of a running gateway. */
@Command(
        name = "connections",
        mixinStandardHelpOptions = true,
        description =
                "Prints the connections of a running gateway: what each has pending, what was rejected, and its id.",
        footer = {"", "Examples:", "  weir connections", "  weir connections --sort rejected --tenant acme"})
final class ConnectionsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private AdminOptions gateway;

    @Option(
            names = "--sort",
            paramLabel = "KEY",
            description = "Those first that have the most: messages (default) or bytes pending, rejected messages, or"
                    + " time idle.")
    private String sort = "messages";

    @Option(names = "--tenant", paramLabel = "TENANT", description = "Those of one tenant alone.")
    private @Nullable String tenant;

    @Mixin
    private PageOptions page;

    @SuppressWarnings("NullAway.Init") // picocli injects
    private ConnectionsCommand() {}

    @Override
    public Integer call() throws ConfigException, IOException, InterruptedException, AdminOptions.UnreachableException {
        String path = "/connections?sort=" + AdminOptions.encode(sort)
                + (tenant == null ? "" : "&tenant=" + AdminOptions.encode(tenant)) + page.query();
        PrintWriter out = spec.commandLine().getOut();
        out.print(AdminTables.connections(JsonTree.parse(gateway.asked(path))));
        out.flush();
        return 0;
    }
}
