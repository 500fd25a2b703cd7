package io.weir.gateway.proxy;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.weir.core.Rejection;
import io.weir.gateway.admission.AdmissionCallback;
import io.weir.gateway.admission.Cancellation;
import io.weir.gateway.admission.Exchange;
import io.weir.gateway.admission.InboundRequest;
import io.weir.gateway.admission.Verdict;
import io.weir.gateway.http.ConnectionReset;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.http.Headers;
import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.jsonrpc.JsonRpcError;
import io.weir.gateway.jsonrpc.MalformedMessageException;
import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.mcp.Lane;
import io.weir.gateway.mcp.McpMethods;
import io.weir.gateway.mcp.ProtocolVersion;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Origin;
import io.weir.gateway.session.Payload;
import io.weir.gateway.session.Session;
import io.weir.gateway.session.Sessions;
import io.weir.gateway.session.Streams;
import io.weir.gateway.upstream.UpstreamServer;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One POST until it is forwarded or gets a response of the gateway's own: its body is received and read; then it is rejected, or waits
 * for its turn, or goes on as a {@link Forwarding}. Confined to its event loop, but for what it is notified of as an
 * {@link AdmissionCallback}.
 */
public final class PostHandler implements AdmissionCallback, HasDeadline {
    /** How long a message that is never refused waits for its rate or for room. */
    private static final long MAX_CONTROL_WAIT = TimeUnit.SECONDS.toNanos(1);

    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** How long the queue takes is the queue's to say. */
    private static final long NEVER = Long.MAX_VALUE / 2;

    private final LoopContext loop;
    private final ProxyServices services;
    private final UpstreamSessionCloser sessionCloser;
    private final HttpServerRequest http;
    private final HttpServerResponse response;
    private final UpstreamServer upstream;
    private final Client client;
    private final Origin origin;
    private final @Nullable Session session;
    private final Body body;
    private boolean clientGone;
    private boolean aborted;
    private boolean withinRate;
    private Streams.@Nullable Stream stream;
    private @Nullable InboundRequest request;

    /** What waits for its turn, until that has come or will not come. */
    private @Nullable Exchange waiting;

    private long waitingSince;
    private @Nullable Forwarding forwarding;

    /** A POST whose sender is known. */
    public PostHandler(
            LoopContext loop,
            UpstreamSessionCloser sessionCloser,
            HttpServerRequest http,
            UpstreamServer upstream,
            Client client,
            Origin origin,
            @Nullable Session session) {
        this.loop = loop;
        this.services = loop.services();
        this.sessionCloser = sessionCloser;
        this.http = http;
        this.response = http.response();
        this.upstream = upstream;
        this.client = client;
        this.origin = origin;
        this.session = session;
        this.body = new Body(services.bodies(), services.config().edge().maxBodyBytes());
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
        response.closeHandler(closed -> clientGone());
        http.exceptionHandler(failure -> clientGone());
        loop.inFlight().addReceiving(this);
        if (session != null) {
            session.receive(System.nanoTime());
        }
        body.receive(http, this::received, this::notReceived);
        if (http.headers().contains(HeaderNames.EXPECT, "100-continue", true) && !response.ended()) {
            response.writeContinue();
        }
    }

    private void notReceived(Body.Failure failure) {
        decided();
        if (failure == Body.Failure.TOO_LARGE) {
            loop.refuseUnread(
                    http,
                    413,
                    "the body is larger than " + services.config().edge().maxBodyBytes()
                            + " bytes; the operator can raise edge.max_body_bytes");
        } else {
            services.counters().bodiesOverBudget.increment();
            response.putHeader("Retry-After", "1");
            loop.refuseUnread(http, 503, "too many bodies are being received; retry in 1000 ms");
        }
    }

    private void received(Payload bytes) {
        if (bytes.length() < services.config().edge().scanOffLoopBytes()) {
            try {
                judge(services.reader().read(bytes.contiguous()), bytes);
            } catch (MalformedMessageException e) {
                malformed(e);
            }
        } else {
            loop.offLoop(() -> services.reader().read(bytes.contiguous()))
                    .onSuccess(read -> judge(read, bytes))
                    .onFailure(failure -> {
                        if (failure instanceof MalformedMessageException e) {
                            malformed(e);
                        } else {
                            decided();
                            ErrorResponses.fault(response, 500, "the body could not be read");
                        }
                    });
        }
    }

    /**
     * What its body has taken of the budget is free again, a shutdown no longer looks after it, and its session can be
     * idle. Again changes nothing.
     */
    private void decided() {
        if (loop.inFlight().removeReceiving(this) && session != null) {
            session.end(System.nanoTime());
        }
        body.release();
    }

