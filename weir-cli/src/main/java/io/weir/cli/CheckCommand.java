package io.weir.cli;

import io.weir.config.ConfigException;
import io.weir.config.GatewayConfig;
import io.weir.config.GatewayConfigLoader;
import io.weir.config.IdentityConfig;
import io.weir.config.LoadedConfig;
import io.weir.config.Redaction;
import io.weir.config.ServerTls;
import io.weir.config.Source;
import io.weir.config.StdioTransport;
import io.weir.config.UpstreamConfig;
import io.weir.gateway.auth.ApiKeys;
import io.weir.gateway.auth.InvalidApiKeysException;
import io.weir.gateway.auth.InvalidJwksException;
import io.weir.gateway.auth.Tokens;
import io.weir.gateway.ops.Programs;
import io.weir.gateway.tls.TlsContexts;
import io.weir.gateway.tls.TlsException;
import io.weir.sim.scenario.Scenarios;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says whether a configuration can be used, and everything that is wrong with it. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description =
                "Validates configuration files and scenarios of 'weir simulate', and shows which commands the gateway would"
                        + " start. Prints every problem with its line and column, and exits 2 if there is one.",
        footer = {"", "Examples:", "  weir check weir.yaml", "  weir check scenario.yaml"})
final class CheckCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "Configurations or scenarios in YAML.")
    private List<Path> files = new ArrayList<>();

    @SuppressWarnings("NullAway.Init") // picocli injects
    private CheckCommand() {}

    @Override
    public Integer call() throws ConfigException {
        List<String> problems = new ArrayList<>();
        for (Path file : files) {
            try {
                if (Scenarios.isScenario(file)) {
                    checkScenario(file);
                } else {
                    check(file);
                }
            } catch (ConfigException e) {
                problems.addAll(e.problems());
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return 0;
    }

    private void checkScenario(Path file) throws ConfigException {
        int groups = Scenarios.load(file.toString()).clients().size();
        spec.commandLine()
                .getOut()
                .println(file + ": valid; scenario, " + groups + (groups == 1 ? " group" : " groups") + " of clients");
    }

    private void check(Path file) throws ConfigException {
        GatewayConfigLoader loader =
                JvmMemory.loader().file(file).withoutUpstream().withoutMemory();
        LoadedConfig loaded = loader.load(loader.read(), Map.of());
        try {
            check(file, loader, loaded.config());
        } catch (ConfigException e) {
            throw new ConfigException(e.problems().stream()
                    .map(problem -> place(file, loaded, problem) + ": " + problem)
                    .toList());
        }
    }

    /** Where the key is set that a problem begins with. */
    private static String place(Path file, LoadedConfig loaded, String problem) {
        Source source = loaded.source(problem.replaceFirst(": .*", ""));
        return source.kind() == Source.Kind.FILE ? source.at() : file.toString();
    }

    private void check(Path file, GatewayConfigLoader loader, GatewayConfig config) throws ConfigException {
        List<String> warnings = new ArrayList<>(loader.notes());
        if (config.upstreams().isEmpty()) {
            warnings.add("no upstream configured: the gateway needs --upstream URL or -- COMMAND as well");
        }
        config.upstreams().forEach(upstream -> missing(upstream).ifPresent(warnings::add));
        warnings.addAll(checkTls(config));
        if (config.apiKeys().isPresent()) {
            ApiKeys keys = checkKeys(config.apiKeys().get());
            if (hasKeysAlone(config)) {
                config.upstreams().forEach(upstream -> warnings.addAll(withoutKey(upstream, keys)));
                config.limits().tenants().keySet().stream()
                        .filter(tenant -> !keys.hasTenant(tenant))
                        .forEach(tenant -> warnings.add(
                                "tenants." + tenant + ": this tenant has no API key in tenants.api_keys_file"));
            }
        }
        checkTokens(config);
        warnings.forEach(warning -> spec.commandLine().getErr().println("weir: " + file + ": warning: " + warning));
        int upstreams = config.upstreams().size();
        spec.commandLine()
                .getOut()
                .println(file + ": valid; profile " + config.profile() + ", " + upstreams
                        + (upstreams == 1 ? " upstream" : " upstreams"));
        config.upstreams().forEach(this::command);
    }

    /** Shows what the gateway starts for an upstream, without values that may be secrets. */
    private void command(UpstreamConfig upstream) {
        if (upstream.transport() instanceof StdioTransport stdio) {
            StringBuilder line = new StringBuilder(
                    "  " + upstream.name() + " starts " + stdio.describe() + " (" + stdio.describePolicy() + ")");
            stdio.directory().ifPresent(directory -> line.append(" in ").append(directory));
            if (!stdio.environment().isEmpty()) {
                line.append(" with the variables ")
                        .append(String.join(
                                ", ", new TreeSet<>(stdio.environment().keySet())));
            }
            spec.commandLine().getOut().println(Redaction.printable(line.toString()));
        }
    }

    /**
     * Why its command cannot be started, where that is seen before it is: not an error, as another machine may run the
     * gateway.
     */
    private static Optional<String> missing(UpstreamConfig upstream) {
        return upstream.transport() instanceof StdioTransport stdio
                ? Programs.missing(stdio).map(why -> "upstreams." + upstream.name() + ": " + why)
                : Optional.empty();
    }

    private static List<String> withoutKey(UpstreamConfig upstream, ApiKeys keys) {
        return upstream.queue().tenantWeights().keySet().stream()
                .filter(tenant -> !keys.hasTenant(tenant))
                .sorted()
                .map(tenant -> "upstreams." + upstream.name() + ".tenant_weights." + tenant
                        + ": this tenant has no API key in tenants.api_keys_file")
                .toList();
    }

    /** What is to be known of certificates. @throws ConfigException if files of TLS cannot be used */
    private static List<String> checkTls(GatewayConfig config) throws ConfigException {
        try {
            return TlsContexts.open(config).warnings();
        } catch (TlsException e) {
            throw new ConfigException(String.valueOf(e.getMessage()).lines().toList());
        }
    }

    /** Whether there is no tenant but those of API keys. */
    private static boolean hasKeysAlone(GatewayConfig config) {
        return config.identity().equals(IdentityConfig.NONE)
                && config.tls().tcp().flatMap(ServerTls::clientCa).isEmpty();
    }

    /** Looks at the keys of tokens, if they are in a file. @throws ConfigException if they cannot be used */
    static void checkTokens(GatewayConfig config) throws ConfigException {
        try {
            if (config.identity().jwt().isPresent()) {
                Tokens.check(config.identity().jwt().get());
            }
        } catch (InvalidJwksException e) {
            throw new ConfigException(List.of("tenants.jwt_jwks_file: " + e.getMessage()));
        }
    }

    /** The keys of a file. @throws ConfigException if it cannot be read, or lines of it are wrong */
    static ApiKeys checkKeys(Path keys) throws ConfigException {
        try {
            return ApiKeys.load(keys);
        } catch (IOException e) {
            throw new ConfigException(List.of("tenants.api_keys_file: " + keys.toAbsolutePath()
                    + " cannot be read; name a file that exists and that this user may read"));
        } catch (InvalidApiKeysException e) {
            throw new ConfigException(e.problems().stream()
                    .map(problem -> "tenants.api_keys_file: " + problem)
                    .toList());
        }
    }
}
