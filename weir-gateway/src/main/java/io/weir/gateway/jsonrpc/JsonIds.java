package io.weir.gateway.jsonrpc;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Compares ids by what they say, not by how they are written. */
public final class JsonIds {
    /** An integer of so many digits is a double without loss. */
    private static final int EXACT_DIGITS = 15;

    private static final JsonFactory JSON = new JsonFactory();

    private JsonIds() {}

    /**
     * Whether two ids are the same: strings after their escapes, numbers as doubles, as servers in JavaScript hold and
     * return them.
     */
    public static boolean same(String one, String other) {
        return one.equals(other) || key(one).equals(key(other));
    }

    /**
     * What is equal for ids that are the {@link #same}, and for no others.
     *
     * @param id as it is written, with its quotes
     */
    public static Object key(String id) {
        if (id.startsWith("\"") && id.indexOf('\\') < 0) {
            return id;
        }
        if (id.length() <= EXACT_DIGITS && id.chars().allMatch(each -> each >= '0' && each <= '9') && !id.isEmpty()) {
            return (double) Long.parseLong(id);
        }
        Object value = value(id);
        return value == null ? id : value;
    }

    /** A string with a quote before and behind it, or a double; null if it is neither. */
    private static @Nullable Object value(String json) {
        try (JsonParser parser = JSON.createParser(json)) {
            JsonToken token = parser.nextToken();
            Object value = null;
            if (token == JsonToken.VALUE_STRING) {
                value = '"' + parser.getText() + '"';
            } else if (token != null && token.isNumeric()) {
                value = parser.getDoubleValue();
            }
            return parser.nextToken() == null ? value : null;
        } catch (IOException e) {
            return null;
        }
    }
}
