package io.weir.gateway.jsonrpc;

import static java.util.Map.entry;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.util.Map;

/** Words for what the parser rejects. Its own messages quote the body, so only their kind is used. */
final class SyntaxError {
    /** By the beginning of the parser's message. */
    private static final Map<String, String> KINDS = Map.ofEntries(
            entry("Invalid numeric value", "a malformed number"),
            entry("Unexpected character", "an unexpected character"),
            entry("Invalid UTF-8", "an unexpected character"),
            entry("Illegal character", "a control character"),
            entry("Illegal unquoted character", "an unescaped control character in a string"),
            entry("Unrecognized character escape", "an unknown escape in a string"),
            entry("Unexpected low surrogate", "half a surrogate pair in a name"),
            entry("Unrecognized token", "an unknown word"),
            entry("Non-standard token", "an unknown word"),
            entry("Unexpected close marker", "a closing bracket of the wrong kind"));

    private SyntaxError() {}

    static MalformedMessageException of(JsonParseException e, byte[] body) {
        String said = e.getOriginalMessage();
        long offset = e.getLocation().getByteOffset();
        if (e instanceof JsonEOFException) {
            return tooShort(body);
        }
        for (Map.Entry<String, String> kind : KINDS.entrySet()) {
            if (said.startsWith(kind.getKey())) {
                return of(kind.getValue() + " near byte " + offset);
            }
        }
        return offset < body.length ? of("a syntax error near byte " + offset) : tooShort(body);
    }

    static MalformedMessageException tooShort(byte[] body) {
        return of("it ends too early, at byte " + body.length);
    }

    static MalformedMessageException of(String what) {
        return new MalformedMessageException(MalformedMessageException.PARSE_ERROR, "The body is not JSON: " + what);
    }
}
