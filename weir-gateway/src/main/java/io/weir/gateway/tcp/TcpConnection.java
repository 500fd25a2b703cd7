package io.weir.gateway.tcp;

import io.netty.channel.Channel;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import io.weir.config.EdgeConfig;
import io.weir.config.MemoryPlan;
import io.weir.core.Reason;
import io.weir.core.Rejection;
import io.weir.core.Scope;
import io.weir.gateway.admission.InboundRequest;
import io.weir.gateway.auth.ApiKeys;
import io.weir.gateway.auth.TokenVerdict;
import io.weir.gateway.auth.Tokens;
import io.weir.gateway.edge.ConnectionCaps;
import io.weir.gateway.edge.Identification;
import io.weir.gateway.http.ConnectionReset;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.http.WriteProgress;
import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.jsonrpc.JsonRpcError;
import io.weir.gateway.jsonrpc.MalformedMessageException;
import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.mcp.EdgeCap;
import io.weir.gateway.mcp.McpMethods;
import io.weir.gateway.mcp.ProtocolVersion;
import io.weir.gateway.proxy.GetStreamHandler;
import io.weir.gateway.proxy.RequestRecord;
import io.weir.gateway.proxy.RequestRecords;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Origin;
import io.weir.gateway.session.Payload;
import io.weir.gateway.session.Session;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/*
 * Lines are handled one after the other: the next is read when it is decided what becomes of the one before, and behind
 * an initialize or notifications/initialized when the server has answered it, so that the server sees them in their
 * order. What the client does not read stops its own lines from being read.
 *
 * A line that does not fit the client's limits (backpressure_action: pause) is not decided on until they are drained.
 * Nothing is read until then: what the kernel's buffers do not take stays with the client. The bytes that were read
 * behind that line are budgeted for that time.
 */

/** A client that speaks JSON-RPC over TCP. Confined to its event loop. */
final class TcpConnection implements TcpMessage.Owner {
    /** For how long a client that says no more is answered: one that is gone looks the same. */
    private static final String AUTHENTICATED = "who the client is was settled when it connected: "
            + Authentication.METHOD + " is the first line, and only where keys or tokens are configured";

    private static final long END_OF_INPUT_NANOS = TimeUnit.SECONDS.toNanos(10);

    /**
     * What may be read at once when the client closes its side, whether it is read from or not: what the kernel has
     * taken, since the end can be seen behind it alone.
     */
    private static final long MAX_BEHIND_END = 2L * MemoryPlan.SOCKET_BUFFER;

    /** The part of the budget for what is received that paused clients leave to others. */
    private static final int PART_FOR_OTHERS = 8;

    /**
     * After which a stream is opened again that has ended: what a client over HTTP would do. Twice as long after each
     * that did not begin.
     */
    private static final long REOPEN_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final long MAX_REOPEN_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final TcpLoop loop;
    private final ConnectionCaps.Place place;
    private final NetSocket socket;
    private final Channel channel;
    private Origin origin;
    private String address;
    private final LineSplitter lines;
    private @Nullable Client client;
    private @Nullable String protocolVersion;
    private @Nullable Session session;
    private @Nullable GetStreamHandler stream;

    /** Whether a stream is to be opened again, and when; after how long that is. */
    private boolean reopens;

    private long reopenAt;
    private long reopenNanos = REOPEN_NANOS;

    /** Null unless the client is to be told how full its limits are, and is ready for that. */
    private @Nullable PressureSender pressure;

    /** What is under way; null if nothing is. */
    private @Nullable Set<TcpMessage> messages;

    /** What goes on when the client has read what it was sent. */
    private @Nullable ArrayDeque<Runnable> drained;

    /** One object, since it is looked for where it waits. */
    private final Runnable proceed = this::proceed;

    /** The line that is held until the client's limits are drained. */
    private @Nullable TcpMessage paused;

    /** What was read behind that line, in bytes of the budget for what is received. */
    private long pausedBytes;

    private boolean ready;
    private boolean busy;
    private boolean proceeding;
    private boolean reading;

    /** Whether a buffer was asked for that has not come. */
    private boolean requested;

