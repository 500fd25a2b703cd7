package io.weir.cli;

import io.weir.config.ConfigException;
import io.weir.config.GatewayConfig;
import io.weir.gateway.auth.ApiKeys;
import io.weir.gateway.auth.InvalidApiKeysException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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
                "Validates a configuration file. Prints every problem with its line and column, and exits 2 if there is one.",
        footer = {"", "Example:", "  weir check weir.yaml"})
final class CheckCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "Configuration in YAML.")
    private Path file;

    @SuppressWarnings("NullAway.Init") // picocli injects
    private CheckCommand() {}

    @Override
    public Integer call() throws ConfigException {
        GatewayConfig config = JvmMemory.loader().file(file).withoutUpstream().load();
        if (config.apiKeys().isPresent()) {
            checkKeys(config.apiKeys().get());
        }
        spec.commandLine()
                .getOut()
                .println(file + ": valid; profile " + config.profile() + ", "
                        + config.upstreams().size()
                        + (config.upstreams().size() == 1 ? " upstream" : " upstreams"));
        return 0;
    }

    /** @throws ConfigException if the file of API keys cannot be read, or a line of it is wrong */
    static void checkKeys(Path keys) throws ConfigException {
        try {
            ApiKeys.load(keys);
        } catch (IOException e) {
            throw new ConfigException(List.of("tenants.api_keys_file: " + keys.toAbsolutePath()
                    + " cannot be read; name a file that exists and that this user may read"));
        } catch (InvalidApiKeysException e) {
            throw new ConfigException(List.of("tenants.api_keys_file: " + e.getMessage()));
        }
    }
}
