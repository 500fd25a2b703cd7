package io.weir.gateway.auth;

import java.io.Serial;

/** A file of API keys that is not as it must be; the message names file and line, and says what to do. */
public final class InvalidApiKeysException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    InvalidApiKeysException(String message) {
        super(message);
    }
}
