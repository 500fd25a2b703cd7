package io.weir.bench.connections;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an operator's look at many connections takes, and whether messages wait for it. Each connection is made by a
 * call of a client of its own address, which a trusted proxy names, so that few sockets do for all. Then clients call
 * at a fixed rate, in rounds alone and in rounds beside operators who ask for everything each second.
 */
public final class Operator {
    private static final int TENANTS = 50;
    private static final int LOADERS = 8;
    private static final int CALLERS = 8;
    private static final int CALLS_PER_SEC = 200;
    private static final int VIEWERS = 5;

    /** As many as the gateway allows. */
    private static final int EVENT_READERS = 4;

    private static final int ROUNDS = 5;
    private static final int LOOKS_ALONE = 40;
    private static final List<String> OWN_THREADS = List.of("weir-admin", "weir-metrics");
    private static final String SAMPLER = "weir-page";
    private static final String EVENT_LOOPS = "vert.x-eventloop";
    private static final String PAGE = "/connections?sort=messages&limit=50";
    private static final String CALL =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"t\",\"arguments\":{}}}";
    private static final Pattern KNOWN = Pattern.compile("\"total\":\\s*(\\d+)");
    private static final Pattern EVENT_TIME = Pattern.compile("^data: \\{\\s*\"time\":\\s*(\\d+)");

    private final WorkerProcess gateway;
    private final int connections;
    private final long roundNanos;
    private final int port;
    private final String admin;
    private final HttpClient http = HttpClient.newHttpClient();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private volatile boolean watching;

    private Operator(WorkerProcess gateway, int connections, long roundNanos) throws IOException {
        this.gateway = gateway;
        this.connections = connections;
        this.roundNanos = roundNanos;
        this.port = Integer.parseInt(gateway.answer());
        this.admin = "http://127.0.0.1:" + gateway.ask("admin");
    }

    /**
     * Prints a table.
     *
     * @param args how many connections there are to be, 50,000 unless said, and how many seconds a round is, 10
     */
    public static void main(String[] args) throws Exception {
        run(
                args.length > 0 ? Integer.parseInt(args[0]) : 50_000,
                TimeUnit.SECONDS.toNanos(args.length > 1 ? Integer.parseInt(args[1]) : 10),
                ROUNDS,
                LOOKS_ALONE);
        System.exit(0);
    }

    /**
     * Measures, and prints a table.
     *
     * @param looksAlone how often each endpoint is asked to warm up, and as often to measure
     * @return how many connections the operator's port lists
     */
    static int run(int connections, long roundNanos, int rounds, int looksAlone) throws Exception {
        System.setProperty("sun.net.httpserver.maxIdleConnections", "20000");
        System.setProperty("sun.net.httpserver.nodelay", "true");
        Path keys = Files.createTempFile("weir-operator", ".keys");
        try (SessionServer upstream = new SessionServer()) {
            Files.write(keys, keyLines());
            String[] settings = {
                upstream.url(),
                "http.trusted_proxies=127.0.0.0/8",
                "tenants.api_keys_file=" + keys,
                "edge.max_sessions=60000",
                "queue_limits.idle_timeout_ms=1h",
                "backpressure.max_messages_per_sec=100000",
                "backpressure.tenant_max_messages_per_sec=1000000",
                "upstreams.default.circuit_breaker.enabled=false"
            };
            try (WorkerProcess gateway = new WorkerProcess("1g", GatewayProcess.class, settings)) {
                Operator run = new Operator(gateway, connections, roundNanos);
                try {
                    return run.measure(rounds, looksAlone);
                } finally {
                    run.threads.shutdownNow();
                }
            }
        } finally {
            Files.deleteIfExists(keys);
        }
    }

