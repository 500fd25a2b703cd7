package io.weir.gateway.jsonrpc;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a body, under the rules that hold at every depth. The first broken rule is noted and reading goes on:
 * only the end tells whether the body was JSON at all. Depth alone is refused at once, because going on costs memory.
 */
final class StrictTokens {
    private final JsonParser parser;
    private final byte[] body;
    private Names names = new Names(null);
    private int depth;
    private int longestName;
    private @Nullable MalformedMessageException fault;

    StrictTokens(JsonParser parser, byte[] body) {
        this.parser = parser;
        this.body = body;
    }

    /** The next token, of which there must be one. */
    JsonToken next() throws IOException, MalformedMessageException {
        JsonToken token = nextOrEnd();
        if (token == null) {
            throw SyntaxError.tooShort(body);
        }
        return token;
    }

    /** The next token; null at the end of the body. */
    @Nullable
    JsonToken nextOrEnd() throws IOException, MalformedMessageException {
        JsonToken token = parser.nextToken();
        if (token == null) {
            return null;
        }
        switch (token) {
            case START_OBJECT, START_ARRAY -> open();
            case END_OBJECT, END_ARRAY -> {
                depth--;
                names = names.outer();
            }
            case FIELD_NAME -> name(parser.currentName());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                if (parser.getTextLength() > EnvelopeReader.MAX_NUMBER_LENGTH) {
                    note("a number is longer than " + EnvelopeReader.MAX_NUMBER_LENGTH + " characters");
                }
            }
            default -> {}
        }
        return token;
    }

    private void open() throws MalformedMessageException {
        if (++depth > EnvelopeReader.MAX_DEPTH) {
            note("values are nested deeper than " + EnvelopeReader.MAX_DEPTH + " levels");
            throwFault();
        }
        names = names.inner();
    }

    private void name(String name) {
        longestName = Math.max(longestName, name.length());
        if (!names.add(name)) {
            note("an object has the same name twice, the second");
        }
    }

    /** Goes to the last token of the value that the current token begins. */
    void skipValue() throws IOException, MalformedMessageException {
        if (parser.currentToken().isStructStart()) {
            int outside = depth - 1;
            while (depth > outside) {
                next();
            }
        }
    }

    /** Reads the next value to its last token. */
    void skipNext() throws IOException, MalformedMessageException {
        next();
        skipValue();
    }

    /** The name or string that the current token is. */
    String text() throws IOException {
        return parser.getText();
    }

    /** Where the current token begins. */
    int start() {
        return (int) parser.currentTokenLocation().getByteOffset();
    }

    /** Where the current token ends, exclusive. */
    int end() throws IOException {
        parser.finishToken();
        return (int) parser.currentLocation().getByteOffset();
    }

    /** The current token as it stands in the body. */
    String raw() throws IOException {
        int start = start();
        return new String(body, start, end() - start, StandardCharsets.UTF_8);
    }

    /** The length of the current token as it stands in the body, in bytes, without the quotes of a string. */
    int length() throws IOException {
        int start = start();
        return end() - start - (body[start] == '"' ? 2 : 0);
    }

    /** Records that the current token makes the body no envelope, unless something did before. */
    void note(String what) {
        note(what, start());
    }

    /** Records what makes the body no envelope, unless something did before. */
    void note(String what, int offset) {
        if (fault == null) {
            fault = invalid(what + " at byte " + offset);
        }
    }

    static MalformedMessageException invalid(String what) {
        return new MalformedMessageException(MalformedMessageException.INVALID_REQUEST, "Invalid message: " + what);
    }

    boolean isFaulty() {
        return fault != null;
    }

    void throwFault() throws MalformedMessageException {
        if (fault != null) {
            throw fault;
        }
    }

    /** The length of the longest name so far, in characters. */
    int longestName() {
        return longestName;
    }
}