    private boolean inputEnded;

    /** How many bytes have been given to this, and how many there are up to the end of the input. */
    private long bytesReceived;

    private long bytesToEnd;
    private long inputEndedAt;
    private boolean closing;
    private boolean gone;
    private boolean unwritable;
    private long unwritableSince;
    private final WriteProgress progress = new WriteProgress();

    private final long opened;

    /**
     * Whether the client is known by a token, and when that expires: the connection ends by then as if it was too old.
     */
    private boolean provenByToken;

    private long validUntil;

    /** When it was opened, or its client became known. */
    private long knownSince;

    /** Whether something came or went since the last sweep, which reads the clock for that. */
    private boolean used;

    private long lastUsed;

    /** Whether the last sweep has seen the line that is not whole. */
    private boolean lineSeen;

    private long lineSince;

    TcpConnection(
            TcpLoop loop,
            ConnectionCaps.Place place,
            NetSocket socket,
            Channel channel,
            String address,
            Origin origin,
            long now) {
        this.loop = loop;
        this.place = place;
        this.socket = socket;
        this.channel = channel;
        this.address = address;
        this.origin = origin;
        this.lines = new LineSplitter(
                loop.proxy().bodies(), loop.proxy().config().edge().maxBodyBytes());
        this.opened = now;
        this.knownSince = now;
        this.lastUsed = now;
    }

    /** The proxy at the other end has opened this connection for a client with that address. Before it is ready. */
    void proxied(InetAddress client, Origin from) {
        address = client.getHostAddress();
        origin = from;
    }

    /** The address at the other end, or the one that a PROXY header names. */
    String address() {
        return address;
    }

    /** Where its messages come from. */
    Origin origin() {
        return origin;
    }

    /**
     * Begins to read.
     *
     * @param tenant whose connection it is; nothing if its first line has to say that
     */
    void ready(Optional<String> tenant) {
        if (gone || closing) {
            return;
        }
        ready = true;
        used = true;
        if (tenant.isPresent() && !authenticated("null", tenant.get())) {
            return;
        }
        socket.pause();
        socket.handler(this::received);
        reading = true;
        read(true);
    }

    /** The certificate of the client names no tenant. */
    void refuseCertificate() {
        noteUnauthorized(Identification.CERTIFICATE);
        writeError("null", "the common name of the certificate is no name of a tenant: " + ApiKeys.TENANT_RULE);
        close();
    }

    /** It is known whose connection it is; false if that tenant has too many: then it is closed. */
    private boolean authenticated(String id, String tenant) {
        client = Client.ofAddress(tenant, origin.address(), String.valueOf(origin.connection()));
        if (!place.enterTenant(tenant)) {
            EdgeConfig edge = loop.proxy().config().edge();
            int code = loop.proxy().config().refusal().code();
            String why = "Overloaded: tenant has " + edge.maxConnectionsPerTenant() + " of "
                    + edge.maxConnectionsPerTenant() + " connections open (" + EdgeCap.PER_TENANT.key("connections")
                    + "); close one first";
            note(record -> record.rejected("connections", code));
            write(new JsonRpcError(id.equals("null") ? null : id, code, why).toBytes());
            close();
            return false;
        }
        knownSince = System.nanoTime();
        return true;
    }

    private void received(Buffer bytes) {
        used = true;
        requested = false;
        bytesReceived += bytes.length();
        lines.give(bytes);
        proceed();
    }

    /** Handles lines for as long as there are any and nothing has to be waited for. */
    private void proceed() {
        if (proceeding) {
            return;
        }
        proceeding = true;
        try {
            do {
                handleLines();
            } while (lines.hasRest() && !busy && !closing && !gone && !isFull());
        } finally {
            proceeding = false;
        }
    }

