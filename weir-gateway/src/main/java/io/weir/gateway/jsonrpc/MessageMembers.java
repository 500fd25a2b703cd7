package io.weir.gateway.jsonrpc;

import com.fasterxml.jackson.core.JsonToken;
import io.weir.gateway.jsonrpc.Message.Kind;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The members of one message, gathered in whatever order they come, and judged at its end. */
final class MessageMembers {
    private static final String[] OWN = {"jsonrpc", "id", "method", "params", "result", "error"};
    private static final String CANCELLED = "notifications/cancelled";

    private final StrictTokens tokens;
    private final Params params;

    private final int start;
    private boolean hasVersion;
    private boolean hasParams;
    private boolean hasResult;
    private boolean hasError;
    private @Nullable String id;
    private @Nullable String method;

    /** The message that the current token opens. */
    MessageMembers(StrictTokens tokens) {
        this.tokens = tokens;
        start = tokens.start();
        params = new Params(tokens);
    }

    /** Reads it to its end; null if a fault is noted, of this message or before. */
    @Nullable
    Message read() throws IOException, MalformedMessageException {
        while (tokens.next() == JsonToken.FIELD_NAME) {
            member(tokens.text());
        }
        int end = tokens.end();
        Kind kind = kind();
        if (tokens.isFaulty()) {
            return null;
        }
        String cancels = CANCELLED.equals(method) ? params.requestId() : null;
        return new Message(
                kind, method, id, params.target(method), cancels, params.timeoutMillis(), params.trace(), start, end);
    }

    private void member(String name) throws IOException, MalformedMessageException {
        switch (name) {
            case "jsonrpc" -> version();
            case "id" -> id();
            case "method" -> method();
            case "params" -> params();
            case "result" -> {
                hasResult = true;
                tokens.skipNext();
            }
            case "error" -> error();
            default -> {
                if (isVariant(name)) {
                    tokens.note("a member's name differs only in case from one of JSON-RPC's");
                }
                tokens.skipNext();
            }
        }
    }

    private static boolean isVariant(String name) {
        for (String own : OWN) {
            if (own.equalsIgnoreCase(name)) {
                return true;
            }
        }
        return false;
    }

    private void version() throws IOException, MalformedMessageException {
        hasVersion = true;
        if (tokens.next() != JsonToken.VALUE_STRING || !tokens.text().equals("2.0")) {
            tokens.note("\"jsonrpc\" is not \"2.0\"");
        }
        tokens.skipValue();
    }

    private void id() throws IOException, MalformedMessageException {
        JsonToken token = tokens.next();
        if (token != JsonToken.VALUE_STRING && token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NULL) {
            tokens.note("\"id\" is neither a string nor an integer");
        } else if (tokens.length() > EnvelopeReader.MAX_ID_LENGTH) {
            tokens.note("\"id\" is longer than " + EnvelopeReader.MAX_ID_LENGTH + " bytes");
        } else {
            id = tokens.raw();
        }
        tokens.skipValue();
    }

    private void method() throws IOException, MalformedMessageException {
        if (tokens.next() != JsonToken.VALUE_STRING) {
            tokens.note("\"method\" is not a string");
        } else if (tokens.length() > EnvelopeReader.MAX_METHOD_LENGTH) {
            tokens.note("\"method\" is longer than " + EnvelopeReader.MAX_METHOD_LENGTH + " bytes");
        } else {
            method = tokens.text();
        }
        tokens.skipValue();
    }

    private void params() throws IOException, MalformedMessageException {
        hasParams = true;
        switch (tokens.next()) {
            case START_OBJECT -> params.read();
            case START_ARRAY -> tokens.skipValue();
            case VALUE_NULL -> {}
            default -> tokens.note("\"params\" is neither an object nor an array");
        }
    }

    private void error() throws IOException, MalformedMessageException {
        hasError = true;
        if (tokens.next() != JsonToken.START_OBJECT) {
            tokens.note("\"error\" is not an object");
        }
        tokens.skipValue();
    }

    private Kind kind() {
        if (!hasVersion) {
            wrong("no \"jsonrpc\"");
        }
        return method == null ? response() : request();
    }

    private Kind request() {
        if (hasResult || hasError) {
            wrong("a \"method\" and a \"result\" or \"error\"");
        }
        if (hasNullId()) {
            wrong("a \"method\" and an \"id\" that is null");
        }
        return id == null ? Kind.NOTIFICATION : Kind.REQUEST;
    }

    private Kind response() {
        if (hasResult && hasError) {
            wrong("a \"result\" and an \"error\"");
        } else if (!hasResult && !hasError) {
            wrong("neither a \"method\" nor a \"result\" nor an \"error\"");
        } else if (hasParams) {
            wrong("\"params\" and no \"method\"");
        } else if (hasResult && (id == null || hasNullId())) {
            wrong("a \"result\" and no \"id\"");
        }
        return Kind.RESPONSE;
    }

    private boolean hasNullId() {
        return "null".equals(id);
    }

    private void wrong(String has) {
        tokens.note(has + " in the message", start);
    }
}
