package io.weir.gateway.tcp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.session.Payload;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The first line of a client that has to say who it is. */
final class Authentication {
    static final String METHOD = "weir/authenticate";
    static final String EXAMPLE = example("api_key", "KEY");
    static final String TOKEN_EXAMPLE = example("token", "TOKEN");

    private static final JsonFactory JSON = new JsonFactory();

    private Authentication() {}

    private static String example(String name, String value) {
        return "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"" + METHOD + "\",\"params\":{\"" + name + "\":\"" + value
                + "\"}}";
    }

    /**
     * What a line presents.
     *
     * @param key the API key; null if there is none
     * @param token the access token; null if there is none
     */
    record Presented(@Nullable String key, @Nullable String token) {}

    /** What a line presents; null if it is another message. */
    static @Nullable Presented presented(Envelope envelope, Payload bytes) {
        if (envelope.batch() || !METHOD.equals(envelope.messages().get(0).method())) {
            return null;
        }
        String key = null;
        String token = null;
        try (JsonParser parser = JSON.createParser(bytes.contiguous())) {
            int depth = 0;
            boolean inParams = false;
            for (JsonToken next = parser.nextToken(); next != null; next = parser.nextToken()) {
                if (next.isStructStart()) {
                    depth++;
                } else if (next.isStructEnd()) {
                    depth--;
                    inParams &= depth > 1;
                } else if (next == JsonToken.FIELD_NAME && depth == 1) {
                    inParams = parser.currentName().equals("params");
                } else if (next == JsonToken.VALUE_STRING && depth == 2 && inParams) {
                    if ("api_key".equals(parser.currentName())) {
                        key = parser.getText();
                    } else if ("token".equals(parser.currentName())) {
                        token = parser.getText();
                    }
                }
            }
            return new Presented(key, token);
        } catch (IOException e) {
            // It is JSON, but has a name or a number that no line of this kind has.
            return null;
        }
    }

    /** The response to a client whose key is valid. */
    static byte[] result(String id) {
        return ("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{}}").getBytes(StandardCharsets.UTF_8);
    }
}
