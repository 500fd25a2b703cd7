package io.weir.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.weir.config.QueueConfig;
import io.weir.core.queue.Capacity;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the Java program of docs/clients.md against a real gateway. The others are run in {@code peers/}. */
class ClientsPageTest {
    private static final int CALLS = 8;
    private static final int ATTEMPTS = 50;

    @TempDir
    Path directory;

    private Method retry(URLClassLoader loader) throws Exception {
        return loader.loadClass("Retry").getMethod("callTool", McpSyncClient.class, CallToolRequest.class, int.class);
    }

    private URLClassLoader compiled() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "clients.md"));
        Matcher block = Pattern.compile("```java\n(.*?)```\n", Pattern.DOTALL).matcher(page);
        assertThat(block.find()).isTrue();
        Path source = Files.writeString(directory.resolve("Retry.java"), block.group(1));
        int status = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-d",
                        directory.toString(),
                        source.toString());
        assertThat(status).isZero();
        return new URLClassLoader(
                new URL[] {directory.toUri().toURL()}, getClass().getClassLoader());
    }

    private static McpSyncClient client(PeerHarness harness) {
        return McpClient.sync(HttpClientStreamableHttpTransport.builder("http://" + harness.gateway.http())
                        .endpoint("/mcp")
                        .build())
                .requestTimeout(PeerHarness.PATIENCE)
                .initializationTimeout(PeerHarness.PATIENCE)
                .build();
    }

    @Test
    void java_retriesWhatIsRefusedUntilItIsAdmitted() throws Exception {
        QueueConfig oneAtATime = QueueConfig.DEFAULT.withCapacity(Capacity.fixed(1));
        ExecutorService threads = Executors.newFixedThreadPool(CALLS);
        try (URLClassLoader loader = compiled();
                PeerHarness harness = PeerHarness.start(limits -> limits.maxMessages(2), oneAtATime);
                McpSyncClient client = client(harness)) {
            client.initialize();
            Method callTool = retry(loader);
            Callable<CallToolResult> call = () -> (CallToolResult) callTool.invoke(
                    null,
                    client,
                    CallToolRequest.builder("slow").arguments(Map.of("ms", 20)).build(),
                    ATTEMPTS);
            List<Future<CallToolResult>> results = new ArrayList<>();
            for (int i = 0; i < CALLS; i++) {
                results.add(threads.submit(call));
            }
            for (Future<CallToolResult> result : results) {
                assertThat(result.get().isError()).isNotEqualTo(true);
            }

            assertThat(harness.server.arrived()).isEqualTo(CALLS);
            assertThat(PeerHarness.messages(harness.statsAtRest().get("flow"), "refused"))
                    .isPositive();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void java_givesUpAfterTheLastAttempt() throws Exception {
        QueueConfig oneAtATime = QueueConfig.DEFAULT.withCapacity(Capacity.fixed(1));
        try (URLClassLoader loader = compiled();
                PeerHarness harness = PeerHarness.start(limits -> limits.maxMessages(1), oneAtATime);
                McpSyncClient client = client(harness)) {
            client.initialize();
            Thread holder = new Thread(() -> client.callTool(
                    CallToolRequest.builder("hold").arguments(Map.of("why", "")).build()));
            holder.start();
            harness.awaitRunning(1);
            Method callTool = retry(loader);
            Throwable failure = null;
            try {
                callTool.invoke(
                        null,
                        client,
                        CallToolRequest.builder("echo")
                                .arguments(Map.of("message", "x"))
                                .build(),
                        1);
            } catch (InvocationTargetException e) {
                failure = e.getCause();
            }
            harness.server.letGo();
            holder.join();

            assertThat(failure).hasMessageContaining("Overloaded: connection has 1 of 1 messages pending");
        }
    }
}
