package io.weir.gateway.proxy;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.weir.config.MemoryPlan;
import io.weir.gateway.admission.Cancellation;
import io.weir.gateway.admission.Exchange;
import io.weir.gateway.admission.InboundRequest;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.jsonrpc.ResponseFault;
import io.weir.gateway.line.LineServerException;
import io.weir.gateway.mcp.ErrorCodes;
import io.weir.gateway.mcp.IdempotentMethods;
import io.weir.gateway.mcp.McpMethods;
import io.weir.gateway.session.Session;
import io.weir.gateway.session.Sessions;
import io.weir.gateway.session.Streams;
import io.weir.gateway.upstream.NoConnectionException;
import io.weir.gateway.upstream.UpstreamFaults;
import io.weir.gateway.upstream.UpstreamLane;
import io.weir.gateway.upstream.UpstreamRequest;
import io.weir.gateway.upstream.UpstreamResponse;
import io.weir.gateway.upstream.UpstreamServer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What was admitted, on its way: forwarded byte for byte, its answer relayed. What a client gave up while the upstream
 * has it is abandoned: its slot is held, since closing a connection does not prove that the upstream stops. In the
 * session era the exchange stays open meanwhile, so that the slot falls free with an answer. Confined to its event
 * loop.
 */
final class Forwarding implements HasDeadline, UpstreamRequest.Listener, Relay.Listener {
    /** When a client is to come back if there is no connection to the upstream, or no child, for it. */
    private static final long BUSY_MILLIS = 1000;

    private final LoopContext loop;
    private final ProxyServices services;
    private final UpstreamSessionCloser sessionCloser;
    private final MultiMap headers;
    private final ClientResponse response;
    private final UpstreamServer upstream;
    private final InboundRequest request;
    private final Exchange exchange;
    private final Cancellation cancellation;
    private final Streams.@Nullable Stream stream;
    private final Sessions.@Nullable Room room;
    private final @Nullable RequestRecord record;
    private long deadline;
    private boolean cancelled;
    private boolean clientGone;
    private boolean abandoned;
    private boolean over;
    private boolean holdsShutdown;
    private UpstreamLane lane = UpstreamLane.CALLS;
    private @Nullable UpstreamRequest sent;
    private @Nullable Relay relay;

    /** The session that the server issues with this response. It opens when that is known to be the response. */
    private @Nullable String issued;

    /** The session that has opened with this response. */
    private @Nullable String opened;

    Forwarding(
            LoopContext loop,
            UpstreamSessionCloser sessionCloser,
            MultiMap headers,
            ClientResponse response,
            UpstreamServer upstream,
            InboundRequest request,
            Exchange exchange,
            Cancellation cancellation,
            Streams.@Nullable Stream stream,
            Sessions.@Nullable Room room,
            @Nullable RequestRecord record) {
        this.loop = loop;
        this.services = loop.services();
        this.sessionCloser = sessionCloser;
        this.headers = headers;
        this.response = response;
        this.upstream = upstream;
        this.request = request;
        this.exchange = exchange;
        this.cancellation = cancellation;
        this.stream = stream;
        this.room = room;
        this.record = record;
        this.deadline = System.nanoTime() + upstream.config().requestTimeout().toNanos();
    }

    void begin(boolean control) {
        if (over) {
            return;
        }
        // A flood of answers and cancellations must not keep a shutdown waiting.
        holdsShutdown = stream == null && !(control && loop.isDraining());
        loop.inFlight().add(this);
        lane = stream != null
                ? UpstreamLane.STREAMS
                : control ? UpstreamLane.ofControl(request.envelope()) : UpstreamLane.CALLS;
        UpstreamRequest made = upstream.request(
                lane,
                request.client(),
                HttpMethod.POST,
                headers,
                request.body(),
                IdempotentMethods.all(request.messages()),
                this);
        sent = made;
        made.begin();
    }

    @Override
    public void answered(UpstreamResponse from) {
        if (!takeSession(from)) {
            return;
        }
        if (stream != null) {
            streamAnswered(from);
        }
        Relay made = new Relay(from, response, ids(), this);
        relay = made;
        from.endHandler(() -> finished(from, made));
        if (clientGone) {
            made.drain();
        } else {
            made.begin();
        }
    }

    /**
     * A stream that is open may stay so for hours: it keeps its place among the streams, and takes nothing from calls.
     */
    private void streamAnswered(UpstreamResponse from) {
        long now = System.nanoTime();
        deadline = HasDeadline.ofStream(services.config().edge(), response, now);
        if (from.statusCode() / 100 == 2) {
            exchange.completed(now);
        }
    }

