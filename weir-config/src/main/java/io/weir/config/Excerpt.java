package io.weir.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The line of a file that a problem is about, with a caret below the place. Values that may be secrets are hidden. */
public final class Excerpt {
    private static final Pattern PLACE = Pattern.compile("(.+?):(\\d+):(\\d+): (.*)", Pattern.DOTALL);
    private static final Pattern KNOWN = Pattern.compile("(\\w+)\\.(\\w+)[:.]");

    private static final String NAME = "[\\w.-]+";
    private static final String QUOTED_NAME = "(?:\"" + NAME + "\"|'" + NAME + "')";
    private static final Pattern KEY = Pattern.compile("\\s*(?:- +)?(?:" + NAME + ":(?=\\s|$)|" + QUOTED_NAME + ":)");
    private static final Pattern FLOW = Pattern.compile("\\s*(?:- +)?[{\\[]");
    private static final Pattern FLOW_KEY = Pattern.compile(NAME + " *:(?=[\\s,{}\\[\\]]|$)|" + QUOTED_NAME + " *:");
    private static final Pattern QUOTED = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*(?:\"|$)|'[^']*(?:'|$)");
    private static final int MAX_LENGTH = 160;

    private Excerpt() {}

    /**
     * The two lines to print below a problem.
     *
     * @param problem {@code FILE:LINE:COLUMN: …}; for any other there is no excerpt
     */
    public static Optional<String> of(String problem) {
        Matcher place = PLACE.matcher(problem);
        if (!place.matches()) {
            return Optional.empty();
        }
        try {
            List<String> lines = Files.readAllLines(Path.of(place.group(1)));
            int line = Integer.parseInt(place.group(2));
            int column = Integer.parseInt(place.group(3));
            if (line > lines.size() || column > MAX_LENGTH) {
                return Optional.empty();
            }
            String about = place.group(4);
            String source = lines.get(line - 1);
            String shown = isHarmless(about) ? source : hidden(source);
            String number = String.format("%5d | ", line);
            return Optional.of(number + Redaction.printable(cut(shown)) + System.lineSeparator() + "      | "
                    + " ".repeat(column - 1) + "^");
        } catch (IOException | InvalidPathException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /**
     * Whether a problem is about a key that is known and holds no secret: whatever else stands in a file may be one.
     */
    private static boolean isHarmless(String about) {
        Matcher key = KNOWN.matcher(about);
        return about.startsWith("profile:")
                || (key.lookingAt()
                        && !key.group(1).equals(Keys.UPSTREAMS)
                        && Keys.find(key.group(1), key.group(2)).isPresent());
    }

    /** A line that may hold a secret, such as a header, a URL or a key: the names of keys stay, values are hidden. */
    private static String hidden(String line) {
        Matcher key = KEY.matcher(line);
        boolean named = key.lookingAt();
        int value = named ? key.end() : 0;
        Matcher flow = FLOW.matcher(line).region(value, line.length());
        return flow.lookingAt()
                ? line.substring(0, flow.end() - 1) + flowHidden(line, flow.end() - 1)
                : line.substring(0, value) + stars(line.substring(value));
    }

    /**
     * The rest of a line that begins with a flow collection. Only what YAML reads as a key there is shown: in a
     * mapping, the word behind its beginning or a comma, with a colon behind it. What is in quotes is one value, to the
     * end of the line if they are not closed. All that stands behind the collection is hidden.
     */
    private static String flowHidden(String line, int from) {
        StringBuilder out = new StringBuilder();
        Deque<Character> open = new ArrayDeque<>();
        boolean keyMayFollow = false;
        int at = from;
        do {
            char each = line.charAt(at);
            Matcher key = FLOW_KEY.matcher(line).region(at, line.length());
            int end = at + 1;
            if (keyMayFollow && key.lookingAt()) {
                end = key.end();
                out.append(key.group());
                keyMayFollow = false;
            } else if (each == '{' || each == '[') {
                open.push(each);
                out.append(each);
                keyMayFollow = each == '{';
            } else if (each == '}' || each == ']') {
                open.poll();
                out.append(each);
                keyMayFollow = false;
            } else if (each == ',') {
                out.append(each);
                keyMayFollow = Objects.equals(open.peek(), '{');
            } else {
                Matcher quoted = QUOTED.matcher(line).region(at, line.length());
                end = quoted.lookingAt() ? quoted.end() : end;
                out.append(stars(line.substring(at, end)));
                keyMayFollow &= Character.isWhitespace(each);
            }
            at = end;
        } while (at < line.length() && !open.isEmpty());
        return out.append(stars(line.substring(at))).toString();
    }

    private static String stars(String text) {
        return text.replaceAll("\\S", "*");
    }

    private static String cut(String line) {
        return line.length() <= MAX_LENGTH ? line : line.substring(0, MAX_LENGTH) + "…";
    }
}
