package io.weir.gateway.admission;

import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.mcp.Lane;
import io.weir.gateway.mcp.McpMethods;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Payload;
import io.weir.gateway.session.Session;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a client has sent in one body, and all that decides how it is treated. Immutable.
 *
 * @param upstream the name of the upstream that it is for
 * @param client who has sent it
 * @param session the session that it belongs to, if an upstream issued one
 * @param stateless whether it is of the protocol era without sessions
 * @param envelope its messages
 * @param body the bytes that the envelope was read from
 * @param maxWaitNanos how long its client waits at most, beside what the messages say themselves; positive
 * @param mayPause whether the transport that it came by can be left unread until it is decided on
 */
public record InboundRequest(
        String upstream,
        Client client,
        @Nullable Session session,
        boolean stateless,
        Envelope envelope,
        Payload body,
        long maxWaitNanos,
        boolean mayPause) {
    private static final String BATCH = "batch";

    /** Its messages; at least one. */
    public List<Message> messages() {
        return envelope.messages();
    }

    /** Its first message, the only one if it is no batch. */
    public Message first() {
        return envelope.messages().get(0);
    }

    /** Whether it holds a request, which is owed a response. */
    public boolean expectsResponse() {
        return envelope.expectsResponse();
    }

    /** Whether a message is owed a response. */
    public static boolean isRequest(Message message) {
        return message.kind() == Message.Kind.REQUEST;
    }

    /** Whether all of its messages are on the control lane. */
    boolean isControl() {
        for (Message message : messages()) {
            if (Lane.of(message) != Lane.CONTROL) {
                return false;
            }
        }
        return true;
    }

    /** Whether it opens a stream, which would hold a slot for hours. */
    public boolean isStream() {
        return !envelope.batch() && McpMethods.SUBSCRIPTIONS_LISTEN.equals(first().method());
    }

    /** What cost and latency are learned by. The names of tools, of methods and of batches never coincide. */
    public String operation() {
        if (envelope.batch()) {
            return BATCH;
        }
        Message message = first();
        String method = String.valueOf(message.method());
        String tool = message.target();
        if (tool == null || !method.equals(McpMethods.TOOLS_CALL)) {
            return method.indexOf('/') < 0 ? "method/" + method : method;
        }
        return tool.indexOf('/') >= 0 || tool.equals(BATCH) ? McpMethods.TOOLS_CALL + '/' + tool : tool;
    }

    /** The shortest of the configured time to live and what the client and its messages say, in nanoseconds. */
    long ttlNanos(long configured) {
        long nanos = Math.min(configured, maxWaitNanos);
        for (Message message : messages()) {
            if (message.timeoutMillis() != Message.NO_TIMEOUT) {
                nanos = Math.min(nanos, TimeUnit.MILLISECONDS.toNanos(message.timeoutMillis()));
            }
        }
        return Math.max(1, nanos);
    }
}
