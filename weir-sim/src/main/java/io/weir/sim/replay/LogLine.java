package io.weir.sim.replay;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One line of a decision log, parsed. Asking for a field that is not there, or is of another kind, throws
 * {@link ReplayException}.
 */
final class LogLine {
    private static final JsonFactory JSON = new JsonFactory();

    private final String where;
    private final String text;
    private final Map<String, Object> fields;

    private LogLine(String where, String text, Map<String, Object> fields) {
        this.where = where;
        this.text = text;
        this.fields = fields;
    }

    /**
     * Parses a line.
     *
     * @param where file and line, for messages
     */
    static LogLine parse(String where, String text) throws ReplayException {
        try (JsonParser parser = JSON.createParser(text)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                Map<String, Object> fields = object(parser);
                if (parser.nextToken() == null && fields.get("e") instanceof String) {
                    return new LogLine(where, text, fields);
                }
            }
        } catch (IOException e) {
            // Told below, as every other text that is no such line.
        }
        throw new ReplayException(where + ": not a line of a decision log");
    }

    private static Map<String, Object> object(JsonParser parser) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            fields.put(name, value(parser));
        }
        return fields;
    }

    private static Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> {
                List<Object> values = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    values.add(value(parser));
                }
                yield values;
            }
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_STRING -> parser.getText();
            default -> throw new IOException("unexpected " + parser.currentToken());
        };
    }

    /** File and line. */
    String where() {
        return where;
    }

    /** The line as it stands in the file. */
    String text() {
        return text;
    }

    /** What kind of line it is. */
    String event() {
        return String.valueOf(fields.get("e"));
    }

    boolean has(String name) {
        return fields.containsKey(name);
    }

    String text(String name) throws ReplayException {
        if (fields.get(name) instanceof String found) {
            return found;
        }
        throw missing(name);
    }

    long number(String name) throws ReplayException {
        if (fields.get(name) instanceof Long found) {
            return found;
        }
        throw missing(name);
    }

    boolean flag(String name) throws ReplayException {
        if (fields.get(name) instanceof Boolean found) {
            return found;
        }
        throw missing(name);
    }

    /** Whether the sender of what the line offers could be held back. */
    boolean mayPause() throws ReplayException {
        return !has("pause") || flag("pause");
    }

    /** Numbers of offers; none if there is no such field. */
    List<Long> numbers(String name) throws ReplayException {
        List<Long> numbers = new ArrayList<>();
        if (fields.get(name) instanceof List<?> list) {
            for (Object each : list) {
                if (!(each instanceof Long number)) {
                    throw missing(name);
                }
                numbers.add(number);
            }
        }
        return numbers;
    }

    /** The fields below a field. */
    LogLine section(String name) throws ReplayException {
        if (fields.get(name) instanceof Map<?, ?> map) {
            return below(name, map);
        }
        throw missing(name);
    }

    /** The objects of a list. */
    List<LogLine> sections(String name) throws ReplayException {
        List<LogLine> sections = new ArrayList<>();
        if (!(fields.get(name) instanceof List<?> list)) {
            throw missing(name);
        }
        for (Object each : list) {
            if (!(each instanceof Map<?, ?> map)) {
                throw missing(name);
            }
            sections.add(below(name, map));
        }
        return sections;
    }

    private LogLine below(String name, Map<?, ?> map) {
        Map<String, Object> below = new LinkedHashMap<>();
        map.forEach((key, value) -> below.put(String.valueOf(key), value));
        return new LogLine(where + ": " + name, text, below);
    }

    /** All fields, as the core reads them. */
    Map<String, Object> fields() {
        return fields;
    }

    /** The names of the fields. */
    List<String> names() {
        return List.copyOf(fields.keySet());
    }

    private ReplayException missing(String name) {
        return new ReplayException(where + ": has no usable field '" + name + "'; is it of another version of Weir?");
    }
}
