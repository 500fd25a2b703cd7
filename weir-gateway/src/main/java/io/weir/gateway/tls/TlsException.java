package io.weir.gateway.tls;

import java.io.Serial;

/**
 * Files of TLS that cannot be used. The message names the key, the file, what is wrong and what to do; it holds no key
 * material.
 */
public final class TlsException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    TlsException(String message) {
        super(message);
    }
}
