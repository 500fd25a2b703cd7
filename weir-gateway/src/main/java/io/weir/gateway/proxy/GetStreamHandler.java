package io.weir.gateway.proxy;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.weir.gateway.http.ConnectionReset;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Session;
import io.weir.gateway.session.Streams;
import io.weir.gateway.upstream.UpstreamLane;
import io.weir.gateway.upstream.UpstreamRequest;
import io.weir.gateway.upstream.UpstreamResponse;
import io.weir.gateway.upstream.UpstreamServer;
import org.jspecify.annotations.Nullable;

/**
 * One GET: the stream on which a server of the session era sends what nobody asked for. It holds no reservation; streams have
 * caps and a greatest age. When the client leaves, the upstream's stream is closed at once. Confined to its event loop.
 */
public final class GetStreamHandler implements HasDeadline, UpstreamRequest.Listener {
    private final LoopContext loop;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final UpstreamServer upstream;
    private final Client client;
    private final @Nullable Session session;
    private final long deadline;
    private Streams.@Nullable Stream stream;
    private @Nullable UpstreamRequest sent;
    private @Nullable Relay relay;
    private boolean over;

    /** A GET whose sender is known. */
    public GetStreamHandler(
            LoopContext loop,
            HttpServerRequest request,
            UpstreamServer upstream,
            Client client,
            @Nullable Session session) {
        this.loop = loop;
        this.request = request;
        this.response = request.response();
        this.upstream = upstream;
        this.client = client;
        this.session = session;
        this.deadline = System.nanoTime()
                + loop.services().config().edge().streamMaxAge().toNanos();
    }

    /** Opens the stream, if the caps on streams allow it. */
    public void begin() {
        stream = loop.services().streams().open(client, session, System.nanoTime());
        if (stream == null) {
            loop.services().counters().streamsRefused.increment();
            ErrorResponses.fault(response, 429, "too many streams are open; close one first");
            return;
        }
        loop.inFlight().add(this);
        response.closeHandler(closed -> close());
        UpstreamRequest made =
                upstream.request(UpstreamLane.STREAMS, client, HttpMethod.GET, request.headers(), null, true, this);
        sent = made;
        made.begin();
    }

    @Override
    public void answered(UpstreamResponse from) {
        Relay made = new Relay(from, request);
        relay = made;
        from.endHandler(() -> {
            UpstreamRequest used = sent;
            if (used != null) {
                used.finished();
            }
            if (end()) {
                made.end();
            }
        });
        made.begin();
    }

    @Override
    public void broken(Throwable cause, boolean idleTooLong) {
        if (!end()) {
            return;
        }
        loop.services().counters().upstreamFailures.increment();
        String message = upstream.faults().report(cause, idleTooLong);
        if (response.headWritten()) {
            ConnectionReset.gracefully(request.connection());
        } else {
            ErrorResponses.fault(response, 502, message);
        }
    }

    private void close() {
        if (end() && sent != null) {
            sent.reset(() -> {});
        }
    }

    private boolean end() {
        if (over) {
            return false;
        }
        over = true;
        loop.inFlight().remove(this);
        if (stream != null) {
            stream.close(System.nanoTime());
        }
        return true;
    }

    @Override
    public long deadline() {
        return deadline;
    }

    /** A stream that is old enough ends as if the server had ended it: clients open another. */
    @Override
    public void timeOut(long now) {
        close();
        Relay begun = relay;
        if (begun != null && response.headWritten()) {
            begun.endEarly(null);
        } else {
            ErrorResponses.fault(
                    response, 504, "the server '" + upstream.config().name() + "' did not begin its stream");
        }
    }

    @Override
    public void abort(long now) {
        timeOut(now);
    }

    @Override
    public boolean holdsShutdown() {
        return false;
    }
}
