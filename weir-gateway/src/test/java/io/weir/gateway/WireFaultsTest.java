package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.ChildPolicy;
import io.weir.config.StdioTransport;
import io.weir.gateway.WireFaults.Outcomes;
import io.weir.gateway.lineupstream.FaultyChild;
import io.weir.gateway.lineupstream.TestChild;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients, a wire that fails, the gateway, and another wire that fails. {@code -Dweir.wire.seeds=N} runs more
 * schedules, {@code -Dweir.wire.seed=N} begins at that one.
 */
class WireFaultsTest {
    private static final int CALLS = 12;
    private static final String STATELESS = "MCP-Protocol-Version: 2026-07-28";
    private static final String INITIALIZE =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\","
                    + "\"capabilities\":{},\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}}";
    private static final Pattern SESSION = Pattern.compile("(?i)\r\nmcp-session-id: *(\\S+)\r\n");

    @TempDir
    Path directory;

    @Test
    void faultsOnBothSidesOfHttp_leaveOneOutcomeForEachRequest_andNothingElse() throws Exception {
        WireFaults.eachSeed(WireFaultsTest::httpSchedule);
    }

    private static void httpSchedule(long seed) throws Exception {
        Outcomes outcomes = new Outcomes();
        try (RawServer server = new RawServer((socket, n) -> WireFaults.serve(socket, seed * 31 + n));
                FaultProxy behind = new FaultProxy(server.port(), seed)) {
            throughGateway(behind, seed, outcomes);
            GatewayHarness.await("connections to the server are closed, seed " + seed, () -> server.open() == 0);
        }
    }

    private static void throughGateway(FaultProxy behind, long seed, Outcomes outcomes) throws Exception {
        try (GatewayHarness rig = GatewayHarness.start(
                "http://127.0.0.1:" + behind.port() + "/mcp",
                WireFaults.settings("upstreams.default.request_timeout_ms=1000"))) {
            try (FaultProxy before = new FaultProxy(rig.gateway.http().port(), seed + 1)) {
                WireFaults.allClients(
                        seed, outcomes, i -> client(before, seed * WireFaults.CLIENTS + i, false, outcomes));
                WireFaults.awaitService(behind, rig, seed);
            }
            System.out.println("HTTP, seed " + seed + ": " + outcomes);
            WireFaults.assertNothingLeft(rig, seed);
        }
    }

    @Test
    void faultsOnBothSidesOfStdio_leaveOneOutcomeForEachRequest_andNoProcess() throws Exception {
        for (long seed = WireFaults.FIRST_SEED;
                seed < WireFaults.FIRST_SEED + Math.max(1, WireFaults.SEEDS / 2);
                seed++) {
            stdioSchedule(seed, directory.resolve("seed" + seed));
        }
    }

    private static void stdioSchedule(long seed, Path numbers) throws Exception {
        java.nio.file.Files.createDirectory(numbers);
        Outcomes outcomes = new Outcomes();
        ChildPolicy policy = TestChild.policy(false, 16);
        try (GatewayHarness rig = GatewayHarness.start(
                new StdioTransport(FaultyChild.command(seed, numbers), Map.of(), Optional.empty(), policy),
                WireFaults.settings("upstreams.default.request_timeout_ms=3000"))) {
            try (FaultProxy before = new FaultProxy(rig.gateway.http().port(), seed + 1)) {
                WireFaults.allClients(
                        seed, outcomes, i -> client(before, seed * WireFaults.CLIENTS + i, true, outcomes));
            }
            System.out.println("stdio, seed " + seed + ": " + outcomes);
            WireFaults.assertNothingLeft(rig, seed);
        }
        GatewayHarness.await(
                "no process is left, seed " + seed,
                () -> ProcessHandle.current()
                        .descendants()
                        .noneMatch(each -> each.info().commandLine().orElse("").contains(numbers.toString())));
    }

