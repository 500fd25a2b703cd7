package io.weir.bench.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A temporary directory and the processes started in it, which end with it. Not thread-safe. */
public final class BenchEnvironment implements AutoCloseable {
    private static final long START_SECONDS = 20;
    private static final long STOP_SECONDS = 10;

    private final Path directory;
    private final List<Process> processes = new ArrayList<>();
    private final Thread atExit = new Thread(this::stopAll);

    /** Makes the directory. */
    public BenchEnvironment() throws IOException {
        this.directory = Files.createTempDirectory("weir-bench");
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Writes a resource of this package's, its variables filled in. */
    Path write(String resource, Map<String, String> variables) throws IOException {
        try (InputStream in = BenchEnvironment.class.getResourceAsStream("/gateway/" + resource)) {
            if (in == null) {
                throw new IllegalStateException("No resource " + resource);
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("${dir}", directory.toString());
            for (Map.Entry<String, String> variable : variables.entrySet()) {
                text = text.replace("${" + variable.getKey() + "}", variable.getValue());
            }
            return Files.writeString(directory.resolve(resource), text);
        }
    }

    /** Starts a process that listens on that port; returns when it does. */
    Process start(int port, List<String> command) throws IOException, InterruptedException {
        return start(port, new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
    }

    /** The same, with what it says elsewhere; its output is dropped. */
    public Process start(int port, ProcessBuilder builder) throws IOException, InterruptedException {
        Process process =
                builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        processes.add(process);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!isListening(port)) {
            if (!process.isAlive() || System.nanoTime() - deadline > 0) {
                throw new IOException("Did not start: " + String.join(" ", builder.command()));
            }
            Thread.sleep(50);
        }
        return process;
    }

    /** Starts a main class of this module with a heap of 512 MB, as {@link #start}. */
    Process startJava(int port, Class<?> main, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-Xms512m",
                "-Xmx512m",
                "-XX:+UseParallelGC",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        return start(port, command);
    }

    private static boolean isListening(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** A free port of the loopback interface; somebody else may take it before it is used. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Where an executable is, if the path or a system directory has it. */
    static @Nullable String find(String executable) {
        return Stream.concat(Stream.of(System.getenv("PATH").split(":")), Stream.of("/usr/sbin", "/usr/local/sbin"))
                .map(place -> Path.of(place, executable))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElse(null);
    }

    /** Where files go that are gone when this is closed. */
    public Path directory() {
        return directory;
    }

    /** Ends one process in order, and returns when it has ended. */
    public void stop(Process process) throws IOException, InterruptedException {
        process.destroy();
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException(
                    "Does not end: " + process.info().commandLine().orElse("a process"));
        }
        processes.remove(process);
    }

    private void stopAll() {
        for (Process process : processes) {
            process.destroy();
        }
        for (Process process : processes) {
            try {
                if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Could not remove " + directory, e);
        }
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        stopAll();
    }
}