    private void handleLines() {
        while (!busy && !closing && !gone && !isFull()) {
            switch (lines.next()) {
                case LINE -> {
                    lineSeen = false;
                    line(lines.take());
                }
                case EMPTY -> lineSeen = false;
                case MORE -> {
                    read(true);
                    if (inputEnded) {
                        loop.context().later(1, this::endInput);
                    }
                    return;
                }
                case TOO_LONG -> {
                    note(record -> record.rejected("too_large", MalformedMessageException.INVALID_REQUEST));
                    lineSeen &= lines.isInLine();
                    loop.proxy().counters().malformedRequests.increment();
                    writeError(
                            "null",
                            "the message is longer than "
                                    + loop.proxy().config().edge().maxBodyBytes()
                                    + " bytes; the operator can raise edge.max_body_bytes");
                }
                case NO_MEMORY -> {
                    note(record -> record.rejected("bodies_over_budget", MalformedMessageException.INVALID_REQUEST));
                    lineSeen &= lines.isInLine();
                    loop.proxy().counters().bodiesOverBudget.increment();
                    writeError("null", "too many messages are being received; retry in 1000 ms");
                }
            }
        }
        if (gone) {
            return;
        }
        read(false);
        if (isFull()) {
            whenDrained(proceed);
        }
    }

    private void read(boolean more) {
        if (!ready) {
            return;
        }
        if (more != reading) {
            reading = more;
            // Vert.x alone would read eight times more before it leaves the socket alone.
            channel.config().setAutoRead(more);
        }
        if (more && !requested) {
            // One buffer at a time: Vert.x gives all that it has at once, and there is place for one.
            requested = true;
            socket.fetch(1);
        }
    }

    private void line(Payload bytes) {
        if (isBlank(bytes)) {
            lines.release();
            return;
        }
        if (bytes.length() < loop.proxy().config().edge().scanOffLoopBytes()) {
            try {
                read(loop.proxy().reader().read(bytes.contiguous()), bytes);
            } catch (MalformedMessageException e) {
                malformed(e);
            }
            return;
        }
        busy = true;
        loop.context()
                .offLoop(() -> loop.proxy().reader().read(bytes.contiguous()))
                .onSuccess(envelope -> {
                    busy = false;
                    if (!gone) {
                        read(envelope, bytes);
                        proceed();
                    }
                })
                .onFailure(failure -> {
                    busy = false;
                    if (failure instanceof MalformedMessageException e) {
                        malformed(e);
                    } else {
                        lines.release();
                        close();
                    }
                    proceed();
                });
    }

    /** Records a line of which nothing is handled. */
    private void note(Consumer<RequestRecord> rejected) {
        RequestRecord record = RequestRecords.tcp(loop.proxy().records(), address);
        if (record == null) {
            return;
        }
        if (client != null) {
            record.identified(client, loop.upstream().config().name());
        }
        rejected.accept(record);
        record.responded(0, 0, false);
    }

    private static boolean isBlank(Payload bytes) {
        return bytes.length() == 1 && bytes.contiguous()[0] == '\r';
    }

    private void malformed(MalformedMessageException e) {
        lines.release();
        if (client == null) {
            refuseUnknown("null", Identification.NO_CREDENTIALS, firstLine());
            return;
        }
        note(record -> record.rejected("malformed", e.code()));
        loop.proxy().counters().malformedRequests.increment();
        write(JsonRpcError.of(e).toBytes());
    }

    private void read(Envelope envelope, Payload bytes) {
        Client known = client;
        Message first = envelope.messages().get(0);
        if (known == null) {
            lines.release();
            authenticate(envelope, bytes);
            return;
        }
        if (envelope.messages().stream().anyMatch(each -> Authentication.METHOD.equals(each.method()))) {
            // It holds a credential, which no server is to see.
            lines.release();
            note(record -> record.rejected("malformed", MalformedMessageException.INVALID_REQUEST));
            loop.proxy().counters().malformedRequests.increment();
            answerAll(envelope, MalformedMessageException.INVALID_REQUEST, AUTHENTICATED);
            return;
        }
        if (envelope.expectsResponse() && isAgedOut(System.nanoTime())) {
            refuseForAge(envelope, bytes, known);
            return;
        }
        if (McpMethods.INITIALIZE.equals(first.method()) && session != null) {
            lines.release();
            loop.proxy().counters().malformedRequests.increment();
            note(record -> record.rejected("malformed", MalformedMessageException.INVALID_REQUEST));
            writeError(String.valueOf(first.id()), "this connection has a session already; open another connection");
            return;
        }
        if (session == null && !loop.proxy().admission().knows(known, System.nanoTime())) {
            lines.release();
            loop.proxy().counters().clientsRefused.increment();
            note(record -> record.rejected(
                    "clients_refused", loop.proxy().config().refusal().code()));
            refuse(envelope, "too many clients are active; retry in 1000 ms");
            return;
        }
        handle(envelope, bytes, session == null ? known : session.client());
    }

