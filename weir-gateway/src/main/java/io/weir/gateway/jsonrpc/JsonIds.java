package io.weir.gateway.jsonrpc;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Compares ids by what they say, not by how they are written. */
final class JsonIds {
    private static final JsonFactory JSON = new JsonFactory();

    private JsonIds() {}

    /**
     * Whether two ids are the same: strings after their escapes, numbers as doubles, as servers in JavaScript hold and
     * return them.
     */
    static boolean same(String one, String other) {
        if (one.equals(other)) {
            return true;
        }
        Object value = value(one);
        return value != null && value.equals(value(other));
    }

    /** A string or a double; null if it is neither. */
    private static @Nullable Object value(String json) {
        try (JsonParser parser = JSON.createParser(json)) {
            JsonToken token = parser.nextToken();
            Object value = null;
            if (token == JsonToken.VALUE_STRING) {
                value = parser.getText();
            } else if (token != null && token.isNumeric()) {
                value = parser.getDoubleValue();
            }
            return parser.nextToken() == null ? value : null;
        } catch (IOException e) {
            return null;
        }
    }
}
