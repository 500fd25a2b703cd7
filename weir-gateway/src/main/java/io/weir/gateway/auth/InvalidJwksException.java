package io.weir.gateway.auth;

import java.io.Serial;

/** A set of keys that cannot be used; the message says why. */
public final class InvalidJwksException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    InvalidJwksException(String message) {
        super(message);
    }
}
