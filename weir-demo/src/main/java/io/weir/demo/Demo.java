package io.weir.demo;

import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.weir.config.EdgeConfig;
import io.weir.config.GatewayConfig;
import io.weir.config.HostPort;
import io.weir.config.QueueConfig;
import io.weir.config.RefusalConfig;
import io.weir.config.UpstreamConfig;
import io.weir.core.config.Profile;
import io.weir.core.config.WeirConfig;
import io.weir.core.queue.Capacity;
import io.weir.gateway.Gateway;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The main job on real input: an SDK server, the gateway in front of it, and an SDK client that offers five times what
 * the limits admit. Every request is accounted for.
 */
public final class Demo {
    private static final int LIMIT = 20;
    private static final int OFFERED = 5 * LIMIT;
    private static final int MAX_SECONDS = 30;

    @SuppressWarnings("InlineFormatString") // a page of its own
    private static final String TRY_IT = """

            It stays up until Ctrl-C. Try it:
              post() { curl -s http://%1$s/mcp -H 'Content-Type: application/json' \\
                -H 'Accept: application/json, text/event-stream' "$@"; echo; }
              post -D /tmp/head -d '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",
                "capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}'
              id="Mcp-Session-Id: $(sed -n 's/^mcp-session-id: *//Ip' /tmp/head | tr -d '\\r')"
              post -H "$id" -d '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"echo","arguments":{"message":"hi"}}}'
              curl -s http://%2$s/stats
            """;

    private final PrintStream out;
    private final boolean terminal = Boolean.getBoolean("weir.terminal");

    private Demo(PrintStream out) {
        this.out = out;
    }

    /**
     * Runs the demonstration.
     *
     * @param exit whether to end after the burst, rather than to stay up until the process is told to stop
     * @return 0 if every request was answered and accounted for, else 1
     * @throws Exception if something cannot be started
     */
    public static int run(boolean exit, PrintStream out) throws Exception {
        Demo demo = new Demo(out);
        CountDownLatch ended = new CountDownLatch(1);
        try (SdkServer server = new SdkServer();
                Gateway gateway = Gateway.start(config(server.url()))) {
            boolean right = demo.show(server, gateway);
            if (!exit) {
                demo.stayUp(gateway, ended);
            }
            return right ? 0 : 1;
        } finally {
            ended.countDown();
        }
    }

    private static GatewayConfig config(URI upstream) {
        WeirConfig limits = Profile.PRODUCTION
                .builder(Runtime.getRuntime().maxMemory())
                .maxMessages(LIMIT)
                .build();
        return new GatewayConfig(
                Profile.PRODUCTION.key(),
                HostPort.parse("127.0.0.1:0"),
                HostPort.parse("127.0.0.1:0"),
                List.of(new UpstreamConfig(
                                "demo", upstream, Map.of(), Duration.ofSeconds(5), Duration.ofMinutes(1), OFFERED)
                        .withQueue(QueueConfig.DEFAULT.withCapacity(Capacity.fixed(OFFERED)))),
                limits,
                RefusalConfig.DEFAULT,
                EdgeConfig.DEFAULT,
                List.of(),
                List.of(),
                Optional.empty());
    }

    private boolean show(SdkServer server, Gateway gateway) throws Exception {
        out.printf("server    %s  (official Java SDK)%n", server.url());
        out.printf("gateway   http://%s/mcp  in front of it%n", gateway.http());
        out.printf("limit     %d messages pending for one connection%n", LIMIT);
        McpAsyncClient client = McpClient.async(HttpClientStreamableHttpTransport.builder("http://" + gateway.http())
                        .endpoint("/mcp")
                        .build())
                .requestTimeout(Duration.ofSeconds(MAX_SECONDS))
                .build();
        client.initialize().block(Duration.ofSeconds(MAX_SECONDS));
        out.printf(
                "burst     %d calls at once from the official Java client on one session; the server holds what it gets%n%n",
                OFFERED);
        Burst burst = new Burst(OFFERED);
        burst.start(client);
        boolean whole = follow(burst, server);
        out.printf("%na refused call was told: %s%n", burst.firstRefusal());
        boolean next = !client.callTool(CallToolRequest.builder("echo")
                        .arguments(Map.of("message", "still here"))
                        .build())
                .block(Duration.ofSeconds(MAX_SECONDS))
                .content()
                .isEmpty();
        out.printf("the next call on the same session: %s%n%n", next ? "answered" : "not answered");
        client.closeGracefully().block(Duration.ofSeconds(MAX_SECONDS));
        return account(burst, server, stats(gateway)) && whole && next;
    }

