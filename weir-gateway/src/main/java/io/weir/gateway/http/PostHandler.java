package io.weir.gateway.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.jsonrpc.JsonRpcError;
import io.weir.gateway.jsonrpc.MalformedMessageException;
import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.mcp.Lane;
import io.weir.gateway.mcp.McpMethods;
import io.weir.gateway.mcp.ProtocolVersion;
import io.weir.gateway.mcp.Refusal;
import io.weir.gateway.session.AdmissionCallback;
import io.weir.gateway.session.Cancellation;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Exchange;
import io.weir.gateway.session.Origin;
import io.weir.gateway.session.Payload;
import io.weir.gateway.session.Session;
import io.weir.gateway.session.Sessions;
import io.weir.gateway.session.Streams;
import io.weir.gateway.session.Verdict;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One POST until it is decided on: the body is received and read; then it is refused, or waits, or goes on as a
 * {@link Forwarding}. Confined to its event loop, but for what it is told as a {@link AdmissionCallback}.
 */
final class PostHandler implements AdmissionCallback {
    /** How long a message that is never refused waits for its rate or for room. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final EdgeVerticle loop;
    private final EdgeServices shared;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final UpstreamServer upstream;
    private final Client client;
    private final Origin origin;
    private final @Nullable Session session;
    private final boolean stateless;
    private final Body body;
    private boolean clientGone;
    private boolean aborted;
    private boolean withinRate;
    private Streams.@Nullable Stream stream;
    private @Nullable WaitingPost hold;
    private @Nullable Forwarding forwarding;
    private final long patienceNanos;

    PostHandler(
            EdgeVerticle loop,
            HttpServerRequest request,
            UpstreamServer upstream,
            Client client,
            Origin origin,
            @Nullable Session session) {
        this.loop = loop;
        this.shared = loop.shared();
        this.request = request;
        this.response = request.response();
        this.upstream = upstream;
        this.client = client;
        this.origin = origin;
        this.session = session;
        this.stateless = ProtocolVersion.ofHeader(request.getHeader(HeaderNames.PROTOCOL_VERSION))
                .isStateless();
        this.body = new Body(shared.budget(), shared.config().edge().maxBodyBytes());
        this.patienceNanos = Headers.timeoutNanos(request.headers());
    }

    void begin() {
        if (request.headers().contains(HeaderNames.CONTENT_ENCODING)) {
            refuseUnread(415, "send the body without a Content-Encoding");
            return;
        }
        String type = request.getHeader(HeaderNames.CONTENT_TYPE);
        if (type == null || !type.regionMatches(true, 0, "application/json", 0, 16)) {
            refuseUnread(415, "send the body with Content-Type: application/json");
            return;
        }
        response.closeHandler(closed -> clientGone());
        request.exceptionHandler(failure -> clientGone());
        loop.receiving().add(this);
        if (session != null) {
            session.receive(System.nanoTime());
        }
        body.receive(request, this::received, this::notReceived);
        if (request.headers().contains(HeaderNames.EXPECT, "100-continue", true) && !response.ended()) {
            response.writeContinue();
        }
    }

    private void refuseUnread(int status, String message) {
        loop.refuseAndClose(request, status, message);
    }

    private void notReceived(Body.Fault fault) {
        decided();
        if (fault == Body.Fault.TOO_LARGE) {
            refuseUnread(
                    413,
                    "the body is larger than " + shared.config().edge().maxBodyBytes()
                            + " bytes; the operator can raise edge.max_body_bytes");
        } else {
            shared.counters().bodiesOverBudget.increment();
            response.putHeader("Retry-After", "1");
            refuseUnread(503, "too many bodies are being received; retry in 1000 ms");
        }
    }

    /** ErrorResponses a client whose message is not decided on when the gateway stops. */
    void abortReceiving() {
        aborted = true;
        decided();
        refuseUnread(503, ErrorResponses.SHUTTING_DOWN);
    }

