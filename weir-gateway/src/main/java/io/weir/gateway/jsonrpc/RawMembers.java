package io.weir.gateway.jsonrpc;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** The members of JSON objects, each as it stands there. */
public final class RawMembers {
    private RawMembers() {}

    /**
     * The members of an object by name, in their order; of two with one name the last.
     *
     * @throws IOException if the text is no JSON object
     */
    public static Map<String, String> of(String object) throws IOException {
        byte[] bytes = object.getBytes(StandardCharsets.UTF_8);
        Map<String, String> members = new LinkedHashMap<>();
        try (JsonParser json = new JsonFactory().createParser(bytes)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("no JSON object");
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                int from = (int) json.currentTokenLocation().getByteOffset();
                json.skipChildren();
                json.finishToken();
                int to = (int) json.currentLocation().getByteOffset();
                members.put(name, new String(bytes, from, to - from, StandardCharsets.UTF_8));
            }
        }
        return members;
    }
}
