package io.weir.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.weir.core.config.InvalidConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file with {@code mcpServers}, as desktop clients use it, read as it is. Servers over Streamable HTTP and those that
 * are started by a command become upstreams. Those that are disabled there, or speak another transport, are named in a
 * note and left out.
 */
final class McpServersFile {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Path file;
    private final String text;
    private final References references;
    private final List<String> problems = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    McpServersFile(Path file, String text, References references) {
        this.file = file;
        this.text = text;
        this.references = references;
    }

    /** Adds its servers, and returns everything that is wrong with it. */
    List<String> applyTo(ConfigBuilder draft) {
        try (JsonParser json = JSON.createParser(text)) {
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
                problems.add(file + ": there is no object mcpServers in it; expected is {\"mcpServers\": {\"NAME\":"
                        + " {\"command\": …}}}, or \"url\" in place of \"command\"");
            }
        } catch (JsonProcessingException e) {
            problems.add(file + ":" + e.getLocation().getLineNr() + ":"
                    + e.getLocation().getColumnNr() + ": is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
            if (json.nextToken() == JsonToken.START_OBJECT) {
                add(draft, McpServer.read(name, line, json));
            } else {
                problem(line, "mcpServers." + name + ": must be an object");
                json.skipChildren();
            }
        }
    }

    private void problem(int line, String what) {
        problems.add(file + ":" + line + ": " + what);
    }

    private void add(ConfigBuilder draft, McpServer server) {
        String left = server.whyLeftOut();
        McpServer.Text url = server.url();
        McpServer.Text command = server.command();
        if (left != null) {
            notes.add(file + ":" + server.line() + ": server '" + server.name() + "' " + left + "; it is left out");
        } else if (command != null) {
            build(draft, server, upstream -> command(upstream, server, command));
        } else if (url != null) {
            build(draft, server, upstream -> url(upstream, server, url));
        } else {
            problem(server.line(), "mcpServers." + server.name() + ": has neither a url nor a command");
        }
    }

    private interface Filling {
        void fill(UpstreamBuilder upstream);
    }

    private void build(ConfigBuilder draft, McpServer server, Filling filling) {
        try {
            UpstreamBuilder upstream = new UpstreamBuilder(server.name());
            int before = problems.size();
            filling.fill(upstream);
            if (problems.size() == before) {
                draft.add(upstream);
            }
        } catch (InvalidConfigException e) {
            String path = e.key().equals(server.name()) ? "mcpServers." : "mcpServers." + server.name() + ".";
            problem(server.line(), path + e.getMessage());
        }
    }

    private void url(UpstreamBuilder upstream, McpServer server, McpServer.Text url) {
        server.headers().problems().forEach(each -> problem(each.line(), each.text()));
        expand(server, "url", url).ifPresent(text -> upstream.set("url", text));
        server.headers()
                .texts()
                .forEach((name, value) -> expand(server, "headers." + name, value)
                        .ifPresent(text -> upstream.set("headers", name, text)));
    }

    private void command(UpstreamBuilder upstream, McpServer server, McpServer.Text command) {
        server.args().problems().forEach(each -> problem(each.line(), each.text()));
        server.environment().problems().forEach(each -> problem(each.line(), each.text()));
        expand(server, "command", command).ifPresent(text -> upstream.set(Keys.COMMAND.name(), text));
        upstream.args(server.args().texts().entrySet().stream()
                .flatMap(each -> expand(server, "args[" + each.getKey() + "]", each.getValue()).stream())
                .toList());
        server.environment()
                .texts()
                .forEach((name, value) ->
                        expand(server, "env." + name, value).ifPresent(text -> upstream.set("env", name, text)));
        directory(server, server.directory()).ifPresent(text -> upstream.set(Keys.CWD.name(), text));
    }

    private Optional<String> directory(McpServer server, McpServer.@Nullable Text directory) {
        return Optional.ofNullable(directory)
                .flatMap(each -> expand(server, "cwd", each))
                .map(text -> {
                    try {
                        return file.resolveSibling(text).toString();
                    } catch (InvalidPathException e) {
                        return text;
                    }
                });
    }

    private Optional<String> expand(McpServer server, String key, McpServer.Text value) {
        String path = "mcpServers." + server.name() + "." + key + ": ";
        return references.expand(value.text(), what -> problem(value.line(), path + what));
    }
}
