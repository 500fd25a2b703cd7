package io.weir.cli;

import io.weir.config.ConfigException;
import io.weir.config.Excerpt;
import io.weir.gateway.GatewayException;
import java.io.PrintWriter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
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

    /** Commands that print what they know of the others. */
    private static final Set<String> ABOUT_ALL = Set.of("completion", "help");

    /** The commands by their names, in the order of the help. */
    private static final Map<String, Class<?>> COMMANDS = commands();

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli injects
    private Weir() {}

    /** Runs the command line and ends the process. */
    public static void main(String[] arguments) {
        System.exit(commandLineFor(arguments).execute(arguments));
    }

    /** The command line with all commands. */
    static CommandLine commandLine() {
        return commandLine(name -> true);
    }

    /**
     * The command line as far as these arguments need it. To read the annotations of all commands takes longer than
     * many of them run.
     */
    static CommandLine commandLineFor(String[] arguments) {
        boolean one = arguments.length > 0 && COMMANDS.containsKey(arguments[0]) && !ABOUT_ALL.contains(arguments[0]);
        return one ? commandLine(name -> name.equals(arguments[0])) : commandLine();
    }

    private static CommandLine commandLine(Predicate<String> known) {
        CommandLine commandLine = new CommandLine(new Weir());
        COMMANDS.forEach((name, command) -> {
            if (known.test(name)) {
                commandLine.addSubcommand(name, command);
            }
        });
        commandLine.setUsageHelpAutoWidth(true);
        // Arguments of commands begin with '@' where they name a package of npm.
        commandLine.setExpandAtFiles(false);
        commandLine.setParameterExceptionHandler(new UsageErrors());
        commandLine.setExecutionExceptionHandler((e, where, parsed) -> failed(e, where.getErr()));
        return commandLine;
    }

    private static Map<String, Class<?>> commands() {
        Map<String, Class<?>> commands = new LinkedHashMap<>();
        commands.put("gateway", GatewayCommand.class);
        commands.put("stdio", StdioCommand.class);
        commands.put("check", CheckCommand.class);
        commands.put("profiles", ProfilesCommand.class);
        commands.put("key", KeyCommand.class);
        commands.put("stats", StatsCommand.class);
        commands.put("status", StatusCommand.class);
        commands.put("limits", LimitsCommand.class);
        commands.put("top", TopCommand.class);
        commands.put("connections", ConnectionsCommand.class);
        commands.put("tenants", TenantsCommand.class);
        commands.put("reset", ResetCommand.class);
        commands.put("drain", DrainCommand.class);
        commands.put("demo", DemoCommand.class);
        commands.put("simulate", SimulateCommand.class);
        commands.put("replay", ReplayCommand.class);
        commands.put("completion", CompletionCommand.class);
        commands.put("help", CommandLine.HelpCommand.class);
        return Collections.unmodifiableMap(commands);
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
