package io.weir.bench.connections;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Opens many sessions at a gateway over HTTP and abandons them, asks for more streams than there may be, and makes
 * calls beside as many subscriptions as there may be; prints what became of them and what each takes.
 */
public final class Sessions {
    private static final int OF_AN_ADDRESS = 500;
    private static final int CALLERS = 16;
    private static final long IDLE_MILLIS = 30_000;
    private static final long CALLING_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int ROUNDS = 3;
    private static final String INITIALIZE =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\","
                    + "\"capabilities\":{},\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}}}";
    private static final String CALL =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"t\",\"arguments\":{}}}";
    private static final String LISTEN =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscriptions/listen\",\"params\":{}}";
    private static final String STATELESS = "MCP-Protocol-Version: 2026-07-28\r\n";

    private final WorkerProcess gateway;
    private final int port;
    private final SessionServer upstream;
    private final ExecutorService threads = Executors.newFixedThreadPool(CALLERS);

    private Sessions(SessionServer upstream) throws IOException {
        this.upstream = upstream;
        String[] settings = {
            upstream.url(),
            "edge.max_sessions=60000",
            "edge.max_sessions_per_tenant=60000",
            "edge.max_streams_per_tenant=5000",
            "edge.session_idle_timeout_ms=" + IDLE_MILLIS,
            "upstreams.default.circuit_breaker.enabled=false"
        };
        gateway = new WorkerProcess("1g", GatewayProcess.class, settings);
        port = Integer.parseInt(gateway.answer());
    }

    /**
     * Takes how many sessions there are to be, 50,000 unless said, how many streams are asked for, 50,000, and how many
     * there may be, 5,000.
     */
    public static void main(String[] args) throws Exception {
        int sessions = args.length > 0 ? Integer.parseInt(args[0]) : 50_000;
        int asked = args.length > 1 ? Integer.parseInt(args[1]) : 50_000;
        int streams = args.length > 2 ? Integer.parseInt(args[2]) : 5_000;
        System.setProperty("sun.net.httpserver.maxIdleConnections", "20000");
        System.setProperty("sun.net.httpserver.nodelay", "true");
        try (SessionServer upstream = new SessionServer()) {
            Sessions run = new Sessions(upstream);
            try {
                System.out.printf(Locale.ROOT, "JDK %s%n", Runtime.version());
                run.abandoned(sessions);
                run.streamsBeyondTheirCap(streams, asked);
                run.callsBesideSubscriptions(streams);
            } finally {
                run.threads.shutdownNow();
                run.gateway.close();
            }
        }
        System.exit(0);
    }

    private void abandoned(int count) throws Exception {
        // The first of each address load classes and make what stays.
        open(CALLERS, count / OF_AN_ADDRESS + 1);
        awaitStat("sessions", 0);
        GatewayProcess.Usage before = GatewayProcess.usage(gateway);
        long expiredBefore = stat("sessions_expired");
        long endedBefore = upstream.ended.get();
        long begin = System.nanoTime();
        open(count, 1);
        row("sessions opened in", "%,d, %.1f s", count, (System.nanoTime() - begin) / 1e9);
        row("sessions at the gateway", "%,d", stat("sessions"));
        GatewayProcess.Usage held = GatewayProcess.usage(gateway);
        row("heap of a session", "%,.0f B", (held.heap() - before.heap()) / (double) count);
        awaitStat("sessions", 0);
        row("ended as idle", "%,d", stat("sessions_expired") - expiredBefore);
        // Of very many at once the gateway ends some thousand, and leaves the others to the server.
        long ended = -1;
        while (ended != upstream.ended.get()) {
            ended = upstream.ended.get();
            TimeUnit.SECONDS.sleep(2);
        }
        row("ended at the server, with DELETE", "%,d", upstream.ended.get() - endedBefore);
        TimeUnit.SECONDS.sleep(5);
        GatewayProcess.Usage gone = GatewayProcess.usage(gateway);
        row("heap left of a session that is gone", "%,.1f B", (gone.heap() - before.heap()) / (double) count);
    }

    /** Opens sessions, so many from each address, and leaves their connections. */
    private void open(int count, int firstAddress) throws Exception {
        List<Future<?>> open = new ArrayList<>();
        for (int from = 0; from < count; from += OF_AN_ADDRESS) {
            int address = firstAddress + from / OF_AN_ADDRESS;
            int most = Math.min(OF_AN_ADDRESS, count - from);
            open.add(threads.submit(() -> {
                try (HttpConnection connection = new HttpConnection(address, port)) {
                    for (int i = 0; i < most; i++) {
                        connection.post(INITIALIZE, "");
                        connection.expect(200);
                    }
                }
                return null;
            }));
        }
        for (Future<?> each : open) {
            each.get();
        }
    }

