package io.weir.gateway.lineupstream;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.weir.gateway.child.ChildBudget;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.jsonrpc.JsonRpcError;
import io.weir.gateway.jsonrpc.MalformedMessageException;
import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.jsonrpc.MessageParts;
import io.weir.gateway.line.Line;
import io.weir.gateway.line.LineServerException;
import io.weir.gateway.mcp.ErrorCodes;
import io.weir.gateway.mcp.McpHeaders;
import io.weir.gateway.mcp.McpMethods;
import io.weir.gateway.mcp.ProtocolVersion;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Payload;
import io.weir.gateway.upstream.UpstreamRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/*
 * The request is answered as JSON if its response is the first that the child sends for it, and as a stream of events
 * if something comes before, such as progress. Events have no ids: a stream that broke cannot be resumed here.
 */

/**
 * One HTTP request to a server that is a child process: what an HTTP server would do with it is done here. Confined to
 * its event loop, but for what it is given as a {@link Recipient}.
 */
final class LineRequest implements UpstreamRequest, Recipient {
    private static final String JSON = "application/json";
    private static final String EVENT_STREAM = "text/event-stream";
    private static final String NOTIFICATIONS = "notifications/";

    private final LineSessions sessions;
    private final LineLoop loop;
    private final Client client;
    private final HttpMethod method;
    private final MultiMap headers;
    private final Listener listener;
    private final boolean stateless;
    private final boolean acceptsEvents;
    private final Flow flow;
    private final ServerWait wait;
    private final List<Conversation.Call> calls = new ArrayList<>(1);

    /** Notifications and responses that the server is given. */
    private final List<Line> signals = new ArrayList<>(0);

    /** Goes on with what the child could not take before. One object, since it is looked for where it waits. */
    private final Runnable proceedOnLoop = new Runnable() {
        @Override
        public void run() {
            onLoop(LineRequest.this::proceed);
        }
    };

    private final Line.Sender ofCall = new Line.Sender() {
        @Override
        public void begun() {
            begun = true;
        }

        @Override
        public void ended(boolean written) {
            if (written) {
                sentWhole = true;
            }
        }
    };

    private final Line.Sender ofSignal = new Line.Sender() {
        @Override
        public void begun() {
            begun = true;
        }

        @Override
        public void ended(boolean written) {
            onLoop(() -> signalEnded(written));
        }
    };

    private @Nullable Payload body;
    private List<Message> messages = List.of();
    private int next;
    private int unanswered;

    /** How many of the signals are not written yet: what is not pending any more is not held any more. */
    private int unwritten;

    private boolean over;
    private boolean translated;
    private volatile boolean sentWhole;

    /** Whether the server is reading some of it. */
    private volatile boolean begun;

    private @Nullable Conversation conversation;
    private @Nullable LineSession session;
    private @Nullable SharedServer child;

    /** What is run when the child is ready. */
    private @Nullable Runnable whenReady;

    /** What is not stopped as idle before it has this request. */
    private @Nullable Conversation reserved;

    private @Nullable LineResponse response;

    /** The resource that this subscribes to, while the server has not said whether it does. */
    private @Nullable String subscribing;

    /** The session that the response to this opens. */
    private @Nullable LineSession opening;

    /** Whether this is an open stream of the session. */
    private boolean stream;

    /**
     * Runs {@code then} on the event loop when the server is at work on none of the calls any more. Refers to nothing
     * of the request.
     */
    private static final class AllEnded {
        private final LineLoop loop;
        private final Runnable then;
        private int left;

        AllEnded(LineLoop loop, int calls, Runnable then) {
            this.loop = loop;
            this.left = calls;
            this.then = then;
        }

        void oneEnded() {
            loop.run(() -> {
                if (--left == 0) {
                    then.run();
                }
            });
        }
    }

    LineRequest(
            LineSessions sessions,
            LineLoop loop,
            Client client,
            HttpMethod method,
            MultiMap headers,
            @Nullable Payload body,
            Listener listener) {
        this.sessions = sessions;
        this.loop = loop;
        this.client = client;
        this.method = method;
        this.headers = headers;
        this.body = body;
        this.listener = listener;
        this.stateless = ProtocolVersion.ofHeader(headers.get(HeaderNames.PROTOCOL_VERSION))
                .isStateless();
        String accept = headers.get("Accept");
        this.acceptsEvents = accept == null || accept.contains(EVENT_STREAM) || accept.contains("*/*");
        this.flow = new Flow(loop.lines());
        this.wait = new ServerWait(sessions, loop);
    }