    private boolean follow(Burst burst, SdkServer server) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(MAX_SECONDS).toNanos();
        boolean whole = false;
        String last = "";
        while (!whole && System.nanoTime() - end < 0) {
            whole = burst.awaitNext(100);
            if (burst.refused() >= OFFERED - LIMIT) {
                server.letGo();
            }
            String line = String.format(
                    "answered %3d   refused %3d %s   at the server now %2d, at most %2d",
                    burst.answered(), burst.refused(), burst.refusedByReason(), server.running(), server.maxAtOnce());
            if (!line.equals(last)) {
                out.print(terminal ? "\r" + line : line + System.lineSeparator());
                out.flush();
                last = line;
            }
        }
        if (terminal) {
            out.println();
        }
        return whole;
    }

    private static JsonNode stats(Gateway gateway) throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://" + gateway.admin() + "/stats"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        return JsonMapper.shared().readTree(response.body()).get("global");
    }

    private boolean account(Burst burst, SdkServer server, JsonNode global) {
        JsonNode flow = global.get("flow");
        long offered = messages(flow, "offered");
        long refused = messages(flow, "refused");
        long admitted = messages(flow, "admitted");
        long completed = messages(flow, "completed");
        long inFlight = messages(flow, "in_flight");
        List<Check> checks = new ArrayList<>();
        checks.add(
                new Check("client: offered = answered + refused", burst.offered(), burst.answered() + burst.refused()));
        checks.add(new Check("client: answered, and the limit", burst.answered(), LIMIT));
        checks.add(new Check("client and gateway agree on what was refused", burst.refused(), refused));
        checks.add(new Check(
                "gateway: offered = refused + dropped + disconnected + admitted",
                offered,
                refused + messages(flow, "dropped") + messages(flow, "disconnected") + admitted));
        checks.add(new Check(
                "gateway: admitted = in flight + completed + failed + cancelled",
                admitted,
                inFlight + completed + messages(flow, "failed") + messages(flow, "cancelled")));
        checks.add(new Check(
                "gateway and server agree: tool calls that arrived", burst.answered() + 1L, server.arrived()));
        checks.add(new Check(
                "nothing is pending any more",
                0,
                global.get("pending").get("messages").asLong()));
        out.printf("%-66s %8s %8s%n", "every request accounted for", "", "");
        checks.forEach(check -> out.printf(
                "  %-64s %8d %8d  %s%n", check.what, check.left, check.right, check.holds() ? "ok" : "WRONG"));
        boolean bounded = server.maxAtOnce() <= LIMIT;
        out.printf(
                "  %-64s %8d %8d  %s%n",
                "at the server at once, and the limit", server.maxAtOnce(), LIMIT, bounded ? "ok" : "WRONG");
        return bounded && burst.failed() == 0 && checks.stream().allMatch(Check::holds);
    }

    private static long messages(JsonNode flow, String name) {
        return flow.get(name).get("messages").asLong();
    }

    private record Check(String what, long left, long right) {
        boolean holds() {
            return left == right;
        }
    }

    /** Until a signal starts the JVM's shutdown, which then waits until everything is closed, and ends with 0. */
    private void stayUp(Gateway gateway, CountDownLatch ended) throws InterruptedException {
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            stopped.countDown();
                            try {
                                ended.await();
                                Runtime.getRuntime().halt(0);
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "weir-demo-stop"));
        out.printf(TRY_IT, gateway.http(), gateway.admin());
        out.flush();
        stopped.await();
    }
}
