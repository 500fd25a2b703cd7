package io.weir.cli;

import io.weir.config.ConfigException;
import io.weir.config.Excerpt;
import io.weir.gateway.GatewayException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code weir} command. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration. */
@Command(
        name = "weir",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        description =
                "Protects MCP servers from overload: exact queue limits in front of them, and refusals that say when to retry.",
        subcommands = {
            GatewayCommand.class,
            StdioCommand.class,
            CheckCommand.class,
            ProfilesCommand.class,
            KeyCommand.class,
            StatsCommand.class,
            StatusCommand.class,
            LimitsCommand.class,
            TopCommand.class,
            ConnectionsCommand.class,
            TenantsCommand.class,
            ResetCommand.class,
            DrainCommand.class,
            DemoCommand.class,
            SimulateCommand.class,
            ReplayCommand.class,
            CompletionCommand.class,
            CommandLine.HelpCommand.class
        },
        footer = {
            "",
            "Try it:",
            "  weir demo",
            "Put it in front of your MCP server:",
            "  weir gateway --upstream http://127.0.0.1:3001/mcp",
            "and connect your clients to http://127.0.0.1:8080/mcp instead.",
            "",
            "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration."
        })
public final class Weir implements Runnable {
    static final int FAILED = 1;
    static final int MISUSED = 2;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli injects
    private Weir() {}

    /** Runs the command line and ends the process. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new Weir());
        commandLine.setUsageHelpAutoWidth(true);
        // Arguments of commands begin with '@' where they name a package of npm.
        commandLine.setExpandAtFiles(false);
        commandLine.setParameterExceptionHandler(new UsageErrors());
        commandLine.setExecutionExceptionHandler((e, where, parsed) -> failed(e, where.getErr()));
        return commandLine;
    }

    private static int failed(Exception e, PrintWriter err) {
        if (e instanceof ConfigException invalid) {
            invalid.problems().forEach(problem -> {
                err.println("weir: " + problem);
                Excerpt.of(problem).ifPresent(err::println);
            });
            return MISUSED;
        }
        boolean told = e instanceof GatewayException || e instanceof AdminOptions.UnreachableException;
        err.println("weir: " + (told ? e.getMessage() : e.toString()));
        return FAILED;
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
