package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.weir.config.ConfigTexts;
import io.weir.config.GatewayConfigLoader;
import io.weir.config.LoadedConfig;
import io.weir.gateway.Gateway;
import io.weir.gateway.auth.ApiKeys;
import io.weir.sim.replay.LogParts;
import io.weir.sim.replay.SameDecisions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands of docs/operations.md, and what goes wrong with them. */
class OperationsPageTest {
    private static final Path PAGE = Path.of("..", "docs", "operations.md");
    private static final Pattern BLOCK = Pattern.compile("```console\n(.*?)```", Pattern.DOTALL);
    private static final Pattern YAML = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);
    private static final Pattern SHELL = Pattern.compile("```sh\n(.*?)```|(?m)^    (jq .*)$", Pattern.DOTALL);
    private static final Pattern SPAN = Pattern.compile("`((?:weir|curl|jq|ssh)\\s[^`]+)`");
    private static final Pattern QUOTE = Pattern.compile("(?m)^\\S+Z (?:INFO |WARN |ERROR) (weir\\.[a-z]+) (.*)$");
    private static final Pattern LOGGER = Pattern.compile("getLogger\\(\"(weir\\.[a-z]+)\"\\)");

    /** Commands of the page that no test runs, and why. */
    private static final Map<String, String> NOT_RUN =
            Map.of("ssh -L 9090:127.0.0.1:9090 HOST", "it needs another machine that runs sshd");

    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z");

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private HttpServer server;
    private Path file;
    private Path token;

    @BeforeEach
    void prepare() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            Matcher id = Pattern.compile("\"id\":(\\d+)").matcher(new String(body, StandardCharsets.UTF_8));
            byte[] answer = ("{\"jsonrpc\":\"2.0\",\"id\":" + (id.find() ? id.group(1) : "0") + ",\"result\":{}}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        file = directory.resolve("weir.yaml");
        token = directory.resolve("admin-token");
        Matcher yaml = YAML.matcher(Files.readString(PAGE));
        assertThat(yaml.find()).isTrue();
        Files.writeString(
                file,
                yaml.group(1)
                        .replace(
                                "127.0.0.1:3001",
                                "127.0.0.1:" + server.getAddress().getPort()));
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private Gateway gateway(String... settings) throws Exception {
        GatewayConfigLoader loader = new GatewayConfigLoader(1L << 30, name -> null)
                .file(file)
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .set("admin.token_file=" + token);
        for (String setting : settings) {
            loader.set(setting);
        }
        ConfigTexts texts = loader.read();
        LoadedConfig loaded = loader.load(texts, Map.of());
        return Gateway.start(loader, texts, loaded);
    }

    private static String call(Gateway gateway) throws IOException, InterruptedException {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(callOf(gateway, "echo"), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static HttpRequest callOf(Gateway gateway, String tool) {
        return HttpRequest.newBuilder(URI.create("http://" + gateway.http() + "/mcp"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool
                                + "\"}}"))
                .build();
    }

    private int run(String admin, String... arguments) {
        out.getBuffer().setLength(0);
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.addAll(List.of("--admin", admin));
        if (all.stream().anyMatch(Set.of("set", "unset", "reset", "drain")::contains)) {
            all.addAll(List.of("--token-file", token.toString()));
        }
        PrintWriter writer = new PrintWriter(out);
        return Weir.commandLine().setOut(writer).setErr(writer).execute(all.toArray(String[]::new));
    }

    @Test
    void page_commandsPrintWhatItSays() throws Exception {
        StringBuilder expected = new StringBuilder();
        StringBuilder actual = new StringBuilder();
        try (Gateway gateway = gateway()) {
            Matcher block = BLOCK.matcher(Files.readString(PAGE));
            while (block.find()) {
                expected.append(block.group(1));
                String command = block.group(1).lines().findFirst().orElseThrow();
                assertThat(command).startsWith("$ weir ");
                if (command.equals("$ weir connections")) {
                    assertThat(call(gateway)).contains("\"result\"");
                    assertThat(call(gateway)).contains("\"result\"");
                }
                run(
                        gateway.admin().toString(),
                        command.substring(7)
                                .replace("weir.yaml", file.toString())
                                .split(" "));
                actual.append(command)
                        .append('\n')
                        .append(TIME.matcher(out.toString().replace(file.toString(), "weir.yaml"))
                                .replaceAll("…")
                                .replaceAll("\\b[0-9a-f]{16}\\b", "5d0c6ae5b3e0a1f7")
                                .replaceAll("(?m)\\d+ s$", "0 s")
                                .replace(gateway.admin().toString(), "127.0.0.1:9090")
                                .replace(System.lineSeparator(), "\n"));
            }
        }

        // How wide a column is depends on the name of the directory.
        assertThat(actual.toString().replaceAll(" +", " "))
                .isEqualTo(expected.toString().replaceAll(" +", " "));
        assertThat(Files.readString(file)).contains("  # the search page sends 40 at once\n  max_messages: 120\n");
    }

    /** Commands in sentences and tables, each on one line. */
    private static List<String> spans() throws IOException {
        return SPAN.matcher(Files.readString(PAGE))
                .results()
                .map(each -> each.group(1).replaceAll("\\s+", " "))
                .toList();
    }

    /** Commands for a shell: those of blocks, and those in sentences that are not of {@code weir}. */
    private static List<String> shellCommands() throws IOException {
        List<String> commands = new ArrayList<>();
        SHELL.matcher(Files.readString(PAGE)).results().forEach(found -> {
            String text = found.group(1) == null ? found.group(2) : found.group(1);
            commands.addAll(Arrays.asList(text.replace("\\\n", " ").strip().split("\n")));
        });
        spans().stream().filter(each -> !each.startsWith("weir ")).forEach(commands::add);
        return commands;
    }

    private String shell(String command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", "set -eo pipefail\n" + command)
                .directory(directory.toFile())
                .redirectErrorStream(true);
        builder.environment().put("HOME", directory.toString());
        Process process = builder.start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(command + "\n" + printed).isZero();
        return printed;
    }

    private static boolean isInstalled(String program) throws IOException, InterruptedException {
        return new ProcessBuilder("sh", "-c", "command -v " + program + " > /dev/null")
                        .start()
                        .waitFor()
                == 0;
    }

    @Test
    void page_shellCommandsDoWhatItSays() throws Exception {
        assumeTrue(isInstalled("bash") && isInstalled("curl"), "bash and curl are needed");
        boolean hasJq = isInstalled("jq");
        token = directory.resolve(".local/state/weir/admin-token");
        Files.createDirectories(token.getParent());
        Path keys = directory.resolve("keys");
        String key = "k".repeat(40);
        Files.writeString(keys, ApiKeys.hashLine("a", key) + "\n");
        Path log = directory.resolve("access.jsonl");
        List<String> ofTheLog = new ArrayList<>();
        Map<String, String> printed = new LinkedHashMap<>();
        List<String> left = new ArrayList<>();
        try (Gateway gateway =
                gateway("access_log.file=" + log, "tenants.api_keys_file=" + keys, "tenants.a.max_messages=0")) {
            HttpRequest refused = HttpRequest.newBuilder(callOf(gateway, "echo"), (name, value) -> true)
                    .header("X-API-Key", key)
                    .build();
            assertThat(HttpClient.newHttpClient()
                            .send(refused, HttpResponse.BodyHandlers.ofString())
                            .body())
                    .contains("connection_messages");
            for (String command : shellCommands()) {
                if (NOT_RUN.containsKey(command)) {
                    left.add(command);
                } else if (command.contains("access.jsonl")) {
                    ofTheLog.add(command);
                } else if (hasJq || !command.contains("jq ")) {
                    printed.put(
                            command,
                            shell(command.replace("curl ", "curl -sSf ")
                                    .replace("127.0.0.1:9090", gateway.admin().toString())));
                }
            }
        }
        for (String command : ofTheLog) {
            if (hasJq) {
                printed.put(command, shell(command));
            }
        }

        assertThat(left).containsExactlyElementsOf(NOT_RUN.keySet());
        assertThat(ofTheLog).hasSize(2);
        printed.forEach((command, text) -> {
            if (command.contains("PATCH")) {
                assertThat(text)
                        .as(command)
                        .contains("\"queue_limits.max_messages\"")
                        .contains("200");
            } else if (command.contains("decisions")) {
                assertThat(text).as(command).contains("\"decisions\":[]");
            } else if (command.contains("rejected")) {
                assertThat(text).as(command).contains("\"reason\":\"connection_messages\"");
            } else if (command.contains("/stats")) {
                assertThat(text).as(command).contains("\"connections_opened\":1");
            } else if (command.contains("/upstreams")) {
                assertThat(text).as(command).contains("\"upstream\":\"search\",\"state\":\"up\"");
            } else {
                assertThat(command).contains("queue_ms > 1000");
                assertThat(text).isEmpty();
            }
        });
        assertThat(printed).hasSize(shellCommands().size() - NOT_RUN.size() - (hasJq ? 0 : 4));
    }

    @Test
    void page_gatewayWithAnAccessLog_writesALineOfARequest() throws Exception {
        List<String> starts = spans().stream()
                .filter(each -> each.startsWith("weir gateway "))
                .toList();
        assertThat(starts).containsExactly("weir gateway --config weir.yaml --access-log access.jsonl");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                Weir.class.getName()));
        command.addAll(Arrays.asList(starts.get(0).substring(5).split(" ")));
        command.addAll(List.of("--http", "0", "--admin", "0", "--log-format", "json"));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().put("XDG_STATE_HOME", directory.toString());
        Process process = builder.start();
        // Whatever keeps it silent, its end ends the wait.
        CompletableFuture.delayedExecutor(120, TimeUnit.SECONDS).execute(process::destroyForcibly);
        StringBuilder seen = new StringBuilder();
        boolean stopping = false;
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                seen.append(line).append('\n');
                // The log is on another stream: its line may come before or after.
                if (!stopping && seen.indexOf("\naccess ") > 0 && seen.indexOf("is reachable at") > 0) {
                    stopping = true;
                    Matcher clients = Pattern.compile("http://\\S+/mcp").matcher(seen);
                    assertThat(clients.find()).isTrue();
                    HttpRequest call = HttpRequest.newBuilder(URI.create(clients.group()))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString("{\"jsonrpc\":\"2.0\",\"id\":1,"
                                    + "\"method\":\"tools/call\",\"params\":{\"name\":\"echo\"}}"))
                            .build();
                    HttpClient.newHttpClient().send(call, HttpResponse.BodyHandlers.ofString());
                    process.toHandle().destroy();
                }
            }
        } finally {
            process.destroy();
        }
        assertThat(process.waitFor()).as(seen.toString()).isZero();

        assertThat(Files.readString(directory.resolve("access.jsonl")))
                .contains("\"operation\":\"echo\",\"outcome\":\"completed\"");
        // The log as JSON has the fields that the page names, in their order.
        assertThat(seen)
                .containsPattern(
                        "(?m)^\\{\"time\":\"\\S+Z\",\"level\":\"INFO\",\"logger\":\"weir.upstream\",\"thread\":\"[^\"]+\","
                                + "\"message\":\"upstream 'search' is reachable at ");
    }

    @Test
    void page_commandsInSentences_areOnesThatThereAre() throws Exception {
        int count = 0;
        for (String command : spans()) {
            if (command.startsWith("weir ")) {
                count++;
                String[] words = command.substring(5).split(" ");
                try {
                    Weir.commandLine().parseArgs(words);
                } catch (CommandLine.MissingParameterException e) {
                    // The name of a command, without what it needs.
                    assertThat(Arrays.stream(words).allMatch(word -> word.matches("[a-z]+")))
                            .as(command)
                            .isTrue();
                }
            }
        }
        assertThat(count).isGreaterThan(20);
    }

    /** The code of all modules, with texts in one piece where they are broken over lines. */
    private static String sources() throws IOException {
        StringBuilder all = new StringBuilder();
        for (String module : List.of("weir-cli", "weir-config", "weir-core", "weir-gateway")) {
            try (Stream<Path> files = Files.walk(Path.of("..", module, "src", "main", "java"))) {
                for (Path each :
                        files.filter(file -> file.toString().endsWith(".java")).toList()) {
                    all.append(Files.readString(each));
                }
            }
        }
        return all.toString().replaceAll("\"\\s*\\+\\s*\"", "");
    }

    @Test
    void page_quotesLinesThatTheCodeLogs_ofLoggersThatThereAre() throws Exception {
        String sources = sources();
        Set<String> loggers = new TreeSet<>();
        LOGGER.matcher(sources).results().forEach(found -> loggers.add(found.group(1)));
        String page = Files.readString(PAGE);
        String section = page.substring(page.indexOf("\n## Logs\n"), page.indexOf("\n## What decided"));
        Set<String> listed = new TreeSet<>();
        section.lines()
                .filter(line -> line.startsWith("| `weir."))
                .forEach(line -> Pattern.compile("`(weir\\.[a-z]+)`")
                        .matcher(line.split("\\|", -1)[1])
                        .results()
                        .forEach(found -> listed.add(found.group(1))));
        assertThat(listed).isEqualTo(loggers);

        List<String> quotes = new ArrayList<>(
                QUOTE.matcher(page).results().map(found -> found.group(2)).toList());
        Pattern.compile("\"message\":\"([^\"]+)\"")
                .matcher(page)
                .results()
                .forEach(found -> quotes.add(found.group(1)));
        page.lines()
                .filter(line -> line.startsWith("    ") && line.contains(" refused"))
                .forEach(quotes::add);
        assertThat(quotes).hasSize(8);
        int pieces = 0;
        for (String quote : quotes) {
            // What is of the case: names, addresses, numbers, keys.
            for (String piece :
                    quote.split("'[^']*'|\\S*\\d\\S*|\\S+[._/]\\S*|reason \\S+|more requests?|/\\S+|[():;,]", -1)) {
                String words = piece.strip();
                if (words.length() >= 12 && words.contains(" ")) {
                    pieces++;
                    assertThat(sources.contains(words)).as(words + "\n" + quote).isTrue();
                }
            }
        }
        assertThat(pieces).isGreaterThan(15);
    }

    @Test
    void commands_withoutAGateway_withAWrongToken_orAWrongKey_sayWhatToDo() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Files.writeString(token, "x".repeat(40));
        for (String[] command : new String[][] {
            {"status"},
            {"limits", "get"},
            {"limits", "set", "max_messages=5"},
            {"connections"},
            {"tenants"},
            {"top", "--once"},
            {"reset", "10.1.2.3"},
            {"drain"}
        }) {
            assertThat(run(String.valueOf(port), command)).isEqualTo(1);
            assertThat(out.toString())
                    .startsWith("weir: no gateway answers at http://127.0.0.1:" + port + "/")
                    .contains("--admin HOST:PORT names another one");
        }
        Files.delete(token);
        try (Gateway gateway = gateway()) {
            String admin = gateway.admin().toString();
            String right = Files.readString(token);
            String[][] changes = {{"limits", "set", "max_messages=5"}, {"reset", "10.1.2.3"}, {"drain"}};
            Files.writeString(token, "x".repeat(40));
            for (String[] change : changes) {
                assertThat(run(admin, change)).isEqualTo(1);
                assertThat(out.toString())
                        .contains("does not accept this admin token; name its file with --token-file");
            }
            Files.delete(token);
            for (String[] change : changes) {
                assertThat(run(admin, change)).isEqualTo(2);
                assertThat(out.toString()).contains(token + ": there is no admin token");
            }
            Files.writeString(token, right);
            assertThat(run(admin, "reset", "10.1.2.3")).isEqualTo(1);
            assertThat(out.toString()).contains("weir: no connection '10.1.2.3' is known");
            assertThat(run(admin, "connections", "--sort", "size")).isEqualTo(2);
            assertThat(out.toString()).contains("weir: sort: must be one of messages, bytes, rejected, idle");
            assertThat(run(admin, "tenants", "--limit", "0")).isEqualTo(2);
            assertThat(out.toString()).contains("weir: limit: must be a number from 1 to 1000");
            assertThat(run(admin, "connections", "--tenant", "a b&c")).isZero();
            assertThat(out.toString()).contains("none of 0 connections");
            assertThat(run(admin, "top", "--once", "--interval", "0")).isEqualTo(2);
            assertThat(out.toString()).contains("--interval must be 1 to 3600");
            assertThat(run(admin, "limits", "set", "max_mesages=5")).isEqualTo(2);
            assertThat(out.toString()).contains("max_mesages: unknown key (did you mean max_messages?)");
            assertThat(run(admin, "limits", "set", "max_messages")).isEqualTo(2);
            assertThat(out.toString()).contains("must be KEY=VALUE");
            assertThat(run(admin, "limits", "set", "max_messages=5", "queue_limits.max_messages=6"))
                    .isEqualTo(2);
            assertThat(out.toString()).contains("queue_limits.max_messages: duplicate key");
            assertThat(run(admin, "limits", "get", "max_mesages")).isEqualTo(2);
            assertThat(run(admin, "limits", "set", "max_messages=80")).isZero();
            assertThat(out.toString()).contains("these are the limits already");
            Files.writeString(file, Files.readString(file).replace("profile: production", "profile: staging"));
            assertThat(run(admin, "limits", "diff", file.toString())).isZero();
            assertThat(out.toString())
                    .containsPattern("profile +production +\\S+weir.yaml:1 +staging\\R")
                    .containsPattern("queue_limits.max_bytes +52428800 +profile production +100000000\\R");
            Files.writeString(file, "queue_limits: {max_messages: many}\n");
            gateway.reload();
            assertThat(run(admin, "status")).isZero();
            assertThat(out.toString())
                    .contains(file + ": rejected ")
                    .contains(file + ":1:30: queue_limits.max_messages: must be a whole number");
        }
    }

    @Test
    void limitsDiff_namesTheKeysThatAreNotCompared_withoutTheirValues() throws Exception {
        try (Gateway gateway = gateway()) {
            Path other = Files.writeString(directory.resolve("other.yaml"), """
                    queue_limits: {max_messages: 80}
                    edge:
                      max_streams: 7
                    upstreams:
                      search:
                        url: http://127.0.0.1:3001/s3cret
                        headers: {X-Key: s3cret}
                        tools: {export: {capacity: 2}}
                    tenants: {acme: {weight: 2}, header: X-Tenant}
                    """);

            assertThat(run(gateway.admin().toString(), "limits", "diff", other.toString()))
                    .isZero();

            String text = out.toString();
            assertThat(text.substring(text.indexOf("not compared")).lines())
                    .containsExactly(
                            "not compared, as they are no limits:",
                            "  edge.max_streams (" + other + ":3)",
                            "  tenants.header (" + other + ":9)",
                            "  upstreams.search.headers.X-Key (" + other + ":7)",
                            "  upstreams.search.tools.export.capacity (" + other + ":8)",
                            "  upstreams.search.url (" + other + ":6)");
            assertThat(text).doesNotContain("s3cret");
        }
    }

    @Test
    void status_namesFilesThatAreNotInForceAsTheyAre() throws Exception {
        Path keys = directory.resolve("keys");
        Files.writeString(keys, ApiKeys.hashLine("acme", "k".repeat(40)) + "\n");
        try (Gateway gateway = gateway("tenants.api_keys_file=" + keys)) {
            String admin = gateway.admin().toString();
            assertThat(run(admin, "status")).isZero();
            assertThat(out.toString()).doesNotContain(keys.toString());

            Files.writeString(keys, "acme: k\n");
            gateway.reload();

            assertThat(run(admin, "status")).isZero();
            assertThat(TIME.matcher(out.toString()).replaceAll("…"))
                    .contains("file      " + keys + ": rejected … (tenants.api_keys_file)" + System.lineSeparator()
                            + "          " + keys + ":1: not of the form tenant:sha256:hash; ");
        }
    }

    @Test
    void top_once_showsWhatARunningGatewayHolds() throws Exception {
        try (Gateway gateway = gateway()) {
            assertThat(call(gateway)).contains("\"result\"");

            assertThat(run(gateway.admin().toString(), "top", "--once", "--interval", "1", "--rows", "3"))
                    .isZero();
        }

        assertThat(out.toString())
                .containsPattern("^gateway +\\S+ ready, search up\\R")
                .containsPattern("\\Rpending +0 of 1,000,000 messages, 0 bytes of 256 MiB\\R")
                .containsPattern("\\Rrates +offered 0.0, admitted 0.0, completed 0.0, failed 0.0 a second\\R")
                .containsPattern("\\Rrejected +nothing since the start\\R")
                .containsPattern("\\Rsearch +0 +0 +\\d+ +0 ms +0.0 +closed\\R")
                .containsPattern("\\Rdefault +0 +0 bytes +0.0 +0.0 +0\\R")
                .containsPattern("\\R[0-9a-f]{16} +127.0.0.1 +default +0 +0 bytes +0.0 +0\\R")
                .doesNotContain("\u001b");
    }

    @Test
    void decisionLog_ofLimitsThatChange_isReplayedIdentically() throws Exception {
        Path log = directory.resolve("decisions.jsonl");
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        try (Gateway gateway =
                gateway("decision_log.file=" + log, "decision_log.max_bytes=20000", "decision_log.files=50")) {
            String admin = gateway.admin().toString();
            for (int i = 0; i < 60; i++) {
                if (i % 6 == 0) {
                    int rate = i % 12 == 0 ? 1 : 10_000;
                    assertThat(run(
                                    admin,
                                    "limits",
                                    "set",
                                    "max_messages=" + i,
                                    "max_messages_per_sec=" + rate,
                                    "burst_multiplier=1"))
                            .isZero();
                }
                client.send(callOf(gateway, "echo"), HttpResponse.BodyHandlers.ofString());
            }
        }

        SameDecisions same = SameDecisions.of(LogParts.of(List.of(log)));

        assertThat(same.difference()).isEmpty();
        StringBuilder all = new StringBuilder();
        for (Path part : LogParts.of(List.of(log)).files()) {
            all.append(Files.readString(part));
        }
        assertThat(all.toString().lines().filter(line -> line.startsWith("{\"e\":\"limits\"")))
                .hasSize(10);
        assertThat(all).contains("\"r\":\"connection_messages\"", "\"r\":\"rate\"", "\"e\":\"checkpoint\"");
    }

    @Test
    void decisionLog_ofResets_isReplayedIdentically() throws Exception {
        Path log = directory.resolve("decisions.jsonl");
        CountDownLatch over = new CountDownLatch(1);
        HttpServer slow = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        slow.setExecutor(Executors.newCachedThreadPool());
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        slow.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            try {
                over.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            byte[] answer = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        slow.start();
        Files.writeString(
                file,
                "upstreams: {s: {url: \"http://127.0.0.1:" + slow.getAddress().getPort()
                        + "/mcp\", capacity: 1, ttl_ms: 600000, tools: {echo: {capacity: 1}}}}\n");
        int waited = 0;
        try (Gateway gateway =
                gateway("decision_log.file=" + log, "decision_log.max_bytes=4096", "decision_log.files=50")) {
            String admin = gateway.admin().toString();
            List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
            for (int round = 0; round < 5; round++) {
                for (int i = 0; i < 5; i++) {
                    calls.add(client.sendAsync(
                            callOf(gateway, i % 2 == 0 ? "echo" : "other"), HttpResponse.BodyHandlers.ofString()));
                }
                // In the first round, one of each tool is at the server and stays there.
                waited += round == 0 ? 3 : 5;
                int removed = 0;
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
                while (removed < (round == 0 ? 3 : 5) && System.nanoTime() - end < 0) {
                    run(admin, "reset", "127.0.0.1");
                    Matcher found = Pattern.compile("default: (\\d+) removed").matcher(out.toString());
                    removed += found.find() ? Integer.parseInt(found.group(1)) : 0;
                }
            }
            over.countDown();
            CompletableFuture.allOf(calls.toArray(CompletableFuture<?>[]::new)).join();
            assertThat(calls.stream().filter(each -> each.join().body().contains("\"reason\":\"reset\"")))
                    .hasSize(waited);
        } finally {
            over.countDown();
            slow.stop(0);
        }

        SameDecisions same = SameDecisions.of(LogParts.of(List.of(log)));

        assertThat(same.difference()).isEmpty();
        StringBuilder all = new StringBuilder();
        for (Path part : LogParts.of(List.of(log)).files()) {
            all.append(Files.readString(part));
        }
        assertThat(all).contains("\"e\":\"reset\"", "\"q\":\"s/echo\"", "\"evicted\":[", "\"e\":\"checkpoint\"");
    }
}
