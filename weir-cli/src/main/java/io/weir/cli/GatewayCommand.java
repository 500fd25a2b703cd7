package io.weir.cli;

import io.weir.config.ConfigTexts;
import io.weir.config.GatewayConfig;
import io.weir.config.GatewayConfigLoader;
import io.weir.config.LoadedConfig;
import io.weir.gateway.Gateway;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs the gateway in front of MCP servers until a signal stops it. */
@Command(
        name = "gateway",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Runs the gateway in front of MCP servers.",
            "SIGTERM, Ctrl-C and 'weir drain' drain: requests in flight are answered, then it exits 0; a second signal ends it at once"
                    + " (exit 143 or 130). SIGHUP has changed files read at once: the configuration, API keys and certificates."
        },
        footer = {
            "",
            "Examples:",
            "  weir gateway --upstream http://127.0.0.1:3001/mcp",
            "  weir gateway --upstream files=http://127.0.0.1:3001/mcp \\",
            "               --upstream search=http://127.0.0.1:3002/mcp",
            "  weir gateway -- npx -y @modelcontextprotocol/server-everything stdio",
            "  weir gateway --mcp-config mcp.json",
            "  weir gateway --config weir.yaml --set queue_limits.max_messages=50",
            "",
            "One upstream is served at /mcp and /NAME/mcp, several at /NAME/mcp.",
            "The operator's port has a page, and an API: see /openapi.json there.",
            "All keys: docs/configuration.md, or 'weir profiles production'.",
            "",
            "JVM options come from the environment. All memory limits follow the heap,",
            "which must be at least 128 MiB:",
            "  WEIR_JAVA_OPTS=-Xmx512m weir gateway --upstream http://127.0.0.1:3001/mcp"
        })
final class GatewayCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigurationOptions configuration;

    @Option(names = "--http", paramLabel = "HOST:PORT", description = "Where clients connect (default 127.0.0.1:8080).")
    private @Nullable String http;

    @Option(
            names = "--tcp",
            paramLabel = "HOST:PORT",
            description = "Where clients connect that speak JSON-RPC over TCP, a message a line (default: nowhere).")
    private @Nullable String tcp;

    @Option(
            names = "--admin",
            paramLabel = "HOST:PORT",
            description = "Where the operator connects (default 127.0.0.1:9090).")
    private @Nullable String admin;

    @Option(
            names = "--upstream",
            paramLabel = "[NAME=]URL",
            description = "An MCP server over Streamable HTTP; may be repeated. Without a name it is 'default'.")
    private List<String> upstreams = new ArrayList<>();

    @Option(
            names = "--mcp-config",
            paramLabel = "FILE",
            description = "A file with mcpServers, as desktop clients use.")
    private List<Path> mcpConfigs = new ArrayList<>();

    @Option(
            names = "--api-keys",
            paramLabel = "FILE",
            description =
                    "Hashed API keys with their tenants (see 'weir key'). Without it every client is tenant 'default'.")
    private @Nullable Path apiKeys;

    @Option(
            names = "--decision-log",
            paramLabel = "FILE",
            description = "Writes every decision, without the contents of messages, for 'weir replay'.")
    private @Nullable Path decisionLog;

    @Option(
            names = "--access-log",
            paramLabel = "FILE",
            description = "Writes a line of JSON for each finished request, without the contents of messages.")
    private @Nullable Path accessLog;

    @Option(
            names = "--log-format",
            paramLabel = "text|json",
            description = "Format of the log, which goes to standard error (default text).")
    private String logFormat = "text";

    @Option(names = "--log-level", paramLabel = "LEVEL", description = "error, warn, info (default), debug or trace.")
    private String logLevel = "info";

    @Parameters(
            paramLabel = "-- COMMAND",
            arity = "0..*",
            description =
                    "An MCP server over stdio, with its arguments. The gateway starts one for each session, as the"
                            + " upstream 'default'.")
    private List<String> command = new ArrayList<>();

    @SuppressWarnings("NullAway.Init") // picocli injects
    private GatewayCommand() {}

    @Override
    public Integer call() throws Exception {
        Logging.configure(logFormat, logLevel);
        GatewayConfigLoader loader = JvmMemory.loader();
        configuration.applyTo(loader);
        mcpConfigs.forEach(loader::mcpServers);
        upstreams.forEach(loader::upstream);
        loader.command(CommandArguments.behindDashes(
                spec.commandLine(),
                command,
                "give the URL of a server with --upstream, and the command of one after --"));
        if (http != null) {
            loader.flag("--http", "http", "listen", http);
        }
        if (tcp != null) {
            loader.flag("--tcp", "tcp", "listen", tcp);
        }
        if (admin != null) {
            loader.flag("--admin", "admin", "listen", admin);
        }
        if (apiKeys != null) {
            loader.flag("--api-keys", "tenants", "api_keys_file", apiKeys.toString());
        }
        if (decisionLog != null) {
            loader.flag("--decision-log", "decision_log", "file", decisionLog.toString());
        }
        if (accessLog != null) {
            loader.flag("--access-log", "access_log", "file", accessLog.toString());
        }
        ConfigTexts texts = loader.read();
        LoadedConfig config = loader.load(texts, Map.of());
        GatewayConfig loaded = config.config();
        if (loaded.apiKeys().isPresent()) {
            CheckCommand.checkKeys(loaded.apiKeys().get());
        }
        CheckCommand.checkTokens(loaded);
        // Before clients can connect: a signal that nobody listens to would end the process with what is in flight.
        AtomicReference<@Nullable Gateway> running = new AtomicReference<>();
        Signals signals =
                Signals.listen(() -> ifRunning(running, Gateway::reload), () -> ifRunning(running, this::stop));
        Gateway gateway = Gateway.start(loader, texts, config, Optional.of(new DecisionLogPreview()));
        running.set(gateway);
        gateway.onDrain(signals::requestStop);
        config.notes().forEach(note -> spec.commandLine().getErr().println("weir: " + note));
        Duration ready = sinceStart();
        spec.commandLine().getOut().print(Banner.of(loaded, loader.memory(loaded), gateway, ready));
        spec.commandLine().getOut().flush();
        gateway.tryUpstreams();
        signals.awaitStop();
        stop(gateway);
        return 0;
    }

    private static void ifRunning(AtomicReference<@Nullable Gateway> running, Consumer<Gateway> then) {
        Gateway gateway = running.get();
        if (gateway != null) {
            then.accept(gateway);
        }
    }

    private static Duration sinceStart() {
        Instant now = Instant.now();
        return Duration.between(ProcessHandle.current().info().startInstant().orElse(now), now);
    }

    /** Closing again changes nothing, so it does not matter whether a signal or the end of the JVM comes first. */
    private void stop(Gateway gateway) {
        Logging.stopping();
        gateway.close();
        spec.commandLine().getOut().println("weir: stopped; " + gateway.outcome());
        spec.commandLine().getOut().flush();
    }
}
