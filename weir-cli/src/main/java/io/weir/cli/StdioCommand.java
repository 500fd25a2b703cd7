package io.weir.cli;

import io.weir.config.GatewayConfig;
import io.weir.config.GatewayConfigLoader;
import io.weir.config.StdioTransport;
import io.weir.config.UpstreamConfig;
import io.weir.gateway.ops.Programs;
import io.weir.gateway.pipe.StdioProxy;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs a stdio server behind the limits, for the client that has started this program. */
@Command(
        name = "stdio",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Runs an MCP server over stdio behind the limits; an MCP client starts it in place of the server.",
            "Messages pass from standard input to the server, and from the server to standard output. The log"
                    + " goes to standard error. The command exits when the client closes its end or the server exits;"
                    + " all processes of the server end with it."
        },
        footer = {
            "",
            "Examples:",
            "  weir stdio -- npx -y @modelcontextprotocol/server-everything stdio",
            "  weir stdio --set upstreams.default.capacity=4 -- ./server --verbose",
            "",
            "In a client's mcpServers file:",
            "  {\"mcpServers\": {\"files\": {\"command\": \"weir\", \"args\": [\"stdio\", \"--\",",
            "    \"npx\", \"-y\", \"@modelcontextprotocol/server-filesystem\", \"/data\"]}}}"
        })
final class StdioCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigurationOptions configuration;

    @Option(
            names = "--log-format",
            paramLabel = "text|json",
            description = "Format of the log, which goes to standard error (default text).")
    private String logFormat = "text";

    @Option(names = "--log-level", paramLabel = "LEVEL", description = "error, warn (default), info, debug or trace.")
    private String logLevel = "warn";

    @Parameters(paramLabel = "-- COMMAND", arity = "0..*", description = "The MCP server, with its arguments.")
    private List<String> command = new ArrayList<>();

    @SuppressWarnings("NullAway.Init") // picocli injects
    private StdioCommand() {}

    @Override
    public Integer call() throws Exception {
        Logging.configure(logFormat, logLevel);
        List<String> words =
                CommandArguments.behindDashes(spec.commandLine(), command, "give the command of the server after --");
        if (words.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "Missing the command of the server: weir stdio -- COMMAND ARGS...");
        }
        GatewayConfigLoader loader = JvmMemory.loader().overPipe();
        configuration.applyTo(loader);
        loader.command(words);
        GatewayConfig loaded = loader.load();
        loader.notes().forEach(note -> spec.commandLine().getErr().println("weir: " + note));
        UpstreamConfig upstream = loaded.upstreams().stream()
                .filter(each -> each.name().equals("default"))
                .findFirst()
                .orElseThrow();
        missing(upstream).ifPresent(why -> spec.commandLine().getErr().println("weir: warning: " + why));
        StdioProxy proxy =
                new StdioProxy(loaded, upstream, new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
        // Whatever a library prints must not reach the client.
        System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.err), true, Charset.defaultCharset()));
        Runtime.getRuntime().addShutdownHook(new Thread(proxy::close, "weir-shutdown"));
        return proxy.run(new FileInputStream(FileDescriptor.in));
    }

    /** Why the server cannot be started, where that is seen before it is. */
    static Optional<String> missing(UpstreamConfig upstream) {
        return upstream.transport() instanceof StdioTransport stdio
                ? Programs.missing(stdio).map(why -> "the server cannot be started: " + why)
                : Optional.empty();
    }
}
