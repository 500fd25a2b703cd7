package io.weir.cli;

import static io.weir.cli.JsonTree.child;
import static io.weir.cli.JsonTree.list;
import static io.weir.cli.JsonTree.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.weir.config.ConfigException;
import io.weir.config.GatewayConfigLoader;
import io.weir.config.Keys;
import io.weir.config.LoadedConfig;
import io.weir.config.Redaction;
import io.weir.core.config.ConfigKey;
import io.weir.sim.report.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows and changes the limits of a running gateway. */
@Command(
        name = "limits",
        description =
                "Shows and changes the limits of a running gateway: the sections queue_limits and backpressure, and the"
                        + " profile.",
        mixinStandardHelpOptions = true,
        subcommands = {
            LimitsCommand.Get.class,
            LimitsCommand.Set.class,
            LimitsCommand.Unset.class,
            LimitsCommand.Diff.class,
        },
        footer = {
            "",
            "Examples:",
            "  weir limits get",
            "  weir limits set max_messages=200 max_messages_per_sec=50",
            "  weir limits set max_messages=200 --persist",
            "  weir limits unset max_messages",
            "  weir limits diff weir.yaml"
        })
final class LimitsCommand implements Runnable {
    private static final String PATH = "/limits";
    private static final String TENANTS = "tenants";

    /** What a limit of a tenant is that it does not have. */
    private static final String UNSET = "unset";

