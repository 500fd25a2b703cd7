package io.weir.bench.gateway;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;

/**
 * A reverse proxy of Vert.x and nothing else: forwards head and body both ways, decides on nothing. It gathers bodies,
 * which costs less than streaming where they are small, or streams them, which it must where answers may be long.
 */
public final class BareVertxProxy extends AbstractVerticle {
    static final String GATHERING = "gathering";
    static final String STREAMING = "streaming";

    private final int port;
    private final int upstream;
    private final boolean gathering;

    private BareVertxProxy(int port, int upstream, boolean gathering) {
        this.port = port;
        this.upstream = upstream;
        this.gathering = gathering;
    }

    /**
     * Takes the port to listen on and that of the upstream, both on loopback, the number of event loops, and
     * {@value #GATHERING} or {@value #STREAMING}.
     */
    public static void main(String[] args) {
        int port = Integer.parseInt(args[0]);
        int upstream = Integer.parseInt(args[1]);
        int loops = Integer.parseInt(args[2]);
        boolean gathering = args[3].equals(GATHERING);
        Vertx vertx =
                Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(loops));
        vertx.deployVerticle(
                        () -> new BareVertxProxy(port, upstream, gathering),
                        new DeploymentOptions().setInstances(loops))
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
                .requestHandler(request -> (gathering ? gather(client, request) : stream(client, request))
                        .onFailure(failure -> request.response().reset()))
                .listen(port, "127.0.0.1")
                .<Void>mapEmpty()
                .onComplete(started);
    }

    private static Future<Void> gather(HttpClientAgent client, HttpServerRequest request) {
        return request.body()
                .compose(body -> client.request(HttpMethod.POST, request.uri())
                        .compose(onward -> {
                            copy(request.headers(), onward.headers());
                            return onward.send(body);
                        })
                        .compose(answer -> answer.body().compose(answered -> {
                            request.response().setStatusCode(answer.statusCode());
                            copy(answer.headers(), request.response().headers());
                            return request.response().end(answered);
                        })));
    }

    private static Future<Void> stream(HttpClientAgent client, HttpServerRequest request) {
        request.pause();
        return client.request(HttpMethod.POST, request.uri())
                .compose(onward -> {
                    copy(request.headers(), onward.headers());
                    return onward.send(request);
                })
                .compose(answer -> {
                    request.response().setStatusCode(answer.statusCode());
                    copy(answer.headers(), request.response().headers());
                    return answer.pipeTo(request.response());
                });
    }

    private static void copy(MultiMap from, MultiMap to) {
        from.forEach(to::add);
        to.remove(HttpHeaders.CONNECTION);
    }
}