    /** Notes which session the answer ends or is to open; false if it is none that a server may issue. */
    private boolean takeSession(UpstreamResponse from) {
        if (request.session() != null && from.statusCode() == 404 && !request.stateless()) {
            services.sessions().forget(request.session());
        }
        String id = from.header(HeaderNames.SESSION_ID);
        if (id == null || from.statusCode() != 200 || room == null) {
            return true;
        }
        if (id.length() > MemoryPlan.MAX_SESSION_ID) {
            unusable(upstream.faults()::longSessionId, this::tellFailed);
            return false;
        }
        if (services.sessions()
                .isOfAnotherTenant(
                        upstream.config().name(), id, request.client().tenant())) {
            unusable(upstream.faults()::foreignSessionId, this::tellFailed);
            return false;
        }
        issued = id;
        return true;
    }

    @Override
    public boolean beginsToAnswer() {
        return openSession();
    }

    /**
     * Releases what the request holds of the limits before its client has the response: one that calls again at once is
     * not refused for the call that it has the response to. The stream that brought it may end later.
     */
    @Override
    public void responseIsWhole() {
        exchange.completed(System.nanoTime());
    }

    /**
     * Opens the session that was issued; false if there is no room for it any more: it is ended, and so is the
     * exchange.
     */
    private boolean openSession() {
        String id = issued;
        if (id == null || room == null) {
            return true;
        }
        boolean replaced = loop.upstreams().current(upstream) != upstream;
        if (replaced || (clientGone && !response.gaveSession())) {
            // The client of an upstream that was removed finds out with its next request, as that of any session that
            // was ended.
            issued = null;
            sessionCloser.end(upstream, id, request.client().tenant());
            return true;
        }
        issued = null;
        Sessions.Opening opening = room.open(upstream.config().name(), upstream.admission(), id, System.nanoTime());
        if (opening instanceof Sessions.OfAnotherTenant) {
            unusable(upstream.faults()::foreignSessionId, this::tellFailed);
            return false;
        }
        sessionCloser.endEvicted(room.evicted());
        if (opening instanceof Sessions.Full full) {
            Exchange held = end();
            if (held != null) {
                services.refuseSession(full.cap(), request.client(), System.nanoTime());
                sessionCloser.end(upstream, id, request.client().tenant());
                reset(() -> held.completed(System.nanoTime()));
                response.close();
            }
            return false;
        }
        opened = id;
        return true;
    }

    /** A session that opened while its client left ends with it, unless the client can know of it. */
    private void endUnknownSession() {
        String id = opened;
        if (id != null && !response.gaveSession()) {
            services.sessions().find(upstream.config().name(), id).ifPresent(services.sessions()::forget);
            sessionCloser.end(upstream, id, request.client().tenant());
        }
    }

    private List<String> ids() {
        List<String> ids = new ArrayList<>(request.messages().size());
        for (Message message : request.messages()) {
            if (message.kind() == Message.Kind.REQUEST) {
                ids.add(String.valueOf(message.id()));
            }
        }
        return ids;
    }

    /** Where what comes on the connection belongs to another request, so may all that comes after it. */
    @Override
    public void wrong(@Nullable ResponseFault fault) {
        if (fault == null) {
            unusable(upstream.faults()::wrongAnswer, this::tellFailed, !mayGetSurplus());
        } else {
            unusable(() -> upstream.faults().invalidAnswer(fault), this::tellFailed);
        }
    }

    /** Whether the request before this on its connection may be the one that was answered with too much. */
    private boolean mayGetSurplus() {
        UpstreamRequest used = sent;
        return used != null && used.mayGetSurplus();
    }

    private void unusable(Supplier<String> fault, Consumer<String> tell) {
        unusable(fault, tell, true);
    }

    /**
     * The server's answer cannot be used: that is a failure of the server, and its connection goes.
     *
     * @param evidence whether it says something about this operation
     */
    private void unusable(Supplier<String> fault, Consumer<String> tell, boolean evidence) {
        Exchange held = end();
        if (held != null) {
            services.counters().upstreamFailures.increment();
            reset(() -> fail(held, evidence));
            tell.accept(fault.get());
        }
    }

    /** What is no evidence against the server ends as if the client had given it up. */
    private static void fail(Exchange held, boolean evidence) {
        if (evidence) {
            held.failed(System.nanoTime());
        } else {
            held.cancelled(System.nanoTime());
        }
    }

    private void tellFailed(String message) {
        tell(ErrorCodes.UPSTREAM_FAILED, message, 502);
    }

