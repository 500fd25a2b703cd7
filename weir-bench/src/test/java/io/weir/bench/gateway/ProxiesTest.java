package io.weir.bench.gateway;

import static org.assertj.core.api.Assertions.assertThatCode;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** That every proxy that is measured passes a call to the upstream and its answer back. */
class ProxiesTest {
    private HttpServer upstream;

    @BeforeEach
    void listen() throws IOException {
        upstream = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        upstream.createContext("/mcp", exchange -> {
            byte[] received = exchange.getRequestBody().readAllBytes();
            boolean asSent = new String(received, StandardCharsets.UTF_8).equals(Call.REQUEST);
            byte[] answer = Call.ANSWER.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(asSent ? 200 : 400, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        upstream.start();
    }

    @AfterEach
    void stop() {
        upstream.stop(0);
    }

    static Stream<Arguments> proxies() {
        return Stream.of(
                Arguments.of(WeirGateway.class, ""),
                Arguments.of(BareVertxProxy.class, BareVertxProxy.GATHERING),
                Arguments.of(BareVertxProxy.class, BareVertxProxy.STREAMING),
                Arguments.of(BareReactorProxy.class, ""));
    }

    @ParameterizedTest
    @MethodSource("proxies")
    void proxy_call_isAnsweredByUpstream(Class<?> proxy, String mode) throws IOException, InterruptedException {
        try (BenchEnvironment workplace = new BenchEnvironment()) {
            int port = BenchEnvironment.freePort();
            String to = Integer.toString(upstream.getAddress().getPort());
            workplace.startJava(port, proxy, Integer.toString(port), to, "1", mode);

            assertThatCode(() -> Call.check(HttpClient.newHttpClient(), port)).doesNotThrowAnyException();
        }
    }
}
