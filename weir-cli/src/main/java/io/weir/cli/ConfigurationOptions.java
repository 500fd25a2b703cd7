package io.weir.cli;

import io.weir.config.GatewayConfigLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of commands that run with a configuration. */
final class ConfigurationOptions {
    @Option(names = "--config", paramLabel = "FILE", description = "Configuration in YAML.")
    private @Nullable Path config;

    @Option(
            names = "--profile",
            paramLabel = "NAME",
            description = "development, staging, production (default) or high_throughput.")
    private @Nullable String profile;

    @Option(names = "--set", paramLabel = "SECTION.KEY=VALUE", description = "Sets one key; may be repeated.")
    private List<String> settings = new ArrayList<>();

    /** Passes them on. */
    void applyTo(GatewayConfigLoader loader) {
        if (config != null) {
            loader.file(config);
        }
        if (profile != null) {
            loader.profile(profile);
        }
        settings.forEach(loader::set);
    }
}
