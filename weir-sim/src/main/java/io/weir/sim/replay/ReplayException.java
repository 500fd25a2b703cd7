package io.weir.sim.replay;

import java.io.Serial;

/** A decision log that cannot be replayed; the message says which line, and why. */
public final class ReplayException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    ReplayException(String message) {
        super(message);
    }
}
