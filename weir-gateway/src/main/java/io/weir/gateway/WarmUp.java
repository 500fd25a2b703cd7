package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.weir.config.HostPort;
import io.weir.gateway.jsonrpc.EnvelopeReader;
import io.weir.gateway.jsonrpc.MalformedMessageException;
import io.weir.gateway.jsonrpc.ResponseScan;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Loads what the first call needs before it comes: nearly a thousand classes, for which it would else wait half a
 * second. The gateway asks itself whether it is up, which takes the HTTP server and client that calls take, and reads
 * one message and its answer. Nothing of it is counted, and a gateway that cannot be asked starts all the same. An
 * operator's port with TLS is not asked: it may want a certificate.
 */
final class WarmUp {
    private static final long MAX_SECONDS = 2;
    private static final String CALL =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"a\",\"arguments\":{\"b\":[1]}}}";
    private static final String ANSWER = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[]}}";

    private final HttpClientAgent client;
    private final Future<Integer> asked;

    /**
     * Begins to ask the operator's port.
     *
     * @param tls whether that has TLS
     */
    WarmUp(Vertx vertx, HostPort admin, boolean tls) {
        client = vertx.createHttpClient();
        asked = tls ? Future.succeededFuture(0) : ask(client, admin);
    }

    private static Future<Integer> ask(HttpClientAgent client, HostPort admin) {
        RequestOptions health = new RequestOptions().setMethod(HttpMethod.GET).setURI("/healthz");
        return client.connect(new HttpConnectOptions().setHost(admin.host()).setPort(admin.port()))
                .compose(connection -> connection.request(health))
                .compose(request -> request.send())
                .compose(response -> response.body().map(body -> response.statusCode()));
    }

    /** Reads a message meanwhile, and waits for the answer. */
    void await() {
        read();
        try {
            asked.toCompletionStage().toCompletableFuture().get(MAX_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // Then the first call waits.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        client.close();
    }

    private static void read() {
        try {
            new EnvelopeReader().read(CALL.getBytes(StandardCharsets.UTF_8));
        } catch (MalformedMessageException e) {
            throw new IllegalStateException("a call is well-formed", e);
        }
        byte[] answer = ANSWER.getBytes(StandardCharsets.UTF_8);
        new ResponseScan(List.of("1")).accept(answer, 0, answer.length);
    }
}
