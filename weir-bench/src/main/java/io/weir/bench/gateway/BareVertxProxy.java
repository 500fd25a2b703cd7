package io.weir.bench.gateway;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.PoolOptions;

/** A reverse proxy of Vert.x and nothing else: forwards head and body both ways, decides on nothing. */
public final class BareVertxProxy extends AbstractVerticle {
    private final int port;
    private final int upstream;

    private BareVertxProxy(int port, int upstream) {
        this.port = port;
        this.upstream = upstream;
    }

    /** Takes the port to listen on and that of the upstream, both on loopback, and the number of event loops. */
    public static void main(String[] args) {
        int port = Integer.parseInt(args[0]);
        int upstream = Integer.parseInt(args[1]);
        int loops = Integer.parseInt(args[2]);
        Vertx vertx =
                Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(loops));
        vertx.deployVerticle(() -> new BareVertxProxy(port, upstream), new DeploymentOptions().setInstances(loops))
                .onFailure(failure -> {
                    System.err.println(failure.getMessage());
                    System.exit(1);
                });
    }

    @Override
    public void start(Promise<Void> started) {
        HttpClientAgent client = vertx.createHttpClient(
                new HttpClientOptions()
                        .setDefaultHost("127.0.0.1")
                        .setDefaultPort(upstream)
                        .setKeepAliveTimeout(3600)
                        .setTcpNoDelay(true),
                new PoolOptions().setHttp1MaxSize(64));
        vertx.createHttpServer(new HttpServerOptions().setTcpNoDelay(true))
                .requestHandler(request -> forward(client, request))
                .listen(port, "127.0.0.1")
                .<Void>mapEmpty()
                .onComplete(started);
    }

    private static void forward(HttpClientAgent client, HttpServerRequest request) {
        request.pause();
        client.request(HttpMethod.POST, request.uri())
                .compose(onward -> {
                    request.headers().forEach(onward.headers()::add);
                    onward.headers().remove(HttpHeaders.CONNECTION);
                    return onward.send(request);
                })
                .compose(answer -> answer(answer, request.response()))
                .onFailure(failure -> request.response().reset());
    }

    private static Future<Void> answer(HttpClientResponse answer, HttpServerResponse response) {
        response.setStatusCode(answer.statusCode());
        answer.headers().forEach(response.headers()::add);
        response.headers().remove(HttpHeaders.CONNECTION);
        return answer.pipeTo(response);
    }
}
