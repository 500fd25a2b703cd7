package io.weir.cli;

import io.weir.config.ConfigException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints the tenants of a running gateway. */
@Command(
        name = "tenants",
        mixinStandardHelpOptions = true,
        description = "Prints the tenants of a running gateway: what each has pending, and what was rejected.",
        footer = {"", "Examples:", "  weir tenants", "  weir tenants --sort rejected"})
final class TenantsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private AdminOptions gateway;

    @Option(
            names = "--sort",
            paramLabel = "KEY",
            description = "By name, or those first that have the most: messages (default) or bytes pending, rejected"
                    + " messages, or connections.")
    private String sort = "messages";

    @Mixin
    private PageOptions page;

    @SuppressWarnings("NullAway.Init") // picocli injects
    private TenantsCommand() {}

    @Override
    public Integer call() throws ConfigException, IOException, InterruptedException, AdminOptions.UnreachableException {
        String path = "/tenants?sort=" + AdminOptions.encode(sort) + page.query();
        PrintWriter out = spec.commandLine().getOut();
        out.print(AdminTables.tenants(JsonTree.parse(gateway.asked(path))));
        out.flush();
        return 0;
    }
}
