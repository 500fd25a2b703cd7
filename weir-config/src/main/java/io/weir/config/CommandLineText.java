package io.weir.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A command with its arguments as one line for a person, in which what may be a secret is hidden. */
final class CommandLineText {
    /** The longest line, in characters. */
    static final int MAX_LENGTH = 85;

    private static final String HIDDEN = "***";
    private static final String SECRET =
            "(?i)[^:=\\s]*(?:key|token|secret|pass|pwd|auth|credential|cookie|header)[^:=]*?";
    /** A flag whose value is the next argument. */
    private static final Pattern FLAG = Pattern.compile("-H|-" + SECRET);
    /**
     * A name with its value, as in {@code --api-key=abc}, {@code API_KEY=abc} and {@code Authorization: Bearer abc}.
     */
    private static final Pattern ASSIGNMENT = Pattern.compile("(" + SECRET + "\\s*[:=]\\s*).+", Pattern.DOTALL);

    private static final Pattern PLAIN = Pattern.compile("[^\\s'\"]+");

    private CommandLineText() {}

    static String of(List<String> command) {
        List<String> shown = new ArrayList<>();
        boolean secret = false;
        for (String argument : command) {
            shown.add(secret ? HIDDEN : quoted(hidden(argument)));
            secret = FLAG.matcher(argument).matches();
        }
        String line = Redaction.printable(String.join(" ", shown));
        return line.length() <= MAX_LENGTH ? line : line.substring(0, MAX_LENGTH - 1) + "…";
    }

    private static String hidden(String argument) {
        Matcher assignment = ASSIGNMENT.matcher(argument);
        if (assignment.matches()) {
            return assignment.group(1) + HIDDEN;
        }
        return argument.contains("://") ? Redaction.of(argument) : argument;
    }

    private static String quoted(String argument) {
        return PLAIN.matcher(argument).matches() ? argument : "'" + argument + "'";
    }
}
