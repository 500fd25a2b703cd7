package io.weir.demo;

import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.weir.config.EdgeConfig;
import io.weir.config.GatewayConfig;
import io.weir.config.HostPort;
import io.weir.config.OperationConfig;
import io.weir.config.QueueConfig;
import io.weir.config.RefusalConfig;
import io.weir.config.UpstreamConfig;
import io.weir.core.config.Profile;
import io.weir.core.config.WeirConfig;
import io.weir.core.queue.Capacity;
import io.weir.gateway.Gateway;
import io.weir.gateway.auth.ApiKeys;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Mono;

/**
 * The main job on real input: an SDK server, the gateway in front of it, and SDK clients of two tenants. Shows fair
 * queueing, exact limits, a deadline and a cancellation, and accounts for every request.
 */
public final class Demo {
    private static final String REPORTS = "reports";
    private static final String CHAT = "chat";
    private static final int CAPACITY = 4;
    private static final int LIMIT = 40;
    private static final int OFFERED = 5 * LIMIT;
    private static final int SLOW_MILLIS = 300;
    private static final long CHAT_PAUSE_MILLIS = 150;
    private static final int BUSY_MILLIS = 2_000;
    private static final int DEADLINE_MILLIS = 1_000;
    private static final int STEP_MILLIS = 500;
    private static final int CANCELLED_ID = 7;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Console console;
    private final SdkServer server;
    private final Gateway gateway;
    private final McpAsyncClient reports;
    private final McpAsyncClient chat;
    private final String chatKey;

    /** The keys of the two tenants. */
    private record Keys(String reports, String chat) {}

    private Demo(Console console, SdkServer server, Gateway gateway, Keys keys) {
        this.console = console;
        this.server = server;
        this.gateway = gateway;
        this.reports = client(gateway, keys.reports());
        this.chat = client(gateway, keys.chat());
        this.chatKey = keys.chat();
    }

    /**
     * Runs the demonstration.
     *
     * @param exit whether to end after the last check, rather than to stay up until the process is told to stop
     * @return 0 if every request was answered and accounted for, else 1
     * @throws Exception if something cannot be started
     */
    public static int run(boolean exit, PrintStream out) throws Exception {
        return run(exit, Console.of(out, System.getenv()));
    }

