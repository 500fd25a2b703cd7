package io.weir.gateway.config;

import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.Profile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Puts a gateway's configuration together: a profile, over it a file, over that single settings, over those what has a
 * flag of its own. Not thread-safe.
 */
public final class GatewayConfigLoader {
    private final long heapBytes;
    private final UnaryOperator<@Nullable String> environment;
    private final List<String> settings = new ArrayList<>();
    private final List<String> upstreams = new ArrayList<>();
    private final List<Path> mcpServersFiles = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private @Nullable Path file;
    private @Nullable String profile;
    private boolean requiresUpstream = true;

    /**
     * A loader.
     *
     * @param heapBytes the heap that the process may use
     * @param environment the value of an environment variable, or null
     */
    public GatewayConfigLoader(long heapBytes, UnaryOperator<@Nullable String> environment) {
        this.heapBytes = heapBytes;
        this.environment = environment;
    }

    /** Reads a file in YAML. */
    public GatewayConfigLoader file(Path yaml) {
        this.file = yaml;
        return this;
    }

    /** Starts from a profile, instead of the one that the file names. */
    public GatewayConfigLoader profile(String name) {
        this.profile = name;
        return this;
    }

    /** Sets one key: {@code section.key=value}. */
    public GatewayConfigLoader set(String setting) {
        settings.add(setting);
        return this;
    }

    /** Adds an upstream: {@code URL} or {@code NAME=URL}. */
    public GatewayConfigLoader upstream(String upstream) {
        upstreams.add(upstream);
        return this;
    }

    /** Adds the servers of an {@code mcpServers} file. */
    public GatewayConfigLoader mcpServers(Path json) {
        mcpServersFiles.add(json);
        return this;
    }

    /** Does without an upstream: to check a file, or to show values. */
    public GatewayConfigLoader withoutUpstream() {
        requiresUpstream = false;
        return this;
    }

    /** What is worth knowing about what was loaded; complete after {@link #load}. */
    public List<String> notes() {
        return notes;
    }

    /** The configuration. @throws ConfigException with everything that is wrong */
    public GatewayConfig load() throws ConfigException {
        YamlFile yaml = file == null ? null : YamlFile.read(file);
        ConfigDraft draft = new ConfigDraft(startingProfile(yaml), heapBytes);
        List<String> problems = new ArrayList<>();
        if (yaml != null) {
            problems.addAll(yaml.applyTo(draft));
        }
        for (Path each : mcpServersFiles) {
            McpServersFile servers = new McpServersFile(each, environment);
            problems.addAll(servers.applyTo(draft));
            notes.addAll(servers.notes());
        }
        upstreams.forEach(each -> addUpstream(draft, each, problems));
        settings.forEach(each -> apply(draft, each, problems));
        if (problems.isEmpty() && requiresUpstream && !draft.hasUpstreams()) {
            problems.add("There is no MCP server to stand in front of: name one with --upstream URL");
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        try {
            return draft.build();
        } catch (InvalidConfigException e) {
            throw new ConfigException(List.of((file == null ? "" : file + ": ") + e.getMessage()));
        }
    }

    private Profile startingProfile(@Nullable YamlFile yaml) throws ConfigException {
        if (profile != null) {
            String name = profile;
            return Profile.ofKey(name)
                    .orElseThrow(() -> new ConfigException(List.of("--profile: there is no profile '" + name
                            + "'; there are development, staging, production and high_throughput")));
        }
        Optional<Profile> named = yaml == null ? Optional.empty() : yaml.profile();
        return named.orElse(Profile.PRODUCTION);
    }

    private static void addUpstream(ConfigDraft draft, String text, List<String> problems) {
        int equals = text.indexOf('=');
        boolean named = equals > 0 && !text.substring(0, equals).contains("/");
        String name = named ? text.substring(0, equals) : "default";
        try {
            draft.upstream(name, named ? text.substring(equals + 1) : text, Map.of());
        } catch (InvalidConfigException e) {
            problems.add("--upstream " + text + ": " + e.getMessage());
        }
    }

    private static void apply(ConfigDraft draft, String setting, List<String> problems) {
        int equals = setting.indexOf('=');
        int dot = setting.indexOf('.');
        if (dot < 1 || equals < dot) {
            problems.add("--set " + setting + ": must be section.key=value, such as queue_limits.max_messages=50");
            return;
        }
        String section = setting.substring(0, dot);
        String key = setting.substring(dot + 1, equals);
        if (section.equals("upstreams")) {
            try {
                UpstreamSetting.apply(draft, key, setting.substring(equals + 1));
            } catch (InvalidConfigException e) {
                problems.add("--set " + setting + ": " + e.getMessage());
            }
        } else if (!ConfigDraft.sections().contains(section)) {
            problems.add("--set " + setting + ": there is no section '" + section + "'; there are "
                    + String.join(", ", ConfigDraft.sections()));
        } else if (!ConfigDraft.keys(section).contains(key)) {
            problems.add("--set " + setting + ": " + section + "." + key + ": " + YamlFile.unknownKey(section, key));
        } else {
            try {
                draft.set(section, key, setting.substring(equals + 1));
            } catch (InvalidConfigException e) {
                problems.add("--set " + setting + ": " + e.getMessage());
            }
        }
    }
}
