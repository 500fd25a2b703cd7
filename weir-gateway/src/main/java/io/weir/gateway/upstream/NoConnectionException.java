package io.weir.gateway.upstream;

/** A request found no connection to its upstream: none became free in time, or too many waited for one already. */
public final class NoConnectionException extends Exception {
    private static final long serialVersionUID = 1;

    NoConnectionException(String message) {
        super(message, null, false, false);
    }
}
