package io.weir.cli;

import io.weir.gateway.auth.ApiKeys;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Generates an API key for a tenant. */
@Command(
        name = "key",
        mixinStandardHelpOptions = true,
        description = {
            "Generates an API key for a tenant.",
            "Standard output gets the line for the --api-keys file, which has only a hash of the key; standard error gets"
                    + " the key itself, which is not stored anywhere."
        },
        footer = {"", "Example:", "  weir key acme >> keys.txt"})
final class KeyCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "TENANT", description = "Letters, digits, '-', '_' and '.'; at most 64 characters.")
    private String tenant;

    @SuppressWarnings("NullAway.Init") // picocli injects
    private KeyCommand() {}

    @Override
    public Integer call() {
        try {
            String key = ApiKeys.generate();
            String line = ApiKeys.hashLine(tenant, key);
            spec.commandLine().getErr().println("API key of tenant '" + tenant + "' (shown only once): " + key);
            spec.commandLine().getOut().println(line);
            return 0;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }
}
