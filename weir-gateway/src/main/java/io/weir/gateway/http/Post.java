package io.weir.gateway.http;

import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.jsonrpc.ErrorAnswer;
import io.weir.gateway.jsonrpc.MalformedMessageException;
import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.mcp.McpHeaders;
import io.weir.gateway.mcp.McpMethods;
import io.weir.gateway.mcp.ProtocolVersion;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Exchange;
import io.weir.gateway.session.Session;
import io.weir.gateway.session.Sessions;
import io.weir.gateway.session.Streams;
import io.weir.gateway.session.Verdict;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One POST, from its head to the end of its answer: the body is received, read and decided on; then it is refused, or
 * forwarded byte for byte and its answer relayed. The permit is held until the upstream's work is over or proven
 * aborted, whatever becomes of the client. Confined to its event loop.
 */
final class Post implements Exchanges.Deadlined {
    private static final int PATIENCE_MILLIS = 1_000;
    private static final int RETRY_MILLIS = 50;

    private final EdgeLoop loop;
    private final EdgeShared shared;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final UpstreamServer upstream;
    private final Client client;
    private final @Nullable Session session;
    private final boolean stateless;
    private final Body body;
    private boolean clientGone;
    private boolean over;
    private @Nullable Envelope envelope;
    private @Nullable Exchange exchange;
    private Streams.@Nullable Stream stream;
    private Sessions.@Nullable Room room;
    private @Nullable HttpClientRequest sent;
    private @Nullable Relay relay;
    private long deadline;

    Post(EdgeLoop loop, HttpServerRequest request, UpstreamServer upstream, Client client, @Nullable Session session) {
        this.loop = loop;
        this.shared = loop.shared();
        this.request = request;
        this.response = request.response();
        this.upstream = upstream;
        this.client = client;
        this.session = session;
        this.stateless = ProtocolVersion.ofHeader(request.getHeader(McpHeaders.PROTOCOL_VERSION))
                .isStateless();
        this.body = new Body(shared.budget(), shared.config().edge().maxBodyBytes());
    }

    void begin() {
        if (request.headers().contains("Content-Encoding")) {
            refuseUnread(415, "send the body without a Content-Encoding");
            return;
        }
        String type = request.getHeader("Content-Type");
        if (type == null || !type.regionMatches(true, 0, "application/json", 0, 16)) {
            refuseUnread(415, "send the body with Content-Type: application/json");
            return;
        }
        response.closeHandler(closed -> clientGone());
        request.exceptionHandler(failure -> clientGone());
        body.receive(request, this::received, this::notReceived);
    }

    private void refuseUnread(int status, String message) {
        loop.refuseAndClose(request, status, message);
    }

