package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.StdioTransport;
import io.weir.gateway.WireFaults.Outcomes;
import io.weir.gateway.lineupstream.TestChild;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Clients over TCP, a wire that fails, the gateway, and behind it another wire that fails, or a child.
 * {@code -Dweir.wire.seeds=N} runs more schedules, {@code -Dweir.wire.seed=N} begins at that one.
 */
class TcpWireFaultsTest {
    private static final int CONNECTIONS = 4;
    private static final int CALLS = 4;
    private static final Pattern ID = Pattern.compile("\"id\": ?(\\d+)");
    private static final Pattern TOKEN = Pattern.compile("\"token\":\"([^\"]*)\"");

    /** Longer than the gateway waits for anything. */
    private static final int PATIENCE_MILLIS = 15_000;

    private static final List<FaultProxy.Fault> HARMLESS =
            List.of(FaultProxy.Fault.NONE, FaultProxy.Fault.DELAY, FaultProxy.Fault.BYTES, FaultProxy.Fault.PARTS);

    @Test
    void faultsOnBothSides_leaveOneOutcomeForEachRequest_andNothingElse() throws Exception {
        WireFaults.eachSeed(TcpWireFaultsTest::httpSchedule);
    }

    private static void httpSchedule(long seed) throws Exception {
        Outcomes outcomes = new Outcomes();
        try (RawServer server = new RawServer((socket, n) -> WireFaults.serve(socket, seed * 31 + n));
                FaultProxy behind = new FaultProxy(server.port(), seed)) {
            try (GatewayHarness rig = GatewayHarness.start(
                    "http://127.0.0.1:" + behind.port() + "/mcp",
                    WireFaults.settings("tcp.listen=127.0.0.1:0", "upstreams.default.request_timeout_ms=1000"))) {
                schedule(rig, seed, false, outcomes);
                WireFaults.awaitService(behind, rig, seed);
                System.out.println("TCP, seed " + seed + ": " + outcomes);
                WireFaults.assertNothingLeft(rig, seed);
            }
            GatewayHarness.await("connections to the server are closed, seed " + seed, () -> server.open() == 0);
        }
    }

    @Test
    void faultsInFrontOfChildren_leaveNeitherSessionsNorChildren() throws Exception {
        for (long seed = WireFaults.FIRST_SEED;
                seed < WireFaults.FIRST_SEED + Math.max(1, WireFaults.SEEDS / 2);
                seed++) {
            long number = seed;
            Outcomes outcomes = new Outcomes();
            StdioTransport child = new StdioTransport(
                    TestChild.command(), Map.of(), Optional.empty(), TestChild.policy(false, WireFaults.CLIENTS));
            try (GatewayHarness rig = GatewayHarness.start(
                    child,
                    WireFaults.settings("tcp.listen=127.0.0.1:0", "upstreams.default.request_timeout_ms=5000"))) {
                schedule(rig, seed, true, outcomes);
                System.out.println("TCP to children, seed " + seed + ": " + outcomes);
                WireFaults.assertNothingLeft(rig, seed);
                GatewayHarness.await(
                        "no session and no child is left, seed " + number
                                + rig.stats().replaceAll(".*(.sessions_opened)", "$1"),
                        () -> rig.stat("sessions") == 0 && rig.stat("children") == 0);
            }
        }
    }

    private static void schedule(GatewayHarness rig, long seed, boolean sessions, Outcomes outcomes) throws Exception {
        try (FaultProxy before = new FaultProxy(rig.tcpPort(), seed + 1)) {
            WireFaults.allClients(
                    seed, outcomes, i -> client(before, seed * WireFaults.CLIENTS + i, sessions, outcomes));
        }
    }

    private static Callable<Void> client(FaultProxy wire, long seed, boolean sessions, Outcomes outcomes) {
        return () -> {
            Random random = new Random(seed);
            for (int i = 0; i < (sessions ? 1 : CONNECTIONS); i++) {
                connection(wire, seed, i, random, sessions, outcomes);
            }
            return null;
        };
    }

    /** All that one connection sends, at once; then it reads, or leaves while the server works. */
    private static void connection(
            FaultProxy wire, long seed, int number, Random random, boolean sessions, Outcomes outcomes)
            throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), wire.port())) {
            FaultProxy.Plan plan = wire.planOf(socket.getLocalPort());
            socket.setSoTimeout(plan.fault() == FaultProxy.Fault.BLACK_HOLE ? 3_000 : PATIENCE_MILLIS);
            Map<Integer, String> open = new HashMap<>();
            StringBuilder lines = new StringBuilder();
            if (sessions) {
                open.put(0, "");
                lines.append("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
                        + "\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}\n"
                        + "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n");
            }
            for (int i = 1; i <= CALLS; i++) {
                // All clients use the same ids: what tells answers apart is the token.
                String token = seed + "-" + number + "-" + i;
                open.put(i, token);
                lines.append(GatewayHarness.call(i, "echo")
                                .replace(
                                        "{}",
                                        "{\"token\":\"" + token + "\",\"pad\":\"" + "y".repeat(random.nextInt(900))
                                                + "\"}"))
                        .append(random.nextBoolean() ? "\n" : "\r\n");
            }
            outcomes.sent.addAndGet(open.size());
            boolean leaves = random.nextInt(6) == 0;
            String how = "open";
            try {
                socket.getOutputStream().write(lines.toString().getBytes(StandardCharsets.UTF_8));
                if (leaves) {
                    outcomes.left.addAndGet(open.size());
                    // Mostly while the server works on some of it.
                    Thread.sleep(random.nextInt(60));
                    socket.setSoLinger(true, 0);
                    return;
                }
                // It is answered all the same; on epoll only with what the kernel takes at once (Netty 4.2.18 forgets
                // the socket).
                if (sessions && random.nextInt(3) == 0) {
                    how = "half-closed";
                    socket.shutdownOutput();
                }
                read(socket, open, outcomes);
            } catch (SocketTimeoutException e) {
                assertThat(plan.fault()).as("never answered: " + open).isEqualTo(FaultProxy.Fault.BLACK_HOLE);
                outcomes.swallowed.addAndGet(open.size());
                return;
            } catch (IOException e) {
                // Some of it was answered before.
                how += ", " + e.getMessage();
            }
            if (HARMLESS.contains(plan.fault())) {
                assertThat(open).as("not answered, " + plan + ", " + how).isEmpty();
            }
            outcomes.broken.addAndGet(open.size());
        }
    }

    /**
     * Reads until all is answered or the connection ends; an answer is whole, is that of an open request, and comes
     * once.
     */
    private static void read(Socket socket, Map<Integer, String> open, Outcomes outcomes) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        StringBuilder line = new StringBuilder();
        while (!open.isEmpty()) {
            int c = in.read();
            if (c < 0) {
                return;
            }
            if (c != '\n') {
                line.append((char) c);
                continue;
            }
            String whole = line.toString();
            line.setLength(0);
            Matcher id = ID.matcher(whole);
            if (!id.find() || whole.contains("\"method\"")) {
                assertThat(whole).contains("notifications/");
                continue;
            }
            assertThat(whole).startsWith("{").endsWith("}");
            String token = open.remove(Integer.valueOf(id.group(1)));
            assertThat(token).as("the answer to no open request: " + whole).isNotNull();
            Matcher of = TOKEN.matcher(whole);
            if (of.find()) {
                assertThat(of.group(1)).as("whose answer it is").isEqualTo(token);
            } else {
                assertThat(whole).containsAnyOf("\"error\"", "\"protocolVersion\"");
            }
            outcomes.answered.incrementAndGet();
        }
    }
}
