package io.weir.gateway.proxy;

import io.vertx.core.MultiMap;
import io.weir.core.Outcome;
import io.weir.core.Rejection;
import io.weir.gateway.admission.AdmissionCallback;
import io.weir.gateway.admission.Cancellation;
import io.weir.gateway.admission.Exchange;
import io.weir.gateway.admission.InboundRequest;
import io.weir.gateway.admission.Verdict;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.http.Headers;
import io.weir.gateway.jsonrpc.Envelope;
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
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a client has sent in one body or line, from when it was read until it is forwarded or gets a response of the
 * gateway's own: it is rejected, or waits for its turn, or goes on as a {@link Forwarding}. Knows no transport of
 * clients. Confined to its event loop, but for what it is notified of as an {@link AdmissionCallback}.
 */
public final class MessageHandler implements AdmissionCallback, HasDeadline {
    /** How long a message that is never refused waits for its rate or for room. */
    private static final long MAX_CONTROL_WAIT = TimeUnit.SECONDS.toNanos(1);

    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** How long the queue takes is the queue's to say. */
    private static final long NEVER = Long.MAX_VALUE / 2;

    private final LoopContext loop;
    private final ProxyServices services;
    private final UpstreamSessionCloser sessionCloser;
    private final MultiMap headers;
    private final ClientResponse response;

    /** What its messages are for; until they are offered, what takes its place. */
    private UpstreamServer upstream;

    private final Client client;
    private final Origin origin;
    private final @Nullable Session session;
    private final Runnable onDecided;
    private final @Nullable RequestRecord record;
    private boolean clientGone;
    private boolean aborted;
    private boolean withinRate;
    private Streams.@Nullable Stream stream;
    private @Nullable InboundRequest request;

    /** What waits for its turn, until that has come or will not come. */
    private @Nullable Exchange waiting;

    private long waitingSince;

    /** When it was offered last. */
    private long offeredAt;

    /** What is held while the client's transport is not read, until it is decided on. */
    private Verdict.@Nullable Paused paused;

    private @Nullable Forwarding forwarding;

    /**
     * What that client sends.
     *
     * @param headers of the client's request, which the upstream gets
     * @param response how the client is answered
     * @param onDecided is run when it is decided what becomes of the messages, also more than once
     * @param record of the request; null if nobody wants one
     */
    public MessageHandler(
            LoopContext loop,
            UpstreamSessionCloser sessionCloser,
            MultiMap headers,
            ClientResponse response,
            UpstreamServer upstream,
            Client client,
            Origin origin,
            @Nullable Session session,
            Runnable onDecided,
            @Nullable RequestRecord record) {
        this.loop = loop;
        this.services = loop.services();
        this.sessionCloser = sessionCloser;
        this.headers = headers;
        this.response = response;
        this.upstream = upstream;
        this.client = client;
        this.origin = origin;
        this.session = session;
        this.onDecided = onDecided;
        this.record = record;
    }

    private void decided() {
        onDecided.run();
    }

    /** Decides on messages that were read from those bytes, now or later. To be called once. */
    public void handle(Envelope read, Payload bytes) {
        if (isOver()) {
            return;
        }
        if (read.batch() && read.messages().stream().anyMatch(MessageHandler::isInitialize)) {
            decided();
            if (record != null) {
                record.rejected(RequestRecord.MALFORMED, MalformedMessageException.INVALID_REQUEST);
            }
            services.counters().malformedRequests.increment();
            response.json(
                    400, ErrorResponses.error("initialize must not be part of a batch: send it as a single message"));
            return;
        }
        InboundRequest inbound = new InboundRequest(
                upstream.config().name(),
                client,
                session,
                ProtocolVersion.ofHeader(headers.get(HeaderNames.PROTOCOL_VERSION))
                        .isStateless(),
                read,
                bytes,
                Headers.timeoutNanos(headers),
                response.mayPause());
        request = inbound;
        if (record != null) {
            record.received(inbound, headers);
        }
        if (isOfAgedOutSession(inbound)) {
            return;
        }
        if (isInitialize(inbound.first())) {
            openSession(inbound, System.nanoTime() + MAX_CONTROL_WAIT);
        } else {
            offer(inbound, System.nanoTime() + MAX_CONTROL_WAIT);
        }
    }

    /**
     * Responds to what is to begin in a session that has reached its maximum age. Answers of clients, cancellations and
     * other notifications pass: what is in flight may need them to end.
     */
    private boolean isOfAgedOutSession(InboundRequest inbound) {
        long now = System.nanoTime();
        if (session == null
                || !inbound.expectsResponse()
                || !services.sessions().isAgedOut(session, now)) {
            return false;
        }
        decided();
        services.counters().requestsAgedOut.increment();
        Rejection rejection = services.sessions().ageRejection(session, now);
        note(rejection);
        response.json(404, services.admission().reject(inbound, rejection));
        return true;
    }

