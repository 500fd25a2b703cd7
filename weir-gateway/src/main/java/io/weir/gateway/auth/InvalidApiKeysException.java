package io.weir.gateway.auth;

import java.io.Serial;
import java.util.List;

/** A file of API keys that is not as it must be; the message names file and line, and says what to do. */
public final class InvalidApiKeysException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    InvalidApiKeysException(String message) {
        this(List.of(message));
    }

    InvalidApiKeysException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** One line for each problem. */
    public List<String> problems() {
        return problems;
    }
}