    private void finished(UpstreamResponse from, Relay made) {
        if (over) {
            // An answer without a length ends when its connection is closed, also from here.
            return;
        }
        if (stream == null && !cancelled && made.isUnanswered()) {
            unanswered();
            return;
        }
        // Without an answer here, the client may resume the stream, and that in its session.
        if (!made.isUnanswered() && !openSession()) {
            return;
        }
        UpstreamRequest used = sent;
        if (used != null) {
            used.finished();
        }
        Exchange held = end();
        if (held != null) {
            if (isUnavailable(from.statusCode())) {
                services.counters().upstreamFailures.increment();
                held.failed(System.nanoTime());
            } else {
                held.completed(System.nanoTime());
            }
            if (from.statusCode() / 100 == 2) {
                cancellation.taken();
            }
            if (!clientGone) {
                response.end();
            }
        }
    }

    /**
     * An answer without a response to the request: a failure of the server, unless the client ended its session
     * meanwhile.
     */
    private void unanswered() {
        if (request.session() != null && request.session().isEnding()) {
            cancel();
            tellUnanswered("The session was ended before the request was answered");
        } else {
            unusable(upstream.faults()::unanswered, message -> tellUnanswered(message));
        }
    }

    private void tellUnanswered(String message) {
        if (response.isBegun() && !clientGone && !response.takesMessage()) {
            response.end();
        } else {
            tellFailed(message);
        }
    }

    /**
     * Whether a status says that the server is not there. Others say something of the request, and 429 that it is busy.
     */
    private static boolean isUnavailable(int status) {
        return status == 502 || status == 503 || status == 504;
    }

    @Override
    public void broken(Throwable cause, boolean idleTooLong) {
        Exchange held = end();
        if (held == null) {
            return;
        }
        if (abandoned) {
            reset(() -> held.failed(System.nanoTime()));
            return;
        }
        services.counters().upstreamFailures.increment();
        boolean noConnection = cause instanceof NoConnectionException;
        boolean ofChild = cause instanceof LineServerException child && !child.isEvidence();
        boolean busy = cause instanceof LineServerException child && child.isBusy();
        boolean surplus = relay == null && mayGetSurplus() && UpstreamFaults.isNotHttp(cause);
        fail(held, !noConnection && !ofChild && !idleTooLong && !surplus);
        String message = upstream.faults().report(cause, idleTooLong);
        if (noConnection && lane == UpstreamLane.CONTROL) {
            tellControl(message);
        } else if (busy && !clientGone && !response.isBegun()) {
            busy(message);
        } else {
            tellFailed(message);
        }
    }

    /**
     * A refused {@code initialize} breaks clients for good, and a closed connection does not; others understand 503.
     */
    private void tellControl(String message) {
        if (clientGone) {
            return;
        }
        if (McpMethods.INITIALIZE.equals(request.messages().get(0).method())) {
            note(ErrorCodes.UPSTREAM_FAILED);
            response.close();
        } else {
            busy(message);
        }
    }

    private void busy(String message) {
        note(ErrorCodes.UPSTREAM_FAILED);
        response.json(503, errors(ErrorCodes.UPSTREAM_FAILED, message), BUSY_MILLIS);
    }

    /** The server was told to cancel it: it need not answer any more, and most do not. */
    void cancellationTaken() {
        if (!over && !cancelled) {
            long now = System.nanoTime();
            cancelled = true;
            deadline = Math.min(deadline - now, Cancellation.GRACE_NANOS) + now;
        }
    }

    @Override
    public void timeOut(long now) {
        if (abandoned) {
            // Its slot is free by now, and nobody waits for the answer.
            end();
            reset(() -> {});
            return;
        }
        if (cancelled) {
            abandon(now);
            return;
        }
        Exchange held = end();
        if (held == null) {
            return;
        }
        if (stream != null && relay != null && response.isBegun()) {
            reset(() -> held.timedOut(System.nanoTime()), freeing(held));
            response.endEarly(null);
            return;
        }
        UpstreamRequest open = sent;
        boolean waited = open == null || open.isWaiting();
        boolean mayGoOn = mayBeWorkedOn();
        reset(
                () -> {
                    if (waited) {
                        // It never had a connection, which is no evidence against the server.
                        held.cancelled(System.nanoTime());
                    } else if (mayGoOn) {
                        held.timedOut(System.nanoTime());
                    } else {
                        held.failed(System.nanoTime());
                    }
                },
                mayGoOn ? freeing(held) : null);
        services.counters().upstreamTimeouts.increment();
        if (!waited) {
            upstream.faults().timedOut();
        }
        tell(
                ErrorCodes.UPSTREAM_TIMED_OUT,
                "The server '" + upstream.config().name() + "' did not "
                        + (stream == null ? "finish" : "begin its stream") + " within "
                        + upstream.config().requestTimeout().toMillis() + " ms"
                        + (waited ? ": all connections to it were in use" : ""),
                504);
    }