    private void note(Rejection rejection) {
        if (record != null) {
            record.rejected(rejection, services.config().refusal().code());
        }
    }

    private void noteCancelled() {
        if (record != null) {
            record.ended(Outcome.CANCELLED, System.nanoTime());
        }
    }

    /** Whether no one waits for it any more: the client is gone, or got a response because the gateway stops. */
    private boolean isOver() {
        if (clientGone || aborted) {
            decided();
            noteCancelled();
            return true;
        }
        return false;
    }

    /** Gives it up where nothing is decided yet, since the gateway stops; the client gets its answer elsewhere. */
    public void giveUp() {
        aborted = true;
        if (record != null) {
            record.rejectedAtShutdown(0);
        }
    }

    private boolean refuseWhileDraining(InboundRequest offered) {
        if (!loop.isDraining() || !beginsSomething(offered)) {
            return false;
        }
        decided();
        int code = services.config().refusal().code();
        if (record != null) {
            record.rejectedAtShutdown(code);
        }
        response.json(503, ErrorResponses.forRequests(offered.envelope(), code, ErrorResponses.SHUTTING_DOWN));
        return true;
    }

    /**
     * Whether it is a control message or a stream that serves nothing that is in flight: all but responses of clients
     * and cancellations. Messages that are queued are refused by the admission, which is closed before.
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

    /**
     * Whether the upstream was removed while the body came or this waited; then the client has a response. What is
     * offered goes to the one that has its name now.
     */
    private boolean isUpstreamGone() {
        UpstreamServer current = loop.upstreams().current(upstream);
        if (current == null) {
            decided();
            response.json(
                    404,
                    ErrorResponses.error("the MCP server '" + upstream.config().name() + "' was removed"));
            return true;
        }
        upstream = current;
        return false;
    }

    private static boolean isInitialize(Message message) {
        return McpMethods.INITIALIZE.equals(message.method());
    }

    /**
     * An {@code initialize} is never refused: it waits a little for its rate and for room, and then the connection is
     * closed.
     */
    private void openSession(InboundRequest offered, long giveUp) {
        long now = System.nanoTime();
        if (isOver() || refuseWhileDraining(offered) || isUpstreamGone()) {
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
            Sessions.Availability found = services.sessions().makeRoom(client.tenant(), origin);
            if (found instanceof Sessions.Room room) {
                Verdict verdict = offerNow(offered);
                if (!(verdict instanceof Verdict.Forward)) {
                    room.close();
                }
                carryOut(verdict, offered, room);
                return;
            }
            if (lastTry && found instanceof Sessions.Full full) {
                services.refuseSession(full.cap(), client, now);
            }
        }
        waitOrClose(Math.max(wait, RETRY_NANOS), giveUp, now, () -> openSession(offered, giveUp));
    }

