package io.weir.gateway.http;

/** A request found no connection to its upstream: none became free in time, or too many waited for one already. */
final class NoConnectionException extends Exception {
    private static final long serialVersionUID = 1;

    NoConnectionException(String message) {
        super(message, null, false, false);
    }
}