    /**
     * A request that comes on a connection that is too old is refused, so that the connection can be closed when
     * nothing is pending.
     */
    private void refuseForAge(Envelope envelope, Payload bytes, Client known) {
        Rejection rejection = new Rejection(
                Reason.CONNECTION_AGE, Scope.CONNECTION, System.nanoTime() - opened, connectionEnd() - opened, 0);
        InboundRequest refused = new InboundRequest(
                loop.upstream().config().name(),
                known,
                session,
                session == null,
                envelope,
                bytes,
                Long.MAX_VALUE,
                false);
        byte[] error = loop.proxy().admission().reject(refused, rejection);
        lines.release();
        loop.proxy().counters().requestsAgedOut.increment();
        note(record ->
                record.rejected(rejection, loop.proxy().config().refusal().code()));
        write(error);
    }

    private void handle(Envelope envelope, Payload bytes, Client as) {
        Message first = envelope.messages().get(0);
        MultiMap headers = ofClient(
                session == null
                        ? RequestHeaders.ofMessage(first, bytes, protocolVersion)
                        : RequestHeaders.ofSession(session.id(), protocolVersion));
        if (tellsPressure()
                && ProtocolVersion.ofHeader(headers.get(HeaderNames.PROTOCOL_VERSION))
                        .isStateless()) {
            pressure = new PressureSender(loop, this, as);
        }
        boolean inOrder = McpMethods.INITIALIZE.equals(first.method()) || McpMethods.INITIALIZED.equals(first.method());
        TcpMessage message = new TcpMessage(
                loop, this, envelope, inOrder, RequestRecords.tcp(loop.proxy().records(), address));
        messages().add(message);
        busy = true;
        message.handle(headers, as, origin, session, bytes);
    }

    /** Says whose request it is, as over HTTP. */
    private MultiMap ofClient(MultiMap headers) {
        Client known = client;
        if (known != null) {
            loop.proxy().config().tenantHeader().ifPresent(header -> headers.set(header, known.tenant()));
        }
        return headers.set(HeaderNames.X_FORWARDED_FOR, address);
    }

    private void authenticate(Envelope envelope, Payload bytes) {
        Message first = envelope.messages().get(0);
        String id = String.valueOf(first.id());
        Authentication.Presented presented = Authentication.presented(envelope, bytes);
        String key = presented == null ? null : presented.key();
        String token = presented == null ? null : presented.token();
        Tokens tokens = identification().tokens().orElse(null);
        Optional<String> tenant =
                key == null ? Optional.empty() : identification().keys().flatMap(keys -> keys.tenantOf(key));
        if (key != null && token != null) {
            refuseUnknown(id, "it sends a key and a token", "present a key or a token, not both");
        } else if (tenant.isPresent()) {
            if (authenticated(id, tenant.get())) {
                write(Authentication.result(id));
            }
        } else if (token != null && tokens != null) {
            verify(id, token, tokens);
        } else {
            refuseUnknown(id, unknown(key != null, token != null), firstLine());
        }
    }

    private String unknown(boolean key, boolean token) {
        if (key) {
            return identification().keys().isPresent() ? Identification.UNKNOWN_KEY : Identification.KEY_FOR_TOKEN;
        }
        return token ? "it sends a token, and API keys alone are accepted" : Identification.NO_CREDENTIALS;
    }

    private Identification identification() {
        return loop.services().identification();
    }

    private String firstLine() {
        String key = Authentication.EXAMPLE + " with a valid API key";
        String token = Authentication.TOKEN_EXAMPLE + " with a valid access token";
        String what = identification().tokens().isEmpty()
                ? key
                : identification().keys().isEmpty() ? token : key + ", or " + token;
        return "the first line must be " + what;
    }