    private void received(Payload bytes) {
        if (bytes.length() < shared.config().edge().scanOffLoopBytes()) {
            try {
                judge(shared.reader().read(bytes.contiguous()), bytes);
            } catch (MalformedMessageException e) {
                malformed(e);
            }
        } else {
            loop.offLoop(() -> shared.reader().read(bytes.contiguous()))
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
        if (loop.receiving().remove(this) && session != null) {
            session.end(System.nanoTime());
        }
        body.release();
    }

    private void malformed(MalformedMessageException e) {
        decided();
        shared.counters().malformedRequests.increment();
        ErrorResponses.json(response, 400, JsonRpcError.of(e).toBytes());
    }

    private void judge(Envelope read, Payload bytes) {
        if (isOver()) {
            return;
        }
        if (read.batch() && read.messages().stream().anyMatch(PostHandler::isInitialize)) {
            decided();
            shared.counters().malformedRequests.increment();
            ErrorResponses.fault(response, 400, "initialize must not be part of a batch: send it as a single message");
            return;
        }
        if (isInitialize(read.messages().get(0))) {
            openSession(read, bytes, System.nanoTime() + PATIENCE_NANOS);
        } else {
            offer(read, bytes, System.nanoTime() + PATIENCE_NANOS);
        }
    }

    /** Whether nobody waits for it any more: the client is gone, or was answered because the gateway stops. */
    private boolean isOver() {
        if (clientGone || aborted) {
            decided();
            return true;
        }
        return false;
    }

    private boolean refuseWhileDraining(Envelope read) {
        if (!loop.isDraining() || !beginsSomething(read)) {
            return false;
        }
        decided();
        ErrorResponses.json(response, 503, shuttingDown(read));
        return true;
    }

    /**
     * Whether it is a control message or a stream that serves nothing that is in flight: all but answers of clients and cancellations.
     * Messages that are queued are refused by the admission, which is closed before.
     */
    private static boolean beginsSomething(Envelope read) {
        for (Message message : read.messages()) {
            boolean serves = message.kind() == Message.Kind.RESPONSE || message.cancels() != null;
            boolean control = Lane.of(message) == Lane.CONTROL;
            if (!serves && (control || McpMethods.SUBSCRIPTIONS_LISTEN.equals(message.method()))) {
                return true;
            }
        }
        return false;
    }

    private byte[] shuttingDown(Envelope read) {
        List<JsonRpcError> answers = read.messages().stream()
                .filter(each -> each.kind() == Message.Kind.REQUEST)
                .map(each ->
                        new JsonRpcError(each.id(), shared.config().refusal().code(), ErrorResponses.SHUTTING_DOWN))
                .toList();
        if (answers.isEmpty()) {
            return new JsonRpcError(null, shared.config().refusal().code(), ErrorResponses.SHUTTING_DOWN).toBytes();
        }
        return read.batch() ? JsonRpcError.toBytes(answers) : answers.get(0).toBytes();
    }

    private static boolean isInitialize(Message message) {
        return McpMethods.INITIALIZE.equals(message.method());
    }

    /** An {@code initialize} is never refused: it waits a little for its rate and for room, and then the connection is closed. */
    private void openSession(Envelope read, Payload bytes, long giveUp) {
        long now = System.nanoTime();
        if (isOver() || refuseWhileDraining(read)) {
            return;
        }
        long wait = withinRate ? 0 : shared.initializes().take(origin.address(), now);
        withinRate |= wait == 0;
        boolean lastTry = now - giveUp >= 0;
        if (wait > 0 && lastTry) {
            shared.counters().initializesLimited.increment();
        }
        if (wait == 0) {
            wait = shared.requestAdmission().controlWaitNanos(client, read, now);
        }
        if (wait == 0) {
            Optional<Sessions.Room> found = shared.sessions().makeRoom(client.tenant(), origin);
            if (found.isPresent()) {
                Verdict verdict = verdict(read, bytes);
                if (!(verdict instanceof Verdict.Forward)) {
                    found.get().close();
                }
                carryOut(verdict, read, bytes, found.get());
                return;
            }
            if (lastTry) {
                shared.sessions().countRefused();
            }
        }
        waitOrClose(Math.max(wait, RETRY_NANOS), giveUp, now, () -> openSession(read, bytes, giveUp));
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
        shared.counters().controlClosed.increment();
        ConnectionReset.gracefully(request.connection());
    }

    private void offer(Envelope read, Payload bytes, long giveUp) {
        long now = System.nanoTime();
        if (isOver() || refuseWhileDraining(read)) {
            return;
        }
        long wait = shared.requestAdmission().controlWaitNanos(client, read, now);
        if (wait > 0) {
            waitOrClose(wait, giveUp, now, () -> offer(read, bytes, giveUp));
            return;
        }
        boolean listens =
                McpMethods.SUBSCRIPTIONS_LISTEN.equals(read.messages().get(0).method());
        if (listens && !read.batch()) {
            stream = shared.streams().open(client, session, now);
            if (stream == null) {
                decided();
                shared.counters().streamsRefused.increment();
                Refusal refusal = shared.streams().refusal(client, session);
                ErrorResponses.json(response, 429, shared.requestAdmission().answer(read, refusal));
                return;
            }
        }
        carryOut(verdict(read, bytes), read, bytes, null);
    }

    private Verdict verdict(Envelope read, Payload bytes) {
        return shared.requestAdmission().offer(upstream.config().name(), this, read, bytes, System.nanoTime());
    }

    private void carryOut(Verdict verdict, Envelope read, Payload bytes, Sessions.@Nullable Room room) {
        decided();
        if (verdict instanceof Verdict.Forward forward) {
            forward(forward.exchange(), forward.cancellation(), forward.control(), read, bytes, room);
        } else if (verdict instanceof Verdict.Wait waits) {
            hold(new WaitingPost(this, waits.exchange(), read, bytes, System.nanoTime()));
        } else if (verdict instanceof Verdict.Rejected away) {
            closeStream();
            reject(away);
        } else if (verdict instanceof Verdict.Taken) {
            response.setStatusCode(202).end();
        } else {
            closeStream();
            closeControl();
        }
    }

    private void forward(
            Exchange exchange,
            Cancellation cancellation,
            boolean control,
            Envelope read,
            Payload bytes,
            Sessions.@Nullable Room room) {
        Forwarding made = new Forwarding(
                loop, request, upstream, client, session, read, exchange, cancellation, stream, room, stateless);
        forwarding = made;
        if (clientGone) {
            made.clientGone();
        }
        made.begin(bytes, control);
    }

    private void hold(WaitingPost held) {
        hold = held;
        loop.exchanges().add(held);
    }

    private @Nullable WaitingPost endHold() {
        WaitingPost held = hold;
        if (held != null) {
            hold = null;
            loop.exchanges().remove(held);
        }
        return held;
    }

    @Override
    public Client client() {
        return client;
    }

    @Override
    public @Nullable Session session() {
        return session;
    }

    @Override
    public long patienceNanos() {
        return patienceNanos;
    }

    @Override
    public void dispatched() {
        loop.run(() -> {
            WaitingPost held = endHold();
            if (held == null) {
                return;
            }
            if (clientGone && stateless) {
                held.exchange.cancelled(System.nanoTime());
            } else {
                forward(held.exchange, Cancellation.NONE, false, held.envelope, held.bytes, null);
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
    public void abandoned() {
        loop.run(() -> refuseHeld(System.nanoTime()));
    }

    /** ErrorResponses what was abandoned. */
    void refuseHeld(long now) {
        WaitingPost held = endHold();
        if (held != null) {
            decided();
            reject(shared.requestAdmission()
                    .reject(upstream.config().name(), held.exchange, this, held.envelope, held.bytes, now));
        }
    }

    private void reject(Verdict.Rejected away) {
        Verdict.Remainder remainder = away.remainder();
        if (remainder != null) {
            FireAndForget.send(loop, upstream, request.headers(), client.tenant(), remainder);
        }
        if (clientGone) {
            return;
        }
        if (away.silent() && away.expectsAnswer()) {
            response.setStatusCode(202).end();
            return;
        }
        int status = away.expectsAnswer() ? shared.config().refusal().httpStatus() : 429;
        if (status == 429 && away.retryAfterMillis() > 0) {
            response.putHeader("Retry-After", String.valueOf((away.retryAfterMillis() + 999) / 1000));
        }
        if (away.close()) {
            response.putHeader("Connection", "close");
            response.endHandler(end -> ConnectionReset.gracefully(request.connection()));
        }
        ErrorResponses.json(response, status, away.answer());
    }

    /** Until something is forwarded, nobody but this waits for the client. */
    private void clientGone() {
        if (clientGone) {
            return;
        }
        clientGone = true;
        Forwarding begun = forwarding;
        if (begun != null) {
            begun.clientGone();
        } else if (hold == null) {
            decided();
            closeStream();
        } else {
            holdsNoClient(hold);
        }
    }

    /** A client of the stateless era that leaves has cancelled; one of the session era has not, once its message was let in. */
    private void holdsNoClient(WaitingPost held) {
        if (stateless && held.exchange.withdraw(System.nanoTime())) {
            endHold();
            shared.counters().clientsGone.increment();
        }
    }

    private void closeStream() {
        if (stream != null) {
            stream.close(System.nanoTime());
        }
    }
}
