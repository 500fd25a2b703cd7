package io.weir.gateway.proxy;

import io.vertx.core.MultiMap;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.jsonrpc.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The trace that a request is part of, as its client says it (W3C Trace Context, level 1). Immutable.
 *
 * @param parent a valid {@code traceparent}
 * @param state the {@code tracestate} with it, unchecked; empty if there is none
 */
public record TraceContext(String parent, String state) {
    private static final int VERSION = 2;
    private static final int TRACE_ID = 3;
    private static final int SPAN_ID = 36;
    private static final int FLAGS = 53;
    private static final int LENGTH = 55;

    /**
     * What the headers say; without a header {@code traceparent}, what the message says in {@code params._meta}.
     *
     * @param meta what the only message says, if anything
     * @return null if it is not said, or not validly
     */
    static @Nullable TraceContext of(MultiMap headers, Message.@Nullable Trace meta) {
        List<String> parents = headers.getAll(HeaderNames.TRACEPARENT);
        if (parents.size() > 1) {
            return null;
        }
        if (parents.size() == 1) {
            String parent = parents.get(0).strip();
            return isValid(parent)
                    ? new TraceContext(parent, String.join(",", headers.getAll(HeaderNames.TRACESTATE)))
                    : null;
        }
        if (meta == null || !isValid(meta.parent())) {
            return null;
        }
        return new TraceContext(meta.parent(), meta.state() == null ? "" : meta.state());
    }

    /** The id of the trace: 32 hexadecimal digits. */
    public String traceId() {
        return parent.substring(TRACE_ID, SPAN_ID - 1);
    }

    private static boolean isValid(String text) {
        int length = text.length();
        return length >= LENGTH
                && isHex(text, 0, VERSION)
                && !text.startsWith("ff")
                && (text.startsWith("00") ? length == LENGTH : length == LENGTH || text.charAt(LENGTH) == '-')
                && text.charAt(VERSION) == '-'
                && isId(text, TRACE_ID, SPAN_ID - 1)
                && text.charAt(SPAN_ID - 1) == '-'
                && isId(text, SPAN_ID, FLAGS - 1)
                && text.charAt(FLAGS - 1) == '-'
                && isHex(text, FLAGS, LENGTH);
    }

    private static boolean isId(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (text.charAt(i) != '0') {
                return isHex(text, from, to);
            }
        }
        return false;
    }

    private static boolean isHex(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }
}
