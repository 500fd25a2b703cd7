package io.weir.gateway.lineupstream;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.config.MemoryPlan;
import io.weir.gateway.jsonrpc.JsonIds;
import io.weir.gateway.jsonrpc.JsonText;
import io.weir.gateway.jsonrpc.MessageParts;
import io.weir.gateway.jsonrpc.ResponseFault;
import io.weir.gateway.line.Line;
import io.weir.gateway.line.LineMemory;
import io.weir.gateway.line.LineServer;
import io.weir.gateway.line.LineServerException;
import io.weir.gateway.mcp.ErrorCodes;
import io.weir.gateway.mcp.McpMethods;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * On the channel to the server every request has an id of this gateway, counted from 1, which is its progress token as
 * well: clients choose the same ids (many begin with 1), and a response must not reach the client that did not ask. No
 * lock is held while a recipient is called.
 */

/**
 * What is said with one server: requests of clients and the responses to them, what the server sends by itself, and
 * where that goes. Thread-safe.
 */
final class Conversation implements LineServer.Listener {
    private static final Logger LOG = LoggerFactory.getLogger("weir.child");

    private static final String LIST_CHANGED = "/list_changed";
    private static final String UPDATED = "notifications/resources/updated";
    private static final String PROGRESS = "notifications/progress";
    private static final String SUBSCRIBE = "resources/subscribe";
    private static final String UNSUBSCRIBE = "resources/unsubscribe";

    /** What every request of the stateless era says. */
    private static final String DISCOVER_PARAMS =
            ",\"params\":{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"" + SharedServer.STATELESS_VERSION
                    + "\",\"io.modelcontextprotocol/clientInfo\":{\"name\":\"weir\",\"version\":\"1\"},"
                    + "\"io.modelcontextprotocol/clientCapabilities\":{}}}";

    /** The longest id of a request of a server that is answered here, in characters. */
    private static final int MAX_ID = 1024;

    /**
     * How many requests that were given up are known; most servers answer none, and their slots are free after a while
     * all the same.
     */
    private static final int MAX_ABANDONED = MemoryPlan.ABANDONED_CALLS;

    private final String upstream;
    private final boolean shared;
    private final LineServer server;
    private final LineMemory memory;
    private final Runnable gone;
    private final long startedAt;

    @GuardedBy("this")
    private final Map<Long, Call> pending = new HashMap<>();

