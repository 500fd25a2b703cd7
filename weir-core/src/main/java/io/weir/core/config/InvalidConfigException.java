package io.weir.core.config;

import java.io.Serial;

/** A configuration value that cannot be used; nothing was changed. The message says what would be valid. */
public final class InvalidConfigException extends IllegalArgumentException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final String key;

    /**
     * @param key the configuration key at fault, such as {@code max_messages}
     * @param message what is wrong and what would be valid, without the key's place in a file
     */
    public InvalidConfigException(String key, String message) {
        super(key + ": " + message);
        this.key = key;
    }

    /** The configuration key at fault. */
    public String key() {
        return key;
    }
}
