package io.weir.config;

import io.weir.core.config.ConfigKey;
import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.Profile;
import io.weir.core.queue.Capacity;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Puts a gateway's configuration together: a profile, over it a file, over that single settings, over those what has a
 * flag of its own. Not thread-safe.
 */
public final class GatewayConfigLoader {
    /** A URL behind a text that is none: that was meant to be a name. */
    private static final Pattern NAMED_URL = Pattern.compile("(?i)(?!https?:)[^=]*=https?://.*");

    /** The name of an upstream that the command line gives none. */
    private static final String UNNAMED = "default";

    /** Keys of an upstream that may hold a secret. */
    private static final List<String> SECRETS = List.of("url", "headers", "command", "args", "env");

    /** The sections that a patch can change. */
    private static final List<String> LIMITS = List.of(ConfigKey.QUEUE_LIMITS, ConfigKey.BACKPRESSURE);

    /** What can be changed while a gateway runs without its file. */
    private static final List<String> PATCHED =
            List.of(ConfigKey.QUEUE_LIMITS, ConfigKey.BACKPRESSURE, Keys.TENANTS, LoadedConfig.PROFILE);

    private static final int ALL_SIXTEENTHS = 16;
    private static final int LEAST_SIXTEENTHS = 4;

    /** Heaps that people choose, in MiB. */
    private static final long[] HEAPS = {
        128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12288, 16384, 24576, 32768, 65536
    };

    private MemoryPlan.Jvm jvm;

    private final UnaryOperator<@Nullable String> environment;
    private final List<String> settings = new ArrayList<>();
    private final List<Flag> flags = new ArrayList<>();
    private final List<String> upstreams = new ArrayList<>();
    private List<String> command = List.of();
    private final List<Path> mcpServersFiles = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private @Nullable Path file;
    private @Nullable String profile;
    private boolean requiresUpstream = true;
    private boolean requiresMemory = true;
    private boolean requiresSecrets = true;
    private boolean pipe;

    /** An option of the command line that stands for one key. */
    private record Flag(String option, String section, String key, String value) {}

    /**
     * A loader.
     *
     * @param heapBytes the heap that the process may use
     * @param environment the value of an environment variable, or null
     */
    public GatewayConfigLoader(long heapBytes, UnaryOperator<@Nullable String> environment) {
        this.jvm = new MemoryPlan.Jvm(heapBytes, heapBytes);
        this.environment = environment;
    }

    /** Says how much direct memory the process may use, in bytes; without it as much as heap. */
    public GatewayConfigLoader directBytes(long directBytes) {
        this.jvm = new MemoryPlan.Jvm(jvm.heapBytes(), directBytes);
        return this;
    }

