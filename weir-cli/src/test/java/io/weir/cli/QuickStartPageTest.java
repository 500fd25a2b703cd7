package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
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
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the commands of docs/quick-start.md in their order, in a shell, as they are written but for the ports. The
 * server of the page and the one that {@code npx} would fetch are stand-ins.
 */
@EnabledOnOs({OS.LINUX, OS.MAC})
class QuickStartPageTest {
    private static final Path PAGE = Path.of("..", "docs", "quick-start.md");
    private static final Pattern BLOCK = Pattern.compile("```console\n(.*?)```", Pattern.DOTALL);
    private static final Pattern COMMAND = Pattern.compile("(?m)^\\$ (.*(?:\n(?!\\$ ).*)*)");
    private static final Pattern CLIENTS = Pattern.compile("clients +(http://127\\.0\\.0\\.1:\\d+\\S*/mcp)");
    private static final Pattern KEY = Pattern.compile("weir_[A-Za-z0-9_-]+");
    private static final long PATIENCE_SECONDS = 120;

    /** Commands that are not run here, and why. */
    private static final Map<String, String> NOT_RUN =
            Map.of("./weir demo", "peers/test/launcher.test.mjs runs it: its jars are not on the class path of tests");

    private static final String NPX = """
            #!/bin/sh
            [ "$*" = "-y @modelcontextprotocol/server-everything stdio" ] || exit 9
            while read -r line; do
              id=$(printf '%s' "$line" | sed -n 's/.*"id":\\("[^"]*"\\|[0-9][0-9]*\\).*/\\1/p')
              [ -z "$id" ] || printf '{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-06-18",\
            "capabilities":{},"serverInfo":{"name":"everything","version":"1"}}}\\n' "$id"
            done
            """;

    @TempDir
    Path directory;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private HttpServer server;
    private int admin;
    private @Nullable Process gateway;
    private String key = "";

