package io.weir.gateway.proxy;

import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.jsonrpc.EventScan;
import io.weir.gateway.jsonrpc.ResponseScan;
import io.weir.gateway.upstream.UpstreamResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether an upstream's answer belongs to the requests that it was given for. Only what the gateway can read is
 * checked: JSON and event streams of a successful status, which servers are asked not to compress. Other statuses carry
 * errors with ids of the server's own. Confined to its event loop.
 */
final class ResponseCheck {
    private static final int OK = 200;
    private static final int NOT_MODIFIED = 304;

    private final boolean expectsAnswer;

    /** Null if the answer cannot be read, or nothing is expected of it. */
    private final @Nullable ResponseScan scan;

    private final @Nullable EventScan events;
    private boolean received;

    /** @param ids of the requests; none if no answer is expected */
    ResponseCheck(UpstreamResponse from, List<String> ids) {
        int status = from.statusCode();
        boolean success = status / 100 == OK / 100;
        this.expectsAnswer = !ids.isEmpty() && (success || status == NOT_MODIFIED);
        boolean stream = isOfType(from, "text/event-stream");
        boolean readable = expectsAnswer && !isEncoded(from) && (stream || isOfType(from, "application/json"));
        ResponseScan ofAnswer = readable ? new ResponseScan(ids) : null;
        EventScan ofEvents = ofAnswer != null && stream ? new EventScan(ofAnswer) : null;
        this.scan = ofAnswer;
        this.events = ofEvents;
    }

    static boolean isOfType(UpstreamResponse from, String type) {
        String found = from.header(HeaderNames.CONTENT_TYPE);
        return found != null && found.regionMatches(true, 0, type, 0, type.length());
    }

    static boolean isEncoded(UpstreamResponse from) {
        String encoding = from.header(HeaderNames.CONTENT_ENCODING);
        return encoding != null && !encoding.equalsIgnoreCase("identity");
    }

    /** Whether those bytes may be passed on. The last bytes of an answer to another request may not. */
    boolean passes(Buffer bytes) {
        received |= bytes.length() > 0;
        if (scan == null) {
            return true;
        }
        ByteBuf buf = ((BufferInternal) bytes).getByteBuf();
        if (buf.hasArray()) {
            int from = buf.arrayOffset() + buf.readerIndex();
            return accepts(scan, buf.array(), from, from + buf.readableBytes());
        }
        return accepts(scan, bytes.getBytes(), 0, bytes.length());
    }

    private boolean accepts(ResponseScan answer, byte[] bytes, int from, int to) {
        return events == null ? answer.accept(bytes, from, to) : events.accept(bytes, from, to);
    }

    /** Whether one of the requests has its answer; of what cannot be read, that is taken to be so. */
    boolean isAnswered() {
        return scan == null || scan.isAnswered();
    }

    /** Whether a client may ask on another stream for what comes after this, since an event had an id. */
    boolean isResumable() {
        return events != null && events.isResumable();
    }

    /**
     * Whether the answer, which has ended, had nothing for any of the requests. A client may resume a stream that had
     * event ids.
     */
    boolean isUnanswered() {
        if (!expectsAnswer) {
            return false;
        }
        return scan == null ? !received : !scan.isAnswered() && !isResumable();
    }
}
