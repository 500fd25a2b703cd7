package io.weir.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The line of a file that a problem is about, with a caret below the place. Values that may be secrets are hidden. */
public final class Excerpt {
    private static final Pattern PLACE = Pattern.compile("(.+?):(\\d+):(\\d+): (.*)", Pattern.DOTALL);
    private static final Pattern WORD = Pattern.compile("[^{}\\[\\],\\s]+");

    private static final Pattern KNOWN = Pattern.compile("(\\w+)\\.(\\w+)[:.]");
    private static final Pattern KEY = Pattern.compile("\\s*(?:- )?[\\w.-]+:");
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

    /** Whether a problem is about a key that is known and holds no secret: whatever else stands in a file may be one. */
    private static boolean isHarmless(String about) {
        Matcher key = KNOWN.matcher(about);
        return about.startsWith("profile:")
                || (key.lookingAt()
                        && !key.group(1).equals(Keys.UPSTREAMS)
                        && Keys.find(key.group(1), key.group(2)).isPresent());
    }

    /** A line that may hold a secret, such as a header, a URL or a key. */
    private static String hidden(String line) {
        Matcher key = KEY.matcher(line);
        if (!key.lookingAt()) {
            return stars(line);
        }
        String rest = line.substring(key.end());
        return key.group()
                + WORD.matcher(rest).replaceAll(word -> isKey(word.group()) ? word.group() : stars(word.group()));
    }

    private static boolean isKey(String word) {
        String key = word.replaceFirst(":$", "");
        return !key.equals(word) && Keys.allOfUpstream().contains(key);
    }

    private static String stars(String text) {
        return text.replaceAll("\\S", "*");
    }

    private static String cut(String line) {
        return line.length() <= MAX_LENGTH ? line : line.substring(0, MAX_LENGTH) + "…";
    }
}
