package io.weir.gateway.ops;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The body of a PATCH of the limits: the sections of a configuration file with the keys to change, and what becomes of
 * them. Immutable.
 *
 * @param values by their paths; an empty one is to be taken back
 * @param persist whether they are written into the file
 */
record LimitsPatch(Map<String, Optional<String>> values, boolean persist) {
    private static final String PERSIST = "persist";

    /** The section that holds sections: one for each tenant. */
    private static final String TENANTS = "tenants";

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** A body that is no such patch. */
    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedException(String message) {
            super(message);
        }
    }

    /** Reads a body. @throws MalformedException if it is none; the message says what is wrong */
    static LimitsPatch read(byte[] body) throws MalformedException {
        try (JsonParser json = JSON.createParser(body)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new MalformedException("must be an object, such as {\"queue_limits\": {\"max_messages\": 50}}");
            }
            Map<String, Optional<String>> values = new LinkedHashMap<>();
            boolean persist = false;
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                JsonToken token = json.nextToken();
                if (name.equals(PERSIST)) {
                    if (!token.isBoolean()) {
                        throw new MalformedException("persist: must be true or false");
                    }
                    persist = json.getBooleanValue();
                } else if (token == JsonToken.START_OBJECT) {
                    section(json, name, values);
                } else {
                    put(values, name, value(json, name));
                }
            }
            if (json.nextToken() != null) {
                throw new MalformedException("must be one object, with nothing behind it");
            }
            if (values.isEmpty()) {
                throw new MalformedException("changes nothing: name at least one key");
            }
            return new LimitsPatch(values, persist);
        } catch (JsonProcessingException e) {
            throw new MalformedException("line " + e.getLocation().getLineNr() + ", column "
                    + e.getLocation().getColumnNr() + ": is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void section(JsonParser json, String name, Map<String, Optional<String>> values)
            throws IOException, MalformedException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String path = name + "." + json.currentName();
            if (json.nextToken() == JsonToken.START_OBJECT && name.equals(TENANTS)) {
                section(json, path, values);
            } else {
                put(values, path, value(json, path));
            }
        }
    }

    /** A name may hold dots: two places can lead to one key. */
    private static void put(Map<String, Optional<String>> values, String path, Optional<String> value)
            throws MalformedException {
        if (values.putIfAbsent(path, value) != null) {
            throw new MalformedException(path
                    + ": duplicate key: its value is given twice, in its section or by its whole path; leave one out");
        }
    }

    private static Optional<String> value(JsonParser json, String path) throws IOException, MalformedException {
        if (json.currentToken() == JsonToken.VALUE_NULL) {
            return Optional.empty();
        }
        if (!json.currentToken().isScalarValue()) {
            throw new MalformedException(path + ": must be a single value, or null");
        }
        return Optional.of(json.getText());
    }
}
