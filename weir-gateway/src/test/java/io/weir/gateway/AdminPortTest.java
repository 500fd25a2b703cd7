package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.config.GatewayConfigLoader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Who may ask at the operator's port, and what it says of upstreams. */
class AdminPortTest {
    private static String ask(GatewayHarness rig, String path, String host) throws IOException {
        try (Socket client =
                new Socket(InetAddress.getLoopbackAddress(), rig.gateway.admin().port())) {
            client.setSoTimeout((int) GatewayHarness.PATIENCE.toMillis());
            client.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void everyHostForClients_isNotEveryHostForTheOperator() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket));
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "http.allowed_hosts=*",
                        "http.allowed_origins=*",
                        "admin.allowed_hosts=ops.example")) {
            assertThat(ask(rig, "/stats", "rebind.evil.example")).startsWith("HTTP/1.1 403 ");
            assertThat(ask(rig, "/limits", "rebind.evil.example"))
                    .startsWith("HTTP/1.1 403 ")
                    .contains("admin.allowed_hosts");
            assertThat(ask(rig, "/stats", "localhost\r\nOrigin: https://evil.example"))
                    .startsWith("HTTP/1.1 403 ");
            assertThat(ask(rig, "/stats", "ops.example:9090")).startsWith("HTTP/1.1 200 ");
            assertThat(ask(rig, "/stats", "127.0.0.1")).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void ownPage_byAnAllowedName_mayAsk() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket));
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), "admin.allowed_hosts=ops.example")) {
            assertThat(ask(rig, "/stats", "ops.example:9090\r\nOrigin: http://ops.example:9090"))
                    .startsWith("HTTP/1.1 200 ");
            assertThat(ask(rig, "/stats", "ops.example:9090\r\nOrigin: http://ops.example:9091"))
                    .startsWith("HTTP/1.1 403 ");
            assertThat(ask(rig, "/stats", "localhost:9090\r\nOrigin: http://ops.example:9090"))
                    .startsWith("HTTP/1.1 403 ");
            assertThat(ask(rig, "/stats", "rebind.example\r\nOrigin: http://rebind.example"))
                    .startsWith("HTTP/1.1 403 ");
        }
    }

    @Test
    void connectionsThatOnlyStayOpen_keepNobodyOut_andAreFewAtATime() throws Exception {
        List<Socket> idle = new ArrayList<>();
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket));
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            byte[] head = ("GET /stats HTTP/1.1\r\nHost: localhost\r\nX-A: " + "a".repeat(7_000))
                    .getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 300; i++) {
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(), rig.gateway.admin().port());
                idle.add(socket);
                socket.getOutputStream().write(head);
            }

            assertThat(ask(rig, "/healthz", "localhost")).startsWith("HTTP/1.1 200 ");
            GatewayHarness.await("172 of them are disconnected, and one for the probe", () -> {
                long open = idle.stream().filter(AdminPortTest::isOpen).count();
                return open == 127 || open == 128;
            });
        } finally {
            for (Socket each : idle) {
                each.close();
            }
        }
    }

    private static boolean isOpen(Socket socket) {
        try {
            socket.setSoTimeout(1);
            return socket.getInputStream().read() >= 0;
        } catch (SocketTimeoutException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void requestWithoutAHost_isMalformed() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket));
                GatewayHarness rig = GatewayHarness.start(server.url().toString());
                Socket client = new Socket(
                        InetAddress.getLoopbackAddress(), rig.gateway.admin().port())) {
            client.getOutputStream()
                    .write("GET /stats HTTP/1.1\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 400 ");
        }
    }

    @Test
    void bodyThatGoesOnBehindItsAnswer_isNotReadForLong() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket));
                GatewayHarness rig = GatewayHarness.start(server.url().toString());
                Socket client = new Socket(
                        InetAddress.getLoopbackAddress(), rig.gateway.admin().port())) {
            client.getOutputStream()
                    .write("PATCH /limits HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000000\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));

            // It would take a minute without a byte, and for ever with some now and then.
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 300; i++) {
                            client.getOutputStream().write(new byte[10]);
                            Thread.sleep(100);
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void probes_comeByTheAddressOfAPod() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket));
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            assertThat(ask(rig, "/healthz", "10.1.2.3:9090")).startsWith("HTTP/1.1 200 ");
            assertThat(ask(rig, "/readyz", "10.1.2.3:9090"))
                    .startsWith("HTTP/1.1 200 ")
                    .endsWith("{\"ready\":true,\"upstreams\":{\"default\":\"up\"}}\n");
        }
    }

    @Test
    void readyz_withoutAnyUpstreamThatAnswers_is503() throws Exception {
        RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket));
        String dead = server.url().toString();
        server.close();
        try (GatewayHarness rig = GatewayHarness.start(dead)) {
            assertThat(ask(rig, "/readyz", "localhost"))
                    .startsWith("HTTP/1.1 503 ")
                    .endsWith("{\"ready\":false,\"upstreams\":{\"default\":\"unreachable\"}}\n");
            assertThat(ask(rig, "/healthz", "localhost")).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void readyz_withOpenCircuits_is503() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> {
                    while (true) {
                        RawServer.read(socket);
                        RawServer.write(socket, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
                    }
                });
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            GatewayHarness.await("the circuit is open", () -> {
                rig.call(GatewayHarness.call(1, "echo")).join();
                return rig.stats().contains("\"circuit\":\"open\"");
            });

            // It is tried again after a second, and left alone for longer when it fails.
            GatewayHarness.await("the gateway is not ready", () -> {
                rig.call(GatewayHarness.call(1, "echo")).join();
                try {
                    return ask(rig, "/readyz", "localhost")
                            .endsWith("{\"ready\":false,\"upstreams\":{\"default\":\"circuit open\"}}\n");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    @Test
    void readyz_whileTheServerIsTriedAgain_is503UntilItsCircuitIsClosed() throws Exception {
        AtomicReference<String> mode = new AtomicReference<>("failing");
        try (RawServer server = new RawServer((socket, n) -> {
                    while (true) {
                        RawServer.Request request = RawServer.read(socket);
                        while ("hanging".equals(mode.get())) {
                            Thread.sleep(5);
                        }
                        boolean fails = "failing".equals(mode.get());
                        String body = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}";
                        RawServer.write(
                                socket,
                                "HTTP/1.1 " + (fails ? "503 Service Unavailable" : "200 OK")
                                        + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                                        + "\r\n\r\n" + body);
                        assertThat(request.body()).isNotEmpty();
                    }
                });
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "upstreams.default.circuit_breaker.open_ms=200",
                        "upstreams.default.circuit_breaker.half_open_ms=200")) {
            GatewayHarness.await("the circuit is open", () -> {
                rig.call(GatewayHarness.call(1, "echo")).join();
                return rig.stats().contains("\"circuit\":\"open\"");
            });
            mode.set("hanging");
            GatewayHarness.await("the circuit is half open", () -> rig.stats().contains("\"circuit\":\"half_open\""));
            CompletableFuture<HttpResponse<String>> trial = rig.call(GatewayHarness.call(1, "echo"));
            GatewayHarness.await(
                    "it is tried",
                    () -> rig.stat("dispatched") > 0 && rig.stats().contains("\"in_flight\":1,"));

            assertThat(ask(rig, "/readyz", "localhost"))
                    .startsWith("HTTP/1.1 503 ")
                    .endsWith("{\"ready\":false,\"upstreams\":{\"default\":\"trying\"}}\n");

            mode.set("up");
            trial.join();
            GatewayHarness.await("the circuit is closed", () -> rig.stats().contains("\"circuit\":\"closed\""));
            assertThat(ask(rig, "/readyz", "localhost"))
                    .startsWith("HTTP/1.1 200 ")
                    .endsWith("{\"ready\":true,\"upstreams\":{\"default\":\"up\"}}\n");
        }
    }

    @Test
    void start_onThePortOfAnotherGateway_saysWhichKeyMovesIt() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket));
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            for (String key : new String[] {"http.listen", "admin.listen"}) {
                for (int port : new int[] {
                    rig.gateway.http().port(), rig.gateway.admin().port()
                }) {
                    GatewayConfigLoader second = new GatewayConfigLoader(1L << 30, name -> null)
                            .upstream(server.url().toString())
                            .set("http.listen=127.0.0.1:0")
                            .set("admin.listen=127.0.0.1:0")
                            .set(key + "=127.0.0.1:" + port);

                    assertThatThrownBy(() -> Gateway.start(second.load()).close())
                            .isInstanceOf(GatewayException.class)
                            .hasMessageContaining("Cannot listen on 127.0.0.1:" + port)
                            .hasMessageContaining(key);
                }
            }
        }
    }
}
