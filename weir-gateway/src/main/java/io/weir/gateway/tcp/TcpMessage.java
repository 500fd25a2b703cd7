package io.weir.gateway.tcp;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.http.LogText;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.jsonrpc.JsonRpcError;
import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.jsonrpc.MessageParts;
import io.weir.gateway.mcp.ErrorCodes;
import io.weir.gateway.mcp.McpMethods;
import io.weir.gateway.proxy.ClientResponse;
import io.weir.gateway.proxy.MessageHandler;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Origin;
import io.weir.gateway.session.Payload;
import io.weir.gateway.session.Session;
import io.weir.gateway.upstream.UpstreamResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One line of a client, and how it is answered: each message of an upstream's response is held until it is whole, and written as a line of
 * its own, so that those of several requests are not mixed. Confined to its event loop.
 */
final class TcpMessage implements ClientResponse {
    private static final int MAX_EXCERPT = 200;

    private final TcpLoop loop;
    private final Owner connection;
    private final @Nullable Envelope envelope;
    private final boolean inOrder;
    private final AnswerText text;
    private @Nullable MessageHandler handler;
    private @Nullable EventReader events;
    private @Nullable String sessionId;
    private int status;
    private boolean decided;
    private boolean written;
    private boolean ended;
    private boolean closeAtEnd;

    /** The connection that a line came on. */
    interface Owner {
        /** Where the client is. */
        Origin origin();

        /** It is decided what becomes of a line; told once. */
        void decided(TcpMessage message);

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

        /** Writes a message and the end of its line. */
        void write(byte[] message);

        /**
         * Writes a message and the end of its line.
         *
         * @param done is run when it is written, or will not be
         */
        void write(byte[] message, Runnable done);

        /** Whether the client does not read as fast as it is written to. */
        boolean isFull();

        /** Runs that once, when the client has read enough of what it was sent. */
        void whenDrained(Runnable then);

        /** Has the connection closed when what is under way is answered. */
        void closeAtEnd();

        /** Closes the connection once what was written is flushed, in bounded time. */
        void close();
    }

    /**
     * A line of a client, or its stream of what the server sends without having been asked.
     *
     * @param envelope the messages of the line; null for a stream
     * @param inOrder whether the server is to have answered it before the next line is handled
     */
    TcpMessage(TcpLoop loop, Owner connection, @Nullable Envelope envelope, boolean inOrder) {
        this.loop = loop;
        this.connection = connection;
        this.envelope = envelope;
        this.inOrder = inOrder;
        this.text = new AnswerText(budget(), loop.services().config().maxAnswerBytes());
    }

    private MemoryBudget budget() {
        return loop.services().answers();
    }

    /** Decides what becomes of it. To be called once. */
    void handle(MultiMap headers, Client client, @Nullable Session session, Envelope messages, Payload bytes) {
        MessageHandler made = new MessageHandler(
                loop.context(),
                loop.closer(),
                headers,
                this,
                loop.upstream(),
                client,
                connection.origin(),
                session,
                this::decided);
        handler = made;
        made.handle(messages, bytes);
    }

    private void decided() {
        if (!decided) {
            decided = true;
            connection.decided(this);
        }
    }

    /** Whether it is a stream that the server has begun. */
    boolean isOpenStream() {
        return envelope == null && events != null;
    }

    boolean isInOrder() {
        return inOrder;
    }

    /** The client will read no answer. */
    void clientGone() {
        ended = true;
        text.release();
        MessageHandler begun = handler;
        if (begun != null) {
            begun.clientGone();
        }
    }

    private boolean isOwed() {
        return envelope != null && envelope.messages().stream().anyMatch(each -> each.kind() == Message.Kind.REQUEST);
    }

    @Override
    public void json(int code, byte[] body, long retryAfterMillis) {
        if (!ended && !written && isOwed()) {
            connection.write(body);
        }
        finish();
    }

    @Override
    public void accepted() {
        finish();
    }

    @Override
    public boolean isBegun() {
        return written || isOpenStream();
    }