    /**
     * Tries again after a while; closes the connection where a client of the control lane has waited for long enough.
     */
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
        if (record != null) {
            record.rejected(RequestRecord.CONTROL_CLOSED, 0);
        }
        response.close();
    }

    private void offer(InboundRequest offered, long giveUp) {
        long now = System.nanoTime();
        if (isOver() || refuseWhileDraining(offered) || isUpstreamGone()) {
            return;
        }
        long wait = services.admission().controlWaitNanos(offered, now);
        if (wait > 0) {
            waitOrClose(wait, giveUp, now, () -> offer(offered, giveUp));
            return;
        }
        if (offered.isStream()) {
            Streams.Opening opening = services.streams().open(client, session, now);
            if (opening instanceof Streams.Refused refused) {
                decided();
                note(refused.rejection());
                response.json(429, services.admission().reject(offered, refused.rejection()));
                return;
            }
            stream = (Streams.Stream) opening;
        }
        carryOut(offerNow(offered), offered, null);
    }

    private Verdict offerNow(InboundRequest offered) {
        long now = System.nanoTime();
        offeredAt = now;
        return services.admission().offer(upstream.admission(), offered, this, now);
    }

    private void carryOut(Verdict verdict, InboundRequest offered, Sessions.@Nullable Room room) {
        if (verdict instanceof Verdict.Paused held) {
            pause(held, offered);
            return;
        }
        decided();
        if (verdict instanceof Verdict.Forward forward) {
            forward(offered, forward.exchange(), forward.cancellation(), forward.control(), room);
        } else if (verdict instanceof Verdict.Wait waits) {
            waiting = waits.exchange();
            waitingSince = System.nanoTime();
            if (record != null) {
                record.queued(offeredAt);
            }
            loop.inFlight().add(this);
        } else if (verdict instanceof Verdict.Rejected rejected) {
            closeStream();
            reject(rejected);
        } else if (verdict instanceof Verdict.CancelledQueued) {
            if (record != null) {
                record.ended(Outcome.COMPLETED, System.nanoTime());
            }
            response.accepted();
        } else {
            closeStream();
            closeControl();
        }
    }

    private void pause(Verdict.Paused held, InboundRequest offered) {
        if (response.pause()) {
            paused = held;
            loop.inFlight().add(this);
        } else {
            carryOut(held.giveUp(System.nanoTime()), offered, null);
        }
    }

    @Override
    public void drained() {
        loop.run(() -> decidePaused(false));
    }

    /** Offers what is held again. */
    private void decidePaused(boolean giveUp) {
        Verdict.Paused held = paused;
        InboundRequest offered = request;
        if (held == null || offered == null) {
            return;
        }
        long now = System.nanoTime();
        offeredAt = now;
        Verdict verdict = giveUp ? held.giveUp(now) : held.offer(now);
        if (!(verdict instanceof Verdict.Paused)) {
            endPause();
            carryOut(verdict, offered, null);
        }
    }

    private void endPause() {
        paused = null;
        loop.inFlight().remove(this);
    }

    /**
     * Has what is held decided on at once, since there is no memory for what comes behind it. Changes nothing if
     * nothing is held.
     */
    public void endPauseNow() {
        decidePaused(true);
    }

    private void forward(
            InboundRequest admitted,
            Exchange exchange,
            Cancellation cancellation,
            boolean control,
            Sessions.@Nullable Room room) {
        if (record != null) {
            record.sent(System.nanoTime());
        }
        Forwarding made = new Forwarding(
                loop,
                sessionCloser,
                headers,
                response,
                upstream,
                admitted,
                record == null ? exchange : new RecordedExchange(exchange, record),
                cancellation,
                stream,
                room,
                record);
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
        long at = record == null ? 0 : System.nanoTime();
        loop.run(() -> {
            Exchange waited = endWait();
            leftQueue(at);
            InboundRequest admitted = request;
            if (waited == null || admitted == null) {
                return;
            }
            if (clientGone && admitted.stateless()) {
                waited.cancelled(System.nanoTime());
                noteCancelled();
            } else {
                forward(admitted, waited, Cancellation.NONE, false, null);
            }
        });
    }

    private void leftQueue(long at) {
        if (record != null) {
            record.leftQueue(at);
        }
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
        long at = record == null ? 0 : System.nanoTime();
        loop.run(() -> {
            Exchange waited = endWait();
            leftQueue(at);
            InboundRequest offered = request;
            if (waited != null && offered != null) {
                reject(services.admission().removed(offered, waited, System.nanoTime()));
            }
        });
    }

    /** What is held is decided on: its time to live has passed. What is queued is removed by its queue. */
    @Override
    public void timeOut(long now) {
        decidePaused(true);
    }

    @Override
    public long deadline() {
        Verdict.Paused held = paused;
        return held == null ? waitingSince + NEVER : held.deadline();
    }

    @Override
    public void abort(long now) {
        // What waits is removed when its queue is closed, and what is held was refused when the admission was closed.
    }

    @Override
    public boolean holdsShutdown() {
        return true;
    }

    private void reject(Verdict.Rejected rejected) {
        note(rejected.rejection());
        Verdict.ControlRemainder remainder = rejected.remainder();
        if (remainder != null) {
            FireAndForget.send(loop, upstream, headers, client, remainder);
        }
        if (clientGone) {
            return;
        }
        if (rejected.silent() && rejected.expectsResponse()) {
            response.accepted();
            return;
        }
        int status = rejected.expectsResponse() ? services.config().refusal().httpStatus() : 429;
        if (rejected.close()) {
            response.closeAtEnd();
        }
        response.json(status, rejected.error(), status == 429 ? rejected.retryAfterMillis() : 0);
    }

    /** The client will read no answer. Again changes nothing. */
    public void clientGone() {
        if (clientGone) {
            return;
        }
        clientGone = true;
        Forwarding begun = forwarding;
        if (begun != null) {
            begun.clientGone();
        } else if (waiting == null) {
            withdrawPaused();
            decided();
            closeStream();
            if (request != null) {
                noteCancelled();
            }
        } else {
            withdrawIfStateless(waiting);
        }
    }

    private void withdrawPaused() {
        Verdict.Paused held = paused;
        if (held != null) {
            endPause();
            held.withdraw();
            services.counters().clientsGone.increment();
        }
    }

    /**
     * A client of the stateless era that leaves has cancelled; one of the session era has not, once its message was let
     * in.
     */
    private void withdrawIfStateless(Exchange waited) {
        InboundRequest offered = request;
        if (offered != null && offered.stateless() && waited.withdraw(System.nanoTime())) {
            endWait();
            leftQueue(System.nanoTime());
            noteCancelled();
            services.counters().clientsGone.increment();
        }
    }

    private void closeStream() {
        if (stream != null) {
            stream.close(System.nanoTime());
        }
    }
}
