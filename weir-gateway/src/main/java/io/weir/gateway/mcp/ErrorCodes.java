package io.weir.gateway.mcp;

/** The JSON-RPC error codes that the gateway uses beside that of rejections, which is configured. */
public final class ErrorCodes {
    /**
     * The upstream could not be reached, broke off, or sent what is no response. Outside the range of JSON-RPC's own
     * codes.
     */
    public static final int UPSTREAM_FAILED = -31502;

    /** The upstream took longer than it may. */
    public static final int UPSTREAM_TIMED_OUT = -31504;

    /** JSON-RPC 2.0, section 5.1. */
    public static final int METHOD_NOT_FOUND = -32601;

    private ErrorCodes() {}
}
