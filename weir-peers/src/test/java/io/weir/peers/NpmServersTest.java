package io.weir.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ClientCapabilities;
import io.modelcontextprotocol.spec.McpSchema.CreateMessageResult;
import io.modelcontextprotocol.spec.McpSchema.ElicitResult;
import io.modelcontextprotocol.spec.McpSchema.Implementation;
import io.modelcontextprotocol.spec.McpSchema.LoggingMessageNotification;
import io.modelcontextprotocol.spec.McpSchema.Prompt;
import io.modelcontextprotocol.spec.McpSchema.Resource;
import io.modelcontextprotocol.spec.McpSchema.ResourceContents;
import io.modelcontextprotocol.spec.McpSchema.Role;
import io.modelcontextprotocol.spec.McpSchema.Root;
import io.modelcontextprotocol.spec.McpSchema.SubscribeRequest;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import io.weir.config.GatewayConfigLoader;
import io.weir.gateway.Gateway;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * The official Java client over Streamable HTTP, and behind the gateway three official servers of npm over stdio. Needs
 * Node, and their folder in {@code WEIR_NPM_SERVERS}, which {@code .ci/run} sets once they are installed.
 */
class NpmServersTest {
    private static final String VARIABLE = "WEIR_NPM_SERVERS";
    private static final String PER_SESSION = "per_session";
    private static final String SHARED = "shared";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    Path folder;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private Map<String, List<String>> commands = Map.of();
    private String memoryFile = "";

    /** What a client sees of a server, as far as it is the same each time. */
    private record Seen(
            Implementation server,
            List<Tool> tools,
            List<Prompt> prompts,
            List<Resource> resources,
            List<String> texts) {}

    @BeforeEach
    void findServers() throws IOException {
        @Nullable String directory = System.getProperty(VARIABLE, System.getenv(VARIABLE));
        assumeTrue(
                directory != null,
                "left out: the Java client with server-everything, server-filesystem and server-memory over stdio. Run"
                        + " `peers/run`, which installs these servers, and set " + VARIABLE
                        + " to the absolute path of peers/node_modules/@modelcontextprotocol");
        Path installed = Path.of(directory).toAbsolutePath();
        Files.createDirectory(data());
        memoryFile = folder.resolve("memory.jsonl").toString();
        commands = Map.of(
                "everything", List.of(script(installed, "everything"), "stdio"),
                "filesystem", List.of(script(installed, "filesystem"), data().toString()),
                "memory", List.of(script(installed, "memory")));
    }

    private static String script(Path installed, String server) {
        Path script = installed.resolve("server-" + server).resolve("dist").resolve("index.js");
        assertThat(script).exists();
        return script.toString();
    }

    @AfterEach
    void closeAll() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    /** The folder that server-filesystem is started with. */
    private Path data() {
        return folder.resolve("data");
    }

    private Map<String, String> environment() {
        return Map.of("MEMORY_FILE_PATH", memoryFile);
    }