    private static final Pattern SETTING = Pattern.compile("([^=]+)=(.*)");

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli injects
    private LimitsCommand() {}

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "say what to do: get, set, unset or diff");
    }

    /**
     * The path of a key that is named with or without its section; any other text stays as it is, for the gateway to
     * judge.
     */
    private static String path(String name) {
        return Arrays.stream(ConfigKey.values())
                .filter(key -> key.key().equals(name))
                .findFirst()
                .map(LoadedConfig::path)
                .orElse(name);
    }

    /** The values of an answer of {@code /limits}, by their paths. */
    private static Map<String, String> values(Object limits) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put(LoadedConfig.PROFILE, text(child(limits, LoadedConfig.PROFILE)));
        for (ConfigKey key : ConfigKey.values()) {
            values.put(LoadedConfig.path(key), text(child(child(limits, key.section()), key.key())));
        }
        if (child(limits, TENANTS) instanceof Map<?, ?> tenants) {
            tenants.forEach((tenant, own) -> {
                if (own instanceof Map<?, ?> keys) {
                    keys.forEach((key, value) -> values.put(TENANTS + "." + tenant + "." + key, text(value)));
                }
            });
        }
        return values;
    }

    /** The paths of both, in their order. */
    private static Collection<String> both(Map<String, String> one, Map<String, String> other) {
        Collection<String> paths = new LinkedHashSet<>(one.keySet());
        paths.addAll(other.keySet());
        return paths;
    }

    /** What set a value. */
    private static String source(Object limits, String path) {
        Object source = child(child(limits, "sources"), path);
        String at = text(child(source, "at"));
        String from = text(child(source, "from"));
        return switch (from) {
            case "file", "option", "derived" -> at;
            default -> at.isEmpty() ? from : from + " " + at;
        };
    }

    /** One of the commands below {@code limits}. */
    private abstract static class Subcommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private AdminOptions gateway;

        @SuppressWarnings("NullAway.Init") // picocli injects
        Subcommand() {}

        abstract int run() throws ConfigException, IOException, InterruptedException, AdminOptions.UnreachableException;

        @Override
        public Integer call()
                throws ConfigException, IOException, InterruptedException, AdminOptions.UnreachableException {
            int code = run();
            out().flush();
            return code;
        }

        PrintWriter out() {
            return spec.commandLine().getOut();
        }

        CommandLine commandLine() {
            return spec.commandLine();
        }

        int failed(String message) {
            spec.commandLine().getErr().println("weir: " + message);
            return Weir.FAILED;
        }

        Object limits() throws ConfigException, IOException, InterruptedException, AdminOptions.UnreachableException {
            return JsonTree.parse(gateway.get(PATH, List.of(200)));
        }

        /** Changes limits and prints what has changed. */
        int change(Map<String, Optional<String>> values, boolean persist, AdminOptions.Token token)
                throws ConfigException, IOException, InterruptedException, AdminOptions.UnreachableException {
            Map<String, String> before = values(limits());
            HttpResponse<String> response = gateway.patch(PATH, body(values, persist), token.read());
            if (response.statusCode() == 401) {
                return failed(AdminOptions.refusal(response));
            }
            Object answer = JsonTree.parse(response.body());
            if (response.statusCode() != 200) {
                List<?> problems = list(child(answer, "problems"));
                if (problems.isEmpty()) {
                    return failed(text(child(answer, "error")));
                }
                problems.forEach(problem -> failed(problem.toString()));
                return response.statusCode() == 409 ? Weir.FAILED : Weir.MISUSED;
            }
            boolean any = false;
            Map<String, String> after = values(answer);
            for (String path : both(before, after)) {
                String was = before.getOrDefault(path, UNSET);
                String is = after.getOrDefault(path, UNSET);
                if (!is.equals(was)) {
                    any = true;
                    out().println(path + ": " + was + " to " + is
                            + (after.containsKey(path) ? " (" + source(answer, path) + ")" : ""));
                }
            }
            if (!any) {
                out().println("these are the limits already");
            }
            if (persist) {
                out().println("written into " + text(child(child(answer, "configuration"), "file")));
            }
            return 0;
        }

        private static String body(Map<String, Optional<String>> values, boolean persist) throws IOException {
            StringWriter out = new StringWriter();
            try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
                json.writeStartObject();
                Map<String, Map<String, Optional<String>>> sections = new LinkedHashMap<>();
                for (Map.Entry<String, Optional<String>> value : values.entrySet()) {
                    int dot = value.getKey().indexOf('.');
                    if (dot < 0) {
                        write(json, value.getKey(), value.getValue());
                    } else {
                        sections.computeIfAbsent(value.getKey().substring(0, dot), name -> new LinkedHashMap<>())
                                .put(value.getKey().substring(dot + 1), value.getValue());
                    }
                }
                for (Map.Entry<String, Map<String, Optional<String>>> section : sections.entrySet()) {
                    json.writeObjectFieldStart(section.getKey());
                    for (Map.Entry<String, Optional<String>> value :
                            section.getValue().entrySet()) {
                        write(json, value.getKey(), value.getValue());
                    }
                    json.writeEndObject();
                }
                json.writeBooleanField("persist", persist);
                json.writeEndObject();
            }
            return out.toString();
        }

        private static void write(JsonGenerator json, String name, Optional<String> value) throws IOException {
            if (value.isPresent()) {
                json.writeStringField(name, value.get());
            } else {
                json.writeNullField(name);
            }
        }
    }

    /** Prints the limits. */
    @Command(
            name = "get",
            mixinStandardHelpOptions = true,
            description = "Prints the limits in force, and what set each of them.")
    static final class Get extends Subcommand {
        @Parameters(paramLabel = "KEY", arity = "0..*", description = "With or without its section; without any, all.")
        private List<String> keys = new ArrayList<>();

        @SuppressWarnings("NullAway.Init") // picocli injects
        private Get() {}

        @Override
        int run() throws ConfigException, IOException, InterruptedException, AdminOptions.UnreachableException {
            Object limits = limits();
            Map<String, String> values = values(limits);
            List<String> paths = keys.stream().map(LimitsCommand::path).toList();
            for (String path : paths) {
                if (!values.containsKey(path)) {
                    throw new ConfigException(List.of(path + ": unknown key; 'weir limits get' prints all"));
                }
            }
            List<Table.Row> rows = new ArrayList<>();
            values.forEach((path, value) -> {
                if (paths.isEmpty() || paths.contains(path)) {
                    rows.add(new Table.Row(path, List.of(value, source(limits, path))));
                }
            });
            out().print(new Table(List.of("value", "from"), rows).text());
            return 0;
        }
    }

    /** Sets limits. */
    @Command(
            name = "set",
            mixinStandardHelpOptions = true,
            description =
                    "Sets limits, all at once or, if one is not valid, none. They hold until the gateway stops, or for"
                            + " good with --persist.")
    static final class Set extends Subcommand {
        @Parameters(paramLabel = "KEY=VALUE", arity = "1..*", description = "KEY with or without its section.")
        private List<String> settings = new ArrayList<>();

        @Option(
                names = "--persist",
                description = "Writes them into the gateway's configuration file as well; its comments stay.")
        private boolean persist;

        @Mixin
        private AdminOptions.Token token;

        @SuppressWarnings("NullAway.Init") // picocli injects
        private Set() {}

        @Override
        int run() throws ConfigException, IOException, InterruptedException, AdminOptions.UnreachableException {
            Map<String, Optional<String>> values = new LinkedHashMap<>();
            for (String setting : settings) {
                Matcher matcher = SETTING.matcher(setting);
                if (!matcher.matches()) {
                    throw new CommandLine.ParameterException(
                            commandLine(), "must be KEY=VALUE, such as max_messages=50, but is '" + setting + "'");
                }
                String path = path(matcher.group(1));
                if (values.putIfAbsent(path, Optional.of(matcher.group(2))) != null) {
                    throw new CommandLine.ParameterException(
                            commandLine(), path + ": duplicate key: its value is given twice; leave one out");
                }
            }
            return change(values, persist, token);
        }
    }

    /** Takes limits back that were set while the gateway ran. */
    @Command(
            name = "unset",
            mixinStandardHelpOptions = true,
            description =
                    "Takes back what 'weir limits set' has set: the file, the command line or the profile count again.")
    static final class Unset extends Subcommand {
        @Parameters(paramLabel = "KEY", arity = "1..*", description = "With or without its section.")
        private List<String> keys = new ArrayList<>();

        @Mixin
        private AdminOptions.Token token;

        @SuppressWarnings("NullAway.Init") // picocli injects
        private Unset() {}

        @Override
        int run() throws ConfigException, IOException, InterruptedException, AdminOptions.UnreachableException {
            Map<String, Optional<String>> values = new LinkedHashMap<>();
            keys.forEach(key -> values.put(path(key), Optional.empty()));
            return change(values, false, token);
        }
    }

    /** Compares the limits with those of a file. */
    @Command(
            name = "diff",
            mixinStandardHelpOptions = true,
            description = "Prints which limits in force differ from those that a configuration file gives: the profile,"
                    + " queue_limits, backpressure, and limits of tenants. Not compared: all other keys, and"
                    + " options of the command line.")
    static final class Diff extends Subcommand {
        @Parameters(paramLabel = "FILE", description = "A configuration in YAML.")
        private Path file;

        @SuppressWarnings("NullAway.Init") // picocli injects
        private Diff() {}

        @Override
        int run() throws ConfigException, IOException, InterruptedException, AdminOptions.UnreachableException {
            Object limits = limits();
            String heap = text(child(limits, "heap_bytes"));
            GatewayConfigLoader loader = new GatewayConfigLoader(
                            heap.isEmpty() ? Runtime.getRuntime().maxMemory() : Long.parseLong(heap), System::getenv)
                    .file(file)
                    .withoutUpstream()
                    .withoutMemory()
                    .withoutSecrets();
            LoadedConfig other = loader.load(loader.read(), Map.of());
            Map<String, String> running = values(limits);
            Map<String, String> others = new LinkedHashMap<>();
            others.put(LoadedConfig.PROFILE, other.config().profile());
            for (ConfigKey key : ConfigKey.values()) {
                others.put(LoadedConfig.path(key), key.get(other.config().limits()));
            }
            others.putAll(Keys.tenantLimits(other.config().limits()));
            List<Table.Row> rows = new ArrayList<>();
            others.keySet().removeIf(path -> follows(path, other));
            running.keySet().removeIf(path -> follows(path, other));
            for (String path : both(running, others)) {
                row(rows, limits, path, running.getOrDefault(path, UNSET), others.getOrDefault(path, UNSET));
            }
            if (rows.isEmpty()) {
                out().println("the limits in force are those of " + file);
            } else {
                out().print(new Table(List.of("in force", "from", String.valueOf(file.getFileName())), rows).text());
            }
            List<String> keys = notCompared(other);
            if (!keys.isEmpty()) {
                out().println("not compared, as they are no limits:");
                keys.forEach(key -> out().println("  " + key));
            }
            return 0;
        }

        /** Whether a limit follows the heap: what else the gateway has decides how much of it that is. */
        private static boolean follows(String path, LoadedConfig file) {
            return !file.settings().containsKey(path)
                    && (path.equals(LoadedConfig.path(ConfigKey.GLOBAL_MAX_BYTES))
                            || path.equals(LoadedConfig.path(ConfigKey.GLOBAL_CONTROL_MAX_BYTES)));
        }

        /**
         * The keys of a file that are no limits, and where they stand: the gateway does not say what it runs with
         * there.
         */
        private static List<String> notCompared(LoadedConfig other) {
            Collection<String> limits = new LinkedHashSet<>(
                    Keys.tenantLimits(other.config().limits()).keySet());
            limits.add(LoadedConfig.PROFILE);
            Arrays.stream(ConfigKey.values()).map(LoadedConfig::path).forEach(limits::add);
            return other.settings().entrySet().stream()
                    .filter(setting -> !limits.contains(setting.getKey()))
                    .sorted(Map.Entry.comparingByKey())
                    .map(setting -> Redaction.printable(setting.getKey()) + " ("
                            + setting.getValue().source().at() + ")")
                    .toList();
        }

        private static void row(List<Table.Row> rows, Object limits, String path, String now, String other) {
            if (!now.equals(other)) {
                rows.add(new Table.Row(path, List.of(now, source(limits, path), other)));
            }
        }
    }
}
