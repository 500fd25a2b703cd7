package io.weir.gateway.proxy;

import io.vertx.core.buffer.Buffer;
import io.weir.gateway.http.Bytes;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.jsonrpc.EventScan;
import io.weir.gateway.jsonrpc.ResponseFault;
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
    private final boolean ofOneRequest;

    /** Null if the answer cannot be read, or nothing is expected of it. */
    private final @Nullable ResponseScan scan;

    private final @Nullable EventScan events;

    private final Bytes.@Nullable Reader reader;
    private boolean received;

    /** @param ids of the requests; none if no answer is expected */
    ResponseCheck(UpstreamResponse from, List<String> ids) {
        int status = from.statusCode();
        boolean success = status / 100 == OK / 100;
        this.ofOneRequest = ids.size() == 1;
        this.expectsAnswer = !ids.isEmpty() && (success || status == NOT_MODIFIED);
        boolean stream = from.isOfType("text/event-stream");
        boolean readable = expectsAnswer && !isEncoded(from) && (stream || from.isOfType("application/json"));
        ResponseScan ofAnswer = readable ? new ResponseScan(ids) : null;
        EventScan ofEvents = ofAnswer != null && stream ? new EventScan(ofAnswer) : null;
        this.scan = ofAnswer;
        this.events = ofEvents;
        this.reader = ofEvents != null ? ofEvents::accept : ofAnswer != null ? ofAnswer::accept : null;
    }

    static boolean isEncoded(UpstreamResponse from) {
        String encoding = from.header(HeaderNames.CONTENT_ENCODING);
        return encoding != null && !encoding.equalsIgnoreCase("identity");
    }

    /**
     * Whether those bytes may be passed on. The last bytes of an answer to another request, or of one that says neither
     * or both of success and failure, may not.
     */
    boolean passes(Buffer bytes) {
        received |= bytes.length() > 0;
        if (scan == null || reader == null) {
            return true;
        }
        Bytes.read(bytes, reader);
        return !scan.isWrong();
    }

    /** What is wrong with the response to one of the requests; null if nothing is. */
    @Nullable
    ResponseFault fault() {
        return scan == null ? null : scan.fault();
    }

    /** Whether one of the requests has its answer; of what cannot be read, that is taken to be so. */
    boolean isAnswered() {
        return scan == null || scan.isAnswered();
    }

    /** Whether the answer is to one request alone, and its response was read to its last byte. */
    boolean isOnlyResponseWhole() {
        return ofOneRequest && scan != null && scan.isAnswered();
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