    @Override
    public void begin() {
        switch (method.name()) {
            case "POST" -> post();
            case "GET" -> get();
            default -> delete();
        }
    }

    private void delete() {
        boolean ended = sessions.end(headers.get(HeaderNames.SESSION_ID), System.nanoTime());
        if (ended) {
            respond(200);
        } else {
            sessionNotFound();
        }
    }

    private void get() {
        LineSessions.Open open = findSession();
        if (open != null) {
            stream = true;
            session = open.session();
            conversation = open.conversation();
            beginEvents();
            if (!over) {
                begin(open.session());
            }
        }
    }

    /** What was kept for the stream is given without a wait, for this is the event loop that ends the wait. */
    private void begin(LineSession of) {
        List<byte[]> kept = of.open(this, System.nanoTime());
        if (kept == null) {
            endStream();
            return;
        }
        for (byte[] message : kept) {
            if (flow.enterNow(message.length)) {
                received(message, false);
            } else {
                fail(slow());
            }
        }
    }

    private static LineServerException slow() {
        return new LineServerException(
                LineServerException.Problem.SLOW_CLIENT, "more than a client may have waiting; the client is given up");
    }

    /** The session that the headers name; answers the request if there is none. */
    private LineSessions.@Nullable Open findSession() {
        String id = headers.get(HeaderNames.SESSION_ID);
        if (id == null) {
            respond(
                    400,
                    MalformedMessageException.INVALID_REQUEST,
                    "send initialize first, and then its Mcp-Session-Id with every request");
            return null;
        }
        LineSessions.Open open = sessions.find(id, System.nanoTime());
        if (open == null) {
            sessionNotFound();
        }
        return open;
    }

    private void sessionNotFound() {
        respond(404, MalformedMessageException.INVALID_REQUEST, "Session not found");
    }

    private void post() {
        Envelope envelope;
        try {
            envelope = loop.reader().read(bytes());
        } catch (MalformedMessageException e) {
            respond(400, e.code(), String.valueOf(e.getMessage()));
            return;
        }
        messages = envelope.messages();
        boolean initialize = McpMethods.INITIALIZE.equals(messages.get(0).method());
        if (stateless && !initialize) {
            useShared(sessions.policy().shared() ? "" : client.tenant(), false, this::sendStateless);
        } else if (!initialize) {
            LineSessions.Open open = findSession();
            if (open != null) {
                if (reserve(open.conversation())) {
                    session = open.session();
                    conversation = open.conversation();
                    send();
                } else {
                    sessionNotFound();
                }
            }
        } else if (sessions.policy().shared()) {
            useShared("", true, this::openSharedSession);
        } else {
            startOwn(System.nanoTime() + sessions.policy().startTimeout().toNanos());
        }
    }

    private void startOwn(long deadline) {
        waitFor(deadline, false, () -> {
            long now = System.nanoTime();
            Optional<Conversation> started = sessions.startOwn(client, loop.servers(), now);
            if (started.isEmpty()) {
                return false;
            }
            Conversation made = started.get();
            LineSession opened = sessions.make(client, now);
            made.attach(opened);
            conversation = made;
            session = opened;
            opening = opened;
            made.start();
            sessions.limitStart(made, () -> sessions.isOpen(opened.id()));
            send();
            return true;
        });
    }

    /**
     * Uses the server of several clients.
     *
     * @param waitsForRestart whether it waits for the pause after a failure. Some clients can never be used again if
     *     their {@code initialize} has failed once
     */
    private void useShared(String key, boolean waitsForRestart, Runnable then) {
        long deadline = System.nanoTime() + sessions.policy().startTimeout().toNanos();
        waitFor(deadline, true, () -> {
            Optional<SharedServer> found;
            long now = System.nanoTime();
            try {
                found = sessions.shared(key, loop.servers(), now, waitsForRestart ? deadline : now);
            } catch (LineServerException e) {
                fail(e);
                return true;
            }
            if (found.isEmpty()) {
                return false;
            }
            SharedServer made = found.get();
            child = made;
            conversation = made.conversation();
            reserved = made.conversation();
            Runnable ready = () -> onLoop(() -> {
                LineServerException failure = made.failure();
                if (over) {
                    return;
                }
                if (failure != null) {
                    fail(failure);
                } else {
                    then.run();
                }
            });
            whenReady = ready;
            made.whenReady(ready);
            return true;
        });
    }