    private void noteUnauthorized(String reason) {
        loop.proxy().counters().unauthorized.increment();
        loop.services().credentials().refused("TCP", reason, address, System.nanoTime());
    }

    private void refuseUnknown(String id, String reason, String why) {
        noteUnauthorized(reason);
        note(record -> record.rejected("unauthorized", MalformedMessageException.INVALID_REQUEST));
        writeError(id, why);
        close();
    }

    /** Nothing else is handled until the token is verified. */
    private void verify(String id, String token, Tokens tokens) {
        TokenVerdict known = tokens.known(token);
        if (known != null) {
            verified(id, known);
            return;
        }
        if (identification().mayVerify(origin.address(), System.nanoTime()) > 0) {
            refuseUnknown(id, Identification.TOO_MANY_TOKENS, Identification.TOO_MANY_TOKENS + "; retry in 1000 ms");
            return;
        }
        busy = true;
        var unused = tokens.verify(token)
                .thenAccept(verdict -> loop.context().run(() -> {
                    if (!gone && !closing) {
                        verified(id, verdict);
                        goOn();
                    }
                }));
    }

    private void verified(String id, TokenVerdict verdict) {
        if (verdict.kind() != TokenVerdict.Kind.ACCEPTED) {
            refuseUnknown(id, verdict.problem(), verdict.problem());
            return;
        }
        validUntil = TokenVerdict.nanoTimeAt(verdict.validUntilMillis());
        provenByToken = true;
        if (authenticated(id, verdict.tenant())) {
            write(Authentication.result(id));
        }
    }

    /**
     * It is decided what becomes of a message: the next line can be handled, unless the server is to see this one
     * before.
     */
    @Override
    public void decided(TcpMessage message) {
        lines.release();
        if (message.equals(paused)) {
            endPause();
        }
        if (message.isInOrder()) {
            return;
        }
        if (proceeding) {
            goOn();
        } else {
            // It is carried out first: the server is to see it before the next.
            loop.context().run(this::goOn);
        }
    }

    @Override
    public boolean pause(TcpMessage message) {
        if (!budgetPaused(lines.restBytes() + (inputEnded ? MAX_BEHIND_END : 0))) {
            return false;
        }
        paused = message;
        read(false);
        return true;
    }

    /** Takes memory for what is read behind the line that is held, and leaves enough for the lines of others. */
    private boolean budgetPaused(long bytes) {
        if (!loop.proxy().bodies().takeLeaving(PART_FOR_OTHERS, bytes, bytes)) {
            return false;
        }
        pausedBytes += bytes;
        return true;
    }

    private void endPause() {
        paused = null;
        loop.proxy().bodies().giveBack(pausedBytes);
        pausedBytes = 0;
        // The lines that wait behind it are handled first: the client is owed the answers to them.
        inputEndedAt = System.nanoTime();
    }

    private void goOn() {
        busy = false;
        proceed();
    }

    /** A message has got all of its answer, or needs none. */
    @Override
    public void ended(TcpMessage message) {
        used = true;
        Set<TcpMessage> known = messages;
        if (known != null && known.remove(message)) {
            if (known.isEmpty()) {
                // An idle connection is to hold nothing.
                messages = null;
            }
            if (message.isInOrder()) {
                goOn();
            }
        }
        if (loop.context().isDraining() || closing) {
            closeIfIdle();
        }
    }

    /** The server has issued a session. */
    @Override
    public void opened(String id) {
        session = loop.proxy()
                .sessions()
                .find(loop.upstream().config().name(), id)
                .orElse(null);
        if (session == null) {
            close();
        }
    }

    /** The server says which version of the protocol it speaks. */
    @Override
    public void negotiated(@Nullable String version) {
        protocolVersion = version;
    }

    /** Whether the client is to be told of the pressure on its limits as soon as it is ready for that. */
    private boolean tellsPressure() {
        return pressure == null
                && !closing
                && !gone
                && loop.proxy().config().edge().notifyBackpressure();
    }