    private void streamsBeyondTheirCap(int streams, int asked) throws Exception {
        GatewayProcess.Usage before = GatewayProcess.usage(gateway);
        List<HttpConnection> open = new ArrayList<>();
        try {
            for (int i = 0; i < streams; i++) {
                HttpConnection connection = new HttpConnection(1 + i / OF_AN_ADDRESS, port);
                open.add(connection);
                connection.get();
                connection.expect(200);
            }
            TimeUnit.SECONDS.sleep(1);
            GatewayProcess.Usage held = GatewayProcess.usage(gateway);
            row("GET streams open", "%,d", stat("streams"));
            row("heap of a stream, with both connections", "%,.0f B", (held.heap() - before.heap()) / (double) streams);
            row("resident memory of a stream", "%,.0f B", (held.rss() - before.rss()) / (double) streams);
            long refusedBefore = stat("streams_refused");
            AtomicLong refused = new AtomicLong();
            List<Future<?>> asking = new ArrayList<>();
            long begin = System.nanoTime();
            for (int caller = 0; caller < CALLERS; caller++) {
                int address = 100 + caller;
                asking.add(threads.submit(() -> {
                    try (HttpConnection connection = new HttpConnection(address, port)) {
                        for (int i = 0; i < asked / CALLERS; i++) {
                            connection.get();
                            refused.addAndGet(connection.status() == 429 ? 1 : 0);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> each : asking) {
                each.get();
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            row("GET streams asked for beyond that", "%,d in %.1f s", asked / CALLERS * CALLERS, seconds);
            row("answered 429", "%,d", refused.get());
            row("counted as refused", "%,d", stat("streams_refused") - refusedBefore);
            row("GET streams open afterwards", "%,d", stat("streams"));
        } finally {
            for (HttpConnection each : open) {
                each.close();
            }
        }
        awaitStat("streams", 0);
        upstream.closeStreams();
        TimeUnit.SECONDS.sleep(5);
        GatewayProcess.Usage gone = GatewayProcess.usage(gateway);
        row("heap left of a stream that is gone", "%,.1f B", (gone.heap() - before.heap()) / (double) streams);
    }

    private void callsBesideSubscriptions(int streams) throws Exception {
        callsPerSecond(); // code is compiled
        List<Double> alone = new ArrayList<>();
        List<Double> beside = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            alone.add(callsPerSecond());
            List<HttpConnection> open = new ArrayList<>();
            try {
                for (int i = 0; i < streams; i++) {
                    HttpConnection connection = new HttpConnection(1 + i / OF_AN_ADDRESS, port);
                    open.add(connection);
                    connection.post(LISTEN, STATELESS);
                    connection.expect(200);
                }
                long now = stat("streams");
                if (now != streams) {
                    throw new IllegalStateException(now + " streams are open and not " + streams);
                }
                beside.add(callsPerSecond());
            } finally {
                for (HttpConnection each : open) {
                    each.close();
                }
            }
            awaitStat("streams", 0);
            upstream.closeStreams();
        }
        row("calls a second, alone", "%s", shown(alone));
        row("calls a second beside subscriptions/listen", "%s beside %,d", shown(beside), streams);
    }

    private static String shown(List<Double> rates) {
        return String.join(
                ", ",
                rates.stream()
                        .map(each -> String.format(Locale.ROOT, "%,.0f", each))
                        .toList());
    }

    private double callsPerSecond() throws Exception {
        AtomicLong answered = new AtomicLong();
        List<Future<?>> calling = new ArrayList<>();
        long begin = System.nanoTime();
        for (int caller = 0; caller < CALLERS; caller++) {
            int address = 150 + caller;
            calling.add(threads.submit(() -> {
                try (HttpConnection connection = new HttpConnection(address, port)) {
                    while (System.nanoTime() - begin < CALLING_NANOS) {
                        connection.post(CALL, STATELESS);
                        connection.expect(200);
                        answered.incrementAndGet();
                    }
                }
                return null;
            }));
        }
        for (Future<?> each : calling) {
            each.get();
        }
        return answered.get() / ((System.nanoTime() - begin) / 1e9);
    }

    private long stat(String name) throws IOException {
        return GatewayProcess.stat(gateway, name);
    }

    private void awaitStat(String name, long wanted) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        while (stat(name) != wanted) {
            if (System.nanoTime() - begin > TimeUnit.MILLISECONDS.toNanos(4 * IDLE_MILLIS)) {
                throw new IllegalStateException(name + " is " + stat(name) + " and not " + wanted);
            }
            TimeUnit.MILLISECONDS.sleep(200);
        }
    }

    private static void row(String what, String format, Object... values) {
        System.out.println("| " + what + " | " + String.format(Locale.ROOT, format, values) + " |");
    }
}
