package io.weir.bench.pairs;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.UUID;

/**
 * A small MCP server of the session era that knows nothing but how long its calls take. Goes on with calls that were
 * cancelled.
 */
final class ShapedServer implements Upstream {
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final String RESULT = "{\"content\":[{\"type\":\"text\",\"text\":\"done\"}]}";
    private static final String INITIALIZED =
            "{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},\"serverInfo\":{\"name\":\"shaped\",\"version\":\"1\"}}";

    private final Work work;
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final int port;

    ShapedServer(Work work) {
        this.work = work;
        this.port = vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> serve(request, body)))
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join()
                .actualPort();
    }

    private void serve(HttpServerRequest request, Buffer body) {
        HttpServerResponse response = request.response();
        JsonObject message = body.length() == 0 ? new JsonObject() : body.toJsonObject();
        if (!message.containsKey("id") || !message.containsKey("method")) {
            response.setStatusCode(202).end();
            return;
        }
        String id = message.getString("id");
        if (message.getString("method").equals("initialize")) {
            response.putHeader("Mcp-Session-Id", UUID.randomUUID().toString());
            answer(response, id, INITIALIZED);
            return;
        }
        int millis = message.getJsonObject("params").getJsonObject("arguments").getInteger("ms");
        Context loop = vertx.getOrCreateContext();
        work.begin(millis * NANOS_PER_MILLI, () -> loop.runOnContext(over -> answer(response, id, RESULT)));
    }

    private static void answer(HttpServerResponse response, String id, String result) {
        if (!response.closed()) {
            response.putHeader("Content-Type", "application/json")
                    .end("{\"jsonrpc\":\"2.0\",\"id\":\"" + id + "\",\"result\":" + result + "}");
        }
    }

    @Override
    public URI url() {
        return URI.create("http://127.0.0.1:" + port + "/mcp");
    }

    @Override
    public void close() {
        work.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