    /** The most memory that a configuration can take, held against what the process was given. */
    public MemoryPlan memory(GatewayConfig config) {
        return MemoryPlan.of(jvm, config, MemoryPlan.eventLoops());
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

    /**
     * Sets one key by an option of its own, which goes before everything else and is named in problems.
     *
     * @param option as it was typed, such as {@code --http}
     */
    public GatewayConfigLoader flag(String option, String section, String key, String value) {
        flags.add(new Flag(option, section, key, value));
        return this;
    }

    /** Adds an upstream: {@code URL} or {@code NAME=URL}. */
    public GatewayConfigLoader upstream(String upstream) {
        upstreams.add(upstream);
        return this;
    }

    /** Adds the upstream {@code default}, which is started by a command: a program and its arguments. */
    public GatewayConfigLoader command(List<String> programAndArguments) {
        command = List.copyOf(programAndArguments);
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

    /** For a client at the other end of a pipe ({@code weir stdio}), in place of those that connect. */
    public GatewayConfigLoader overPipe() {
        pipe = true;
        return this;
    }

    /**
     * Notes that a configuration can take more memory than there is, instead of rejecting it: it may be for another
     * machine.
     */
    public GatewayConfigLoader withoutMemory() {
        requiresMemory = false;
        return this;
    }

    /**
     * Leaves values that name an environment variable or a file which is missing as they are written: for uses that
     * reach no server.
     */
    public GatewayConfigLoader withoutSecrets() {
        requiresSecrets = false;
        return this;
    }

    /** What is worth knowing about what was loaded; complete after {@link #load}. */
    public List<String> notes() {
        return notes;
    }

    /** The configuration. @throws ConfigException with everything that is wrong */
    public GatewayConfig load() throws ConfigException {
        return load(read(), Map.of()).config();
    }

    /** The file in YAML, if there is one. */
    public Optional<Path> file() {
        return Optional.ofNullable(file);
    }

    /** The heap that the configuration is planned for, in bytes. */
    public long heapBytes() {
        return jvm.heapBytes();
    }

    /** Reads all files. @throws ConfigException with each that cannot be read */
    public ConfigTexts read() throws ConfigException {
        List<Path> files = new ArrayList<>(mcpServersFiles);
        if (file != null) {
            files.add(0, file);
        }
        return ConfigTexts.read(files);
    }

    /**
     * The configuration that files of that content give.
     *
     * @param texts of all files
     * @param patches go before everything else, by their paths; {@code profile} is one
     * @throws ConfigException with everything that is wrong
     */
    public LoadedConfig load(ConfigTexts texts, Map<String, Setting> patches) throws ConfigException {
        Map<String, Setting> set = new LinkedHashMap<>();
        GatewayConfig built = buildToFit(texts, patches, set);
        List<String> tooMuch = new ArrayList<>(memory(built).problems());
        if (!requiresMemory) {
            notes.addAll(tooMuch);
        } else if (!tooMuch.isEmpty()) {
            tooMuch.add(
                    "Options of the JVM are given in the environment variable WEIR_JAVA_OPTS" + enough(texts, patches));
            throw new ConfigException(tooMuch);
        }
        if (GatewayConfig.pauses(built.limits()) && !pipe) {
            notes.add(
                    "queue_limits.backpressure_action is pause: clients over TCP are not read from while their limits are"
                            + " full, and clients over HTTP are refused, as with refuse");
        }
        for (UpstreamConfig upstream : built.upstreams()) {
            requireOther(built, upstream);
            noteConnections(upstream);
        }
        return new LoadedConfig(built, set, notes);
    }

    /**
     * The limits that files of that content give: as {@link #load}, but what is not part of them may name variables and
     * files that are missing.
     */
    public LoadedConfig limits(ConfigTexts texts, Map<String, Setting> patches) throws ConfigException {
        boolean required = requiresSecrets;
        requiresSecrets = false;
        try {
            return load(texts, patches);
        } finally {
            requiresSecrets = required;
        }
    }

    /**
     * Limits that follow the heap leave room for what else there is, down to a quarter of what they are by themselves.
     * If even that does not fit, they are as usual.
     */
    private GatewayConfig buildToFit(ConfigTexts texts, Map<String, Setting> patches, Map<String, Setting> set)
            throws ConfigException {
        for (int sixteenths = ALL_SIXTEENTHS; sixteenths >= LEAST_SIXTEENTHS; sixteenths--) {
            GatewayConfig built = build(texts, patches, set, sixteenths);
            if (memory(built).problems().isEmpty()) {
                if (sixteenths < ALL_SIXTEENTHS && !set.containsKey(LoadedConfig.path(ConfigKey.GLOBAL_MAX_BYTES))) {
                    notes.add("queue_limits.global_max_bytes is "
                            + MemoryPlan.text(built.limits().queueLimits().globalMaxBytes())
                            + ", less than a quarter of the heap: the rest of the configuration takes more than usual");
                }
                return built;
            }
        }
        return build(texts, patches, set, ALL_SIXTEENTHS);
    }

    /** With how much memory it would do; limits that follow the heap grow with it, so that this is tried. */
    private String enough(ConfigTexts texts, Map<String, Setting> patches) throws ConfigException {
        MemoryPlan.Jvm given = jvm;
        try {
            for (long mib : HEAPS) {
                long bytes = mib << 20;
                jvm = new MemoryPlan.Jvm(bytes, bytes);
                if (bytes > given.heapBytes()
                        && memory(buildToFit(texts, patches, new LinkedHashMap<>()))
                                .problems()
                                .isEmpty()) {
                    boolean separate = given.directBytes() != given.heapBytes();
                    String direct = separate ? " -XX:MaxDirectMemorySize=" + mib + "m" : "";
                    String options = "-Xmx" + mib + "m" + direct;
                    return "; this would do: WEIR_JAVA_OPTS=" + (separate ? "'" + options + "'" : options);
                }
            }
            return "";
        } finally {
            jvm = given;
        }
    }

    /** A gateway in front of itself passes each request on to itself until all its limits are full. */
    private static void requireOther(GatewayConfig config, UpstreamConfig upstream) throws ConfigException {
        URI url;
        if (upstream.transport() instanceof HttpTransport to) {
            url = to.url();
        } else if (upstream.transport() instanceof TcpTransport to) {
            url = to.url();
        } else {
            return;
        }
        String key = config.http().isReachedBy(url)
                ? "http.listen"
                : config.admin().isReachedBy(url)
                        ? "admin.listen"
                        : config.tcp()
                                        .filter(tcp -> tcp.listen().isReachedBy(url))
                                        .isPresent()
                                ? "tcp.listen"
                                : null;
        if (key != null) {
            throw new ConfigException(List.of("upstreams." + upstream.name() + ".url: " + Redaction.of(url)
                    + " is where this gateway itself listens (" + key + "); name the address of the MCP server, or"
                    + " choose another for " + key));
        }
    }

    /** @param sixteenths of how many sixteenths of the heap the limits that follow it are a part */
    private GatewayConfig build(
            ConfigTexts texts, Map<String, Setting> patches, Map<String, Setting> set, int sixteenths)
            throws ConfigException {
        notes.clear();
        References references = new References(environment, requiresSecrets);
        YamlFile yaml = file == null ? null : YamlFile.parse(file, texts.of(file), references);
        List<String> problems = new ArrayList<>();
        ConfigBuilder builder = new ConfigBuilder(
                startingProfile(yaml, patches, problems),
                jvm,
                jvm.heapBytes() * sixteenths / ALL_SIXTEENTHS,
                AdminToken.usual(environment));
        if (pipe) {
            builder.overPipe();
        }
        if (yaml != null) {
            problems.addAll(yaml.applyTo(builder));
            builder.endFile();
            set.putAll(yaml.document().settings());
        }
        for (Path each : mcpServersFiles) {
            McpServersFile servers = new McpServersFile(each, texts.of(each), references);
            problems.addAll(servers.applyTo(builder));
            notes.addAll(servers.notes());
        }
        upstreams.forEach(each -> addUpstream(builder, each, problems));
        addCommand(builder, problems);
        settings.forEach(each -> apply(builder, each, set, problems));
        flags.forEach(each -> apply(builder, each, set, problems));
        patches.forEach((path, patch) -> apply(builder, path, patch, problems));
        if (profile != null) {
            set.put(LoadedConfig.PROFILE, new Setting(profile, Source.option("--profile")));
        }
        set.putAll(patches);
        if (problems.isEmpty() && requiresUpstream && !builder.hasUpstreams()) {
            problems.addAll(notes);
            problems.add(
                    "no upstream configured: name an MCP server with --upstream URL, or start one with -- COMMAND");
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        try {
            return builder.build();
        } catch (InvalidConfigException e) {
            throw new ConfigException(List.of(place(e.key(), set) + e.getMessage()));
        }
    }

    /** Where a key is set in the file, or one of its section if it is not set there itself; then the file alone. */
    private String place(String path, Map<String, Setting> set) {
        if (file == null) {
            return "";
        }
        Optional<Source> own = Optional.ofNullable(set.get(path)).map(Setting::source);
        if (own.isPresent()) {
            return own.get().kind() == Source.Kind.FILE ? own.get().at() + ": " : "";
        }
        int dot = path.indexOf('.');
        String section = path.substring(0, dot < 0 ? 0 : dot + 1);
        return set.entrySet().stream()
                .filter(each -> dot > 0 && each.getKey().startsWith(section))
                .map(each -> each.getValue().source())
                .filter(source -> source.kind() == Source.Kind.FILE)
                .map(source -> source.at() + ": ")
                .findFirst()
                .orElse(file + ": ");
    }

    /** Whether a key is below the name of a tenant: {@code acme.max_messages}. */
    private static boolean isTenant(String section, String key) {
        return section.equals(Keys.TENANTS) && key.lastIndexOf('.') > 0;
    }

    private static void tenant(ConfigBuilder builder, String key, String text) {
        int last = key.lastIndexOf('.');
        builder.tenant(key.substring(0, last), key.substring(last + 1), text);
    }

    /** A patch is of the limits alone: nothing else goes before the command line. */
    private static void apply(ConfigBuilder builder, String path, Setting patch, List<String> problems) {
        if (path.equals(LoadedConfig.PROFILE)) {
            return;
        }
        int dot = path.indexOf('.');
        String section = dot < 0 ? path : path.substring(0, dot);
        String key = path.substring(dot + 1);
        String other = dot < 0 ? Keys.sectionOf(path) : null;
        if (isTenant(section, key)) {
            try {
                tenant(builder, key, patch.text());
            } catch (InvalidConfigException e) {
                problems.add(path.substring(0, path.lastIndexOf('.') + 1) + e.getMessage());
            }
        } else if (other != null && LIMITS.contains(other)) {
            problems.add(path + ": belongs to section " + other);
        } else if (other != null
                || section.equals(Keys.UPSTREAMS)
                || (Keys.SECTIONS.contains(section) && !LIMITS.contains(section))) {
            problems.add(path + ": is no limit; change it in the configuration file" + ConfigChange.effect(path));
        } else if (dot < 0) {
            List<String> known = new ArrayList<>(List.of(LoadedConfig.PROFILE, "persist"));
            known.addAll(LIMITS);
            LIMITS.forEach(each -> known.addAll(Keys.names(each)));
            problems.add(path + ": " + Suggestions.unknownKey(path, known));
        } else if (!LIMITS.contains(section)) {
            problems.add(path + ": unknown section" + Suggestions.hint(section, PATCHED));
        } else if (ConfigKey.find(section, key).isEmpty()) {
            problems.add(path + ": " + Suggestions.unknownKey(section, key));
        } else {
            try {
                builder.set(section, key, patch.text());
            } catch (InvalidConfigException e) {
                problems.add(section + "." + e.getMessage());
            }
        }
    }

    private void noteConnections(UpstreamConfig upstream) {
        Capacity capacity = upstream.queue().policy().capacity();
        if (upstream.transport() instanceof HttpTransport http
                && !capacity.adaptive()
                && capacity.limit() > http.maxConnections()) {
            notes.add("upstreams." + upstream.name() + ".capacity is " + capacity.limit()
                    + ", but max_connections is " + http.maxConnections()
                    + ": no more than that will be in flight; raise max_connections, or lower capacity");
        }
    }

    private Profile startingProfile(@Nullable YamlFile yaml, Map<String, Setting> patches, List<String> problems) {
        Setting patch = patches.get(LoadedConfig.PROFILE);
        if (patch != null) {
            Optional<Profile> found = Profile.ofKey(patch.text());
            if (found.isEmpty()) {
                problems.add("profile: " + YamlFile.unknownProfile(patch.text()));
            }
            return found.orElse(Profile.PRODUCTION);
        }
        Optional<Profile> named = yaml == null ? Optional.empty() : yaml.profile();
        if (profile == null) {
            return named.orElse(Profile.PRODUCTION);
        }
        Optional<Profile> found = Profile.ofKey(profile);
        if (found.isEmpty()) {
            problems.add("--profile: " + YamlFile.unknownProfile(profile));
        }
        return found.orElse(Profile.PRODUCTION);
    }

    private static void addUpstream(ConfigBuilder builder, String text, List<String> problems) {
        int equals = text.indexOf('=');
        boolean named = equals > 0
                && text.substring(0, equals).indexOf('?') < 0
                && (text.substring(0, equals).indexOf('/') < 0
                        || NAMED_URL.matcher(text).matches());
        String name = named ? text.substring(0, equals) : UNNAMED;
        String url = named ? text.substring(equals + 1) : text;
        try {
            builder.upstream(name, url);
        } catch (InvalidConfigException e) {
            problems.add("--upstream " + (named ? Redaction.of(name) + "=" : "") + Redaction.of(url) + ": "
                    + e.getMessage());
        }
    }

    private void addCommand(ConfigBuilder builder, List<String> problems) {
        if (command.isEmpty()) {
            return;
        }
        try {
            builder.command(UNNAMED, command);
        } catch (InvalidConfigException e) {
            problems.add("-- " + CommandLineText.of(command) + ": " + e.getMessage());
        }
    }

    private static void apply(ConfigBuilder builder, Flag flag, Map<String, Setting> set, List<String> problems) {
        try {
            builder.set(flag.section(), flag.key(), flag.value());
            set.put(flag.section() + "." + flag.key(), new Setting(flag.value(), Source.option(flag.option())));
        } catch (InvalidConfigException e) {
            problems.add(flag.option() + " " + flag.value() + ": "
                    + String.valueOf(e.getMessage()).replaceFirst("^" + flag.key() + ": ", ""));
        }
    }

    /** Whether the last part of an upstream's key is known and holds no secret. */
    private static boolean isHarmless(String key) {
        String last = key.substring(key.lastIndexOf('.') + 1);
        return SECRETS.stream().noneMatch(each -> key.contains("." + each))
                && Keys.allOfUpstream().contains(last);
    }

    /** The value of a setting is told only where its key is one that holds no secret. */
    private static void apply(ConfigBuilder builder, String setting, Map<String, Setting> set, List<String> problems) {
        String name = Redaction.name(setting);
        int equals = setting.indexOf('=');
        int dot = setting.indexOf('.');
        if (dot < 1 || equals < dot) {
            problems.add("--set " + name + ": must be section.key=value, such as queue_limits.max_messages=50");
            return;
        }
        String section = setting.substring(0, dot);
        String key = setting.substring(dot + 1, equals);
        set.put(setting.substring(0, equals), new Setting(setting.substring(equals + 1), Source.option("--set")));
        if (section.equals("upstreams")) {
            try {
                UpstreamSetting.apply(builder, key, setting.substring(equals + 1));
            } catch (InvalidConfigException e) {
                problems.add("--set " + (isHarmless(key) ? setting : name) + ": " + e.getMessage());
            }
        } else if (isTenant(section, key)) {
            try {
                tenant(builder, key, setting.substring(equals + 1));
            } catch (InvalidConfigException e) {
                problems.add("--set " + setting + ": " + e.getMessage());
            }
        } else if (!Keys.SECTIONS.contains(section)) {
            problems.add(
                    "--set " + name + ": unknown section '" + section + "'" + Suggestions.hint(section, Keys.SECTIONS));
        } else if (Keys.find(section, key).isEmpty()) {
            problems.add("--set " + name + ": " + section + "." + key + ": " + Suggestions.unknownKey(section, key));
        } else {
            try {
                builder.set(section, key, setting.substring(equals + 1));
            } catch (InvalidConfigException e) {
                boolean secret = Keys.find(section, key).filter(Keys::isSecret).isPresent();
                problems.add("--set " + (secret ? name : setting) + ": " + e.getMessage());
            }
        }
    }
}
