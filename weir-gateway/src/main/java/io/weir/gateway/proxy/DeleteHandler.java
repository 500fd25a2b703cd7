package io.weir.gateway.proxy;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Session;
import io.weir.gateway.upstream.UpstreamLane;
import io.weir.gateway.upstream.UpstreamRequest;
import io.weir.gateway.upstream.UpstreamResponse;
import io.weir.gateway.upstream.UpstreamServer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One DELETE: the end of a session. The first of a session has no rate. Confined to its event loop. */
public final class DeleteHandler implements UpstreamRequest.Listener, HasDeadline {
    private static final long TIMEOUT = TimeUnit.SECONDS.toNanos(30);

    private final LoopContext loop;
    private final ClientResponse response;
    private final UpstreamServer upstream;
    private final @Nullable Session session;
    private final UpstreamRequest sent;
    private final @Nullable RequestRecord record;
    private final long deadline = System.nanoTime() + TIMEOUT;
    private boolean over;

    /**
     * A DELETE whose sender is known.
     *
     * @param connectionEnd {@link ClientResponse#connectionEnd}
     * @param record of the request; null if nobody wants one
     */
    public DeleteHandler(
            LoopContext loop,
            HttpServerRequest request,
            UpstreamServer upstream,
            Client client,
            @Nullable Session session,
            long connectionEnd,
            @Nullable RequestRecord record) {
        this.record = record;
        this.loop = loop;
        this.response = new HttpClientResponse(
                request, connectionEnd, loop.services().config().edge().writeStallTimeout(), record);
        this.upstream = upstream;
        this.session = session;
        this.sent =
                upstream.request(UpstreamLane.SIGNALS, client, HttpMethod.DELETE, request.headers(), null, true, this);
    }

    /** Sends it on. */
    public void begin() {
        loop.inFlight().add(this);
        if (record != null) {
            record.sent(System.nanoTime());
        }
        sent.begin();
    }

    @Override
    public void answered(UpstreamResponse from) {
        if (record != null) {
            record.answered();
        }
        boolean ended = from.statusCode() / 100 == 2 || from.statusCode() == 404;
        if (session != null && ended) {
            loop.services().sessions().forget(session);
            loop.services().admission().reset(upstream.admission(), session, System.nanoTime());
        }
        from.endHandler(() -> {
            sent.finished();
            if (end()) {
                response.end();
            }
        });
        new Relay(from, response).begin();
    }

    @Override
    public void broken(Throwable cause, boolean idleTooLong) {
        if (end()) {
            loop.services().counters().upstreamFailures.increment();
            response.fail(502, upstream.faults().report(cause, idleTooLong));
        }
    }

    @Override
    public long deadline() {
        return deadline;
    }

    @Override
    public void timeOut(long now) {
        if (end()) {
            loop.services().counters().upstreamTimeouts.increment();
            sent.reset(() -> {});
            response.fail(504, "the server '" + upstream.config().name() + "' did not end the session in time");
        }
    }

    private boolean end() {
        if (over) {
            return false;
        }
        over = true;
        loop.inFlight().remove(this);
        return true;
    }
}