    @Override
    public void begin(UpstreamResponse from) {
        status = from.statusCode();
        sessionId = from.header(HeaderNames.SESSION_ID);
        String type = from.header(HeaderNames.CONTENT_TYPE);
        boolean stream = type != null && type.regionMatches(true, 0, "text/event-stream", 0, 17);
        if (stream && status / 100 == 2) {
            events = new EventReader(text, this::event);
        }
    }

    @Override
    public void write(Buffer bytes) {
        if (ended) {
            return;
        }
        EventReader reader = events;
        if (reader != null) {
            reader.accept(bytes);
        } else {
            text.add(bytes);
        }
    }

    private void event() {
        if (text.isTooLong() || text.lacksMemory()) {
            tellLost();
            var unused = text.handOver();
        } else if (!ended) {
            emit();
        }
    }

    /** Writes the message that is whole. */
    private void emit() {
        byte[] message = text.bytes();
        long held = text.handOver();
        written = true;
        MemoryBudget budget = budget();
        noteInitialize(message);
        connection.write(message, () -> budget.giveBack(held));
    }

    private void noteInitialize(byte[] message) {
        if (!is(McpMethods.INITIALIZE)) {
            return;
        }
        try {
            String version = MessageParts.of(message).resultVersion();
            if (version != null) {
                connection.negotiated(version.substring(1, version.length() - 1));
                String id = sessionId;
                if (id != null) {
                    connection.opened(id);
                }
            }
        } catch (IOException e) {
            // What the server says is the client's to judge.
        }
    }

    private boolean is(String method) {
        return envelope != null && method.equals(envelope.messages().get(0).method());
    }

    private void tellLost() {
        if (text.lacksMemory()) {
            loop.proxy().counters().answersOverBudget.increment();
        }
        String why = text.isTooLong()
                ? "The answer is longer than " + loop.services().config().maxAnswerBytes()
                        + " bytes (tcp.max_answer_bytes)"
                : "There is no memory for the answer (edge.max_buffered_answer_bytes); retry in 1000 ms";
        tell(why);
    }

    private void tell(String why) {
        if (envelope == null) {
            return;
        }
        for (Message each : envelope.messages()) {
            if (each.kind() == Message.Kind.REQUEST) {
                written = true;
                connection.write(new JsonRpcError(each.id(), ErrorCodes.UPSTREAM_FAILED, why).toBytes());
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
        if (ended || envelope == null) {
            finish();
            return;
        }
        if (events == null && isOwed()) {
            endOfJson();
        } else if (isOwed() && !written) {
            tell("The answer of the server '" + loop.upstream().config().name() + "' cannot be read");
        }
        boolean initialized = is(McpMethods.INITIALIZED) && status / 100 == 2;
        finish();
        if (initialized) {
            connection.initialized();
        }
    }

    private void endOfJson() {
        if (text.isTooLong() || text.lacksMemory()) {
            tellLost();
        } else if (status / 100 == 2 && !text.isEmpty()) {
            emit();
        } else {
            String said = LogText.escape(new String(text.bytes(), StandardCharsets.UTF_8), MAX_EXCERPT);
            tell("The server '" + loop.upstream().config().name() + "' answered with status " + status
                    + (said.isBlank() ? "" : ": " + said));
            if (status == 404) {
                connection.sessionLost();
            }
        }
    }

    @Override
    public void endEarly(byte @Nullable [] message) {
        if (message != null && !ended && isOwed()) {
            connection.write(message);
        }
        finish();
    }

    /** Between two lines, always. */
    @Override
    public boolean takesMessage() {
        return true;
    }

    @Override
    public void closeAtEnd() {
        closeAtEnd = true;
    }

    /** A stream that breaks is opened again; the connection is the client's, and stays. */
    @Override
    public void close() {
        if (envelope == null) {
            finish();
        } else {
            connection.close();
        }
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
        if (envelope != null) {
            // What ends without having been decided on, such as a malformed batch, was decided by that.
            decided();
        }
        connection.ended(this);
    }
}
