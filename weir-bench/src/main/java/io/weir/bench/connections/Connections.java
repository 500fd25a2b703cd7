package io.weir.bench.connections;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Opens many TCP connections to several gateways on one port, makes calls on all of them, and prints what a connection
 * takes.
 */
public final class Connections {
    private static final int ROUNDS = 2;
    private static final long CALL_EVERY_MILLIS = 30_000;

    /** What a process has of its 20,000 descriptors for clients. */
    private static final int OF_A_PROCESS = 17_500;

    /** Errors that are no rejections, among the reasons of a client process. */
    private static final Pattern FAILED = Pattern.compile("failed=(\\d+)");

    private final List<WorkerProcess> gateways = new ArrayList<>();
    private final List<WorkerProcess> clients = new ArrayList<>();
    private final int count;

    private Connections(int count) {
        this.count = count;
    }

    /** What all gateways take together. */
    private record Usage(long heap, long rss, long cpu, long connections) {}

    /** Takes how many connections there are to be, 100,000 unless said, and how many gateways, 6 unless said. */
    public static void main(String[] args) throws Exception {
        int count = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
        int gateways = args.length > 1 ? Integer.parseInt(args[1]) : 6;
        Vertx vertx = Vertx.vertx();
        int upstream = startUpstream(vertx);
        Connections run = new Connections(count);
        try {
            run.start(gateways, "http://127.0.0.1:" + upstream + "/mcp");
            run.measure();
        } finally {
            run.clients.forEach(each -> each.close());
            run.gateways.forEach(each -> each.close());
            vertx.close();
        }
        System.exit(0);
    }

    /** A server that answers at once, on one event loop; its port. */
    private static int startUpstream(Vertx vertx) throws Exception {
        Buffer answer = Buffer.buffer("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[]}}");
        return vertx.createHttpServer(new HttpServerOptions().setAcceptBacklog(1_024))
                .requestHandler(request -> request.response()
                        .putHeader("Content-Type", "application/json")
                        .end(answer.copy()))
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS)
                .actualPort();
    }

    private void start(int processes, String upstream) throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        for (int i = 0; i < processes; i++) {
            gateways.add(new WorkerProcess(
                    "1g",
                    GatewayProcess.class,
                    upstream,
                    "tcp.listen=127.0.0.1:" + port,
                    "tcp.reuse_port=true",
                    "edge.max_connections=" + (OF_A_PROCESS + 1_000)));
        }
        int all = (count + OF_A_PROCESS - 1) / OF_A_PROCESS;
        for (int i = 0; i < all; i++) {
            int from = (int) ((long) count * i / all);
            int to = (int) ((long) count * (i + 1) / all);
            clients.add(new WorkerProcess(
                    "256m",
                    ClientProcess.class,
                    String.valueOf(port),
                    String.valueOf(i + 1),
                    String.valueOf(to - from)));
        }
        for (WorkerProcess each : gateways) {
            each.answer();
        }
        for (WorkerProcess each : clients) {
            each.answer();
        }
    }

    private void measure() throws IOException, InterruptedException {
        System.out.printf(
                Locale.ROOT, "JDK %s, %,d connections, %d gateways%n", Runtime.version(), count, gateways.size());
        Usage before = usage();
        long kernelBefore = kernel();
        long begin = System.nanoTime();
        tellAll("open");
        System.out.printf(Locale.ROOT, "| connected | %.1f s |%n", (System.nanoTime() - begin) / 1e9);
        TimeUnit.SECONDS.sleep(2);
        Usage idle = usage();
        row("heap of a connection before its first call", idle.heap - before.heap);
        row("resident memory of a connection before its first call", idle.rss - before.rss);
        System.out.printf(Locale.ROOT, "| connections at the gateways | %,d |%n", idle.connections);
        long answered = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long ok = 0;
            long refused = 0;
            long lost = 0;
            long failed = 0;
            long p99 = 0;
            long rejectedBefore = rejected();
            Set<String> reasons = new TreeSet<>();
            for (String line : tellAll("call " + CALL_EVERY_MILLIS)) {
                String[] words = line.split(" ", -1);
                ok += Long.parseLong(words[0]);
                refused += Long.parseLong(words[1]);
                lost += Long.parseLong(words[2]);
                p99 = Math.max(p99, Long.parseLong(words[4]));
                reasons.add(words[5]);
                Matcher errors = FAILED.matcher(words[5]);
                failed += errors.find() ? Long.parseLong(errors.group(1)) : 0;
            }
            answered += ok + refused;
            System.out.printf(
                    Locale.ROOT,
                    "| a call on each in %d s | %,d answered, %,d refused, %,d lost, p99 %.1f ms |%n%s",
                    CALL_EVERY_MILLIS / 1000,
                    ok,
                    refused,
                    lost,
                    p99 / 1e6,
                    refused > 0 ? "| reasons by client process | " + reasons + " |\n" : "");
            System.out.printf(
                    Locale.ROOT,
                    "| rejections that clients were told, and that the gateways counted | %,d, %,d |%n",
                    refused - failed,
                    rejected() - rejectedBefore);
        }
        TimeUnit.SECONDS.sleep(2);
        Usage used = usage();
        row("heap of a connection that has made calls", used.heap - before.heap);
        row("resident memory of a connection that has made calls", used.rss - before.rss);
        row("kernel memory of a connection, both ends (slab)", kernel() - kernelBefore);
        System.out.printf(
                Locale.ROOT,
                "| CPU time of a call in the gateways | %.0f us |%n",
                (used.cpu - idle.cpu) / 1e3 / answered);
        tellAll("close");
        TimeUnit.SECONDS.sleep(5);
        Usage gone = usage();
        System.out.printf(Locale.ROOT, "| connections left | %,d |%n", gone.connections);
        row("heap left of a connection that is gone", gone.heap - before.heap);
    }

    private void row(String what, long bytes) {
        System.out.printf(Locale.ROOT, "| %s | %,.0f B |%n", what, bytes / (double) count);
    }

    private List<String> tellAll(String command) throws IOException {
        for (WorkerProcess each : clients) {
            each.tell(command);
        }
        List<String> answers = new ArrayList<>();
        for (WorkerProcess each : clients) {
            answers.add(each.answer());
        }
        return answers;
    }

    private long rejected() throws IOException {
        long sum = 0;
        for (WorkerProcess each : gateways) {
            sum += GatewayProcess.stat(each, GatewayProcess.REJECTED);
        }
        return sum;
    }

    private Usage usage() throws IOException {
        long heap = 0;
        long rss = 0;
        long cpu = 0;
        long connections = 0;
        for (WorkerProcess each : gateways) {
            GatewayProcess.Usage usage = GatewayProcess.usage(each);
            heap += usage.heap();
            rss += usage.rss();
            cpu += usage.cpu();
            connections += GatewayProcess.stat(each, "connections");
        }
        return new Usage(heap, rss, cpu, connections);
    }

    /** What the kernel holds in its slabs, of the whole machine. */
    private static long kernel() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
            if (line.startsWith("Slab:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        return 0;
    }
}
