package io.weir.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One server of an {@code mcpServers} file, as it is written there.
 *
 * @param name its name
 * @param line where it begins
 * @param values its keys that have a single value
 * @param headers for requests to it
 * @param args of its command, by their number
 * @param environment of its command
 */
record McpServer(String name, int line, Map<String, Text> values, Texts headers, Texts args, Texts environment) {
    private static final Set<String> STREAMABLE_HTTP =
            Set.of("http", "https", "streamable-http", "streamable_http", "streamablehttp");
    private static final List<String> URL_KEYS = List.of("url", "serverUrl", "httpUrl");

    /** A text and the line that it is on. */
    record Text(String text, int line) {}

    /** Texts by name, and what is wrong with the others: a problem only if the server is served with them. */
    record Texts(Map<String, Text> texts, List<Text> problems) {
        private Texts() {
            this(new LinkedHashMap<>(), new ArrayList<>());
        }
    }

    /** Reads one that the parser has just begun. */
    static McpServer read(String name, int line, JsonParser json) throws IOException {
        McpServer server = new McpServer(name, line, new LinkedHashMap<>(), new Texts(), new Texts(), new Texts());
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            server.key(json.currentName(), json);
        }
        return server;
    }

    private void key(String key, JsonParser json) throws IOException {
        JsonToken value = json.nextToken();
        String path = "mcpServers." + name + "." + key;
        switch (key) {
            case "headers" -> object(path, json, headers);
            case "env" -> object(path, json, environment);
            case "args" -> array(path, json);
            default -> {
                if (value.isScalarValue()) {
                    values.put(key, new Text(json.getText(), line(json)));
                } else {
                    json.skipChildren();
                }
            }
        }
    }

    private static int line(JsonParser json) {
        return json.currentLocation().getLineNr();
    }

    private static void object(String path, JsonParser json, Texts into) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            into.problems().add(new Text(path + ": must be an object", line(json)));
            json.skipChildren();
            return;
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            text(path + "." + name, name, json, into);
        }
    }

    private void array(String path, JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            args.problems().add(new Text(path + ": must be a list of texts", line(json)));
            json.skipChildren();
            return;
        }
        for (int i = 0; json.nextToken() != JsonToken.END_ARRAY; i++) {
            text(path + "[" + i + "]", String.valueOf(i), json, args);
        }
    }

    private static void text(String path, String name, JsonParser json, Texts into) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_STRING) {
            into.texts().put(name, new Text(json.getText(), line(json)));
        } else {
            into.problems().add(new Text(path + ": must be a text", line(json)));
            json.skipChildren();
        }
    }

    /** Why it cannot be served; null if it can, or if it has neither a URL nor a command. */
    @Nullable
    String whyLeftOut() {
        if (is("disabled", "true") || is("enabled", "false")) {
            return "is disabled in this file";
        }
        String type = type();
        if (command() == null && url() != null && type != null && !STREAMABLE_HTTP.contains(type)) {
            return "speaks '" + type + "', and this version serves Streamable HTTP (type http) and commands only";
        }
        return null;
    }

    private boolean is(String key, String value) {
        Text text = values.get(key);
        return text != null && text.text().equals(value);
    }

    private @Nullable String type() {
        Text type = values.getOrDefault("type", values.get("transport"));
        return type == null ? null : type.text().toLowerCase(Locale.ROOT);
    }

    /** Where it answers; null if it says nothing about that. */
    @Nullable
    Text url() {
        return URL_KEYS.stream()
                .filter(values::containsKey)
                .map(values::get)
                .findFirst()
                .orElse(null);
    }

    /**
     * The command that starts it; null if there is none, or if it is reached by a URL: clients prefer that, unless the
     * type says stdio.
     */
    @Nullable
    Text command() {
        return url() == null || "stdio".equals(type()) ? values.get("command") : null;
    }

    /** Where its command is started, if that is said. */
    @Nullable
    Text directory() {
        return values.get("cwd");
    }
}
