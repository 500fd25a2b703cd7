package io.weir.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.weir.core.config.InvalidConfigException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A file with {@code mcpServers}, as desktop clients use it, read as it is. Servers over Streamable HTTP become upstreams. Those that
 * are disabled there, are started by a command, or speak another transport are named in a note and left out.
 */
final class McpServersFile {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?}");
    private static final Set<String> STREAMABLE_HTTP =
            Set.of("http", "https", "streamable-http", "streamable_http", "streamablehttp");
    private static final List<String> URL_KEYS = List.of("url", "serverUrl", "httpUrl");

    private record Header(String text, int line) {}

    private final Path file;
    private final UnaryOperator<@Nullable String> environment;
    private final List<String> problems = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    McpServersFile(Path file, UnaryOperator<@Nullable String> environment) {
        this.file = file;
        this.environment = environment;
    }

    /** Adds its servers, and returns everything that is wrong with it. */
    List<String> applyTo(ConfigBuilder draft) {
        try (JsonParser json = JSON.createParser(Files.readString(file))) {
            json.nextToken();
            boolean found = false;
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean servers = json.currentName().equals("mcpServers");
                json.nextToken();
                if (servers && json.currentToken() == JsonToken.START_OBJECT) {
                    found = true;
                    servers(draft, json);
                } else {
                    json.skipChildren();
                }
            }
            json.nextToken();
            if (!found) {
                problems.add(file + ": there is no object mcpServers in it");
            }
        } catch (JsonProcessingException e) {
            problems.add(file + ":" + e.getLocation().getLineNr() + ":"
                    + e.getLocation().getColumnNr() + ": is not JSON: " + e.getOriginalMessage());
        } catch (NoSuchFileException e) {
            problems.add(file + ": there is no such file");
        } catch (CharacterCodingException e) {
            problems.add(file + ": is not text in UTF-8");
        } catch (IOException e) {
            problems.add(file + ": cannot be read: " + e.getMessage());
        }
        return problems;
    }

    /** A note for each server that is passed over; complete after {@link #applyTo}. */
    List<String> notes() {
        return notes;
    }

    private void servers(ConfigBuilder draft, JsonParser json) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            int line = json.currentLocation().getLineNr();
            Map<String, String> values = new LinkedHashMap<>();
            Map<String, Header> headers = new LinkedHashMap<>();
            if (json.nextToken() != JsonToken.START_OBJECT) {
                problems.add(file + ":" + line + ": mcpServers." + name + ": must be an object");
                json.skipChildren();
                continue;
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String key = json.currentName();
                JsonToken value = json.nextToken();
                if (key.equals("headers")) {
                    headers(name, json, headers);
                } else if (value.isScalarValue()) {
                    values.put(key, json.getText());
                } else {
                    json.skipChildren();
                }
            }
            add(draft, name, line, values, headers);
        }
    }

    private void headers(String name, JsonParser json, Map<String, Header> headers) throws IOException {
        String path = ": mcpServers." + name + ".headers";
        if (json.currentToken() != JsonToken.START_OBJECT) {
            problems.add(file + ":" + json.currentLocation().getLineNr() + path + ": must be an object");
            json.skipChildren();
            return;
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String header = json.currentName();
            int line = json.currentLocation().getLineNr();
            if (json.nextToken() == JsonToken.VALUE_STRING) {
                headers.put(header, new Header(json.getText(), line));
            } else {
                problems.add(file + ":" + line + path + "." + header + ": must be a text");
                json.skipChildren();
            }
        }
    }

    private void add(
            ConfigBuilder draft, String name, int line, Map<String, String> values, Map<String, Header> headers) {
        String left = whyLeftOut(values);
        if (left != null) {
            notes.add(file + ":" + line + ": server '" + name + "' " + left + "; it is left out");
            return;
        }
        for (String key : URL_KEYS) {
            String url = values.get(key);
            if (url != null) {
                Map<String, String> expanded = new LinkedHashMap<>();
                headers.forEach((header, value) -> expanded.put(header, expand(value.text(), value.line())));
                try {
                    draft.upstream(name, expand(url, line), expanded);
                } catch (InvalidConfigException e) {
                    String path = e.key().equals(name) ? "mcpServers." : "mcpServers." + name + ".";
                    problems.add(file + ":" + line + ": " + path + e.getMessage());
                }
                return;
            }
        }
        problems.add(file + ":" + line + ": mcpServers." + name + ": has neither a url nor a command");
    }

    private static @Nullable String whyLeftOut(Map<String, String> values) {
        if ("true".equals(values.get("disabled")) || "false".equals(values.get("enabled"))) {
            return "is disabled in this file";
        }
        boolean url = URL_KEYS.stream().anyMatch(values::containsKey);
        if (!url && values.containsKey("command")) {
            return "is started by a command over stdio, which this version does not serve";
        }
        String type = values.getOrDefault("type", values.get("transport"));
        if (url && type != null && !STREAMABLE_HTTP.contains(type.toLowerCase(Locale.ROOT))) {
            return "speaks '" + type + "', and this version serves Streamable HTTP only (type http)";
        }
        return null;
    }

    private String expand(String text, int line) {
        Matcher matcher = VARIABLE.matcher(text);
        StringBuilder out = new StringBuilder();
        while (matcher.find()) {
            String value = environment.apply(matcher.group(1));
            if (value == null) {
                value = matcher.group(2);
            }
            if (value == null) {
                problems.add(file + ":" + line + ": the environment variable " + matcher.group(1) + " is not set");
                value = "";
            }
            matcher.appendReplacement(out, Matcher.quoteReplacement(value));
        }
        return matcher.appendTail(out).toString();
    }
}
