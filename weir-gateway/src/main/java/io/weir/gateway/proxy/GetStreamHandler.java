package io.weir.gateway.proxy;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.weir.gateway.mcp.RejectionWriter;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Session;
import io.weir.gateway.session.Streams;
import io.weir.gateway.upstream.UpstreamLane;
import io.weir.gateway.upstream.UpstreamRequest;
import io.weir.gateway.upstream.UpstreamResponse;
import io.weir.gateway.upstream.UpstreamServer;
import org.jspecify.annotations.Nullable;

/**
 * One GET: the stream on which a server of the session era sends what nobody asked for. It holds no reservation;
 * streams have caps and a greatest age. When the client leaves, the upstream's stream is closed at once. Confined to
 * its event loop.
 */
public final class GetStreamHandler implements HasDeadline, UpstreamRequest.Listener {
    private final LoopContext loop;
    private final MultiMap headers;
    private final ClientResponse response;
    private final UpstreamServer upstream;
    private final Client client;
    private final @Nullable Session session;
    private final long deadline;
    private final @Nullable RequestRecord record;
    private Streams.@Nullable Stream stream;
    private @Nullable UpstreamRequest sent;
    private boolean answered;
    private boolean over;

    /**
     * A GET whose sender is known.
     *
     * @param connectionEnd {@link ClientResponse#connectionEnd}
     * @param record of the request; null if nobody wants one
     */
    public static GetStreamHandler of(
            LoopContext loop,
            HttpServerRequest request,
            UpstreamServer upstream,
            Client client,
            @Nullable Session session,
            long connectionEnd,
            @Nullable RequestRecord record) {
        GetStreamHandler made = new GetStreamHandler(
                loop,
                request.headers(),
                new HttpClientResponse(
                        request, connectionEnd, loop.services().config().edge().writeStallTimeout(), record),
                upstream,
                client,
                session,
                record);
        request.response().closeHandler(closed -> made.clientGone());
        return made;
    }

    /**
     * A stream of a client.
     *
     * @param headers that the upstream is sent
     * @param record of the request; null if there is none, or nobody wants one
     */
    public GetStreamHandler(
            LoopContext loop,
            MultiMap headers,
            ClientResponse response,
            UpstreamServer upstream,
            Client client,
            @Nullable Session session,
            @Nullable RequestRecord record) {
        this.loop = loop;
        this.record = record;
        this.headers = headers;
        this.response = response;
        this.upstream = upstream;
        this.client = client;
        this.session = session;
        this.deadline = HasDeadline.ofStream(loop.services().config().edge(), response, System.nanoTime());
    }

    /** Opens the stream, if the caps on streams allow it. */
    public void begin() {
        Streams.Opening opening = loop.services().streams().open(client, session, System.nanoTime());
        if (opening instanceof Streams.Refused refused) {
            response.fail(429, "too many streams are open: " + RejectionWriter.streams(refused.rejection()));
            return;
        }
        stream = (Streams.Stream) opening;
        loop.inFlight().add(this);
        if (record != null) {
            record.sent(System.nanoTime());
        }
        UpstreamRequest made =
                upstream.request(UpstreamLane.STREAMS, client, HttpMethod.GET, headers, null, true, this);
        sent = made;
        made.begin();
    }

    @Override
    public void answered(UpstreamResponse from) {
        answered = true;
        if (record != null) {
            record.answered();
        }
        from.endHandler(() -> {
            UpstreamRequest used = sent;
            if (used != null) {
                used.finished();
            }
            if (end()) {
                response.end();
            }
        });
        new Relay(from, response).begin();
        if (response.isBegun()) {
            // A stream lasts for hours. Of other responses the head is still to be written, and made of the request's.
            headers.clear();
        }
    }

    @Override
    public void broken(Throwable cause, boolean idleTooLong) {
        if (end()) {
            loop.services().counters().upstreamFailures.increment();
            response.fail(502, upstream.faults().report(cause, idleTooLong));
        }
    }

    /** The client is gone, and so is the upstream's stream. */
    public void clientGone() {
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
        return session == null ? deadline : session.streamDeadline(deadline);
    }

    @Override
    public boolean isStreamOf(UpstreamServer of) {
        return upstream == of;
    }

    /** A stream that is old enough ends as if the server had ended it: clients open another. */
    @Override
    public void timeOut(long now) {
        clientGone();
        if (answered && response.isBegun()) {
            response.endEarly(null);
        } else {
            response.fail(504, "the server '" + upstream.config().name() + "' did not begin its stream");
        }
    }
}
