package io.weir.gateway.jsonrpc;

import java.io.Serial;

/**
 * A body that is not one valid JSON-RPC message or batch. The message says what is wrong and where, and quotes nothing
 * of the body.
 */
public final class MalformedMessageException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    /** JSON-RPC 2.0, section 5.1: not JSON. */
    public static final int PARSE_ERROR = -32700;

    /** JSON-RPC 2.0, section 5.1: JSON, but not a request, notification or response. */
    public static final int INVALID_REQUEST = -32600;

    private final int code;

    /**
     * @param code {@link #PARSE_ERROR} or {@link #INVALID_REQUEST}
     * @param message what is wrong, and where
     */
    public MalformedMessageException(int code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    /** The JSON-RPC error code. */
    public int code() {
        return code;
    }
}
