package io.weir.config;

import io.weir.core.Priority;
import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.ValueType;
import io.weir.core.queue.Capacity;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The types of keys that the core does not have. */
public final class ValueTypes {
    private static final int RESERVED_CODES_FROM = -32768;
    private static final int RESERVED_CODES_TO = -32000;
    private static final int PROPOSED_CODE = -32023;

    private static final Pattern URL = Pattern.compile("(?i)https?://([^/?#]*).*");
    private static final Pattern PORT = Pattern.compile(":(\\d*)$");
    private static final Pattern SPACE = Pattern.compile("\\s");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.-]+(:\\d+)?|\\[[0-9A-Fa-f:.]+](:\\d+)?");
    private static final Pattern COMMAND_LINE = Pattern.compile("[^/\\\\\\s]+\\s");
    private static final Pattern HOST_NAME =
            Pattern.compile("(?=.{1,253}$)[A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63})*");
    private static final Pattern HEADER = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+\\s*=[^\\p{Cntrl}]*");
    private static final int MAX_PORT = 65535;

    static final ValueType<List<String>> LIST =
            ValueType.of("a list", (key, text) -> items(text), value -> String.join(",", value));

    static final ValueType<List<AddressBlock>> BLOCKS = ValueType.of(
            "a list",
            (key, text) -> items(text).stream()
                    .map(block -> AddressBlock.parse(key, block))
                    .toList(),
            String::valueOf);

    /** Algorithms of JOSE that sign with a private key: with any other, whoever can read the keys could make tokens. */
    private static final List<String> SIGNATURES =
            List.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512");

    static final ValueType<List<String>> ALGORITHMS = ValueType.of(
            "a list of " + String.join(", ", SIGNATURES), ValueTypes::algorithms, value -> String.join(",", value));

    /** The values are not told: they may be secrets. */
    static final ValueType<Map<String, String>> HEADERS =
            ValueType.of("NAME=VALUE, …", (key, text) -> headers(key, text), value -> String.join(",", value.keySet()));

    /** The path of a file. */
    public static final ValueType<Path> PATH = path("a file");

    static final ValueType<Path> DIRECTORY = path("a directory");

    /** The values are not told: an argument may be a secret. */
    static final ValueType<List<String>> ARGUMENTS = ValueType.of(
            "a list",
            (key, text) -> text.isEmpty()
                    ? List.of()
                    : YamlDocument.list(text)
                            .orElseThrow(() ->
                                    new InvalidConfigException(key, "must be a list of texts, such as [-y, server]")),
            String::valueOf);

    private ValueTypes() {}

    private static ValueType<Path> path(String valid) {
        return ValueType.of(
                valid,
                (key, text) -> {
                    try {
                        return Path.of(text);
                    } catch (InvalidPathException e) {
                        throw new InvalidConfigException(
                                key, "must be the name of " + valid + ", but is '" + text + "'");
                    }
                },
                Path::toString);
    }

    /** A program to start. A text with blanks before any slash is a whole command line, as shells take it. */
    static ValueType<String> program() {
        return ValueType.of(
                "a program",
                (key, text) -> {
                    if (text.isEmpty() || text.indexOf('\0') >= 0) {
                        throw new InvalidConfigException(key, "must be the name of a program");
                    }
                    if (COMMAND_LINE.matcher(text).lookingAt()) {
                        throw new InvalidConfigException(
                                key, "must be the name of a program alone; its arguments go to args, one by one");
                    }
                    return text;
                },
                value -> value);
    }

    /** Whether one child serves all sessions. */
    static ValueType<Boolean> mode() {
        return ValueType.of(
                "per_session or shared",
                (key, text) -> switch (text) {
                    case "per_session" -> false;
                    case "shared" -> true;
                    default ->
                        throw new InvalidConfigException(key, "must be per_session or shared, but is '" + text + "'");
                },
                shared -> shared ? "shared" : "per_session");
    }

    static ValueType<ForwardedHeaders> forwardedHeaders() {
        return ValueType.of(
                "none, for or all",
                (key, text) -> switch (text) {
                    case "none" -> ForwardedHeaders.NONE;
                    case "for" -> ForwardedHeaders.FOR;
                    case "all" -> ForwardedHeaders.ALL;
                    default -> throw new InvalidConfigException(key, "must be none, for or all, but is '" + text + "'");
                },
                headers -> headers.name().toLowerCase(Locale.ROOT));
    }

    static ValueType<HostPort> address() {
        return ValueType.of(
                "HOST:PORT, or a port alone",
                (key, text) -> {
                    try {
                        return HostPort.parse(text);
                    } catch (IllegalArgumentException e) {
                        throw new InvalidConfigException(key, String.valueOf(e.getMessage()));
                    }
                },
                HostPort::toString);
    }

    private static Map<String, String> headers(String key, String text) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (String item : items(text)) {
            int equals = item.indexOf('=');
            if (equals < 1 || !HEADER.matcher(item).matches()) {
                throw new InvalidConfigException(
                        key, "must be NAME=VALUE, with commas between several; what is there is not shown");
            }
            headers.put(
                    item.substring(0, equals).strip(),
                    item.substring(equals + 1).strip());
        }
        return Collections.unmodifiableMap(headers);
    }

    private static List<String> items(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .toList();
    }

    private static List<String> algorithms(String key, String text) {
        List<String> items = items(text);
        for (String item : items) {
            if (!SIGNATURES.contains(item)) {
                throw new InvalidConfigException(
                        key, "must be one of " + String.join(", ", SIGNATURES) + " each, but there is '" + item + "'");
            }
        }
        if (items.isEmpty()) {
            throw new InvalidConfigException(key, "must be at least one of " + String.join(", ", SIGNATURES));
        }
        return items;
    }

    /** A text without control characters, not empty. */
    static ValueType<String> line() {
        return ValueType.of(
                "",
                (key, text) -> {
                    if (text.isEmpty() || text.chars().anyMatch(Character::isISOControl)) {
                        throw new InvalidConfigException(key, "must be one line of text");
                    }
                    return text;
                },
                value -> value);
    }

    static ValueType<String> hostName() {
        return ValueType.of(
                "a host name",
                (key, text) -> {
                    String name = text.strip();
                    if (!HOST_NAME.matcher(name).matches() || AddressBlock.address(name) != null) {
                        throw new InvalidConfigException(
                                key, "must be the name of a host, such as mcp.example.com, but is '" + text + "'");
                    }
                    return name;
                },
                value -> value);
    }

    static ValueType<String> upstreamName() {
        return ValueType.of("the name of an upstream", (key, text) -> text.strip(), value -> value);
    }

    static ValueType<String> tenantHeader() {
        return ValueType.of("", UpstreamBuilder::requestHeader, value -> value);
    }

    static ValueType<Integer> httpStatus() {
        return ValueType.of(
                "200 or 429",
                (key, text) -> {
                    if (!text.equals("200") && !text.equals("429")) {
                        throw new InvalidConfigException(key, "must be 200 or 429, but is '" + text + "'");
                    }
                    return Integer.parseInt(text);
                },
                String::valueOf);
    }

    static ValueType<Integer> code() {
        return ValueType.of("", (key, text) -> parseCode(text), String::valueOf);
    }

    private static int parseCode(String text) {
        int value;
        try {
            value = Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new InvalidConfigException("code", "must be a whole number, but is '" + text + "'");
        }
        if (value >= RESERVED_CODES_FROM && value <= RESERVED_CODES_TO && value != PROPOSED_CODE) {
            throw new InvalidConfigException(
                    "code",
                    "must be outside " + RESERVED_CODES_FROM + " to " + RESERVED_CODES_TO
                            + ", which belong to JSON-RPC and MCP, or be " + PROPOSED_CODE + ", but is " + value);
        }
        return value;
    }

    static ValueType<Capacity> capacity() {
        ValueType<Integer> fixed = ValueType.integer(1, Capacity.MAX);
        return ValueType.of(
                "adaptive, or 1 to " + Capacity.MAX,
                (key, text) -> {
                    if (text.equals("adaptive")) {
                        return Capacity.ADAPTIVE;
                    }
                    try {
                        return Capacity.fixed(fixed.parse(key, text));
                    } catch (InvalidConfigException e) {
                        throw new InvalidConfigException(
                                key, "must be adaptive, or a number from 1 to 1000000, but is '" + text + "'");
                    }
                },
                value -> value.adaptive() ? "adaptive" : String.valueOf(value.limit()));
    }

    static ValueType<Priority> priority() {
        return ValueType.of(
                "call, list or background",
                (key, text) -> switch (text) {
                    case "call" -> Priority.CALL;
                    case "list" -> Priority.LIST;
                    case "background" -> Priority.BACKGROUND;
                    case "control" ->
                        throw new InvalidConfigException(
                                key,
                                "cannot be control: which messages are never refused is fixed; use call, list or"
                                        + " background");
                    default ->
                        throw new InvalidConfigException(
                                key, "must be call, list or background, but is '" + text + "'");
                },
                Priority::key);
    }

    static ValueType<URI> url() {
        return ValueType.of("", ValueTypes::parseUrl, URI::toString);
    }

    private static URI parseUrl(String key, String text) {
        try {
            URI url = new URI(text.strip());
            boolean http = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
            boolean port = url.getPort() != 0 && url.getPort() <= MAX_PORT;
            if (TcpTransport.isFor(url)) {
                requireHostAndPort(key, url);
                return url;
            }
            if (http && port && url.getHost() != null && url.getUserInfo() == null && url.getFragment() == null) {
                return url;
            }
        } catch (URISyntaxException e) {
            // Reported below, as every other text that is not such a URL.
        }
        throw new InvalidConfigException(
                key,
                "must be an http or https URL such as http://127.0.0.1:3001/mcp, or tcp://HOST:PORT, but is '"
                        + Redaction.of(text) + "'" + whatIsWrong(text.strip()));
    }

    private static void requireHostAndPort(String key, URI url) {
        boolean port = url.getPort() > 0 && url.getPort() <= MAX_PORT;
        boolean path = url.getRawPath() != null
                && !url.getRawPath().isEmpty()
                && !url.getRawPath().equals("/");
        if (!port || path || url.getHost() == null || url.getUserInfo() != null || url.getQuery() != null) {
            throw new InvalidConfigException(
                    key,
                    "must be " + url.getScheme() + "://HOST:PORT without anything behind it, but is '"
                            + Redaction.of(url.toString()) + "'");
        }
    }

    /** What is wrong with a text that looks like a URL; empty if nothing special is. */
    private static String whatIsWrong(String text) {
        Matcher url = URL.matcher(text);
        if (!url.matches()) {
            return "";
        }
        if (SPACE.matcher(text).find()) {
            return ": it has a space in it; write %20 for one that belongs there";
        }
        String authority = url.group(1);
        Matcher port = PORT.matcher(authority);
        if (port.find() && !isPort(port.group(1))) {
            return ": its port must be from 1 to " + MAX_PORT;
        }
        if (authority.indexOf('@') >= 0) {
            return ": it must not hold a user name; set the Authorization header with headers";
        }
        if (text.indexOf('#') >= 0) {
            return ": it must not have a fragment";
        }
        return HOST.matcher(authority).matches() ? "" : ": '" + authority + "' is no host, or no host and port";
    }

    private static boolean isPort(String digits) {
        return digits.length() <= 5
                && !digits.isEmpty()
                && Integer.parseInt(digits) >= 1
                && Integer.parseInt(digits) <= MAX_PORT;
    }
}