    @BeforeEach
    void prepare() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Matcher id = Pattern.compile("\"id\":(\\d+)").matcher(body);
            byte[] answer = ("{\"jsonrpc\":\"2.0\",\"id\":" + (id.find() ? id.group(1) : "0") + ",\"result\":{}}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            admin = free.getLocalPort();
        }
        script(
                directory.resolve("weir"),
                "#!/bin/sh\nexec '" + Path.of(System.getProperty("java.home"), "bin", "java")
                        + "' -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '"
                        + System.getProperty("java.class.path") + "' " + Weir.class.getName() + " \"$@\"\n");
        script(Files.createDirectory(directory.resolve("bin")).resolve("npx"), NPX);
        Files.writeString(
                directory.resolve("mcp.json"),
                "{\"mcpServers\": {\"files\": {\"url\": \"http://127.0.0.1:"
                        + server.getAddress().getPort() + "/mcp\"}}}");
    }

    private static void script(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    @AfterEach
    void stop() throws InterruptedException {
        stopGateway();
        server.stop(0);
    }

    private void stopGateway() throws InterruptedException {
        Process running = gateway;
        gateway = null;
        if (running != null) {
            running.destroy();
            if (!running.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                running.destroyForcibly();
            }
        }
    }

    private static List<String> commands() throws IOException {
        List<String> commands = new ArrayList<>();
        BLOCK.matcher(Files.readString(PAGE))
                .results()
                .map(each -> each.group(1))
                .forEach(block -> COMMAND.matcher(block)
                        .results()
                        .map(MatchResult::group)
                        .map(each -> each.substring(2).strip())
                        .forEach(commands::add));
        return commands;
    }

    private Process start(String command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", command)
                .directory(directory.toFile())
                .redirectErrorStream(true);
        builder.environment().put("XDG_STATE_HOME", directory.toString());
        builder.environment().put("PATH", directory.resolve("bin") + ":" + System.getenv("PATH"));
        Process process = builder.start();
        // Whatever keeps it silent, its end ends the wait.
        CompletableFuture.delayedExecutor(PATIENCE_SECONDS, TimeUnit.SECONDS).execute(process::destroyForcibly);
        return process;
    }

    private String run(String command) throws IOException, InterruptedException {
        Process process = start("set -eo pipefail\n" + command);
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(command + "\n" + printed).isZero();
        return printed;
    }

    /** Starts it, and has it serve a call. */
    private void serve(String command) throws IOException, InterruptedException {
        stopGateway();
        Process process = start("exec " + command.replace("weir gateway", "weir gateway --http 0 --admin " + admin));
        gateway = process;
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        StringBuilder seen = new StringBuilder();
        String line = out.readLine();
        for (; line != null && !line.startsWith("queue"); line = out.readLine()) {
            seen.append(line).append('\n');
        }
        assertThat(line).as(command + "\n" + seen).isNotNull();
        Matcher clients = CLIENTS.matcher(seen);
        assertThat(clients.find()).as(seen.toString()).isTrue();
        // What it goes on to say must not fill the pipe.
        var unused = CompletableFuture.runAsync(() -> out.lines().forEach(each -> {}));

        HttpResponse<String> opened = post(clients.group(1), "initialize", "");
        assertThat(opened.body()).as(command).contains("\"result\"");
        String session = opened.headers().firstValue("Mcp-Session-Id").orElse("");
        assertThat(post(clients.group(1), "tools/call", session).body())
                .as(command)
                .contains("\"result\"");
    }

    private HttpResponse<String> post(String url, String method, String session)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .POST(HttpRequest.BodyPublishers.ofString("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" + method
                        + "\",\"params\":{\"name\":\"export\",\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},"
                        + "\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}}"));
        if (!session.isEmpty()) {
            request.header("Mcp-Session-Id", session).header("MCP-Protocol-Version", "2025-06-18");
        }
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void commands_doWhatThePageSays() throws Exception {
        List<String> skipped = new ArrayList<>();
        int served = 0;
        for (String written : commands()) {
            String command = written.replace(
                            "127.0.0.1:3001", "127.0.0.1:" + server.getAddress().getPort())
                    .replace("127.0.0.1:9090", "127.0.0.1:" + admin);
            String program = written.replaceAll(" +#.*", "");
            if (NOT_RUN.containsKey(program)) {
                skipped.add(program);
            } else if (program.startsWith("./weir gateway")) {
                if (!program.contains("--api-keys")) {
                    key = "";
                }
                serve(command);
                served++;
            } else if (program.equals("./weir stats")) {
                assertThat(run(command.replace("stats", "stats --admin " + admin)))
                        .contains("offered", "default");
                Matcher curl = Pattern.compile("curl .*$").matcher(command);
                assertThat(curl.find()).as(written).isTrue();
                assertThat(run(curl.group())).startsWith("{").contains("\"queues\":");
            } else if (program.startsWith("./weir key")) {
                Matcher printed = KEY.matcher(run(command));
                assertThat(printed.find()).isTrue();
                key = printed.group();
                assertThat(directory.resolve("keys.txt")).content().matches("acme:sha256:[0-9a-f]{64}\n");
            } else if (program.startsWith("./weir check")) {
                assertThat(run(command)).endsWith("weir.yaml: valid; profile production, 1 upstream\n");
            } else if (program.startsWith("./weir replay")) {
                stopGateway();
                assertThat(run(command)).contains("logged", "replayed").containsPattern("offered +1 +1\\R");
                assertThat(directory.resolve("replay.html")).content().contains("<svg");
            } else {
                run(command);
            }
        }

        assertThat(skipped).containsExactlyElementsOf(NOT_RUN.keySet());
        assertThat(served).isEqualTo(5);
        assertThat(directory.resolve("other.yaml")).content().contains("export: {capacity: 4}");
    }

    @Test
    void commandsInSentences_areOnesThatThereAre() throws Exception {
        String page = Files.readString(PAGE);
        assertThat(run("HOME=" + directory + "; mkdir -p ~/.local/bin; ln -s \"$PWD/weir\" ~/.local/bin/weir; "
                        + "~/.local/bin/weir --version"))
                .contains("weir");
        assertThat(page).contains("`ln -s \"$PWD/weir\" ~/.local/bin/weir`", "`--http 8081 --admin 9091`");
        Weir.commandLine().parseArgs("gateway", "--http", "8081", "--admin", "9091", "--upstream", "http://h/mcp");
        assertThat(page).contains("`./weir completion bash` (or zsh, fish)");
        for (String shell : List.of("bash", "zsh", "fish")) {
            assertThat(run("./weir completion " + shell)).contains("weir");
        }
    }
}
