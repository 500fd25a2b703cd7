package io.weir.gateway;

import java.io.Serial;

/** A gateway that cannot start; the message is for the person who started it. */
public final class GatewayException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    /** @param message what is wrong and what to do */
    public GatewayException(String message) {
        super(message);
    }
}
