package io.weir.cli;

import io.weir.gateway.auth.ApiKeys;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes an API key for a tenant. */
@Command(
        name = "key",
        mixinStandardHelpOptions = true,
        description =
                "Makes an API key: prints the key to give to the tenant, and the line for the file of --api-keys.",
        footer = {"", "Example:", "  weir key acme"})
final class KeyCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "TENANT", description = "Letters, digits, '-', '_' and '.', 64 at the most.")
    private String tenant;

    @SuppressWarnings("NullAway.Init") // picocli injects
    private KeyCommand() {}

    @Override
    public Integer call() {
        try {
            String key = ApiKeys.generate();
            String line = ApiKeys.hashLine(tenant, key);
            spec.commandLine().getOut().println("key for the tenant (shown only now):  " + key);
            spec.commandLine().getOut().println("line for the file of --api-keys:      " + line);
            return 0;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }
}
