package io.weir.gateway;

import io.weir.config.GatewayConfigLoader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A gateway in a JVM of its own, with a small heap, which ends when memory runs out. */
final class SmallHeap implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Process process;
    private final BufferedReader out;
    private final int http;
    private final int admin;
    private final List<Socket> sockets = new ArrayList<>();

    private SmallHeap(Process process, BufferedReader out, int http, int admin) {
        this.process = process;
        this.out = out;
        this.http = http;
        this.admin = admin;
    }

    /** Starts it in front of that upstream; settings are as those of {@code --set}. */
    static SmallHeap start(String heap, URI upstream, String... settings) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:+UseG1GC",
                "-cp",
                System.getProperty("java.class.path"),
                SmallHeap.class.getName(),
                upstream.toString()));
        command.addAll(List.of(settings));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        while (line != null && !line.startsWith("ready ")) {
            line = out.readLine();
        }
        if (line == null) {
            throw new AssertionError("the gateway did not start");
        }
        String[] ports = line.split(" ", -1);
        return new SmallHeap(process, out, Integer.parseInt(ports[1]), Integer.parseInt(ports[2]));
    }

    /**
     * The child: serves until its input ends; for each line of input it says how much heap is used after a collection,
     * and how many classes are loaded.
     */
    public static void main(String[] arguments) throws Exception {
        GatewayConfigLoader loader = new GatewayConfigLoader(
                        Runtime.getRuntime().maxMemory(), name -> null)
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .upstream(arguments[0]);
        for (int i = 1; i < arguments.length; i++) {
            loader.set(arguments[i]);
        }
        Gateway gateway = Gateway.start(loader.load());
        System.out.println(
                "ready " + gateway.http().port() + " " + gateway.admin().port());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (in.readLine() != null) {
            System.gc();
            System.out.println("used "
                    + ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() + " "
                    + ManagementFactory.getClassLoadingMXBean().getTotalLoadedClassCount());
        }
        Runtime.getRuntime().halt(0);
    }

    /** The heap that is used after a full collection, in bytes. */
    long usedHeap() throws IOException {
        return ask()[0];
    }

    /** How many classes were loaded since the start. */
    long loadedClasses() throws IOException {
        return ask()[1];
    }

    private long[] ask() throws IOException {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
        String line = out.readLine();
        while (line != null && !line.startsWith("used ")) {
            line = out.readLine();
        }
        if (line == null) {
            throw new AssertionError("the gateway has ended");
        }
        String[] numbers = line.split(" ", -1);
        return new long[] {Long.parseLong(numbers[1]), Long.parseLong(numbers[2])};
    }

    /** A connection that sends those bytes and reads nothing; what the gateway no longer takes is not sent. */
    Socket send(byte[] bytes) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), http);
        sockets.add(socket);
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        } catch (IOException e) {
            // It was refused and closed meanwhile.
        }
        return socket;
    }

    /** The statistics. */
    String stats() {
        try {
            HttpClient client = HttpClient.newHttpClient();
            return client.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin + "/stats"))
                                    .timeout(PATIENCE)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** What is pending in the whole process: {@code messages} or {@code bytes}. */
    long pending(String what) {
        Matcher found = Pattern.compile(
                        "\"global\".*?\"pending\"\\s*:\\s*\\{[^}]*?\"" + what + "\"\\s*:\\s*(\\d+)", Pattern.DOTALL)
                .matcher(stats());
        if (!found.find()) {
            throw new AssertionError(stats());
        }
        return Long.parseLong(found.group(1));
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        process.destroyForcibly();
    }
}
