package io.weir.gateway.jsonrpc;

import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The parameters that say what a message is about. A variant of one of them in another case is no member that Weir
 * knows, and refused only where the exact one stands beside it: a server that matches names without regard to case
 * would take the other value.
 */
final class Params {
    private static final String RESOURCES = "resources/";
    private static final String TIMEOUT = "io.weir/timeoutMs";
    private static final int MAX_TIMEOUT = 15;
    private static final String[] OWN = {"name", "uri", "requestId"};

    private final StrictTokens tokens;
    private final int[] like = new int[OWN.length];
    private @Nullable String name;
    private @Nullable String uri;
    private @Nullable String requestId;
    private @Nullable String traceparent;
    private @Nullable String tracestate;
    private long timeoutMillis = Message.NO_TIMEOUT;

    Params(StrictTokens tokens) {
        this.tokens = tokens;
    }

    /** Reads the object that the current token opens. */
    void read() throws IOException, MalformedMessageException {
        while (tokens.next() == JsonToken.FIELD_NAME) {
            String key = tokens.text();
            countLike(key);
            JsonToken token = tokens.next();
            switch (key) {
                case "name" -> name = target(token);
                case "uri" -> uri = target(token);
                case "requestId" -> requestId = id(token);
                case "_meta" -> {
                    if (token == JsonToken.START_OBJECT) {
                        meta();
                    }
                }
                default -> {}
            }
            tokens.skipValue();
        }
    }

    /** Reads the object of metadata that the current token opens, to its end. */
    private void meta() throws IOException, MalformedMessageException {
        while (tokens.next() == JsonToken.FIELD_NAME) {
            String key = tokens.text();
            JsonToken token = tokens.next();
            switch (key) {
                case TIMEOUT -> timeoutMillis = timeout(token);
                case "traceparent" -> traceparent = text(token, EnvelopeReader.MAX_TRACEPARENT_LENGTH);
                case "tracestate" -> tracestate = text(token, EnvelopeReader.MAX_TRACESTATE_LENGTH);
                default -> {}
            }
            tokens.skipValue();
        }
    }

    private @Nullable String text(JsonToken token, int maxLength) throws IOException {
        return token == JsonToken.VALUE_STRING && tokens.length() <= maxLength ? tokens.text() : null;
    }

    private long timeout(JsonToken token) throws IOException {
        if (token == JsonToken.VALUE_NUMBER_INT) {
            String text = tokens.raw();
            boolean negative = text.startsWith("-");
            long millis = text.length() > MAX_TIMEOUT ? Message.NO_TIMEOUT : Long.parseLong(text);
            if (!negative && millis > 0) {
                return millis;
            }
        }
        tokens.note("\"" + TIMEOUT + "\" is not a positive integer of milliseconds");
        return Message.NO_TIMEOUT;
    }

    private void countLike(String key) {
        for (int i = 0; i < OWN.length; i++) {
            if (OWN[i].equalsIgnoreCase(key) && ++like[i] == 2) {
                tokens.note("two parameters' names differ only in case, the second");
            }
        }
    }

    private @Nullable String target(JsonToken token) throws IOException {
        return text(token, EnvelopeReader.MAX_TARGET_LENGTH);
    }

    private @Nullable String id(JsonToken token) throws IOException {
        boolean mayBeId = token == JsonToken.VALUE_STRING || token == JsonToken.VALUE_NUMBER_INT;
        return mayBeId && tokens.length() <= EnvelopeReader.MAX_ID_LENGTH ? tokens.raw() : null;
    }

    /** What a message of that method is about. */
    @Nullable
    String target(@Nullable String method) {
        if (method == null) {
            return null;
        }
        return method.startsWith(RESOURCES) ? uri : name;
    }

    /** How long the client waits for the answer; {@link Message#NO_TIMEOUT} where it does not say. */
    long timeoutMillis() {
        return timeoutMillis;
    }

    /** Which trace the message is part of; null where it does not say. */
    Message.@Nullable Trace trace() {
        return traceparent == null ? null : new Message.Trace(traceparent, tracestate);
    }

    @Nullable
    String requestId() {
        return requestId;
    }
}
