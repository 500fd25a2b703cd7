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
    static final String EXAMPLE =
            "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"" + METHOD + "\",\"params\":{\"api_key\":\"KEY\"}}";

    private static final JsonFactory JSON = new JsonFactory();

    private Authentication() {}

    /** The key that a line presents; null if it is another message. */
    static @Nullable String key(Envelope envelope, Payload bytes) {
        if (envelope.batch() || !METHOD.equals(envelope.messages().get(0).method())) {
            return null;
        }
        try (JsonParser parser = JSON.createParser(bytes.contiguous())) {
            int depth = 0;
            boolean inParams = false;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isStructStart()) {
                    depth++;
                } else if (token.isStructEnd()) {
                    depth--;
                    inParams &= depth > 1;
                } else if (token == JsonToken.FIELD_NAME && depth == 1) {
                    inParams = parser.currentName().equals("params");
                } else if (token == JsonToken.VALUE_STRING
                        && depth == 2
                        && inParams
                        && "api_key".equals(parser.currentName())) {
                    return parser.getText();
                }
            }
            return null;
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
