package io.weir.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Count;
import io.weir.core.limiter.Limiter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LimiterFilterTest {
    private final Limiter limiter =
            Limiter.builder().maxMessages(1).maxBytes(100).build();
    private final CountDownLatch arrived = new CountDownLatch(1);
    private final CountDownLatch mayEnd = new CountDownLatch(1);
    private final Server jetty = new Server();
    private final ServerConnector connector = new ServerConnector(jetty);
    private final HttpClient client = HttpClient.newHttpClient();

    /** Echoes its body, waits with it, or fails. */
    private final class Servlet extends HttpServlet {
        private static final long serialVersionUID = 1L;

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String body = new String(request.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (body.equals("fail")) {
                throw new IOException("as it was told");
            }
            if (body.equals("wait")) {
                arrived.countDown();
                await(mayEnd);
            }
            response.getWriter().write(body);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @BeforeEach
    void start() throws Exception {
        connector.setHost("127.0.0.1");
        jetty.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler("/");
        context.addFilter(new FilterHolder(new LimiterFilter(limiter)), "/*", EnumSet.of(DispatcherType.REQUEST));
        context.addServlet(new ServletHolder(new Servlet()), "/*");
        jetty.setHandler(context);
        jetty.start();
    }

    @AfterEach
    void stop() throws Exception {
        mayEnd.countDown();
        jetty.stop();
        limiter.close();
    }

    private CompletableFuture<HttpResponse<String>> post(String body) {
        return client.sendAsync(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/"))
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    @Test
    void requests_beyondTheLimit_areRejectedAndPassAgainAfterwards() {
        CompletableFuture<HttpResponse<String>> first = post("wait");
        await(arrived);

        assertThat(post("too many").join()).satisfies(response -> {
            assertThat(response.statusCode()).isEqualTo(429);
            assertThat(response.body()).contains("connection_messages");
        });
        mayEnd.countDown();
        assertThat(first.join().body()).isEqualTo("wait");
        assertThat(post("again").join().body()).isEqualTo("again");
        assertThat(limiter.stats().pending()).isEqualTo(Count.ZERO);
        assertThat(limiter.stats().flow().completed().messages()).isEqualTo(2);
    }

    @Test
    void request_largerThanTheLimit_isTooLarge() {
        assertThat(post("x".repeat(101)).join().statusCode()).isEqualTo(413);
    }

    @Test
    void rate_isAnsweredWithTheTimeToComeBack() {
        limiter.update(config -> config.maxMessagesPerSec(1));
        HttpResponse<String> response = post("one").join();
        for (int i = 0; response.statusCode() == 200 && i < 1_000; i++) {
            response = post("more").join();
        }

        assertThat(response.statusCode()).isEqualTo(429);
        assertThat(response.headers().firstValueAsLong("Retry-After")).hasValue(1);
    }

    @Test
    void failure_ofTheServlet_countsAsFailed() {
        assertThat(post("fail").join().statusCode()).isEqualTo(500);
        assertThat(limiter.stats().pending()).isEqualTo(Count.ZERO);
        assertThat(limiter.stats().flow().failed().messages()).isEqualTo(1);
    }
}