    private static List<String> keyLines() throws Exception {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < TENANTS; i++) {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(key(i).getBytes(StandardCharsets.US_ASCII));
            lines.add("tenant-" + i + ":sha256:" + HexFormat.of().formatHex(hash));
        }
        return lines;
    }

    private static String key(int tenant) {
        return "operator-benchmark-key-of-tenant-" + (1_000 + tenant);
    }

    private static String headers(int client) {
        return "X-API-Key: " + key(client % TENANTS) + "\r\nX-Forwarded-For: 10." + (client >> 16) + "."
                + (client >> 8 & 255) + "." + (client & 255) + "\r\nMCP-Protocol-Version: 2026-07-28\r\n";
    }

    private int measure(int rounds, int looksAlone) throws Exception {
        System.out.printf(Locale.ROOT, "JDK %s%n", Runtime.version());
        all(LOADERS, this::connect);
        int known = known();
        row("connections known, tenants", "%,d, %d", known, TENANTS);
        calls(); // code is compiled
        Map<String, String> looks = new LinkedHashMap<>();
        looks.put("/connections, the fullest 50", PAGE);
        looks.put("/connections, the last 50", PAGE + "&offset=" + Math.max(0, known - 50));
        looks.put("/connections of one tenant", PAGE + "&tenant=tenant-7");
        looks.put("/connections, the fullest 1,000", "/connections?sort=messages&limit=1000");
        looks.put("/stats", "/stats");
        looks.put("/tenants", "/tenants");
        looks.put("/metrics", "/metrics");
        for (Map.Entry<String, String> look : looks.entrySet()) {
            for (int i = 0; i < looksAlone; i++) {
                look(look.getValue()); // code is compiled
            }
            List<Long> took = new ArrayList<>();
            long ownBefore = ownCpu();
            long loopsBefore = GatewayProcess.cpu(gateway, EVENT_LOOPS);
            for (int i = 0; i < looksAlone; i++) {
                took.add(look(look.getValue()));
            }
            row(
                    look.getKey() + ", one operator: p50 / p99; CPU time of threads of its own, of event loops",
                    "%s; %.2f ms, %.2f ms",
                    shown(took),
                    (ownCpu() - ownBefore) / 1e6 / looksAlone,
                    (GatewayProcess.cpu(gateway, EVENT_LOOPS) - loopsBefore) / 1e6 / looksAlone);
        }

        Map<String, List<Long>> beside = new LinkedHashMap<>();
        List<Long> events = new ArrayList<>();
        long samplerBefore = GatewayProcess.cpu(gateway, SAMPLER);
        List<String> rows = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            // Taking turns in who is first.
            String[] shown = new String[2];
            for (int half = 0; half < 2; half++) {
                boolean watched = half != round % 2;
                shown[watched ? 1 : 0] = shown(watched ? watched(looks, beside, events) : calls());
            }
            rows.add(shown[0] + " | " + shown[1]);
        }
        beside.forEach(
                (look, took) -> row(look + ", " + VIEWERS + " operators and calls: p50 / p99", "%s", shown(took)));
        row(
                "CPU time of the sampler for an event of /events, without readers as well",
                "%.2f ms",
                (GatewayProcess.cpu(gateway, SAMPLER) - samplerBefore)
                        / 1e6
                        / Math.max(1, events.size() / EVENT_READERS));
        row("age of an event of /events when it arrives: p50 / p99", "%s", shown(events));
        System.out.printf(Locale.ROOT, "| %d calls a second, p50 / p99 of a round: alone | watched |%n", CALLS_PER_SEC);
        rows.forEach(each -> System.out.println("| " + each + " |"));
        return known;
    }

    private long ownCpu() throws IOException {
        long nanos = 0;
        for (String each : OWN_THREADS) {
            nanos += GatewayProcess.cpu(gateway, each);
        }
        return nanos;
    }

    /** One of the threads that make all connections. */
    private Void connect(int loader) throws IOException {
        try (HttpConnection connection = new HttpConnection(loader, port)) {
            for (int client = loader; client < connections; client += LOADERS) {
                connection.post(CALL, headers(client));
                connection.expect(200);
            }
        }
        return null;
    }

    private int known() throws Exception {
        Matcher total = KNOWN.matcher(
                http.send(request(PAGE), HttpResponse.BodyHandlers.ofString()).body());
        return total.find() ? Integer.parseInt(total.group(1)) : -1;
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(URI.create(admin + path)).build();
    }

    /** How many nanoseconds it takes to get that. */
    private long look(String path) throws Exception {
        long begin = System.nanoTime();
        HttpResponse<byte[]> response = http.send(request(path), HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() != 200) {
            throw new IllegalStateException(path + " was answered " + response.statusCode());
        }
        return System.nanoTime() - begin;
    }

    /** A round of calls; how many nanoseconds after they were due they were answered. */
    private List<Long> calls() throws Exception {
        long begin = System.nanoTime();
        long interval = TimeUnit.SECONDS.toNanos(1) * CALLERS / CALLS_PER_SEC;
        return all(CALLERS, caller -> {
                    List<Long> took = new ArrayList<>();
                    try (HttpConnection connection = new HttpConnection(100 + caller, port)) {
                        long due = begin + interval * caller / CALLERS;
                        for (int i = 0; due - begin < roundNanos; i++, due += interval) {
                            TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
                            connection.post(CALL, headers((caller + i * CALLERS) % connections));
                            connection.expect(200);
                            took.add(System.nanoTime() - due);
                        }
                    }
                    return took;
                })
                .stream()
                .flatMap(List::stream)
                .toList();
    }

    /** A round of calls beside operators. */
    private List<Long> watched(Map<String, String> looks, Map<String, List<Long>> took, List<Long> events)
            throws Exception {
        watching = true;
        List<Future<Map<String, List<Long>>>> viewers = new ArrayList<>();
        for (int viewer = 0; viewer < VIEWERS; viewer++) {
            viewers.add(threads.submit(() -> view(looks)));
        }
        List<Future<List<Long>>> readers = new ArrayList<>();
        for (int reader = 0; reader < EVENT_READERS; reader++) {
            readers.add(threads.submit(this::events));
        }
        List<Long> calls = calls();
        watching = false;
        for (Future<Map<String, List<Long>>> viewer : viewers) {
            viewer.get()
                    .forEach((look, each) -> took.computeIfAbsent(look, name -> new ArrayList<>())
                            .addAll(each));
        }
        for (Future<List<Long>> reader : readers) {
            events.addAll(reader.get());
        }
        return calls;
    }

    /** Looks at everything once a second. */
    private Map<String, List<Long>> view(Map<String, String> looks) throws Exception {
        Map<String, List<Long>> took = new LinkedHashMap<>();
        while (watching) {
            long begin = System.nanoTime();
            for (Map.Entry<String, String> each : looks.entrySet()) {
                took.computeIfAbsent(each.getKey(), name -> new ArrayList<>()).add(look(each.getValue()));
            }
            TimeUnit.NANOSECONDS.sleep(TimeUnit.SECONDS.toNanos(1) - (System.nanoTime() - begin));
        }
        return took;
    }

    /** Reads events; how many nanoseconds after their time they came, by the clock that both processes have. */
    private List<Long> events() throws Exception {
        List<Long> ages = new ArrayList<>();
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                http.send(request("/events"), HttpResponse.BodyHandlers.ofInputStream())
                        .body(),
                StandardCharsets.UTF_8))) {
            while (watching) {
                Matcher time = EVENT_TIME.matcher(String.valueOf(in.readLine()));
                if (time.find()) {
                    ages.add(TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis() - Long.parseLong(time.group(1))));
                }
            }
        }
        return ages;
    }

    private interface Numbered<T> {
        T run(int number) throws Exception;
    }

    private <T> List<T> all(int count, Numbered<T> work) throws Exception {
        List<Callable<T>> each = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            each.add(() -> work.run(number));
        }
        List<T> done = new ArrayList<>();
        for (Future<T> future : threads.invokeAll(each)) {
            done.add(future.get());
        }
        return done;
    }

    private static String shown(List<Long> nanos) {
        long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
        return sorted.length == 0
                ? "none"
                : String.format(Locale.ROOT, "%.1f / %.1f ms", percentile(sorted, 50), percentile(sorted, 99));
    }

    private static double percentile(long[] sorted, int percent) {
        return sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)] / 1e6;
    }

    private static void row(String what, String format, Object... values) {
        System.out.println("| " + what + " | " + String.format(Locale.ROOT, format, values) + " |");
    }
}
