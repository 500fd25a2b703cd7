package io.weir.bench.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/** A reverse proxy of Reactor Netty and nothing else: forwards head and body both ways, decides on nothing. */
public final class BareReactorProxy {
    private BareReactorProxy() {}

    /** Takes the port to listen on and that of the upstream, both on loopback, and the number of event loops. */
    public static void main(String[] args) {
        LoopResources loops = LoopResources.create("proxy", Integer.parseInt(args[2]), true);
        HttpClient client = HttpClient.create(ConnectionProvider.create("upstream", 64))
                .runOn(loops)
                .host("127.0.0.1")
                .port(Integer.parseInt(args[1]));
        HttpServer.create()
                .runOn(loops)
                .host("127.0.0.1")
                .port(Integer.parseInt(args[0]))
                .handle((request, response) -> forward(client, request, response))
                .bindNow()
                .onDispose()
                .block();
    }

    private static Publisher<Void> forward(HttpClient client, HttpServerRequest request, HttpServerResponse response) {
        return client.headers(headers -> headers.add(request.requestHeaders()).remove(HttpHeaderNames.CONNECTION))
                .request(HttpMethod.POST)
                .uri(request.uri())
                .send((onward, out) -> out.send(request.receive().retain()))
                .response((answer, body) -> answer(answer, body.retain(), response));
    }

    private static Publisher<Void> answer(HttpClientResponse answer, Flux<ByteBuf> body, HttpServerResponse response) {
        response.status(answer.status());
        response.headers(answer.responseHeaders().copy().remove(HttpHeaderNames.CONNECTION));
        return response.send(body);
    }
}