    /** Tries until it succeeds or the time is over. */
    private void waitFor(long deadline, boolean ofSeveral, BooleanSupplier attempt) {
        wait.begin(
                ofSeveral ? LineSessions.SEVERAL : client.address(),
                deadline,
                attempt,
                () -> fail(sessions.noneFree(client, ofSeveral, ChildBudget.Answer.RATE)),
                () -> fail(sessions.noneFree(client, ofSeveral, ChildBudget.Answer.WAITING)));
    }

    private void openSharedSession() {
        SharedServer ready = child;
        if (ready == null) {
            return;
        }
        MessageParts initialize = parts(bytes(), messages.get(0));
        if (ready.isStateless()) {
            respond(200, ErrorCodes.METHOD_NOT_FOUND, "the server knows no sessions: use protocol version 2026-07-28");
            return;
        }
        LineSession opened = sessions.make(client, System.nanoTime());
        ready.conversation().attach(opened);
        sessions.open(opened, ready.conversation());
        byte[] answer = ready.initialized(String.valueOf(initialize.id()), initialize.paramsVersion());
        respondJson(200, answer, 0, opened.id());
    }

    private void sendStateless() {
        SharedServer ready = child;
        if (ready == null) {
            return;
        }
        translated = !ready.isStateless();
        Message first = messages.get(0);
        if (translated && McpMethods.DISCOVER.equals(first.method())) {
            answer(StatelessResults.of(ready.discovered(String.valueOf(first.id()))), 0);
        } else if (translated && McpMethods.SUBSCRIPTIONS_LISTEN.equals(first.method())) {
            listen(ready, first);
        } else {
            send();
        }
    }

    /** A server of the session era tells changes of its lists to whoever has a stream; here that is this response. */
    private void listen(SharedServer ready, Message first) {
        LineSession made = sessions.make(client, System.nanoTime());
        String id = String.valueOf(first.id());
        session = made;
        stream = true;
        ready.conversation().attach(made);
        endReservation();
        beginEvents();
        byte[] request = slice(bytes(), first);
        write(Listening.acknowledgement(id, request), 0);
        made.open(new Listening(id, request, this), System.nanoTime());
        if (ready.conversation().hasFailed()) {
            // It may have failed before the session was attached, and then tells nobody.
            endStream();
        }
    }

    private void endStream() {
        LineResponse open = response;
        if (!over && open != null) {
            open.end();
        }
    }

    private void send() {
        for (Message each : messages) {
            if (each.kind() == Message.Kind.REQUEST) {
                unanswered++;
            }
        }
        proceed();
    }

    private void proceed() {
        Conversation to = conversation;
        Payload from = body;
        byte[] all = bytes();
        while (!over && to != null && from != null && next < messages.size()) {
            Message message = messages.get(next);
            ClientMessage parts = ClientMessage.of(from, all, message);
            boolean passed = message.kind() == Message.Kind.REQUEST ? request(to, parts) : signal(to, message, parts);
            if (!passed) {
                return;
            }
            next++;
        }
        body = null;
        endReservationIfWritten();
        endIfDone();
    }

    /** A server that is idle is not stopped before it has read what it is given. */
    private void endReservationIfWritten() {
        if (unwritten == 0 && next == messages.size()) {
            endReservation();
        }
    }

    private boolean signal(Conversation to, Message message, ClientMessage parts) {
        LineSession of = session;
        boolean cancels = message.cancels() != null;
        // Without a session it is not known whose requests have the id of a cancellation.
        boolean wanted = cancels
                ? of != null && to.cancel(parts.parts(), of)
                : !sessions.policy().shared();
        if (!wanted) {
            return true;
        }
        Line line = parts.toLine(ofSignal);
        // Before the server has it: it may be written at once.
        unwritten++;
        LineServerException failure = null;
        try {
            if (to.signal(line, proceedOnLoop)) {
                signals.add(line);
                return true;
            }
        } catch (LineServerException e) {
            failure = e;
        }
        unwritten--;
        if (failure != null) {
            fail(failure);
        }
        return false;
    }

    private void signalEnded(boolean written) {
        unwritten--;
        endReservationIfWritten();
        if (!written && !over) {
            Conversation to = conversation;
            LineServerException why = to == null ? null : to.failure();
            fail(
                    why == null
                            ? new LineServerException(LineServerException.Problem.STOPPED, "it is being stopped")
                            : why);
        }
        endIfDone();
    }

    /** Answers the request, or ends its answer, if all of it was passed on and all of that is answered. */
    private void endIfDone() {
        if (over || next < messages.size() || unanswered > 0 || unwritten > 0 || stream) {
            return;
        }
        LineResponse open = response;
        if (open == null) {
            sentWhole = true;
            respond(202);
        } else {
            open.end();
        }
    }