    @Override
    public void abort(long now) {
        Exchange held = end();
        if (held != null) {
            if (record != null) {
                record.cutOff();
            }
            reset(() -> held.cancelled(now));
            tell(ErrorCodes.UPSTREAM_FAILED, "The gateway is shutting down and did not wait any longer", 503);
        }
    }

    @Override
    public long deadline() {
        Session session = stream == null ? null : request.session();
        return session == null ? deadline : session.streamDeadline(deadline);
    }

    @Override
    public boolean isStreamOf(UpstreamServer of) {
        return stream != null && upstream == of;
    }

    @Override
    public boolean holdsShutdown() {
        return holdsShutdown && !abandoned;
    }

    /**
     * A client of the stateless era that leaves has cancelled; one of the session era has not. But if it can resume its
     * stream, the server must see that the stream is over: it serves none twice.
     */
    void clientGone() {
        clientGone = true;
        endUnknownSession();
        if (over || abandoned) {
            return;
        }
        services.counters().clientsGone.increment();
        Relay begun = relay;
        // While a session is to open with the answer, that is read: without it, the client could resume nothing.
        boolean resumable = begun != null && begun.isResumable() && issued == null;
        if (request.stateless() || stream != null || resumable) {
            // A subscription that was left has no end of its own, whatever the era.
            cancel();
        } else if (begun != null) {
            begun.discard();
        }
    }

    private void cancel() {
        boolean mayGoOn = mayBeWorkedOn();
        Exchange held = end();
        if (held != null && mayGoOn) {
            reset(() -> held.abandoned(System.nanoTime()), freeing(held));
        } else if (held != null) {
            reset(() -> held.cancelled(System.nanoTime()));
        }
    }

    /** Whether the server may work on it, also when its connection is gone: it has the whole request. */
    private boolean mayBeWorkedOn() {
        UpstreamRequest begun = sent;
        return begun != null && begun.isSentWhole();
    }

    /** Tells the client, and goes on reading for as long as the slot is held: an answer frees it. */
    private void abandon(long now) {
        if (!mayBeWorkedOn()) {
            cancel();
            tell(services.config().refusal().code(), "Cancelled before the server had it", 202);
            return;
        }
        long held = exchange.abandoned(now);
        tell(services.config().refusal().code(), "Cancelled: the server was told, and has not answered", 202);
        abandoned = true;
        clientGone = true;
        Relay begun = relay;
        if (begun != null) {
            begun.discard();
        }
        deadline = now + held;
        if (held == 0) {
            timeOut(now);
        }
    }

    /** What is to be released now; null if this exchange was over before. */
    private @Nullable Exchange end() {
        if (over) {
            return null;
        }
        over = true;
        loop.inFlight().remove(this);
        if (stream != null) {
            stream.close(System.nanoTime());
        }
        if (room != null) {
            room.close();
        }
        return exchange;
    }

    /** Resets the upstream's connection, if there is one, and gives up what is held once it is gone. */
    private void reset(Runnable release) {
        reset(release, null);
    }

    /** As {@link #reset(Runnable)}, where the server may go on with it. */
    private void reset(Runnable release, @Nullable Runnable workEnded) {
        UpstreamRequest open = sent;
        if (open == null) {
            release.run();
        } else {
            open.reset(release, workEnded);
        }
    }

    /**
     * Frees the slot of what was given up, once the server is not at work on it any more. An answer to that is no
     * evidence of how the server is: it may be the answer to being told to stop.
     */
    private static Runnable freeing(Exchange held) {
        Exchange slot = held.slot();
        return () -> slot.failed(System.nanoTime());
    }

    private byte[] errors(int code, String message) {
        return ErrorResponses.forRequests(request.envelope(), code, message);
    }

    private Stream<Message> requests() {
        return request.messages().stream().filter(each -> each.kind() == Message.Kind.REQUEST);
    }

    private void note(int code) {
        if (record != null) {
            record.told(code);
        }
    }

    /** Tells the client what happened, in whatever form its answer still allows. */
    private void tell(int code, String message, int statusOfNotifications) {
        if (clientGone) {
            return;
        }
        note(code);
        if (!response.isBegun()) {
            int status = requests().findAny().isPresent() ? 200 : statusOfNotifications;
            response.json(status, errors(code, message));
        } else if (relay != null && relay.isOnlyResponseWhole()) {
            response.endEarly(null);
        } else if (relay != null && requests().count() == 1) {
            response.endEarly(errors(code, message));
        } else {
            response.close();
        }
    }
}
