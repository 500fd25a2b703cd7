package io.weir.cli;

import io.weir.config.ConfigException;
import io.weir.core.config.ConfigKey;
import io.weir.core.config.Profile;
import io.weir.core.config.WeirConfig;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints a profile as a file that can be used. */
@Command(
        name = "profiles",
        mixinStandardHelpOptions = true,
        description = "Prints a profile, or all of them, as YAML that can be used as a configuration file. Values that"
                + " follow others, such as a tenant's ten times a connection's, stand there as comments.",
        footer = {"", "Example:", "  weir profiles staging > weir.yaml"})
final class ProfilesCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "NAME",
            arity = "0..1",
            description = "development, staging, production or high_throughput. Without it, all are printed.")
    private @Nullable String name;

    @SuppressWarnings("NullAway.Init") // picocli injects
    private ProfilesCommand() {}

    @Override
    public Integer call() throws ConfigException {
        String wanted = name;
        if (wanted == null) {
            for (Profile profile : Profile.values()) {
                print(profile);
                spec.commandLine().getOut().println(profile == Profile.HIGH_THROUGHPUT ? "" : "---");
            }
            return 0;
        }
        print(Profile.ofKey(wanted)
                .orElseThrow(() -> new ConfigException(List.of("there is no profile '" + wanted
                        + "'; there are development, staging, production and high_throughput"))));
        return 0;
    }

    private void print(Profile profile) {
        PrintWriter out = spec.commandLine().getOut();
        WeirConfig config = profile.builder(Runtime.getRuntime().maxMemory()).build();
        out.println("profile: " + profile.key());
        for (String section : new String[] {ConfigKey.QUEUE_LIMITS, ConfigKey.BACKPRESSURE}) {
            out.println(section + ":");
            Arrays.stream(ConfigKey.values())
                    .filter(key -> key.section().equals(section))
                    .forEach(key -> out.println("  " + line(key, config)));
        }
        out.flush();
    }

    /** What follows another value is not set, or it would stay as it is when that one is changed. */
    private static String line(ConfigKey key, WeirConfig config) {
        String setting = key.key() + ": " + key.get(config);
        return key.derivation().map(from -> "# " + setting + " (" + from + ")").orElse(setting);
    }
}