    private void notReceived(Body.Fault fault) {
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

    private void received(byte[] bytes) {
        if (bytes.length < shared.config().edge().scanOffLoopBytes()) {
            try {
                judge(shared.reader().read(bytes), bytes);
            } catch (MalformedMessageException e) {
                malformed(e);
            }
        } else {
            loop.offLoop(() -> shared.reader().read(bytes))
                    .onSuccess(read -> judge(read, bytes))
                    .onFailure(failure -> {
                        if (failure instanceof MalformedMessageException e) {
                            malformed(e);
                        } else {
                            body.release();
                            Answers.fault(response, 500, "the body could not be read");
                        }
                    });
        }
    }

    private void malformed(MalformedMessageException e) {
        body.release();
        shared.counters().malformedRequests.increment();
        Answers.json(response, 400, ErrorAnswer.of(e).toBytes());
    }

    private void judge(Envelope read, byte[] bytes) {
        if (clientGone) {
            body.release();
            return;
        }
        envelope = read;
        if (isInitialize(read)) {
            openSession(read, bytes, PATIENCE_MILLIS);
        } else {
            offer(read, bytes);
        }
    }

    private static boolean isInitialize(Envelope envelope) {
        return McpMethods.INITIALIZE.equals(envelope.messages().get(0).method());
    }

    /** An {@code initialize} is never refused: it waits a little for room, and then the connection is closed. */
    private void openSession(Envelope read, byte[] bytes, int patienceMillis) {
        Optional<Sessions.Room> found = shared.sessions().makeRoom(client.tenant());
        if (found.isPresent() && !clientGone) {
            Session given = found.get().given();
            if (given != null) {
                loop.endSessions(List.of(given));
            }
            Verdict verdict = verdict(read, bytes);
            if (verdict instanceof Verdict.Forward) {
                room = found.get();
                carryOut(verdict, bytes);
                return;
            }
        }
        found.ifPresent(Sessions.Room::close);
        if (patienceMillis > 0 && !clientGone) {
            loop.later(RETRY_MILLIS, () -> openSession(read, bytes, patienceMillis - RETRY_MILLIS));
        } else {
            body.release();
            request.connection().close();
        }
    }

    private void offer(Envelope read, byte[] bytes) {
        boolean listens =
                McpMethods.SUBSCRIPTIONS_LISTEN.equals(read.messages().get(0).method());
        if (listens) {
            stream = shared.streams().open(client.tenant(), session);
            if (stream == null) {
                body.release();
                shared.counters().streamsRefused.increment();
                Answers.fault(response, 429, "too many streams are open; close one first");
                return;
            }
        }
        carryOut(verdict(read, bytes), bytes);
    }

    private Verdict verdict(Envelope read, byte[] bytes) {
        return shared.gatekeeper().offer(upstream.config().name(), client, session, read, bytes, System.nanoTime());
    }

    private void carryOut(Verdict verdict, byte[] bytes) {
        body.release();
        if (verdict instanceof Verdict.Forward forward) {
            exchange = forward.exchange();
            forward(bytes, forward.control());
        } else if (verdict instanceof Verdict.TurnAway away) {
            closeStream();
            turnAway(away);
        } else {
            closeStream();
            request.connection().close();
        }
    }

    private void turnAway(Verdict.TurnAway away) {
        Verdict.Remainder remainder = away.remainder();
        if (remainder != null) {
            Aside.send(upstream, request.headers(), remainder);
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
            response.endHandler(end -> request.connection().close());
        }
        Answers.json(response, status, away.answer());
    }

    private void forward(byte[] bytes, boolean control) {
        deadline = System.nanoTime()
                + (stream == null
                        ? upstream.config().requestTimeout().toNanos()
                        : shared.config().edge().streamMaxAge().toNanos());
        loop.exchanges().add(this);
        Future<HttpClientRequest> connecting =
                control ? upstream.control(request.headers()) : upstream.call(request.headers());
        connecting.onComplete(connected -> {
            if (connected.failed()) {
                broken(connected.cause());
            } else if (over) {
                connected.result().reset();
            } else {
                send(connected.result(), bytes);
            }
        });
    }

    private void send(HttpClientRequest to, byte[] bytes) {
        sent = to;
        to.exceptionHandler(this::broken);
        to.response().onComplete(answered -> {
            if (answered.failed()) {
                broken(answered.cause());
            } else if (!over) {
                relay(answered.result());
            }
        });
        to.end(BufferInternal.buffer(Unpooled.wrappedBuffer(bytes)));
    }

    private void relay(HttpClientResponse from) {
        keepSession(from);
        Relay made = new Relay(from, response);
        relay = made;
        from.exceptionHandler(this::broken);
        from.endHandler(end -> finished());
        if (clientGone) {
            from.handler(ignored -> {});
            made.discard();
        } else {
            made.begin();
        }
    }

    private void keepSession(HttpClientResponse from) {
        if (session != null && from.statusCode() == 404 && !stateless) {
            shared.sessions().forget(session);
        }
        String id = from.getHeader(McpHeaders.SESSION_ID);
        if (id != null && from.statusCode() == 200 && room != null) {
            room.open(upstream.config().name(), id, System.nanoTime());
        }
    }

    private void finished() {
        Exchange held = end();
        if (held != null) {
            held.completed(System.nanoTime());
            if (!clientGone) {
                response.end();
            }
        }
    }

    private void broken(Throwable cause) {
        Exchange held = end();
        if (held == null) {
            return;
        }
        held.failed(System.nanoTime());
        shared.counters().upstreamFailures.increment();
        reset();
        tell(Answers.UPSTREAM_FAILED, UpstreamFaults.describe(upstream.config(), cause), 502);
    }

    @Override
    public void timeOut(long now) {
        boolean listened = stream != null;
        Exchange held = end();
        if (held == null) {
            return;
        }
        held.failed(now);
        reset();
        if (listened) {
            response.end();
            return;
        }
        shared.counters().upstreamTimeouts.increment();
        tell(
                Answers.UPSTREAM_TIMED_OUT,
                "The server '" + upstream.config().name() + "' did not finish within "
                        + upstream.config().requestTimeout().toMillis() + " ms",
                504);
    }

    @Override
    public void abort(long now) {
        Exchange held = end();
        if (held != null) {
            held.failed(now);
            reset();
            tell(Answers.UPSTREAM_FAILED, "The gateway is shutting down and did not wait any longer", 503);
        }
    }

    @Override
    public long deadline() {
        return deadline;
    }

    @Override
    public boolean holdsShutdown() {
        return stream == null;
    }

    /** A client of the stateless era that leaves has cancelled; one of the session era has not. */
    private void clientGone() {
        if (clientGone) {
            return;
        }
        clientGone = true;
        if (exchange == null) {
            body.release();
            closeStream();
            return;
        }
        if (over) {
            return;
        }
        shared.counters().clientsGone.increment();
        Relay begun = relay;
        if (stateless) {
            cancel();
        } else if (begun != null) {
            begun.discard();
        }
    }

    private void cancel() {
        HttpClientRequest open = sent;
        Exchange held = end();
        if (held == null) {
            return;
        }
        if (open == null) {
            held.cancelled(System.nanoTime());
        } else {
            open.reset();
            open.connection().close().onComplete(closed -> held.cancelled(System.nanoTime()));
        }
    }

    /** What is to be released now; null if this exchange was over before. */
    private @Nullable Exchange end() {
        if (over) {
            return null;
        }
        over = true;
        loop.exchanges().remove(this);
        closeStream();
        if (room != null) {
            room.close();
        }
        return exchange;
    }

    private void closeStream() {
        if (stream != null) {
            stream.close();
            stream = null;
        }
    }

    private void reset() {
        HttpClientRequest open = sent;
        if (open != null) {
            open.reset();
        }
    }

    /** Tells the client what happened, in whatever form its answer still allows. */
    private void tell(int code, String message, int statusOfNotifications) {
        Envelope read = envelope;
        if (clientGone || read == null) {
            return;
        }
        List<ErrorAnswer> answers = read.messages().stream()
                .filter(each -> each.kind() == Message.Kind.REQUEST)
                .map(each -> new ErrorAnswer(each.id(), code, message))
                .toList();
        Relay begun = relay;
        if (!response.headWritten()) {
            response.headers().clear();
            byte[] json = answers.isEmpty()
                    ? new ErrorAnswer(null, code, message).toBytes()
                    : read.batch()
                            ? ErrorAnswer.toBytes(answers)
                            : answers.get(0).toBytes();
            Answers.json(response, answers.isEmpty() ? statusOfNotifications : 200, json);
        } else if (begun != null && begun.isBetweenEvents() && answers.size() == 1) {
            Buffer event = Buffer.buffer("data: ")
                    .appendBytes(answers.get(0).toBytes())
                    .appendString("\n\n");
            response.end(event);
        } else {
            request.connection().close();
        }
    }
}
