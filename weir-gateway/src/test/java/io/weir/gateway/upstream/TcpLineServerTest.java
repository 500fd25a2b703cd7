package io.weir.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.weir.config.TcpTransport;
import io.weir.config.UpstreamTls;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.line.LineServerException;
import io.weir.gateway.line.UnreadLine;
import io.weir.gateway.line.UnreadLine.Unheard;
import io.weir.gateway.lineupstream.TestChild;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TcpLineServerTest {
    @ParameterizedTest
    @ValueSource(strings = {"killed", "closed", "stopped"})
    void linesThatAServerDoesNotRead_endWithTheConnection(String end) throws Exception {
        Vertx vertx = Vertx.vertx();
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            TcpTransport transport = new TcpTransport(
                    URI.create("tcp://127.0.0.1:" + listening.getLocalPort()),
                    Duration.ofSeconds(30),
                    TestChild.policy(false, 1),
                    UpstreamTls.DEFAULT);
            CompletableFuture<TcpLineServer> made = new CompletableFuture<>();
            vertx.runOnContext(ignored -> {
                TcpLineServer server = new TcpLineServer(
                        new TcpConnector(vertx, transport, Optional.empty(), new MemoryBudget(1 << 20)), new Unheard());
                server.start();
                made.complete(server);
            });
            TcpLineServer server = made.get(30, TimeUnit.SECONDS);
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
