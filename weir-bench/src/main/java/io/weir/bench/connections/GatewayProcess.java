package io.weir.bench.connections;

import com.sun.management.OperatingSystemMXBean;
import io.weir.config.GatewayConfigLoader;
import io.weir.gateway.Gateway;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A gateway that listens on TCP with others on the same port, and tells what it takes when it is asked on its standard input. */
public final class GatewayProcess {
    private static final Pattern CONNECTIONS = Pattern.compile("\"connections\":\\s*(\\d+)");
    private static final Pattern RSS = Pattern.compile("VmRSS:\\s*(\\d+)");

    private GatewayProcess() {}

    /**
     * Runs until its input ends.
     *
     * @param args the port, the URL of the upstream, and how many connections there may be
     */
    public static void main(String[] args) throws Exception {
        GatewayConfigLoader loader = new GatewayConfigLoader(
                        Runtime.getRuntime().maxMemory(), name -> null)
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .set("tcp.listen=127.0.0.1:" + args[0])
                .set("tcp.reuse_port=true")
                .set("edge.max_connections=" + args[2])
                .set("edge.shutdown_timeout_ms=1000")
                .upstream(args[1]);
        HttpClient http = HttpClient.newHttpClient();
        try (Gateway gateway = Gateway.start(loader.load())) {
            System.out.println(Connections.ANSWER + "ready");
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println(Connections.ANSWER + usage(http, gateway));
            }
        }
    }

    private static String usage(HttpClient http, Gateway gateway) throws IOException, InterruptedException {
        String stats = http.send(
                        HttpRequest.newBuilder(URI.create("http://" + gateway.admin() + "/stats"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
        System.gc();
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        long cpu = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
        Matcher rss = RSS.matcher(Files.readString(Path.of("/proc/self/status")));
        long resident = rss.find() ? Long.parseLong(rss.group(1)) * 1024 : 0;
        // Behind "edge": the first of that name is what the limits know.
        Matcher connections = CONNECTIONS.matcher(stats.substring(stats.indexOf("\"edge\"")));
        return String.format(
                Locale.ROOT, "%d %d %d %s", heap, resident, cpu, connections.find() ? connections.group(1) : "-1");
    }
}
