package io.weir.gateway.tcp;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.weir.gateway.http.Bytes;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.http.LogText;
import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.jsonrpc.EventScan;
import io.weir.gateway.jsonrpc.JsonRpcError;
import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.jsonrpc.MessageParts;
import io.weir.gateway.mcp.ErrorCodes;
import io.weir.gateway.mcp.McpMethods;
import io.weir.gateway.mcp.ProtocolVersion;
import io.weir.gateway.proxy.ClientResponse;
import io.weir.gateway.proxy.MessageHandler;
import io.weir.gateway.proxy.RequestRecord;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Origin;
import io.weir.gateway.session.Payload;
import io.weir.gateway.session.Session;
import io.weir.gateway.upstream.UpstreamResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One line of a client, and how it is answered: each message of an upstream's response is held until it is whole, and
 * written as a line of its own, so that those of several requests are not mixed. Confined to its event loop.
 */
final class TcpMessage implements ClientResponse, EventScan.Data {
    private static final int MAX_EXCERPT = 200;

    private final TcpLoop loop;
    private final Owner connection;
    private final Envelope envelope;
    private final boolean inOrder;
    private final AnswerText text;
    private final @Nullable RequestRecord record;
    private @Nullable MessageHandler handler;
    private @Nullable EventScan events;
    private @Nullable String sessionId;

    /** Why the last message of a stream could not be kept, if it could not: that may have been the response. */
    private @Nullable String lost;

    private int status;
    private boolean decided;
    private boolean written;
    private boolean gaveSession;

    /**
     * Whether it was sent in a session, which a status 404 ends then; in the stateless era that is an unknown method.
     */
    private boolean inSession;

    private boolean ended;
    private boolean closeAtEnd;
    private long writtenBytes;

    /** The connection that a line came on. */
    interface Owner extends LineWriter {
        /** It is decided what becomes of a line; told once. */
        void decided(TcpMessage message);

        /** Reads nothing more until a line is decided on; false if there is no memory for what was read already. */
        boolean pause(TcpMessage message);

        /** A line has got all of its answer, or needs none; told once. */
        void ended(TcpMessage message);

        /** The server has issued a session. */
        void opened(String id);

        /** The server says which version of the protocol it speaks. */
        void negotiated(String version);

        /** The client is ready for what the server sends without having been asked. */
        void initialized();

        /** The session is none any more at the server. */
        void sessionLost();

        /** When the connection reaches its maximum age, in nanoseconds of the monotonic clock. */
        long connectionEnd();

        /** Has the connection closed when what is under way is answered. */
        void closeAtEnd();

        /** Closes the connection once what was written is flushed, in bounded time. */
        void close();
    }

    /**
     * A line that was read.
     *
     * @param inOrder whether the server is to have answered it before the next line is handled
     * @param record of the line; null if nobody wants one
     */
    TcpMessage(TcpLoop loop, Owner connection, Envelope envelope, boolean inOrder, @Nullable RequestRecord record) {
        this.record = record;
        this.loop = loop;
        this.connection = connection;
        this.envelope = envelope;
        this.inOrder = inOrder;
        this.text = loop.newAnswer();
    }

    /** Decides what becomes of it. To be called once. */
    void handle(MultiMap headers, Client client, Origin origin, @Nullable Session session, Payload bytes) {
        inSession = session != null
                && !ProtocolVersion.ofHeader(headers.get(HeaderNames.PROTOCOL_VERSION))
                        .isStateless();
        MessageHandler made = new MessageHandler(
                loop.context(),
                loop.closer(),
                headers,
                this,
                loop.upstream(),
                client,
                origin,
                session,
                this::decided,
                record);
        handler = made;
        made.handle(envelope, bytes);
    }

    private void decided() {
        if (!decided) {
            decided = true;
            connection.decided(this);
        }
    }

    boolean isInOrder() {
        return inOrder;
    }

    /** Has it decided on at once if it is held. */
    void endPauseNow() {
        MessageHandler begun = handler;
        if (begun != null) {
            begun.endPauseNow();
        }
    }

    /** The client will read no answer. */
    void clientGone() {
        if (!ended) {
            responded(true);
        }
        ended = true;
        text.release();
        MessageHandler begun = handler;
        if (begun != null) {
            begun.clientGone();
        }
    }

    @Override
    public void json(int code, byte[] body, long retryAfterMillis) {
        if (!ended && !written && envelope.expectsResponse()) {
            write(body);
        }
        finish();
    }

    @Override
    public void accepted() {
        finish();
    }

    @Override
    public boolean isBegun() {
        return written;
    }

    @Override
    public boolean gaveSession() {
        return gaveSession;
    }

    @Override
    public void begin(UpstreamResponse from) {
        status = from.statusCode();
        sessionId = from.header(HeaderNames.SESSION_ID);
        if (isSuccess() && from.isOfType("text/event-stream")) {
            events = new EventScan(this);
        }
    }

    private boolean isSuccess() {
        return status / 100 == 2;
    }

    @Override
    public void write(Buffer bytes) {
        EventScan scan = events;
        if (ended) {
            return;
        }
        if (scan == null) {
            text.add(bytes);
        } else {
            Bytes.read(bytes, scan::accept);
        }
    }

