package io.weir.sim.scenario;

import io.weir.config.ConfigException;
import io.weir.config.Suggestions;
import io.weir.config.YamlDocument;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** Where scenarios come from: files, and those that are built in. */
public final class Scenarios {
    /**
     * The limits of the process follow the heap; a scenario is the same on every machine, so it has a heap of its own:
     * 4 GiB.
     */
    public static final long HEAP = 4L << 30;

    private static final List<String> BUILT_IN = List.of(
            "queue_limit_exact_enforcement",
            "message_count_hard_limit",
            "byte_size_hard_limit",
            "memory_stability_2x_overload",
            "slow_consumer_fast_producer",
            "deterministic_refusal_rate",
            "bandwidth_throttle",
            "queue_depth_progression",
            "connection_reset_drains_queue",
            "tenant_aggregated_limits",
            "backpressure_signal_propagation",
            "metrics_collection_accuracy",
            "goodput-0.9x",
            "goodput-2x",
            "goodput-5x",
            "goodput-10x",
            "goodput-halves",
            "fairness-noisy-neighbour",
            "fairness-weights");

    private Scenarios() {}

    /** The names of the scenarios that are built in. */
    public static List<String> builtIn() {
        return BUILT_IN;
    }

    /**
     * Reads a file, or the scenario that is built in under that name. @throws ConfigException with everything that is
     * wrong
     */
    public static Scenario load(String fileOrName) throws ConfigException {
        if (BUILT_IN.contains(fileOrName) && !isFile(fileOrName)) {
            return named(fileOrName);
        }
        if (!isFile(fileOrName)) {
            throw new ConfigException(List.of(fileOrName + ": there is no such file, and no such scenario"
                    + Suggestions.hint(fileOrName, BUILT_IN)));
        }
        Path file = Path.of(fileOrName);
        String base =
                file.getFileName() == null ? fileOrName : file.getFileName().toString();
        return ScenarioReader.read(fileOrName, base.replaceFirst("\\.ya?ml$", ""), YamlDocument.text(file));
    }

    /**
     * Whether a file has clients, which a scenario must have and a gateway's configuration cannot. @throws
     * ConfigException if it cannot be read or is not YAML
     */
    public static boolean isScenario(Path file) throws ConfigException {
        return YamlDocument.parse(file.toString(), YamlDocument.text(file), "keys").root().stream()
                .flatMap(root -> root.getValue().stream())
                .anyMatch(entry -> YamlDocument.text(entry.getKeyNode()).equals(ScenarioKeys.CLIENT_GROUPS.name()));
    }

    private static boolean isFile(String text) {
        try {
            return Files.isRegularFile(Path.of(text));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /** Reads a scenario from text. @throws ConfigException with everything that is wrong */
    public static Scenario parse(String name, String text) throws ConfigException {
        return ScenarioReader.read(name, name, text);
    }

    /** A scenario that is built in. @throws IllegalArgumentException if there is none of that name */
    public static Scenario named(String name) {
        String file = name + ".yaml";
        try (InputStream in = Scenarios.class.getResourceAsStream("/io/weir/sim/scenarios/" + file)) {
            if (in == null) {
                throw new IllegalArgumentException("there is no scenario " + name);
            }
            return ScenarioReader.read(file, name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException | ConfigException e) {
            throw new IllegalStateException(file + " cannot be read", e);
        }
    }
}
