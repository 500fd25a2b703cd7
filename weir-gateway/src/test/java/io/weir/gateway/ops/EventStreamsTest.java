package io.weir.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.weir.gateway.GatewayHarness;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventStreamsTest {
    private static final int PATIENCE_MILLIS = 30_000;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicLong now = new AtomicLong(5);
    private final EventStreams events = new EventStreams(vertx, now::get);
    private final List<Socket> clients = new ArrayList<>();
    private int port;

    @BeforeEach
    void listen() {
        HttpServer server =
                vertx.createHttpServer().requestHandler(request -> events.open(new AdminRequest(request, "")));
        port = server.listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join()
                .actualPort();
    }

    @AfterEach
    void close() throws IOException {
        for (Socket client : clients) {
            client.close();
        }
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private Socket open() throws IOException {
        Socket client = new Socket();
        client.setReceiveBufferSize(4096);
        client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        client.setSoTimeout(PATIENCE_MILLIS);
        client.getOutputStream()
                .write("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        clients.add(client);
        return client;
    }

    private static BufferedReader reader(Socket client) throws IOException {
        return new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
    }

    private static String lineWith(BufferedReader reader, String part) throws IOException {
        String line = reader.readLine();
        while (line != null && !line.contains(part)) {
            line = reader.readLine();
        }
        return String.valueOf(line);
    }

    @Test
    void send_reachesEveryReader() throws Exception {
        BufferedReader one = reader(open());
        BufferedReader other = reader(open());
        lineWith(one, "retry:");
        lineWith(other, "retry:");

        events.send("{\"n\":1}\n");

        assertThat(lineWith(one, "data:")).isEqualTo("data: {\"n\":1}");
        assertThat(lineWith(other, "data:")).isEqualTo("data: {\"n\":1}");
    }

    @Test
    void open_beyondTheBound_isRefused() throws Exception {
        for (int i = 0; i < EventStreams.MAX_READERS; i++) {
            lineWith(reader(open()), "retry:");
        }

        assertThat(reader(open()).readLine()).isEqualTo("HTTP/1.1 503 Service Unavailable");
    }

    @Test
    void close_byTheReader_givesItsPlaceToAnother() throws Exception {
        Socket first = open();
        lineWith(reader(first), "retry:");
        first.close();

        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
        while (events.isWatched() && System.nanoTime() < end) {
            Thread.sleep(10);
        }
        assertThat(events.isWatched()).isFalse();
    }

    @Test
    void readersThatTakeNothingForTenSeconds_giveWay_andOneThatReadsStays() throws Exception {
        BufferedReader reads = reader(open());
        lineWith(reads, "retry:");
        for (int i = 1; i < EventStreams.MAX_READERS; i++) {
            lineWith(reader(open()), "retry:");
        }
        assertThat(reader(open()).readLine()).isEqualTo("HTTP/1.1 503 Service Unavailable");
        String line = "{\"text\":\"" + "x".repeat(4 * 1024) + "\"}";
        // More than the sockets of both sides keep, and less than is kept beside them.
        for (int i = 0; i < 28; i++) {
            events.send(line);
            assertThat(lineWith(reads, "data:")).hasSize(line.length() + 6);
        }
        now.addAndGet(TimeUnit.SECONDS.toNanos(EventStreams.STALL_SECONDS) - 1);
        events.send("{\"nearly\":1}");
        assertThat(lineWith(reads, "data: {\"nearly")).isNotEqualTo("null");
        assertThat(events.readers()).isEqualTo(EventStreams.MAX_READERS);

        // What the kernel has taken meanwhile counts: it is full from the first of these on.
        for (int i = 0; i < 3; i++) {
            now.addAndGet(TimeUnit.SECONDS.toNanos(EventStreams.STALL_SECONDS));
            events.send("{\"late\":1}");
            assertThat(lineWith(reads, "data: {\"late")).isNotEqualTo("null");
        }
        GatewayHarness.await("those that did not read are gone", () -> events.readers() == 1);

        BufferedReader further = reader(open());
        assertThat(further.readLine()).isEqualTo("HTTP/1.1 200 OK");
        lineWith(further, "retry:");
        events.send("{\"last\":1}");
        assertThat(lineWith(reads, "data: {\"last")).isNotEqualTo("null");
        assertThat(lineWith(further, "data: {\"last")).isNotEqualTo("null");
    }

    @Test
    void send_toOneThatDoesNotRead_cutsItOffAlone() throws Exception {
        open();
        BufferedReader reads = reader(open());
        lineWith(reads, "retry:");
        String line = "{\"text\":\"" + "x".repeat(64 * 1024) + "\"}";
        int cut = 0;
        for (int i = 0; i < 2_000 && cut == 0; i++) {
            events.send(line);
            assertThat(lineWith(reads, "data:")).hasSize(line.length() + 6);
            cut = events.readers() == 1 ? i : 0;
        }

        assertThat(cut).isPositive();
        events.send("{\"last\":true}");
        assertThat(lineWith(reads, "data: {\"last")).isNotEqualTo("null");
    }
}