    private static Callable<Void> client(FaultProxy wire, long seed, boolean sessions, Outcomes outcomes) {
        return () -> {
            Random random = new Random(seed);
            Socket socket = null;
            InputStream in = InputStream.nullInputStream();
            String session = null;
            for (int i = 0; i < (sessions ? CALLS / 2 : CALLS); i++) {
                if (socket == null) {
                    socket = new Socket(InetAddress.getLoopbackAddress(), wire.port());
                    // Longer than the gateway waits for anything.
                    socket.setSoTimeout(15_000);
                    in = new BufferedInputStream(socket.getInputStream());
                }
                boolean opens = sessions && session == null;
                int id = opens ? 1 : (int) (seed % 1_000) * 1_000 + i + 2;
                String body = opens
                        ? INITIALIZE
                        : GatewayHarness.call(id, sessions && random.nextInt(3) == 0 ? "progress" : "echo")
                                .replace("{}", "{\"pad\":\"" + "y".repeat(random.nextInt(3_000)) + "\"}");
                boolean leaves = random.nextInt(12) == 0;
                FaultProxy.Plan plan = wire.planOf(socket.getLocalPort());
                outcomes.sent.incrementAndGet();
                try {
                    if (plan.fault() == FaultProxy.Fault.BLACK_HOLE) {
                        socket.setSoTimeout(1_500);
                    }
                    String post = session == null
                            ? GatewayHarness.post(body, sessions || seed % 2 == 0 ? "X-Era: session" : STATELESS)
                            : GatewayHarness.post(body, "Mcp-Session-Id: " + session);
                    socket.getOutputStream().write(post.getBytes(StandardCharsets.ISO_8859_1));
                    socket.getOutputStream().flush();
                    if (leaves) {
                        outcomes.left.incrementAndGet();
                        // Mostly while the server works on it.
                        Thread.sleep(random.nextInt(60));
                        socket.setSoLinger(true, 0);
                        socket.close();
                        socket = null;
                        continue;
                    }
                    String response = response(in);
                    int status = Integer.parseInt(response.substring(9, 12));
                    if (plan.fault() != FaultProxy.Fault.HALF_CLOSE || !plan.toServer() || status != 400) {
                        assertThat(response).containsPattern("\"id\": ?" + id + "[,}]");
                    }
                    assertThat(Pattern.compile("\"id\":")
                                    .matcher(response)
                                    .results()
                                    .count())
                            .as(response)
                            .isEqualTo(1);
                    outcomes.answered.incrementAndGet();
                    Matcher opened = SESSION.matcher(response);
                    session = opens && opened.find() ? opened.group(1) : status == 404 ? null : session;
                } catch (SocketTimeoutException e) {
                    assertThat(plan.fault()).as("never answered: " + body).isEqualTo(FaultProxy.Fault.BLACK_HOLE);
                    outcomes.swallowed.incrementAndGet();
                    socket.close();
                    socket = null;
                } catch (IOException e) {
                    outcomes.broken.incrementAndGet();
                    socket.close();
                    socket = null;
                }
            }
            if (socket != null) {
                socket.close();
            }
            return null;
        };
    }

    /** One whole response, or an exception if the connection ends before that. */
    private static String response(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) next(in));
        }
        String lower = head.toString().toLowerCase(java.util.Locale.ROOT);
        Matcher length = Pattern.compile("content-length: *(\\d+)").matcher(lower);
        if (length.find()) {
            int expected = Integer.parseInt(length.group(1));
            byte[] body = in.readNBytes(expected);
            if (body.length < expected) {
                throw new IOException("ended in mid-response");
            }
            return head + new String(body, StandardCharsets.UTF_8);
        }
        assertThat(lower).contains("chunked");
        StringBuilder body = new StringBuilder(head);
        while (true) {
            StringBuilder size = new StringBuilder();
            while (size.indexOf("\r\n") < 0) {
                size.append((char) next(in));
            }
            int expected = Integer.parseInt(size.toString().strip(), 16);
            byte[] chunk = in.readNBytes(expected + 2);
            if (chunk.length < expected + 2) {
                throw new IOException("ended in mid-response");
            }
            if (expected == 0) {
                return body.toString();
            }
            body.append(new String(chunk, 0, expected, StandardCharsets.UTF_8));
        }
    }

    private static int next(InputStream in) throws IOException {
        int b = in.read();
        if (b < 0) {
            throw new IOException("ended");
        }
        return b;
    }
}
