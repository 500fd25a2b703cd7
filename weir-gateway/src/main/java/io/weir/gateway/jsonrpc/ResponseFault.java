package io.weir.gateway.jsonrpc;

import org.jspecify.annotations.Nullable;

/**
 * What a response says that says of its request neither that it succeeded nor that it failed (JSON-RPC 2.0, section 5).
 * A member that is null beside the other one is none: older libraries write both.
 */
public enum ResponseFault {
    NEITHER,
    BOTH;

    /**
     * Judges a response.
     *
     * @param result whether it has a result, which may be null
     * @param nullResult whether that is null
     * @param error whether it has an error that is not null
     * @return null if the response says one of the two
     */
    public static @Nullable ResponseFault of(boolean result, boolean nullResult, boolean error) {
        if (!result && !error) {
            return NEITHER;
        }
        return result && !nullResult && error ? BOTH : null;
    }
}
