package io.weir.gateway.jsonrpc;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Follows the bytes of an answer, and holds the id of each JSON-RPC response in it against those of the requests. It
 * keeps no byte but those of a top-level name or id, and judges each response by its last byte: whoever passes bytes on
 * after they were judged never passes on the whole of a wrong response. It is no parser: what is not JSON has no id.
 * Not thread-safe.
 */
public final class ResponseScan implements EventScan.Data {
    private static final int USUAL_KEPT = 32;

    /** The longest id of a request, with its quotes and each byte as an escape of six. */
    private static final int MAX_KEPT = 6 * EnvelopeReader.MAX_ID_LENGTH + 2;

    private final List<String> ids;
    private byte[] kept = new byte[USUAL_KEPT];
    private int length;
    private boolean keeping;
    private int depth;
    private int memberDepth = 1;
    private boolean inString;
    private boolean escaped;
    private boolean name;
    private Member member = Member.OTHER;
    private @Nullable String id;
    private boolean hasMethod;
    private boolean hasResult;
    private boolean nullResult;
    private boolean hasError;
    private boolean answered;
    private boolean wrong;
    private @Nullable ResponseFault fault;

    /** The member whose value is read. */
    private enum Member {
        ID,
        RESULT,
        ERROR,
        OTHER
    }

    /** @param ids of the requests, as {@link Message#id} */
    public ResponseScan(List<String> ids) {
        this.ids = List.copyOf(ids);
    }

    /** Whether a response was wrong: its id is none of those of the requests, or it has a {@link #fault}. */
    public boolean isWrong() {
        return wrong;
    }

    /** What was wrong in the first wrong response to one of the requests; null if there is none. */
    public @Nullable ResponseFault fault() {
        return fault;
    }

    /** Whether a response to one of the requests has come whole. */
    public boolean isAnswered() {
        return answered;
    }

    @Override
    public void data(byte[] bytes, int from, int to) {
        accept(bytes, from, to);
    }

    /** What comes next is a text of its own; what was judged before stays. */
    @Override
    public void eventEnd() {
        depth = 0;
        memberDepth = 1;
        inString = false;
        escaped = false;
        beginMessage();
    }

    private void beginMessage() {
        keeping = false;
        length = 0;
        name = true;
        member = Member.OTHER;
        id = null;
        hasMethod = false;
        hasResult = false;
        nullResult = false;
        hasError = false;
    }

    /** Takes the bytes that come next. */
    public void accept(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to) {
            if (inString) {
                i = string(bytes, i, to);
            } else {
                outside(bytes[i++]);
            }
        }
    }

    private void outside(byte b) {
        switch (b) {
            case '"' -> {
                inString = true;
                if (depth == memberDepth && (name || member != Member.OTHER)) {
                    keeping = true;
                    length = 0;
                    keep(b);
                }
            }
            case '{' -> {
                nest();
                if (depth == memberDepth) {
                    beginMessage();
                }
            }
            case '[' -> {
                nest();
                if (depth == 1) {
                    memberDepth = 2;
                }
            }
            case ':' -> {
                if (depth == memberDepth) {
                    nameEnds();
                }
            }
            case ',' -> {
                if (depth == memberDepth) {
                    valueEnds();
                    name = true;
                }
            }
            case '}' -> {
                if (depth == memberDepth) {
                    valueEnds();
                    messageEnds();
                }
                depth--;
            }
            case ']' -> depth--;
            case ' ', '\t', '\r', '\n' -> {}
            default -> {
                if (keeping) {
                    keep(b);
                }
            }
        }
    }

    private void nest() {
        if (keeping) {
            // An object or an array is no id and not null, whatever is in it.
            length = MAX_KEPT + 1;
            keeping = false;
        }
        depth++;
    }

    /** Takes bytes up to the end of the string, most of which are of no interest; returns where it stopped. */
    private int string(byte[] bytes, int from, int to) {
        int i = from;
        if (escaped) {
            escaped = false;
            i++;
        }
        while (i < to && bytes[i] != '"') {
            if (bytes[i++] == '\\') {
                escaped = i == to;
                i = Math.min(i + 1, to);
            }
        }
        boolean ends = i < to;
        if (ends) {
            i++;
            inString = false;
        }
        if (keeping) {
            keep(bytes, from, i);
            keeping = !ends || !name;
        }
        return i;
    }

    private void keep(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            keep(bytes[i]);
        }
    }

    /** One byte more than fits makes it too long, which no id of a request is. */
    private void keep(byte b) {
        if (length < MAX_KEPT) {
            if (length == kept.length) {
                kept = Arrays.copyOf(kept, Math.min(MAX_KEPT, 2 * length));
            }
            kept[length] = b;
        }
        length = Math.min(length + 1, MAX_KEPT + 1);
    }

    private void nameEnds() {
        hasMethod |= is("\"method\"");
        member = is("\"id\"")
                ? Member.ID
                : is("\"result\"") ? Member.RESULT : is("\"error\"") ? Member.ERROR : Member.OTHER;
        name = false;
        length = 0;
        keeping = member != Member.OTHER;
    }

    /** Whether that is what was kept: a text in ASCII. */
    private boolean is(String text) {
        if (text.length() != length || length > MAX_KEPT) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (kept[i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private void valueEnds() {
        boolean isNull = is("null");
        switch (member) {
            case ID -> {
                String found = knownId();
                id = found != null ? found : isNull ? "null" : "";
            }
            case RESULT -> {
                nullResult = isNull && (nullResult || !hasResult);
                hasResult = true;
            }
            case ERROR -> hasError |= !isNull;
            case OTHER -> {}
        }
        member = Member.OTHER;
        keeping = false;
    }

    private @Nullable String knownId() {
        for (int i = 0; i < ids.size(); i++) {
            if (is(ids.get(i))) {
                return ids.get(i);
            }
        }
        if (length > MAX_KEPT) {
            return null;
        }
        String text = new String(kept, 0, length, StandardCharsets.UTF_8);
        for (int i = 0; i < ids.size(); i++) {
            if (JsonIds.same(ids.get(i), text)) {
                return ids.get(i);
            }
        }
        return null;
    }

    /**
     * What has a result or an error and an id is a response, also if it has a method: a client may take it for one. So
     * is what has nothing but the id of a request.
     */
    private void messageEnds() {
        boolean known = id != null && !id.isEmpty() && !id.equals("null");
        boolean response = (hasResult || hasError) ? (!hasMethod || id != null) : (known && !hasMethod);
        if (!response) {
            return;
        }
        ResponseFault found = known ? ResponseFault.of(hasResult, nullResult, hasError) : null;
        if (found != null && !wrong) {
            fault = found;
        }
        // Without an id and a result: a server that could not tell the id (JSON-RPC 2.0, section 5).
        boolean unknown = (id == null || id.equals("null")) ? hasResult : !known;
        wrong |= found != null || unknown;
        answered |= !wrong;
    }
}
