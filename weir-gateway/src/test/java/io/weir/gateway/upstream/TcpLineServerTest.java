package io.weir.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.weir.config.TcpTransport;
import io.weir.config.UpstreamTls;
import io.weir.gateway.GatewayHarness;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.line.LineServer;
import io.weir.gateway.line.LineServerException;
import io.weir.gateway.line.UnreadLine;
import io.weir.gateway.line.UnreadLine.Unheard;
import io.weir.gateway.lineupstream.TestChild;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TcpLineServerTest {
    private static TcpTransport to(ServerSocket listening) {
        return new TcpTransport(
                URI.create("tcp://127.0.0.1:" + listening.getLocalPort()),
                Duration.ofSeconds(30),
                TestChild.policy(false, 1),
                UpstreamTls.DEFAULT);
    }

    private static TcpLineServer start(
            Vertx vertx, ServerSocket listening, MemoryBudget memory, LineServer.Listener listener) throws Exception {
        CompletableFuture<TcpLineServer> made = new CompletableFuture<>();
        vertx.runOnContext(ignored -> {
            TcpLineServer server =
                    new TcpLineServer(new TcpConnector(vertx, to(listening), Optional.empty(), memory), listener);
            server.start();
            made.complete(server);
        });
        return made.get(30, TimeUnit.SECONDS);
    }

    @Test
    void memoryOfALongLine_isHandedToTheThreadThatDeliversIt_andElseGivenBack_alsoIfThatThrows() throws Exception {
        Vertx vertx = Vertx.vertx();
        MemoryBudget memory = new MemoryBudget(4L << 20);
        CompletableFuture<Long> elsewhere = new CompletableFuture<>();
        CompletableFuture<TcpLineServer> server = new CompletableFuture<>();
        LineServer.Listener listener = new Unheard() {
            @Override
            public void line(byte[] line) {
                TcpLineServer from = server.join();
                elsewhere.complete(
                        CompletableFuture.supplyAsync(() -> from.handOver(1)).join());
                assertThat(from.handOver(10)).isEqualTo(10);
                throw new IllegalStateException("by the test");
            }
        };
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            server.complete(start(vertx, listening, memory, listener));
            try (Socket accepted = listening.accept()) {
                accepted.getOutputStream()
                        .write("x".repeat(100_000).concat("\n").getBytes(StandardCharsets.UTF_8));

                assertThat(elsewhere.get(30, TimeUnit.SECONDS)).isZero();
                GatewayHarness.await("the rest is given back", () -> memory.taken() == 10);
            }
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"killed", "closed", "stopped"})
    void linesThatAServerDoesNotRead_endWithTheConnection(String end) throws Exception {
        Vertx vertx = Vertx.vertx();
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            TcpLineServer server = start(vertx, listening, new MemoryBudget(1 << 20), new Unheard());
            UnreadLine line = new UnreadLine();
            UnreadLine behind = new UnreadLine();
            Socket accepted = listening.accept();

            assertThat(server.send(line.line())).isTrue();
            assertThat(server.send(behind.line())).isTrue();
            line.awaitBegun();
            switch (end) {
                case "killed" ->
                    server.kill(new LineServerException(LineServerException.Problem.STOPPED, "by the test"));
                case "stopped" -> server.stop();
                default -> accepted.close();
            }

            assertThat(line.written()).isFalse();
            assertThat(behind.written()).isFalse();
            accepted.close();
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }
}
