package io.weir.bench.pairs;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Sends traffic on its schedule, whatever is answered, and sees what becomes of it. Used once; not thread-safe. */
final class LoadClient implements AutoCloseable {
    private static final int MAX_CONNECTIONS = 4_000;
    private static final long PATIENCE_SECONDS = 60;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final Pattern REASON = Pattern.compile("\"reason\":\"(\\w+)\"");
    private static final String INITIALIZE = "{\"jsonrpc\":\"2.0\",\"id\":\"i\",\"method\":\"initialize\",\"params\":{"
            + "\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"p\",\"version\":\"1\"}}}";
    private static final String INITIALIZED = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}";

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final Context loop = vertx.getOrCreateContext();
    private final HttpClient client;
    private final int port;
    private final Map<String, String> sessions = new HashMap<>();
    private final List<Double> latencies = new ArrayList<>();
    private final Map<String, Long> reasons = new TreeMap<>();
    private final Map<String, Long> answeredOf = new TreeMap<>();
    private long answered;

    LoadClient(int port) {
        this.port = port;
        this.client = vertx.createHttpClient(
                new HttpClientOptions().setDefaultHost("127.0.0.1").setDefaultPort(port),
                new PoolOptions().setHttp1MaxSize(MAX_CONNECTIONS));
    }

    /** Opens the sessions, sends everything, and returns when everything has ended. */
    Result run(List<Arrival> arrivals) {
        for (Arrival arrival : arrivals) {
            sessions.computeIfAbsent(
                    arrival.tenant() + arrival.session(), unknown -> await(open(arrival.tenant()), PATIENCE_SECONDS));
        }
        List<Future<?>> calls = new ArrayList<>();
        long begin = System.nanoTime();
        for (int i = 0; i < arrivals.size(); i++) {
            Arrival arrival = arrivals.get(i);
            long due = begin + arrival.atNanos();
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            calls.add(call(i, arrival, due));
        }
        await(Future.join(calls).otherwiseEmpty(), PATIENCE_SECONDS);
        latencies.sort(null);
        return new Result(answered, reasons, answeredOf, percentile(0.5), percentile(0.95));
    }

    private double percentile(double share) {
        return latencies.isEmpty()
                ? 0
                : latencies.get((int) Math.min(latencies.size() - 1.0, latencies.size() * share));
    }

    private static <T> T await(Future<T> future, long seconds) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(seconds, TimeUnit.SECONDS)
                .join();
    }

    private Future<String> open(String tenant) {
        Promise<String> opened = Promise.promise();
        loop.runOnContext(now -> initialize(tenant).onComplete(opened));
        return opened.future();
    }

    private Future<String> initialize(String tenant) {
        return post(tenant, null, INITIALIZE)
                .compose(response -> response.body().map(body -> response.getHeader("Mcp-Session-Id")))
                .compose(session -> post(tenant, session, INITIALIZED)
                        .compose(HttpClientResponse::body)
                        .map(body -> session));
    }

    private Future<HttpClientResponse> post(String tenant, @Nullable String session, String body) {
        RequestOptions options =
                new RequestOptions().setMethod(HttpMethod.POST).setURI("/mcp").setPort(port);
        options.putHeader("Content-Type", "application/json");
        options.putHeader("Accept", "application/json, text/event-stream");
        options.putHeader("X-API-Key", tenant);
        if (session != null) {
            options.putHeader("Mcp-Session-Id", session);
            options.putHeader("MCP-Protocol-Version", "2025-06-18");
        }
        return client.request(options).compose(request -> request.send(Buffer.buffer(body)));
    }

    /** On the event loop, since a response that begins before somebody listens loses its body. */
    private Future<?> call(int id, Arrival arrival, long due) {
        Promise<Void> over = Promise.promise();
        loop.runOnContext(now -> send(id, arrival, due).onComplete(done -> over.complete()));
        return over.future();
    }

    private Future<?> send(int id, Arrival arrival, long due) {
        String session = sessions.get(arrival.tenant() + arrival.session());
        String body = "{\"jsonrpc\":\"2.0\",\"id\":\"c" + id + "\",\"method\":\"tools/call\",\"params\":{\"name\":\""
                + arrival.tool() + "\",\"arguments\":{\"ms\":" + arrival.millis() + "}}}";
        if (arrival.cancelAfterMillis() > 0) {
            vertx.setTimer(arrival.cancelAfterMillis(), timer -> cancel(id, arrival, session));
        }
        return post(arrival.tenant(), session, body)
                .compose(HttpClientResponse::body)
                .onComplete(
                        answer -> ended(arrival, answer.toString(), System.nanoTime() - due),
                        failure -> reject("broken"));
    }

    private void cancel(int id, Arrival arrival, @Nullable String session) {
        String body = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":\"c" + id
                + "\"}}";
        post(arrival.tenant(), session, body).compose(HttpClientResponse::body);
    }

    private synchronized void ended(Arrival arrival, String answer, long nanos) {
        if (answer.contains("\"result\"")) {
            answered++;
            answeredOf.merge(arrival.tool(), 1L, Long::sum);
            answeredOf.merge(arrival.tenant(), 1L, Long::sum);
            latencies.add(nanos / NANOS_PER_MILLI);
        } else {
            Matcher reason = REASON.matcher(answer);
            reject(reason.find() ? reason.group(1) : "broken");
        }
    }

    private synchronized void reject(String reason) {
        reasons.merge(reason, 1L, Long::sum);
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