    /** Starts the gateway in front of the three servers; each is an upstream by its name. */
    private Gateway gateway(String mode) throws Exception {
        GatewayConfigLoader loader = new GatewayConfigLoader(1L << 30, name -> null)
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .set("edge.shutdown_timeout_ms=0");
        Map<String, Object> servers = commands.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        each -> Map.of("command", "node", "args", each.getValue(), "env", environment())));
        Path file = Files.writeString(
                folder.resolve("mcp.json"), JsonMapper.shared().writeValueAsString(Map.of("mcpServers", servers)));
        loader.mcpServers(file);
        commands.keySet().forEach(name -> loader.set("upstreams." + name + ".children.mode=" + mode));
        Gateway gateway = Gateway.start(loader.load());
        opened.add(gateway);
        return gateway;
    }

    private McpSyncClient client(McpClientTransport transport, UnaryOperator<McpClient.SyncSpec> customized) {
        McpSyncClient client = customized
                .apply(McpClient.sync(transport)
                        .requestTimeout(PeerHarness.PATIENCE)
                        .initializationTimeout(PeerHarness.PATIENCE))
                .build();
        opened.add(client::closeGracefully);
        client.initialize();
        return client;
    }

    private static McpClientTransport transport(Gateway gateway, String server) {
        return HttpClientStreamableHttpTransport.builder("http://" + gateway.http())
                .endpoint("/" + server + "/mcp")
                .build();
    }

    private McpSyncClient client(Gateway gateway, String server, UnaryOperator<McpClient.SyncSpec> customized) {
        return client(transport(gateway, server), customized);
    }

    private McpSyncClient client(Gateway gateway, String server) {
        return client(gateway, server, spec -> spec);
    }

    /** A client that starts the server itself. */
    private McpSyncClient direct(String server) {
        StdioClientTransport transport = new StdioClientTransport(
                ServerParameters.builder("node")
                        .args(commands.get(server))
                        .env(environment())
                        .build(),
                McpJsonDefaults.getMapper());
        transport.setStdErrorHandler(line -> {});
        return client(transport, spec -> spec);
    }

    private static CallToolResult call(McpSyncClient client, String tool, Map<String, Object> arguments) {
        return client.callTool(
                CallToolRequest.builder(tool).arguments(arguments).build());
    }

    private static String text(CallToolResult result) {
        return result.content().stream()
                .map(each -> ((TextContent) each).text())
                .collect(Collectors.joining("\n"));
    }

    private static String text(McpSyncClient client, String tool, Map<String, Object> arguments) {
        return text(call(client, tool, arguments));
    }

    private static List<String> toolNames(McpSyncClient client) {
        return client.listTools().tools().stream().map(Tool::name).toList();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + PeerHarness.PATIENCE.toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() - end < 0) {
            Thread.sleep(10); // not a spin: the servers need the processor
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    /** Asks until the answer is as wanted: a server learns the roots of its client after it has answered. */
    private static void awaitText(McpSyncClient client, String tool, Predicate<String> wanted)
            throws InterruptedException {
        await(() -> wanted.test(text(client, tool, Map.of())));
    }

    private static int children(Gateway gateway) {
        try {
            HttpResponse<String> response = HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://" + gateway.admin() + "/stats"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return JsonMapper.shared()
                    .readTree(response.body())
                    .get("edge")
                    .get("children")
                    .asInt();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Seen everything(McpSyncClient client) {
        return new Seen(
                client.getServerInfo(),
                client.listTools().tools(),
                client.listPrompts().prompts(),
                client.listResources().resources(),
                List.of(
                        text(client, "echo", Map.of("message", "hëllo ☃")),
                        text(client, "get-sum", Map.of("a", 2, "b", 40)),
                        String.valueOf(call(client, "get-structured-content", Map.of("location", "Chicago"))
                                .structuredContent()),
                        String.valueOf(call(client, "get-tiny-image", Map.of()).content()),
                        text(client, "trigger-long-running-operation", Map.of("duration", 0.1, "steps", 2))));
    }

    @Test
    void everything_inEachMode_isAsOverItsOwnStdio() throws Exception {
        Seen direct = everything(direct("everything"));
        assertThat(direct.server().name()).isEqualTo("mcp-servers/everything");
        assertThat(direct.tools()).hasSizeGreaterThan(10);
        assertThat(direct.texts())
                .startsWith("Echo: hëllo ☃", "The sum of 2 and 40 is 42.")
                .endsWith("Long running operation completed. Duration: 0.1 seconds, Steps: 2.");

        for (String mode : List.of(PER_SESSION, SHARED)) {
            Gateway gateway = gateway(mode);
            McpSyncClient client = client(gateway, "everything");
            assertThat(everything(client)).as(mode).isEqualTo(direct);
            client.ping();
            client.closeGracefully();
            if (mode.equals(PER_SESSION)) {
                await(() -> children(gateway) == 0);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {PER_SESSION, SHARED})
    void progress_ofTwoClientsWithOneToken_reachesEachItsOwn(String mode) throws Exception {
        Gateway gateway = gateway(mode);
        List<List<String>> reported = List.of(new CopyOnWriteArrayList<>(), new CopyOnWriteArrayList<>());
        // The synchronous client gives each notification to a thread of its own, so that they may change places.
        List<McpAsyncClient> clients = reported.stream()
                .map(to -> McpClient.async(transport(gateway, "everything"))
                        .requestTimeout(PeerHarness.PATIENCE)
                        .initializationTimeout(PeerHarness.PATIENCE)
                        .progressConsumer(each -> Mono.fromRunnable(() -> to.add(each.progressToken() + " "
                                + each.progress().intValue() + "/"
                                + each.total().intValue())))
                        .build())
                .toList();
        List<CompletableFuture<CallToolResult>> calls = new ArrayList<>();
        for (McpAsyncClient client : clients) {
            opened.add(() -> client.closeGracefully().block(PeerHarness.PATIENCE));
            client.initialize().block(PeerHarness.PATIENCE);
        }
        for (int i = 0; i < clients.size(); i++) {
            calls.add(clients.get(i)
                    .callTool(CallToolRequest.builder("trigger-long-running-operation")
                            .arguments(Map.of("duration", 0.4, "steps", 3 + i))
                            .progressToken("token")
                            .build())
                    .toFuture());
        }

        assertThat(text(calls.get(0).get())).endsWith("Steps: 3.");
        assertThat(text(calls.get(1).get())).endsWith("Steps: 4.");
        await(() -> reported.get(0).size() >= 3 && reported.get(1).size() >= 4);
        assertThat(reported)
                .containsExactly(
                        List.of("token 1/3", "token 2/3", "token 3/3"),
                        List.of("token 1/4", "token 2/4", "token 3/4", "token 4/4"));
    }

    /** A client that answers what a server asks it, in its own name. */
    private McpSyncClient answering(Gateway gateway, String name, List<String> logged) {
        return client(
                gateway,
                "everything",
                spec -> spec.capabilities(ClientCapabilities.builder()
                                .sampling()
                                .elicitation()
                                .roots(true)
                                .build())
                        .roots(Root.builder("file:///of/" + name).name(name).build())
                        .sampling(request -> CreateMessageResult.builder(
                                        Role.ASSISTANT,
                                        TextContent.builder("sampled by " + name)
                                                .build(),
                                        "model")
                                .build())
                        .elicitation(request -> ElicitResult.builder(ElicitResult.Action.ACCEPT)
                                .content(Map.of("name", name))
                                .build())
                        .loggingConsumer((LoggingMessageNotification each) -> logged.add(each.data())));
    }

    @Test
    void everything_perSession_asksTheClientOfTheSession() throws Exception {
        Gateway gateway = gateway(PER_SESSION);
        List<String> names = List.of("ada", "bob");
        List<List<String>> logged = List.of(new CopyOnWriteArrayList<>(), new CopyOnWriteArrayList<>());
        List<McpSyncClient> clients = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            clients.add(answering(gateway, names.get(i), logged.get(i)));
        }
        // Each child knows its client by the same name, none: a child of both would stop what the first has started.
        for (McpSyncClient client : clients) {
            assertThat(text(client, "toggle-simulated-logging", Map.of())).startsWith("Started");
        }
        for (int i = 0; i < names.size(); i++) {
            McpSyncClient client = clients.get(i);
            String name = names.get(i);
            List<String> messages = logged.get(i);
            assertThat(toolNames(client)).contains("trigger-sampling-request", "get-roots-list");
            assertThat(text(client, "trigger-sampling-request", Map.of("prompt", "who?")))
                    .contains("sampled by " + name);
            assertThat(text(client, "trigger-elicitation-request", Map.of())).contains("- Name: " + name);
            assertThat(text(client, "get-roots-list", Map.of()))
                    .contains("Current MCP Roots (1 total)", "URI: file:///of/" + name);
            await(() -> messages.stream().anyMatch(each -> each.matches("\\w+[- ]level[- ]message")));
            // A child that still logs does not exit by itself.
            assertThat(text(client, "toggle-simulated-logging", Map.of())).startsWith("Stopped");
        }
        assertThat(children(gateway)).isEqualTo(2);
        assertThat(toolNames(client(gateway, "everything")))
                .contains("echo")
                .doesNotContain("trigger-sampling-request", "get-roots-list");
    }

    @Test
    void everything_shared_asksNoClient_andNotifiesTheSubscriber() throws Exception {
        Gateway gateway = gateway(SHARED);
        List<String> logged = new CopyOnWriteArrayList<>();
        McpSyncClient offering = answering(gateway, "ada", logged);
        assertThat(toolNames(offering)).contains("echo").doesNotContain("trigger-sampling-request", "get-roots-list");

        List<List<String>> updated = List.of(new CopyOnWriteArrayList<>(), new CopyOnWriteArrayList<>());
        List<McpSyncClient> clients = updated.stream()
                .map(to -> client(
                        gateway,
                        "everything",
                        spec -> spec.resourcesUpdateConsumer(
                                (List<ResourceContents> contents) -> contents.forEach(each -> to.add(each.uri())))))
                .toList();
        for (int i = 0; i < clients.size(); i++) {
            clients.get(i)
                    .subscribeResource(SubscribeRequest.builder("demo://resource/dynamic/text/" + (i + 1))
                            .build());
        }
        // One child serves both clients, so one of them turns the updates on for both.
        assertThat(text(clients.get(0), "toggle-subscriber-updates", Map.of())).startsWith("Started");
        await(() -> updated.stream().noneMatch(List::isEmpty));
        assertThat(text(clients.get(1), "toggle-subscriber-updates", Map.of())).startsWith("Stopped");
        assertThat(text(offering, "toggle-simulated-logging", Map.of())).startsWith("Started");
        assertThat(text(offering, "echo", Map.of("message", "after the log message")))
                .isEqualTo("Echo: after the log message");
        assertThat(text(offering, "toggle-simulated-logging", Map.of())).startsWith("Stopped");
        assertThat(children(gateway)).isEqualTo(1);
        assertThat(updated.get(0)).containsOnly("demo://resource/dynamic/text/1");
        assertThat(updated.get(1)).containsOnly("demo://resource/dynamic/text/2");
        assertThat(logged).isEmpty();
    }

    private Seen files(McpSyncClient client) {
        Path file = data().resolve("grüße.txt");
        return new Seen(
                client.getServerInfo(),
                client.listTools().tools(),
                List.of(),
                List.of(),
                List.of(
                        text(client, "write_file", Map.of("path", file.toString(), "content", "hëllo\n☃\n")),
                        text(client, "read_text_file", Map.of("path", file.toString())),
                        text(client, "list_directory", Map.of("path", data().toString())),
                        String.valueOf(call(client, "read_text_file", Map.of("path", "/etc/passwd")))));
    }

    @Test
    void filesystem_inEachMode_isAsOverItsOwnStdio() throws Exception {
        Seen direct = files(direct("filesystem"));
        assertThat(direct.tools()).extracting(Tool::name).contains("write_file", "list_directory");
        assertThat(direct.texts().subList(1, 3)).containsExactly("hëllo\n☃\n", "[FILE] grüße.txt");
        assertThat(direct.texts().get(3)).contains("Access denied", "isError=true");

        for (String mode : List.of(PER_SESSION, SHARED)) {
            Gateway gateway = gateway(mode);
            McpSyncClient first = client(gateway, "filesystem");
            McpSyncClient second = client(gateway, "filesystem");
            for (McpSyncClient client : List.of(first, second)) {
                Files.delete(data().resolve("grüße.txt"));
                assertThat(files(client)).as(mode).isEqualTo(direct);
            }
            assertThat(children(gateway)).isEqualTo(mode.equals(SHARED) ? 1 : 2);
            first.closeGracefully();
            assertThat(text(second, "list_directory", Map.of("path", data().toString())))
                    .isEqualTo("[FILE] grüße.txt");
        }
    }

    private McpSyncClient rooted(Gateway gateway, Path root) {
        return client(
                gateway,
                "filesystem",
                spec -> spec.capabilities(
                                ClientCapabilities.builder().roots(true).build())
                        .roots(Root.builder(root.toUri().toString())
                                .name("root")
                                .build()));
    }

    @Test
    void filesystem_perSession_readsTheRootsOfItsOwnClientAlone() throws Exception {
        Gateway gateway = gateway(PER_SESSION);
        Path ada = Files.createDirectory(folder.resolve("ada"));
        Path bob = Files.createDirectory(folder.resolve("bob"));
        Files.writeString(ada.resolve("note.txt"), "of ada");
        Files.writeString(bob.resolve("note.txt"), "of bob");
        McpSyncClient first = rooted(gateway, ada);
        McpSyncClient second = rooted(gateway, bob);
        awaitText(first, "list_allowed_directories", said -> said.contains(ada.toString()));
        awaitText(second, "list_allowed_directories", said -> said.contains(bob.toString()));

        assertThat(text(
                        first,
                        "read_text_file",
                        Map.of("path", ada.resolve("note.txt").toString())))
                .isEqualTo("of ada");
        assertThat(text(
                        second,
                        "read_text_file",
                        Map.of("path", bob.resolve("note.txt").toString())))
                .isEqualTo("of bob");
        assertThat(text(
                        first,
                        "read_text_file",
                        Map.of("path", bob.resolve("note.txt").toString())))
                .contains("Access denied");
        assertThat(text(
                        second,
                        "read_text_file",
                        Map.of("path", ada.resolve("note.txt").toString())))
                .contains("Access denied");

        // The client names another root later on, and the server of its session asks it again.
        first.addRoot(Root.builder(data().toUri().toString()).name("more").build());
        awaitText(first, "list_allowed_directories", said -> said.contains(data().toString()));
        assertThat(text(second, "list_allowed_directories", Map.of())).isEqualTo("Allowed directories:\n" + bob);
    }

    @Test
    void filesystem_shared_keepsTheFoldersOfItsCommand() throws Exception {
        Gateway gateway = gateway(SHARED);
        Path ada = Files.createDirectory(folder.resolve("ada"));
        McpSyncClient client = rooted(gateway, ada);
        client.rootsListChangedNotification();
        assertThat(text(client, "list_allowed_directories", Map.of())).isEqualTo("Allowed directories:\n" + data());
    }

    @ParameterizedTest
    @ValueSource(strings = {PER_SESSION, SHARED})
    void memory_inEachMode_keepsAGraphThatTheNextClientReads(String mode) throws Exception {
        Gateway gateway = gateway(mode);
        McpSyncClient first = client(gateway, "memory");
        assertThat(toolNames(first)).contains("create_entities", "read_graph", "search_nodes");
        Map<String, Object> weir =
                Map.of("name", "Weir", "entityType", "gateway", "observations", List.of("it limits ☃"));
        Map<String, Object> other = Map.of("name", "other", "entityType", "thing", "observations", List.of());
        assertThat(call(first, "create_entities", Map.of("entities", List.of(weir, other)))
                        .structuredContent())
                .isEqualTo(Map.of("entities", List.of(weir, other)));

        McpSyncClient second = client(gateway, "memory");
        assertThat(call(second, "read_graph", Map.of()).structuredContent())
                .isEqualTo(Map.of("entities", List.of(weir, other), "relations", List.of()));
        assertThat(call(second, "search_nodes", Map.of("query", "limits")).structuredContent())
                .isEqualTo(Map.of("entities", List.of(weir), "relations", List.of()));
        call(second, "delete_entities", Map.of("entityNames", List.of("Weir")));
        assertThat(call(first, "read_graph", Map.of()).structuredContent())
                .isEqualTo(Map.of("entities", List.of(other), "relations", List.of()));
        assertThat(children(gateway)).isEqualTo(mode.equals(SHARED) ? 1 : 2);
    }

    @Test
    void client_whoseChildIsKilled_opensAnotherSession_andAnotherClientNoticesNothing() throws Exception {
        Gateway gateway = gateway(PER_SESSION);
        McpSyncClient first = client(gateway, "memory");
        Set<ProcessHandle> ofFirst = memoryServers();
        McpSyncClient second = client(gateway, "memory");
        assertThat(ofFirst).hasSize(1).allMatch(ProcessHandle::destroyForcibly);
        await(() -> children(gateway) == 1);

        assertThat(toolNames(second)).contains("read_graph");
        await(() -> works(first));
        assertThat(children(gateway)).isEqualTo(2);
    }

    @Test
    void clients_whoseSharedChildIsKilled_openOtherSessionsWithTheNext() throws Exception {
        Gateway gateway = gateway(SHARED);
        McpSyncClient first = client(gateway, "memory");
        McpSyncClient second = client(gateway, "memory");
        assertThat(memoryServers()).hasSize(1).allMatch(ProcessHandle::destroyForcibly);

        await(() -> works(first));
        await(() -> works(second));
        assertThat(children(gateway)).isEqualTo(1);
    }

    private static boolean works(McpSyncClient client) {
        try {
            return toolNames(client).contains("read_graph");
        } catch (RuntimeException e) {
            return false;
        }
    }

    private static Set<ProcessHandle> memoryServers() {
        return ProcessHandle.current()
                .descendants()
                .filter(each -> each.info().commandLine().orElse("").contains("server-memory"))
                .collect(Collectors.toSet());
    }
}
