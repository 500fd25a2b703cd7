package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the tests of failing wires share: their seeds, a server, the outcomes of requests, and what must be left in the
 * end.
 */
final class WireFaults {
    static final int SEEDS = Integer.getInteger("weir.wire.seeds", 1);
    static final long FIRST_SEED = Long.getLong("weir.wire.seed", 1);
    static final int CLIENTS = 8;

    /** Limits that the schedules never reach, and deadlines that are shorter than the clients' own. */
    private static final List<String> SETTINGS = List.of(
            "queue_limits.max_messages=10000",
            "backpressure.max_messages_per_sec=10000",
            "edge.body_timeout_ms=3000",
            "edge.header_timeout_ms=3000",
            "edge.write_stall_timeout_ms=3000",
            "upstreams.default.abandoned_hold_ms=500",
            "upstreams.default.circuit_breaker.enabled=false",
            "upstreams.default.capacity=16");

    private static final String BIG = "x".repeat(150_000);
    private static final Pattern ID = Pattern.compile("\"id\":(\\d+)");
    private static final Pattern TOKEN = Pattern.compile("\"token\":\"([^\"]*)\"");

    private WireFaults() {}

    /** How the requests of the clients ended; each is counted once. */
    static final class Outcomes {
        final AtomicInteger sent = new AtomicInteger();
        final AtomicInteger answered = new AtomicInteger();
        final AtomicInteger broken = new AtomicInteger();
        final AtomicInteger swallowed = new AtomicInteger();
        final AtomicInteger left = new AtomicInteger();

        @Override
        public String toString() {
            return sent + " sent, " + answered + " answered, " + broken + " broken, " + swallowed
                    + " swallowed by the wire, " + left + " left";
        }
    }

    /** A schedule with that seed. */
    interface Schedule {
        void run(long seed) throws Exception;
    }

    /** Runs a schedule with each seed, behind one that loads all classes; each leaves no descriptor open. */
    static void eachSeed(Schedule schedule) throws Exception {
        schedule.run(0);
        long before = descriptors();
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            schedule.run(seed);
            GatewayHarness.await("descriptors are closed, seed " + seed, () -> descriptors() <= before + 4);
        }
    }

    /** Lets the wire be as it should, and waits until calls are answered. */
    static void awaitService(FaultProxy behind, GatewayHarness rig, long seed) throws InterruptedException {
        behind.calm();
        GatewayHarness.await(
                "it serves, seed " + seed,
                () -> rig.call(GatewayHarness.call(7, "echo")).join().body().contains("\"result\""));
    }

    static String[] settings(String... others) {
        List<String> all = new ArrayList<>(SETTINGS);
        all.addAll(List.of(others));
        return all.toArray(String[]::new);
    }

    /**
     * Answers as JSON, as a stream of events in parts, or with more than fits into buffers. A result repeats the token
     * of its call, if there was one.
     */
    static void serve(Socket socket, long seed) throws IOException, InterruptedException {
        Random random = new Random(seed);
        while (true) {
            RawServer.Request request = RawServer.read(socket);
            Matcher id = ID.matcher(request.body());
            Matcher token = TOKEN.matcher(request.body());
            String message = "{\"jsonrpc\":\"2.0\",\"id\":" + (id.find() ? id.group(1) : "null")
                    + ",\"result\":{\"text\":\"" + (random.nextInt(3) == 0 ? BIG : "x") + "\""
                    + (token.find() ? "," + token.group() : "") + "}}";
            Thread.sleep(random.nextInt(4) == 0 ? 100 : random.nextInt(10));
            if (random.nextBoolean()) {
                RawServer.write(
                        socket,
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + message.length()
                                + "\r\n\r\n" + message);
            } else {
                String event = "event: message\ndata: " + message + "\n\n";
                RawServer.write(
                        socket,
                        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                                + "4\r\n: a\n\r\n" + Integer.toHexString(event.length()) + "\r\n" + event
                                + "\r\n0\r\n\r\n");
            }
        }
    }

    /** Runs the clients of a schedule at once; each request of theirs must have one outcome. */
    static void allClients(long seed, Outcomes outcomes, IntFunction<Callable<Void>> client) {
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        List<Future<Void>> all = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            all.add(threads.submit(client.apply(i)));
        }
        try {
            for (Future<Void> each : all) {
                each.get();
            }
        } catch (Exception e) {
            throw new AssertionError("seed " + seed + ": -Dweir.wire.seed=" + seed + " -Dweir.wire.seeds=1", e);
        } finally {
            threads.shutdownNow();
        }
        assertThat(outcomes.answered.get() + outcomes.broken.get() + outcomes.swallowed.get() + outcomes.left.get())
                .as("one outcome for each, seed " + seed)
                .isEqualTo(outcomes.sent.get());
        assertThat(outcomes.answered.get()).as("answered, seed " + seed).isPositive();
    }

    static void assertNothingLeft(GatewayHarness rig, long seed) throws InterruptedException {
        for (String name : List.of(
                "queued",
                "in_flight",
                "abandoned",
                "buffered_head_bytes",
                "buffered_body_bytes",
                "buffered_answer_bytes",
                "buffered_tcp_answer_bytes",
                "streams",
                "connections_in_use")) {
            if (rig.stats().contains("\"" + name + "\":")) {
                GatewayHarness.await(name + " is 0, seed " + seed + ": " + rig.stats(), () -> rig.stat(name) == 0);
            }
        }
        String stats = rig.stats();
        String global = stats.substring(0, stats.indexOf("\"queues\""));
        assertThat(messages(global, "pending")).as("pending, seed " + seed).isZero();
        assertThat(messages(global, "control")).as("control, seed " + seed).isZero();
        assertThat(messages(global, "offered"))
                .as("offered, seed " + seed + ": " + global)
                .isPositive()
                .isEqualTo(sum(global, "refused", "dropped", "disconnected", "shed", "admitted"));
        assertThat(messages(global, "admitted"))
                .as("admitted, seed " + seed + ": " + global)
                .isEqualTo(
                        sum(global, "queued", "in_flight", "completed", "failed", "expired", "cancelled", "evicted"));
    }

    private static long sum(String json, String... names) {
        long sum = 0;
        for (String name : names) {
            sum += messages(json, name);
        }
        return sum;
    }

    private static long messages(String json, String name) {
        Matcher found =
                Pattern.compile("\"" + name + "\":\\{\"messages\":(\\d+)").matcher(json);
        assertThat(found.find()).as(name + " in " + json).isTrue();
        return Long.parseLong(found.group(1));
    }

    static long descriptors() {
        return ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class)
                .getOpenFileDescriptorCount();
    }
}
