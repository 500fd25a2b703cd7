package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A gateway in a process of its own, and the signals that operators send. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class SignalsTest {
    private static final long PATIENCE_SECONDS = 120;
    private static final Pattern CLIENTS = Pattern.compile("clients +http://127\\.0\\.0\\.1:(\\d+)/mcp");
    private static final Pattern OPERATOR = Pattern.compile("operator +http://(127\\.0\\.0\\.1:\\d+)/");

    @TempDir
    Path directory;

    /** The process, and what it prints. */
    private record Child(Process process, BufferedReader out) implements AutoCloseable {
        static Child start(int upstream, Path state) throws IOException {
            return start(upstream, state, 0);
        }

        static Child start(int upstream, Path state, int admin) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx128m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Weir.class.getName(),
                    "gateway",
                    "--upstream",
                    "http://127.0.0.1:" + upstream + "/mcp",
                    "--http",
                    "127.0.0.1:0",
                    "--admin",
                    "127.0.0.1:" + admin));
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            // The admin token is created there.
            builder.environment().put("XDG_STATE_HOME", state.toString());
            Process process = builder.start();
            return new Child(
                    process,
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)));
        }

        String awaitLine(String containing) throws IOException {
            // Whatever keeps it silent, its end ends the wait.
            CompletableFuture.delayedExecutor(PATIENCE_SECONDS, TimeUnit.SECONDS)
                    .execute(process::destroyForcibly);
            StringBuilder seen = new StringBuilder();
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                seen.append(line).append('\n');
                if (line.contains(containing)) {
                    return seen.toString();
                }
            }
            throw new AssertionError("ended without '" + containing + "':\n" + seen);
        }

        void signal(String name) throws IOException, InterruptedException {
            Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
            assertThat(kill.waitFor()).isZero();
        }

        int exitCode() throws InterruptedException {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /** A JVM that inherits an ignored SIGHUP, as under {@code nohup}, ignores it. */
    private static boolean ignoresSighup() throws IOException {
        Path status = Path.of("/proc/self/status");
        return Files.exists(status)
                && Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("SigIgn:"))
                        .anyMatch(line ->
                                (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 1) != 0);
    }

    @Test
    void sigtermAfterSighup_drainsAndSaysWhatCameOfIt() throws Exception {
        assumeFalse(ignoresSighup(), "SIGHUP is ignored here: run the tests without nohup");
        try (ServerSocket upstream = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Child child = Child.start(upstream.getLocalPort(), directory)) {
            child.awaitLine("limits ");

            child.signal("HUP");
            child.awaitLine("SIGHUP: the configuration, API keys, the admin token and files of TLS are read again");
            child.signal("TERM");

            assertThat(child.awaitLine("weir: stopped")).endsWith("weir: stopped; 0 pending requests finished\n");
            assertThat(child.exitCode()).isZero();
        }
    }

    @Test
    void sigtermAsSoonAsAPortIsOpen_stopsAsAnyOther() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (ServerSocket upstream = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Child child = Child.start(upstream.getLocalPort(), directory, port)) {
            while (!isOpen(port)) {
                assertThat(child.process.isAlive()).isTrue();
                Thread.sleep(1);
            }
            child.signal("TERM");

            assertThat(child.awaitLine("weir: stopped")).endsWith("weir: stopped; 0 pending requests finished\n");
            assertThat(child.exitCode()).isZero();
        }
    }

    private static boolean isOpen(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void drainAtTheOperatorsPort_stopsAsSigtermDoes() throws Exception {
        try (ServerSocket upstream = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Child child = Child.start(upstream.getLocalPort(), directory)) {
            Matcher operator = OPERATOR.matcher(child.awaitLine("limits "));
            assertThat(operator.find()).isTrue();
            StringWriter printed = new StringWriter();

            int code = Weir.commandLine()
                    .setOut(new PrintWriter(printed))
                    .execute(
                            "drain",
                            "--admin",
                            operator.group(1),
                            "--token-file",
                            directory.resolve("weir").resolve("admin-token").toString());

            assertThat(code).isZero();
            assertThat(printed.toString().lines())
                    .containsExactly("draining: nothing new is accepted, and what is pending has 30000 ms", "stopped");
            assertThat(child.awaitLine("weir: stopped")).endsWith("weir: stopped; 0 pending requests finished\n");
            assertThat(child.exitCode()).isZero();
        }
    }

    /** The first connection that something is sent on: at the start the gateway only looks whether it can connect. */
    private static Socket acceptCall(ServerSocket upstream) throws IOException {
        Socket accepted = upstream.accept();
        while (accepted.getInputStream().read() < 0) {
            accepted.close();
            accepted = upstream.accept();
        }
        return accepted;
    }

    @Test
    void secondSigterm_endsAtOnce() throws Exception {
        try (ServerSocket upstream = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Child child = Child.start(upstream.getLocalPort(), directory)) {
            Matcher clients = CLIENTS.matcher(child.awaitLine("limits "));
            assertThat(clients.find()).isTrue();
            String body = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}";
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(clients.group(1)))) {
                client.getOutputStream()
                        .write(("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                        + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                                .getBytes(StandardCharsets.US_ASCII));
                upstream.setSoTimeout((int) TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
                // The call is in flight for as long as nobody answers it.
                try (Socket call = acceptCall(upstream)) {
                    assertThat(call.isConnected()).isTrue();
                    child.signal("TERM");
                    child.awaitLine("stopping: waiting for 1 pending request");
                    child.signal("TERM");

                    assertThat(child.exitCode()).isEqualTo(143);
                }
            }
        }
    }

    @Test
    void start_beforeTheServerRuns_saysSo() throws Exception {
        int port;
        try (ServerSocket upstream = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            port = upstream.getLocalPort();
        }
        try (Child child = Child.start(port, directory)) {
            assertThat(child.awaitLine("cannot connect to upstream 'default'"))
                    .contains("queue     default", ":" + port);
        }
    }
}
