package io.weir.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads values that name an environment variable, {@code ${NAME}} or {@code ${NAME:-default}}, or a file,
 * {@code file:PATH}, so that secrets need not be in a configuration. What such a value stands for is never part of a
 * problem.
 */
final class References {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?}");
    private static final String FILE = "file:";
    private static final Pattern LAST_LINE_END = Pattern.compile("\\r?\\n\\z");

    private final UnaryOperator<@Nullable String> environment;
    private final boolean required;

    /**
     * Reads with that environment.
     *
     * @param required whether a variable or file that is missing is a problem; else the value stays as it is written
     */
    References(UnaryOperator<@Nullable String> environment, boolean required) {
        this.environment = environment;
        this.required = required;
    }

    /** A text with its variables replaced; empty if that was a problem. */
    Optional<String> expand(String text, Consumer<String> problem) {
        Matcher matcher = VARIABLE.matcher(text);
        StringBuilder out = new StringBuilder();
        boolean complete = true;
        while (matcher.find()) {
            String value = environment.apply(matcher.group(1));
            if (value == null) {
                value = matcher.group(2);
            }
            if (value == null && required) {
                problem.accept("the environment variable " + matcher.group(1) + " is not set");
                complete = false;
            }
            matcher.appendReplacement(out, Matcher.quoteReplacement(value == null ? matcher.group() : value));
        }
        matcher.appendTail(out);
        return complete ? Optional.of(out.toString()) : Optional.empty();
    }

    /**
     * The same for a text that may also be {@code file:PATH}: then it is the content of that file, without its last
     * line end. A URL with the scheme {@code file} is a text.
     *
     * @param beside the file that relative paths are relative to
     */
    Optional<String> secret(String text, Path beside, Consumer<String> problem) {
        Optional<String> expanded = expand(text, problem);
        boolean isFile = text.startsWith(FILE) && !text.startsWith(FILE + "//");
        return isFile
                ? expanded.flatMap(name -> content(text, name.substring(FILE.length()), beside, problem))
                : expanded;
    }

    private Optional<String> content(String text, String name, Path beside, Consumer<String> problem) {
        try {
            String content = YamlDocument.text(beside.resolveSibling(name));
            return Optional.of(LAST_LINE_END.matcher(content).replaceFirst(""));
        } catch (ConfigException e) {
            if (!required) {
                return Optional.of(text);
            }
            e.problems().forEach(problem);
        } catch (InvalidPathException e) {
            problem.accept("'" + name + "' is no name of a file");
        }
        return Optional.empty();
    }
}
