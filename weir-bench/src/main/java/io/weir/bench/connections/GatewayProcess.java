package io.weir.bench.connections;

import com.sun.management.OperatingSystemMXBean;
import io.weir.config.GatewayConfigLoader;
import io.weir.gateway.Gateway;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A gateway that says where it listens, and what it takes and counts when it is asked on its standard input. */
public final class GatewayProcess {
    private static final Pattern RSS = Pattern.compile("VmRSS:\\s*(\\d+)");

    /** Asks for the messages that the limits and queues have rejected, whatever the reason. */
    static final String REJECTED = "rejected";

    private static final Pattern REJECTIONS = Pattern.compile(
            "\"(?:refused|dropped|disconnected|shed|expired|evicted)\":\\s*\\{\\s*\"messages\":\\s*(\\d+)");

    private static final String CPU = "cpu ";

    private GatewayProcess() {}

    /** What it takes: bytes of live objects, resident bytes, and nanoseconds of CPU time since its start. */
    record Usage(long heap, long rss, long cpu) {}

    /**
     * Runs until its input ends.
     *
     * @param args the URL of the upstream, and settings
     */
    public static void main(String[] args) throws Exception {
        GatewayConfigLoader loader = new GatewayConfigLoader(
                        Runtime.getRuntime().maxMemory(), name -> null)
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .set("edge.shutdown_timeout_ms=1000")
                .upstream(args[0]);
        for (int i = 1; i < args.length; i++) {
            loader.set(args[i]);
        }
        HttpClient http = HttpClient.newHttpClient();
        try (Gateway gateway = Gateway.start(loader.load())) {
            System.out.println(WorkerProcess.ANSWER + gateway.http().port());
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String answer = switch (line) {
                    case "usage" -> usage();
                    case "admin" -> String.valueOf(gateway.admin().port());
                    case REJECTED -> String.valueOf(rejected(stats(http, gateway)));
                    default ->
                        line.startsWith(CPU)
                                ? String.valueOf(cpuOf(line.substring(CPU.length())))
                                : counted(stats(http, gateway), line);
                };
                System.out.println(WorkerProcess.ANSWER + answer);
            }
        }
    }

    /** Asks a gateway what it takes. */
    static Usage usage(WorkerProcess gateway) throws IOException {
        String[] words = gateway.ask("usage").split(" ", -1);
        return new Usage(Long.parseLong(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2]));
    }

    /** Asks a gateway for one of the counts of its edge, by the name that it has in {@code /stats}. */
    static long stat(WorkerProcess gateway, String name) throws IOException {
        return Long.parseLong(gateway.ask(name));
    }

    /** Asks a gateway for the nanoseconds of CPU time that its threads took whose names begin with that. */
    static long cpu(WorkerProcess gateway, String threads) throws IOException {
        return Long.parseLong(gateway.ask(CPU + threads));
    }

    private static long cpuOf(String threads) {
        ThreadMXBean all = ManagementFactory.getThreadMXBean();
        long nanos = 0;
        for (ThreadInfo each : all.getThreadInfo(all.getAllThreadIds())) {
            if (each != null && each.getThreadName().startsWith(threads)) {
                nanos += Math.max(0, all.getThreadCpuTime(each.getThreadId()));
            }
        }
        return nanos;
    }

    private static String stats(HttpClient http, Gateway gateway) throws IOException, InterruptedException {
        URI uri = URI.create("http://" + gateway.admin() + "/stats");
        return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static long rejected(String stats) {
        int begin = stats.indexOf("\"global\"");
        Matcher counts = REJECTIONS.matcher(stats.substring(begin, stats.indexOf("\"by_reason\"", begin)));
        long sum = 0;
        while (counts.find()) {
            sum += Long.parseLong(counts.group(1));
        }
        return sum;
    }

    private static String counted(String stats, String name) {
        // Behind "edge": the first of that name may be what the limits know.
        Matcher count = Pattern.compile("\"" + Pattern.quote(name) + "\":\\s*(\\d+)")
                .matcher(stats.substring(stats.indexOf("\"edge\"")));
        return count.find() ? count.group(1) : "-1";
    }

    private static String usage() throws IOException {
        System.gc();
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        long cpu = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
        Matcher rss = RSS.matcher(Files.readString(Path.of("/proc/self/status")));
        long resident = rss.find() ? Long.parseLong(rss.group(1)) * 1024 : 0;
        return heap + " " + resident + " " + cpu;
    }
}