    private boolean request(Conversation to, ClientMessage message) {
        LineSession of = session;
        MessageParts parts = message.parts();
        if (String.valueOf(parts.method()).startsWith(NOTIFICATIONS)) {
            // A server that looks at the method alone would take it for one, with an id of another client's request.
            answerHere(
                    new JsonRpcError(parts.id(), MalformedMessageException.INVALID_REQUEST, "a notification has no id")
                            .toBytes());
            return true;
        }
        if (of != null && to.keepsSubscription(parts, of)) {
            of.unsubscribe(String.valueOf(parts.uri()));
            answerHere(
                    ("{\"jsonrpc\":\"2.0\",\"id\":" + parts.id() + ",\"result\":{}}").getBytes(StandardCharsets.UTF_8));
            return true;
        }
        Conversation.Noted noted = of == null ? Conversation.Noted.NOTHING : to.noteSubscription(parts, of);
        if (noted == Conversation.Noted.REFUSED) {
            answerHere(new JsonRpcError(
                            parts.id(),
                            MalformedMessageException.INVALID_REQUEST,
                            "the session has as many subscriptions as it may, or there is no memory for more")
                    .toBytes());
            return true;
        }
        if (noted == Conversation.Noted.ADDED) {
            subscribing = parts.uri();
        }
        try {
            boolean first = calls.isEmpty() && opening == null;
            if (of != null && first) {
                // Before the server has it: what the server asks because of it may come at once.
                of.begin(this, System.nanoTime());
            }
            Conversation.Call call = to.call(message, of, this, ofCall, proceedOnLoop, System.nanoTime());
            if (call != null) {
                calls.add(call);
            } else if (of != null && first) {
                of.end(this, System.nanoTime());
            }
            if (call == null) {
                forgetSubscription();
            }
            return call != null;
        } catch (LineServerException e) {
            forgetSubscription();
            fail(e);
        }
        return true;
    }

    /**
     * Answers one of the requests without the server. The event loop must not wait for the client: that goes on on it.
     */
    private void answerHere(byte[] message) {
        if (flow.enterNow(message.length)) {
            onLoop(() -> received(message, true));
        } else {
            fail(slow());
        }
    }

    private void forgetSubscription() {
        LineSession of = session;
        String uri = subscribing;
        subscribing = null;
        if (of != null && uri != null) {
            of.unsubscribe(uri);
        }
    }

    /** Keeps a server from being stopped as idle until it has the request; false if it is being stopped. */
    private boolean reserve(Conversation of) {
        boolean done = of.reserve(System.nanoTime());
        reserved = done ? of : null;
        return done;
    }

    private void endReservation() {
        Conversation of = reserved;
        reserved = null;
        if (of != null) {
            of.endReservation();
        }
    }

    private byte[] bytes() {
        Payload all = body;
        return all == null ? new byte[0] : all.contiguous();
    }

    private static byte[] slice(byte[] from, Message message) {
        return Arrays.copyOfRange(from, message.start(), message.end());
    }

    private static MessageParts parts(byte[] from, Message message) {
        try {
            return MessageParts.of(slice(from, message));
        } catch (IOException e) {
            throw new IllegalStateException("the envelope was read from the same bytes", e);
        }
    }

    @Override
    public void message(byte[] message, boolean last) {
        Conversation from = conversation;
        boolean own = !sessions.policy().shared() && !stateless;
        if (flow.enter(message.length, from == null ? null : from.server(), own)) {
            onLoop(() -> received(message, last));
        } else {
            onLoop(() -> fail(slow()));
        }
    }

    @Override
    public void failed(LineServerException why) {
        onLoop(() -> {
            if (stream && response != null) {
                endStream();
            } else {
                fail(why);
            }
        });
    }

    private void received(byte[] message, boolean last) {
        if (over) {
            return;
        }
        if (last) {
            unanswered--;
            if (subscribing != null && messages.size() == 1 && StatelessResults.isError(message)) {
                forgetSubscription();
            }
            subscribing = null;
        } else if (opening != null || (!stream && !acceptsEvents)) {
            // The response to initialize brings the session's id in its head: nothing goes before it.
            flow.leave(message.length);
            return;
        }
        byte[] passed = last && translated ? StatelessResults.of(message) : message;
        if (response == null && last && messages.size() == 1) {
            answer(passed, message.length);
        } else {
            if (response == null) {
                beginEvents();
            }
            write(passed, message.length);
            if (last) {
                endIfDone();
            }
        }
    }

