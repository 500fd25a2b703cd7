package io.weir.gateway.http;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServerRequest;
import io.weir.gateway.mcp.McpHeaders;
import io.weir.gateway.session.Session;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One DELETE: the end of a session, which is never refused. */
final class SessionEnd {
    private static final int TIMEOUT_SECONDS = 30;

    private final EdgeLoop loop;
    private final HttpServerRequest request;
    private final UpstreamServer upstream;
    private final @Nullable Session session;

    SessionEnd(EdgeLoop loop, HttpServerRequest request, UpstreamServer upstream, @Nullable Session session) {
        this.loop = loop;
        this.request = request;
        this.upstream = upstream;
        this.session = session;
    }

    void begin() {
        upstream.delete(request.headers())
                .compose(sent -> sent.send()
                        .compose(this::relay)
                        .timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                        .onFailure(failure -> ConnectionReset.now(sent.connection())))
                .onFailure(failure -> {
                    loop.shared().counters().upstreamFailures.increment();
                    Answers.fault(request.response(), 502, UpstreamFaults.describe(upstream.config(), failure));
                });
    }

    private Future<Void> relay(HttpClientResponse from) {
        boolean ended = from.statusCode() / 100 == 2 || from.statusCode() == 404;
        if (session != null && ended) {
            loop.shared().sessions().forget(session);
            loop.shared().gatekeeper().reset(session, System.nanoTime());
        }
        Relay relay = new Relay(from, request.response());
        Future<Void> whole = from.end();
        relay.begin();
        return whole.onSuccess(end -> request.response().end());
    }

    /** Ends a session at its upstream that no client ended; whether it succeeds changes nothing here. */
    static void endUpstream(UpstreamServer upstream, Session session) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap().add(McpHeaders.SESSION_ID, session.id());
        upstream.delete(headers)
                .compose(sent -> sent.send()
                        .compose(HttpClientResponse::end)
                        .timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                        .onFailure(failure -> ConnectionReset.now(sent.connection())));
    }
}
