package io.weir.gateway.mcp;

import io.weir.gateway.jsonrpc.JsonRpcError;
import org.jspecify.annotations.Nullable;

/** The refusal contract: how a refusal is told as a JSON-RPC error, alike on every transport. Thread-safe. */
public final class RefusalWriter {
    private final int code;

    /** @param code the error code of every refusal, such as -31429 */
    public RefusalWriter(int code) {
        this.code = code;
    }

    /**
     * The answer to a refused request. Its data says when to try again only where that is known.
     *
     * @param id the id of the request exactly as it stood in the body; null where there is none to answer to
     */
    public JsonRpcError answer(@Nullable String id, Refusal refusal) {
        return new JsonRpcError(id, code, message(refusal), data(refusal));
    }

    private static String data(Refusal refusal) {
        StringBuilder out = new StringBuilder(128)
                .append("{\"reason\":\"")
                .append(refusal.reason())
                .append("\",\"scope\":\"")
                .append(refusal.scope())
                .append("\",\"current\":")
                .append(refusal.current())
                .append(",\"limit\":")
                .append(refusal.limit());
        if (refusal.retryAfterMillis() > 0) {
            out.append(",\"retryAfterMs\":").append(refusal.retryAfterMillis());
        }
        return out.append('}').toString();
    }

    private static String message(Refusal refusal) {
        if (refusal.retryAfterMillis() == Refusal.NEVER) {
            return "Too large: " + tooLarge(refusal);
        }
        return switch (refusal.limitOf()) {
            case STREAMS -> "Overloaded: " + who(refusal) + " has " + taken(refusal) + " streams open; close one first";
            case MESSAGES, BYTES, RATE, CONTROL, PRIORITY, WAIT, PLACE ->
                "Overloaded: " + overloaded(refusal) + advice(refusal);
            case CIRCUIT -> "Unavailable: the upstream is failing and its circuit is open" + advice(refusal);
            case AGE ->
                "Expired: waited " + refusal.current()
                        + " ms in the queue and never reached the server; retry later, or allow more time";
            case RESET -> "Reset: the session ended before this reached the server; send it again in a new session";
            case CANCELLED -> "Cancelled: removed from the queue, never reached the server";
            case SHUTDOWN -> "Shutting down: the gateway accepts no new requests" + advice(refusal);
        };
    }

    private static String overloaded(Refusal refusal) {
        String who = who(refusal);
        return switch (refusal.limitOf()) {
            case BYTES -> who + " has " + taken(refusal) + " bytes pending, and this is " + refusal.offered() + " more";
            case RATE -> who + " sends more than " + refusal.limit() + " messages per second";
            case CONTROL -> who + " has " + taken(refusal) + " control messages pending";
            case PRIORITY -> who + " has " + taken(refusal) + " messages pending, and low-priority messages are shed";
            case WAIT -> "estimated wait " + refusal.current() + " ms exceeds the limit of " + refusal.limit() + " ms";
            case PLACE -> "a later message of this connection replaced this one in the queue; send fewer at once";
            default -> who + " has " + taken(refusal) + " messages pending";
        };
    }

    private static String tooLarge(Refusal refusal) {
        String limit = " can never fit the " + who(refusal) + "'s limit of " + refusal.limit();
        return switch (refusal.limitOf()) {
            case BYTES -> "message of " + refusal.offered() + " bytes" + limit + " bytes";
            case RATE -> "batch of " + refusal.offered() + " messages" + limit + " messages per second";
            default -> "batch of " + refusal.offered() + " messages" + limit + " messages";
        };
    }

    private static String taken(Refusal refusal) {
        return refusal.current() + " of " + refusal.limit();
    }

    private static String who(Refusal refusal) {
        return refusal.scope().equals("global") ? "gateway" : refusal.scope();
    }

    private static String advice(Refusal refusal) {
        return refusal.retryAfterMillis() > 0 ? "; retry in " + refusal.retryAfterMillis() + " ms" : "; retry later";
    }
}
