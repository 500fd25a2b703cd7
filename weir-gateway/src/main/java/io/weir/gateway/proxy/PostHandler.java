package io.weir.gateway.proxy;

import io.vertx.core.http.HttpServerRequest;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.jsonrpc.JsonRpcError;
import io.weir.gateway.jsonrpc.MalformedMessageException;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Origin;
import io.weir.gateway.session.Payload;
import io.weir.gateway.session.Session;
import io.weir.gateway.upstream.UpstreamServer;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** One POST: its body is received and read, and goes on to a {@link MessageHandler}. Confined to its event loop. */
public final class PostHandler implements Receiving {
    private final LoopContext loop;
    private final ProxyServices services;
    private final HttpServerRequest http;
    private final HttpClientResponse response;
    private final MessageHandler messages;
    private final @Nullable Session session;
    private final Body body;
    private final @Nullable RequestRecord record;

    /**
     * A POST whose sender is known.
     *
     * @param connectionEnd {@link ClientResponse#connectionEnd}
     * @param record of the request; null if nobody wants one
     */
    public PostHandler(
            LoopContext loop,
            UpstreamSessionCloser sessionCloser,
            HttpServerRequest http,
            UpstreamServer upstream,
            Client client,
            Origin origin,
            @Nullable Session session,
            long connectionEnd,
            @Nullable RequestRecord record) {
        this.loop = loop;
        this.services = loop.services();
        this.http = http;
        this.response = new HttpClientResponse(
                http, connectionEnd, services.config().edge().writeStallTimeout(), record);
        // What comes in a session that is too old is refused: it must not keep the session.
        this.session = session == null || services.sessions().isAgedOut(session, System.nanoTime()) ? null : session;
        this.body = new Body(services.bodies(), services.config().edge().maxBodyBytes());
        this.messages = new MessageHandler(
                loop,
                sessionCloser,
                http.headers(),
                response,
                upstream,
                client,
                origin,
                session,
                this::decided,
                record);
        this.record = record;
    }

    /** Begins to receive its body. */
    public void begin() {
        if (http.headers().contains(HeaderNames.CONTENT_ENCODING)) {
            loop.refuseUnread(http, 415, "send the body without a Content-Encoding");
            return;
        }
        String type = http.getHeader(HeaderNames.CONTENT_TYPE);
        if (type == null || !type.regionMatches(true, 0, "application/json", 0, 16)) {
            loop.refuseUnread(http, 415, "send the body with Content-Type: application/json");
            return;
        }
        http.response().closeHandler(closed -> messages.clientGone());
        http.exceptionHandler(failure -> messages.clientGone());
        loop.inFlight().addReceiving(http.connection(), this);
        if (session != null) {
            session.receive(System.nanoTime());
        }
        body.receive(http, this::received, this::notReceived);
        if (http.headers().contains(HeaderNames.EXPECT, "100-continue", true)
                && !http.response().ended()) {
            http.response().writeContinue();
        }
    }

    private void notReceived(IncomingPayload.Failure failure) {
        decided();
        if (failure == IncomingPayload.Failure.TOO_LARGE) {
            loop.refuseUnread(
                    http,
                    413,
                    "the body is larger than " + services.config().edge().maxBodyBytes()
                            + " bytes; the operator can raise edge.max_body_bytes");
        } else {
            services.counters().bodiesOverBudget.increment();
            http.response().putHeader("Retry-After", "1");
            loop.refuseUnread(http, 503, "too many bodies are being received; retry in 1000 ms");
        }
    }

    private void received(Payload bytes) {
        if (bytes.length() < services.config().edge().scanOffLoopBytes()) {
            try {
                messages.handle(services.reader().read(bytes.contiguous()), bytes);
            } catch (MalformedMessageException e) {
                malformed(e);
            }
        } else {
            loop.offLoop(() -> services.reader().read(bytes.contiguous()))
                    .onSuccess(read -> messages.handle(read, bytes))
                    .onFailure(failure -> {
                        if (failure instanceof MalformedMessageException e) {
                            malformed(e);
                        } else {
                            decided();
                            boolean stopping = failure instanceof RejectedExecutionException;
                            ErrorResponses.fault(
                                    http.response(),
                                    stopping ? 503 : 500,
                                    stopping ? ErrorResponses.SHUTTING_DOWN : "the body could not be read");
                        }
                    });
        }
    }

    /**
     * What its body has taken of the budget is free again, a shutdown no longer looks after it, and its session can be
     * idle. Again changes nothing.
     */
    private void decided() {
        boolean first = loop.inFlight().removeReceiving(http.connection(), this);
        if (first && session != null) {
            session.end(System.nanoTime());
        }
        body.release();
    }

    @Override
    public void timeOut() {
        decided();
        loop.refuseLateBody(http);
    }

    private void malformed(MalformedMessageException e) {
        decided();
        services.counters().malformedRequests.increment();
        if (record != null) {
            record.rejected(RequestRecord.MALFORMED, e.code());
        }
        response.json(400, JsonRpcError.of(e).toBytes());
    }

    /** Responds where nothing is decided yet when the gateway stops. */
    @Override
    public void abort(long now) {
        messages.giveUp();
        decided();
        loop.refuseUnread(http, 503, ErrorResponses.SHUTTING_DOWN);
    }
}