    @Override
    public void data(byte[] bytes, int from, int to) {
        text.add(bytes, from, to);
    }

    @Override
    public void eventEnd() {
        lost = whyLost();
        if (lost != null) {
            var unused = text.handOver();
        } else if (!text.isEmpty()) {
            emit();
        }
    }

    /** Writes the message that is whole. */
    private void emit() {
        written = true;
        if (is(McpMethods.INITIALIZE)) {
            noteInitialize(text.bytes());
        }
        writtenBytes += text.length() + 1L;
        connection.write(text);
    }

    private void write(byte[] line) {
        writtenBytes += line.length + 1L;
        connection.write(line);
    }

    private void noteInitialize(byte[] message) {
        try {
            String version = MessageParts.of(message).resultVersion();
            if (version != null) {
                connection.negotiated(version.substring(1, version.length() - 1));
                String id = sessionId;
                if (id != null) {
                    gaveSession = true;
                    connection.opened(id);
                }
            }
        } catch (IOException e) {
            // What the server says is the client's to judge.
        }
    }

    private boolean is(String method) {
        return method.equals(envelope.messages().get(0).method());
    }

    /** Why the message could not be kept; null if it was. */
    private @Nullable String whyLost() {
        return switch (text.state()) {
            case FITS -> null;
            case TOO_LONG ->
                "The answer is longer than " + loop.services().config().maxAnswerBytes()
                        + " bytes (tcp.max_answer_bytes)";
            case NO_MEMORY -> {
                loop.proxy().counters().answersOverBudget.increment();
                yield "There is no memory for the answer (edge.max_buffered_answer_bytes); retry in 1000 ms";
            }
        };
    }

    private void tell(String why) {
        for (Message each : envelope.messages()) {
            if (each.kind() == Message.Kind.REQUEST) {
                write(new JsonRpcError(each.id(), ErrorCodes.UPSTREAM_FAILED, why).toBytes());
            }
        }
    }

    @Override
    public boolean isFull() {
        return connection.isFull();
    }

    @Override
    public void onDrained(Runnable then) {
        connection.whenDrained(then);
    }

    @Override
    public void end() {
        if (!ended && envelope.expectsResponse()) {
            if (events == null) {
                endOfBody();
            } else if (lost != null) {
                endOfLost(lost);
            }
        }
        boolean initialized = !ended && is(McpMethods.INITIALIZED) && isSuccess();
        finish();
        if (initialized) {
            connection.initialized();
        }
    }

    private void endOfBody() {
        String why = whyLost();
        if (why != null) {
            tell(why);
        } else if (isSuccess() && !text.isEmpty()) {
            emit();
        } else {
            endOfError(text.bytes());
            if (status == 404 && inSession) {
                connection.sessionLost();
            }
        }
    }

    /** What came with a status that is no success: the server's own JSON-RPC error is the answer to the one request. */
    private void endOfError(byte[] body) {
        byte[] error = envelope.batch() ? null : withOwnId(body);
        if (error != null) {
            text.release();
            text.add(error, 0, error.length);
            String why = whyLost();
            if (why == null) {
                emit();
            } else {
                tell(why);
            }
            return;
        }
        String said = LogText.escape(new String(body, StandardCharsets.UTF_8), MAX_EXCERPT);
        tell("The server '" + loop.upstream().config().name() + "' answered with status " + status
                + (said.isBlank() ? "" : ": " + said));
    }

    /**
     * The server's error with the id of the request, which tells it from others here. With such a status a server may
     * leave the id out, since over HTTP nothing depends on it.
     *
     * @return null if it is no JSON-RPC error
     */
    private byte @Nullable [] withOwnId(byte[] body) {
        try {
            String error = MessageParts.of(body).responseError();
            return error == null
                    ? null
                    : ("{\"jsonrpc\":\"2.0\",\"id\":"
                                    + envelope.messages().get(0).id() + ",\"error\":" + error + '}')
                            .getBytes(StandardCharsets.UTF_8);
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * A server ends its stream behind the response, which was lost then; of a batch it is not known which of them were.
     */
    private void endOfLost(String why) {
        if (envelope.batch()) {
            connection.close();
        } else {
            tell(why);
        }
    }

    @Override
    public void endEarly(byte @Nullable [] message) {
        if (message != null && !ended && envelope.expectsResponse()) {
            write(message);
        }
        finish();
    }

    /** Between two lines, always. */
    @Override
    public boolean takesMessage() {
        return true;
    }

    @Override
    public long connectionEnd() {
        return connection.connectionEnd();
    }

    @Override
    public boolean mayPause() {
        return true;
    }

    @Override
    public boolean pause() {
        return connection.pause(this);
    }

    @Override
    public void closeAtEnd() {
        closeAtEnd = true;
    }

    @Override
    public void close() {
        connection.close();
    }

    private void finish() {
        if (ended) {
            return;
        }
        ended = true;
        text.release();
        if (closeAtEnd) {
            connection.closeAtEnd();
        }
        // What ends without having been decided on, such as a malformed batch, was decided by that.
        decided();
        responded(false);
        connection.ended(this);
    }

    private void responded(boolean gone) {
        if (record != null) {
            record.responded(0, writtenBytes, gone);
        }
    }
}
