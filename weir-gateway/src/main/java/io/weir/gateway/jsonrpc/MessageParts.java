package io.weir.gateway.jsonrpc;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One JSON-RPC message and where those parts of it stand that change on a channel that many share: ids and progress
 * tokens. All other bytes stay as they are. Not thread-safe.
 */
public final class MessageParts {
    /** A result may be nested deeper than a request. */
    private static final int MAX_DEPTH = 1000;

    private static final String META_VERSION = "io.modelcontextprotocol/protocolVersion";

    private final byte[] bytes;
    private final int start;
    private final int length;
    private @Nullable String method;
    private @Nullable String uri;
    private @Nullable String metaVersion;
    private @Nullable Span id;
    private @Nullable Span requestId;
    private @Nullable Span progressToken;
    private @Nullable Span metaProgressToken;
    private @Nullable Span result;
    private @Nullable Span resultVersion;
    private @Nullable Span paramsVersion;
    private @Nullable Span error;
    private boolean nullResult;
    private boolean versioned;
    private boolean coded;
    private final List<Edit> edits = new ArrayList<>();

    /**
     * A part of a message.
     *
     * @param from where its JSON begins
     * @param to where it ends, exclusive
     */
    public record Span(int from, int to) {}

    private record Edit(int from, int to, String replacement) {}

    /** Gets the pieces of a message in order: what is left as it is, and what was put in place. */
    public interface Pieces {
        /**
         * Some of the message's own bytes.
         *
         * @param from where they begin in the message
         * @param to where they end, exclusive
         */
        void kept(int from, int to);

        /** Bytes that were put in place. */
        void put(byte[] replacement);
    }

    private MessageParts(byte[] bytes, int start, int length) {
        this.bytes = bytes;
        this.start = start;
        this.length = length;
    }

    /**
     * Reads a message; it is kept, and not to be changed.
     *
     * @throws IOException if it is no JSON object, or more than one value
     */
    public static MessageParts of(byte[] message) throws IOException {
        return of(message, 0, message.length);
    }

