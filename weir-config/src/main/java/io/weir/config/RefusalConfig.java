package io.weir.config;

/**
 * How a refusal is told.
 *
 * @param httpStatus 200 (every known client keeps its session) or 429
 * @param code the JSON-RPC error code; outside -32768..-32000, or a code that a later specification assigned
 */
public record RefusalConfig(int httpStatus, int code) {
    /** HTTP 200 and code -31429. */
    public static final RefusalConfig DEFAULT = new RefusalConfig(200, -31429);
}