    /** The response to the one request: alone, as JSON. */
    private void answer(byte[] message, int counted) {
        LineSession opened = opening;
        String issued = null;
        Conversation to = conversation;
        if (opened != null && to != null) {
            LineServerException why = to.failure();
            if (why != null) {
                // It was ended after it had answered, such as for a start that took too long: nobody can use the
                // session.
                fail(why);
                return;
            }
            opening = null;
            if (StatelessResults.isError(message)) {
                to.stop();
            } else {
                sessions.open(opened, to);
                issued = opened.id();
            }
        }
        respondJson(stateless && StatelessResults.isUnknownMethod(message) ? 404 : 200, message, counted, issued);
    }

    private void respond(int status) {
        LineResponse made = new LineResponse(status, flow::leave);
        made.headers().set("Content-Length", "0");
        made.end();
        tell(made);
    }

    private void respond(int status, int code, String text) {
        respondJson(status, new JsonRpcError(firstId(), code, text).toBytes(), 0, null);
    }

    private @Nullable String firstId() {
        return messages.isEmpty() ? null : messages.get(0).id();
    }

    private void respondJson(int status, byte[] json, int counted, @Nullable String issued) {
        LineResponse made = new LineResponse(status, flow::leave);
        made.headers().set("Content-Type", JSON).set("Content-Length", String.valueOf(json.length));
        if (issued != null) {
            made.headers().set(McpHeaders.SESSION_ID, issued);
        }
        made.write(Buffer.buffer(json), counted);
        made.end();
        tell(made);
    }

    private void beginEvents() {
        LineResponse made = new LineResponse(200, flow::leave);
        made.headers().set("Content-Type", EVENT_STREAM).set("Cache-Control", "no-cache");
        made.headers().set("X-Accel-Buffering", "no");
        tell(made);
    }

    private void write(byte[] message, int counted) {
        LineResponse open = response;
        if (open != null) {
            Buffer event = Buffer.buffer("event: message\ndata: ").appendBytes(withoutReturns(message));
            open.write(event.appendString("\n\n"), counted);
        }
    }

    /** A carriage return between parts of a message would end a line of the event. */
    private static byte[] withoutReturns(byte[] message) {
        byte[] made = message;
        for (int i = 0; i < message.length; i++) {
            if (message[i] == '\r') {
                made = made == message ? message.clone() : made;
                made[i] = ' ';
            }
        }
        return made;
    }

    private void tell(LineResponse made) {
        if (!over && response == null) {
            response = made;
            listener.answered(made);
        }
    }

    private void fail(LineServerException why) {
        if (!over) {
            end();
            abandon(null);
            listener.broken(child == null ? why.ofOneSession() : why, false);
        }
    }

    private void onLoop(Runnable work) {
        loop.run(work);
    }

    @Override
    public void finished() {
        if (!over) {
            end();
        }
    }

    @Override
    public void reset(Runnable gone, @Nullable Runnable workEnded) {
        if (!over) {
            end();
            abandon(workEnded);
        }
        gone.run();
    }

    /** @param workEnded is run on the event loop, later; null if nobody waits for that */
    private void abandon(@Nullable Runnable workEnded) {
        Conversation to = conversation;
        if (to == null) {
            return;
        }
        to.stopWaiting(proceedOnLoop);
        Runnable oneEnded = workEnded == null ? null : new AllEnded(loop, calls.size(), workEnded)::oneEnded;
        calls.forEach(call -> to.abandon(call, oneEnded));
        signals.forEach(to::disown);
    }

    private void end() {
        over = true;
        wait.end();
        endReservation();
        SharedServer starting = child;
        Runnable then = whenReady;
        if (starting != null && then != null) {
            starting.leave(then);
        }
        flow.close();
        body = null;
        Conversation started = conversation;
        if (opening != null && started != null) {
            // Nobody knows the session that was to open.
            started.stop();
        }
        LineSession of = session;
        if (of == null) {
            return;
        }
        long now = System.nanoTime();
        if (stream) {
            of.close(this, now);
            Conversation to = conversation;
            if (child != null && to != null) {
                to.detach(of, now);
            }
        } else {
            of.end(this, now);
        }
    }

    @Override
    public boolean isSentWhole() {
        return sentWhole;
    }

    @Override
    public boolean mayGetSurplus() {
        return false;
    }

    @Override
    public boolean isWaiting() {
        return !begun && response == null;
    }
}
