package io.weir.config;

import java.io.Serial;
import java.util.List;

/** A configuration that cannot be used, with everything that is wrong with it. */
public final class ConfigException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    /** @param problems one line each: where, what is wrong, and what would be right */
    public ConfigException(List<String> problems) {
        super(String.join("\n", printable(problems)));
        this.problems = printable(problems);
    }

    private static List<String> printable(List<String> problems) {
        return problems.stream().map(Redaction::printable).toList();
    }

    /** One line for each problem. */
    public List<String> problems() {
        return problems;
    }
}