    /**
     * Reads a message that stands among other bytes; these are kept, and not to be changed.
     *
     * @param from where it begins
     * @param to where it ends, exclusive
     * @throws IOException if it is no JSON object, or more than one value
     */
    public static MessageParts of(byte[] bytes, int from, int to) throws IOException {
        MessageParts parts = new MessageParts(bytes, from, to - from);
        try (JsonParser json = newFactory().createParser(bytes, from, to - from)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("no JSON object");
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                parts.member(json, json.currentName());
            }
            if (json.nextToken() != null) {
                throw new IOException("something follows the JSON object");
            }
        }
        return parts;
    }

    /** One for each message: a factory keeps the names that it has met, and these come from anybody. */
    private static JsonFactory newFactory() {
        return new JsonFactoryBuilder()
                .disable(JsonFactory.Feature.CHARSET_DETECTION)
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxNumberLength(Integer.MAX_VALUE)
                        .maxStringLength(Integer.MAX_VALUE)
                        .maxNameLength(Integer.MAX_VALUE)
                        .build())
                .build();
    }

    private void member(JsonParser json, String name) throws IOException {
        JsonToken token = json.nextToken();
        int from = start(json);
        switch (name) {
            case "id" -> id = token.isScalarValue() ? scalar(json) : null;
            case "method" -> method = token == JsonToken.VALUE_STRING ? json.getText() : null;
            case "params" -> {
                if (token == JsonToken.START_OBJECT) {
                    while (json.nextToken() == JsonToken.FIELD_NAME) {
                        parameter(json, json.currentName());
                    }
                } else {
                    json.skipChildren();
                }
            }
            case "result" -> {
                if (token == JsonToken.START_OBJECT) {
                    while (json.nextToken() == JsonToken.FIELD_NAME) {
                        boolean version = json.currentName().equals("protocolVersion");
                        if (json.nextToken() == JsonToken.VALUE_STRING && version) {
                            resultVersion = scalar(json);
                        }
                        json.skipChildren();
                    }
                } else {
                    json.skipChildren();
                }
                result = new Span(from, end(json));
                nullResult = token == JsonToken.VALUE_NULL;
            }
            case "jsonrpc" -> {
                versioned = token == JsonToken.VALUE_STRING && json.getText().equals("2.0");
                json.skipChildren();
            }
            case "error" -> {
                coded = false;
                if (token == JsonToken.START_OBJECT) {
                    while (json.nextToken() == JsonToken.FIELD_NAME) {
                        boolean code = json.currentName().equals("code");
                        coded |= json.nextToken() == JsonToken.VALUE_NUMBER_INT && code;
                        json.skipChildren();
                    }
                } else {
                    json.skipChildren();
                }
                error = token == JsonToken.VALUE_NULL ? null : new Span(from, end(json));
            }
            default -> json.skipChildren();
        }
    }

    private void parameter(JsonParser json, String name) throws IOException {
        JsonToken token = json.nextToken();
        switch (name) {
            case "uri" -> uri = token == JsonToken.VALUE_STRING ? json.getText() : null;
            case "requestId" -> requestId = token.isScalarValue() ? scalar(json) : null;
            case "progressToken" -> progressToken = token.isScalarValue() ? scalar(json) : null;
            case "protocolVersion" -> paramsVersion = token == JsonToken.VALUE_STRING ? scalar(json) : null;
            case "_meta" -> {
                if (token == JsonToken.START_OBJECT) {
                    while (json.nextToken() == JsonToken.FIELD_NAME) {
                        String of = json.currentName();
                        JsonToken value = json.nextToken();
                        if (value.isScalarValue() && of.equals("progressToken")) {
                            metaProgressToken = scalar(json);
                        } else if (value == JsonToken.VALUE_STRING && of.equals(META_VERSION)) {
                            metaVersion = json.getText();
                        }
                        json.skipChildren();
                    }
                }
            }
            default -> {}
        }
        json.skipChildren();
    }

    private static int start(JsonParser json) {
        return (int) json.currentTokenLocation().getByteOffset();
    }

    private static int end(JsonParser json) throws IOException {
        json.finishToken();
        return (int) json.currentLocation().getByteOffset();
    }

    private static Span scalar(JsonParser json) throws IOException {
        int from = start(json);
        return new Span(from, end(json));
    }

    /** The message's method; null for a response. */
    public @Nullable String method() {
        return method;
    }

    /** {@code params.uri}, if it is a text. */
    public @Nullable String uri() {
        return uri;
    }

    /** Its id as it stands there; null if there is none, or null. */
    public @Nullable String id() {
        String text = text(id);
        return "null".equals(text) ? null : text;
    }

    /** {@code params.requestId} as it stands there. */
    public @Nullable String requestId() {
        return text(requestId);
    }

    /** {@code params.progressToken} as it stands there: what a notification of progress belongs to. */
    public @Nullable String progressToken() {
        return text(progressToken);
    }

    /** {@code params._meta.progressToken} as it stands there: what a request asks progress to be told with. */
    public @Nullable String metaProgressToken() {
        return text(metaProgressToken);
    }

    /**
     * {@code params._meta["io.modelcontextprotocol/protocolVersion"]}: the version of a request of the stateless era.
     */
    public @Nullable String metaVersion() {
        return metaVersion;
    }

    /** {@code params.protocolVersion} of an {@code initialize}, with its quotes. */
    public @Nullable String paramsVersion() {
        return text(paramsVersion);
    }

    /** {@code result.protocolVersion} of the response to an {@code initialize}, with its quotes. */
    public @Nullable String resultVersion() {
        return text(resultVersion);
    }

    /** The {@code result} as it stands there; null if there is none. */
    public @Nullable String result() {
        return text(result);
    }

    /** What is wrong with it if it is a response; null if nothing is. */
    public @Nullable ResponseFault fault() {
        return ResponseFault.of(result != null, nullResult, error != null);
    }

    /** Whether it holds an {@code error} that is not null. */
    public boolean hasError() {
        return error != null;
    }

    /** The {@code error} as it stands there, if this is a JSON-RPC error response: an object with a code; else null. */
    public @Nullable String responseError() {
        return versioned && coded && method == null ? text(error) : null;
    }

    private @Nullable String text(@Nullable Span span) {
        return span == null ? null : new String(bytes, start + span.from, span.to - span.from, StandardCharsets.UTF_8);
    }

    /** Puts another id in place of this one. */
    public MessageParts withId(String text) {
        return edit(id, text);
    }

    /** Puts another {@code params.requestId} in place of this one. */
    public MessageParts withRequestId(String text) {
        return edit(requestId, text);
    }

    /** Puts another {@code params.progressToken} in place of this one. */
    public MessageParts withProgressToken(String text) {
        return edit(progressToken, text);
    }

    /** Puts another {@code params._meta.progressToken} in place of this one. */
    public MessageParts withMetaProgressToken(String text) {
        return edit(metaProgressToken, text);
    }

    /** Puts another {@code result.protocolVersion} in place of this one. */
    public MessageParts withResultVersion(String text) {
        return edit(resultVersion, text);
    }

    /** Puts members, such as {@code "a":1,"b":2}, before those of the result, if that is an object. */
    public MessageParts withMembersInResult(String members) {
        Span at = result;
        if (at != null && bytes[start + at.from] == '{') {
            boolean empty = String.valueOf(text(at)).substring(1).strip().equals("}");
            edits.add(new Edit(at.from + 1, at.from + 1, members + (empty ? "" : ",")));
        }
        return this;
    }

    private MessageParts edit(@Nullable Span span, String text) {
        if (span != null) {
            edits.add(new Edit(span.from, span.to, text));
        }
        return this;
    }

    /** The message with what was put in place, piece by piece: nothing is copied. */
    public void pieces(Pieces to) {
        edits.sort(Comparator.comparingInt(Edit::from));
        int at = 0;
        for (Edit each : edits) {
            if (at < each.from) {
                to.kept(at, each.from);
            }
            to.put(each.replacement.getBytes(StandardCharsets.UTF_8));
            at = each.to;
        }
        if (at < length) {
            to.kept(at, length);
        }
    }

    /** The message with what was put in place, on one line: ends of lines between its parts become blanks. */
    public byte[] toLine() {
        ByteArrayOutputStream out = new ByteArrayOutputStream(length + 64);
        pieces(new Pieces() {
            @Override
            public void kept(int from, int to) {
                out.write(bytes, start + from, to - from);
            }

            @Override
            public void put(byte[] replacement) {
                out.writeBytes(replacement);
            }
        });
        byte[] line = out.toByteArray();
        for (int i = 0; i < line.length; i++) {
            if (line[i] == '\n' || line[i] == '\r') {
                line[i] = ' ';
            }
        }
        return line;
    }
}