    /** Requests that were given up, and what is run when the server is not at work on them any more: the last ones. */
    @GuardedBy("this")
    private final Map<Long, Runnable> abandoned = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Runnable> eldest) {
            return size() > MAX_ABANDONED;
        }
    };

    @GuardedBy("this")
    private final Set<LineSession> sessions = new LinkedHashSet<>();

    /** Requests, notifications and responses that wait until the server has read more. */
    @GuardedBy("this")
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

    @GuardedBy("this")
    private long lastId;

    @GuardedBy("this")
    private long lastUsed;

    /** Requests that are about to be given to it. */
    @GuardedBy("this")
    private int reservations;

    /** Whether it is being stopped because nothing was under way. */
    @GuardedBy("this")
    private boolean ending;

    @GuardedBy("this")
    private @Nullable LineServerException failed;

    @GuardedBy("this")
    private long failedAt;

    @GuardedBy("this")
    private long strayLines;

    @GuardedBy("this")
    private final HangDetector hangs = new HangDetector();

    /** Whether the server has written a line: before its first one, the time limit of its start holds. */
    private volatile boolean heard;

    /** The method of the request that finds out whether it still answers. */
    private volatile String probe = McpMethods.PING;

    private final Line.Sender ofProbe = new Line.Sender() {
        @Override
        public void ended(boolean written) {
            if (written) {
                noteProbeTaken();
            }
        }
    };

    /** A request of a client that the server has. */
    static final class Call {
        private final long id;
        private final String clientId;
        private final @Nullable String token;
        private final @Nullable LineSession session;
        private final Recipient recipient;

        /** Whether its response may come at any time: it keeps a stream open. */
        private final boolean endless;

        private @Nullable Line line;
        private boolean told;

        private Call(
                long id,
                String clientId,
                @Nullable String token,
                @Nullable LineSession session,
                Recipient recipient,
                boolean endless) {
            this.endless = endless;
            this.id = id;
            this.clientId = clientId;
            this.token = token;
            this.session = session;
            this.recipient = recipient;
        }
    }

    /**
     * A conversation with a server that {@link #start} starts.
     *
     * @param shared whether it serves sessions of several clients
     * @param servers makes the server
     * @param memory for long requests that nobody waits for while the server is taking them
     * @param gone is run when nothing of the server is left
     */
    Conversation(String upstream, LineServers servers, LineMemory memory, boolean shared, long now, Runnable gone) {
        this.upstream = upstream;
        this.memory = memory;
        this.shared = shared;
        this.gone = gone;
        this.startedAt = now;
        this.lastUsed = now;
        this.server = servers.make(this);
    }

    void start() {
        server.start();
    }

    LineServer server() {
        return server;
    }

    /** How old it is, or was when it could not be used any more. */
    synchronized long ageNanos(long now) {
        return (failed == null ? now : failedAt) - startedAt;
    }

    /** For how long it has had neither requests nor sessions; 0 while it has. */
    synchronized long idleNanos(long now) {
        return pending.isEmpty() && sessions.isEmpty() ? now - lastUsed : 0;
    }

    synchronized boolean isQuiet() {
        return pending.isEmpty() && waiting.isEmpty() && reservations == 0;
    }

    /**
     * Announces a request: until {@link #endReservation}, it is not stopped for having none.
     *
     * @return false if it is being stopped, or cannot be used any more
     */
    synchronized boolean reserve(long now) {
        if (failed != null || ending) {
            return false;
        }
        lastUsed = now;
        reservations++;
        return true;
    }

    /** The request was given to it, or will not be. */
    synchronized void endReservation() {
        reservations--;
    }

    /** Stops it if it has had neither requests nor sessions for longer than that; no request gets in between. */
    void stopIfIdle(long now, long nanos) {
        synchronized (this) {
            if (!isQuiet() || idleNanos(now) <= nanos) {
                return;
            }
            ending = true;
        }
        stop();
    }

    /** Stops it if it has no requests; no request gets in between. */
    boolean stopIfQuiet() {
        synchronized (this) {
            if (!isQuiet()) {
                return false;
            }
            ending = true;
        }
        stop();
        return true;
    }

    long stalledNanos(long now) {
        return server.stalledNanos(now);
    }

    synchronized boolean hasFailed() {
        return failed != null;
    }

    /** Why it cannot be used any more; null while it can. */
    synchronized @Nullable LineServerException failure() {
        return failed;
    }

    /** When it could not be used any more, in nanoseconds of the monotonic clock. */
    synchronized long failedAt() {
        return failedAt;
    }

    synchronized void attach(LineSession session) {
        sessions.add(session);
    }

    /** A session has ended: what it alone has subscribed to, the server need not tell any more. */
    void detach(LineSession session, long now) {
        List<String> last = new ArrayList<>();
        synchronized (this) {
            if (!sessions.remove(session)) {
                return;
            }
            lastUsed = now;
            for (String uri : session.subscriptions()) {
                if (sessions.stream().noneMatch(each -> each.isSubscribed(uri))) {
                    last.add(uri);
                }
            }
        }
        if (shared) {
            last.forEach(uri -> send("{\"jsonrpc\":\"2.0\",\"id\":" + nextId() + ",\"method\":\"" + UNSUBSCRIBE
                    + "\",\"params\":{\"uri\":" + JsonText.quoted(uri) + "}}"));
        }
    }

    private synchronized long nextId() {
        return ++lastId;
    }

    /**
     * Gives the server a request.
     *
     * @param session that it belongs to, if there is one
     * @param recipient of its response, and of what comes before that for it
     * @param sender is told what becomes of it
     * @param later is run when the server can take more, if it cannot now
     * @return null if the server cannot take it now
     * @throws LineServerException if it can take nothing any more
     */
    @Nullable
    Call call(
            ClientMessage request,
            @Nullable LineSession session,
            Recipient recipient,
            Line.Sender sender,
            Runnable later,
            long now)
            throws LineServerException {
        synchronized (this) {
            if (failed != null) {
                throw failed;
            }
            long queued = server.queuedBytes();
            if (queued >= server.maxQueuedBytes() || (queued > 0 && !waiting.isEmpty())) {
                // Others wait until the server has read all: who comes later does not go before them.
                waiting.addLast(later);
                return null;
            }
            lastUsed = now;
            MessageParts parts = request.parts();
            Call call = new Call(
                    ++lastId,
                    String.valueOf(parts.id()),
                    parts.metaProgressToken(),
                    session,
                    recipient,
                    McpMethods.SUBSCRIPTIONS_LISTEN.equals(parts.method()));
            String id = String.valueOf(call.id);
            parts.withId(id).withMetaProgressToken(id);
            Line sent = request.toLine(sender);
            call.line = sent;
            pending.put(call.id, call);
            if (!server.send(sent)) {
                pending.remove(call.id);
                throw new LineServerException(LineServerException.Problem.STOPPED, "it is being stopped");
            }
            if (!call.endless) {
                hangs.requested(now);
            }
            return call;
        }
    }

    /**
     * Notes what the sessions of a shared server are subscribed to. Before the server has answered: it may tell of
     * changes before.
     *
     * @return {@link Noted#ADDED} if that is to be undone should the server not take the request, or answer it with an
     *     error
     */
    Noted noteSubscription(MessageParts request, LineSession session) {
        String uri = request.uri();
        if (shared && uri != null && SUBSCRIBE.equals(request.method()) && !session.isSubscribed(uri)) {
            return session.subscribe(uri) ? Noted.ADDED : Noted.REFUSED;
        }
        if (shared && uri != null && UNSUBSCRIBE.equals(request.method())) {
            session.unsubscribe(uri);
        }
        return Noted.NOTHING;
    }

    /** What a request changes in the subscriptions of its session. */
    enum Noted {
        NOTHING,
        ADDED,
        /** The session, or all together, have as many as they may. */
        REFUSED
    }

    /** Whether that request is to stay here: others of the server's sessions still want what it would end. */
    synchronized boolean keepsSubscription(MessageParts request, LineSession session) {
        String uri = request.uri();
        return shared
                && UNSUBSCRIBE.equals(request.method())
                && sessions.stream().anyMatch(each -> each != session && each.isSubscribed(uri));
    }

    /** Waits no longer for the server to take more. */
    synchronized void stopWaiting(Runnable later) {
        waiting.remove(later);
    }

    /**
     * Gives the server a notification, or a client's response: before requests that wait.
     *
     * @param later is run when the server can take more, if it cannot now
     * @return false if it cannot take it now
     * @throws LineServerException if it can take nothing any more
     */
    synchronized boolean signal(Line line, Runnable later) throws LineServerException {
        if (failed != null) {
            throw failed;
        }
        if (isFull()) {
            waiting.addLast(later);
            return false;
        }
        if (!server.send(line)) {
            throw new LineServerException(LineServerException.Problem.STOPPED, "it is being stopped");
        }
        return true;
    }

    private boolean isFull() {
        return server.queuedBytes() >= 2L * server.maxQueuedBytes();
    }

    /** Gives the server a message of the gateway's own, if it takes any. */
    void send(String line) {
        if (!isFull()) {
            var unused = server.send(Line.of(line.getBytes(StandardCharsets.UTF_8)));
        }
    }

    /**
     * Nobody waits any longer until the server has a notification, or a client's response; it gets it all the same if
     * there is memory for it.
     */
    void disown(Line line) {
        if (!line.moveTo(memory) && !takeBack(line)) {
            killUnread();
        }
    }

    /** Takes a line back; false if it may have been written. */
    private boolean takeBack(Line line) {
        if (!server.takeBack(line)) {
            return false;
        }
        line.end(false);
        // The server may have been through with all others before.
        if (server.queuedBytes() < server.maxQueuedBytes()) {
            drained();
        }
        return true;
    }

    /** Nobody counts a line any more, whether the server has it or is taking it. */
    private void keepCounted(Line line) {
        if (!line.moveTo(memory)) {
            killUnread();
        }
    }

    private void killUnread() {
        server.kill(new LineServerException(
                LineServerException.Problem.UNREAD,
                "the budget of long lines is used up by servers that read too slowly"));
    }

    /**
     * Has the server told that a client has cancelled a request.
     *
     * @return whether the notification is to be sent, with what was put in place there; not of a request that is not
     *     there any more
     */
    boolean cancel(MessageParts notification, LineSession session) {
        String clientId = notification.requestId();
        Call found = null;
        synchronized (this) {
            for (Call each : pending.values()) {
                if (each.session == session && clientId != null && JsonIds.same(each.clientId, clientId)) {
                    found = each;
                }
            }
            if (found != null && !isFull()) {
                // Else it waits, and is looked for again.
                found.told = true;
            }
        }
        if (found != null) {
            notification.withRequestId(String.valueOf(found.id));
        }
        return found != null;
    }

    /**
     * Nobody waits for a request any more: the server is told, unless it never gets the request.
     *
     * @param workEnded is run on any thread, once at the most, when the server is not at work on it any more: it has
     *     answered all the same, has failed, or never gets it. Null if nobody waits for that
     */
    void abandon(Call call, @Nullable Runnable workEnded) {
        boolean open;
        boolean tell;
        synchronized (this) {
            open = pending.remove(call.id) != null;
            tell = open && !call.told;
            if (open && workEnded != null) {
                abandoned.put(call.id, workEnded);
            }
        }
        if (!open && workEnded != null) {
            workEnded.run();
        }
        Line line = call.line;
        if (line == null) {
            return;
        }
        if (takeBack(line)) {
            noteWorkEnded(call.id);
            return;
        }
        keepCounted(line);
        if (tell) {
            send("{\"jsonrpc\":\"2.0\",\"method\":\"" + McpMethods.CANCELLED + "\",\"params\":{\"requestId\":" + call.id
                    + ",\"reason\":\"the client does not wait any longer\"}}");
        }
    }

    /** The server is not at work on what was given up any more; nothing if nobody waits for that. */
    private void noteWorkEnded(long id) {
        Runnable then;
        synchronized (this) {
            then = abandoned.remove(id);
        }
        if (then != null) {
            then.run();
        }
    }

    /** The server knows no sessions, and so no {@code ping}: it is asked what it is instead. */
    void probeStateless() {
        probe = McpMethods.DISCOVER;
    }

    /** The method of the request that finds out whether it still answers. */
    String probe() {
        return probe;
    }

    /**
     * Whether the server has hung ({@link HangDetector}). Sends it a probe when that is due; to be called several times
     * a second.
     *
     * @param silence how long it may write nothing while it owes a response
     * @param patience how long it may take to answer the probe
     */
    boolean hasHung(long now, long silence, long patience) {
        long id;
        synchronized (this) {
            if (!heard || failed != null || ending) {
                return false;
            }
            HangDetector.Step step = hangs.check(now, server.silentNanos(now), owesResponse(), silence, patience);
            if (step != HangDetector.Step.PROBE || isFull()) {
                // One that does not take the probe either does not read, which has a time limit of its own.
                return step == HangDetector.Step.END;
            }
            hangs.probed();
            id = ++lastId;
        }
        String params = probe.equals(McpMethods.DISCOVER) ? DISCOVER_PARAMS : "";
        String text = "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"" + probe + "\"" + params + "}";
        var unused = server.send(new Line(List.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))), ofProbe));
        return false;
    }

    private synchronized void noteProbeTaken() {
        hangs.probeTaken(System.nanoTime());
    }

    @GuardedBy("this")
    private boolean owesResponse() {
        return pending.values().stream().anyMatch(call -> !call.endless);
    }

    /** Ends the server, step by step. */
    void stop() {
        server.stop();
    }

    /** Ends the server at once. */
    void kill(LineServerException why) {
        server.kill(why);
    }

    @Override
    public void line(byte[] line) {
        heard = true;
        if (line.length == 0) {
            return;
        }
        try {
            received(MessageParts.of(line), line);
        } catch (IOException e) {
            stray("a line that is no JSON-RPC message");
        }
    }

    private void received(MessageParts message, byte[] line) {
        String method = message.method();
        if (method == null) {
            response(message);
        } else if (message.id() != null) {
            request(message, method, line);
        } else if (method.equals(PROGRESS)) {
            progress(message);
        } else {
            notification(message, method, line);
        }
    }

    private static @Nullable Long number(@Nullable String id) {
        try {
            return id == null ? null : Long.valueOf(id);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private void response(MessageParts message) {
        Long id = number(message.id());
        Call call;
        synchronized (this) {
            call = id == null ? null : pending.remove(id);
        }
        if (call == null) {
            if (id == null || id > lastId()) {
                stray("a response to no request");
            } else {
                noteWorkEnded(id);
            }
            return;
        }
        Line line = call.line;
        if (line != null) {
            // It may be answered before it is read to its end.
            keepCounted(line);
        }
        ResponseFault fault = message.fault();
        if (fault == null) {
            call.recipient.message(message.withId(call.clientId).toLine(), true);
        } else {
            call.recipient.failed(new LineServerException(
                    fault == ResponseFault.BOTH
                            ? LineServerException.Problem.BOTH
                            : LineServerException.Problem.NEITHER,
                    "the request ends with an error"));
        }
    }

    private synchronized long lastId() {
        return lastId;
    }

    private void progress(MessageParts message) {
        Long id = number(message.progressToken());
        Call call;
        synchronized (this) {
            call = id == null ? null : pending.get(id);
        }
        String token = call == null ? null : call.token;
        if (call != null && token != null) {
            call.recipient.message(message.withProgressToken(token).toLine(), false);
        }
    }

    /**
     * A server may ask whether it is still heard. What else it asks is for its one client; if it has several, for none.
     */
    private void request(MessageParts message, String method, byte[] line) {
        String id = String.valueOf(message.id());
        LineSession session = only();
        if (id.length() > MAX_ID) {
            stray("a request with an id of more than " + MAX_ID + " characters");
        } else if (method.equals(McpMethods.PING)) {
            send("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{}}");
        } else if (shared || session == null) {
            refuse(id, "the clients of a shared server take no requests of it");
        } else {
            session.deliver(line).forEach(this::refuseThrown);
        }
    }

    private void refuse(String id, String why) {
        send("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"error\":{\"code\":" + ErrorCodes.METHOD_NOT_FOUND
                + ",\"message\":\"" + why + "\"}}");
    }

    /** Who waits for the answer to a message that nobody fetched is told so. */
    private void refuseThrown(byte[] message) {
        try {
            MessageParts parts = MessageParts.of(message);
            String id = parts.id();
            if (id != null && parts.method() != null) {
                refuse(id, "the client did not fetch the request");
            }
        } catch (IOException e) {
            throw new IllegalStateException("it was read before", e);
        }
    }

    private synchronized @Nullable LineSession only() {
        return sessions.size() == 1 ? sessions.iterator().next() : null;
    }

    /**
     * With one session all is for that. Of a shared server, changes of lists go to all streams, updates of a resource
     * to who has subscribed, and what else may be about one client's request to nobody.
     */
    private void notification(MessageParts message, String method, byte[] line) {
        LineSession session = only();
        if (!shared) {
            if (session != null) {
                session.deliver(line).forEach(this::refuseThrown);
            }
            return;
        }
        List<LineSession> all;
        synchronized (this) {
            all = List.copyOf(sessions);
        }
        for (LineSession each : all) {
            if (method.endsWith(LIST_CHANGED) || (method.equals(UPDATED) && each.isSubscribed(message.uri()))) {
                each.deliverToStream(line);
            }
        }
    }

    private void stray(String what) {
        long count;
        synchronized (this) {
            count = ++strayLines;
        }
        if (Long.bitCount(count) == 1) {
            LOG.warn("{} of '{}' wrote {} ({} so far)", server.label(), upstream, what, count);
        }
    }

    @Override
    public void drained() {
        List<Runnable> next;
        synchronized (this) {
            if (waiting.isEmpty()) {
                return;
            }
            next = new ArrayList<>(waiting);
            waiting.clear();
        }
        next.forEach(Runnable::run);
    }

    @Override
    public void failed(LineServerException why) {
        List<Call> calls;
        List<Runnable> givenUp;
        List<LineSession> all;
        List<Runnable> next;
        synchronized (this) {
            failed = why;
            failedAt = System.nanoTime();
            calls = new ArrayList<>(pending.values());
            pending.clear();
            givenUp = List.copyOf(abandoned.values());
            abandoned.clear();
            all = List.copyOf(sessions);
            sessions.clear();
            next = new ArrayList<>(waiting);
            waiting.clear();
        }
        calls.forEach(each -> each.recipient.failed(why));
        givenUp.forEach(Runnable::run);
        all.forEach(each -> each.closeAll().forEach(stream -> stream.failed(why)));
        next.forEach(Runnable::run);
    }

    @Override
    public void gone() {
        gone.run();
    }
}