    private void malformed(MalformedMessageException e) {
        decided();
        services.counters().malformedRequests.increment();
        ErrorResponses.json(response, 400, JsonRpcError.of(e).toBytes());
    }

    private void judge(Envelope read, Payload bytes) {
        if (isOver()) {
            return;
        }
        if (read.batch() && read.messages().stream().anyMatch(PostHandler::isInitialize)) {
            decided();
            services.counters().malformedRequests.increment();
            ErrorResponses.fault(response, 400, "initialize must not be part of a batch: send it as a single message");
            return;
        }
        InboundRequest inbound = new InboundRequest(
                upstream.config().name(),
                client,
                session,
                isStateless(),
                read,
                bytes,
                Headers.timeoutNanos(http.headers()));
        request = inbound;
        if (isInitialize(inbound.first())) {
            openSession(inbound, System.nanoTime() + MAX_CONTROL_WAIT);
        } else {
            offer(inbound, System.nanoTime() + MAX_CONTROL_WAIT);
        }
    }

    private boolean isStateless() {
        return ProtocolVersion.ofHeader(http.getHeader(HeaderNames.PROTOCOL_VERSION))
                .isStateless();
    }

    /** Whether no one waits for it any more: the client is gone, or got a response because the gateway stops. */
    private boolean isOver() {
        if (clientGone || aborted) {
            decided();
            return true;
        }
        return false;
    }

    private boolean refuseWhileDraining(InboundRequest offered) {
        if (!loop.isDraining() || !beginsSomething(offered)) {
            return false;
        }
        decided();
        int code = services.config().refusal().code();
        ErrorResponses.json(
                response, 503, ErrorResponses.forRequests(offered.envelope(), code, ErrorResponses.SHUTTING_DOWN));
        return true;
    }

