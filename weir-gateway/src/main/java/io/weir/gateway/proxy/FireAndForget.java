package io.weir.gateway.proxy;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.weir.gateway.admission.Exchange;
import io.weir.gateway.admission.Verdict;
import io.weir.gateway.mcp.McpHeaders;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Payload;
import io.weir.gateway.upstream.UpstreamLane;
import io.weir.gateway.upstream.UpstreamRequest;
import io.weir.gateway.upstream.UpstreamResponse;
import io.weir.gateway.upstream.UpstreamServer;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A request to an upstream that no client waits for. Confined to its event loop. */
final class FireAndForget implements UpstreamRequest.Listener, HasDeadline {
    private static final long SESSION_END_TIMEOUT = TimeUnit.SECONDS.toNanos(10);

    private final LoopContext loop;
    private final UpstreamRequest request;
    private final long deadline;
    private final Consumer<Boolean> done;
    private boolean over;

    private FireAndForget(
            LoopContext loop,
            UpstreamServer upstream,
            Client client,
            HttpMethod method,
            MultiMap headers,
            @Nullable Payload body,
            boolean repeatable,
            long timeoutNanos,
            Consumer<Boolean> done) {
        this.loop = loop;
        this.request = upstream.request(UpstreamLane.SIGNALS, client, method, headers, body, repeatable, this);
        this.deadline = System.nanoTime() + timeoutNanos;
        this.done = done;
    }

    /** Sends what of a refused batch goes on. */
    static void send(
            LoopContext loop,
            UpstreamServer upstream,
            MultiMap headers,
            Client client,
            Verdict.ControlRemainder remainder) {
        Exchange exchange = remainder.exchange();
        long timeout = upstream.config().requestTimeout().toNanos();
        new FireAndForget(
                        loop,
                        upstream,
                        client,
                        HttpMethod.POST,
                        headers,
                        Payload.of(remainder.body()),
                        false,
                        timeout,
                        answered -> {
                            if (answered) {
                                exchange.completed(System.nanoTime());
                            } else {
                                exchange.failed(System.nanoTime());
                            }
                        })
                .begin();
    }

    /**
     * Ends a session at its upstream that no client ended; whether it succeeds changes nothing here. The server is told
     * the tenant as with the requests of the session's client. No tenant's connections are used for it.
     */
    static void endSession(LoopContext loop, UpstreamServer upstream, String id, String tenant, Runnable done) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap().add(McpHeaders.SESSION_ID, id);
        loop.services().config().tenantHeader().ifPresent(header -> headers.set(header, tenant));
        new FireAndForget(
                        loop,
                        upstream,
                        Client.NOBODY,
                        HttpMethod.DELETE,
                        headers,
                        null,
                        true,
                        SESSION_END_TIMEOUT,
                        answered -> done.run())
                .begin();
    }

    private void begin() {
        loop.inFlight().add(this);
        request.begin();
    }

    @Override
    public void answered(UpstreamResponse response) {
        response.handler(ignored -> {});
        response.endHandler(() -> {
            request.finished();
            end(true);
        });
    }

    @Override
    public void broken(Throwable cause, boolean idleTooLong) {
        end(false);
    }

    @Override
    public long deadline() {
        return deadline;
    }

    @Override
    public void timeOut(long now) {
        request.reset(() -> end(false));
    }

    private void end(boolean answered) {
        if (!over) {
            over = true;
            loop.inFlight().remove(this);
            done.accept(answered);
        }
    }
}