    /** The client is ready for what it gets without having asked. */
    @Override
    public void initialized() {
        Session of = session;
        Client known = of == null ? client : of.client();
        if (known != null && tellsPressure()) {
            pressure = new PressureSender(loop, this, known);
        }
        if (of == null || stream != null || closing || gone || loop.context().isDraining()) {
            return;
        }
        GetStreamHandler made = new GetStreamHandler(
                loop.context(),
                ofClient(RequestHeaders.ofStream(of.id(), protocolVersion)),
                new SessionStream(loop, this, this::streamEnded),
                loop.upstream(),
                of.client(),
                of,
                null);
        stream = made;
        made.begin();
    }

    /** A server is asked for another stream, unless it has none: a client over HTTP would do so. */
    private void streamEnded(SessionStream.End end) {
        if (end == SessionStream.End.UNSUPPORTED) {
            return;
        }
        stream = null;
        reopens = true;
        reopenNanos = end == SessionStream.End.BEGUN ? REOPEN_NANOS : reopenNanos;
        reopenAt = System.nanoTime() + reopenNanos;
        reopenNanos = Math.min(MAX_REOPEN_NANOS, 2 * reopenNanos);
    }

    private void reopenStream(long now) {
        if (reopens && now - reopenAt >= 0) {
            reopens = false;
            initialized();
        }
    }

    /** The session is none any more at the server: nothing can be asked here. */
    @Override
    public void sessionLost() {
        closing = true;
        closeIfIdle();
    }

    private Set<TcpMessage> messages() {
        Set<TcpMessage> known = messages;
        if (known == null) {
            known = new LinkedHashSet<>();
            messages = known;
        }
        return known;
    }

    private void refuse(Envelope envelope, String why) {
        answerAll(envelope, loop.proxy().config().refusal().code(), why);
    }

    private void answerAll(Envelope envelope, int code, String why) {
        for (Message each : envelope.messages()) {
            if (each.kind() == Message.Kind.REQUEST) {
                write(new JsonRpcError(each.id(), code, why).toBytes());
            }
        }
    }

    private void writeError(String id, String message) {
        write(new JsonRpcError(id.equals("null") ? null : id, MalformedMessageException.INVALID_REQUEST, message)
                .toBytes());
    }

    @Override
    public void write(byte[] message) {
        if (!gone) {
            used = true;
            var unused = socket.write(
                    Buffer.buffer(message.length + 1).appendBytes(message).appendByte((byte) '\n'));
        }
    }

    @Override
    public void write(AnswerText message) {
        if (gone) {
            message.release();
            return;
        }
        used = true;
        Buffer line = message.line();
        long held = message.handOver();
        var unused = socket.write(line)
                .onComplete(written -> loop.services().answers().giveBack(held));
    }

    @Override
    public boolean isFull() {
        return socket.writeQueueFull();
    }

    /** Runs that once, when the client has read enough of what it was sent. */
    @Override
    public void whenDrained(Runnable then) {
        ArrayDeque<Runnable> waiting = drained;
        if (waiting == null) {
            waiting = new ArrayDeque<>();
            drained = waiting;
        }
        if (!waiting.contains(then)) {
            waiting.add(then);
        }
        socket.drainHandler(ignored -> drained());
    }

    private void drained() {
        ArrayDeque<Runnable> waiting = drained;
        drained = null;
        if (waiting != null && !gone) {
            waiting.forEach(Runnable::run);
        }
    }

    /** The client says no more; what it has asked is answered. */
    void halfClosed(long bytes) {
        inputEnded = true;
        bytesToEnd = bytes;
        inputEndedAt = System.nanoTime();
        TcpMessage held = paused;
        if (held != null && !budgetPaused(MAX_BEHIND_END)) {
            held.endPauseNow();
        }
        // What has come before may still wait to be given.
        loop.context().later(1, this::endInput);
    }

    private void endInput() {
        if (gone || closing) {
            return;
        }
        if (busy || lines.hasRest() || isFull() || bytesReceived < bytesToEnd) {
            // Later: with the end of what is in the way.
            return;
        }
        closing = true;
        closeIfIdle();
    }

