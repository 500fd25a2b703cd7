package io.weir.bench.start;

import io.weir.bench.Median;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Starts the commands again and again, in turn, and prints how long their users wait: from the start of the launcher
 * until {@code weir stdio} has passed on the answer to its client's first message, and until {@code weir gateway} lets
 * a client connect; beside a JVM that prints a word.
 */
public final class StartUp {
    private static final String PING = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n";
    private static final String SERVER =
            "read -r line; echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}'; read -r line";
    private static final double MILLI = 1e6;
    private static final long POLL_MILLIS = 2;
    private static final long PATIENCE_SECONDS = 60;

    private StartUp() {}

    /**
     * Takes how many rounds there are to be, 10 unless said, and where the launcher is.
     *
     * @param args these
     */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 10;
        String launcher = args.length > 1 ? args[1] : "./weir";
        // It builds what is missing, which is no part of a start.
        untilLine(List.of(launcher, "--version"), "", "");
        List<Double> bare = new ArrayList<>();
        List<Double> stdio = new ArrayList<>();
        List<Double> gateway = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            bare.add(untilLine(java(Word.class), "", "word") / MILLI);
            stdio.add(untilLine(List.of(launcher, "stdio", "--", "sh", "-c", SERVER), PING, "{\"jsonrpc\"") / MILLI);
            gateway.add(untilConnected(launcher) / MILLI);
        }
        System.out.printf(Locale.ROOT, "%nJDK %s, %d rounds%n%n", Runtime.version(), rounds);
        System.out.println("| | ms, median | range |");
        System.out.println("|---|---|---|");
        row("a JVM that prints a word", bare);
        row("weir stdio, until the first answer", stdio);
        row("weir gateway, until a client can connect", gateway);
    }

    private static List<String> java(Class<?> main) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path").split(File.pathSeparator, -1)[0],
                main.getName());
    }

    /**
     * Runs a command to its end, and returns the nanoseconds until it wrote a line that begins like that.
     *
     * @param input what it is given; its input is closed behind that line
     */
    static long untilLine(List<String> command, String input, String beginning) throws Exception {
        long started = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith(beginning)) {
                    return System.nanoTime() - started;
                }
            }
            throw new IOException(command + " has ended without a line that begins with " + beginning);
        } finally {
            end(process);
        }
    }

    private static long untilConnected(String launcher) throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path log = Files.createTempFile("weir-start", ".log");
        long started = System.nanoTime();
        Process process = new ProcessBuilder(
                        launcher,
                        "gateway",
                        "--http",
                        "127.0.0.1:" + port,
                        "--admin",
                        "127.0.0.1:0",
                        "--upstream",
                        "http://127.0.0.1:9/mcp")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            while (!connects(port)) {
                if (!process.isAlive()) {
                    throw new IOException("the gateway has ended: " + Files.readString(log));
                }
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            }
            return System.nanoTime() - started;
        } finally {
            end(process);
            Files.delete(log);
        }
    }

    private static boolean connects(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static void end(Process process) throws IOException, InterruptedException {
        process.getOutputStream().close();
        process.destroy();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }

    private static void row(String what, List<Double> millis) {
        System.out.printf(
                Locale.ROOT,
                "| %s | %.0f | %.0f–%.0f |%n",
                what,
                Median.of(millis),
                Collections.min(millis),
                Collections.max(millis));
    }
}
