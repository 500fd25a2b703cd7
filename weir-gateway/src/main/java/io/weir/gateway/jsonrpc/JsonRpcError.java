package io.weir.gateway.jsonrpc;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A JSON-RPC error answer.
 *
 * @param id the id of the request exactly as it stood in the body ({@link Message#id()}); null where it is not known
 * @param code the error code
 * @param message for a person, one line
 * @param data JSON that is written as it is; null for none
 */
public record JsonRpcError(
        @Nullable String id,
        int code,
        String message,
        @Nullable String data) {

    /** An answer without data. */
    public JsonRpcError(@Nullable String id, int code, String message) {
        this(id, code, message, null);
    }

    /** The answer to a body that is no envelope: nothing says which id it should have. */
    public static JsonRpcError of(MalformedMessageException e) {
        return new JsonRpcError(null, e.code(), String.valueOf(e.getMessage()));
    }

    /** The answer as JSON in UTF-8, on one line without its end. */
    public byte[] toBytes() {
        StringBuilder out = new StringBuilder(256);
        appendTo(out);
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The answers as a JSON array in UTF-8, on one line without its end: the answer to a batch. */
    public static byte[] toBytes(List<JsonRpcError> answers) {
        StringBuilder out = new StringBuilder(256 * answers.size() + 2).append('[');
        for (JsonRpcError answer : answers) {
            if (out.length() > 1) {
                out.append(',');
            }
            answer.appendTo(out);
        }
        return out.append(']').toString().getBytes(StandardCharsets.UTF_8);
    }

    private void appendTo(StringBuilder out) {
        out.append("{\"jsonrpc\":\"2.0\",\"id\":")
                .append(id)
                .append(",\"error\":{\"code\":")
                .append(code);
        out.append(",\"message\":\"");
        JsonStringEncoder.getInstance().quoteAsString(message, out);
        out.append('"');
        if (data != null) {
            out.append(",\"data\":").append(data);
        }
        out.append("}}");
    }
}