    /**
     * Whether it is a control message or a stream that serves nothing that is in flight: all but responses of clients and cancellations.
     * Messages that are queued are refused by the admission, which is closed before.
     */
    private static boolean beginsSomething(InboundRequest offered) {
        for (Message message : offered.messages()) {
            boolean serves = message.kind() == Message.Kind.RESPONSE || message.cancels() != null;
            boolean control = Lane.of(message) == Lane.CONTROL;
            if (!serves && (control || McpMethods.SUBSCRIPTIONS_LISTEN.equals(message.method()))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isInitialize(Message message) {
        return McpMethods.INITIALIZE.equals(message.method());
    }

    /** An {@code initialize} is never refused: it waits a little for its rate and for room, and then the connection is closed. */
    private void openSession(InboundRequest offered, long giveUp) {
        long now = System.nanoTime();
        if (isOver() || refuseWhileDraining(offered)) {
            return;
        }
        long wait = withinRate ? 0 : services.initializes().take(origin.address(), now);
        withinRate |= wait == 0;
        boolean lastTry = now - giveUp >= 0;
        if (wait > 0 && lastTry) {
            services.counters().initializesLimited.increment();
        }
        if (wait == 0) {
            wait = services.admission().controlWaitNanos(offered, now);
        }
        if (wait == 0) {
            Optional<Sessions.Room> found = services.sessions().makeRoom(client.tenant(), origin);
            if (found.isPresent()) {
                Verdict verdict = services.admission().offer(offered, this, System.nanoTime());
                if (!(verdict instanceof Verdict.Forward)) {
                    found.get().close();
                }
                carryOut(verdict, offered, found.get());
                return;
            }
            if (lastTry) {
                services.sessions().countRefused();
            }
        }
        waitOrClose(Math.max(wait, RETRY_NANOS), giveUp, now, () -> openSession(offered, giveUp));
    }

    /** Tries again after a while; closes the connection where a client of the control lane has waited for long enough. */
    private void waitOrClose(long waitNanos, long giveUp, long now, Runnable again) {
        if (now - giveUp >= 0) {
            decided();
            closeControl();
        } else {
            long until = Math.min(waitNanos, giveUp - now);
            loop.later(TimeUnit.NANOSECONDS.toMillis(until) + 1, again);
        }
    }

    private void closeControl() {
        services.counters().controlClosed.increment();
        ConnectionReset.gracefully(http.connection());
    }

    private void offer(InboundRequest offered, long giveUp) {
        long now = System.nanoTime();
        if (isOver() || refuseWhileDraining(offered)) {
            return;
        }
        long wait = services.admission().controlWaitNanos(offered, now);
        if (wait > 0) {
            waitOrClose(wait, giveUp, now, () -> offer(offered, giveUp));
            return;
        }
        if (offered.isStream()) {
            stream = services.streams().open(client, session, now);
            if (stream == null) {
                decided();
                services.counters().streamsRefused.increment();
                Rejection rejection = services.streams().rejection(client, session);
                ErrorResponses.json(response, 429, services.admission().errors(offered, rejection));
                return;
            }
        }
        carryOut(services.admission().offer(offered, this, System.nanoTime()), offered, null);
    }

    private void carryOut(Verdict verdict, InboundRequest offered, Sessions.@Nullable Room room) {
        decided();
        if (verdict instanceof Verdict.Forward forward) {
            forward(offered, forward.exchange(), forward.cancellation(), forward.control(), room);
        } else if (verdict instanceof Verdict.Wait waits) {
            waiting = waits.exchange();
            waitingSince = System.nanoTime();
            loop.inFlight().add(this);
        } else if (verdict instanceof Verdict.Rejected rejected) {
            closeStream();
            reject(rejected);
        } else if (verdict instanceof Verdict.CancelledQueued) {
            response.setStatusCode(202).end();
        } else {
            closeStream();
            closeControl();
        }
    }

    private void forward(
            InboundRequest admitted,
            Exchange exchange,
            Cancellation cancellation,
            boolean control,
            Sessions.@Nullable Room room) {
        Forwarding made =
                new Forwarding(loop, sessionCloser, http, upstream, admitted, exchange, cancellation, stream, room);
        forwarding = made;
        if (clientGone) {
            made.clientGone();
        }
        made.begin(control);
    }

    private @Nullable Exchange endWait() {
        Exchange waited = waiting;
        if (waited != null) {
            waiting = null;
            loop.inFlight().remove(this);
        }
        return waited;
    }

    @Override
    public void dispatched() {
        loop.run(() -> {
            Exchange waited = endWait();
            InboundRequest admitted = request;
            if (waited == null || admitted == null) {
                return;
            }
            if (clientGone && admitted.stateless()) {
                waited.cancelled(System.nanoTime());
            } else {
                forward(admitted, waited, Cancellation.NONE, false, null);
            }
        });
    }

    @Override
    public void cancellationTaken() {
        loop.run(() -> {
            Forwarding begun = forwarding;
            if (begun != null) {
                begun.cancellationTaken();
            }
        });
    }

    @Override
    public void removed() {
        loop.run(() -> timeOut(System.nanoTime()));
    }

    /** Responds to what was removed from its queue. */
    @Override
    public void timeOut(long now) {
        Exchange waited = endWait();
        InboundRequest offered = request;
        if (waited != null && offered != null) {
            decided();
            reject(services.admission().removed(offered, waited, now));
        }
    }

    @Override
    public long deadline() {
        return waitingSince + NEVER;
    }

    /** Responds where nothing is decided yet when the gateway stops. What waits was removed before, as the queue was closed. */
    @Override
    public void abort(long now) {
        if (waiting == null) {
            aborted = true;
            decided();
            loop.refuseUnread(http, 503, ErrorResponses.SHUTTING_DOWN);
        }
    }

    @Override
    public boolean holdsShutdown() {
        return true;
    }

    private void reject(Verdict.Rejected rejected) {
        Verdict.ControlRemainder remainder = rejected.remainder();
        if (remainder != null) {
            FireAndForget.send(loop, upstream, http.headers(), client, remainder);
        }
        if (clientGone) {
            return;
        }
        if (rejected.silent() && rejected.expectsResponse()) {
            response.setStatusCode(202).end();
            return;
        }
        int status = rejected.expectsResponse() ? services.config().refusal().httpStatus() : 429;
        if (status == 429 && rejected.retryAfterMillis() > 0) {
            response.putHeader("Retry-After", String.valueOf((rejected.retryAfterMillis() + 999) / 1000));
        }
        if (rejected.close()) {
            response.putHeader("Connection", "close");
            response.endHandler(end -> ConnectionReset.gracefully(http.connection()));
        }
        ErrorResponses.json(response, status, rejected.error());
    }

    /** Until something is forwarded, only this waits for the client. */
    private void clientGone() {
        if (clientGone) {
            return;
        }
        clientGone = true;
        Forwarding begun = forwarding;
        if (begun != null) {
            begun.clientGone();
        } else if (waiting == null) {
            decided();
            closeStream();
        } else {
            withdrawIfStateless(waiting);
        }
    }

    /** A client of the stateless era that leaves has cancelled; one of the session era has not, once its message was let in. */
    private void withdrawIfStateless(Exchange waited) {
        InboundRequest offered = request;
        if (offered != null && offered.stateless() && waited.withdraw(System.nanoTime())) {
            endWait();
            services.counters().clientsGone.increment();
        }
    }

    private void closeStream() {
        if (stream != null) {
            stream.close(System.nanoTime());
        }
    }
}