    @Override
    public long connectionEnd() {
        long end = opened + loop.proxy().config().edge().connectionMaxAgeNanos();
        return provenByToken && validUntil - end < 0 ? validUntil : end;
    }

    private boolean isAgedOut(long now) {
        return now - connectionEnd() >= 0;
    }

    /** Has the connection closed when what is under way is answered. */
    @Override
    public void closeAtEnd() {
        closing = true;
    }

    /** Closes the connection if nothing is under way; else that is done with the last answer. */
    void closeIfIdle() {
        if (messages == null) {
            closing = true;
            if (!gone) {
                ConnectionReset.behindAnswers(
                        channel, loop.proxy().config().edge().writeStallTimeout());
            }
        }
    }

    /** Closes the connection once what was written is flushed, in bounded time. */
    @Override
    public void close() {
        closing = true;
        if (!gone) {
            ConnectionReset.gracefully(channel);
        }
    }

    /** The connection is gone: what the client has asked is given up, and its session ends. */
    void closed() {
        if (gone) {
            return;
        }
        gone = true;
        long now = System.nanoTime();
        lines.close();
        endPause();
        drained = null;
        if (stream != null) {
            stream.clientGone();
        }
        if (pressure != null) {
            pressure.end();
        }
        Session ended = session;
        if (ended != null) {
            var unused = ended.endsFirst();
        }
        new ArrayList<>(messages == null ? List.of() : messages).forEach(TcpMessage::clientGone);
        if (ended != null) {
            loop.proxy().sessions().forget(ended);
            loop.proxy().admission().reset(loop.upstream().admission(), ended, now);
            loop.closer().end(loop.upstream(), ended.id(), ended.tenant());
        }
    }

    /** Gives its client more time. */
    void extend(long nanos) {
        knownSince += nanos;
        lineSince += nanos;
        unwritableSince += nanos;
        inputEndedAt += nanos;
        lastUsed += nanos;
    }

    /** Lets time pass. */
    void sweep(long now) {
        if (used) {
            used = false;
            lastUsed = now;
        }
        EdgeConfig edge = loop.proxy().config().edge();
        if (!channel.isWritable()) {
            boolean reads = progress.advanced(channel);
            if (reads || !unwritable) {
                unwritable = true;
                unwritableSince = now;
            } else if (now - unwritableSince > edge.writeStallTimeout().toNanos()) {
                loop.proxy().counters().slowReaders.increment();
                ConnectionReset.now(channel);
            }
            return;
        }
        unwritable = false;
        reopenStream(now);
        if (inputEnded && paused == null && now - inputEndedAt > END_OF_INPUT_NANOS) {
            close();
            return;
        }
        if (!ready || client == null) {
            // A client that is not known yet cannot buy time by sending.
            timeOut(now - knownSince > edge.headerTimeout().toNanos());
        } else if (lines.isInLine() && !busy) {
            if (!lineSeen) {
                lineSeen = true;
                lineSince = now;
            }
            boolean late = now - lineSince > edge.bodyTimeout().toNanos();
            if (late && !lines.isSkipping()) {
                writeError(
                        "null",
                        "the message did not come whole within "
                                + edge.bodyTimeout().toMillis()
                                + " ms; the operator can raise edge.body_timeout_ms");
            }
            timeOut(late);
        } else if (messages == null && !busy) {
            closeIfAgedOut(now);
            long idle = (session == null ? edge.idleTimeout() : edge.sessionIdleTimeout()).toNanos();
            if (now - lastUsed > idle) {
                close();
            }
        }
    }

    private void closeIfAgedOut(long now) {
        Session own = session;
        if (closing || lines.hasRest()) {
            return;
        }
        if (own != null && loop.proxy().sessions().isAgedOut(own, now)) {
            loop.proxy().counters().sessionsAgedOut.increment();
            close();
        } else if (isAgedOut(now)) {
            loop.proxy().counters().connectionsAgedOut.increment();
            close();
        }
    }

    private void timeOut(boolean overdue) {
        if (overdue) {
            loop.proxy().counters().clientTimeouts.increment();
            close();
        }
    }
}