    static int run(boolean exit, Console console) throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        Keys keys = new Keys(ApiKeys.generate(), ApiKeys.generate());
        Path file = Files.createTempFile("weir-demo", ".keys");
        try (SdkServer server = new SdkServer()) {
            Files.write(file, List.of(ApiKeys.hashLine(REPORTS, keys.reports()), ApiKeys.hashLine(CHAT, keys.chat())));
            try (Gateway gateway = Gateway.start(config(server.url(), file))) {
                Demo demo = new Demo(console, server, gateway, keys);
                boolean right = demo.show();
                if (!exit) {
                    TryIt.until(ended, console, gateway, keys.chat());
                }
                return right ? 0 : 1;
            }
        } finally {
            Files.deleteIfExists(file);
            ended.countDown();
        }
    }

    private static GatewayConfig config(URI upstream, Path keys) {
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
                        .withQueue(queue())),
                limits,
                RefusalConfig.DEFAULT,
                EdgeConfig.DEFAULT,
                List.of(),
                List.of(),
                Optional.of(keys));
    }

    /** Exports and calls that are held have queues of their own, so that earlier calls change nothing for them. */
    private static QueueConfig queue() {
        Capacity capacity = Capacity.fixed(CAPACITY);
        OperationConfig own =
                new OperationConfig(Optional.of(capacity), Optional.empty(), Optional.empty(), Optional.empty());
        return QueueConfig.DEFAULT.withCapacity(capacity).withOperations(Map.of(), Map.of("hold", own, "export", own));
    }

    private static McpAsyncClient client(Gateway gateway, String key) {
        return McpClient.async(HttpClientStreamableHttpTransport.builder("http://" + gateway.http())
                        .endpoint("/mcp")
                        .requestBuilder(HttpRequest.newBuilder().header("Authorization", "Bearer " + key))
                        .build())
                .requestTimeout(PATIENCE)
                .build();
    }

    private boolean show() throws Exception {
        console.line("server    " + server.url() + "  made with the official Java SDK");
        console.line("gateway   http://" + gateway.http() + "/mcp  in front of it");
        console.line("capacity  the server gets " + CAPACITY + " calls at a time; the others wait in the gateway");
        console.line("limit     " + LIMIT + " pending messages per connection");
        console.line("tenants   " + REPORTS + " and " + CHAT + ", each with an API key of its own");
        reports.initialize().block(PATIENCE);
        chat.initialize().block(PATIENCE);
        Burst slow = Burst.start(LIMIT, reports, call("slow", "ms", SLOW_MILLIS));
        Quick quick = showFairness(slow);
        Late late = showDeadlineAndCancel();
        Burst burst = Burst.start(OFFERED, reports, call("hold", "why", "to be counted"));
        showLimit(burst);
        server.letGo();
        boolean whole = burst.await(PATIENCE.toMillis());
        echo();
        reports.closeGracefully().block(PATIENCE);
        chat.closeGracefully().block(PATIENCE);
        return account(slow, burst, late, quick) && whole;
    }

    private static CallToolRequest call(String tool, String argument, Object value) {
        return CallToolRequest.builder(tool).arguments(Map.of(argument, value)).build();
    }

    /** Calls the quick tool as tenant chat; how long that took, in milliseconds. */
    private long echo() {
        long begun = System.nanoTime();
        chat.callTool(call("echo", "message", "hello")).block(PATIENCE);
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    }

    /** The quick calls of tenant chat: how many there were, and how many were answered while slow ones waited. */
    private record Quick(int calls, int besideSlow) {}

    /** Slow calls of one tenant at once, and quick ones of another beside them. */
    private Quick showFairness(Burst slow) throws InterruptedException {
        console.line("");
        console.heading("1  Fair queueing: reports sends " + LIMIT + " calls of " + SLOW_MILLIS
                + " ms at once, chat quick ones");
        int calls = 0;
        int besideSlow = 0;
        long longest = 0;
        while (calls == 0 || slow.answeredCalls() < LIMIT - CAPACITY) {
            long took = echo();
            calls++;
            longest = Math.max(longest, took);
            besideSlow += slow.answeredCalls() < LIMIT ? 1 : 0;
            showProgress(slow, String.format("chat: call %2d in %d ms", calls, took));
            slow.await(CHAT_PAUSE_MILLIS);
        }
        while (!slow.await(100)) {
            showProgress(slow, String.format("chat: %2d calls, done", calls));
        }
        showProgress(slow, String.format("chat: %2d calls, done", calls));
        console.endLive();
        console.text(String.format(
                "Half of the calls of reports took longer than %,d ms, no call of chat longer than %,d ms: chat gets the next"
                        + " free slot, however many calls of reports wait.",
                slow.medianMillis(), longest));
        return new Quick(calls, besideSlow);
    }

    private void showProgress(Burst slow, String others) {
        int done = slow.answeredCalls();
        int width = 20;
        String bar = "#".repeat(width * done / slow.offered());
        console.live(String.format("reports %2d of %d [%-" + width + "s]   %s", done, slow.offered(), bar, others));
    }

    /** Whether the call with a deadline expired, and whether the other one was cancelled. */
    private record Late(boolean expired, boolean cancelled) {}

    private Late showDeadlineAndCancel() throws Exception {
        console.line("");
        console.heading("2  Deadline and cancellation: two exports of chat queue behind others");
        console.text(
                "The first has a deadline of " + DEADLINE_MILLIS + " ms, the second is cancelled after half of that.");
        RawSession other = new RawSession(URI.create("http://" + gateway.http() + "/mcp"), chatKey);
        Burst busy = Burst.start(CAPACITY, chat, call("export", "ms", BUSY_MILLIS));
        for (int i = 0; i < 50 && server.running() < CAPACITY; i++) {
            Thread.sleep(10);
        }
        long begun = System.nanoTime();
        CompletableFuture<String> late = chat.callTool(CallToolRequest.builder("export")
                        .arguments(Map.of("ms", SLOW_MILLIS))
                        .meta(Map.of("io.weir/timeoutMs", DEADLINE_MILLIS))
                        .build())
                .map(result -> "answered")
                .onErrorResume(McpError.class, error -> Mono.just(error.getMessage()))
                .toFuture();
        CompletableFuture<String> cancelled = other.export(CANCELLED_ID, SLOW_MILLIS);
        boolean sent = false;
        while (!late.isDone()) {
            long passed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
            console.live(String.format("queued for %,d ms", passed / STEP_MILLIS * STEP_MILLIS));
            Thread.sleep(50);
            if (!sent && passed > DEADLINE_MILLIS / 2) {
                other.cancel(CANCELLED_ID);
                sent = true;
            }
        }
        console.endLive();
        boolean ended = cancelled.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).contains("ancelled");
        console.text("The first response: " + late.join());
        console.text("The second call " + (ended ? "was" : "was NOT") + " cancelled. Neither reached the server.");
        busy.await(PATIENCE.toMillis());
        return new Late(late.join().contains("xpired"), ended);
    }

    private void showLimit(Burst burst) throws InterruptedException {
        console.line("");
        console.heading("3  Exact limits: the server holds all calls, and reports sends " + OFFERED + " at once");
        long end = System.nanoTime() + PATIENCE.toNanos();
        boolean answered = false;
        while (!answered && burst.refused() < OFFERED - LIMIT && System.nanoTime() - end < 0) {
            answered = burst.await(100);
            console.live(String.format(
                    "refused %3d of %d   at the server %d of %d",
                    burst.refused(), burst.offered(), server.running(), CAPACITY));
        }
        console.endLive();
        console.text("Refused, by reason: " + burst.refusedByReason() + ". The first response:");
        console.text("  " + burst.firstRefusal());
        console.text("Each refusal names its own time to retry, so that clients do not all come back at once: "
                + burst.retryTimes() + ".");
    }

    private boolean account(Burst slow, Burst burst, Late late, Quick quick) throws Exception {
        console.line("");
        console.heading("4  Every request is accounted for");
        console.text("Both counts must be the same. The gateway also counts initialize and notifications.");
        Accounts accounts = new Accounts(console, gateway.admin());
        accounts.same("reports: sent = answered + refused", burst.offered(), burst.answeredCalls() + burst.refused());
        accounts.same("reports: answered of the burst, and the limit", burst.answeredCalls(), LIMIT);
        accounts.same(
                "reports: refused, by the client and by the gateway",
                burst.refused(),
                accounts.tenant(REPORTS, "refused"));
        accounts.some("chat: calls answered while reports waited", quick.besideSlow());
        accounts.same(
                "chat: expired, by the client and by the gateway",
                late.expired() ? 1 : 0,
                accounts.tenant(CHAT, "expired"));
        accounts.same(
                "chat: cancelled, by the client and by the gateway",
                late.cancelled() ? 1 : 0,
                accounts.tenant(CHAT, "cancelled"));
        // Those that kept the server busy, and the last one of chat, are added.
        long reached = slow.answeredCalls() + quick.calls() + burst.answeredCalls() + CAPACITY + 1L;
        accounts.same("tool calls: answered, and seen by the server", reached, server.arrived());
        accounts.atMost("at the server at once, and its capacity", server.maxAtOnce(), CAPACITY);
        accounts.conservation();
        console.flush();
        return accounts.right() && burst.failed() == 0 && slow.failed() == 0;
    }
}
