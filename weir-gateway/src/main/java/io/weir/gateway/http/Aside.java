package io.weir.gateway.http;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.weir.gateway.session.Exchange;
import io.weir.gateway.session.Verdict;
import java.util.concurrent.TimeUnit;

/** Sends messages to an upstream that no client waits for. */
final class Aside {
    private Aside() {}

    static void send(UpstreamServer upstream, MultiMap headers, Verdict.Remainder remainder) {
        Exchange exchange = remainder.exchange();
        long timeout = upstream.config().requestTimeout().toMillis();
        upstream.control(headers)
                .compose(request -> request.send(Buffer.buffer(remainder.body()))
                        .compose(HttpClientResponse::end)
                        .timeout(timeout, TimeUnit.MILLISECONDS)
                        .onFailure(failure -> ConnectionReset.now(request.connection())))
                .onComplete(done -> {
                    if (done.succeeded()) {
                        exchange.completed(System.nanoTime());
                    } else {
                        exchange.failed(System.nanoTime());
                    }
                });
    }
}
